# SPDX-License-Identifier: Apache-2.0
"""Outcomes that would print the same say what tells them apart."""

from pathlib import Path
from random import Random

import pytest

from fuzz.ask.answer import answer
from fuzz.ask.facts import common, facts, kept, tell_apart
from fuzz.ask.outcomes import explore
from fuzz.ask.show import Wish, print_answer
from fuzz.text import parse
from model.image import PAGE, build
from model.program import Program
from model.trace import NO_CALL, Blocked, End, Ended, Event, Observation, Result, Role, Settled, TaskView
from model.variant import PINNED
from tests.model.threadlets import racing_program
from tests.native.random_programs import program as random_program

CORPUS = sorted((Path(__file__).parents[2] / "corpus").rglob("*.syslet"))
HEAD = (TaskView(0, Role.HEAD, NO_CALL),)
PROGRAM = parse("syslet 1\n\nsettle\nsettle\n").program


def lines(program: Program, budget: int = 400) -> list[tuple[str, ...]]:
    """What each outcome shows, for as many as are found."""
    found = explore(build(program), PINNED, budget).outcomes.values()
    return [tuple(x) for x in tell_apart([events for events, _ in found], program, 110)] if found else []


def test_no_two_outcomes_of_the_corpus_print_the_same() -> None:
    several = 0
    for path in CORPUS:
        told = lines(parse(path.read_text(), path.name).program)
        assert len(set(told)) == len(told), path.name
        several += len(told) > 1
    assert several > 30


@pytest.mark.parametrize("seed", range(40))
def test_no_two_outcomes_of_a_random_program_print_the_same(seed: int) -> None:
    for program in (random_program(Random(seed)), racing_program(Random(seed))):
        told = lines(program, 200)
        assert len(set(told)) == len(told)


def test_the_order_tells_apart_what_shows_the_same() -> None:
    """Which of the head's step and the threadlet's read is seen first; both outcomes have w0 = 2."""
    name = "head-and-threadlet-add-to-one-word.syslet"
    case = parse(next(path for path in CORPUS if path.name == name).read_text())
    printed = print_answer(case, answer(case.program), Wish(brief=True))
    step, read = "    step 2  umem_add(w0, 1)  = 1\n", "    f0[0] read(p0.r, pg6, 8)  = 8 by task 0 (busy), "
    assert printed.count(f"  in this order:\n{step}{read}") == 1
    assert printed.count(f"  in this order:\n{read}threadlet of step 0\n{step}") == 1


def settled(step: int, *changes: tuple[int, bytes], tasks: tuple[TaskView, ...] = HEAD) -> Settled:
    return Settled(step, Observation(tasks, changes))


def test_long_data_that_begins_alike_is_told_word_by_word() -> None:
    """A line shows the first bytes of long data."""
    alike, other = bytes(range(100, 200)) * 2, bytes(range(100, 196)) + b"else" + bytes(range(100, 200))
    first, second = tell_apart([[settled(0, (4 * PAGE, x))] for x in (alike, other)], PROGRAM, 110)
    words = [int.from_bytes(x[0x60:0x68], "little") for x in (alike, other)]
    assert first[:-1] == second[:-1]
    assert [x[-1] for x in (first, second)] == [f"  step 0  settle: pg4+0x60 = {x:#x}" for x in words]


def test_what_is_observed_twice_in_a_step_is_told_at_each() -> None:
    """Two observations with the same name, in another order, have the same facts."""
    ready, busy = (TaskView(1, Role.READY, NO_CALL),), (TaskView(1, Role.BUSY, 0),)
    one: list[Event] = [Blocked(0, Observation(ready, ())), Blocked(0, Observation(busy, ()))]
    told = tell_apart([one, one[::-1]], PROGRAM, 110)
    assert told[0][-2:] == ["  step 0  settle  blocked: task 1 ready", "  step 0  settle  blocked: task 1 busy in read"]
    assert told[1][-2:] == told[0][-2:][::-1]


def test_roles_tell_apart() -> None:
    views = [(TaskView(0, Role.HEAD, NO_CALL), TaskView(n, Role.READY, NO_CALL)) for n in (1, 2)]
    told = tell_apart([[settled(0, tasks=x)] for x in views], PROGRAM, 110)
    assert told == [["  step 0  settle: task 1 ready"], ["  step 0  settle: task 2 ready"]]


def test_what_is_common_is_that_of_all_events() -> None:
    ends = [Ended(1, End.DONE, None), Ended(1, End.STUCK, None)]
    told = [facts([Result(0, 3), end], PROGRAM) for end in ends]
    assert [x.where for x in common(told)] == ["step 0  settle  = 3"]


def test_data_of_the_beginning_is_known_again() -> None:
    image = build(PROGRAM)
    (_, word, *_) = facts([settled(0, (5 * PAGE, image.memory[4 * PAGE + 64 : 4 * PAGE + 72]))], PROGRAM)
    assert word.what.endswith(" at first)")
    (_, named, *_) = facts([settled(0, (5 * PAGE, bytes(8)))], PROGRAM)
    assert named.what == "pg5 = 0"


def test_a_word_that_others_change_keeps_its_value() -> None:
    at = build(PROGRAM)
    changed = facts([settled(0), settled(1, (5 * PAGE, bytes(8)))], PROGRAM)
    (stays,) = kept([settled(0), settled(1)], PROGRAM, changed)
    assert stays.where == "step 1  settle"
    assert stays.what.startswith("pg5 = ")
    assert int(stays.what.split("= ")[1], 16) == int.from_bytes(at.memory[5 * PAGE : 5 * PAGE + 8], "little")
