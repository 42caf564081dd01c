# SPDX-License-Identifier: Apache-2.0
"""`syslet torture` in the real kernel: the mended one is left in peace, and each planted fault is found."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from fuzz.cli import syslet
from native.targets import faults
from native.targets.uml import kernel, torture

SHOWN_BY = {
    "CHAIN_KEEPS_THE_PROCESSOR": "endless-chain",
    "CHAIN_PASSES_FILTER": "give-up",
    "CYCLE_NEVER_STOPS": "endless-chain",
    "END_IS_NOT_KILLABLE": "exec-of-thread",
    "EXEC_WAITED_FOR": "exec-of-thread",
    "FAILED_FAMILY_KEPT": "fail-allocation",
    "FAILED_SPARE_PUTS_FAMILY": "chain,limit",
    "FRAME_HANDS_OVER": "cold-frame",
    "HELD_SPARE_CHOSEN": "held-spare",
    "INSIDE_SET_LATE": "cold-head",
    "LEAVE_NO_MASK": "return-changed",
    "LEAVE_NO_NAMESPACES": "give-up",
    "LEAVE_NO_ROOT": "give-up",
    "LEAVE_NO_USER": "give-up",
    "MASK_OF_CALL_MOVES": "mask-of-call",
    "MOVE_NO_ALTSTACK": "identity",
    "MOVE_NO_CREDENTIALS": "give-up",
    "MOVE_NO_DEATH_SIGNAL": "death-of-parent",
    "MOVE_NO_FILES": "return-changed",
    "MOVE_NO_FS": "give-up",
    "MOVE_NO_MASK": "return-changed",
    "MOVE_NO_NEW_PRIVS": "exec-set-user",
    "MOVE_NO_PENDING": "pending-with-head",
    "MOVE_NO_UNDO": "undo",
    "PAGE_AWAITED_FOR_EVER": "missing-page",
    "PAGE_NOT_CLEARED": "fresh-page",
    "PAGE_TELLS_TASK": "fresh-page",
    "POOL_KEEPS_MASK": "unblock-and-return",
    "RIGHTS_NOT_BOUND": "give-up",
    "SENT_TO_ITSELF": "number-of-atom",
    "SPARES_OUTLIVE_HEAD": "many-blocked",
    "SPARE_AWAITS_CONTEXT": "chain",
    "SPARE_COUNT_KEPT": "many-blocked",
    "SPARE_DOES_NO_WORK": "old-table",
    "SPARE_KEEPS_FILES": "end-of-file",
    "SPARE_STATE_LEAKED": "many-blocked",
    "STOP_IS_INTERRUPT": "stop-in-atom",
    "TAKE_NO_PENDING": "pending-with-head",
    "TAKE_NO_PRIORITY": "priority-of-head",
    "THREADLET_KEEPS_RIGHTS": "give-up",
    "THREAD_HEARS_NOTHING": "number-of-thread",
    "THREAD_STAYS_IN_HANDLER": "handler-of-thread",
    "WAIT_IS_OUTSIDE": "store-while-waiting",
}
"""A fault, and moves that show it; all moves would, in more time."""
ON_DEBUG = {"FAILED_FAMILY_KEPT", "SPARE_COUNT_KEPT"}
"""Only a kernel that looks at itself tells of these."""


def run(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "fuzz.cli", "torture", "--findings", str(folder), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)


def test_the_program_tells_its_table() -> None:
    moves = torture.moves()
    assert len(moves) > 40
    assert {x.who for x in moves.values()} == {"outside", "user", "script"}
    assert {name for shown in SHOWN_BY.values() for name in shown.split(",")} <= set(moves)


def test_the_table_is_listed() -> None:
    done = CliRunner().invoke(syslet, ["torture", "--moves", "list"])
    assert [line.split()[0] for line in done.output.splitlines()] == list(torture.moves())


@pytest.mark.parametrize(
    ("arguments", "status", "complaint"),
    [
        (["--moves", "give-up,nothing"], 2, "no move is called 'nothing'"),
        (["--replay", "no-such-file"], 2, "no-such-file"),
        (["--fault", "NOTHING"], 2, "no fault is called 'NOTHING'"),
    ],
)
def test_what_is_wrong_is_told(arguments: list[str], status: int, complaint: str, tmp_path: Path) -> None:
    done = CliRunner().invoke(syslet, ["torture", "--findings", str(tmp_path), *arguments])
    assert done.exit_code == status
    assert complaint in done.output


def test_each_fault_for_torture_has_a_move() -> None:
    assert set(SHOWN_BY) >= {name for name, fault in faults.load().items() if "torture" in fault.targets}
    assert set(SHOWN_BY) <= set(kernel.faults())


def test_the_page_has_each_fault_and_when_it_was_found() -> None:
    page = (Path(__file__).parents[2] / "docs" / "howto" / "torture-the-kernel.md").read_text()
    rows = re.findall(r"^\|[^|]+\| ([A-Z_]+)(?: \(debug\))? \| (\d+) \|", page, re.MULTILINE)
    assert {name for name, _ in rows} == set(SHOWN_BY)
    assert all(int(seconds) <= 300 for _, seconds in rows)


@pytest.mark.kernel
@pytest.mark.parametrize("which", ["fast", "debug"])
def test_nothing_is_found(which: str, tmp_path: Path) -> None:
    done = run("--kernel", which, "--seed", "7", "--time", "60", folder=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "findings: none" in done.stdout


@pytest.mark.kernel
@pytest.mark.slow
@pytest.mark.parametrize("fault", SHOWN_BY)
def test_a_planted_fault_is_found(fault: str, tmp_path: Path) -> None:
    flavour = kernel.Flavour.DEBUG if fault in ON_DEBUG else kernel.Flavour.FAST
    kernel.kernel(flavour, fault)
    options = ("--kernel", flavour.value, "--fault", fault, "--moves", SHOWN_BY[fault])
    done = run(*options, "--seed", "7", "--time", "200", "--strict", folder=tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr


TWO_WORLDS = """\
torture 1
# a debugger changed what the fork() of a process returned to the child, which went on as the world
kernel debug
seed 728528678
births 48
together 6
length 40
time virtual
moves stop continue stop-thread signal signal-thread storm debugger drop-caches squeeze garbage unmap-page \
scribbler timer clone exit-thread exit-group allow-all limit fresh-page undo cold-head unblock-and-return \
signals-in-flight handler-of-thread stop-in-atom endless-chain identity
"""


@pytest.mark.kernel
def test_a_process_is_left_alone_while_it_has_rights(tmp_path: Path) -> None:
    file = tmp_path / "two-worlds.torture"
    file.write_text(TWO_WORLDS)
    done = run("--replay", str(file), folder=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "nothing was wrong" in done.stdout


@pytest.mark.kernel
def test_a_finding_is_run_again(tmp_path: Path) -> None:
    fault = "RIGHTS_NOT_BOUND"
    kernel.kernel(kernel.Flavour.FAST, fault)
    run("--kernel", "fast", "--fault", fault, "--moves", "give-up", "--seed", "7", "--time", "30", folder=tmp_path)
    groups = sorted(tmp_path.glob("torture-*"))
    assert groups
    done = subprocess.run(
        [sys.executable, "-m", "fuzz.cli", "torture", "--replay", str(groups[0])],
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "give-up" in done.stdout
