# SPDX-License-Identifier: Apache-2.0
"""Coverage of the specification as one HTML page that needs nothing else: no script, no font, no network."""

import re
from collections.abc import Iterator, Mapping
from html import escape
from typing import Final

from fuzz.cover.lines import File, Lines
from fuzz.cover.measure import Coverage
from fuzz.cover.show import share
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
td[id] { white-space: nowrap; }
pre { font: 13px/1.45 ui-monospace, monospace; overflow-x: auto; }
pre span { display: block; padding-left: .5rem; border-left: 4px solid transparent; }
pre .hit { border-color: var(--hit); }
pre .miss { border-color: var(--miss); background: color-mix(in srgb, var(--miss) 14%, transparent); }
summary { cursor: pointer; }
ul { margin: .25rem 0; padding-left: 1.25rem; }
"""


def page(covered: Coverage) -> str:
    """The whole page."""
    exercised = len(BY_NUMBER) - len(covered.never)
    told = (
        f"{len(covered.programs)} programs exercise {exercised} of {len(BY_NUMBER)} clauses and make "
        f"{len(covered.transitions)} different transitions from event to event."
    )
    return "\n".join([
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>Coverage of the specification</title><style>\n{_STYLE}</style></head><body>",
        "<h1>Coverage of the specification</h1>",
        f"<p>{told}</p>",
        *_never(covered),
        "<h2>Clauses</h2>",
        *_clauses(covered),
        "<h2>Transitions</h2>",
        *_transitions(covered),
        *_lines("Lines of the model", covered.model),
        *_lines("Lines of the kernel files", covered.kernel),
        "</body></html>\n",
    ])  # fmt: skip


def _never(covered: Coverage) -> Iterator[str]:
    if covered.never:
        yield f"<p>Never exercised: {', '.join(escape(x) for x in covered.never)}.</p>"
    if covered.events:
        yield f"<p>Events never said: {', '.join(escape(x) for x in covered.events)}.</p>"


def _clauses(covered: Coverage) -> Iterator[str]:
    for prefix, clauses in by_chapter():
        yield f"<h3>{escape(CHAPTERS[prefix])}</h3>"
        yield "<table><tr><th>clause</th><th>says</th><th>times</th><th>programs</th></tr>"
        for clause in clauses:
            programs = covered.clauses[clause.id]
            yield (
                f'<tr{_never_class(programs)}><td id="{clause.id}">{clause.id}</td><td>{_prose(clause.text)}</td>'
                f'<td class="n">{sum(programs.values())}</td><td>{_programs(programs)}</td></tr>'
            )
        yield "</table>"


def _prose(text: str) -> str:
    """A sentence with its code set as such."""
    return re.sub(r"`([^`]*)`", r"<code>\1</code>", escape(text))


def _never_class(programs: Mapping[str, int]) -> str:
    return "" if programs else ' class="never"'


def _programs(programs: Mapping[str, int]) -> str:
    if not programs:
        return "none"
    items = "".join(f"<li>{escape(path)} ({count})</li>" for path, count in programs.items())
    return f"<details><summary>{len(programs)}</summary><ul>{items}</ul></details>"


def _transitions(covered: Coverage) -> Iterator[str]:
    yield "<table><tr><th>from</th><th>to</th><th>times</th><th>programs</th></tr>"
    for (before, after), programs in sorted(covered.transitions.items()):
        yield (
            f'<tr><td>{escape(before)}</td><td>{escape(after)}</td><td class="n">{sum(programs.values())}</td>'
            f"<td>{_programs(programs)}</td></tr>"
        )
    yield "</table>"


def _lines(title: str, lines: Lines) -> Iterator[str]:
    yield f"<h2>{title}</h2>"
    if lines.problem:
        yield f"<p>Not measured: {escape(lines.problem)}</p>"
        return
    yield f"<p>{share(lines.files)}</p>"
    for file in lines.files:
        if file.counts:
            summary = f"{escape(file.path)}: {share([file])}"
            yield f"<details><summary>{summary}</summary><pre>{_source(file)}</pre></details>"


def _source(file: File) -> str:
    made = []
    for number, text in enumerate(file.source.splitlines(), start=1):
        count = file.counts.get(number)
        kind = "" if count is None else ' class="hit"' if count else ' class="miss"'
        made.append(f"<span{kind}>{number:>4} {escape(text)}</span>")
    return "".join(made)
