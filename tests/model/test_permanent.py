# SPDX-License-Identifier: Apache-2.0
"""Clauses keep their names for good: findings, cases, kernel comments and the links of other people use them."""

from typing import Final

from fuzz.spec.chapters import chapter_of
from model.clauses import BY_NUMBER, CLAUSES

LAST: Final = {
    "ENTRY": 9,
    "FETCH": 6,
    "ATOM": 10,
    "STOP": 6,
    "NEXT": 4,
    "EXEC": 4,
    "MOVE": 5,
    "RING": 10,
    "POOL": 2,
    "WAIT": 10,
    "UMEM": 5,
    "THREAD": 25,
    "EXIT": 2,
    "FILE": 3,
    "FD": 8,
    "PIPE": 13,
    "EVENTFD": 7,
    "FUTEX": 9,
    "TIME": 8,
    "IDENT": 1,
    "YIELD": 1,
    "PAGE": 4,
    "STEP": 7,
    "OBJECT": 2,
    "GROUP": 6,
    "OPAQUE": 4,
}
"""Each chapter's clauses are 1 to this. A line may be added and a number may grow, nothing else."""


def test_no_clause_is_renamed_or_taken_away() -> None:
    gone = [
        f"{chapter}-{n}"
        for chapter, last in LAST.items()
        for n in range(1, last + 1)
        if f"{chapter}-{n}" not in CLAUSES
    ]
    assert not gone, (
        f"{', '.join(gone)}: links to these lead nowhere now. A clause that turns out to be wrong keeps its name and "
        "gets another sentence; one that nothing is left of keeps its name, and its sentence says what took its place."
    )


def test_a_new_clause_is_promised_too() -> None:
    known = {f"{chapter}-{n}" for chapter, last in LAST.items() for n in range(1, last + 1)}
    new = [clause.id for clause in BY_NUMBER if clause.id not in known]
    assert not new, f"{', '.join(new)}: new names go on where their chapter ends, and LAST has to say so"
    assert list(LAST) == list(dict.fromkeys(chapter_of(clause) for clause in BY_NUMBER))
