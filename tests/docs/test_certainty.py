# SPDX-License-Identifier: Apache-2.0
"""What the pages say of certainty, of decisions and of switches is what the registry says."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest

from model.clauses import BY_NUMBER, CLAUSES, Confidence
from model.variant import Variant

DOCS = Path(__file__).parents[2] / "docs"
CERTAINTY = (DOCS / "certainty.md").read_text()
FACTS = (DOCS.parent / "model" / "clauses" / "facts.md").read_text()
DECISIONS = (DOCS.parent / "model" / "clauses" / "decisions.md").read_text()
SECTIONS = {
    "Certain": Confidence.CERTAIN,
    "Certain by client": Confidence.CERTAIN_BY_CLIENT,
    "Likely": Confidence.LIKELY,
    "Open": Confidence.OPEN,
    "World": Confidence.WORLD,
}


def section(title: str) -> str:
    return re.split(r"^## ", CERTAINTY.split(f"## {title}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]


def listed(text: str) -> Iterator[str]:
    """Ids in a text, with those in between for `STOP-1 to STOP-4`."""
    for chapter, first, last in re.findall(r"\b([A-Z]+)-(\d+)(?:\s+to\s+\1-(\d+))?", text):
        yield from (f"{chapter}-{number}" for number in range(int(first), int(last or first) + 1))


def clauses(confidence: Confidence) -> list[str]:
    return [clause.id for clause in BY_NUMBER if clause.confidence is confidence]


@pytest.mark.parametrize("title", SECTIONS)
def test_each_section_names_its_clauses(title: str) -> None:
    found = [
        name
        for text in re.findall(r"^Clauses[^:]*:(.*?)(?:\n\n|\Z)", section(title), re.MULTILINE | re.DOTALL)
        for name in listed(text)
    ]
    assert sorted(found, key=list(CLAUSES).index) == clauses(SECTIONS[title])


def test_those_with_a_switch_and_those_without_are_told_apart() -> None:
    switched, _, plain = section("Open").partition("Clauses without one:")
    assert all(CLAUSES[name].switch for name in listed(switched))
    assert not any(CLAUSES[name].switch for name in listed(plain))
    (told,) = re.findall(r"(\d+) of them have a switch", section("Likely"))
    assert int(told) == sum(bool(CLAUSES[name].switch) for name in clauses(Confidence.LIKELY))


def test_the_counts_are_those_of_the_registry() -> None:
    found = Counter(clause.confidence for clause in BY_NUMBER)
    world = found.pop(Confidence.WORLD)
    counts = (len(BY_NUMBER), found.total(), *(found[confidence] for confidence in list(SECTIONS.values())[:-1]), world)
    (told,) = re.findall(
        r"Of the (\d+) clauses (\d+) are .*: (\d+) certain, (\d+) certain by client, (\d+) likely, (\d+) open\. "
        r"The other (\d+)\n",
        CERTAINTY,
    )
    assert tuple(map(int, told)) == counts
    assert 0.45 < found[Confidence.LIKELY] / found.total() < 0.55, "about half"


def rows(text: str) -> dict[str, str]:
    """Decisions in the tables of a page, and what stands in the column of the switch."""
    return dict(re.findall(r"^\| (D\d+) \| (.+?) \|", text, re.MULTILINE))


def test_the_page_of_decisions_says_which_switches_of_the_sheet_do_not_exist() -> None:
    switches = {field.name for field in attrs.fields(Variant)}
    named = {(name, switch.strip("`")) for name, switch in (rows(FACTS) | rows(DECISIONS)).items() if "`" in switch}
    assert switches <= {switch for _, switch in named}
    missing = {(name, switch) for name, switch in named if switch not in switches}
    (note,) = re.findall(r"do not exist: (`.*?)\. They concern", DECISIONS, re.DOTALL)
    assert {(name, switch) for switch, name in re.findall(r"`(\w+)`\s+\((D\d+)\)", note)} == missing
    in_certainty = set(re.findall(r"\bD\d+\b", section("Signals and credentials")))
    assert in_certainty == {name for name, _ in missing}
    assert not any(in_certainty & set(re.findall(r"\bD\d+\b", clause.source)) for clause in BY_NUMBER)


def test_numbers_that_do_not_exist_are_named() -> None:
    numbers = {int(name[1:]) for name in rows(FACTS) | rows(DECISIONS)}
    gaps = [number for number in range(1, max(numbers) + 1) if number not in numbers]
    (told,) = re.findall(r"(D[^.]*?)\s+do not exist; no number is used again", DECISIONS)
    named = re.findall(r"D(\d+)(?: to D(\d+))?", told)
    assert [number for a, b in named for number in range(int(a), int(b or a) + 1)] == gaps


def test_what_is_said_to_have_no_clause_has_none() -> None:
    """All of them, each in one row."""
    (note,) = re.findall(r"It gives every decision a clause\.(.*?)Which clauses", DECISIONS, re.DOTALL)
    cited = set(re.findall(r"\bD\d+\b", " ".join(clause.source for clause in BY_NUMBER)))
    named = [f"D{n}" for a, b in re.findall(r"\bD(\d+)(?: to D(\d+))?", note) for n in range(int(a), int(b or a) + 1)]
    assert len(named) == len(set(named))
    assert set(named) == (rows(FACTS) | rows(DECISIONS)).keys() - cited
