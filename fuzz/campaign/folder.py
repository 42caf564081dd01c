# SPDX-License-Identifier: Apache-2.0
"""The folder of a campaign that goes on over many runs, each of which may be killed at any moment.

<folder>/corpus         inputs that showed something new
<folder>/findings       what was found
<folder>/stats.jsonl    counters by the minute, since the campaign began
<folder>/runs.jsonl     each run: its options, what it ran on, and the machine
<folder>/jobs           where the jobs of the present run write
<folder>/lock           held by the present run
"""

import fcntl
import os
import platform
import time
from collections.abc import Sequence
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import msgspec

from fuzz import form
from fuzz.campaign.history import History, Lines
from fuzz.campaign.options import CampaignError, Options

CORPUS: Final = "corpus"
FINDINGS: Final = "findings"
STATS: Final = "stats.jsonl"
RUNS: Final = "runs.jsonl"
JOBS: Final = "jobs"
LOCK: Final = "lock"
_PRIVATE: Final = {"stats", "until", "job", "cpu", "explained"}


class Run(msgspec.Struct, frozen=True):
    """A line of `runs.jsonl`.

    Attributes:
        run: its number, from 1.
        at: when it began, in seconds since 1970.
        version: of this package.
        model: how the model ran.
        options: what it was told, without what was left as it is.
        builds: by target, the name of what was run.
        machine: where.
    """

    run: int
    at: int
    version: str
    model: str
    options: dict[str, Any]
    builds: dict[str, str]
    machine: str


class Folder:
    """A campaign's folder, held by this process. Raises CampaignError where another one has it, and OSError."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir(parents=True, exist_ok=True)
        self._lock = os.open(path / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            who = os.read(self._lock, 20).decode(errors="replace").strip()
            os.close(self._lock)
            raise CampaignError(
                f"{path}: process {who or '?'} is running this campaign; wait for it, or give another folder"
            ) from None
        with suppress(OSError):  # a full disk; it is only for the message above
            os.ftruncate(self._lock, 0)
            os.pwrite(self._lock, b"%d\n" % os.getpid(), 0)
        self.history = History(path / STATS)
        self._runs = Lines(path / RUNS)
        self._runs.read(Run)

    @property
    def trouble(self) -> list[str]:
        """What was passed over, or could not be written."""
        return [*self.history.trouble, *self._runs.damaged]

    def begin(self, options: Options, builds: dict[str, str]) -> None:
        """Note a run."""
        told = {
            name: value
            for name, value in msgspec.to_builtins(options).items()
            if name not in _PRIVATE and value != msgspec.to_builtins(Options())[name]
        }
        machine = f"{platform.node()}: {platform.machine()}, {os.cpu_count()} processors, {platform.release()}"
        self._runs.add(
            Run(self.history.run, int(time.time()), version("syslets"), form.describe(), told, builds, machine)
        )

    def close(self) -> None:
        """Let the next run have it."""
        os.close(self._lock)


def runs_of(folder: Path) -> Sequence[Run]:
    """The runs of a campaign."""
    return Lines(folder / RUNS).read(Run)
