# SPDX-License-Identifier: Apache-2.0
"""The atheris engine, seen from outside: jobs are started, watched, and started again when they die.

Not by libFuzzer's `-fork`: it ends its processes every few seconds, and each of ours would boot a kernel.
"""

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Final

from fuzz.campaign import inputs
from fuzz.campaign.glue import LOST, STRICT
from fuzz.campaign.job import DEFAULT_FLAGS, Job, write_launcher
from fuzz.campaign.options import CampaignError, Options
from fuzz.campaign.seeds import write_seeds
from fuzz.campaign.workspace import COUNTERS, Workspace
from native.targets import known as targets
from native.targets.host import TargetUnavailable

_GRACE: Final = 30.0
"""Seconds beyond its time after which a fuzzing process is stopped."""
_BARREN: Final = 3
"""Starts in a row without a program after which a job is given up."""
_POLL: Final = 0.1
_EXCHANGE: Final = 60.0
"""Seconds from one exchange of inputs to the next."""
_MANAGES: Final = (
    "-merge=", "-set_cover_merge=", "-fork=", "-minimize_crash=", "-minimize_crash_internal_step=", "-cleanse_crash=",
    "-jobs=", "-help=", "-merge_inner=",
)  # fmt: skip
"""Flags by which libFuzzer manages others, or a folder, and does not fuzz itself."""
_ONE_FILE: Final = ("-minimize_crash=", "-cleanse_crash=")
"""Those that take a single file and nothing else."""
_UNAVAILABLE: Final = 77
_SHARED: Final = "/dev/shm"  # noqa: S108 (only a folder with a name of its own is made there)

Tick = Callable[[], None]


def manages(options: Options) -> bool:
    """Whether libFuzzer's arguments make it something else than one process that fuzzes."""
    return any(argument.startswith(_MANAGES) for argument in options.arguments)


def cpus(jobs: int) -> list[int | None]:
    """A processor for each job, the last one first; None where processors cannot be chosen."""
    try:
        allowed = sorted(os.sched_getaffinity(0), reverse=True)
    except (AttributeError, OSError):
        return [None] * jobs
    return [allowed[number % len(allowed)] for number in range(jobs)]


def flags_of(options: Options, seconds: int | None, runs: int | None, first: Path, prefix: Path) -> list[str]:
    """A fuzzing process's arguments: what it writes to comes first, and the user's flags last, since later ones win."""
    flags = [str(first), *DEFAULT_FLAGS, f"-artifact_prefix={prefix}/"]
    flags.append("-reload=0" if options.jobs == 1 and options.corpus is None else f"-reload={int(_EXCHANGE)}")
    if seconds is not None:
        flags.append(f"-max_total_time={max(seconds, 1)}")
    if runs is not None:
        flags.append(f"-runs={runs}")
    return [*flags, *options.arguments]


class Supervisor:
    """The jobs of one run of a campaign.

    Args:
        options: of the campaign.
        corpus: what keeps the inputs, or None.
        workspace: where the jobs write.
        place: a folder for what goes with this run.

    Attributes:
        jobs: in order of their numbers.
        told: what a user should know, line by line.
    """

    def __init__(self, options: Options, corpus: inputs.Corpus | None, workspace: Workspace, place: Path) -> None:
        self._options = options
        self._corpus = corpus
        self._place = place
        self._launcher = write_launcher(place)
        self.told: list[str] = []
        self.jobs = []
        for number, cpu in enumerate(cpus(options.jobs)):
            folder = workspace.folder(number)
            self.jobs.append(Job(number, folder, folder / COUNTERS, cpu))
        self._given_up: set[int] = set()
        self._seen: list[set[str]] = [set() for _ in self.jobs]
        self._seeds = place / "seeds"
        self._listed: list[list[Path]] = []
        self._begin = time.monotonic()
        self._exchanged = self._begin
        self._asked = False

    def drive(self, tick: Tick) -> int:
        """Fuzz until time or runs are over; returns the exit status of a strict or managing campaign, else 0."""
        self._seeds.mkdir()
        write_seeds(self._seeds, opaque=any(map(targets.makes_opaque, self._options.targets)))
        self._link()
        self._listed = self._choose()
        try:
            for job in self.jobs:
                self._start(job)
            self._complain_of_flags()
            return self._watch(tick)
        finally:
            for job in self.jobs:
                job.end()
                job.read_figures()
            self._exchange()

    def _link(self) -> None:
        """Paths of inputs go into a list with commas between them, and the user's folder may have one in its name."""
        if self._corpus is not None:
            self._corpus.folder.mkdir(parents=True, exist_ok=True)
            (self._place / "kept").symlink_to(self._corpus.folder.absolute())

    def _choose(self) -> list[list[Path]]:
        """What each job begins with."""
        seeds = sorted(inputs.files(self._seeds))
        if self._corpus is None:
            return [seeds for _ in self.jobs]
        kept = self._corpus.look()
        seconds = self._options.seconds
        chosen = [inputs.sampled(kept, seconds, self._options.seed + job.number) for job in self.jobs]
        if len(chosen[0]) < len(kept):
            self.told.append(
                f"corpus: {len(kept):,} inputs are too many to read in {seconds} s: "
                f"each job begins with a sample of {len(chosen[0]):,}"
            )
        for seen in self._seen:
            seen.update(x.name for x in kept)
        return [[*seeds, *(self._place / "kept" / x.name for x in mine)] for mine in chosen]

    def _left(self, job: Job) -> tuple[int | None, int | None]:
        """Seconds and programs that a job has left."""
        options, count = self._options, len(self.jobs)
        seconds = None if options.seconds is None else options.seconds - int(time.monotonic() - self._begin)
        if options.runs is None:
            return seconds, None
        share = options.runs // count + (job.number < options.runs % count)
        return seconds, share - job.stats.counters.runs

    def _start(self, job: Job) -> None:
        seconds, runs = self._left(job)
        if (job.starts or runs == 0) and any(left is not None and left <= 0 for left in (seconds, runs)):
            return
        if manages(self._options):
            first = self._place / "corpus" if self._corpus is None else self._corpus.folder
            first.mkdir(exist_ok=True)
            last = [str(self._seeds)]
            if any(x.startswith(_ONE_FILE) for x in self._options.arguments):
                job.start(self._options, self._launcher, [*DEFAULT_FLAGS, *self._options.arguments])
                return
        else:
            first = job.corpus
            listed = job.folder / "seeds"
            with inputs.naming(listed):
                listed.write_text(",".join(map(str, self._listed[job.number])))
            last = [f"-seed_inputs=@{listed}"]
        job.start(self._options, self._launcher, [*flags_of(self._options, seconds, runs, first, job.folder), *last])

    def _complain_of_flags(self) -> None:
        """It says so of arguments that it does not know."""
        deadline = time.monotonic() + 2.0
        job = self.jobs[0]
        while self._options.arguments and job.running and not job.printed() and time.monotonic() < deadline:
            time.sleep(_POLL)
        sys.stderr.writelines(f"{line}\n" for line in job.printed() if "unrecognized flag" in line)

    def _watch(self, tick: Tick) -> int:
        while True:
            for job in self.jobs:
                job.read_figures()
                if not job.running and job.starts and job.number not in self._given_up:
                    status = self._after(job)
                    if status is not None:
                        return status
            if not any(job.running for job in self.jobs):
                return 0
            tick()
            self._mind_the_time()
            time.sleep(_POLL)
            if time.monotonic() - self._exchanged >= _EXCHANGE and not manages(self._options):
                self._exchange()

    def _mind_the_time(self) -> None:
        """Each process counts its own time from when it has started; ours is what was asked for."""
        seconds = self._options.seconds
        if seconds is None:
            return
        over = time.monotonic() - self._begin - seconds
        # What manages others does not end when asked.
        if over > 0 and not self._asked and not manages(self._options):
            self._asked = True
            for job in self.jobs:
                if job.stats.counters.runs:
                    job.ask_to_end()
                else:
                    self._asked = False
        if over > _GRACE:
            for job in self.jobs:
                job.end()

    def _after(self, job: Job) -> int | None:
        """What becomes of a job whose process has ended; a status if the campaign is over."""
        status = job.status
        job.ended()
        if "-help=1" in self._options.arguments:
            sys.stdout.writelines(f"{line}\n" for line in job.printed())
            return 0
        if status == LOST:
            raise CampaignError(job.error())
        if status == _UNAVAILABLE and job.barren and job.starts == 1:
            raise TargetUnavailable(job.error())
        if status == STRICT:
            return 1
        if status == 0 or self._asked or manages(self._options):
            self._given_up.add(job.number)
            return status if manages(self._options) else None
        if job.barren >= _BARREN:
            self._given_up.add(job.number)
            if len(self._given_up) == len(self.jobs) and not any(x.stats.counters.runs for x in self.jobs):
                raise CampaignError(f"the fuzzing process cannot start: {job.error()}")
            self.told.append(f"job {job.number} was given up: it cannot start: {job.error(3)}")
            return None
        job.stats.counters.restarts += 1
        self._start(job)
        if not job.running:
            self._given_up.add(job.number)
        return None

    def _exchange(self) -> None:
        """What a job found goes into the corpus and to the other jobs, and so does what others put into the corpus."""
        self._exchanged = time.monotonic()
        for job in self.jobs:
            fresh = [x for x in inputs.files(job.corpus) if x.name not in self._seen[job.number]]
            for path in fresh:
                with suppress(OSError):
                    data = inputs.whole(path)
                    if data is not None:  # else it is being written
                        self._pass_on(data, job.number)
        if self._corpus is not None and len(self.jobs) and any(job.running for job in self.jobs):
            known = set.intersection(*self._seen)
            for path in self._corpus.look():
                if path.name not in known:
                    with suppress(OSError):
                        self._pass_on(path.read_bytes(), None)

    def _pass_on(self, data: bytes, by: int | None) -> None:
        name = inputs.name_of(data)
        if self._corpus is not None and by is not None and not self._corpus.add(data):
            return  # it stays where it is, and is tried again
        for job in self.jobs:
            if name not in self._seen[job.number]:
                if job.number != by and job.running:
                    inputs.put(job.corpus, data, aside=job.folder)
                self._seen[job.number].add(name)


def _memory() -> str | None:
    """A folder in memory for inputs that are not kept: their files come and go."""
    return _SHARED if "TMPDIR" not in os.environ and os.access(_SHARED, os.W_OK | os.X_OK) else None


class Scene:
    """The folders of a run of the engine: for what is kept, where that is asked for, and for what goes with it."""

    def __init__(self, options: Options, kept: Path | None) -> None:
        self._stack = ExitStack()
        self.options = options
        self.place = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="syslet-fuzz-")))
        if kept is None:
            memory = tempfile.mkdtemp(prefix="syslet-fuzz-", dir=_memory())
            self._stack.callback(shutil.rmtree, memory, ignore_errors=True)
            kept = Path(memory)
        self.workspace = Workspace(kept)
        self.keep_inputs = False
        self._stack.callback(lambda: self.workspace.close(keep=self.keep_inputs))

    def supervisor(self, corpus: inputs.Corpus | None) -> Supervisor:
        """The jobs, not started yet."""
        return Supervisor(self.options, corpus, self.workspace, self.place)

    def close(self) -> None:
        """Remove what does not stay."""
        self._stack.close()
