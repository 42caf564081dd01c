# SPDX-License-Identifier: Apache-2.0
"""What a real kernel needs of the machine, and what is said when it is not there."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from fuzz.cli import syslet
from native.targets.host import TargetUnavailable
from native.targets.uml import place


@pytest.fixture
def linux(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A kernel that will not be run, on a machine where it could be."""
    file = tmp_path / "linux"
    file.touch(mode=0o755)
    monkeypatch.setattr(place, "without_randomization", lambda: ("setarch",))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    place.memory_folder.cache_clear()
    yield file
    place.memory_folder.cache_clear()


def room_of(size: int) -> os.statvfs_result:
    return os.statvfs_result((4096, 4096, size // 4096, size // 4096, size // 4096, 1, 1, 1, 0, 255))


def test_memory_goes_where_it_can_be_executed_whatever_tmpdir_says(
    linux: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = tmp_path / "good"
    good.mkdir()
    monkeypatch.setattr(place, "_CANDIDATES", (str(good),))
    monkeypatch.setattr(place, "_takes_code", lambda folder: folder == str(good))
    command = place.command(linux)
    assert command[:4] == ["setarch", "env", f"TMPDIR={good}", str(linux)]


def test_a_folder_without_room_is_no_place_for_memory(linux: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "statvfs", lambda _: room_of(64 << 20))
    with pytest.raises(TargetUnavailable, match=r"less than 512 MB are free.*\$TMPDIR"):
        place.command(linux)


def test_a_kernel_that_cannot_be_executed(linux: Path) -> None:
    linux.chmod(0o644)
    with pytest.raises(TargetUnavailable, match=r"cannot be executed.*\$SYSLET_CACHE"):
        place.command(linux)


def test_killed_kernels_leave_nothing_for_long(linux: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(place, "_takes_code", lambda _: True)
    folder = tmp_path / f"syslet-{os.getuid()}"
    with subprocess.Popen(["true"]) as process:
        process.wait()
    for name, pid in (("dead", process.pid), ("alive", os.getpid())):
        (folder / name).mkdir(parents=True)
        (folder / name / "pid").write_text(f"{pid}\n")
    assert f"uml_dir={folder}" in place.command(linux)
    assert [x.name for x in folder.iterdir()] == ["alive"]


def test_bench_says_what_is_wrong_with_the_source(monkeypatch: pytest.MonkeyPatch) -> None:
    from fuzz.bench import show
    from native.targets.uml import source

    def measure_all(*_: object, **__: object) -> None:
        source.find()

    monkeypatch.setenv("LINUX_SOURCE", "/nonexistent")
    monkeypatch.setattr(show, "measure_all", measure_all)
    done = CliRunner().invoke(syslet, ["bench", "--quick"])
    assert done.exit_code == 77
    assert "LINUX_SOURCE" in done.output
