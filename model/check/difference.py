# SPDX-License-Identifier: Apache-2.0
"""From a difference to words: its kind, the clause to blame, and what differs in detail."""

from collections.abc import Sequence
from typing import Final

from model import abi, clauses
from model.check.explore import Decision, Explorer
from model.check.match import Difference, Matcher
from model.image import ARENA, BASE, OP_CALL, OP_EXEC
from model.program import MAX_STACKS
from model.spec.observer import differing_words
from model.spec.parking import top_of
from model.trace import FAULT, NO_CALL, Blocked, Done, End, Ended, Event, Observation, Result, Role, TaskView
from model.verdict import Alternative, Kind

_CALL_CLAUSES: Final = {
    abi.NR_READ: clauses.PIPE_2,
    abi.NR_WRITE: clauses.PIPE_6,
    abi.NR_FUTEX: clauses.FUTEX_3,
    abi.NR_NANOSLEEP: clauses.TIME_2,
    abi.NR_ASYNC_WAIT: clauses.WAIT_7,
    abi.NR_EXIT: clauses.EXIT_1,
    FAULT: clauses.PAGE_4,
}


_STOPS: Final = {
    abi.SYSLET_STOP_ON_NONZERO: clauses.STOP_1,
    abi.SYSLET_STOP_ON_ZERO: clauses.STOP_2,
    abi.SYSLET_STOP_ON_NEGATIVE: clauses.STOP_3,
    abi.SYSLET_STOP_ON_NON_POSITIVE: clauses.STOP_4,
}

_STACKS: Final = frozenset(map(top_of, range(MAX_STACKS)))


def explain(m: Explorer, matcher: Matcher, difference: Difference) -> tuple[Kind, Alternative]:
    """Kind and alternative for one run that left the trace. The trace's event there may be missing."""
    position = difference.position
    observed = matcher.events[position] if position < len(matcher.events) else None
    produced = difference.produced
    assert produced is not None
    kind, clause, detail = _compare(m, matcher, observed, produced, difference.why)
    return kind, Alternative(produced, clauses.BY_NUMBER[clause].id, detail)


def _compare(m: Explorer, matcher: Matcher, observed: Event | None, produced: Event, why: int) -> tuple[Kind, int, str]:
    if observed is None:
        return Kind.BLOCKING, why, "the trace ends too early"
    if isinstance(observed, Result) and isinstance(produced, Result) and observed.step == produced.step:
        return _compare_values(m, observed, produced, why)
    if isinstance(observed, Done) and isinstance(produced, Done):
        return _compare_operations(observed, produced, why)
    if type(observed) is not type(produced) or observed.step != produced.step:
        return _compare_kinds(m, observed, produced, why)
    if isinstance(observed, Ended) and isinstance(produced, Ended) and observed.end != produced.end:
        return (
            Kind.BLOCKING,
            why,
            f"the program ends {produced.end.name.lower()}, not {observed.end.name.lower()}",
        )
    assert not isinstance(observed, Result | Done)
    assert not isinstance(produced, Result | Done)
    if observed.seen is None or produced.seen is None:
        return Kind.MEMORY, why, "nothing was observed at the end"
    return _compare_observations(m, matcher, observed.seen, produced.seen, why)


def _compare_values(m: Explorer, observed: Result, produced: Result, why: int) -> tuple[Kind, int, str]:
    step = m.image.steps[observed.step]
    detail = f"step {observed.step} returns {produced.value:#x}, not {observed.value:#x}"
    if step[0] != OP_EXEC and step[:2] != (OP_CALL, abi.NR_ASYNC_EXEC):
        return Kind.VALUE, why, detail
    kind = Kind.BLOCKING if 0 in (observed.value, produced.value) else Kind.VALUE
    if step[0] == OP_EXEC:
        return kind, why, detail
    ours = [decision for decision in m.trail if decision.chain == observed.step]
    return kind, _blame_chain(ours, observed.value, why), detail


def _compare_operations(observed: Done, produced: Done, why: int) -> tuple[Kind, int, str]:
    """Another operation than ours, another result, or another task that made it."""
    detail = f"{_describe(produced)}, but seen was: {_describe(observed)}"
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


def _compare_kinds(m: Explorer, observed: Event, produced: Event, why: int) -> tuple[Kind, int, str]:
    detail = f"{_describe(produced)}, but seen was: {_describe(observed)}"
    if isinstance(observed, Ended) and observed.end is End.FUEL:
        return Kind.BLOCKING, _blame_chain(m.trail, 0, why), detail
    if isinstance(observed, Blocked):
        calls = [t.call for t in observed.seen.tasks if t.role == Role.HEAD]
        if calls == [abi.NR_ASYNC_WAIT] or calls == [abi.NR_EXIT]:
            return Kind.LOST_WAKEUP, why, detail
    if isinstance(observed, Result | Done) and isinstance(produced, Blocked):
        head = next((t.call for t in produced.seen.tasks if t.role == Role.HEAD), NO_CALL)
        return Kind.BLOCKING, _CALL_CLAUSES.get(head, why), detail
    return Kind.BLOCKING, why, detail


def _describe(event: Event) -> str:
    if isinstance(event, Result):
        return f"step {event.step} returns {event.value:#x}"
    if isinstance(event, Done):
        who = _view(TaskView(event.task, event.role, NO_CALL))
        return f"operation {event.place} of step {event.step} returns {event.value:#x} in task {event.task}, {who}"
    if isinstance(event, Ended):
        return f"the program ends {event.end.name.lower()} after {event.step} steps"
    return f"step {event.step} is {type(event).__name__.lower()}"


def _compare_observations(
    m: Explorer, matcher: Matcher, observed: Observation, produced: Observation, why: int
) -> tuple[Kind, int, str]:
    expected = matcher.memories[m.position]
    assert expected is not None
    words = memoryview(expected).cast("Q")
    differing = differing_words(expected, m.memory)
    if not differing:
        return _compare_tasks(m, observed.tasks, produced.tasks, why)
    rings = _ring_words(m)
    in_ring = [w for w in differing if w in rings]
    word = in_ring[0] if in_ring else differing[0]
    detail = "; ".join(f"{BASE + 8 * w:#x}: {m.words[w]:#x}, not {words[w]:#x}" for w in differing[:4])
    if not in_ring:
        return Kind.MEMORY, _blame_word(m, word, _blame_chain(m.trail, 0, clauses.ATOM_6)), detail
    slots = [w for w in rings if rings[w]]
    reordered = sorted(words[w] for w in slots) == sorted(m.words[w] for w in slots) and all(rings[w] for w in in_ring)
    if reordered:
        return Kind.ORDER, clauses.RING_5, detail
    if any(words[w] in _STACKS for w in in_ring if rings[w]):
        return Kind.RING, clauses.THREAD_10, detail
    executed = {decision.atom for decision in m.trail if decision.task != m.head.index}
    strangers = [words[w] for w in in_ring if rings[w] and words[w] and words[w] not in executed]
    if strangers:
        return Kind.RING, _blame_chain(m.trail, strangers[0], clauses.RING_1), detail
    return Kind.RING, _blame_word(m, word, m.lost if m.lost >= 0 else clauses.RING_1), detail


def _blame_word(m: Explorer, word: int, otherwise: int) -> int:
    """The clause that wrote the word last, or kept it from being written."""
    assert m.writers is not None
    return m.withheld.get(word, m.writers.get(word, otherwise))


def _ring_words(m: Explorer) -> dict[int, bool]:
    """Words of the rings and indices that the program's tasks used: number to "is a slot"."""
    found: dict[int, bool] = {}
    for ahu in sorted({t.ahu for t in m.tasks if t.ahu}):
        index = ahu + abi.AHU_KERNEL_RING_IDX - BASE
        found[index >> 3] = False
        ring, size = m.load(ahu + abi.AHU_COMPLETION_RING), m.load(ahu + abi.AHU_RING_SIZE_BYTES)
        if ring is not None and size is not None:
            for offset in range(0, min(size, 4096), 8):
                found[(ring + offset - BASE) >> 3] = True
    return {word: is_slot for word, is_slot in found.items() if 0 <= word < ARENA >> 3}


def _compare_tasks(
    m: Explorer, observed: tuple[TaskView, ...], produced: tuple[TaskView, ...], why: int
) -> tuple[Kind, int, str]:
    if len(observed) != len(produced):
        return Kind.BLOCKING, clauses.ENTRY_2, f"{len(produced)} tasks, not {len(observed)}"
    for ours, theirs in zip(produced, observed, strict=True):
        if ours == theirs:
            continue
        detail = f"task {ours.index} is {_view(ours)}, not {_view(theirs)}"
        if Role.HEAD in (ours.role, theirs.role) and ours.role != theirs.role:
            return Kind.BLOCKING, clauses.MOVE_5, detail
        call = theirs.call if theirs.call != NO_CALL else ours.call
        if ours.role != theirs.role and ours.role == Role.READY:
            if call == NO_CALL:
                return Kind.BLOCKING, clauses.POOL_1, detail
            trail = [decision for decision in m.trail if decision.task == ours.index]
            return Kind.BLOCKING, _blame_chain(trail, 0, _CALL_CLAUSES.get(call, why)), detail
        return Kind.BLOCKING, _CALL_CLAUSES.get(call, why), detail
    return Kind.BLOCKING, why, "the same"


def _view(task: TaskView) -> str:
    role = Role(task.role).name.lower() if task.role in (0, 1, 2) else f"role {task.role}"
    return role if task.call == NO_CALL else f"{role} in call {task.call}"
