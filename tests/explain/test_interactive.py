# SPDX-License-Identifier: Apache-2.0
"""Stepping by hand: lines in, lines out."""

import io
from pathlib import Path

from click.testing import CliRunner

from fuzz.cli import syslet
from fuzz.explain.interactive import Session, interact
from fuzz.text import parse
from model.program import Program
from model.variant import PINNED

CORPUS = Path(__file__).parents[2] / "corpus" / "litmus"
RACE = "umem-add-race-has-two-outcomes"

BEGINNING = """\
? for help
step 0  async_exec(a0, h0)
> who moves? *0
  task 0 (head): no spare is ready, so task 1 is made of h0.stack, which becomes NULL [ENTRY-4]
> who moves? *0 (about to read a0.nr)
  task 0 (head): a0 has ASYNC [ATOM-1]; task 1, the first spare, takes over as head [MOVE-1]
> who moves? *0 (about to make its call)  1
  task 1 (head): async_exec returns NULL [EXEC-2]
step 1  umem_add(w0, 1)
> who moves? *0 (about to make its call)  1 (about to take its next step)
"""


def program(name: str) -> Program:
    return parse((CORPUS / f"{name}.syslet").read_text()).program


def play(name: str, *commands: str) -> str:
    said: list[str] = []
    interact(Session(program(name), PINNED), io.StringIO("".join(f"{x}\n" for x in commands)), said.append)
    return "\n".join(said) + "\n"


def test_moves_are_told_and_chosen() -> None:
    assert play(RACE, "", "n", "1") == BEGINNING


def test_back_is_where_one_was() -> None:
    there = play(RACE, "", "n")
    again = play(RACE, "", "n", "1", "0", "b 2", "b 99", "", "n")
    assert "  back 2 moves\n" in again
    assert again.endswith(there.split("\n", 3)[3])
    assert "this is the beginning" in play(RACE, "b")


def test_other_choices_come_to_other_ends() -> None:
    ends = set()
    for choices in (["", "", "g", "t"], ["", "", "1", "1", "1", "1", "1", "g", "t"]):
        output = play(RACE, *choices)
        assert "> the program has ended (done)" in output
        ends.add(next(x for x in output.splitlines() if x.startswith("step 1  umem_add(w0, 1)  =")))
    assert len(ends) == 2


def test_the_state_shows_tasks_rings_memory_and_objects() -> None:
    output = play("async-second-atom-blocks", "g", "s")
    for wanted in (
        "task 0: ready, asleep until it is needed",
        "task 1: head, can run",
        "spares, the next one first: 0",
        "h0: ring r0 = [a2, NULL, NULL, NULL], kernel_idx 1, user_idx 0",
        "p0: empty",
        "memory: w1 = 8",
    ):
        assert f"  {wanted}\n" in output


def test_busy_tasks_timers_and_time() -> None:
    output = play("sleep-is-rounded-up-to-ticks", *[""] * 4, "s", "g")
    assert "sleeps in nanosleep, executes a0" in output
    assert "timers: task 0 at tick" in output


def test_nobody_can_move_and_time_passes() -> None:
    session = Session(program("head-asleep-is-woken-by-a-timer-chain"), PINNED)
    while session.able():
        session.move(session.able()[0])
    assert [line.clauses for line in session.move(-1)] == [("TIME-5",)]
    assert session.back(1) == 1
    assert not session.able()


def test_whom_a_wake_up_takes_is_asked() -> None:
    session = Session(program("futex-wakes-so-many"), PINNED)
    for _ in range(200):
        if session.m.undecided:
            break
        able = session.able()
        session.move(able[0] if able else -1)
    chosen = session.able()[-1]
    assert len(session.able()) > 1
    session.move(chosen)
    assert not session.m.tasks[chosen].asleep


def test_help_and_what_is_no_command() -> None:
    output = play(RACE, "?", "x", "7")
    assert "back, one move" in output
    assert "no command is called 'x'" in output
    assert "task 7 cannot move now" in output


def test_it_ends_with_the_input() -> None:
    result = CliRunner().invoke(syslet, ["explain", "--interactive", str(CORPUS / f"{RACE}.syslet")], input="\nq\n\n")
    assert result.exit_code == 0
    assert result.output.count("who moves?") == 2
