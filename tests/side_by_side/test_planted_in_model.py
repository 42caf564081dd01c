# SPDX-License-Identifier: Apache-2.0
"""Faults planted in the model are patches (model/faults): each applies, changes what is executed, and is noticed.

(Faults planted in the kernel file are the other half: test_planted_in_kernel.)
"""

import ast
from importlib import import_module
from pathlib import Path

import pytest

from fuzz.text import parse
from fuzz.text.tracefile import from_json
from model.clauses import CLAUSES
from model.image import build
from model.program import Program
from model.trace import Trace
from native.targets import faults
from native.targets.host import HostTarget
from tests.model.outcomes import EverySplit, TooBig, outcomes
from tests.side_by_side.planting import BRUTE, Experiment, planted

pytestmark = pytest.mark.interpreted
CORPUS = Path(__file__).parents[2] / "corpus"
FOLDER = faults.PROJECT / "model" / "faults"
RECORDED = Path(__file__).parent / "recorded"
"""Traces of the real kernel, as `syslet run --target uml --json` prints them."""
OTHERWISE = {"opaque-calls-of-two-threads", "opaque-sleep-holds-its-end", "opaque-sleep-that-ends-in-a-later-tick"}
"""In these, what the program assumes comes in another order, or is written elsewhere, than what the kernel did."""
FAULTS = faults.load(FOLDER)
NOTICING = "tests.side_by_side.noticing"

MEETING = """syslet 1
eventfd e0 = 0
head h0 ring=r0 slots=4 stack=top
atom a0 = {atom}
atom a1 = {second}

async_exec(a0, h0)
store pg6 = 2
write(e0, pg6, 8)
{step}
settle
"""
WAITS = "read(e0, pg3, 8) next=a1"
MEETINGS = {
    "a-store-between-read-and-write": MEETING.format(atom=WAITS, second="umem_add(w0, 1)", step="store w0 = 5"),
    "a-copy-between-read-and-write": MEETING.format(atom="read(e0, w0, 8)", second="getpid()", step="umem_add(w0, 1)"),
    "a-reap-between-two-words": MEETING.format(
        atom=WAITS, second="umem_add(r0[0], 7) next=a2\natom a2 = umem_add(h0.user_idx, 1)", step="reap h0"
    ),
}
"""A step of the head that falls between two accesses of a busy chain."""


def everything(program: Program) -> frozenset[str] | None:
    """All that may happen, by brute force; None where that is too much."""
    try:
        return frozenset(outcomes(program, EverySplit, BRUTE)[0])
    except TooBig:
        return None


@pytest.fixture(scope="module")
def seen(host: HostTarget) -> list[Experiment]:
    """What the kernel file really does, over the whole corpus; with opaque calls, what the real kernel once did."""
    found = []
    assert CORPUS.is_dir(), "no program would notice a fault"
    texts = {path.name: path.read_text() for path in sorted(CORPUS.rglob("*.syslet"))} | MEETINGS
    for name, text in texts.items():
        program = parse(text, name).program
        image = build(program)
        if image.opaque:
            if Path(name).stem in OTHERWISE:
                continue
            trace: object = from_json((RECORDED / f"{Path(name).stem}.json").read_bytes())
        else:
            trace = host.run(image)
        assert isinstance(trace, Trace)
        found.append(Experiment(program, image, trace, everything(program)))
    return found


def noticed(texts: dict[str, str], seen: list[Experiment]) -> str | None:
    """How the rules of these sources are seen to be wrong; None: they are not."""
    with planted(texts):
        by: str | None = import_module(NOTICING).noticed_by(seen)
    return by


@pytest.mark.parametrize("name", sorted(FAULTS))
def test_a_fault_in_the_model_is_noticed(name: str, seen: list[Experiment]) -> None:
    assert noticed(FAULTS[name].planted(), seen)


def test_without_a_fault_nothing_is_noticed(seen: list[Experiment]) -> None:
    assert noticed({}, seen) is None


def test_the_rules_are_the_same_as_before_when_a_fault_is_gone() -> None:
    """A fault stays within its import."""
    name = "BUSY_FAULT_POSTS"
    before = import_module("model.spec.chain")
    with planted(FAULTS[name].planted()):
        assert import_module("model.spec.chain") is not before
    assert import_module("model.spec.chain") is before


@pytest.mark.parametrize("name", sorted(FAULTS))
def test_a_fault_changes_what_is_executed(name: str) -> None:
    """Not only a comment: the patch applies, and the syntax tree is another."""
    fault = FAULTS[name]
    for path, text in fault.planted().items():
        assert ast.dump(ast.parse(text)) != ast.dump(ast.parse((faults.PROJECT / path).read_text())), path
        assert path.startswith("model/")
    assert fault.targets in (("model",), ("search",))
    assert fault.what.endswith(".")
    assert fault.why.endswith(".")
    assert set(fault.clauses) <= set(CLAUSES)


def test_there_are_as_many_kinds_as_there_were() -> None:
    assert len(FAULTS) >= 50
    assert all(Path(x.path).parts[:2] == ("model", "spec") for fault in FAULTS.values() for x in fault.patch.changes)
