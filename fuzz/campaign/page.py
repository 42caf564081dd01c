# SPDX-License-Identifier: Apache-2.0
"""A campaign as one HTML page that needs nothing else: no script, no font, no network."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from html import escape
from itertools import pairwise
from pathlib import Path
from typing import Final

import attrs

from fuzz.campaign import chart
from fuzz.campaign.folder import STATS, Run, runs_of
from fuzz.campaign.history import KILLED, START, History, Moment
from fuzz.campaign.panel import by_weight
from fuzz.campaign.stats import IN_REACH
from fuzz.findings import names as folders
from fuzz.findings.group import Group, findings_in
from fuzz.findings.report import counted, sentence
from fuzz.findings.store import Store
from fuzz.oracle import judge_trace
from fuzz.spec.chapters import CHAPTERS, by_chapter
from fuzz.tell import svg
from fuzz.tell.retell import retell
from fuzz.text import parse
from fuzz.text.tracefile import from_json
from model import image as layout

_PICTURES: Final = 40
"""Groups that are drawn; further ones are listed."""
_ROOM: Final = 900.0
_STYLE: Final = """\
:root { color-scheme: light dark; --ink: #1c2530; --soft: #5b6775; --line: #8884; --mark: #1664d9; --bad: #c62828; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6ebf1; --soft: #a3afbd; --mark: #6ea8ff; --bad: #ff7b72; }
}
* { box-sizing: border-box; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 0 auto; padding: 1rem; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; } h2 { margin-top: 2.5rem; font-size: 1.2rem; } h3 { font-size: 1rem; margin-bottom: .25rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
td, th { text-align: left; vertical-align: top; padding: .25rem .75rem .25rem 0; border-top: 1px solid var(--line); }
td.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.id { white-space: nowrap; } .soft { color: var(--soft); } .never { color: var(--bad); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; margin: 0; } dd { margin: 0; }
pre { font: 13px/1.45 ui-monospace, monospace; overflow-x: auto; }
svg.chart { display: block; width: 100%; height: auto; max-width: 45rem; }
.chart path, .chart polyline { fill: none; } .chart .axis { stroke: var(--soft); }
.chart .line { stroke: var(--mark); stroke-width: 2; } .chart .run { stroke: var(--line); stroke-dasharray: 3 3; }
.chart text { fill: var(--soft); font: 12px system-ui, sans-serif; }
@media (max-width: 600px) { .chart text { font-size: 24px; } dl { grid-template-columns: 1fr 1fr; } }
.picture { overflow-x: auto; }
"""


@attrs.frozen
class Campaign:
    """What a page tells of: its name, its findings, and its history, which a folder of findings alone has not."""

    name: str
    groups: list[Group]
    unknown: int
    moments: Sequence[Moment]
    runs: Sequence[Run]
    damaged: list[str]


def read(folder: Path, findings: Path) -> Campaign:
    """What lies in a campaign's folder; `findings` may be that folder itself. Nothing is run or changed."""
    store = Store(findings, mend=False)
    history = History(folder / STATS)
    unknown = sum(1 for _ in (findings / folders.UNKNOWN).glob("[!.]*"))
    damaged = [*store.damaged, *history.trouble]
    groups = by_weight(store.groups.values())
    return Campaign(folder.resolve().name, groups, unknown, history.moments, runs_of(folder), damaged)


def page(campaign: Campaign) -> str:
    """The whole page."""
    title = f"Campaign {escape(campaign.name)}"
    body = "\n".join(
        [*_summary(campaign), *_history(campaign), *_groups(campaign), *_clauses(campaign), *_runs(campaign)]
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title><style>\n{_STYLE}</style></head><body>\n<h1>{title}</h1>\n{body}\n</body></html>\n"
    )


def _summary(campaign: Campaign) -> Iterator[str]:
    groups = campaign.groups
    sure = sum(group.confirmed for group in groups)
    rows = [
        ("findings", f"{counted(len(groups), 'group')}, {sure} of them confirmed"),
        ("without a verdict", f"{campaign.unknown:,} programs"),
    ]
    if campaign.moments:
        last = campaign.moments[-1]
        got = last.counted
        runs = got.get("runs", 0)
        killed = sum(x.event == KILLED for x in campaign.moments)
        rows = [
            ("programs", f"{runs:,} in {chart.duration(last.seconds)} ({runs / max(last.seconds, 1e-9):,.0f}/s)"),
            ("runs", f"{last.run}, of which {killed} were killed"),
            ("coverage", f"{got.get('coverage', 0):,} features"),
            ("clauses", f"{len(IN_REACH) - len(last.missed)} of {len(IN_REACH)} exercised"),
            ("verdicts", ", ".join(f"{got.get(x, 0):,} {x}" for x in ("allowed", "divergence", "unknown"))),
            ("like a known finding", f"{got.get('unsearched', 0):,}, not searched"),
            ("hand-overs", f"{got.get('handovers', 0):,}"),
            ("started again", f"{got.get('restarts', 0):,} times"),
            *rows,
        ]
    yield "<dl>" + "".join(f"<dt>{name}</dt><dd>{escape(value)}</dd>" for name, value in rows) + "</dl>"
    for line in campaign.damaged:
        yield f'<p class="never">{escape(line)}</p>'


def _history(campaign: Campaign) -> Iterator[str]:
    moments = campaign.moments
    if not moments:
        return
    begun = [x.seconds for x in moments if x.event == START]
    yield "<h2>Coverage over time</h2>"
    yield chart.line([(x.seconds, x.counted.get("coverage", 0)) for x in moments], "coverage, in features", begun)
    grew = [b for a, b in pairwise(moments) if b.counted.get("coverage", 0) > a.counted.get("coverage", 0)]
    if grew:
        ago = moments[-1].seconds - grew[-1].seconds
        yield f'<p class="soft">It last grew {chart.duration(ago)} before the end. Dashed lines: a run began.</p>'
    yield "<h2>Throughput</h2>"
    yield chart.line(list(_rates(moments)), "programs a second", begun)


def _rates(moments: Sequence[Moment]) -> Iterator[chart.Point]:
    for before, after in pairwise(moments):
        passed = after.seconds - before.seconds
        if passed >= 1:
            yield after.seconds, (after.counted.get("runs", 0) - before.counted.get("runs", 0)) / passed


def _groups(campaign: Campaign) -> Iterator[str]:
    yield "<h2>Findings</h2>"
    if not campaign.groups:
        yield "<p>None.</p>"
    for number, group in enumerate(campaign.groups):
        clause, kind, event = group.signature
        yield f'<h3 id="{escape(group.folder.name)}">{escape(kind)} · {escape(clause)} · {escape(event)}</h3>'
        yield f"<p>{escape(sentence(clause))}</p>"
        yield f'<p class="soft">{escape(_sure(group))}; {counted(group.lines, "line")}</p>'
        yield f"<pre>{escape(group.text)}</pre>"
        if number < _PICTURES:
            yield from _picture(group)


def _sure(group: Group) -> str:
    if group.starts is None:
        return "not run again yet"
    same, runs = group.starts
    return (
        f"shown again by {same} of {runs} fresh starts" if same else f"NOT CONFIRMED: none of {runs} starts showed it"
    )


def _picture(group: Group) -> Iterator[str]:
    """What the target showed beside what is allowed; nothing where it gave no trace."""
    for finding in findings_in(group.folder):
        for program, trace in folders.WITNESSES.items():
            try:
                case = parse((finding / program).read_text(encoding="utf-8"), program)
                observed = from_json((finding / trace).read_bytes())
                image = layout.build(case.program)
                verdict = judge_trace(case.program, image, observed, deep=case.deep).verdict
                story = retell(case.program, observed, "the target", verdict, against_model=True, deep=case.deep)
            except (OSError, ValueError):
                continue
            yield f'<div class="picture">{svg.render(story, group.folder.name, room=_ROOM)}</div>'
            return


def _clauses(campaign: Campaign) -> Iterator[str]:
    if not campaign.moments:
        return
    missed = set(campaign.moments[-1].missed)
    blamed = {group.signature[0] for group in campaign.groups}
    yield "<h2>Clauses</h2>"
    yield "<div class=wide><table><tr><th>chapter</th><th>met</th><th>never met</th><th>blamed</th></tr>"
    for prefix, clauses in by_chapter():
        mine = [x.id for x in clauses if x.id in IN_REACH]
        never = [x for x in mine if x in missed]
        found = [x for x in mine if x in blamed]
        yield (
            f"<tr><td>{escape(CHAPTERS[prefix])}</td><td class=n>{len(mine) - len(never)} of {len(mine)}</td>"
            f'<td class="never">{_ids(never)}</td><td>{_ids(found)}</td></tr>'
        )
    yield "</table></div>"


def _ids(clauses: list[str]) -> str:
    return " ".join(f'<span class="id">{x}</span>' for x in clauses)


def _runs(campaign: Campaign) -> Iterator[str]:
    if not campaign.runs:
        return
    yield "<h2>Runs and machines</h2>"
    yield "<div class=wide><table><tr><th>run</th><th>began</th><th>machine</th><th>builds</th><th>options</th></tr>"
    for run in campaign.runs:
        began = datetime.fromtimestamp(run.at, UTC).strftime("%Y-%m-%d %H:%M UTC")
        builds = " ".join(run.builds.values())
        options = " ".join(f"{k}={v}" for k, v in run.options.items() if k not in ("campaign", "findings", "corpus"))
        cells = (began, f"{run.machine}; syslets {run.version}, model {run.model}", builds, options)
        yield f"<tr><td class=n>{run.run}</td>" + "".join(f"<td>{escape(x)}</td>" for x in cells) + "</tr>"
    yield "</table></div>"
