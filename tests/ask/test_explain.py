# SPDX-License-Identifier: Apache-2.0
"""`syslet explain` and what `syslet check` says of a rejected trace: in words, with clauses."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fuzz.tell.lines import lines_of, news
from fuzz.tell.narrate import narrate, told_machine
from fuzz.text import parse
from model import image as layout
from model.spec import run
from model.variant import PINNED
from tests.cli.test_commands import call

CORPUS = Path(__file__).parents[2] / "corpus"
FILES = sorted(CORPUS.rglob("*.syslet"))

BLOCKS_WITH_A_FULL_RING = """\
step 0  async_exec(a0, h0)
  task 0 (head): no spare is ready, so task 1 is made of h0.stack, which becomes NULL [ENTRY-4]
  task 0 (head): a0: getpid() = 1000 [IDENT-1] — the chain goes on at a1 [NEXT-3]
  task 0 (head): a1: read(p0.r, pg3, 8) — p0 is empty, so it sleeps [PIPE-2]
  task 0 (head): hand-over: task 1, the first spare, is the head now [MOVE-1] — \
the caller does not wait: task 0 finishes the chain, busy
  task 1 (head): async_exec(a0, h0) = NULL [EXEC-2] — the chain goes on without the caller
"""
FULL_RING = """\
  task 0 (busy): a1: read(p0.r, pg3, 8) = 8 [PIPE-1] — w0 = 8 [ATOM-6]; that was the chain's last atom [NEXT-4]
  task 0 (busy): r0[0] still holds a5: the event is lost [RING-3]
  task 0 is done: a spare again, last in the list [POOL-1]
"""
NO_STACK = """\
  task 0 (head): async_exec(a0, h0) = -EINVAL — no spare is ready and h0.stack is NULL: nothing is executed [ENTRY-3]
"""


SLEEPS = """\
step 0  threadlet_exec(f0, s0, h0)
  task 0 (head): threadlet_exec(f0, s0, h0) — s0 is taken for f0 [THREAD-15]
  task 0 (head): no spare is ready, so task 1 is made of h0.stack, which becomes NULL [ENTRY-4]
  task 0 (head): threadlet_on = 0 — \
the threadlet is armed: if it sleeps, the first spare goes on for its caller [THREAD-2]
  task 0 (head): f0[0] store pg6 = 5 — pg6 is cold, so it sleeps for a tick [PAGE-4]
  task 0 (head): hand-over: task 1, the first spare, is the head now, threadlet_exec returns 0 [MOVE-1] — \
the caller does not wait: task 0 finishes f0, busy
  task 1 (head): threadlet_exec(f0, s0, h0) = 0 [THREAD-24] — f0 goes on without its caller
"""
PARKS = """\
  task 0 (busy): pg6 is in [PAGE-3]; an ordinary page from here on, for all
  task 0 (busy): f0[0] store pg6 = 5 [STEP-1, THREAD-5]
  task 0 (busy): f0[1] store pg6+8 = 6 [STEP-1, THREAD-5]
  task 0 (busy): the script is over: `threadlet_off` gives 0, since it went async [THREAD-8]; s0 is free [THREAD-15]; \
it parks itself by `async_thread` [THREAD-11]; a threadlet posts no event [THREAD-10]
  task 0 is done: a spare again, last in the list [POOL-1]
"""
RESULTS = {
    "threadlet-that-never-sleeps-gives-1": (
        "threadlet_exec(f0, s0, h0) = 1 [THREAD-7, THREAD-13] — f0 ran to its end in the caller; its stack is free\n"
    ),
    "cached-threadlet-with-a-spare": (
        "cached = 1 [THREAD-19, THREAD-13] — f0 ran to its end in the caller; its stack is free\n"
    ),
    "cached-threadlet-without-a-spare": (
        "there is no stack for one: the threadlet runs unarmed, and hands nothing over [THREAD-20]"
    ),
    "cached-threadlet-makes-its-first-spare": (
        "no spare is ready, but h0.stack holds a stack: the real call is made [THREAD-21]"
    ),
    "cached-threadlet-looks-at-an-absent-head": "no spare is ready, and pg7+0x30 cannot be read [THREAD-21]",
    "stack-of-a-busy-threadlet-is-busy": "s0 is still taken [THREAD-14]",
    "nested-threadlet-on-its-own-stack-is-busy": (
        "f0[1] threadlet_exec(f1, s1, h0) = -ENOSYS — a threadlet inside a threadlet is refused [THREAD-3]"
    ),
    "endless-loop-runs-out-of-fuel": "end: fuel — the fuel of atoms is spent, after 0 of 1 steps [STEP-5]\n",
    "refused-calls-in-a-threadlet": "f0[0] fork() = -ENOSYS — the call is refused inside a threadlet [THREAD-17]",
    "kernel-faults-on-a-cold-page": (
        "f0[0] umem_add(pg6, 1) = -EFAULT [UMEM-1] — pg6 is cold, and the kernel does not wait for it [PAGE-2]"
    ),
}

MADE = """\
syslet 1
page pg6 ro
page pg7 none
pipe p0
timespec t0 = raw(-1, 0)
eventfd e0 = 0
head h0 ring=r0 size=12 stack=top
head h1 ring=r1 slots=4 kernel_idx=9 stack=top
head h2 ring=pg7 slots=4 stack=top
atom a0 = getpid() [ASYNC]
atom a1 = nr(2)(pg3, 0)
atom a2 = umem_add(pg7, 1)
init a2.arg1 = pg7
f0: getpid()

store w7 = -1
"""
CAUSES = {
    "futex(w0+2, WAIT, 0, NULL)": "the address is not a multiple of 4 [FUTEX-1]",
    "futex(w0, 7, 0, NULL)": "the operation is none that programs have [FUTEX-1]",
    "futex(w0, WAIT, 0, t0)": "the time-out is not a valid time [FUTEX-1]",
    "futex(w0, WAIT, 0, pg7)": "the time-out cannot be read [FUTEX-1]",
    "futex(pg6, 1, 1)": "pg6 cannot be written, which a futex without the PRIVATE bit needs [FUTEX-1]",
    "futex(pg7, WAIT, 1, NULL)": "pg7 cannot be read [FUTEX-1]",
    "nanosleep(t0, NULL)": "the time is not a valid time [TIME-1]",
    "nanosleep(pg7, NULL)": "the time cannot be read [TIME-1]",
    "read(e0, pg3, 7)": "the count, 7, is less than 8 [EVENTFD-1]",
    "write(e0, pg3, 9)": "the count, 9, is not 8 [EVENTFD-1]",
    "write(e0, w7, 8)": "the greatest value, 2^64-1, cannot be added [EVENTFD-1]",
    "read(p0.w, pg3, 8)": "the descriptor is not open, or has the wrong direction [FILE-1]",
    "async_wait(1, 0, h0)": "the ring's size, 12, is not a positive multiple of 8 [WAIT-2]",
    "async_wait(1, 0, h1)": "9 is not an index of the ring, which has 4 slots [WAIT-2]",
    "async_wait(1, 0, pg7)": "pg7+0x10 cannot be read [WAIT-1]",
    "async_exec(a0, pg7)": "the head's own stack and ip cannot be read (at pg7+0x20): nothing is executed [ENTRY-8]",
    "threadlet_exec(f0, s0, pg7)": "the new thread's stack and ip cannot be read (at pg7+0x30)",
    "async_exec(NULL, h0)": "the atom at NULL cannot be read (its `nr`, at 8): the call gives -EFAULT [FETCH-3]",
    "async_exec(a2, h0)": "the atom at a2 cannot be read (its argument, at pg7): the call",
    "async_exec(a0, h0)": "the ring's size, 12, is not a positive multiple of 8: the event is lost",
    "async_exec(a0, h1)": "the ring's index, 9, is not below its 4 slots: the event is lost, nothing is written",
    "async_exec(a0, h2)": "pg7 cannot be accessed: the event is lost [RING-7]",
    "async_exec(a1, h0)": "a1: nr(2)(pg3, 0) = -ENOSYS",
}
"""What refuses a step, in a program of this memory."""


def litmus(name: str) -> str:
    return str(CORPUS / "litmus" / f"{name}.syslet")


def test_what_if_the_second_atom_blocks_and_the_ring_is_full() -> None:
    output = call("explain", litmus("second-atom-blocks-and-the-ring-is-full")).output
    assert output.startswith(BLOCKS_WITH_A_FULL_RING)
    assert FULL_RING in output
    assert "one outcome, in every order of moves" in output


def test_what_if_there_is_no_stack() -> None:
    output = call("explain", litmus("no-spare-and-no-stack-is-refused")).output
    assert NO_STACK in output


def test_what_if_a_threadlet_touches_a_cold_page() -> None:
    output = call("explain", litmus("threadlet-sleeps-in-a-page-fault")).output
    assert output.startswith(SLEEPS)
    assert PARKS in output


def test_a_ready_spare_leaves_the_new_threads_words_alone_not_the_heads_own() -> None:
    output = call("explain", litmus("entry-with-a-ready-spare-reads-nothing")).output
    assert "is a ready spare, so no stack for a new one is looked at [ENTRY-2]" in output


@pytest.mark.parametrize("name", RESULTS)
def test_what_a_threadlet_does_is_said(name: str) -> None:
    assert RESULTS[name] in call("explain", litmus(name), "--most", "1", "--budget", "50").output


@pytest.mark.parametrize("step", CAUSES)
def test_of_several_causes_the_one_at_work_is_said(step: str) -> None:
    text = f"{MADE}{step}\nsettle\n"
    told = [str(line) for line in lines_of(narrate(parse(text).program).beats) if line is not None]
    assert any(CAUSES[step] in line for line in told), told


def test_in_which_order_may_three_completions_arrive() -> None:
    output = call("explain", litmus("three-completions-in-any-order")).output
    assert "from here on another task may go first: task 1 (outcome 2)" in output
    assert output.count("from here on another task may go first") == 1
    assert "6 outcomes (complete after" in output
    assert "outcome 5, choose 6:2:\n  step 9  settle: r0[0] = a2, r0[1] = a1, r0[2] = a0\n" in output


def test_who_sleeps_at_the_completion_lock_says_so_and_why_it_wakes() -> None:
    output = call("explain", "--choose", "9:2", litmus("three-completions-in-any-order")).output
    for task in (1, 2):
        assert (
            "that was the chain's last atom [NEXT-4]; "
            "task 0 has the completion lock, so it sleeps until the lock is free [RING-9]; "
            "it is busy already, and the head stays [MOVE-3]\n"
        ) in next(x for x in output.splitlines(keepends=True) if x.startswith(f"  task {task} (busy): a{task}: "))
        assert f"\n  task {task} wakes; the completion lock is free [RING-9]\n" in output
    assert "\n  task 0 wakes; it tries p0 again\n" in output


def test_a_cut_is_told() -> None:
    output = call("explain", "--budget", "30", litmus("three-completions-in-any-order")).output
    assert "CUT after 30 blocks" in output


def test_long_lists_of_outcomes_are_cut_and_say_so() -> None:
    output = call("explain", "--most", "2", litmus("three-completions-in-any-order")).output
    assert "outcome 2" in output
    assert "outcome 3," not in output
    assert "… and 4 more outcomes" in output


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_a_run_is_told_whole_and_undisturbed(path: Path) -> None:
    program = parse(path.read_text()).program
    image = layout.build(program)
    chooser = run.Chosen(image.choices)
    m, teller = told_machine(program, chooser, PINNED)
    run.play(m, chooser)
    teller.finish()
    assert tuple(event for event, _, _ in teller.shown) == run.run(image).events
    lines = news(teller.beats, ())
    assert lines[-1].deed.startswith("end: ")
    if not program.threads:
        assert [line.step for line in lines] == sorted(line.step for line in lines)


def test_a_variant_prints_only_what_changes() -> None:
    result = call("explain", litmus("full-ring-loses-the-second-event"), "--variant", "ring_full=overwrite")
    assert result.exit_code == 0
    assert "- task 1 (busy): r0[0] still holds a0: the event is lost [RING-3]" in result.output
    assert "+ task 1 (busy): event: r0[0] = a1 — r0[0] still holds a0: it is overwritten [RING-3]" in result.output
    assert "-   step 4  reap h0  = a0" in result.output
    assert "+   step 4  reap h0  = a1" in result.output
    assert "step 0" not in result.output


def test_a_variant_that_changes_nothing_says_so() -> None:
    result = call("explain", litmus("hello"), "--variant", "ring_full=overwrite", "--variant", "wait_scope=ring")
    assert result.output == "ring_full=overwrite, wait_scope=ring changes nothing here\n"


def test_variants_are_listed_and_checked() -> None:
    assert "ring_full=lose (pinned): The event is lost" in call("explain", "x", "--variant", "list").output
    result = call("explain", litmus("hello"), "--variant", "ring_full=maybe")
    assert result.exit_code == 2
    assert "there are: lose, overwrite" in result.output
    assert "\nRING-3  Completion\n  ring_full=lose (pinned): " in call("explain", "--variant", "list").output


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        (["ring_full"], "syslet: ring_full wants a value, as in ring_full=overwrite; there are: lose, overwrite\n"),
        (["ring_full=lose", "ring_full=overwrite"], "syslet: ring_full is set twice; a reading has one value of it\n"),
        (["ring_full="], "syslet: ring_full has no value ''; there are: lose, overwrite\n"),
    ],
)
def test_a_setting_that_is_none_says_what_is_expected(settings: list[str], told: str) -> None:
    for command in ("explain", "show"):
        result = call(command, litmus("hello"), *(word for x in settings for word in ("--variant", x)))
        assert result.exit_code == 2
        assert result.output == told


def test_json() -> None:
    path = litmus("umem-add-race")
    found = json.loads(call("explain", path, "--json").output)
    assert found["complete"]
    assert [x["choose"] for x in found["outcomes"]] == ["", "choose 0:1", "choose 2:1"]
    assert found["run"][0]["clauses"] == ["ENTRY-4"]
    both = json.loads(call("explain", path, "--json", "--variant", "ring_full=overwrite").output)
    assert both["pinned"]["outcomes"] == both["ring_full=overwrite"]["outcomes"]


def test_time_and_stuck_programs_are_told() -> None:
    slept = call("explain", litmus("head-asleep-is-woken-by-a-timer-chain")).output
    assert "nothing can run, so the clock goes to tick 2 [TIME-5]\n  task 0 wakes\n" in slept
    stuck = call("explain", litmus("exit-waits-for-ever")).output
    assert "end: stuck — the program is stuck: the head sleeps and no timer is left" in stuck
    assert "[STEP-4]" in stuck


@pytest.fixture
def wrong(tmp_path: Path) -> tuple[str, str]:
    """A program, and a trace with the first atom's address for its event."""
    path = litmus("async-second-atom-blocks")
    observed = json.loads(call("run", path, "--json").output)
    program = parse(Path(path).read_text()).program
    last, first = layout.BASE + 2 * 88, layout.BASE
    text = json.dumps(observed)
    assert last.to_bytes(8, "little").hex() in text, program
    text = text.replace(last.to_bytes(8, "little").hex(), first.to_bytes(8, "little").hex())
    trace = tmp_path / "trace.json"
    trace.write_text(text)
    return path, str(trace)


def test_a_rejected_trace_shows_what_was_left(wrong: tuple[str, str]) -> None:
    result = call("check", *wrong)
    assert result.exit_code == 1
    assert "longest explained part: 3 of 5 events\n  step 0  async_exec(a0, h0)  = NULL" in result.output
    assert "1 state left there:" in result.output
    assert "h0: ring r0 = [a2, NULL, NULL, NULL], kernel_idx 1, user_idx 0" in result.output
    assert "next by RING-1: step 3  settle: r0[0] = a2, not a0" in result.output
    found = json.loads(call("check", "--json", *wrong).output)
    assert len(found["prefix"]) == 3
    assert [x["clause"] for x in found["states"]] == ["RING-1"]


def test_an_allowed_trace_shows_no_states(tmp_path: Path) -> None:
    trace = tmp_path / "trace.json"
    trace.write_text(call("run", litmus("hello"), "--json").output)
    result = call("check", litmus("hello"), str(trace))
    assert result.exit_code == 0
    assert "left there" not in result.output


def rejected(tmp_path: Path, name: str, change: Callable[[list[dict[str, Any]]], None]) -> str:
    """What `check` says of a trace of the model's after this change of its events."""
    trace = json.loads(call("run", litmus(name), "--json").output)
    change(trace["events"])
    path = tmp_path / "trace.json"
    path.write_text(json.dumps(trace))
    result = call("check", litmus(name), str(path))
    assert result.exit_code == 1
    return result.output


def test_what_all_states_left_share_is_told_once(tmp_path: Path) -> None:
    def post_twice(events: list[dict[str, Any]]) -> None:
        first, second = (address.to_bytes(8, "little").hex() for address in (layout.BASE, layout.BASE + 88))
        changes = events[9]["seen"]["changes"]
        changes[:] = [[offset, data.replace(second, first)] for offset, data in changes]

    output = rejected(tmp_path, "three-completions-in-any-order", post_twice)
    assert "longest explained part: 9 of 11 events" in output
    left = output.split("6 states left there:\nin all of them:\n")[1]
    common, *states = re.split(r"^state \d:\n", left, flags=re.MULTILINE)
    assert "  memory: h0.kernel_idx = 3\n" in common
    assert len(states) == 6
    for state in states:
        assert "kernel_idx = 3\n" not in state
        assert "  h0: ring r0 = [" in state
        assert "  next by RING-1: step 9  settle: r0[" in state


def test_a_wrong_result_shows_what_should_have_come_and_by_which_clause(tmp_path: Path) -> None:
    def fail(events: list[dict[str, Any]]) -> None:
        events[0]["value"] = -22

    output = rejected(tmp_path, "hello", fail)
    assert "longest explained part: 0 of 5 events\n\n1 state left there:\nstate 1:\n" in output
    assert "  next by EXEC-2: step 0  async_exec(a0, h0)  = NULL: step 0 returns NULL, not -EINVAL\n" in output


def test_a_trace_that_breaks_off_shows_what_should_have_come_next(tmp_path: Path) -> None:
    def break_off(events: list[dict[str, Any]]) -> None:
        del events[3:]

    output = rejected(tmp_path, "one-atom-that-sleeps", break_off)
    assert "clause TARGET:" in output
    assert "longest explained part: 3 of 3 events\n" in output
    assert "  h0: ring r0 = [a0, NULL, NULL, NULL], kernel_idx 1, user_idx 0\n" in output
    assert "  next by STEP-3: step 3  settle: the trace ends too early\n" in output
