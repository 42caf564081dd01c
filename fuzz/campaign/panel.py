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

from fuzz.campaign.stats import IN_REACH, Stats
from fuzz.findings import names as folders
from fuzz.findings.report import counted, sentence
from fuzz.findings.store import Group
from model.clauses import CLAUSES

LINE_EVERY: Final = 5.0
PANEL_EVERY: Final = 0.5


class Progress:
    """Shows counters while a campaign runs. Rates are for people; nothing that is stored depends on them."""

    def __init__(self, stats: Stats, console: Console, title: str, clock: Callable[[], float] = time.monotonic):
        self._stats = stats
        self._console = console
        self._title = title
        self._clock = clock
        self._started = self._shown = clock()
        self._runs = 0
        self._rate = 0.0
        self._live: Live | None = None
        if console.is_terminal:
            self._live = Live(console=console, refresh_per_second=4, transient=True)
            self._live.start()

    @property
    def seconds(self) -> float:
        """Since the campaign began."""
        return self._clock() - self._started

    def tick(self) -> None:
        """Show, if it is time to."""
        passed = self._clock() - self._shown
        if passed < (PANEL_EVERY if self._live else LINE_EVERY):
            return
        runs = self._stats.counters.runs
        self._rate = (runs - self._runs) / max(passed, 1e-9)
        self._runs = runs
        self._shown += passed
        if self._live:
            table = Table.grid(padding=(0, 2))
            for row in self._rows():
                table.add_row(*row)
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
        yield "programs", f"{count.runs:,} ({self._rate:,.0f}/s)"
        if stats.minimizing:
            yield "minimizing", "a finding"
        if count.coverage:  # libFuzzer tells it when it has run the seeds
            yield "coverage", f"{count.coverage:,} features, corpus {count.corpus:,}"
        yield "allowed", f"{count.allowed:,}"
        yield "divergence", f"{count.divergence:,}"
        yield "unknown", f"{count.unknown:,} ({stats.share('unknown'):.3%})"
        yield "findings", f"{count.findings_new:,} new, {count.findings_known:,} known"
        yield "hand-overs", f"{count.handovers:,}"
        yield "execute an atom", f"{stats.share('with_atom'):.0%}"
        yield "see a hand-over", f"{stats.share('with_handover'):.0%}"
        yield "clauses", f"{len(stats.clauses_hit())} of {len(IN_REACH)}"


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
    if not group.confirmed:
        yield "      NOT CONFIRMED: no fresh start of the target showed it again"
    if group.unfinished:
        yield "      not minimized yet: `syslet triage` does it, and so does the next campaign with these options"
    if again:
        yield "      a known group, met again"


def summary(
    stats: Stats, seconds: float, findings: Path, groups: Collection[Group], again: Collection[Group] = ()
) -> str:
    """What was exercised, and where findings lie; `again` are groups of earlier campaigns that this one met."""
    return "\n".join(_summary(stats, seconds, findings, groups, again))


def _summary(
    stats: Stats, seconds: float, findings: Path, groups: Collection[Group], again: Collection[Group]
) -> Iterator[str]:
    count, hit = stats.counters, stats.clauses_hit()
    if not count.runs:
        yield "no program was run"
        return
    yield (
        f"{counted(count.runs, 'program')} in {seconds:.1f} s ({count.runs / max(seconds, 1e-9):,.0f}/s): "
        f"{count.allowed:,} allowed, {count.divergence:,} divergence, "
        f"{count.unknown:,} unknown ({stats.share('unknown'):.3%})"
    )
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
        new = min(count.findings_new, len(groups))
        yield f"findings: {counted(len(groups), 'group')} in {findings}, {new} of them new in this campaign"
    else:
        yield "findings: none"
    for group in groups:
        yield from _group_lines(group, again=group in again)
    if count.unknown:
        yield f"programs without a verdict: {findings / folders.UNKNOWN}"
