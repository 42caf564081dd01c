# SPDX-License-Identifier: Apache-2.0
"""Clauses, decisions, sections of the fact sheet and pages, where prose names them."""

import re
from collections.abc import Iterator
from typing import Final

import attrs
from files import ROOT, SHEETS
from sheet import DECISION, SECTION, section_anchor

from model.clauses import CLAUSES

_DECISIONS: Final = frozenset(name for text in SHEETS.values() for name in DECISION.findall(text))
_SECTIONS: Final = frozenset(number for _, number in SECTION.findall(SHEETS["facts.md"]))
_NAME: Final = re.compile(r"(?<![\w.-])(?:[A-Z]+-\d+|[DF]\d+)(?![\w-])")
_NUMBER: Final = r"\d+(?:\.\d+)?"
_CITED: Final = re.compile(rf"\b(?:[Ss]heet|[Ss]ections?) (?P<numbers>{_NUMBER}(?:(?:, | and | to ){_NUMBER})*)")

_PAGE: Final = re.compile(r"(?<![\w/.-])(docs|model/clauses)/([\w/-]+)\.(?:md|schema\.json)(?![\w-])")
_ELSEWHERE: Final = {"spec/clauses": "made/clauses/index"}
_NOT_ON_THE_SITE: Final = frozenset(("README", "design/first-contact"))


@attrs.frozen(order=True)
class Mention:
    """A piece of a text, and the label that it stands for; a page has its name behind a slash for a label."""

    start: int
    end: int
    label: str


def mentions(text: str) -> list[Mention]:
    """All of them, in order: `RING-4`, `D30`, `docs/trace.md`, and the numbers behind `sheet` or `section`."""
    return sorted([*_names(text), *_sections(text), *_pages(text)])


def _names(text: str) -> Iterator[Mention]:
    for match in _NAME.finditer(text):
        if match[0] in CLAUSES or match[0] in _DECISIONS:
            yield Mention(match.start(), match.end(), match[0].lower())


def _pages(text: str) -> Iterator[Mention]:
    for match in _PAGE.finditer(text):
        folder, name = match.groups()
        if (ROOT / folder / f"{name}.md").is_file() and name not in _NOT_ON_THE_SITE:
            page = f"made/{name}" if folder != "docs" else _ELSEWHERE.get(name, name)
            yield Mention(match.start(), match.end(), f"/{page}")


def _sections(text: str) -> Iterator[Mention]:
    for cited in _CITED.finditer(text):
        for number in re.finditer(_NUMBER, cited["numbers"]):
            if number[0] in _SECTIONS:
                start = cited.start("numbers") + number.start()
                yield Mention(start, start + len(number[0]), section_anchor(number[0]))
