# SPDX-License-Identifier: Apache-2.0
"""Stepping by hand: lines in, lines out."""

import io
from pathlib import Path

from click.testing import CliRunner

from fuzz.ask.interactive import Session, interact
from fuzz.cli import syslet
from fuzz.text import parse
from model.program import Program
from model.variant import PINNED

CORPUS = Path(__file__).parents[2] / "corpus" / "litmus"
RACE = "umem-add-race"

BEGINNING = """\
Enter: the task marked * moves; a number: the task of this number does; b: back; ?: help; q: quit
step 0  async_exec(a0, h0)
> who moves? *0
  task 0 (head): no spare is ready, so task 1 is made of h0.stack, which becomes NULL [ENTRY-4]
> who moves? *0 (about to read a0.nr)
  task 0 (head): a0: umem_add(w0, 1) [ASYNC] — a0 has ASYNC [ATOM-1]
  task 0 (head): hand-over: task 1, the first spare, is the head now [MOVE-1] — \
the caller does not wait: task 0 goes on with the chain, busy
> who moves? *0 (about to make its call)  1
  task 0 is interrupted; task 1 runs
  task 1 (head): async_exec(a0, h0) = NULL [EXEC-2] — the chain goes on without the caller
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
    assert "  back 2 moves, to the beginning: there were no more\n" in again
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


def test_the_state_shows_scripts_stacks_and_cold_pages() -> None:
    output = play("threadlet-sleeps-in-a-page-fault", *[""] * 2, "s", "", "s", "g", "s")
    assert "> who moves? *0 (about to write pg6)\n" in output
    armed, asleep, ended = output.split("  task 0: ")[1:]
    assert armed.startswith("head, can run, executes f0[0], may go async\n")
    assert asleep.startswith("busy, sleeps in fault, executes f0[0]\n")
    for state in (armed, asleep):
        assert "  stack s0: taken for f0, by task 0\n" in state
        assert "  pg6: cold, not in yet\n" in state
    assert "stack s0" not in ended
    assert "cold" not in ended


def test_where_a_threadlet_stands_at_its_end() -> None:
    output = play("threadlet-that-sleeps-gives-0", *[""] * 10, "s", "", "s")
    assert "(about to leave stack s0)" in output
    assert "busy, can run, executes f0 to its end" in output
    assert "busy, can run, parks itself: its threadlet is over" in output


def test_busy_tasks_timers_and_time() -> None:
    output = play("sleep-is-rounded-up-to-ticks", *[""] * 4, "s", "g")
    assert "sleeps in nanosleep, executes a0" in output
    assert "timers: task 0 at tick" in output


def test_nobody_can_move_and_time_passes() -> None:
    session = Session(program("head-asleep-is-woken-by-a-timer-chain"), PINNED)
    while session.able():
        session.move(session.able()[0])
    assert [line.clauses for line in session.move(None) if line.clauses] == [("TIME-5",)]
    assert session.back(1) == 1
    assert not session.able()


def test_whom_a_wake_up_takes_is_asked() -> None:
    session = Session(program("futex-wakes-so-many"), PINNED)
    for _ in range(200):
        if session.stepper.undecided:
            break
        able = session.able()
        session.move(able[0] if able else None)
    chosen = session.able()[-1]
    assert len(session.able()) > 1
    session.move(chosen)
    assert not session.m.tasks[chosen].asleep


def test_help_and_what_is_no_command() -> None:
    output = play(RACE, "?", "x", "7")
    assert "back, one move" in output
    assert "no command is called 'x'" in output
    assert "there is no task 7" in output


def test_it_ends_with_the_input() -> None:
    result = CliRunner().invoke(syslet, ["explain", "--interactive", str(CORPUS / f"{RACE}.syslet")], input="\nq\n\n")
    assert result.exit_code == 0
    assert result.output.count("who moves?") == 2


def test_several_moves_at_once_head_each_step_on_the_way() -> None:
    output = play("three-completions-in-any-order", "n 4", "g")
    steps = [line for line in output.splitlines() if line.startswith("step ")]
    assert steps[:3] == ["step 0  async_exec(a0, h0)", "step 1  refill h0", "step 2  async_exec(a1, h0)"]
    assert [line.split("  ")[0] for line in steps] == [f"step {number}" for number in range(10)]
    assert output.count("> ") == 3


def test_why_a_task_cannot_move_is_said() -> None:
    output = play("three-completions-in-any-order", "n 2", "0", "99", "n 2", "n", "2")
    assert "  task 0 sleeps in read\n" in output
    assert "  there is no task 99\n" in output
    assert "  task 2 is a spare: it moves when it takes over\n" in output


def test_whom_a_wake_up_cannot_take() -> None:
    output = play("futex-wakes-so-many", *["n"] * 13, "3")
    assert "> whom does task 3 wake? *0  1  2\n  task 3 is not among those that wait to be woken\n" in output


def test_what_is_not_understood_moves_nothing() -> None:
    for words in ("0 1", "b abc", "g 3", "n x", "n 0", "b 0", "s 1 2"):
        output = play(RACE, words)
        assert f"  {words!r} is not understood; one command a line, ? lists them\n" in output
        assert output.count("> who moves? *0\n") == 2


def test_capitals_will_do() -> None:
    assert play(RACE, "N", "S") == play(RACE, "n", "s")
    assert play(RACE, "Q", "n") == play(RACE)


def test_at_the_end_only_looking_and_going_back_is_left() -> None:
    output = play(RACE, "g", "g", "1", "t", "b")
    assert output.count("> the program has ended (done); b goes back, q quits\n  the program has ended\n") == 2
    assert "  back 1 move\n" in output


def test_choices_of_the_file_are_left_to_the_user() -> None:
    assert "the file's `choose` lines are not followed here" in play("umem-add-is-not-atomic")
    assert "choose" not in play(RACE)


def test_the_end_of_the_input_is_the_end() -> None:
    path = str(CORPUS / f"{RACE}.syslet")
    result = CliRunner().invoke(syslet, ["explain", "--interactive", path], input="\n\n")
    assert result.exit_code == 0
    assert result.output.endswith("> who moves? *0 (about to make its call)  1\n")


def test_commands_that_no_terminal_shows_are_in_the_transcript() -> None:
    result = CliRunner().invoke(
        syslet, ["explain", "--interactive", str(CORPUS / f"{RACE}.syslet")], input="\nn 2\nq\n"
    )
    told = [line for line in result.output.splitlines() if line.startswith(("<", ">"))]
    assert told == ["> who moves? *0", "< Enter", "> who moves? *0 (about to read a0.nr)", "< n 2", told[-2], "< q"]
    assert "<" not in play(RACE, "", "n", "q")


def test_a_program_cannot_come_from_where_the_commands_do() -> None:
    result = CliRunner().invoke(syslet, ["explain", "--interactive", "-"], input="syslet 1\nsettle\n")
    assert result.exit_code == 2
    assert "PROG cannot be -" in result.output
    path = str(CORPUS / f"{RACE}.syslet")
    assert CliRunner().invoke(syslet, ["explain", "--interactive", "--json", path]).exit_code == 2


def test_warnings_come_first(tmp_path: Path) -> None:
    path = tmp_path / "p.syslet"
    path.write_text("syslet 1\npipe p0\natom a0 = read(p0.r, pg0, 8)\n\nsettle\n")
    result = CliRunner().invoke(syslet, ["explain", "--interactive", str(path)], input="q\n")
    assert result.output.startswith("warning: the read of a0 may write over a0")
