# SPDX-License-Identifier: Apache-2.0
"""The order of programs: total, and "simplest" means what a reader would say."""

import pytest
from hypothesis import assume, given, settings

from fuzz.generate.strategies import programs
from fuzz.minimize import order
from fuzz.text import parse, print_program
from model.program import Program


@pytest.mark.slow
@settings(max_examples=80, deadline=None)
@given(programs(), programs())
def test_different_programs_are_never_equal(first: Program, second: Program) -> None:
    assert (order.key(first) == order.key(second)) == (first == second)


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(programs())
def test_lines_are_those_of_the_text(program: Program) -> None:
    assume(len(program.chooser) <= 12)  # more take a second line
    text = print_program(program).splitlines()[1:]
    assert order.lines(program) == sum(bool(line) for line in text)


@pytest.mark.parametrize(
    ("simple", "less_simple"),
    [
        ("settle", "settle\nsettle"),
        ("advance 1", "advance 2"),
        ("atom a0 = getpid()", "atom a1 = getpid()"),
        ("atom a0 = getpid()", "atom a0 = read()"),
        ("atom a0 = read(1)", "atom a0 = read(1, 0)"),
        ("atom a0 = read(1)", "atom a0 = read(*w0)"),
        ("atom a0 = read()", "atom a0 = read() [ASYNC]"),
        ("atom a0 = getpid()", "atom a0 = getpid() -> w0"),
        ("atom a0 = getpid() -> w0", "atom a0 = getpid() -> w0+8"),
        ("atom a0 = read(1)", "atom a0 = read(-1)"),
        ("head h0 stack=top", "head h0 stack=1"),
        ("choose 0:1", "choose 0:1 0:1"),
        ("choose 0:1", "choose 1:1"),
        ("f0:", "f1:"),
        ("f0: getpid()", "f0: getpid()\nf0: getpid()"),
        ("f0: getpid()", "f0: read()"),
        ("settle", "threadlet_exec(f0, s0, h0)"),
        ("threadlet_exec(f0, s0, h0)", "threadlet_exec(f0, s0, h0) cached"),
        ("threadlet_exec(f0, s0, h0)", "threadlet_exec(f1, s0, h0)"),
        ("threadlet_exec(f0, s0, h0)", "threadlet_exec(f0, s1, h0)"),
        ("eventfd e0 = 0", "eventfd e0 = 0 semaphore"),
    ],
)
def test_simpler(simple: str, less_simple: str) -> None:
    keys = [order.key(parse(f"syslet 1\n{text}\n", "<test>").program) for text in (simple, less_simple)]
    assert keys[0] < keys[1]
