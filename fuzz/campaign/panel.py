# SPDX-License-Identifier: Apache-2.0
"""What a campaign shows: a live panel on a terminal, plain lines in a pipe, a summary at the end."""

import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from fuzz.campaign.stats import IN_REACH, Totals
from fuzz.findings import names as folders
from fuzz.findings.group import Group
from fuzz.findings.report import counted, sentence
from model.clauses import CLAUSES

LINE_EVERY: Final = 5.0
PANEL_EVERY: Final = 0.5
_STILL: Final = 10.0
"""Seconds without new coverage that are worth a word."""
_SAID: Final = ("starting", "searching", "minimizing")
"""What a job does that is worth a word, since it runs no new programs meanwhile."""


class Progress:
    """Shows counters while a campaign runs. Rates are for people; nothing that is stored depends on them."""

    def __init__(self, stats: Totals, console: Console, title: str, clock: Callable[[], float] = time.monotonic):
        self._stats = stats
        self._console = console
        self._title = title
        self._clock = clock
        self._started = self._shown = self._grew = clock()
        self._runs = self._runs_of(stats)
        self._rates = [0.0 for _ in stats.jobs]
        self._coverage = 0
        self._live: Live | None = None
        if console.is_terminal:
            self._live = Live(console=console, refresh_per_second=4, transient=True)
            self._live.start()

    @staticmethod
    def _runs_of(stats: Totals) -> list[int]:
        return [int(job.counters.runs) for job in stats.jobs]

    @property
    def seconds(self) -> float:
        """Since the campaign began."""
        return self._clock() - self._started

    def tick(self) -> None:
        """Show, if it is time to."""
        now = self._clock()
        passed = now - self._shown
        if passed < (PANEL_EVERY if self._live else LINE_EVERY):
            return
        runs = self._runs_of(self._stats)
        self._rates = [(mine - before) / max(passed, 1e-9) for mine, before in zip(runs, self._runs, strict=True)]
        self._runs = runs
        self._shown = now
        coverage = int(self._stats.counters.coverage)
        if coverage > self._coverage:
            self._coverage, self._grew = coverage, now
        if self._live:
            table = Table.grid(padding=(0, 2))
            for name, told in [*self._rows(), *self._jobs()]:
                table.add_row(Text(name, "dim"), Text(told, self._colour(name)))
            self._live.update(Panel(table, title=f"{self._title} · {self.seconds:.0f} s", expand=False))
        else:
            line = "  ".join(" ".join(row) for row in self._rows())
            self._console.print(f"{self.seconds:4.0f} s  {line}", soft_wrap=True, highlight=False, markup=False)

    def close(self) -> None:
        """Take the live panel away."""
        if self._live:
            self._live.stop()

    def _rows(self) -> Iterator[tuple[str, str]]:
        stats, count = self._stats, self._stats.counters
        yield "programs", f"{count.runs:,} ({sum(self._rates):,.0f}/s)"
        working = Counter(job.state for job in stats.jobs)
        busy = ", ".join(f"{working[x]} {x}" if len(stats.jobs) > 1 else x for x in _SAID if working[x])
        if busy:
            yield "now", busy
        if count.coverage:  # libFuzzer tells it when it has run the seeds
            still = self._clock() - self._grew
            grew = f", last grew {_ago(still)} ago" if still >= _STILL else ""
            yield "coverage", f"{count.coverage:,} features{grew}, corpus {count.corpus:,}"
        yield "allowed", f"{count.allowed:,}"
        yield "divergence", f"{count.divergence:,}"
        if count.unsearched:
            yield "like a known one", f"{count.unsearched:,}"
        if count.skipped:
            yield "skipped", f"{count.skipped:,} on a target that makes no opaque calls"
        yield "unknown", f"{count.unknown:,} ({stats.share('unknown'):.3%})"
        yield "findings", f"{count.findings_new:,} new, {count.findings_known:,} known"
        yield "hand-overs", f"{count.handovers:,}"
        yield "execute an atom", f"{stats.share('with_atom'):.0%}"
        yield "see a hand-over", f"{stats.share('with_handover'):.0%}"
        yield "clauses", f"{len(stats.clauses_hit())} of {len(IN_REACH)}"

    def _colour(self, name: str) -> str:
        """What is wrong stands out, and so does what moves."""
        count = self._stats.counters
        loud = {
            "divergence": "bold red" if count.divergence else "",
            "findings": "bold red" if count.findings_new else "yellow" if count.findings_known else "",
            "unknown": "yellow" if count.unknown else "",
            "now": "cyan",
            "coverage": "green" if self._clock() - self._grew < _STILL else "",
        }
        return loud.get(name, "")

    def _jobs(self) -> Iterator[tuple[str, str]]:
        """A line for each of several jobs."""
        if len(self._stats.jobs) == 1:
            return
        for number, (job, rate) in enumerate(zip(self._stats.jobs, self._rates, strict=True)):
            count = job.counters
            again = f", started again {count.restarts} times" if count.restarts else ""
            yield f"job {number}", f"{job.state}: {count.runs:,} ({rate:,.0f}/s){again}"


def _ago(seconds: float) -> str:
    minutes, hours = int(seconds // 60), int(seconds // 3600)
    return f"{hours} h" if hours else f"{minutes} min" if minutes else f"{seconds:.0f} s"


def by_weight(groups: Iterable[Group]) -> list[Group]:
    """Groups with the likeliest cause first: one fault shows in many ways, and most of them blame its own clause."""
    groups = list(groups)
    weight = Counter(group.signature[0] for group in groups)

    def place(group: Group) -> tuple[int, str, int, str]:
        clause = group.signature[0]
        return -weight[clause], clause, group.lines, group.folder.name

    return sorted(groups, key=place)


def _group_lines(group: Group, *, again: bool) -> Iterator[str]:
    """A group of findings in a few lines: what, by which clause, where, how small."""
    clause, kind, event = group.signature
    yield f"  {kind} · {clause} · {event}"
    yield f"      {sentence(clause)}"
    yield f"      {group.smallest} ({counted(group.lines, 'line')})"
    if group.starts is not None and not group.confirmed:
        yield f"      NOT CONFIRMED: none of {group.starts[1]} fresh starts of the target showed it again"
    elif group.starts is not None:
        yield f"      shown again by {group.starts[0]} of {counted(group.starts[1], 'fresh start')}"
    if group.broken_off:
        yield "      not minimized yet: `syslet triage` does it, and so does the next campaign with these options"
    elif group.cut:
        yield "      cut: minimizing used up its allowance of runs; `syslet triage` goes on with it"
    if again:
        yield "      a known group, met again"


def summary(
    stats: Totals,
    seconds: float,
    findings: Path,
    groups: Collection[Group],
    again: Collection[Group] = (),
    new: Collection[Group] | None = None,
) -> str:
    """What was exercised, and where findings lie.

    `again` are groups of earlier campaigns that this one met, `new` those that were not told of yet; without `new`
    all but those `again` are.
    """
    fresh = [x for x in groups if x not in again] if new is None else new
    return "\n".join(_summary(stats, seconds, findings, groups, again, fresh))


def _summary(
    stats: Totals,
    seconds: float,
    findings: Path,
    groups: Collection[Group],
    again: Collection[Group],
    new: Collection[Group],
) -> Iterator[str]:
    count, hit = stats.counters, stats.clauses_hit()
    if not count.runs:
        yield "no program was run"
        return
    alike = f"{count.unsearched:,} like a known finding and not searched, " if count.unsearched else ""
    yield (
        f"{counted(count.runs, 'program')} in {seconds:.1f} s ({count.runs / max(seconds, 1e-9):,.0f}/s): "
        f"{count.allowed:,} allowed, {count.divergence:,} divergence, {alike}"
        f"{count.unknown:,} unknown ({stats.share('unknown'):.3%})"
    )
    if count.skipped:
        yield f"skipped on a target that makes no opaque calls: {counted(count.skipped, 'program')}"
    yield (
        f"exercised: {len(hit)} of the {len(IN_REACH)} clauses in reach here (of {len(CLAUSES)}), "
        f"{counted(count.atoms, 'atom')}, {counted(count.handovers, 'hand-over')}, "
        f"{counted(count.preemptions, 'forced preemption')}; "
        f"{stats.share('with_atom'):.0%} of the programs executed an atom, "
        f"{stats.share('with_handover'):.0%} saw a hand-over, "
        f"{stats.share('stuck'):.0%} got stuck and cost their process"
    )
    if count.coverage:
        yield f"coverage: {count.coverage:,} features, corpus of {count.corpus:,}"
    if missed := sorted(IN_REACH - hit):
        yield f"clauses not exercised: {' '.join(missed)}"
    if count.restarts:
        yield f"the fuzzing process was started again, {counted(count.restarts, 'time')}"
    if groups:
        yield f"findings: {counted(len(groups), 'group')} in {findings}, {len(new)} of them new in this campaign"
    else:
        yield "findings: none"
    for group in groups:
        yield from _group_lines(group, again=group in again)
    if count.unwritten:
        yield f"findings that were not written, since {findings} holds as much as it may: {count.unwritten:,}"
    if count.unknown and (findings / folders.UNKNOWN).is_dir():
        yield f"programs without a verdict: {findings / folders.UNKNOWN}"
