# SPDX-License-Identifier: Apache-2.0
"""The atheris engine, seen from outside: start the fuzzing process, watch it, start it again if it dies.

libFuzzer ends its process without telling Python, so it gets one of its own, and everything worth keeping is on
disk or in shared memory the moment it happens.
"""

import os
import re
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

import msgspec

import fuzz
from fuzz.campaign.glue import LOST
from fuzz.campaign.options import ENVIRONMENT, MAX_BYTES, CampaignError, Options
from fuzz.campaign.panel import Progress
from fuzz.campaign.seeds import write_seeds
from fuzz.campaign.stats import Stats

_GRACE: Final = 30.0
"""Seconds beyond its time after which the fuzzing process is stopped."""
_RESTARTS: Final = 100
_POLL: Final = 0.1
_START: Final = "from fuzz.campaign.glue import main\n\nmain()\n"
_SHARED: Final = "/dev/shm"  # noqa: S108 (only a folder with a name of its own is made there)
_STATUS: Final = re.compile(rb"#\d+\s+\w+\s+cov: \d+ ft: (\d+) corp: (\d+)")

DEFAULT_FLAGS: Final = (
    "-len_control=0", f"-max_len={MAX_BYTES}", "-entropic=0", "-timeout=1500", "-rss_limit_mb=4096",
    "-print_final_stats=1",
)  # fmt: skip
"""Large maps make the entropic scheduler dear. Lengths are free from the start, up to some 30 steps and 20 atoms:
longer programs reach no clause that these do not, and cost several times as much. The time-out is for one program with
all that comes of it: a kernel that spins is waited for again and again while its program is minimized."""


def libfuzzer_flags(options: Options, seconds: int | None, runs: int | None, corpus: Path) -> list[str]:
    """The fuzzing process's arguments. Later ones win, so the user's come last."""
    flags = [*DEFAULT_FLAGS, f"-seed={options.seed}", f"-artifact_prefix={corpus.parent}/"]
    if options.corpus is None:
        flags.append("-reload=0")  # no other process puts files there
    if seconds is not None:
        flags.append(f"-max_total_time={max(seconds, 1)}")
    if runs is not None:
        flags.append(f"-runs={runs}")
    return [*flags, *options.arguments, str(corpus)]


def write_launcher(folder: Path) -> Path:
    """An executable that libFuzzer can start again by itself (-fork, -merge and -minimize_crash do).

    It runs this very package. By `-m` it would run what lies in the present folder: in a clone, the sources, although
    the compiled model is installed.
    """
    root = str(Path(fuzz.__file__ or "").parents[1])
    start = folder / "start.py"
    start.write_text(f"import sys\nif {root!r} not in sys.path:\n    sys.path.insert(0, {root!r})\n{_START}")
    launcher = folder / "syslet-fuzz-target"
    launcher.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -P {shlex.quote(str(start))} "$@"\n')
    launcher.chmod(0o755)
    return launcher


class _Fuzzer:
    """libFuzzer in a process of its own, started several times, and what it printed."""

    def __init__(self, folder: Path, stats: Stats, progress: Progress) -> None:
        self._launcher = write_launcher(folder)
        self._log = folder / "log"
        self._read = 0
        self._stats = stats
        self._progress = progress

    def run(self, options: Options, flags: list[str], seconds: int | None) -> int:
        """Until it ends, or is long overdue; returns its exit status."""
        end = overdue = None
        if seconds is not None:
            overdue = time.monotonic() + seconds + _GRACE
            if not options.arguments:  # they may make it one that only manages others, and does not end when asked
                end = overdue - _GRACE  # its own count of the time begins late
        environment = {
            **os.environ,
            ENVIRONMENT: msgspec.json.encode(options).decode(),
            "SYSLET_LAUNCHER": str(self._launcher),
        }
        with self._log.open("ab") as output:
            process = subprocess.Popen(
                [str(self._launcher), *flags],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        try:
            while process.poll() is None:
                time.sleep(_POLL)
                self._read_figures()
                self._progress.tick()
                if end is not None and self._stats.counters.runs and time.monotonic() > end:
                    process.send_signal(signal.SIGUSR1)  # it ends after this program, with all that comes of it
                    end = None
                if overdue is not None and time.monotonic() > overdue:
                    return 0
            self._read_figures()
            return process.returncode
        finally:
            _end(process)

    def _read_figures(self) -> None:
        """Follow its coverage and the size of its corpus."""
        with self._log.open("rb") as file:
            file.seek(self._read)
            fresh = file.read()
        self._read += len(fresh)
        for match in _STATUS.finditer(fresh):
            self._stats.counters.coverage = int(match[1])
            self._stats.counters.corpus = int(match[2])

    def printed(self) -> list[str]:
        """All lines."""
        return self._log.read_text(errors="replace").splitlines()

    def error(self, lines: int = 30) -> str:
        """The last error line, or the end of everything that was printed."""
        printed = self.printed()
        errors = [line.removeprefix("ERROR: ") for line in printed if line.startswith("ERROR: ")]
        return errors[-1] if errors else "\n".join(printed[-lines:])


def _end(process: subprocess.Popen[bytes]) -> None:
    """With all that it started."""
    if process.poll() is not None:
        return
    os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _memory() -> str | None:
    """A folder in memory for a corpus that is not kept: its files come and go with each new input."""
    return _SHARED if "TMPDIR" not in os.environ and os.access(_SHARED, os.W_OK | os.X_OK) else None


def drive(options: Options, stats_path: Path, stats: Stats, progress: Progress) -> int:
    """Fuzz until time or runs are over; returns libFuzzer's last exit status."""
    with (
        tempfile.TemporaryDirectory(prefix="syslet-fuzz-") as name,
        tempfile.TemporaryDirectory(prefix="syslet-fuzz-", dir=_memory()) as inputs,
    ):
        corpus = Path(options.corpus) if options.corpus else Path(inputs) / "corpus"
        corpus.mkdir(parents=True, exist_ok=True)
        write_seeds(corpus)
        fuzzer = _Fuzzer(Path(name), stats, progress)
        started = time.monotonic()
        for attempt in range(_RESTARTS):
            seconds = None if options.seconds is None else options.seconds - int(time.monotonic() - started)
            runs = None if options.runs is None else options.runs - stats.counters.runs
            if attempt and any(left is not None and left <= 0 for left in (seconds, runs)):
                return 0
            seeded = msgspec.structs.replace(options, stats=str(stats_path), seed=options.seed + attempt)
            status = fuzzer.run(seeded, libfuzzer_flags(seeded, seconds, runs, corpus), seconds)
            if not attempt:  # it says so of arguments that it does not know
                sys.stderr.writelines(f"{line}\n" for line in fuzzer.printed() if "unrecognized flag" in line)
            if "-help=1" in options.arguments:
                sys.stdout.writelines(f"{line}\n" for line in fuzzer.printed())
                return 0
            if status == 0 or options.strict:
                return status
            started_well = stats.counters.runs > 0
            if status == LOST or (status == 77 and not started_well):
                raise CampaignError(fuzzer.error())
            if attempt and not started_well:
                raise CampaignError(f"the fuzzing process cannot start: {fuzzer.error()}")
            stats.counters.restarts += 1
        return 0
