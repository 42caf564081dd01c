# SPDX-License-Identifier: Apache-2.0
"""The hand-over proven from inside the real kernel, and that each part of it is needed."""

import signal
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from native import build
from native.uml import kernel
from tests.native.guests import boot, guest_program

pytestmark = pytest.mark.kernel

CRASHED = "killed"
CAUGHT_BY = {
    "MOVE_NO_GENERAL": ("registers", "", CRASHED),  # the stack pointer is among them
    "MOVE_NO_VECTORS": ("registers", "", "vectors"),
    "MOVE_NO_FS_BASE": ("registers", "", "FS base"),
    "MOVE_NO_GS_BASE": ("registers", "", "GS base"),
    "MOVE_NO_X87_CONTROL": ("registers", "", "in.control == out.control"),
    "MOVE_NO_MXCSR": ("registers", "", "in.mxcsr == out.mxcsr"),
    "MOVE_NO_RESULT": ("registers", "", "did not go async"),
    "MOVE_NO_NAME": ("processes", "name", "the name is"),
    "MOVE_NO_NEW_PRIVS": ("processes", "name", "new privileges"),
    "MOVE_NO_CREDENTIALS": ("processes", "credentials", "the head is 0"),
    "MOVE_NO_MASK": ("processes", "mask", "the mask is"),
    "MOVE_NO_PENDING": ("processes", "mask", "nothing is pending"),
    "MOVE_NO_ROBUST_LIST": ("processes", "thread-end", "robust futex"),
    "MOVE_NO_CLEAR_TID": ("processes", "thread-end", "clear_child_tid"),
    "MOVE_NO_ALTSTACK": ("processes", "alternate-stack", "the alternate stack is lost"),
}
"""The guest program that notices the part is missing, its check, and what it says."""


@pytest.fixture(scope="module")
def programs() -> Iterator[Path]:
    folder = build.cache_folder() / f"guest-{uuid.uuid4().hex}"
    folder.mkdir(parents=True)
    for name in ("registers", "processes"):
        guest_program(name, folder)
    yield folder
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()


@pytest.mark.parametrize("which", ["fast", "debug"])
def test_registers_survive(which: str, programs: Path) -> None:
    done = boot("--kernel", which, "--", str(programs / "registers"))
    assert done.returncode == 0, done.stderr
    assert "64 rounds, xmm, 0 failures" in done.stdout


@pytest.mark.parametrize("which", ["fast", "debug"])
def test_processes_with_many_blocked_chains(which: str, programs: Path) -> None:
    done = boot("--kernel", which, "--", str(programs / "processes"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count(": ok") == 16
    assert not done.stderr


def test_nothing_leaks(programs: Path) -> None:
    done = boot("--", str(programs / "processes"), "leaks")
    assert done.stdout.endswith("leaks: ok\n"), done.stderr


def test_every_planted_part_is_listed() -> None:
    assert set(CAUGHT_BY) == {x for x in kernel.faults() if x.startswith("MOVE_")}


@pytest.mark.parametrize("fault", CAUGHT_BY)
def test_each_part_of_the_hand_over_is_needed(fault: str, programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kernel.kernel(kernel.Flavour.FAST, fault)
    name, check, complaint = CAUGHT_BY[fault]
    done = boot("--fault", fault, "--", str(programs / name), *([check] if check else []))
    if complaint is CRASHED:
        assert done.returncode == 128 + signal.SIGSEGV, done.stdout + done.stderr
    else:
        assert done.returncode == 1, done.stdout + done.stderr
        assert complaint in done.stderr
