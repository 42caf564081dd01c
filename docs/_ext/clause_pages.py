# SPDX-License-Identifier: Apache-2.0
"""A page for each chapter of clauses; `RING-4` keeps its anchor `ring-4` for good."""

from collections.abc import Iterable, Iterator
from typing import Final

from code_pages import kernel_link, model_link
from files import Files, case_link, switch_link, toctree
from man_pages import of_chapter
from sheet import linked

from fuzz.spec.cases import Shown
from fuzz.spec.chapters import CHAPTERS, by_chapter
from fuzz.spec.entry import Entry, entry
from fuzz.spec.source import Excerpt
from fuzz.spec.titles import title

_TAB: Final = 4
"""Columns of a tab where the width of a page holds two files."""


def pages() -> Files:
    """The chapters and their index."""
    made: Files = {}
    rows = []
    for prefix, clauses in by_chapter():
        name = prefix.lower()
        lines = [f"# {CHAPTERS[prefix]}", ""]
        if manual := of_chapter(prefix):
            lines += [f"For programs in C: {manual}.", ""]
        for clause in clauses:
            lines += _section(entry(clause))
        made[f"clauses/{name}.md"] = "\n".join(lines)
        rows += [f"## {CHAPTERS[prefix]}", ""]
        rows += [f"* {{ref}}`{clause.id} <{clause.id.lower()}>`: {clause.text}" for clause in clauses] + [""]
    about = (
        "Each numbered sentence of the specification. Its page tells why, how certain it is, which programs show it, "
        "and how both sides implement it: the rule in Python beside the function in C, the lines that speak of the "
        "clause marked. `syslet spec RING-4` tells the same."
    )
    hidden = toctree(prefix.lower() for prefix, _ in by_chapter()).replace(":maxdepth: 1", ":hidden:\n:maxdepth: 1")
    made["clauses/index.md"] = "\n".join(["# Clauses", "", about, "", hidden, *rows])
    return made


def _section(found: Entry) -> list[str]:
    clause = found.clause
    only = f"; only with `{clause.only}`" if clause.only else ""
    called = title(clause)
    lines = [f"({clause.id.lower()})=", f"## {called}", ""]
    if called.endswith("\N{HORIZONTAL ELLIPSIS}"):
        lines += [clause.text, ""]
    lines += [f"*Why:* {clause.why}", ""]
    lines += [f"* {clause.confidence.value}; source {linked(clause.source)}{only}"]
    for value in found.values:
        switch = switch_link(clause.switch or "", value.name)
        lines += [f"* {'pinned' if value.pinned else 'otherwise'} {switch}: {value.means}"]
    lines += _listed("shown by", _links(found.litmus))
    lines += _listed("differs in", _links(found.switched))
    lines += _listed("once broken by", _links(found.regressions))
    lines += ["", "::::{container} beside", ":::{container} rule"]
    lines += [line for excerpt in found.rules() for line in _excerpt(excerpt, model_link(excerpt.place), "python")]
    lines += [":::", ":::{container} kernel"]
    lines += [line for excerpt in found.functions() for line in _excerpt(excerpt, kernel_link(excerpt.place), "c")]
    lines += [":::", "::::"]
    for case in found.litmus[:1]:
        lines += ["", f":::{{picture}} {case.path}", ":folded:", ":::"]
    return [*lines, ""]


def _excerpt(excerpt: Excerpt, link: str, language: str) -> Iterator[str]:
    """A function below a link to it, the lines that speak of the clause marked; of a long one what is around them."""
    place = excerpt.place
    cites = f" ({linked(place.cites)})" if place.cites else ""
    yield from ("", f"{link}{cites}, {place.path}:{place.line}", "")
    for window in excerpt.windows():
        shown = [excerpt.line(number).expandtabs(_TAB) for number in window]
        marked = [number - window.start + 1 for number in excerpt.marked if number in window]
        yield from (f"```{{code-block}} {language}", f":lineno-start: {window.start}")
        if marked:
            yield f":emphasize-lines: {','.join(map(str, marked))}"
        yield from ("", *shown, "```", "")


def _links(cases: Iterable[Shown]) -> list[str]:
    return [
        f"{case_link(case.path)} ({case_link(case.path, '#picture').replace(_stem(case), 'picture', 1)})"
        for case in cases
    ]


def _stem(case: Shown) -> str:
    return case.path.rsplit("/", 1)[-1].removesuffix(".syslet")


def _listed(label: str, things: Iterable[str]) -> list[str]:
    told = ", ".join(things)
    return [f"* {label}: {told}"] if told else []
