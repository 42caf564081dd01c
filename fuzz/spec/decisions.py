# SPDX-License-Identifier: Apache-2.0
"""Decisions by number, as the pages have them: D1 to D34 in the fact sheet, the others in a list of our own."""

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Final

import attrs

from fuzz.spec.layout import folded
from model import clauses

FOLDER: Final = Path(clauses.__file__ or "").parent
_PAGES: Final = ("facts.md", "decisions.md")
_ROW: Final = re.compile(r"^\| (D\d+) \| ([^|]*) \| (.*) \| (.*?) \|$", re.MULTILINE)
_NOTHING: Final = "\N{EN DASH}"
_NUMBER: Final = re.compile(r"\bD\d+\b")
RANGE: Final = "D1 to D34 are in section 13 of model/clauses/facts.md, the others in model/clauses/decisions.md"


@attrs.frozen
class Decision:
    """A row of the tables.

    Attributes:
        page: where it stands, as a path in the project.
        switch: the switch that holds it, empty if none does.
        others: the switch's other values in words, empty if there are none.
    """

    name: str
    page: str
    switch: str
    text: str
    others: str


@cache
def decisions() -> dict[str, Decision]:
    """Every decision by its name, in the order of the numbers."""
    found: dict[str, Decision] = {}
    for page in _PAGES:
        for name, switch, text, others in _ROW.findall((FOLDER / page).read_text(encoding="utf-8")):
            found[name] = Decision(name, f"model/clauses/{page}", _plain(switch), _plain(text), _plain(others))
    return found


def is_name(name: str) -> bool:
    """Whether this is spelled as decisions are."""
    return _NUMBER.fullmatch(name.upper()) is not None


def find(name: str) -> Decision | None:
    """The decision of this name, in any case."""
    return decisions().get(name.upper())


def _plain(cell: str) -> str:
    """A cell for a terminal: a dash is nothing, and marks of Markdown are left out where they are not names."""
    text = cell.strip().replace("**", "").replace(r"\|", "|").replace(r"\*", "*").replace("\N{MINUS SIGN}", "-")
    return "" if text == _NOTHING else text


def cited(source: str) -> list[Decision]:
    """The decisions that a clause's source names."""
    known = decisions()
    return [known[name] for name in _NUMBER.findall(source) if name in known]


def print_decision(decision: Decision, cited_by: Sequence[str]) -> str:
    """The row for a terminal, and the ids of the clauses that cite it."""
    lines = [f"{decision.name}  a decision of this project ({decision.page})", *folded("", f"{decision.text}."), ""]
    for label, text in (("switch", decision.switch), ("other values", decision.others)):
        if text:
            lines += folded(label, text.replace("`", ""))
    lines += folded("clauses", ", ".join(cited_by) or "none rests on it")
    return "\n".join(lines)
