# SPDX-License-Identifier: Apache-2.0
"""Expectations on traces, and traces in words."""

import attrs
import pytest

from fuzz.text import Case, parse
from fuzz.text.expect import failures
from fuzz.text.symbols import name_of, operand_of, print_trace
from model import image as layout
from model.image import BASE, resolve
from model.program import Operand, Space
from model.spec.run import run
from model.trace import Trace

TEXT = """\
syslet 1
pipe p0
head h0 ring=r0 slots=4 stack=top
atom a0 = read(p0.r, pg3, 8) -> w0

async_exec(a0, h0)      => NULL
settle
expect busy 1 in read
expect h0.stack = NULL
expect w0 = 0
write(p0.w, pg4, 8)     => 8 | -EPIPE
settle
expect r0[0] = a0
expect w0 = 8
expect ready 1
reap h0                 => a0
async_wait(1, 1, h0)    => 0
read(p0.r, pg3, 8)      => blocked
expect blocked in read
settle
expect end stuck
"""


def _run(text: str) -> tuple[Case, Trace]:
    case = parse(text, "t")
    return case, run(layout.build(case.program))


def test_what_holds_says_nothing() -> None:
    assert failures(*_run(TEXT)) == []


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("=> NULL", "=> a0", "t:6: expected async_exec(a0, h0) => a0, it returned NULL"),
        ("8 | -EPIPE", "7 | -EPIPE", "t:11: expected write(p0.w, pg4, 8) => 7 | -EPIPE, it returned 8"),
        ("=> blocked", "=> 8", ("t:18: expected read(p0.r, pg3, 8) => 8, it never returned: "
                               "the program ended stuck in step 6")),
        ("busy 1 in read", "busy 1 in futex", "t:8: expected busy 1 in futex, saw task 0 busy in read, task 1 head"),
        ("busy 1 in read", "busy 0", "t:8: expected busy 0, saw task 0 busy in read, task 1 head"),
        ("r0[0] = a0", "r0[0] = a1 | NULL", "t:13: expected r0[0] = a1 | NULL, saw a0"),
        ("w0 = 8", "w0 = -EFAULT", "t:14: expected w0 = -EFAULT, saw 8"),
        ("blocked in read", "blocked in write",
         "t:19: expected blocked in write, the head was asleep in read: task 0 ready, task 1 head in read"),
        ("end stuck", "end done", "t:21: expected end done, the program ended stuck"),
        ("settle\nexpect busy 1 in read", "expect busy 1",
         "t:7: expect busy 1: nothing was observed before it (a settle makes an observation)"),
        ("settle\nexpect end stuck", "gettid() => 5\nexpect end stuck",
         "t:20: expected gettid() => 5, it was not reached: the program ended stuck in step 6"),
        ("settle\nexpect end stuck", "settle\nexpect busy 0\nsettle",
         "t:21: expect busy 0: step 7 was not finished: the program ended stuck in step 6"),
    ],
)  # fmt: skip
def test_what_does_not_hold_is_told(old: str, new: str, message: str) -> None:
    assert old in TEXT
    assert message in failures(*_run(TEXT.replace(old, new, 1)))


def test_a_trace_without_an_end_is_no_surprise() -> None:
    case, trace = _run(TEXT)
    told = failures(case, attrs.evolve(trace, events=trace.events[:1]))
    assert "t:21: expected end stuck, but the trace has no end" in told


def test_a_trace_in_words() -> None:
    case, trace = _run(TEXT)
    assert (
        print_trace(trace, case.program)
        == """\
step 0  async_exec(a0, h0)  = NULL
step 1  settle
  h0.stack = NULL
  task 0 busy in read
  task 1 head
step 2  write(p0.w, pg4, 8)  = 8
step 3  settle
  h0.kernel_idx = 1
  w0 = 8
  r0[0] = a0
  pg3 = 0x6e676059524b443d
  task 0 ready
  task 1 head
step 4  reap h0  = a0
step 5  async_wait(1, 1, h0)  = 0
step 6  read(p0.r, pg3, 8)  blocked
  h0.user_idx = 1
  r0[0] = NULL
  task 0 ready
  task 1 head in read
end stuck after 6 of 8 steps
  task 0 ready
  task 1 head in read
"""
    )


@pytest.mark.parametrize(
    ("operand", "text"),
    [
        (Operand(Space.ATOM, 1), "a1"),
        (Operand(Space.ATOM, 1, 24), "a1.next"),
        (Operand(Space.RING, 0, 16), "r0[2]"),
        (Operand(Space.HEAD, 2, 24), "h2.size"),
        (Operand(Space.PAGE, 3, 16), "pg3+0x10"),
        (Operand(Space.PAGE, 1, 0), "pg1+0x0 (argument 0 of a0)"),
        (Operand(Space.PAGE, 1, 56), "pg1+0x38 (argument 1 of a1)"),
        (Operand.number(-14), "-EFAULT"),
        (Operand.number(-3), "-3"),
        (Operand.number(0x70000000), "top"),
        (Operand.number(1 << 40), "0x10000000000"),
    ],
)
def test_words_get_names(operand: Operand, text: str) -> None:
    assert name_of(resolve(operand)) == text


def test_every_word_keeps_its_value_under_its_name() -> None:
    for address in range(BASE - 16, BASE + layout.ARENA + 16, 4):
        assert resolve(operand_of(address)) == address


def test_atoms_elsewhere_are_named_behind_their_place() -> None:
    program = parse("syslet 1\natom a2 = getpid() at=pg6+0xfa8\n").program
    assert name_of(BASE + 0x6FA8, program) == "pg6+0xfa8 (a2)"
