# SPDX-License-Identifier: Apache-2.0
"""No clause is graded better than the words of the sheet that it rests on: their marks are read there and compared.

How the sheet marks (0.1): a letter, bold or not, at the end of what it is about. A sentence without one has the mark of
its heading, of the paragraph above its list, or of its chapter ("unless marked otherwise"), in this order.
"""

import re
from functools import cache
from pathlib import Path
from typing import Final

import attrs
import pytest

from fuzz.spec.decisions import find
from model.clauses import BY_NUMBER, CLAUSES, Clause, Confidence
from model.clauses.evidence import EVIDENCE

FACTS: Final = Path(__file__).parents[2] / "model" / "clauses" / "facts.md"
GRADES: Final = {
    "C": Confidence.CERTAIN,
    "C*": Confidence.CERTAIN_BY_CLIENT,
    "L": Confidence.LIKELY,
    "O": Confidence.OPEN,
}
RANK: Final = ["C", "C*", "L", "O"]
_NO_MARKS: Final = ("generic C fallback",)
_SENTENCE: Final = re.compile(r"(?<=[.:]) (?=[A-Z*`])")
SYSLETS: Final = [c for c in BY_NUMBER if c.confidence is not Confidence.WORLD]


@attrs.frozen
class Statement:
    """A paragraph, an item of a list or a row; `default` is the mark of its sentences that have none."""

    text: str
    default: str | None


def weakest(found: list[str]) -> str | None:
    return max(found, key=RANK.index, default=None)


def marks(text: str) -> list[str]:
    """Letters that stand alone."""
    for other in _NO_MARKS:
        text = text.replace(other, "")
    return re.findall(r"(?<![^\s(|;,:])(C\*|C|L|O)(?=[\s).,;:|]|$)", text)


def plain(text: str) -> str:
    for written, read in (("**C***", "C*"), ("**", ""), ("\N{MINUS SIGN}", "-")):
        text = text.replace(written, read)
    return " ".join(text.split())


def _items(body: str) -> list[tuple[str, bool]]:
    """Each statement of a section, and whether it is in a list."""
    found: list[tuple[str, bool]] = []
    fresh = True
    for line in body.split("\n"):
        item = re.match(r"\s*(?:\* |\d+\. |\|)", line) is not None
        if not line.strip():
            fresh = True
        elif item or fresh or (not line.startswith(" ") and found[-1][1]):
            found.append((line, item))
            fresh = False
        else:
            found[-1] = (f"{found[-1][0]} {line}", found[-1][1])
    return [(plain(text), item) for text, item in found]


@cache
def sections() -> dict[str, list[Statement]]:
    """The sheet's statements by the number of their section."""
    found: dict[str, list[Statement]] = {}
    chapter: str | None = None
    for part in re.split(r"^##+ ", FACTS.read_text(), flags=re.MULTILINE)[1:]:
        heading, _, body = part.partition("\n")
        number = heading.split()[0].rstrip(".")
        if "." not in number:
            told = re.search(r"Unless marked otherwise this section is \*\*(.)\*\*", body)
            chapter = told.group(1) if told else None
        default = weakest(marks(plain(heading).partition(" ")[2])) or chapter
        above: str | None = None
        found[number] = []
        for text, in_list in _items(body):
            if not in_list:
                above = weakest(marks(text))
            found[number].append(Statement(text, (above if in_list and above else None) or default))
    return found


def mark_of(section: str, words: str) -> str:
    """The weakest mark of these words; ValueError when they do not stand there, or nothing marks them."""
    if section.startswith("D"):
        decision = find(section)
        if decision is None or words not in decision.text:
            raise ValueError(f"{section} does not say {words!r}")
        return "O"
    parts = [part.strip() for part in words.split("…")]
    for statement in sections()[section]:
        if re.search(".*?".join(map(re.escape, parts)), statement.text):
            own = [mark for part in parts for mark in marks(part)]
            around = [m for s in _SENTENCE.split(statement.text) if any(p in s for p in parts) for m in marks(s)]
            found = weakest(own) or weakest(around) or statement.default or weakest(marks(statement.text))
            if found is None:
                raise ValueError(f"nothing in {section} marks {words!r}")
            return found
    raise ValueError(f"{section} does not say {words!r}")


def cited(clause: Clause) -> list[str]:
    return [word.strip() for word in clause.source.split(",")]


@pytest.mark.parametrize("clause", SYSLETS, ids=lambda c: c.id)
def test_a_clause_is_as_certain_as_its_weakest_words(clause: Clause) -> None:
    found = [(mark_of(section, words), section, words) for section, words in EVIDENCE[clause.id]]
    assert GRADES[weakest([mark for mark, _, _ in found]) or "O"] is clause.confidence, found


@pytest.mark.parametrize("clause", SYSLETS, ids=lambda c: c.id)
def test_a_clause_quotes_each_section_that_it_cites(clause: Clause) -> None:
    quoted = {section for section, _ in EVIDENCE[clause.id]}
    assert quoted <= set(cited(clause))
    assert {name for name in cited(clause) if name[0].isdigit()} <= quoted


def test_what_is_about_the_world_cites_no_word_about_syslets() -> None:
    world = [clause for clause in BY_NUMBER if clause.confidence is Confidence.WORLD]
    assert set(EVIDENCE) == {clause.id for clause in SYSLETS}
    assert not [c.id for c in world for name in cited(c) if name[0].isdigit()]
    assert list(EVIDENCE) == [name for name in CLAUSES if name in EVIDENCE], "they stand in the order of the clauses"


@pytest.mark.parametrize(
    ("section", "words", "mark"),
    [
        ("1.1", "NULL ends the syslet", "C"),
        ("2.3", "Up to the first NULL: C (header).", "C"),
        ("2.3", "Unfetched arguments are 0 (L).", "L"),
        ("2.5", "If `ret_ptr` non-NULL: store `ret`.", "L"),
        ("2.5", "NULL `ret_ptr` is legal (C*", "C*"),
        ("2.6", "NONZERO | ret ≠ 0", "L"),
        ("2.6", "two or more bits | O", "O"),
        ("3.2", "clear `async_ready` of the blocking task.", "L"),
        ("4.3", "NULL → empty; else take it", "C"),
        ("6", "Plain read-modify-write, not atomic (documented as generic C fallback", "L"),
        ("6", "v1 ignored a store fault, v2+ returns `-EFAULT` (C, V2-ANN).", "C"),
        ("7.2", "the context parks itself in `sys_async_thread()` (L).", "L"),
        ("7.3", "v3 posts no ring event for a threadlet", "C"),
        ("9", "changing ring/size while work is in flight | O", "O"),
        ("D38", "the slot keeps the event", "O"),
    ],
)
def test_marks_are_read_as_the_sheet_writes_them(section: str, words: str, mark: str) -> None:
    assert mark_of(section, words) == mark


@pytest.mark.parametrize(("section", "words"), [("2.3", "no such words"), ("D38", "no such words")])
def test_words_that_are_not_there_are_refused(section: str, words: str) -> None:
    with pytest.raises(ValueError, match="does not say"):
        mark_of(section, words)
