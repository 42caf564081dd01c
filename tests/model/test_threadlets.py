# SPDX-License-Identifier: Apache-2.0
"""Threadlets and cold pages, clause by clause: what small programs show, each with the whole trace in view."""

import attrs
import pytest

from model import abi, clauses
from model.image import STACK_BYTES, STACKS_AT, build
from model.program import Advance, Call, Exec, Exit, Operand, PageKind, Poke, Program, Reap, Settle, Space, Store
from model.spec import steps
from model.spec.run import Recorder, run
from model.spec.state import Chooser
from model.trace import FAULT, NO_CALL, Blocked, Done, End, Ended, Event, Result, Role, Settled, Trace
from model.variant import (
    PINNED,
    HeadExit,
    RecursionErrno,
    RefillFailure,
    ThreadletEvent,
    ThreadletOffErrno,
    Variant,
)
from tests.model.threadlets import (
    COLD,
    GETTID,
    TOP,
    add,
    ahu,
    chain,
    head,
    number,
    program,
    read,
    sleep,
    stack_word,
    word,
    write,
)

REFILL = Store(stack_word(), number(TOP))
EXEC = Exec(0, 0, ahu())
CACHED = Exec(0, 0, ahu(), True)
SLEEPER = (read(word(1)),)
WAIT = Call(abi.NR_ASYNC_WAIT, (number(1), number(0), ahu()))


def results(trace: Trace) -> list[tuple[int, int]]:
    """(step, value) of the steps that returned something."""
    return [(e.step, e.value) for e in trace.events if isinstance(e, Result)]


def operations(trace: Trace) -> list[tuple[int, int, int, int, int]]:
    """(step, place, value, task, role) of the operations that were seen."""
    return [(e.step, e.place, e.value, e.task, e.role) for e in trace.events if isinstance(e, Done)]


def shown(trace: Trace) -> list[str]:
    """The kinds of the events, in order."""
    return [type(e).__name__ for e in trace.events]


def value(trace: Trace, step: int) -> int:
    return dict(results(trace))[step]


def tasks(event: Event) -> list[tuple[int, int, int]]:
    """(number, role, call) of the live tasks an observation shows."""
    assert isinstance(event, Settled | Blocked | Ended)
    assert event.seen is not None
    return [(t.index, t.role, t.call) for t in event.seen.tasks]


def final_words(subject: Program, trace: Trace) -> memoryview:
    """The arena at the end, as words."""
    memory = bytearray(build(subject).memory)
    for event in trace.events:
        seen = getattr(event, "seen", None)
        for offset, data in seen.changes if seen else ():
            memory[offset : offset + len(data)] = data
    return memoryview(memory).cast("Q")


def show(subject: Program, variant: Variant = PINNED) -> Trace:
    return run(build(subject), variant)


def hits(subject: Program) -> set[str]:
    """The clauses that one run met."""
    image = build(subject)
    m = steps.start(image, Recorder(image), Chooser())
    while m.ended is None:
        able = m.able()
        if able:
            m.run(able[0])
        else:
            steps.nothing_runs(m)
    return {c.id for c in clauses.BY_NUMBER if m.hit[c.number]}


BOTH_WAYS = pytest.mark.parametrize("cached", [False, True])


# What the caller sees


@BOTH_WAYS
def test_one_that_never_sleeps_returns_1_and_leaves_its_stack(cached: bool) -> None:
    """THREAD-2, THREAD-7, THREAD-13, THREAD-19."""
    exec_ = Exec(0, 0, ahu(), cached)
    trace = show(program(Exec(7, 7, ahu()), exec_, exec_, scripts=((GETTID, add(1)),)))
    assert results(trace) == [(0, 1), (1, 1), (2, 1)]
    assert operations(trace) == [(s, place, v, 0, 0) for s, w in ((1, 1), (2, 2)) for place, v in ((0, 1000), (1, w))]


@BOTH_WAYS
def test_one_that_sleeps_gives_the_head_away(cached: bool) -> None:
    """THREAD-4, THREAD-5: 0 at the call, in another task; the sleeper makes its own operations."""
    subject = program(
        Exec(7, 7, ahu()),
        Exec(0, 0, ahu(), cached),
        GETTID,
        write(),
        Settle(),
        scripts=((GETTID, read(word(1)), GETTID),),
    )
    trace = show(subject)
    assert results(trace) == [(0, 1), (1, 0), (2, 1001), (3, 8)]
    assert operations(trace) == [(1, 0, 1000, 0, 0), (1, 1, 8, 0, 2), (1, 2, 1000, 0, 2)]
    assert tasks(trace.events[-2]) == [(0, Role.READY, NO_CALL), (1, Role.HEAD, NO_CALL)]


def test_a_second_sleep_changes_nothing_about_the_head() -> None:
    """THREAD-6: there is a spare again by then, and it stays one."""
    trace = show(
        program(EXEC, REFILL, Exec(7, 7, ahu()), write(), Settle(), scripts=((read(word(1)), read(word(2)), GETTID),))
    )
    assert trace.handovers == 1
    settled = next(e for e in trace.events if isinstance(e, Settled))
    assert tasks(settled) == [(0, Role.BUSY, abi.NR_READ), (1, Role.HEAD, NO_CALL), (2, Role.READY, NO_CALL)]


def test_the_end_of_a_threadlet_disarms() -> None:
    """THREAD-7: with a spare there, what the head sleeps in afterwards is its own."""
    for cached in (False, True):
        trace = show(program(Exec(7, 7, ahu()), Exec(7, 6, ahu(), cached), sleep(1), GETTID))
        assert trace.handovers == 0
        assert "Blocked" in shown(trace)
        assert value(trace, 3) == 1000


def test_the_head_sleeps_in_the_operation() -> None:
    """What is seen while nothing can run: the step is that of the exec, the call that of the operation."""
    trace = show(program(CACHED, heads=(head(stack=0),), scripts=((sleep(2),),)))
    blocked = trace.events[0]
    assert isinstance(blocked, Blocked)
    assert blocked.step == 0
    assert tasks(blocked) == [(0, Role.HEAD, abi.NR_NANOSLEEP)]


# Errors of going in


def test_no_spare_and_no_stack_is_an_error_and_nothing_runs() -> None:
    """THREAD-16; the stack is free afterwards (THREAD-15)."""
    trace = show(program(EXEC, REFILL, EXEC, heads=(head(stack=0),), scripts=((add(1),),)))
    assert results(trace) == [(0, -abi.EINVAL), (1, 0), (2, 1)]
    assert operations(trace) == [(2, 0, 1, 0, 0)]


def test_an_unreadable_head_is_an_error() -> None:
    trace = show(program(Exec(0, 0, number(8)), Exec(0, 0, number(8), True), scripts=((add(1),),)))
    assert results(trace) == [(0, -abi.EFAULT), (1, -abi.EFAULT)]
    assert not operations(trace)


def test_the_pair_of_the_original_task_is_left_to_async_exec() -> None:
    """D80: an `async_head_user` of which only the tail can be read is good enough for a threadlet."""
    pages = [PageKind.READ_WRITE] * 8
    pages[5] = PageKind.ABSENT
    at = Operand(Space.PAGE, 6, -abi.AHU_NEW_THREAD_STACK)
    plain = program(Exec(0, 0, at), Call(abi.NR_ASYNC_EXEC, (Operand(Space.ATOM, 0), at)), scripts=((add(1),),))
    fill = Poke(Operand(Space.PAGE, 6), number(TOP))
    trace = show(attrs.evolve(plain, pages=tuple(pages), pokes=(*plain.pokes, fill)))
    assert results(trace) == [(0, 1), (1, -abi.EFAULT)]


@BOTH_WAYS
def test_a_stack_is_not_taken_twice(cached: bool) -> None:
    """THREAD-14, by the head and by another threadlet; THREAD-15: free when its threadlet is over."""
    subject = program(
        Exec(0, 0, ahu(), cached),
        Exec(1, 0, ahu(), cached),
        write(),
        Settle(),
        Exec(1, 0, ahu(), cached),
        scripts=(SLEEPER, (add(2),)),
    )
    trace = show(subject)
    assert [v for _, v in results(trace)] == [0, -abi.EBUSY, 8, 1]
    assert trace.handovers == 1


def test_nesting_is_refused() -> None:
    """THREAD-3, and THREAD-14 before it; before and after the hand-over."""
    script = (Exec(1, 1, ahu()), Exec(1, 0, ahu()), read(word(1)), Exec(1, 1, ahu()), Exec(1, 0, ahu()))
    subject = program(EXEC, write(), Settle(), scripts=(script, (add(1),)))
    values = [v for _, _, v, _, _ in operations(show(subject))]
    assert values == [-abi.ENOSYS, -abi.EBUSY, 8, -abi.ENOSYS, -abi.EBUSY]
    other = attrs.evolve(PINNED, recursion_errno=RecursionErrno.EINVAL)
    assert operations(show(subject, other))[0][2] == -abi.EINVAL


# Inside


def test_refused_calls() -> None:
    """THREAD-17, ENTRY-7, and THREAD-18 for numbers that are nothing: sync and async."""
    numbers = (57, abi.NR_ASYNC_EXEC, abi.NR_ASYNC_WAIT, abi.NR_ASYNC_THREAD, 467, 468, 300, 469, 1 << 63)
    refused = tuple(Call(nr) for nr in numbers)
    subject = program(EXEC, write(), Settle(), scripts=((*refused[:7], *SLEEPER, *refused[2:]),))
    seen = operations(show(subject))
    assert len(seen) == 15
    assert {v for _, place, v, _, _ in seen if place != 7} == {-abi.ENOSYS}
    other = attrs.evolve(PINNED, recursion_errno=RecursionErrno.EINVAL)
    einval = [place for _, place, v, _, _ in operations(show(subject, other)) if v == -abi.EINVAL]
    assert einval == [1, 2, 3, 8, 9]


@pytest.mark.parametrize("nr", [abi.NR_THREADLET_ON, abi.NR_THREADLET_OFF])
def test_the_numbers_are_empty_entries(nr: int) -> None:
    """THREAD-18, D87: as a step, unless it is `threadlet_off` (D99); as an atom, whose result is stored."""
    submit = Call(abi.NR_ASYNC_EXEC, (Operand(Space.ATOM, 0), ahu()))
    subject = program(Call(nr), submit, GETTID, atoms=chain(0, Call(nr)))
    trace = show(subject)
    assert value(trace, 0) == (-abi.EINVAL if nr == abi.NR_THREADLET_OFF else -abi.ENOSYS)
    words = final_words(subject, trace)
    assert words[(0x1B00 + 8 * 16) >> 3] == -abi.ENOSYS & abi.MASK


def test_an_operation_may_fail_and_the_script_goes_on() -> None:
    trace = show(program(EXEC, scripts=((Store(number(8), number(1)), Call(abi.NR_CLOSE, (number(1),)), add(1)),)))
    assert [v for _, _, v, _, _ in operations(trace)] == [-abi.EFAULT, -abi.EBADF, 1]


# The end of one that went async


def test_it_is_a_spare_again_at_the_tail() -> None:
    """THREAD-8, THREAD-11: behind the spare that was there; the next hand-over takes that one."""
    subject = program(
        EXEC, REFILL, Exec(7, 7, ahu()), write(), Settle(), Exec(1, 1, ahu()), scripts=(SLEEPER, (read(word(2)),))
    )
    trace = show(subject)
    assert tasks(trace.events[-1]) == [
        (0, Role.READY, NO_CALL),
        (1, Role.BUSY, abi.NR_READ),
        (2, Role.HEAD, NO_CALL),
    ]


def test_no_event_and_the_waiter_wakes() -> None:
    """THREAD-10, THREAD-11: "nothing busy" ends the wait; the ring stays empty."""
    subject = program(EXEC, WAIT, Reap(ahu()), scripts=((sleep(1), add(1)),))
    trace = show(subject)
    assert results(trace) == [(0, 0), (1, 0), (2, 0)]
    assert shown(trace) == ["Result", "Blocked", "Done", "Done", "Result", "Result", "Ended"]


def test_a_syslet_event_is_waited_for_while_a_threadlet_is_busy() -> None:
    """One head, both kinds: the chain's event satisfies the wait, the threadlet's end counts as none."""
    submit = Call(abi.NR_ASYNC_EXEC, (Operand(Space.ATOM, 0), ahu()))
    subject = program(
        EXEC,
        REFILL,
        Exec(1, 1, ahu()),
        REFILL,
        submit,
        WAIT,
        scripts=(SLEEPER, (sleep(1),)),
        atoms=chain(0, sleep(2)),
    )
    trace = show(subject)
    assert value(trace, 5) == 0
    assert tasks(trace.events[-1])[0] == (0, Role.BUSY, abi.NR_READ)


def test_posted_events() -> None:
    """The other value of `threadlet_event`: the top of the stack, in the ring, counted."""
    other = attrs.evolve(PINNED, threadlet_event=ThreadletEvent.POSTED)
    subject = program(
        EXEC,
        REFILL,
        Exec(1, 3, ahu()),
        WAIT,
        Reap(ahu()),
        Settle(),
        scripts=(SLEEPER, (sleep(1),)),
    )
    posted, pinned = show(subject, other), show(subject)
    assert value(posted, 4) == STACKS_AT + 3 * STACK_BYTES
    assert tasks(posted.events[-1])[0] == (0, Role.BUSY, abi.NR_READ)
    # Pinned, nothing ends the wait: the first threadlet sleeps for ever.
    assert isinstance(pinned.events[-1], Ended)
    assert pinned.events[-1].end is End.STUCK


def test_the_head_exits_first() -> None:
    """THREAD-12: the script is finished; the exit waits for it."""
    subject = program(EXEC, Exit(3), scripts=((sleep(1), GETTID),))
    trace = show(subject)
    assert operations(trace) == [(0, 0, 0, 0, 2), (0, 1, 1000, 0, 2)]
    assert isinstance(trace.events[-1], Ended)
    assert trace.events[-1].end is End.EXITED
    assert "THREAD-12" in hits(subject)
    abandoned = show(subject, attrs.evolve(PINNED, head_exit=HeadExit.ABANDON))
    assert not operations(abandoned)


def test_a_wake_by_another_threadlet() -> None:
    """Completion by the user's own means: one threadlet wakes the other, which wakes the head."""
    wake = Call(abi.NR_FUTEX, (word(5), number(129), number(1)))
    wait = Call(abi.NR_FUTEX, (word(5), number(128), number(0)))
    subject = program(
        EXEC, REFILL, Exec(1, 1, ahu()), wait, scripts=((read(word(1)), wake), (sleep(1), write(), GETTID))
    )
    trace = show(subject)
    assert value(trace, 3) == 0
    assert operations(trace)[0][:2] == (2, 0)


def test_threadlet_off_outside() -> None:
    """THREAD-9, under both readings, before and behind a threadlet (D99)."""
    off = Call(abi.NR_THREADLET_OFF)
    subject = program(off, EXEC, off, scripts=((GETTID,),))
    for reading, expected in (
        (PINNED, -abi.EINVAL),
        (attrs.evolve(PINNED, threadlet_off_errno=ThreadletOffErrno.ONE), 1),
    ):
        trace = show(subject, reading)
        assert [value(trace, 0), value(trace, 2)] == [expected, expected]


# The cached way


def test_without_spare_and_stack_it_runs_unarmed() -> None:
    """THREAD-20: 2, and what sleeps sleeps in the head; inside all the same."""
    subject = program(CACHED, heads=(head(stack=0),), scripts=((sleep(1), Call(57), Exec(1, 1, ahu())),))
    trace = show(subject)
    assert results(trace) == [(0, 2)]
    assert trace.handovers == 0
    assert [v for _, _, v, _, _ in operations(trace)] == [0, -abi.ENOSYS, -abi.ENOSYS]


def test_a_spare_that_comes_later_arms_nothing() -> None:
    """THREAD-20: the other threadlet ends and is a spare, but this one was not armed."""
    subject = program(EXEC, Exec(1, 1, ahu(), True), GETTID, scripts=((sleep(1),), (sleep(2), sleep(1))))
    trace = show(subject)
    assert results(trace)[:2] == [(0, 0), (1, 2)]
    assert trace.handovers == 1


def test_without_spare_but_with_a_stack_the_real_call_is_made() -> None:
    """THREAD-21: the spare is made, the stack used up, the result 1."""
    subject = program(CACHED, CACHED, scripts=((add(1),),))
    trace = show(subject)
    assert results(trace) == [(0, 1), (1, 1)]
    assert final_words(subject, trace)[(0x1900 + abi.AHU_NEW_THREAD_STACK) >> 3] == 0
    assert len(tasks(trace.events[-1])) == 2


def test_unarmed_is_real_under_the_other_reading_of_refill() -> None:
    """D5 `run_sync`: the real way runs without a spare, and says 1."""
    other = attrs.evolve(PINNED, refill_failure=RefillFailure.RUN_SYNC)
    subject = program(EXEC, heads=(head(stack=0),), scripts=((sleep(1), add(1)),))
    assert results(show(subject, other)) == [(0, 1)]


# Cold pages


def test_a_step_waits_for_a_cold_page() -> None:
    """PAGE-4, PAGE-3: one tick, blocked in "fault"; the second access is an ordinary one."""
    subject = program(Store(COLD, number(7)), Store(COLD, number(8)), cold=True)
    trace = show(subject)
    assert shown(trace) == ["Blocked", "Result", "Result", "Ended"]
    assert tasks(trace.events[0]) == [(0, Role.HEAD, FAULT)]
    assert final_words(subject, trace)[0x6000 >> 3] == 8


def test_the_kernel_sees_no_page() -> None:
    """PAGE-2: -EFAULT for every access of a call, until user mode has brought the page in."""
    futex = Call(abi.NR_FUTEX, (COLD, number(128), number(1)))
    subject = program(
        Call(abi.NR_UMEM_ADD, (COLD, number(1))),
        futex,
        Call(abi.NR_NANOSLEEP, (COLD,)),
        Call(abi.NR_WRITE, (Operand(Space.EVENTFD, 0), COLD, number(8))),
        Store(COLD, number(0)),
        Call(abi.NR_UMEM_ADD, (COLD, number(1))),
        cold=True,
    )
    trace = show(subject)
    assert [v for _, v in results(trace)] == [-abi.EFAULT] * 4 + [0, 1]
    assert {"PAGE-2", "PAGE-3", "PAGE-4"} <= hits(subject)


def test_a_threadlet_hands_over_in_a_page_fault() -> None:
    """PAGE-1, THREAD-4, THREAD-24: seen in "fault" while the heir runs."""
    subject = program(EXEC, Settle(), Advance(1), scripts=((Store(COLD, number(7)), GETTID),), cold=True)
    trace = show(subject)
    assert results(trace) == [(0, 0)]
    settled = next(e for e in trace.events if isinstance(e, Settled))
    assert tasks(settled) == [(0, Role.BUSY, FAULT), (1, Role.HEAD, NO_CALL)]
    assert operations(trace) == [(0, 0, 0, 0, 2), (0, 1, 1000, 0, 2)]
    assert {"PAGE-1", "THREAD-4", "THREAD-24"} <= hits(subject)


def test_reap_goes_on_where_it_slept() -> None:
    """D92: the ring in a cold page; the fields were read before the fault, and are not read again."""
    ring = attrs.evolve(head(), ring=COLD)
    subject = program(
        EXEC,
        Reap(ahu()),
        heads=(ring,),
        scripts=((sleep(1), Store(ahu(0, abi.AHU_COMPLETION_RING), number(0))),),
        cold=True,
        pokes=(Poke(COLD, number(0x1234)),),
    )
    assert value(show(subject), 1) == 0x1234


def test_the_look_for_a_stack_may_sleep() -> None:
    """D86, D89: the `async_head_user` of a cached threadlet lies in a cold page."""
    subject = program(Exec(0, 0, COLD, True), scripts=((add(1),),), cold=True)
    trace = show(subject)
    assert shown(trace)[0] == "Blocked"
    assert results(trace) == [(0, 2)]


def test_a_word_across_the_edge_of_a_cold_page() -> None:
    """D92: a tick for each cold page, in order; one that refuses ends it."""
    both = attrs.evolve(
        program(Store(Operand(Space.PAGE, 4, -4), number(-1))),
        pages=(*[PageKind.READ_WRITE] * 3, PageKind.COLD, PageKind.COLD, *[PageKind.READ_WRITE] * 3),
    )
    trace = show(both)
    assert shown(trace) == ["Blocked", "Blocked", "Result", "Ended"]
    first_refuses = attrs.evolve(both, pages=(*both.pages[:3], PageKind.READ_ONLY, PageKind.COLD, *both.pages[5:]))
    assert shown(show(first_refuses)) == ["Result", "Ended"]
    second_refuses = attrs.evolve(both, pages=(*both.pages[:4], PageKind.ABSENT, *both.pages[5:]))
    assert shown(show(second_refuses)) == ["Blocked", "Result", "Ended"]
    assert value(show(second_refuses), 0) == -abi.EFAULT


def test_two_sleepers_for_one_page() -> None:
    """D92: both sleep for a tick; the page comes in once, for both."""
    store = (Store(COLD, number(1)), add(1))
    subject = program(EXEC, REFILL, Exec(1, 1, ahu()), Advance(1), Settle(), scripts=(store, store), cold=True)
    trace = show(subject)
    assert sorted(v for _, place, v, _, _ in operations(trace) if place == 1) == [1, 2]


def test_a_sleeping_task_is_copied_and_hashed_whole() -> None:
    """What a search branches by: nothing of a threadlet or a page is shared, nothing is left out."""
    image = build(program(EXEC, scripts=((Store(COLD, number(1)),),), cold=True))
    m = steps.start(image, Recorder(image), Chooser())
    m.run(m.family.head)
    sleeper = m.tasks[0]
    assert sleeper.script is not None
    assert m.copy().state() == m.state()
    for change in (
        {"taken": 0},
        {"pages": image.pages},
    ):
        other = m.copy()
        for name, value in change.items():
            setattr(other, name, value)
        assert other.state() != m.state()
    other = m.copy()
    other.tasks[0].script = sleeper.script._replace(place=5)
    assert other.state() != m.state()
    assert sleeper.script.place == 0
