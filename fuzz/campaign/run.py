# SPDX-License-Identifier: Apache-2.0
"""One run of a campaign from start to summary."""

import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

import attrs
import msgspec
from rich.console import Console

from fuzz.campaign import engine_hypothesis, engine_random, workspace
from fuzz.campaign.engine_atheris import Scene, manages
from fuzz.campaign.folder import CORPUS, JOBS, Folder
from fuzz.campaign.history import END, MINUTE, START
from fuzz.campaign.inputs import Corpus
from fuzz.campaign.opened import open_targets
from fuzz.campaign.options import CampaignError, Options
from fuzz.campaign.panel import Progress, by_weight, summary
from fuzz.campaign.session import Session, StrictFinding
from fuzz.campaign.signals import ending_like_ctrl_c
from fuzz.campaign.stats import Stats, Totals
from fuzz.findings.group import Group
from fuzz.findings.store import Store
from native.targets import known as targets

_LATE: Final = 15
"""Seconds that minimizing may take when the campaign's time is up."""
_ENOUGH: Final = 2_000
"""Programs after which a coverage-steered job without one call of our mutator is broken."""
_MINUTE: Final = 60.0
_SCRATCH: Final = ".jobs"
"""Beside a corpus that is kept without a campaign's folder: where jobs write."""


@attrs.frozen
class Outcome:
    """What a run came to.

    Attributes:
        counted: counters of this run.
        whole: those of the campaign, with its seconds, if that has a folder.
        groups: all groups of findings.
        new: those that no campaign has told of before.
        again: known ones that this run met.
        builds: by target, the name of what was run.
        told: what was passed over, could not be written, or did not go as asked.
        trouble: why the run ended before its time; empty if it did not.
    """

    counted: dict[str, Any]
    whole: dict[str, Any]
    groups: list[Group]
    new: list[Group]
    again: list[Group]
    text: str
    seconds: float
    builds: dict[str, str]
    told: list[str]
    trouble: str = ""
    interrupted: bool = False

    def fails(self, on: str) -> bool:
        """Whether divergences of this run, of those that are asked for, were found. What was not confirmed is none."""
        if on == "none":
            return False
        met = [*self.new, *self.again] if on == "any" else self.new
        unwritten = self.counted["unwritten"] > 0
        explained = on == "any" and self.counted["findings_known"] > 0 and not self.again
        return unwritten or explained or any(group.confirmed for group in met)


class _Run:
    """What the parts of a run share."""

    def __init__(self, options: Options, console: Console, stack: ExitStack) -> None:
        self.options = options
        self.console = console
        self.stack = stack
        self.folder: Folder | None = None
        self.builds: dict[str, str] = {}
        self.told: list[str] = []
        self.totals = Totals([])
        self.progress: Progress | None = None
        self.jobs: list[Stats] = []
        self.earlier: dict[str, int] = {}
        self.hit: set[str] = set()
        self.before = 0.0
        self.ending: Callable[[], None] = lambda: None
        self._noted = time.monotonic()
        self._began = self._noted

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._began

    def watch(self, jobs: list[Stats]) -> Callable[[], None]:
        """What is called now and then, from when the jobs are there."""
        options = self.options
        self.jobs = jobs
        self.totals = Totals(jobs)
        self.progress = Progress(self.totals, self.console, f"syslet fuzz · {options.engine} · seed {options.seed}")
        self.stack.callback(self.progress.close)
        self._began = self._noted = time.monotonic()
        self.note(START)
        return self.tick

    def tick(self) -> None:
        assert self.progress is not None
        self.ending()
        self.progress.tick()
        for job in self.jobs[:1]:
            job.seconds = self.seconds
        if time.monotonic() - self._noted >= _MINUTE:
            self._noted += _MINUTE
            self.note(MINUTE)

    def note(self, event: str) -> None:
        """A line for the campaign's statistics."""
        if self.folder is None:
            return
        groups = sum(1 for _ in Path(self.options.findings).glob("*/signature.json"))
        seconds = 0.0 if event == START else self.seconds
        jobs = len(self.jobs) if event != END else 0
        self.folder.history.note(event, self.before + seconds, self.whole(), groups, jobs)

    def whole(self) -> Totals:
        """Counters of all runs of the campaign."""
        return Totals(self.jobs, self.earlier, self.hit)


def run(options: Options, console: Console) -> Outcome:
    """Run a campaign; Ctrl-C, SIGTERM and SIGHUP end it like its time. Raises CampaignError, TargetUnavailable."""
    findings = Path(options.findings)
    store = Store(findings)
    if store.newer:
        raise CampaignError("\n".join([*store.newer, "a later version wrote it; give another folder: --findings DIR"]))
    store.tidy()
    told = store.told()
    before = {x.folder.name for x in store.groups.values()} if told is None else told
    interrupted, trouble = False, ""
    with ExitStack() as stack:
        this = _Run(options, console, stack)
        this.told += store.damaged
        try:
            with ending_like_ctrl_c() as this.ending:
                _open(this)
                if this.options.engine == "atheris":
                    _with_atheris(this)
                else:
                    _here(this)
        except KeyboardInterrupt:
            interrupted = True
        except CampaignError as error:
            if not this.totals.counters.runs:
                raise
            trouble = str(error)
        seconds = this.seconds
        if this.jobs:
            this.note(END)
        after = Store(findings)
        groups = by_weight(after.groups.values())
        new = [x for x in groups if x.folder.name not in before]
        again = [x for x in groups if x.folder.name in before and this.totals.was_met(x.folder.name)]
        this.told += [x for x in after.damaged if x not in this.told]
        try:
            after.tell(groups)
        except OSError as error:
            this.told.append(f"{findings}: could not be written: {error.strerror or error}")
        if this.folder is not None:
            this.told += this.folder.trouble
        counted = this.totals.as_dict()
        whole = {**this.whole().as_dict(), "seconds": round(this.before + seconds, 1)} if this.folder else {}
        text = summary(this.totals, seconds, findings, groups, again, new)
        return Outcome(counted, whole, groups, new, again, text, seconds, this.builds, this.told, trouble, interrupted)


def _open(this: _Run) -> None:
    """Take up the campaign's folder, and see how much time there is. Raises CampaignError."""
    options = this.options
    # Builds the native side, so that what is missing is told about here and not in the child's log.
    for name in options.targets:
        target = targets.open_target(name, build=options.build, fault=options.fault, preempt=options.preempt)
        this.builds[name] = target.build_id
        target.close()
    if options.campaign is not None:
        this.folder = Folder(Path(options.campaign))
        this.stack.callback(this.folder.close)
        _recover(this, this.folder)
        this.earlier, this.hit, this.before = this.folder.history.earlier()
        this.folder.begin(options, this.builds)
    if options.total is not None:
        left = int(options.total - this.before)
        if left <= 0:
            raise CampaignError(
                f"{options.campaign}: has run for {this.before:,.0f} s, and --total-time is {options.total}"
            )
        options = msgspec.structs.replace(options, seconds=min(left, options.seconds or left))
    if options.seconds is not None:
        options = msgspec.structs.replace(options, until=time.monotonic() + options.seconds + _LATE)
    this.options = options


def _recover(this: _Run, folder: Folder) -> None:
    """What a run left that was killed: counters, and inputs that are not in the corpus yet."""
    kept = workspace.Workspace(folder.path / JOBS)
    corpus = Corpus(folder.path / CORPUS)
    corpus.tidy()
    left = list(kept.left_behind())
    counters = [x / workspace.COUNTERS for x in left]
    try:
        killed = folder.history.recover([Stats.shared(x) for x in counters if x.exists()])
    except OSError as error:
        raise CampaignError(f"{folder.path}: cannot be written: {error.strerror or error}") from None
    good, cut = (sum(x) for x in zip(*(workspace.collect(x, corpus) for x in left), strict=True)) if left else (0, 0)
    if killed:
        this.told.append(
            f"{folder.path}: the last run was killed; what it counted is taken up, with {good:,} inputs of its corpus"
        )
    if cut:
        this.told.append(f"{folder.path / JOBS}: {cut:,} inputs were cut when they were written, passed over")


def _kept(options: Options) -> Path | None:
    """Where jobs write, if what they write is kept."""
    if options.campaign is not None:
        return Path(options.campaign) / JOBS
    return Path(options.corpus) / _SCRATCH if options.corpus is not None else None


def _with_atheris(this: _Run) -> None:
    options = this.options
    corpus = Corpus(Path(options.corpus)) if options.corpus is not None else None
    scene = Scene(options, _kept(options))
    this.stack.callback(scene.close)
    if corpus is not None and options.campaign is None:
        for folder in scene.workspace.left_behind():
            workspace.collect(folder, corpus)
    supervisor = scene.supervisor(corpus)
    tick = this.watch([job.stats for job in supervisor.jobs])
    try:
        supervisor.drive(tick)
    finally:
        this.told += supervisor.told
        if corpus is not None:
            this.told += corpus.trouble()
            scene.keep_inputs = bool(corpus.unwritten)
    deaf = any(job.counters.runs > _ENOUGH and not job.counters.mutations for job in this.jobs)
    if deaf and not manages(options):
        raise CampaignError("libFuzzer never called the custom mutator: it was loaded too early")


def _here(this: _Run) -> None:
    options = this.options
    name = this.stack.enter_context(tempfile.TemporaryDirectory(prefix="syslet-stats-"))
    path = Path(name) / workspace.COUNTERS
    if options.campaign is not None:
        kept = workspace.Workspace(Path(options.campaign) / JOBS)
        this.stack.callback(kept.close)
        path = kept.folder(0) / workspace.COUNTERS
    stats = Stats.shared(path)
    tick = this.watch([stats])

    def go_on() -> bool:
        tick()
        if options.runs is not None and stats.counters.runs >= options.runs:
            return False
        return options.seconds is None or this.seconds < options.seconds

    with open_targets(options) as opened:
        session = Session(opened, options, stats, tick)
        try:
            engine = engine_hypothesis if options.engine == "hypothesis" else engine_random
            engine.drive(session, options.seed, go_on)
        except StrictFinding:
            return
