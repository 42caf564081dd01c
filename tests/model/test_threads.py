# SPDX-License-Identifier: Apache-2.0
"""Programs of several threads: what is in an order and what is not, moments of rest, families and their locks."""

import attrs
import pytest

from fuzz.ask.answer import Answer, answer
from fuzz.text import parse
from model.abi import ATOM_BYTES, NR_READ
from model.check.check import check
from model.image import BASE, RINGS_AT, Image, build
from model.spec.run import run
from model.trace import Blocked, End, Ended, Event, Observation, Result, Settled, TaskView, Trace
from model.variant import PINNED, CompletionLock
from model.verdict import Kind, Outcome

THREE = """syslet 1
eventfd e0 = 0
timespec t0 = 3ms
head h1 stack=top
f0: getpid()

getpid()
gettid()
settle
store w0 = 7

u1: gettid()
u1: threadlet_exec(f0, s0, h1)
u1: settle
u1: store w1 = 8

u2: nanosleep(t0, NULL)
u2: write(e0, w0, 8)
"""
RACE = """syslet 1
pipe p0
pipe p1
head h0 ring=r0 slots=4 stack=top
atom a0 = read(p0.r, pg3, 8)
atom a1 = read(p1.r, pg6, 8)

async_exec(a0, h0)
settle
settle
write(p0.w, pg4, 8)
write(p1.w, pg4, 8)
settle

u1: settle
u1: refill h0
u1: async_exec(a1, h0)
u1: settle
u1: settle
"""


def image_of(text: str) -> Image:
    return build(parse(text, "text").program)


def judged(image: Image, events: list[Event], trace: Trace) -> Outcome:
    return check(image, attrs.evolve(trace, events=tuple(events), hints=())).outcome


def test_results_of_two_threads_are_in_no_order_between_two_rests() -> None:
    image = image_of(THREE)
    trace = run(image)
    events = list(trace.events)
    swapped = 0
    for place in range(len(events) - 1):
        first, second = events[place : place + 2]
        if not (isinstance(first, Result) and isinstance(second, Result)):
            continue
        other = [*events[:place], second, first, *events[place + 2 :]]
        same = (first.step < 4) == (second.step < 4) and (first.step < 8) == (second.step < 8)
        assert judged(image, other, trace) is (Outcome.DIVERGENCE if same else Outcome.ALLOWED), (first, second)
        swapped += not same
    assert swapped


def test_no_result_passes_a_moment_of_rest() -> None:
    image = image_of(THREE)
    trace = run(image)
    events = list(trace.events)
    rest = next(i for i, event in enumerate(events) if isinstance(event, Settled))
    before = max(i for i in range(rest) if isinstance(events[i], Result))
    late = [*events[:before], *events[before + 1 : rest + 1], events[before], *events[rest + 1 :]]
    assert judged(image, late, trace) is Outcome.DIVERGENCE
    after = next(i for i in range(rest, len(events)) if isinstance(events[i], Result))
    early = [*events[:rest], events[after], *events[rest:after], *events[after + 1 :]]
    assert judged(image, early, trace) is Outcome.DIVERGENCE


def test_threads_that_settle_are_seen_in_order_of_number() -> None:
    image = image_of(THREE)
    trace = run(image)
    events = list(trace.events)
    rest = next(i for i, event in enumerate(events) if isinstance(event, Settled))
    first, second = events[rest : rest + 2]
    assert isinstance(first, Settled)
    assert isinstance(second, Settled)
    assert (first.step, second.step) == (2, 6)
    assert second.seen.changes == ()
    assert second.seen.tasks == first.seen.tasks
    assert judged(image, [*events[:rest], second, first, *events[rest + 2 :]], trace) is Outcome.DIVERGENCE


def test_a_task_of_another_family_is_another_task() -> None:
    image = image_of(THREE)
    trace = run(image)
    last = trace.events[-1]
    assert isinstance(last, Ended)
    assert last.seen is not None
    assert {view.family for view in last.seen.tasks} == {0, 1, 2}
    moved = attrs.evolve(last.seen, tasks=tuple(attrs.evolve(view, family=0) for view in last.seen.tasks))
    assert judged(image, [*trace.events[:-1], attrs.evolve(last, seen=moved)], trace) is Outcome.DIVERGENCE


def test_time_goes_on_for_whoever_is_left() -> None:
    """The sleep of a thread is noted once, in its name, though thread 0 is at its end."""
    trace = run(image_of("syslet 1\ntimespec t0 = 2ms\n\ngetpid()\n\nu1: getpid()\nu1: nanosleep(t0, NULL)\n"))
    assert [event.step for event in trace.events if isinstance(event, Blocked)] == [2]
    last = trace.events[-1]
    assert isinstance(last, Ended)
    assert (last.step, last.end) == (3, End.DONE)


@pytest.mark.parametrize(
    ("threads", "end", "steps"),
    [
        ("exit\n\nu1: exit\n", End.EXITED, 2),
        ("exit\n\nu1: getpid()\n", End.DONE, 2),
        ("getpid()\n\nu1: exit\nu1: getpid()\n", End.DONE, 2),
        ("read(p0.r, pg3, 8)\n\nu1: exit\n", End.STUCK, 1),
        ("read(p0.r, pg3, 8)\n\nu1:\n", End.STUCK, 0),
        ("write(p0.w, pg3, 8)\n\nu1: read(p0.r, pg3, 8)\nu1: exit\n\nu2:\n", End.DONE, 3),
    ],
)
def test_a_program_ends_when_all_its_threads_do(threads: str, end: End, steps: int) -> None:
    last = run(image_of(f"syslet 1\npipe p0\n\n{threads}")).events[-1]
    assert isinstance(last, Ended)
    assert (last.end, last.step) == (end, steps)


def _rings(told: Answer) -> set[tuple[int, int]]:
    """The first two slots of r0 at the end of each outcome."""
    found = set()
    for outcome in told.outcomes:
        memory = bytearray(build(told.program).memory)
        for event in outcome.events:
            seen = None if isinstance(event, Result) else getattr(event, "seen", None)
            for offset, data in seen.changes if isinstance(seen, Observation) else ():
                memory[offset : offset + len(data)] = data
        words = memoryview(memory).cast("Q")
        found.add((words[RINGS_AT >> 3], words[(RINGS_AT >> 3) + 1]))
    return found


def test_two_families_race_for_a_ring_and_one_lock_would_not_let_them() -> None:
    program = parse(RACE).program
    first, second = BASE, BASE + ATOM_BYTES
    both = {(first, second), (second, first)}
    apart = answer(program)
    assert apart.complete
    assert _rings(apart) == both | {(first, 0), (second, 0)}
    together = answer(program, attrs.evolve(PINNED, completion_lock=CompletionLock.SHARED))
    assert together.complete
    assert _rings(together) == both


def test_two_families_meet_where_a_spare_gets_its_number() -> None:
    """Each submits a chain that goes async on a ring of its own: whatever the order, it comes to the same."""
    apart = answer(
        parse("""syslet 1
head h0 ring=r0 slots=4 stack=top
head h1 ring=r1 slots=4 stack=top
atom a0 = getpid() [ASYNC]
atom a1 = getpid() [ASYNC]

async_exec(a0, h0)

u1: async_exec(a1, h1)
""").program
    )
    assert apart.complete
    assert len(apart.outcomes) == 2, "by whose spare is made first: it has the lower number"
    assert apart.effort < 2000


def test_a_wait_counts_the_events_of_its_own_family() -> None:
    """Thread 1 has a chain under way, and the event of thread 0 on the same ring does not end its wait."""
    text = """syslet 1
pipe p0
pipe p1
head h0 ring=r0 slots=4 stack=top
atom a0 = read(p0.r, pg3, 8)
atom a1 = read(p1.r, pg6, 8)

async_exec(a0, h0)
settle
settle
write(p0.w, pg4, 8)
settle

u1: settle
u1: refill h0
u1: async_exec(a1, h0)
u1: settle
u1: async_wait(1, 0, h0)
"""
    image = image_of(text)
    trace = run(image)
    assert [event.end for event in trace.events if isinstance(event, Ended)] == [End.STUCK]
    rest = [event for event in trace.events if isinstance(event, Settled)][-1]
    assert TaskView(1, 2, NR_READ, 1) in rest.seen.tasks
    place = trace.events.index(rest)
    verdict = check(image, attrs.evolve(trace, events=(*trace.events[:place], Result(9, 0), *trace.events[place:])))
    assert verdict.outcome is Outcome.DIVERGENCE
    assert verdict.divergence is not None
    assert verdict.divergence.kind in (Kind.BLOCKING, Kind.LOST_WAKEUP)
    assert verdict.divergence.clause == "WAIT-7"
