# SPDX-License-Identifier: Apache-2.0
"""One job: a fuzzing process with its executor, its counters and its folder of inputs.

libFuzzer ends its process without telling Python, so it gets one of its own, and everything worth keeping is on
disk or in shared memory the moment it happens. It is started again as often as it dies.
"""

import os
import re
import shlex
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec

import fuzz
from fuzz.campaign.inputs import naming
from fuzz.campaign.options import ENVIRONMENT, MAX_BYTES, PARENT, Options
from fuzz.campaign.stats import Stats

_START: Final = """\
import faulthandler
import signal

faulthandler.register(signal.SIGQUIT)  # says in the log what it is doing
from fuzz.campaign.glue import main

main()
"""
_STATUS: Final = re.compile(rb"#\d+\s+\w+\s+cov: \d+ ft: (\d+) corp: (\d+)")
_MOST_LOG: Final = 1 << 20
_LARGEST_SEED: Final = 2**31 - 1
MEMORY: Final = 1024
"""Megabytes that a fuzzing process may use; one that needs more is started again."""

DEFAULT_FLAGS: Final = (
    "-len_control=0", f"-max_len={MAX_BYTES}", "-entropic=0", "-timeout=1500", f"-rss_limit_mb={MEMORY}",
    "-print_final_stats=1",
)  # fmt: skip
"""Large maps make the entropic scheduler dear. Lengths are free from the start, up to some 30 steps and 20 atoms:
longer programs reach no clause that these do not, and cost several times as much. The time-out is for one program with
all that comes of it: a kernel that spins is waited for again and again while its program is minimized."""


def write_launcher(folder: Path) -> Path:
    """An executable that libFuzzer can start again by itself (-fork, -merge and -minimize_crash do).

    It runs this very package. By `-m` it would run what lies in the present folder: in a clone, the sources, although
    the compiled model is installed. And it is run by the shell: its folder may be mounted noexec.
    """
    root = str(Path(fuzz.__file__ or "").parents[1])
    start = folder / "start.py"
    launcher = folder / "syslet-fuzz-target"
    with naming(launcher):
        start.write_text(f"import sys\nif {root!r} not in sys.path:\n    sys.path.insert(0, {root!r})\n{_START}")
        launcher.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -P {shlex.quote(str(start))} "$@"\n')
        launcher.chmod(0o755)
    return launcher


class Job:
    """A fuzzing process that is started again when it dies.

    Attributes:
        number: which of the campaign's jobs this is, from 0.
        folder: its own; `corpus` in it is where its process writes inputs.
        stats: what it counts, in all of its processes.
        cpu: the processor that it is pinned to, or None.
        starts: how often its process was started.
        barren: how many of the last starts ended without having run a program.
    """

    def __init__(self, number: int, folder: Path, stats_path: Path, cpu: int | None) -> None:
        self.number = number
        self.folder = folder
        self.corpus = folder / "corpus"
        self.cpu = cpu
        self.stats_path = stats_path
        self.stats = Stats.shared(stats_path)
        self.starts = self.barren = 0
        self._log = folder / "log"
        self._read = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._runs_before = 0
        self.corpus.mkdir(parents=True, exist_ok=True)

    @property
    def running(self) -> bool:
        """Whether its process is alive."""
        return self._process is not None and self._process.poll() is None

    @property
    def status(self) -> int | None:
        """The exit status of its last process; None while that is alive, or there was none."""
        return None if self._process is None else self._process.poll()

    def start(self, options: Options, launcher: Path, flags: list[str]) -> None:
        """Start its process. The flags say nothing of seed and folders."""
        seed = (options.seed + 1_000_003 * self.number + self.starts) % _LARGEST_SEED or 1
        own = msgspec.structs.replace(
            options, seed=seed, stats=str(self.stats_path), job=self.number, cpu=self.cpu, corpus=None
        )
        environment = {
            **os.environ,
            ENVIRONMENT: msgspec.json.encode(own).decode(),
            "SYSLET_LAUNCHER": str(launcher),
            PARENT: str(os.getpid()),
        }
        self.starts += 1
        self._runs_before = self.stats.counters.runs
        self.stats.state = "starting"
        if self._log.exists() and self._log.stat().st_size > _MOST_LOG:
            self._log.unlink()
            self._read = 0
        with self._log.open("ab") as output:
            self._process = subprocess.Popen(
                ["/bin/sh", str(launcher), f"-seed={seed}", *flags],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def ended(self) -> None:
        """Its process has ended: note whether that one has run anything."""
        self.barren = 0 if self.stats.counters.runs > self._runs_before else self.barren + 1

    def ask_to_end(self) -> None:
        """It ends after this program, with all that comes of it."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGUSR1)

    def end(self) -> None:
        """End its process, with all that it started."""
        process = self._process
        if process is None or process.poll() is not None:
            return
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def read_figures(self) -> None:
        """Follow its coverage and the size of its corpus."""
        with suppress(FileNotFoundError), self._log.open("rb") as file:
            file.seek(self._read)
            fresh = file.read()
            self._read += len(fresh)
            counters = self.stats.counters
            for match in _STATUS.finditer(fresh):
                counters.coverage = max(counters.coverage, int(match[1]))
                counters.corpus = int(match[2])

    def printed(self) -> list[str]:
        """All lines of its processes."""
        return self._log.read_text(errors="replace").splitlines() if self._log.exists() else []

    def error(self, lines: int = 30) -> str:
        """The last error line, or the end of everything that was printed."""
        printed = self.printed()
        errors = [line.removeprefix("ERROR: ") for line in printed if line.startswith("ERROR: ")]
        return errors[-1] if errors else "\n".join(printed[-lines:])
