# SPDX-License-Identifier: Apache-2.0
"""Threadlets in texts: scripts, executions, who ran what, and their traces in words."""

import pytest

from fuzz.text import Case, DoneIs, parse, print_case
from fuzz.text.expect import failures
from fuzz.text.symbols import print_trace
from model.image import STACK_BYTES, STACKS_AT, resolve
from model.program import Call, Exec, Operand, PageKind, Space, Store, Threadlet
from model.trace import FAULT, NO_CALL, Done, End, Ended, Event, Observation, Result, Role, Settled, TaskView, Trace

TEXT = """\
syslet 1
page pg6 cold
pipe p0
head h0 ring=r0 slots=4 stack=top
# reads, then tells
f0: read(p0.r, pg3, 8)  => 8 | -EAGAIN by busy  # late
f0: store pg6 = s1      => 0
f0: threadlet_exec(f1, s1, h0) cached => -ENOSYS | blocked
f0: nr(999)()
f2:

threadlet_exec(f0, s0, h0) => 0 | 1  # a step
settle
expect busy 1 in fault
threadlet_exec(f0, s2, NULL) => -EFAULT
threadlet_exec(f2, s0, h0) cached => 1
"""
HEAD = Operand(Space.HEAD, 0)


def _seen(*tasks: TaskView) -> Observation:
    return Observation(tasks, ())


def _trace(*events: Event, end: int = 4, how: End = End.DONE) -> Trace:
    return Trace((*events, Ended(end, how, _seen(TaskView(1, Role.HEAD, NO_CALL)))))


GOOD = (
    Result(0, 0),
    Done(0, 0, 8, 0, Role.BUSY),
    Settled(1, _seen(TaskView(0, Role.BUSY, FAULT), TaskView(1, Role.HEAD, NO_CALL))),
    Result(2, -14),
    Done(0, 1, 0, 0, Role.BUSY),
    Done(0, 2, -38, 0, Role.BUSY),
    Result(3, 1),
)


def test_scripts_are_read_and_printed() -> None:
    case = parse(TEXT, "t")
    assert print_case(case) == TEXT
    assert case.program.pages[6] is PageKind.COLD
    read = Call(0, (Operand(Space.PIPE_READ, 0), Operand(Space.PAGE, 3), Operand.number(8)))
    store = Store(Operand(Space.PAGE, 6), Operand.number(STACKS_AT + STACK_BYTES))
    assert case.program.threadlets == (
        Threadlet(0, (read, store, Exec(1, 1, HEAD, True), Call(999))),
        Threadlet(2),
    )
    assert case.program.steps[0] == Exec(0, 0, HEAD)
    assert case.program.steps[3] == Exec(2, 0, HEAD, True)
    wanted = DoneIs(0, 0, (Operand.number(8), Operand.number(-11)), by=Role.BUSY)
    assert case.expectations[0] == wanted


def test_lines_of_scripts_may_stand_anywhere() -> None:
    case = parse("syslet 1\nsettle\nf1: getpid() => 1\nexpect busy 0\nf0:refill h0\nf1 : store w0=s0\n")
    text = "syslet 1\nf0: refill h0\nf1: getpid()            => 1\nf1: store w0 = s0\nsettle\nexpect busy 0\n"
    assert print_case(case) == text
    assert parse(text) == parse(print_case(parse(text)))
    assert resolve(Operand.number(STACKS_AT)) == STACKS_AT


def _told(*events: Event, text: str = TEXT, end: int = 4, how: End = End.DONE) -> list[str]:
    return failures(parse(text, "t"), _trace(*events, end=end, how=how))


def test_what_holds_says_nothing() -> None:
    assert _told(*GOOD) == []
    assert _told(*(e for e in GOOD if not (isinstance(e, Done) and e.place == 2))) == []


READ = "t:6: expected f0: read(p0.r, pg3, 8) => 8 | -EAGAIN by busy, "
STORE = "t:7: expected f0: store pg6 = s1 => 0, "


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (GOOD[1], (Done(0, 0, 7, 0, Role.BUSY),), READ + "in step 0 it returned 7"),
        (GOOD[1], (Done(0, 0, 8, 1, Role.HEAD),), READ + "in step 0 task 1 ran it (head)"),
        (GOOD[4], (), STORE + "in step 0 it never returned: the program ended done in step 4"),
        (GOOD[3], (Result(2, 0),), READ + "in step 2 it never returned: the program ended done in step 4"),
        (GOOD[0], (Result(0, -22),), READ + "it was not reached: the program ended done in step 4"),
    ],
)
def test_what_does_not_hold_is_told(old: Event, new: tuple[Event, ...], message: str) -> None:
    events = [x for e in GOOD for x in (new if e == old else (e,))]
    assert message in _told(*events)


def test_an_operation_behind_one_that_blocks_is_not_reached() -> None:
    message = STORE + "in step 0 it was not reached: the program ended stuck in step 0"
    told = _told(end=0, how=End.STUCK)
    assert message in told
    assert READ + "in step 0 it never returned: the program ended stuck in step 0" in told


def test_a_trace_in_words() -> None:
    case: Case = parse(TEXT, "t")
    odd = (*GOOD, Done(0, 9, -3, 4, 7), Done(1, 0, 5, 0, Role.HEAD))
    assert print_trace(_trace(*odd), case.program) == (
        "step 0  threadlet_exec(f0, s0, h0)  = 0\n"
        "f0[0] read(p0.r, pg3, 8)  = 8 by task 0 (busy), threadlet of step 0\n"
        "step 1  settle\n"
        "  task 0 busy in fault\n"
        "  task 1 head\n"
        "step 2  threadlet_exec(f0, s2, NULL)  = -EFAULT\n"
        "f0[1] store pg6 = s1  = 0 by task 0 (busy), threadlet of step 0\n"
        "f0[2] threadlet_exec(f1, s1, h0) cached  = -ENOSYS by task 0 (busy), threadlet of step 0\n"
        "step 3  threadlet_exec(f2, s0, h0) cached  = 1\n"
        "operation 9  = -3 by task 4 (in role 7), threadlet of step 0\n"
        "operation 0  = 5 by task 0 (head), threadlet of step 1\n"
        "end done after 4 of 4 steps\n"
        "  task 1 head\n"
    )
