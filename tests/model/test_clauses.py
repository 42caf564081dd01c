# SPDX-License-Identifier: Apache-2.0
"""Every clause is cited by code and by the docs (the corpus is asked in tests/corpus).

`docs/spec/clauses.md` is made by `fuzz.spec.page`; `pytest --renew` writes it anew.
"""

import re
from collections.abc import Callable
from pathlib import Path

import attrs

from fuzz.spec import page as pages
from fuzz.spec.chapters import CHAPTERS, chapter_of
from model import clauses
from model.clauses import BY_NUMBER, CLAUSES, Confidence
from model.variant import Variant

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "spec" / "clauses.md"


def test_the_page_is_up_to_date(golden: Callable[[Path, str], None]) -> None:
    page = pages.page()
    golden(PAGE, page)
    assert all(f'id="{name}"' in page for name in CLAUSES)


def test_every_clause_has_a_chapter() -> None:
    assert {chapter_of(clause) for clause in BY_NUMBER} == set(CHAPTERS)


def test_numbers_follow_the_order_of_reading() -> None:
    """They are indices of stored counters: modules imported in another order would give every clause another one."""
    chapters = list(CHAPTERS)
    place = {x.id: (chapters.index(chapter_of(x)), int(x.id.rsplit("-", 1)[1])) for x in BY_NUMBER}
    assert [clause.id for clause in BY_NUMBER] == sorted(place, key=place.__getitem__)
    assert [clause.number for clause in BY_NUMBER] == list(range(len(CLAUSES)))


def test_no_module_of_the_registry_is_long() -> None:
    for path in (ROOT / "model" / "clauses").glob("*.py"):
        assert len(path.read_text().splitlines()) < 300, path.name


def test_every_clause_is_cited_by_code() -> None:
    code = "".join(p.read_text() for p in (ROOT / "model").rglob("*.py") if p.parent.name != "clauses")
    cited = set(re.findall(r"\b(?:clauses|c)\.([A-Z]+_\d+)", code))
    assert {name.replace("-", "_") for name in CLAUSES} == cited


def test_switches_exist() -> None:
    fields = {field.name for field in attrs.fields(Variant)}
    named = {clause.switch for clause in BY_NUMBER if clause.switch}
    assert named == fields


def test_what_is_open_says_which_decision_pins_it() -> None:
    for clause in BY_NUMBER:
        if clause.confidence is Confidence.OPEN:
            assert re.search(r"\bD\d+", clause.source), clause.id


def test_the_constants_are_the_numbers() -> None:
    for clause in BY_NUMBER:
        assert getattr(clauses, clause.id.replace("-", "_")) == clause.number
