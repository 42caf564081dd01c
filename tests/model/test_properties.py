# SPDX-License-Identifier: Apache-2.0
"""What must hold for every program: it ends, its trace is allowed; invariants of the sheet's section 11."""

from collections import Counter
from collections.abc import Callable
from random import Random

import attrs
import pytest
from hypothesis import assume, event, given, settings
from hypothesis import strategies as st

from fuzz.generate import build as builder
from fuzz.generate.strategies import programs, sensible_programs
from model import abi, clauses
from model.check.check import check
from model.image import ARENA, BASE, OP_CALL, Image, build
from model.program import Operand, PageKind, Program
from model.spec import chain, steps
from model.spec import events as ev
from model.spec.machine import Machine
from model.spec.observer import view_tasks
from model.spec.run import Recorder, run
from model.spec.state import Chooser, State
from model.spec.task import Task
from model.trace import End, Ended, Role, Trace
from model.variant import PINNED, RefillFailure, RingFull, Variant
from model.verdict import Outcome
from tests.model.perturb import lies

many = settings(max_examples=80, deadline=None)


@pytest.mark.slow
@many
@given(programs())
def test_every_program_ends_without_an_error(program: Program) -> None:
    """Any valid program, however senseless."""
    trace = run(build(program))
    last = trace.events[-1]
    assert isinstance(last, Ended)
    event(last.end.name)


@pytest.mark.slow
@many
@given(st.one_of(programs(), sensible_programs()))
def test_what_the_model_shows_the_checker_allows(program: Program) -> None:
    """Without any hint: the whole set is searched."""
    image = build(program)
    verdict = check(image, run(image))
    assert verdict.outcome is not Outcome.DIVERGENCE, verdict.divergence


@pytest.mark.slow
@many
@given(sensible_programs(), st.integers(0, 300), st.integers(0, 3000), st.randoms(use_true_random=False))
def test_a_larger_budget_never_flips_a_verdict(program: Program, small: int, more: int, random: Random) -> None:
    """On honest traces and on lies."""
    image = build(program)
    trace = run(image)
    candidates = [trace, *(lie for _, lie in lies(trace))]
    chosen = random.choice(candidates)
    first = check(image, chosen, budget=small)
    second = check(image, chosen, budget=small + more)
    assume(first.outcome is not Outcome.UNKNOWN)
    assert second.outcome is first.outcome


@pytest.mark.slow
@many
@given(sensible_programs(), st.lists(st.integers(0, 0x010304FF), max_size=30), st.randoms(use_true_random=False))
def test_hints_are_never_evidence(program: Program, hints: list[int], random: Random) -> None:
    """With a wrong log the verdict is the same, or unknown."""
    image = build(program)
    trace = run(image)
    chosen = random.choice([trace, *(lie for _, lie in lies(trace))])
    honest = check(image, chosen, budget=3000).outcome
    misled = check(image, attrs.evolve(chosen, hints=tuple(hints)), budget=3000).outcome
    assume(Outcome.UNKNOWN not in (honest, misled))
    assert honest is misled


@pytest.mark.slow
def test_lies_are_rejected(record_testsuite_property: Callable[[str, object], None]) -> None:
    """The share of perturbed traces that are rejected; the others are behaviours of the program too."""
    counts: Counter[tuple[str, Outcome]] = Counter()
    for seed in range(60):
        image = build(builder.program(Random(seed)))
        trace = run(image)
        if isinstance(trace.events[-1], Ended) and trace.events[-1].end is End.FUEL:
            continue
        for name, lie in list(lies(trace))[::7]:
            verdict = check(image, lie, budget=1000)
            counts[name, verdict.outcome] += 1
    rejected = sum(n for (_, outcome), n in counts.items() if outcome is Outcome.DIVERGENCE)
    allowed = {name: n for (name, outcome), n in counts.items() if outcome is Outcome.ALLOWED}
    total, accepted = sum(counts.values()), sum(allowed.values())
    unknown = total - rejected - accepted
    record_testsuite_property("lies rejected", f"{rejected} of {total}, {accepted} accepted")
    print(f"\n{total} lies: {rejected} rejected, {unknown} undecided, allowed as behaviours of their own: {allowed}")
    assert rejected > 0.8 * total
    assert accepted < 0.02 * total
    # What does not depend on who moves when can never be another behaviour of the same program.
    assert not {"steps", "dropped", "doubled"} & set(allowed)


class Witness:
    """A listener that watches section 11's invariants."""

    wants: frozenset[type[ev.Event]] | None = None

    def __init__(self) -> None:
        self.posted = 0

    def copy(self) -> "Witness":
        raise NotImplementedError

    def hear(self, machine: State, task: Task | None, event: ev.Event) -> None:
        """An event hits no slot that was taken, and stays in the ring (invariant 4)."""
        if isinstance(event, ev.MemoryWritten) and event.by == clauses.RING_1:
            assert int.from_bytes(event.before, "little") == 0
        elif isinstance(event, ev.EventPosted):
            self.posted += 1
            assert (event.slot - event.ring) % (1 << 64) < 8 * event.slots
        elif isinstance(event, ev.Runs):
            check_roles(machine)


def check_roles(m: State) -> None:
    """One head, and no task in two lists (invariant 6)."""
    assert len([t for t in m.tasks if t.role == Role.HEAD]) == 1
    assert not {t.index for t in m.family.ready} & {t.index for t in m.family.busy}


def _watch(image: Image, variant: Variant = PINNED) -> tuple[Machine, Recorder]:
    recorder = Recorder(image)
    m = steps.start(image, recorder, Chooser(), variant, listener=Witness())
    while m.ended is None:
        able = m.able()
        if able:
            m.run(able[0])
        else:
            steps.nothing_runs(m)
        if m.ended is not End.EXITED:
            check_roles(m)
    return m, recorder


@many
@given(sensible_programs())
def test_roles_and_rings_stay_sound(program: Program) -> None:
    """Invariants 4 and 6."""
    m, _ = _watch(build(program))
    assert all(view.role in (0, 1, 2) for view in view_tasks(m))


@many
@given(sensible_programs())
def test_no_more_events_than_hand_overs(program: Program) -> None:
    """Invariants 1, 2 and 10."""
    m, recorder = _watch(build(program))
    assert m.family.events <= m.handovers
    nulls = 0
    for seen in recorder.events:
        step = m.image.steps[seen.step] if seen.step < len(m.image.steps) else (0,)
        if getattr(seen, "value", None) == 0 and step[:2] == (OP_CALL, abi.NR_ASYNC_EXEC):
            nulls += 1
    assert nulls <= m.handovers


@many
@given(sensible_programs(), st.integers(0, 5))
def test_what_lies_behind_the_arguments_is_never_read(program: Program, value: int) -> None:
    """Invariant 5: `private` may hold anything."""
    noted = tuple(attrs.evolve(a, private=Operand.number(0x1234567 + value)) for a in program.atoms)
    assume(all(p.target.space != 1 for p in program.pokes) and not any(a.at for a in program.atoms))
    plain = run(build(attrs.evolve(program, atoms=tuple(attrs.evolve(a, private=Operand.number(0)) for a in noted))))
    marked = run(build(attrs.evolve(program, atoms=noted)))
    assert [type(e) for e in plain.events] == [type(e) for e in marked.events]


SIGNED = {"negative": -5, "zero": 0, "positive": 5}


@pytest.mark.parametrize(
    ("flag", "stopping"),
    [
        (0, set()),
        (abi.SYSLET_STOP_ON_NONZERO, {"negative", "positive"}),
        (abi.SYSLET_STOP_ON_ZERO, {"zero"}),
        (abi.SYSLET_STOP_ON_NEGATIVE, {"negative"}),
        (abi.SYSLET_STOP_ON_NON_POSITIVE, {"negative", "zero"}),
        (abi.SYSLET_STOP_ON_ZERO | abi.SYSLET_STOP_ON_NONZERO, set()),
    ],
)
@pytest.mark.parametrize("result", SIGNED)
def test_stop_table(flag: int, stopping: set[str], result: str) -> None:
    """Invariant 8."""
    m = steps.start(build(Program()), Recorder(build(Program())), Chooser())
    atom = chain.Atom(BASE, abi.NR_GETPID, 0, flag, 0, (0,) * abi.MAX_ARGS)
    assert chain.stops(m, m.family.head, atom, SIGNED[result] & abi.MASK) == (result in stopping)


def test_without_a_spare_a_chain_stays_synchronous() -> None:
    """Invariant 10, under the variant that lets a chain run without a spare."""
    for seed in range(40):
        program = builder.program(Random(seed))
        heads = tuple(attrs.evolve(h, stack=Operand.number(0)) for h in program.heads)
        kept = tuple(s for s in program.steps if type(s).__name__ != "Store")
        image = build(attrs.evolve(program, heads=heads, steps=kept, pokes=()))
        m, _ = _watch(image, attrs.evolve(PINNED, refill_failure=RefillFailure.RUN_SYNC))
        assert m.handovers == 0


def test_a_variant_shows() -> None:
    """The same program under another reading of a full ring ends otherwise."""
    differ = 0
    for seed in range(200):
        image = build(builder.program(Random(seed)))
        ours: Trace = run(image)
        theirs = run(image, attrs.evolve(PINNED, ring_full=RingFull.OVERWRITE))
        differ += ours.events != theirs.events
    assert differ


def test_memory_never_leaves_the_arena() -> None:
    """Observed changes lie in writable pages only."""
    for seed in range(100):
        image = build(builder.program(Random(seed)))
        for seen in run(image).events:
            observation = getattr(seen, "seen", None)
            for offset, data in observation.changes if observation else ():
                assert 0 <= offset <= ARENA - len(data)
                kinds = {image.pages[o >> 12] for o in range(offset, offset + len(data), 8)}
                assert kinds <= {PageKind.READ_WRITE, PageKind.COLD}, hex(BASE + offset)
