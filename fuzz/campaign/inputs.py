# SPDX-License-Identifier: Apache-2.0
"""The evolved corpus: a folder of inputs, each named by the hash of its bytes, as libFuzzer names them.

libFuzzer writes a file by name, so a kill or a full disk can leave it cut; then its name is not its hash. Each job has
a folder of its own to write to. What is whole there goes into the campaign's corpus, and to the other jobs.
"""

import hashlib
import os
import random
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from fuzz.files import PART, write_file

_HASH: Final = re.compile("[0-9a-f]{40}")
_MOST: Final = 1 << 20
"""Bytes of an input; larger ones are no programs."""
READ_IN_A_SECOND: Final = 100
"""Inputs of a corpus that a job is given for each second of its time: a tenth to a fifth of the time is for them."""
LEAST_READ: Final = 500


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Of a full disk the system says no file: whatever fails in here is told with this one."""
    try:
        yield
    except OSError as error:
        raise error if error.filename else OSError(error.errno, error.strerror, str(path)) from None


def name_of(data: bytes) -> str:
    """The name of an input."""
    return hashlib.sha1(data, usedforsecurity=False).hexdigest()


def named_by_hash(path: Path) -> bool:
    """Whether a file has a name that libFuzzer gives."""
    return _HASH.fullmatch(path.name) is not None


def whole(path: Path) -> bytes | None:
    """The bytes of an input; None where its name is a hash, and not that of what it holds."""
    data = path.read_bytes()
    return None if _HASH.fullmatch(path.name) and name_of(data) != path.name else data


def put(folder: Path, data: bytes, aside: Path | None = None) -> bool:
    """Write an input, whole or not at all; says whether it was new. It is made in `aside`. Raises OSError."""
    path = folder / name_of(data)
    if path.exists():
        return False
    with naming(path):
        write_file(path, data, aside)
    return True


def files(folder: Path) -> Iterator[Path]:
    """The inputs of a folder, in no order; names that begin with a dot are of files that are no inputs."""
    with suppress(FileNotFoundError), os.scandir(folder) as found:
        for entry in found:
            if not entry.name.startswith(".") and entry.is_file():
                yield Path(entry.path)


class Corpus:
    """A folder that keeps inputs.

    Attributes:
        folder: where; it is made when something is put there.
        cut: files that were passed over since they are not whole.
        unwritten: inputs that could not be written.
        why: what the last of them failed of.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.cut: set[str] = set()
        self.unwritten: set[str] = set()
        self.why = ""
        self._whole: set[str] = set()

    def look(self) -> list[Path]:
        """All inputs that are whole and have a name that can be passed on, in order."""
        found = []
        for path in files(self.folder):
            if path.name in self._whole:
                found.append(path)
            elif self._is_whole(path):
                self._whole.add(path.name)
                found.append(path)
        return sorted(found)

    def _is_whole(self, path: Path) -> bool:
        try:
            good = path.stat().st_size <= _MOST and whole(path) is not None
        except OSError:
            good = False
        if not good or "," in path.name:
            self.cut.add(str(path))
            return False
        self.cut.discard(str(path))
        return True

    def add(self, data: bytes) -> bool:
        """Put an input there; says whether that could be done. The first trouble is kept to be told."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            put(self.folder, data)
        except OSError as error:
            self.unwritten.add(name_of(data))
            self.why = f"{self.folder}: {error.strerror or error}"
            return False
        self._whole.add(name_of(data))
        self.unwritten.discard(name_of(data))
        return True

    def tidy(self) -> None:
        """Remove what was being written when an earlier run was killed. No other run may write here."""
        for path in self.folder.glob(f"{PART}*"):
            with suppress(OSError):
                path.unlink()

    def trouble(self) -> list[str]:
        """A line for what was passed over, and for what could not be written."""
        told = []
        if self.cut:
            some = sorted(self.cut)
            more = f" and {len(some) - 1:,} more" if len(some) > 1 else ""
            told.append(f"{some[0]}{more}: damaged (its name is not the hash of what it holds), passed over")
        if self.unwritten:
            told.append(f"{len(self.unwritten):,} inputs of the corpus could not be written: {self.why}")
        return told


def sampled(paths: list[Path], seconds: float | None, seed: int) -> list[Path]:
    """As many as can be read in that time: all of them, or a sample that the seed chooses."""
    if seconds is None:
        return paths
    most = max(LEAST_READ, int(seconds) * READ_IN_A_SECOND)
    return paths if len(paths) <= most else sorted(random.Random(seed).sample(paths, most))


def programs_in(paths: Iterable[Path]) -> Iterator[bytes]:
    """The bytes of inputs; what cannot be read is left out."""
    for path in paths:
        with suppress(OSError):
            data = whole(path)
            if data is not None:
                yield data
