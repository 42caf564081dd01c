# SPDX-License-Identifier: Apache-2.0
"""One clause with all that belongs to it, as text and as plain data."""

import difflib
import textwrap
from collections.abc import Iterable, Mapping
from typing import Any, Final

import attrs

from fuzz.spec import cases, chapters, switches, where
from model.clauses import BY_NUMBER, CLAUSES, Clause, Confidence

_MEANS: Final = {
    Confidence.CERTAIN: "read in a source of the time",
    Confidence.CERTAIN_BY_CLIENT: "clients of the time work only if it is so",
    Confidence.LIKELY: "remembered, or so in the version that followed",
    Confidence.OPEN: "not known; pinned by a decision",
    Confidence.WORLD: "not about syslets: the objects and the conduct of an experiment",
}
_WIDTH: Final = 100
_LABEL: Final = 14


@attrs.frozen
class Entry:
    """A clause, the functions that implement it, the files that show or once broke it, and its switch's values."""

    clause: Clause
    code: list[where.Place]
    kernel: list[where.Place]
    litmus: list[cases.Shown]
    regressions: list[cases.Shown]
    values: list[switches.Value]
    switched: list[cases.Shown]
    """Files that come out differently under the switch's other values."""


def entry(clause: Clause) -> Entry:
    """Look everything up."""
    switch = clause.switch or ""
    return Entry(
        clause,
        where.in_model().get(clause.id, []),
        where.c_places(clause),
        cases.litmus_of(clause.id),
        cases.regressions_of(clause.id),
        switches.values(switch) if switch else [],
        cases.cases_of_switch(switch) if switch else [],
    )


def find(name: str) -> list[Clause]:
    """Clauses by id (`RING-4`, any case), by chapter (`RING`) or by decision (`D12`); empty if there are none."""
    wanted = name.upper()
    if wanted in CLAUSES:
        return [CLAUSES[wanted]]
    return [c for c in BY_NUMBER if chapters.chapter_of(c) == wanted or wanted in _words(c.source)]


def find_titled(words: str) -> list[Clause]:
    """Clauses of the chapters with such a title (`threadlet`); empty if there are none."""
    prefixes = chapters.titled(words)
    return [clause for clause in BY_NUMBER if chapters.chapter_of(clause) in prefixes]


def near(name: str) -> list[str]:
    """Ids, chapters and words of titles that are spelled much like a name that is none of them."""
    known = [*CLAUSES, *chapters.CHAPTERS, *(word for title in chapters.CHAPTERS.values() for word in title.split())]
    spelled = {word.casefold(): word for word in reversed(known)}
    return [spelled[word] for word in difflib.get_close_matches(name.casefold(), spelled, cutoff=0.75)]


def _words(source: str) -> set[str]:
    return set(source.replace(",", " ").split())


def print_list(clauses: Iterable[Clause], notes: Mapping[str, str] | None = None) -> str:
    """Chapters, and below each a line for each of its clauses that is wanted; a note by id makes a second line."""
    wanted = list(clauses)
    lines: list[str] = []
    for prefix, title in chapters.CHAPTERS.items():
        here = [clause for clause in wanted if chapters.chapter_of(clause) == prefix]
        if here:
            lines += ["", title]
        for clause in here:
            lines.append(f"  {clause.id:<11} {clause.text}")
            note = (notes or {}).get(clause.id)
            if note:
                lines.append(f"  {'':<11} ({note})")
    return "\n".join(lines[1:])


def print_entry(found: Entry) -> str:
    """The whole entry for a terminal."""
    clause = found.clause
    title = chapters.CHAPTERS[chapters.chapter_of(clause)]
    lines = [f"{clause.id}  {title}", *_folded("", clause.text), ""]
    lines += _folded("why", clause.why)
    lines += _folded("confidence", f"{clause.confidence.value}: {_MEANS[clause.confidence]}")
    lines += _folded("source", clause.source)
    if clause.only:
        lines += _folded("applies", f"only with {clause.only}")
    if clause.switch:
        lines += _folded("switch", clause.switch)
        for value in found.values:
            name = f"{value.name} (pinned)" if value.pinned else value.name
            lines += _folded("", f"{name}: {value.means}")
    lines += _listed("code", found.code)
    lines += _listed("kernel", found.kernel)
    lines += _listed("shown by", [x.path for x in found.litmus])
    lines += _listed("switched in", [x.path for x in found.switched])
    for number, regression in enumerate(found.regressions):
        lines += _folded("once broken" if not number else "", regression.path)
        lines += _folded("", regression.story)
    return "\n".join(lines)


def _folded(label: str, text: str) -> list[str]:
    indent = " " * (_LABEL + 2)
    return textwrap.wrap(text, _WIDTH, initial_indent=f"  {label:<{_LABEL}}", subsequent_indent=indent)


def _listed(label: str, things: Iterable[object]) -> list[str]:
    return [f"  {'' if number else label:<{_LABEL}}{thing}" for number, thing in enumerate(things)]


def as_dict(found: Entry) -> dict[str, Any]:
    """The whole entry as plain data."""
    clause = found.clause
    return {
        "id": clause.id,
        "chapter": chapters.CHAPTERS[chapters.chapter_of(clause)],
        "text": clause.text,
        "why": clause.why,
        "confidence": clause.confidence.value,
        "source": clause.source,
        "switch": clause.switch,
        "only": clause.only,
        "values": [attrs.asdict(value) for value in found.values],
        "code": [_place(place) for place in found.code],
        "kernel": [_place(place) for place in found.kernel],
        "litmus": [x.path for x in found.litmus],
        "switched": [x.path for x in found.switched],
        "regressions": [{"path": x.path, "story": x.story} for x in found.regressions],
    }


def _place(place: where.Place) -> dict[str, Any]:
    made: dict[str, Any] = {"path": place.path, "line": place.line, "function": place.name}
    return {**made, "cites": place.cites} if place.cites else made
