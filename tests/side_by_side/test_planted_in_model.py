# SPDX-License-Identifier: Apache-2.0
"""Faults planted in the model, one line each: traces of the honest kernel file must then be rejected.

(Faults planted in the kernel file are the other half: tests/native and tests/fuzz.)
"""

import inspect
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from fuzz.text import parse
from model.check.check import check
from model.image import Image, build
from model.spec import chain, entry, machine, steps, wait
from model.spec import ring as completion
from model.spec.world import eventfd, files, futex, pipe
from model.trace import Trace
from model.verdict import Outcome
from native.targets.host import HostTarget

pytestmark = pytest.mark.interpreted
CORPUS = Path(__file__).parents[2] / "corpus"

FAULTS: list[tuple[str, ModuleType | type, str, str, str]] = [
    ("arguments do not end at NULL", chain, "fetch", "            if not value:\n                m.hit", "            if False:\n                m.hit"),
    ("flags before ret_ptr", chain, "store_result", "t.phase = leave_early", "t.phase = finish_chain"),
    ("bad numbers are stored", chain, "dispatch", "BadNrStores.YES else", "BadNrStores.NO else"),
    ("refused calls are made", chain, "dispatch", "elif t.nr in m.refused:", "elif t.nr in ():"),
    ("SYNC is ignored", chain, "dispatch", "t.rearm, t.armed = t.armed, False", "t.rearm = t.armed"),
    ("SYNC lasts for the chain", chain, "after_atom", "t.armed = t.rearm", "pass"),
    ("skip goes to next", chain, "after_atom", "t.atom + abi.ATOM_BYTES & MASK", "t.next"),
    ("zero is negative", chain, "stops", "answer |= negative\n", "answer |= negative or ret == 0\n"),
    ("several bits may stop", chain, "stops", "return False\n    negative", "pass\n    negative"),
    ("a fault posts", chain, "_fetch_fault", "t.phase = finish_unlocked", "t.phase = complete"),
    ("NO_COMPLETE is ignored", completion, "complete", "t.flags & abi.SYSLET_NO_COMPLETE", "False"),
    ("odd sizes are taken", completion, "read_size", "not size or size & 7", "not size"),
    ("the index may be anywhere", completion, "read_index", "index >= t.slots and", "False and"),
    ("full slots are overwritten", completion, "read_slot", "if m.variant.ring_full is RingFull.LOSE:", "if False:"),
    ("the event is the first atom", completion, "write_slot", "t.atom, clauses", "t.submitted, clauses"),
    ("the index never wraps", completion, "write_index", "if following >= t.slots:", "if False:"),
    ("lost events count", completion, "_lose", "t.posted = False", "t.posted = True"),
    ("finished tasks come first", completion, "_turn_ready", "m.ready.append(t)", "m.ready.insert(0, t)"),
    ("the waiter sleeps on", completion, "_wake_waiter", "not busy or enough_events(m, m.head)", "not busy"),
    ("idle does not wake", completion, "_wake_waiter", "not busy or enough_events(m, m.head)", "enough_events(m, m.head)"),
    ("a spare is made every time", entry, "_look_for_spare", "if m.ready:", "if False:"),
    ("the stack is not used up", entry, "_clear_stack", "m.store(address, 0, clauses.ENTRY_4)", "True"),
    ("the head pair is not read", entry, "async_exec", "if t.has_pair or", "if True or"),
    ("plain subtraction", wait, "_check_ring", "t.have %= slots", "pass"),
    ("equal indices are empty", wait, "_count_slot", "if t.value:", "if False:"),
    ("min 0 fails", wait, "_sample", "return _leave(m, t, 0,", "return _leave(m, t, -22,"),
    ("no spare is taken", machine.Machine, "hand_over", "new = self.ready.pop(0)", "new = self.ready.pop()"),
    ("settle passes time", steps, "_settle", "m.until = -1", "m.until = m.now + 3"),
    ("reap leaves the slot", steps, "_reap_clear", "t.slot, 0, clauses", "t.slot, t.value, clauses"),
    ("exit does not wait", steps, "_exit", "if not m.busy or", "if True or"),
    ("reads wait for the whole count", pipe, "_take", "taken = min(count, len(data))", "taken = min(count, len(data), 8)"),
    ("room is bytes", pipe, "_merge", "held[0] + len(held[1]) + odd", "len(held[1]) + odd"),
    ("EOF is missed", files, "_close_end", "m.wake(t.key ^ 1)", "pass"),
    ("calls do not hold their end", files, "begin", "m.references[file] += 1", "pass"),
    ("semaphores give all", eventfd, "_take", "1 if m.semaphores[number] else counter", "counter"),
    ("eventfds overflow", eventfd, "_add", ">= MASK", "> 2 * MASK"),
    ("futexes ignore the value", futex, "_wait", "!= t.args[2] & 0xFFFFFFFF", "is None"),
    ("a wake takes one more", futex, "_wake", "max(1, wanted", "1 + max(1, wanted"),
]  # fmt: skip


@pytest.fixture(scope="module")
def traces(host: HostTarget) -> list[tuple[Image, Trace]]:
    """What the kernel file really does, over the whole corpus."""
    found = []
    for path in sorted(CORPUS.rglob("*.syslet")):
        image = build(parse(path.read_text(), path.name).program)
        trace = host.run(image)
        assert isinstance(trace, Trace)
        found.append((image, trace))
    return found


@pytest.fixture
def planted(request: pytest.FixtureRequest) -> Iterator[None]:
    """Replace one function by a copy with the fault, wherever it was imported."""
    _, place, name, old, new = request.param
    honest = getattr(place, name)
    source = textwrap.dedent(inspect.getsource(honest))
    indented = source if isinstance(place, ModuleType) else textwrap.indent(source, "    ")
    assert (old in source) or (old in indented), f"{name} has changed: {old!r} is not in it"
    home = sys.modules[honest.__module__]
    made: dict[str, object] = {}
    exec(compile(source.replace(old, new), home.__file__ or name, "exec"), home.__dict__, made)
    holders = [place, *(m for n, m in sorted(sys.modules.items()) if n.split(".")[0] == "model")]
    replaced = [(h, key) for h in holders for key, value in list(vars(h).items()) if value is honest]
    dicts = [d for holder in holders for d in vars(holder).values() if isinstance(d, dict)]
    tables = [(d, k) for d in dicts for k, v in d.items() if v is honest]
    for holder, key in replaced:
        setattr(holder, key, made[name])
    for table, key in tables:
        table[key] = made[name]
    try:
        yield
    finally:
        for holder, key in replaced:
            setattr(holder, key, honest)
        for table, key in tables:
            table[key] = honest


@pytest.mark.parametrize("planted", FAULTS, ids=[f[0].replace(" ", "-") for f in FAULTS], indirect=True)
def test_a_fault_in_the_model_is_noticed(planted: None, traces: list[tuple[Image, Trace]]) -> None:
    assert any(check(image, trace, budget=2000).outcome is Outcome.DIVERGENCE for image, trace in traces)


def test_without_a_fault_nothing_is_noticed(traces: list[tuple[Image, Trace]]) -> None:
    assert all(check(image, trace).outcome is Outcome.ALLOWED for image, trace in traces)
