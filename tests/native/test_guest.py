# SPDX-License-Identifier: Apache-2.0
"""The hand-over proven from inside the real kernel, and that each part of it is needed."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from native import build
from native.uml import kernel
from tests.native.guests import boot, guest_program

pytestmark = pytest.mark.kernel

CAUGHT_BY = {
    "MOVE_NO_GENERAL": ("registers", ""),
    "MOVE_NO_VECTORS": ("registers", ""),
    "MOVE_NO_CREDENTIALS": ("processes", "credentials"),
    "MOVE_NO_MASK": ("processes", "mask"),
    "MOVE_NO_PENDING": ("processes", "mask"),
    "MOVE_NO_ROBUST_LIST": ("processes", "thread-end"),
    "MOVE_NO_CLEAR_TID": ("processes", "thread-end"),
    "MOVE_NO_ALTSTACK": ("processes", "alternate-stack"),
    "THREADLET_RESTORE_LOST": ("registers", ""),
    "STOP_HANDS_OVER": ("threadlets", "stop-inside"),
    "HANDLER_HANDS_OVER": ("threadlets", "signals"),
    "PAGE_LEAKED": ("threadlets", "page-of-thread"),
}


@pytest.fixture(scope="module")
def programs() -> Iterator[Path]:
    folder = build.cache_folder() / f"guest-{uuid.uuid4().hex}"
    folder.mkdir(parents=True)
    for name in ("registers", "processes", "threadlets"):
        guest_program(name, folder)
    yield folder
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()


@pytest.mark.parametrize("which", ["fast", "debug"])
def test_registers_survive(which: str, programs: Path) -> None:
    done = boot("--kernel", which, "--", str(programs / "registers"))
    assert done.returncode == 0, done.stderr
    assert "64 rounds" in done.stdout


@pytest.mark.parametrize("which", ["fast", "debug"])
def test_processes_with_many_blocked_chains(which: str, programs: Path) -> None:
    done = boot("--kernel", which, "--", str(programs / "processes"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count(": ok") == 15
    assert not done.stderr


@pytest.mark.parametrize("which", ["fast", "debug"])
def test_threadlets_of_a_process(which: str, programs: Path) -> None:
    """What they may do, every end of their process, bad restore pairs, and the page that is shared."""
    done = boot("--kernel", which, "--", str(programs / "threadlets"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count(": ok") == 23
    assert not done.stderr


@pytest.mark.parametrize("which", ["fast", "debug"])
def test_a_page_fault_of_user_mode_hands_over(which: str, programs: Path) -> None:
    done = boot("--kernel", which, "--disk", "64M", "--", str(programs / "threadlets"), "/mnt/file")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout == 2 * "fault: asynchronous, synchronous\nread: asynchronous, synchronous\n"


@pytest.mark.parametrize("name", ["processes", "threadlets"])
def test_nothing_leaks(name: str, programs: Path) -> None:
    done = boot("--", str(programs / name), "leaks")
    assert done.stdout.endswith("leaks: ok\n"), done.stderr


def test_every_planted_part_is_listed() -> None:
    assert set(CAUGHT_BY) >= {x for x in kernel.faults() if x.startswith("MOVE_")}


@pytest.mark.parametrize("fault", CAUGHT_BY)
def test_each_part_of_the_hand_over_is_needed(fault: str, programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kernel.kernel(kernel.Flavour.FAST, fault)
    name, check = CAUGHT_BY[fault]
    done = boot("--fault", fault, "--", str(programs / name), *([check] if check else []))
    assert done.returncode not in (0, 77), done.stdout + done.stderr
