# SPDX-License-Identifier: Apache-2.0
"""From a difference to words: its kind, the clause to blame, and what differs in detail.

The run that came so far is made once more, and this time it is heard: blame is found by what it wrote, what it kept
from being written, and how its chains went on.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import attrs

from model import abi, calls, clauses
from model.check.explore import Block, Retraced, retrace
from model.check.follow import Told, follow_hints
from model.check.match import Difference, Matcher
from model.image import ARENA, BASE, OP_CALL, OP_EXEC, Image
from model.program import MAX_STACKS
from model.spec import events as ev
from model.spec import steps
from model.spec.machine import Machine
from model.spec.observer import differing_words
from model.spec.state import State
from model.spec.task import Task
from model.spec.threadlet import top_of
from model.trace import FAULT, NO_CALL, Blocked, Done, End, Ended, Event, Observation, Result, Role, TaskView, Trace
from model.variant import Variant
from model.verdict import (
    Alternative,
    Detail,
    EndDiffers,
    EventDiffers,
    Kind,
    NothingDiffers,
    NothingObserved,
    ResultDiffers,
    TaskCountDiffers,
    TaskDiffers,
    TraceEnds,
    WordsDiffer,
)  # fmt: skip

_CALL_CLAUSES: Final = {
    **{call.nr: call.sleeps for call in calls.ALL if call.sleeps is not None},
    abi.NR_EXIT: clauses.EXIT_1,
    FAULT: clauses.PAGE_4,
}
"""By which clause a task sleeps in a call, or in what else it may."""
_STOPS: Final = {
    abi.SYSLET_STOP_ON_NONZERO: clauses.STOP_1,
    abi.SYSLET_STOP_ON_ZERO: clauses.STOP_2,
    abi.SYSLET_STOP_ON_NEGATIVE: clauses.STOP_3,
    abi.SYSLET_STOP_ON_NON_POSITIVE: clauses.STOP_4,
}

_NOTHING_SEEN: Final = Observation((), ())
_STACKS: Final = frozenset(map(top_of, range(MAX_STACKS)))


class Decision(NamedTuple):
    """After `atom`, a task's chain went on as `clause` says; `bits` are the atom's stop bits."""

    task: int
    chain: int
    atom: int
    clause: int
    bits: int


class Deeds:
    """A listener that remembers what blame is found by.

    Attributes:
        writers: the clause that wrote each word last, by the word's number.
        withheld: the clause that kept a word from being written.
        lost: the clause of the last event that was not posted.
        trail: how chains went on.
        rings: the ring that each task used last, by the address of its `async_head_user`.
    """

    wants: frozenset[type[ev.Event]] | None = frozenset({
        ev.MemoryWritten, ev.NoSuchNumber, ev.SlotTaken, ev.BadRing, ev.BadIndex, ev.RingFaults, ev.NotAskedFor,
        ev.BusyFetchFaults, ev.NoEventOfThreadlet, ev.ChainStops, ev.ChainSkips, ev.ChainGoesOn, ev.ChainEnds,
        ev.ChainBegins, ev.ScriptBegins, ev.CallBegins,
    })  # fmt: skip

    def __init__(self) -> None:
        self.writers: dict[int, int] = {}
        self.withheld: dict[int, int] = {}
        self.lost: int | None = None
        self.trail: list[Decision] = []
        self.rings: dict[int, int] = {}

    def copy(self) -> "Deeds":
        """Not asked for: the run is one."""
        raise NotImplementedError

    def hear(self, machine: State, task: Task | None, event: ev.Event) -> None:
        """See `Listener`."""
        assert task is not None
        match event:
            case ev.MemoryWritten(place, count, _, by):
                offset = place - BASE
                self.writers |= dict.fromkeys(range(offset >> 3, (offset + count + 7) >> 3), by)
            case ev.NoSuchNumber(_, unwritten):
                self._withhold(unwritten, event)
            case ev.SlotTaken(slot) | ev.RingFaults(slot):
                self._lose(event, slot)
            case ev.ChainStops() | ev.ChainSkips() | ev.ChainGoesOn() | ev.ChainEnds():
                assert event.clause is not None
                self.trail.append(Decision(task.index, event.submitted, event.atom, event.clause, event.flags))
            case ev.ChainBegins(_, ahu) | ev.ScriptBegins(ahu=ahu):
                self.rings[task.index] = ahu
            case ev.CallBegins(nr, arguments):
                if nr == abi.NR_ASYNC_WAIT:
                    self.rings[task.index] = arguments[2]
            case _:
                self._lose(event, 0)

    def _lose(self, event: ev.Event, slot: int) -> None:
        self.lost = event.clause
        self._withhold(slot, event)

    def _withhold(self, address: int, event: ev.Event) -> None:
        if 0 <= address - BASE < ARENA and event.clause is not None:
            self.withheld[(address - BASE) >> 3] = event.clause


class Explained(NamedTuple):
    """What a run would have shown where the trace differs, and the state it was in."""

    position: int
    kind: Kind
    alternative: Alternative
    machine: Machine


def explain(image: Image, trace: Trace, variant: Variant, blocks: tuple[Block, ...], deep: bool) -> Explained:
    """The same for the run that a search made by these blocks, which left the trace."""
    chooser, deeds = Retraced(), Deeds()
    matcher = Matcher(image, trace, explain=True)
    m = steps.start(
        image, matcher, chooser, variant, tids=trace.tids, listener=deeds, deep=deep, answers=trace
    )  # fmt: skip
    try:
        retrace(m, chooser, blocks)
    except Difference as difference:
        return _explained(m, deeds, matcher, difference)
    raise AssertionError("the run of a path that left the trace did not leave it again")


def explain_hints(image: Image, trace: Trace, variant: Variant, *, deep: bool = False) -> Explained | None:
    """The same for the run that the trace's hints describe; None if it does not leave the trace."""
    deeds = Deeds()
    matcher = Matcher(image, trace, explain=True)
    m = steps.start(
        image, matcher, Told(), variant, tids=trace.tids, listener=deeds, deep=deep, answers=trace
    )  # fmt: skip
    try:
        follow_hints(m, trace.hints)
    except Difference as difference:
        return _explained(m, deeds, matcher, difference)
    return None


def _explained(m: Machine, deeds: Deeds, matcher: Matcher, difference: Difference) -> Explained:
    position = difference.position
    observed = matcher.events[position] if position < len(matcher.events) else None
    produced = difference.produced
    assert produced is not None
    kind, clause, detail = _compare(Scene(m, deeds, matcher, position), observed, produced, difference.why)
    return Explained(position, kind, Alternative(produced, clauses.BY_NUMBER[clause].id, detail), m)


class Scene(NamedTuple):
    """Where a run left the trace: its machine, its deeds, what the trace has, and the position."""

    m: Machine
    deeds: Deeds
    matcher: Matcher
    position: int


def _compare(s: Scene, observed: Event | None, produced: Event, why: int) -> tuple[Kind, int, Detail]:
    if observed is None:
        return Kind.BLOCKING, why, TraceEnds()
    if isinstance(observed, Result) and isinstance(produced, Result) and observed.step == produced.step:
        return _compare_values(s, observed, produced, why)
    if isinstance(observed, Done) and isinstance(produced, Done):
        return _compare_operations(observed, produced, why)
    if type(observed) is not type(produced) or observed.step != produced.step:
        return _compare_kinds(s, observed, produced, why)
    if isinstance(observed, Ended) and isinstance(produced, Ended) and observed.end != produced.end:
        return Kind.BLOCKING, why, EndDiffers(produced.end, observed.end)
    assert not isinstance(observed, Result | Done)
    assert not isinstance(produced, Result | Done)
    if observed.seen is None or produced.seen is None:
        return Kind.MEMORY, why, NothingObserved()
    return _compare_observations(s, observed.seen, produced.seen, why)


def _compare_values(s: Scene, observed: Result, produced: Result, why: int) -> tuple[Kind, int, Detail]:
    step = s.m.image.steps[observed.step]
    detail = ResultDiffers(observed.step, produced.value, observed.value)
    if step[0] != OP_EXEC and step[:2] != (OP_CALL, abi.NR_ASYNC_EXEC):
        return Kind.VALUE, why, detail
    kind = Kind.BLOCKING if 0 in (observed.value, produced.value) else Kind.VALUE
    if step[0] == OP_EXEC:
        return kind, why, detail
    ours = [decision for decision in s.deeds.trail if decision.chain == observed.step]
    return kind, _blame_chain(ours, observed.value, why), detail


def _compare_operations(observed: Done, produced: Done, why: int) -> tuple[Kind, int, Detail]:
    """Another operation than ours, another result, or another task that made it."""
    detail = EventDiffers(_bare(produced), _bare(observed))
    if (observed.step, observed.place) != (produced.step, produced.place):
        return Kind.ORDER, why, detail
    if observed.value != produced.value:
        return Kind.VALUE, why, detail
    return Kind.BLOCKING, clauses.THREAD_5, detail


def _blame_chain(trail: Sequence[Decision], atom: int, otherwise: int) -> int:
    """The decision to blame when the other side's chain ended at `atom`, or (0) went somewhere ours did not.

    An atom that ours executed and left behind: the decision to go on there, if it had a stop bit. One that ours
    never came to: the last stop that kept ours from going on.
    """
    if atom:
        for decision in reversed(trail):
            if decision.atom == atom:
                return _of_bits(decision.bits) if decision.bits else otherwise
    for decision in reversed(trail):
        if decision.bits and decision.clause in (clauses.NEXT_1, clauses.NEXT_2):
            return clauses.NEXT_2 if decision.clause == clauses.NEXT_2 else _of_bits(decision.bits)
    return otherwise


def _of_bits(bits: int) -> int:
    return _STOPS.get(bits, clauses.STOP_5)


def _compare_kinds(s: Scene, observed: Event, produced: Event, why: int) -> tuple[Kind, int, Detail]:
    detail = EventDiffers(_bare(produced), _bare(observed))
    if isinstance(observed, Ended) and observed.end is End.FUEL:
        return Kind.BLOCKING, _blame_chain(s.deeds.trail, 0, why), detail
    if isinstance(observed, Blocked):
        calls = [t.call for t in observed.seen.tasks if t.role == Role.HEAD]
        if calls == [abi.NR_ASYNC_WAIT] or calls == [abi.NR_EXIT]:
            return Kind.LOST_WAKEUP, why, detail
    if isinstance(observed, Result | Done) and isinstance(produced, Blocked):
        head = next((t.call for t in produced.seen.tasks if t.role == Role.HEAD), NO_CALL)
        return Kind.BLOCKING, _CALL_CLAUSES.get(head, why), detail
    return Kind.BLOCKING, why, detail


def _bare(event: Event) -> Event:
    """The event without what was observed: it is another one before that matters."""
    return event if isinstance(event, Result | Done) else attrs.evolve(event, seen=_NOTHING_SEEN)


def _compare_observations(s: Scene, observed: Observation, produced: Observation, why: int) -> tuple[Kind, int, Detail]:
    expected = s.matcher.memory.at(s.position)
    assert expected is not None
    words = memoryview(expected).cast("Q")
    differing = differing_words(expected, s.m.memory)
    if not differing:
        return _compare_tasks(s, observed.tasks, produced.tasks, why)
    rings = _ring_words(s)
    in_ring = [w for w in differing if w in rings]
    word = in_ring[0] if in_ring else differing[0]
    detail = WordsDiffer(tuple([(BASE + 8 * w, s.m.words[w], words[w]) for w in differing[:4]]))
    if not in_ring:
        return Kind.MEMORY, _blame_word(s, word, _blame_chain(s.deeds.trail, 0, clauses.ATOM_6)), detail
    slots = [w for w in rings if rings[w]]
    same_events = sorted(words[w] for w in slots) == sorted(s.m.words[w] for w in slots)
    if same_events and all(rings[w] for w in in_ring):
        return Kind.ORDER, clauses.RING_5, detail
    if any(words[w] in _STACKS for w in in_ring if rings[w]):
        return Kind.RING, clauses.THREAD_10, detail
    heads = [family.head.index for family in s.m.families]
    executed = {decision.atom for decision in s.deeds.trail if decision.task not in heads}
    strangers = [words[w] for w in in_ring if rings[w] and words[w] and words[w] not in executed]
    if strangers:
        return Kind.RING, _blame_chain(s.deeds.trail, strangers[0], clauses.RING_1), detail
    return Kind.RING, _blame_word(s, word, clauses.RING_1 if s.deeds.lost is None else s.deeds.lost), detail


def _blame_word(s: Scene, word: int, otherwise: int) -> int:
    """The clause that wrote the word last, or kept it from being written."""
    return s.deeds.withheld.get(word, s.deeds.writers.get(word, otherwise))


def _ring_words(s: Scene) -> dict[int, bool]:
    """Words of the rings and indices that the program's tasks used: number to "is a slot"."""
    found: dict[int, bool] = {}
    for ahu in sorted({ahu for ahu in s.deeds.rings.values() if ahu}):
        index = ahu + abi.AHU_KERNEL_RING_IDX - BASE
        found[index >> 3] = False
        ring, size = s.m.load(ahu + abi.AHU_COMPLETION_RING), s.m.load(ahu + abi.AHU_RING_SIZE_BYTES)
        if ring is not None and size is not None:
            for offset in range(0, min(size, 4096), 8):
                found[(ring + offset - BASE) >> 3] = True
    return {word: is_slot for word, is_slot in found.items() if 0 <= word < ARENA >> 3}


def _compare_tasks(
    s: Scene, observed: tuple[TaskView, ...], produced: tuple[TaskView, ...], why: int
) -> tuple[Kind, int, Detail]:
    if len(observed) != len(produced):
        return Kind.BLOCKING, clauses.ENTRY_2, TaskCountDiffers(len(produced), len(observed))
    for ours, theirs in zip(produced, observed, strict=True):
        if ours == theirs:
            continue
        detail = TaskDiffers(ours, theirs)
        if Role.HEAD in (ours.role, theirs.role) and ours.role != theirs.role:
            return Kind.BLOCKING, clauses.MOVE_5, detail
        call = theirs.call if theirs.call != NO_CALL else ours.call
        if ours.role != theirs.role and ours.role == Role.READY:
            if call == NO_CALL:
                return Kind.BLOCKING, clauses.POOL_1, detail
            trail = [decision for decision in s.deeds.trail if decision.task == ours.index]
            return Kind.BLOCKING, _blame_chain(trail, 0, _CALL_CLAUSES.get(call, why)), detail
        return Kind.BLOCKING, _CALL_CLAUSES.get(call, why), detail
    return Kind.BLOCKING, why, NothingDiffers()
