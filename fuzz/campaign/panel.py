# SPDX-License-Identifier: Apache-2.0
"""What a campaign shows: a live panel on a terminal, plain lines in a pipe, a summary at the end."""

import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.live import Live
from rich.panel import Panel
from rich.table import Table

from fuzz.campaign import stats as s
from fuzz.findings import names as folders
from fuzz.findings import report
from fuzz.minimize import order
from fuzz.text import parse
from model.clauses import CLAUSES

LINE_EVERY: Final = 5.0
PANEL_EVERY: Final = 0.5


class Progress:
    """Shows counters while a campaign runs. Rates are for people; nothing that is stored depends on them."""

    def __init__(self, stats: s.Stats, console: Console, title: str, clock: Callable[[], float] = time.monotonic):
        self._stats = stats
        self._console = console
        self._title = title
        self._clock = clock
        self._started = clock()
        self._shown = self._started
        self._last = (self._started, 0)
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
        now = self._clock()
        if now - self._shown < (PANEL_EVERY if self._live else LINE_EVERY):
            return
        runs = self._stats.counters[s.RUNS]
        then, before = self._last
        self._rate = (runs - before) / max(now - then, 1e-9)
        self._last = (now, runs)
        self._shown = now
        if self._live:
            self._live.update(self._table())
        else:
            self._console.print(self.line(), soft_wrap=True, highlight=False, markup=False)

    def close(self) -> None:
        """Take the live panel away."""
        if self._live:
            self._live.stop()

    def _rows(self) -> list[tuple[str, str]]:
        c = self._stats.counters
        return [
            ("programs", f"{c[s.RUNS]:,} ({self._rate:,.0f}/s)"),
            ("coverage", f"{c[s.EDGES]:,} features, corpus {c[s.CORPUS]:,}"),
            ("allowed", f"{c[s.ALLOWED]:,}"),
            ("divergence", f"{c[s.DIVERGENCE]:,}"),
            ("unknown", f"{c[s.UNKNOWN]:,} ({self._stats.share(s.UNKNOWN):.3%})"),
            ("findings", f"{c[s.NEW]:,} new, {c[s.KNOWN]:,} known"),
            ("hand-overs", f"{c[s.HANDOVERS]:,}"),
            ("execute an atom", f"{self._stats.share(s.WITH_ATOM):.0%}"),
            ("see a hand-over", f"{self._stats.share(s.WITH_HANDOVER):.0%}"),
            ("clauses", f"{len(self._stats.clauses_hit())} of {len(s.IN_REACH)}"),
        ]

    def line(self) -> str:
        """One plain line."""
        return f"{self.seconds:4.0f} s  " + "  ".join(f"{name} {value}" for name, value in self._rows())

    def _table(self) -> Panel:
        table = Table.grid(padding=(0, 2))
        for name, value in self._rows():
            table.add_row(name, value)
        return Panel(table, title=f"{self._title} · {self.seconds:.0f} s", expand=False)


def target_of(folder: Path) -> str:
    """Where the first finding of a group was met."""
    import msgspec

    for record in sorted(folder.glob(f"*/{folders.RECORD}")):
        return str(msgspec.json.decode(record.read_bytes()).get("target", "host"))
    return "host"


def _common(folder: Path) -> dict[str, str]:
    import msgspec

    common: dict[str, str] = msgspec.json.decode((folder / folders.GROUP).read_bytes())
    return common


def _size(folder: Path) -> int:
    return order.lines(parse((folder / folders.SMALLEST).read_text(), str(folder)).program)


def by_weight(folders: Iterable[Path]) -> list[Path]:
    """Groups with the likeliest cause first: one fault shows in many ways, and most of them blame its own clause."""
    blamed = {folder: _common(folder)["clause"] for folder in folders}
    weight = Counter(blamed.values())
    return sorted(blamed, key=lambda folder: (-weight[blamed[folder]], blamed[folder], _size(folder), folder.name))


def group_lines(folder: Path) -> list[str]:
    """A group of findings in a few lines: what, by which clause, where, how small."""
    common, size = _common(folder), _size(folder)
    clause = common["clause"]
    lines = [
        f"{common['kind']} · {clause} · {common['event']}",
        f"    {report.sentence(clause)}",
        f"    {folder / folders.SMALLEST} ({size} line{'s' * (size != 1)})",
    ]
    if not _confirmed(folder):
        lines.append("    NOT CONFIRMED: no fresh start of the target showed it again")
    return lines


def _confirmed(folder: Path) -> bool:
    """Whether a fresh start showed it again, or none was tried yet."""
    import msgspec

    tried = [msgspec.json.decode(x.read_bytes()) for x in folder.glob("*/stability.json")]
    return not tried or any(one["same"] for one in tried)


def summary(stats: s.Stats, seconds: float, findings: Path, groups: list[Path], again: Collection[Path] = ()) -> str:
    """What was exercised, and where findings lie; `again` are groups of earlier campaigns that this one met."""
    c = stats.counters
    if not c[s.RUNS]:
        return "no program was run"
    hit = stats.clauses_hit()
    missed = sorted(s.IN_REACH - hit)
    rate = c[s.RUNS] / max(seconds, 1e-9)
    verdicts = (
        f"{c[s.ALLOWED]:,} allowed, {c[s.DIVERGENCE]:,} divergence, "
        f"{c[s.UNKNOWN]:,} unknown ({stats.share(s.UNKNOWN):.3%})"
    )
    exercised = (
        f"{len(hit)} of the {len(s.IN_REACH)} clauses in reach here (of {len(CLAUSES)}), "
        f"{c[s.ATOMS]:,} atoms, {c[s.HANDOVERS]:,} hand-overs, "
        f"{c[s.PREEMPTIONS]:,} forced preemptions; "
        f"{stats.share(s.WITH_ATOM):.0%} of the programs executed an atom, "
        f"{stats.share(s.WITH_HANDOVER):.0%} saw a hand-over, "
        f"{stats.share(s.STUCK):.0%} got stuck and cost their process"
    )
    lines = [
        f"{c[s.RUNS]:,} programs in {seconds:.1f} s ({rate:,.0f}/s): {verdicts}",
        f"exercised: {exercised}",
    ]
    if c[s.EDGES]:
        lines.append(f"coverage: {c[s.EDGES]:,} features, corpus of {c[s.CORPUS]:,}")
    if missed:
        lines.append("clauses not exercised: " + " ".join(missed))
    if c[s.RESTARTS]:
        lines.append(f"the fuzzing process was started again {c[s.RESTARTS]} times")
    if groups:
        new = min(c[s.NEW], len(groups))
        count = f"{len(groups)} group{'s' * (len(groups) != 1)}"
        lines.append(f"findings: {count} in {findings}, {new} of them new in this campaign")
        for group in groups:
            lines.extend(f"  {line}" for line in group_lines(group))
            if group in again:
                lines.append("      a known group, met again")
    else:
        lines.append("findings: none")
    if c[s.UNKNOWN]:
        lines.append(f"programs without a verdict: {findings / 'unknown'}")
    return "\n".join(lines)
