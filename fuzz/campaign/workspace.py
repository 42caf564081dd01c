# SPDX-License-Identifier: Apache-2.0
"""Where jobs write: a folder for each, which the next run empties into the corpus if this one is killed.

<root>/<process>-<number>/lock      held by the process that supervises the job, as long as it lives
<root>/<process>-<number>/corpus    inputs, as libFuzzer writes them
<root>/<process>-<number>/counters  what the job counts
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from fuzz.campaign import inputs

COUNTERS: Final = "counters"
CORPUS: Final = "corpus"
_LOCK: Final = "lock"


class Workspace:
    """The folders of this process's jobs. Raises OSError where they cannot be made."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._locks: dict[Path, int] = {}

    def folder(self, number: int) -> Path:
        """A fresh folder for a job; it is ours until we end."""
        folder = self.root / f"{os.getpid()}-{number}"
        shutil.rmtree(folder, ignore_errors=True)
        self.root.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=".new", dir=self.root))  # nobody takes it for one that was left behind
        handle = os.open(aside / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        fcntl.flock(handle, fcntl.LOCK_EX)
        aside.rename(folder)
        self._locks[folder] = handle
        return folder

    def left_behind(self) -> Iterator[Path]:
        """Folders of jobs whose process was killed. Each is ours until the next is asked for."""
        for folder in sorted(self.root.glob("*-*")):
            if folder in self._locks:
                continue
            handle = None
            try:
                handle = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                yield folder
            except OSError:  # another process has it
                pass
            finally:
                if handle is not None:
                    os.close(handle)

    def close(self, *, keep: bool = False) -> None:
        """Remove our folders, whose inputs were collected; `keep` those that the corpus had no room for."""
        for folder, handle in self._locks.items():
            if keep:
                (folder / COUNTERS).unlink(missing_ok=True)
            else:
                shutil.rmtree(folder, ignore_errors=True)
            os.close(handle)
        self._locks.clear()
        with suppress(OSError):
            self.root.rmdir()


def collect(folder: Path, corpus: inputs.Corpus) -> tuple[int, int]:
    """Put what a killed job left into the corpus, and remove its folder; how many inputs were whole, and were cut.

    The folder stays where the corpus cannot be written.
    """
    good = cut = lost = 0
    for path in sorted(inputs.files(folder / CORPUS)):
        try:
            data = inputs.whole(path)
        except OSError:
            lost += 1
            continue
        if data is None:
            cut += 1
        elif corpus.add(data):
            good += 1
        else:
            lost += 1
    if not lost:
        shutil.rmtree(folder, ignore_errors=True)
    return good, cut
