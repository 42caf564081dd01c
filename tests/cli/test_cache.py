# SPDX-License-Identifier: Apache-2.0
"""`cache`: what was used longest ago goes first, and never what is in use."""

import fcntl
import json
import os
from pathlib import Path

import pytest

from native.targets import cache
from tests.cli.test_commands import call

NOW = 1_000_000_000.0
KB = 1 << 10


@pytest.fixture
def builds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three builds of 64 KB each, used long ago, and one that was used just now."""
    monkeypatch.setenv("SYSLET_CACHE", str(tmp_path))
    for name, age in (("uml-fast-1-2", 9e5), ("linux-3", 8e5), ("linux-3-fast-4", 7e5), ("fast-5", 10)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_bytes(b"x" * 64 * KB)
        for path in (tmp_path / name / "file", tmp_path / name):
            os.utime(path, (NOW - age, NOW - age))
    return tmp_path


def names(folder: Path) -> set[str]:
    return {x.name for x in folder.iterdir() if x.is_dir()}


def test_nothing_goes_while_all_fits(builds: Path) -> None:
    assert cache.prune(1 << 20, clock=NOW) == []
    assert len(names(builds)) == 4
    assert cache.MOST == 10 << 30


def test_the_oldest_goes_first_and_what_is_young_never(builds: Path) -> None:
    assert [x.path.name for x in cache.prune(140 * KB, clock=NOW)] == ["uml-fast-1-2", "linux-3"]
    cache.prune(0, clock=NOW)
    assert names(builds) == {"fast-5"}


def test_what_is_kept_or_being_built_stays(builds: Path) -> None:
    with (builds / "linux-3.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        gone = cache.prune(0, kept=[builds / "uml-fast-1-2"], clock=NOW)
    assert gone == []
    assert len(names(builds)) == 4, "a folder that a tree is built in has the tree's lock"


def test_the_command_lists_and_prunes(builds: Path) -> None:
    listed = call("cache")
    assert listed.exit_code == 0
    assert "linux-3-fast-4  (tree or objects of Linux)" in listed.output
    assert "4 builds, 256 KB" in listed.output
    made = json.loads(call("cache", "--prune", "--most", "0", "--json").output)
    assert len(made["removed"]) == 4, "by the real clock all are old"
    assert made["entries"] == []
    assert call("cache", "--most", "much").exit_code == 2
