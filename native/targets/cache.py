# SPDX-License-Identifier: GPL-2.0
"""What lies in the cache of builds, and how it is kept within its bound: what was not used for longest goes first.

Trees of Linux and kernels are nearly all of it. Nothing in it is lost for good: whatever is missing is built again.
"""

import fcntl
import os
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import attrs

from native.targets.build import cache_folder

MOST: Final = 10 << 30
"""Bytes that the cache may hold. `syslet kernel` removes what is more when it has built something."""
_YOUNG: Final = 3600.0
"""Seconds since its last use in which nothing is removed: it may be in use."""
_BLOCK: Final = 512
_KINDS: Final = {
    "uml": "kernel",
    "linux": "tree or objects of Linux",
    "fast": "executor",
    "asan": "executor",
    "gcov": "executor",
    "objects": "objects of executors",
    "boot": "first program of a guest",
    "lib": "library",
    "guest": "guest",
    "package": "source of Linux",
}


@attrs.frozen
class Entry:
    """A folder of the cache: its size in bytes, and when it was last used, in seconds since 1970."""

    path: Path
    size: int
    used: float

    @property
    def kind(self) -> str:
        """What it is, in words."""
        return _KINDS.get(self.path.name.split("-")[0].split(".")[0], "other")


def _measure(folder: Path) -> Entry:
    size = 0
    used = folder.stat().st_mtime
    for root, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                told = os.lstat(os.path.join(root, name))  # noqa: PTH118 (there are 80,000 in a tree)
                size += told.st_blocks * _BLOCK
                if root == str(folder):
                    used = max(used, told.st_mtime, told.st_atime)
    return Entry(folder, size, used)


def entries() -> list[Entry]:
    """All that is there, what was used longest ago first. Raises OSError."""
    folder = cache_folder()
    if not folder.is_dir():
        return []
    return sorted((_measure(x) for x in folder.iterdir() if x.is_dir()), key=lambda x: (x.used, x.path.name))


@contextmanager
def _free(path: Path) -> Iterator[bool]:
    """Whether no process builds it now; then none will meanwhile."""
    with path.parent.joinpath(f"{path.name}.lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
        else:
            yield True


def _tree_of(path: Path) -> Path:
    """Folders that a tree of Linux is built in share its lock."""
    parts = path.name.split("-")
    return path.with_name("-".join(parts[:2])) if parts[0] == "linux" else path


def prune(most: int = MOST, kept: Iterable[Path] = (), clock: float | None = None) -> list[Entry]:
    """Remove what was used longest ago, until the rest fits; says what went. `kept` stays. Raises OSError."""
    now = time.time() if clock is None else clock
    there = entries()
    total = sum(x.size for x in there)
    spared = set(kept)
    gone = []
    for entry in there:
        if total <= most:
            break
        if entry.path in spared or now - entry.used < _YOUNG or entry.path.name == "package":
            continue
        with _free(_tree_of(entry.path)) as free:
            if free:
                aside = entry.path.with_name(f"{entry.path.name}.part.gone")
                entry.path.rename(aside)  # it is never seen half removed
                shutil.rmtree(aside, ignore_errors=True)
                total -= entry.size
                gone.append(entry)
    return gone
