# SPDX-License-Identifier: Apache-2.0
"""One clause with all that belongs to it, as text and as plain data."""

import difflib
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

import attrs

from fuzz.spec import cases, chapters, decisions, switches, where
from fuzz.spec.layout import folded, headed, listed
from fuzz.spec.source import Excerpt, Place
from model.clauses import BY_NUMBER, CLAUSES, Clause, Confidence

_MEANS: Final = {
    Confidence.CERTAIN: "read in a source of the time",
    Confidence.CERTAIN_BY_CLIENT: "clients of the time work only if it is so",
    Confidence.LIKELY: "no text of v3 could be read for it; so the fact sheet recollects it, or v7 inherited it",
    Confidence.OPEN: "not known; pinned by a decision",
    Confidence.WORLD: "not about syslets: the objects and the conduct of an experiment",
}


@attrs.frozen
class Entry:
    """A clause, the functions that implement it, the files that show or once broke it, and its switch's values."""

    clause: Clause
    code: list[Place]
    kernel: list[Place]
    litmus: list[cases.Shown]
    regressions: list[cases.Shown]
    values: list[switches.Value]
    switched: list[cases.Shown]
    """Files that come out differently under the switch's other values."""

    def rules(self) -> list[Excerpt]:
        """The functions of the model with their lines."""
        return where.excerpts(self.clause, self.code)

    def functions(self) -> list[Excerpt]:
        """The functions in C with their lines, the kernel's own first."""
        return where.excerpts(self.clause, self.kernel)


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
    return [c for c in BY_NUMBER if chapters.chapter_of(c) == wanted or wanted in re.findall(r"[^\s,]+", c.source)]


def find_titled(words: str) -> list[Clause]:
    """Clauses of the chapters with such a title (`threadlet`); empty if there are none."""
    prefixes = chapters.titled(words)
    return [clause for clause in BY_NUMBER if chapters.chapter_of(clause) in prefixes]


def near(name: str) -> list[str]:
    """Ids, chapters and words of titles that are spelled much like a name that is none of them."""
    known = [*CLAUSES, *chapters.CHAPTERS, *(word for title in chapters.CHAPTERS.values() for word in title.split())]
    spelled = {word.casefold(): word for word in reversed(known)}
    return [spelled[word] for word in difflib.get_close_matches(name.casefold(), spelled, cutoff=0.75)]


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


def sources(source: str) -> str:
    """What a source's numbers are of: `fact sheet 4.2, decision D11`."""
    words = [word.strip() for word in source.split(",")]
    sections = [word for word in words if re.fullmatch(r"\d+(\.\d+)*", word)]
    pinned = [word for word in words if re.fullmatch(r"D\d+", word)]
    others = [word for word in words if word not in (*sections, *pinned)]
    told = [f"fact sheet {', '.join(sections)}"] if sections else []
    told += [f"decision{'s' * (len(pinned) > 1)} {', '.join(pinned)}"] if pinned else []
    return "; ".join((*told, *others))


def print_entry(found: Entry) -> str:
    """The entry for a terminal, without the code."""
    clause = found.clause
    lines = [*headed(clause.id, clause.text), ""]
    lines += folded("chapter", chapters.CHAPTERS[chapters.chapter_of(clause)])
    lines += folded("why", clause.why)
    lines += folded("confidence", f"{clause.confidence.value}: {_MEANS[clause.confidence]}")
    lines += folded("source", sources(clause.source))
    if clause.only:
        lines += folded("applies", f"only with {clause.only}")
    if clause.switch:
        lines += folded("switch", clause.switch)
        for value in found.values:
            name = f"{value.name} (pinned)" if value.pinned else value.name
            lines += folded("", f"{name}: {value.means}")
    lines += listed("code", found.code)
    lines += listed("kernel", found.kernel)
    lines += listed("shown by", [x.path for x in found.litmus])
    lines += listed("switched in", [x.path for x in found.switched])
    for number, regression in enumerate(found.regressions):
        lines += folded("once broken" if not number else "", regression.path)
        lines += folded("", regression.story)
    return "\n".join(lines)


def as_dict(found: Entry, *, code: bool = True) -> dict[str, Any]:
    """The whole entry as plain data, on request with the lines of each function."""
    clause = found.clause
    return {
        "id": clause.id,
        "chapter": chapters.CHAPTERS[chapters.chapter_of(clause)],
        "text": clause.text,
        "why": clause.why,
        "confidence": clause.confidence.value,
        "source": clause.source,
        "decisions": [attrs.asdict(x) for x in decisions.cited(clause.source)],
        "switch": clause.switch,
        "only": clause.only,
        "values": [attrs.asdict(value) for value in found.values],
        "code": [_excerpt(x) for x in found.rules()] if code else [_place(x) for x in found.code],
        "kernel": [_excerpt(x) for x in found.functions()] if code else [_place(x) for x in found.kernel],
        "litmus": [x.path for x in found.litmus],
        "switched": [x.path for x in found.switched],
        "regressions": [{"path": x.path, "story": x.story} for x in found.regressions],
    }


def _place(place: Place) -> dict[str, Any]:
    made: dict[str, Any] = {"path": place.path, "line": place.line, "function": place.name}
    return {**made, "cites": place.cites} if place.cites else made


def _excerpt(excerpt: Excerpt) -> dict[str, Any]:
    return {**_place(excerpt.place), "first": excerpt.first, "lines": excerpt.lines, "marked": excerpt.marked}
