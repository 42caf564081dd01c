# SPDX-License-Identifier: Apache-2.0
"""Clauses, decisions, sections of the fact sheet and pages, where prose names them."""

import re
from collections.abc import Iterator
from typing import Final

import attrs
from files import ROOT
from sheet import DECISION, SECTION, section_anchor

from model.clauses import CLAUSES

_SHEETS: Final = tuple(
    (ROOT / "docs" / "spec" / name).read_text(encoding="utf-8") for name in ("facts.md", "decisions.md")
)
_DECISIONS: Final = frozenset(name for text in _SHEETS for name in DECISION.findall(text))
_SECTIONS: Final = frozenset(number for _, number in SECTION.findall(_SHEETS[0]))
_NAME: Final = re.compile(r"(?<![\w.-])(?:[A-Z]+-\d+|[DF]\d+)(?![\w-])")
_NUMBER: Final = r"\d+(?:\.\d+)?"
_CITED: Final = re.compile(rf"\b(?:[Ss]heet|[Ss]ections?) (?P<numbers>{_NUMBER}(?:(?:, | and | to ){_NUMBER})*)")

_PAGE: Final = re.compile(r"(?<![\w/.-])docs/([\w/-]+)\.(?:md|schema\.json)(?![\w-])")
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
        if (ROOT / "docs" / f"{match[1]}.md").is_file() and match[1] not in _NOT_ON_THE_SITE:
            yield Mention(match.start(), match.end(), f"/{_ELSEWHERE.get(match[1], match[1])}")


def _sections(text: str) -> Iterator[Mention]:
    for cited in _CITED.finditer(text):
        for number in re.finditer(_NUMBER, cited["numbers"]):
            if number[0] in _SECTIONS:
                start = cited.start("numbers") + number.start()
                yield Mention(start, start + len(number[0]), section_anchor(number[0]))
