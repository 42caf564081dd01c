# SPDX-License-Identifier: Apache-2.0
"""Further threads in texts: their lines, what is expected of them, and their traces in words."""

import pytest

from fuzz.text import Case, ResultIs, TextError, parse, print_case, print_program
from fuzz.text.expect import failures
from fuzz.text.misfit import misfit
from fuzz.text.symbols import print_trace
from model.abi import NR_READ
from model.program import Call, Program, Settle, Thread
from model.trace import NO_CALL, End, Ended, Event, Observation, Result, Role, Settled, TaskView, Trace

TEXT = """\
syslet 1
pipe p0

getpid()                => 1000
settle  # both
# about thread 0
expect ready 0

# the other one
u1: read(p0.r, pg3, 8)  => 8 | blocked
u1: settle
u1: expect busy 1 in read
u1: exit 0
u1: getpid()

u2:

u3: settle
"""
MIXED = """\
syslet 1
u3: settle
u1: read(p0.r, pg3, 8)  => 8 | blocked
pipe p0
getpid()                => 1000
u1: settle
u1: expect busy 1 in read
settle
u2:
u1: exit
expect ready 0
u1: getpid()
"""
ERRORS = {
    "thread 0": ("u0: settle", "t:2:1: the steps of thread 0 stand without a name in front\n    u0: settle\n    ^"),
    "a thread too many": (
        "u4: settle",
        "t:2:1: thread 4 does not exist: threads are u0 to u3\n    u4: settle\n    ^",
    ),
    "a gap": (
        "settle\nu2: settle",
        (
            "t:3:1: there is a u2, and no u1\n    u2: settle\n    ^\n"
            "hint: threads are u1, u2, u3, and no number is left out"
        ),
    ),
    "declared empty": (
        "u1:\nu1: settle",
        "t:3:1: u1 is declared without steps, and has some or is declared twice\n    u1: settle\n    ^",
    ),
    "an expectation first": (
        "u1: expect ready 0",
        "t:2:5: an expectation of u1 stands behind one of its steps\n    u1: expect ready 0\n        ^",
    ),
    "a declaration": (
        "u1: pipe p0",
        (
            "t:2:5: 'pipe' is no step\n    u1: pipe p0\n        ^\n"
            "hint: a thread has calls, store, refill, reap, settle, advance, exit, threadlet_exec and expect"
        ),
    ),
    "by whom": (
        "u1: getpid() => 1 by busy",
        (
            "t:2:19: only an operation of a script tells by whom: a step is the head's\n"
            "    u1: getpid() => 1 by busy\n                      ^"
        ),
    ),
}


def test_threads_are_read_and_printed() -> None:
    case = parse(TEXT, "t")
    assert print_case(case) == TEXT
    assert case.program.threads[1:] == (Thread(2), Thread(3, (Settle(),)))
    assert case.program.first_steps == (0, 2, 6, 6, 7)
    assert [case.program.thread_of(step) for step in range(7)] == [0, 0, 1, 1, 1, 1, 3]
    assert [e.step for e in case.expectations if isinstance(e, ResultIs)] == [0, 2]


def test_lines_of_threads_may_stand_mixed() -> None:
    mixed, sorted_ = parse(MIXED, "t"), parse(TEXT, "t")
    assert mixed.program == sorted_.program
    assert mixed.expectations == sorted_.expectations


def test_a_bare_program_has_a_blank_line_before_each_thread() -> None:
    program = Program(steps=(Settle(),), threads=(Thread(1), Thread(2, (Call(39),))))
    text = "syslet 1\n\nsettle\n\nu1:\n\nu2: getpid()\n"
    assert print_program(program) == text
    assert parse(text).program == program


@pytest.mark.parametrize("name", ERRORS)
def test_mistakes_are_told_word_for_word(name: str) -> None:
    text, told = ERRORS[name]
    with pytest.raises(TextError) as caught:
        parse(f"syslet 1\n{text}", "t")
    assert str(caught.value) == told


def test_there_is_a_limit_of_steps() -> None:
    parse("syslet 1\n" + "settle\n" * 128 + "u1: settle\n" * 100 + "u2: settle\n" * 28)
    with pytest.raises(TextError, match="the further threads have at most 128 steps together"):
        parse("syslet 1\n" + "u1: settle\n" * 100 + "u2: settle\n" * 29)


def _seen(*tasks: TaskView) -> Observation:
    return Observation(tasks, ())


BOTH = _seen(
    TaskView(0, Role.HEAD, NO_CALL), TaskView(1, Role.BUSY, NR_READ, 1), TaskView(2, Role.READY, NO_CALL),
    TaskView(3, Role.HEAD, NO_CALL, 1),
)  # fmt: skip
ASKED = """\
syslet 1

settle
expect ready 1
expect busy 0
getpid()                => 1

u1: settle
u1: expect busy 1 in read
u1: expect ready 0
u1: getpid()            => 2
"""


def _trace(*events: Event, step: int = 4) -> Trace:
    end = _seen(TaskView(0, Role.HEAD, NO_CALL))
    return Trace((*events, Ended(step, End.DONE, end)), (1000, 1001, 1002, 1003))


GOOD = (Settled(0, BOTH), Settled(2, _seen(*BOTH.tasks)), Result(3, 2), Result(1, 1))


def _case() -> Case:
    return parse(ASKED, "t")


def test_each_thread_is_asked_about_its_own_family() -> None:
    assert not failures(_case(), _trace(*GOOD))
    other = _seen(*[TaskView(t.index, t.role, t.call, 1 - t.family) for t in BOTH.tasks])
    assert [line.split(":")[1] for line in failures(_case(), _trace(Settled(0, other), *GOOD[1:]))] == ["4", "5"]
    assert [line.split(":")[1] for line in failures(_case(), _trace(GOOD[0], Settled(2, other), *GOOD[2:]))] == [
        "9",
        "10",
    ]


def test_a_thread_that_never_came_back_is_told_of() -> None:
    trace = Trace((*GOOD[:2], GOOD[3], Ended(3, End.STUCK, _seen())), (1000,))
    assert failures(_case(), trace) == [
        "t:11: expected getpid() => 2, it never returned: the program ended stuck in step 3"
    ]


def test_a_step_is_told_with_its_thread() -> None:
    text = print_trace(_trace(*GOOD), _case().program)
    assert "step 2  u1: settle\n  task 0 head\n  task 1 busy in read (u1)\n" in text
    assert "step 3  u1: getpid()  = 2\nstep 1  getpid()  = 1\n" in text


def test_a_trace_fits_if_a_thread_has_left() -> None:
    left = parse("syslet 1\nsettle\nu1: exit\nu1: settle\n").program
    assert not misfit(left, _trace(Settled(0, _seen()), step=2))
    assert misfit(parse("syslet 1\nsettle\nu1: settle\n").program, _trace(Settled(0, _seen()), step=1))
