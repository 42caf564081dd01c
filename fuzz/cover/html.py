# SPDX-License-Identifier: Apache-2.0
"""Coverage of the specification as one HTML page that needs nothing else: no script, no font, no network."""

import re
from collections.abc import Iterator, Mapping
from html import escape
from typing import Final

from fuzz.cover.lines import File, Lines
from fuzz.cover.measure import Coverage
from fuzz.cover.show import share
from fuzz.findings.report import counted
from fuzz.spec.chapters import CHAPTERS, by_chapter
from model.clauses import BY_NUMBER

_STYLE: Final = """\
:root { color-scheme: light dark; --hit: #1a7f37; --miss: #cf222e; --line: #8884; }
@media (prefers-color-scheme: dark) { :root { --hit: #57ab5a; --miss: #f47067; } }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 0 auto; padding: 1rem; }
table { border-collapse: collapse; width: 100%; }
td, th { text-align: left; vertical-align: top; padding: .25rem .75rem .25rem 0; border-top: 1px solid var(--line); }
td.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
tr.never td { color: var(--miss); }
td { overflow-wrap: anywhere; }
td[id], .id { white-space: nowrap; }
pre { font: 13px/1.45 ui-monospace, monospace; overflow-x: auto; }
pre span { display: block; padding-left: .5rem; border-left: 4px solid transparent; }
pre .hit { border-color: var(--hit); }
pre .miss { border-color: var(--miss); background: color-mix(in srgb, var(--miss) 14%, transparent); }
summary { cursor: pointer; }
ul { margin: .25rem 0; padding-left: 1.25rem; }
"""


def page(covered: Coverage) -> str:
    """The whole page."""
    return "\n".join(_page(covered)) + "\n"


def _page(covered: Coverage) -> Iterator[str]:
    yield '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>Coverage of the specification</title><style>\n{_STYLE}</style></head><body>"
    yield "<h1>Coverage of the specification</h1>"
    yield (
        f"<p>{counted(len(covered.programs), 'program')}: {len(BY_NUMBER) - len(covered.never)} of {len(BY_NUMBER)} "
        f"clauses exercised, {counted(len(covered.transitions), 'different transition')} from event to event.</p>"
    )
    if covered.never:
        yield f"<p>Never exercised: {_whole_ids(', '.join(map(escape, covered.never)))}.</p>"
    yield "<h2>Clauses</h2>"
    for prefix, clauses in by_chapter():
        yield f"<h3>{escape(CHAPTERS[prefix])}</h3>"
        yield "<table><tr><th>clause</th><th>says</th><th>times</th><th>programs</th></tr>"
        for clause in clauses:
            prose = re.sub(r"`([^`]*)`", r"<code>\1</code>", escape(clause.text))
            cells = f'<td id="{clause.id}">{clause.id}</td><td>{_whole_ids(prose)}</td>'
            yield _row(cells, covered.clauses[clause.id])
        yield "</table>"
    yield "<h2>Transitions</h2>"
    yield "<table><tr><th>from</th><th>to</th><th>times</th><th>programs</th></tr>"
    for (before, after), programs in sorted(covered.transitions.items()):
        yield _row(f"<td>{escape(before)}</td><td>{escape(after)}</td>", programs)
    yield "</table>"
    if covered.events:
        yield f"<details><summary>{counted(len(covered.events), 'event')} never said</summary>"
        yield f"<p>{', '.join(map(escape, covered.events))}</p></details>"
    yield from _lines("Lines of the model", covered.model)
    yield from _lines("Lines of the kernel files", covered.kernel)
    yield "</body></html>"


def _whole_ids(text: str) -> str:
    """Ids of clauses are not broken at their hyphen."""
    return re.sub(r"\b[A-Z]+-\d+\b", r'<span class="id">\g<0></span>', text)


def _row(cells: str, programs: Mapping[str, int]) -> str:
    """What was exercised, how often, and by which programs."""
    kind = "" if programs else ' class="never"'
    items = "".join(f"<li>{escape(path)} ({count})</li>" for path, count in programs.items())
    listed = f"<details><summary>{len(programs)}</summary><ul>{items}</ul></details>" if programs else "none"
    return f'<tr{kind}>{cells}<td class="n">{sum(programs.values())}</td><td>{listed}</td></tr>'


def _lines(title: str, lines: Lines) -> Iterator[str]:
    yield f"<h2>{title}</h2>"
    if lines.problem:
        yield f"<p>Not measured: {escape(lines.problem)}</p>"
        return
    yield f"<p>{share(lines.files)}</p>"
    for file in lines.files:
        if file.counts:
            summary = f"{escape(file.path)}: {share([file])}"
            yield f"<details><summary>{summary}</summary><pre>{''.join(_source(file))}</pre></details>"


def _source(file: File) -> Iterator[str]:
    kinds = {None: "", 0: ' class="miss"'}
    for number, text in enumerate(file.source.splitlines(), start=1):
        kind = kinds.get(file.counts.get(number), ' class="hit"')
        yield f"<span{kind}>{number:>4} {escape(text)}</span>"
