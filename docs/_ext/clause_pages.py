# SPDX-License-Identifier: Apache-2.0
"""A page for each chapter of clauses; `RING-4` keeps its anchor `ring-4` for good."""

from collections.abc import Iterable

from code_pages import kernel_link, model_link
from files import Files, case_link, switch_link, toctree
from man_pages import of_chapter
from sheet import linked

from fuzz.spec.cases import Shown
from fuzz.spec.chapters import CHAPTERS, by_chapter
from fuzz.spec.entry import Entry, entry


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
        "Each numbered sentence of the specification. Its page tells why, how certain it is, which code implements it, "
        "and which programs show it. `syslet spec RING-4` tells the same."
    )
    hidden = toctree(prefix.lower() for prefix, _ in by_chapter()).replace(":maxdepth: 1", ":hidden:\n:maxdepth: 1")
    made["clauses/index.md"] = "\n".join(["# Clauses", "", about, "", hidden, *rows])
    return made


def _section(found: Entry) -> list[str]:
    clause = found.clause
    only = f"; only with `{clause.only}`" if clause.only else ""
    lines = [f"({clause.id.lower()})=", f"## {clause.id}", "", clause.text, "", f"*Why:* {clause.why}", ""]
    lines += [f"* {clause.confidence.value}; source {linked(clause.source)}{only}"]
    for value in found.values:
        switch = switch_link(clause.switch or "", value.name)
        lines += [f"* {'pinned' if value.pinned else 'otherwise'} {switch}: {value.means}"]
    lines += _listed("code", dict.fromkeys(model_link(place) for place in found.code))
    lines += _listed(
        "kernel", dict.fromkeys(f"{kernel_link(place)} ({place.path}:{place.line})" for place in found.kernel)
    )
    lines += _listed("shown by", _links(found.litmus))
    lines += _listed("differs in", _links(found.switched))
    lines += _listed("once broken by", _links(found.regressions))
    for case in found.litmus[:1]:
        lines += ["", f":::{{picture}} {case.path}", ":folded:", ":::"]
    return [*lines, ""]


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
