# SPDX-License-Identifier: Apache-2.0
"""What a file's `#:` lines promise: names that exist, and a run that meets the clauses (corpus/README.md)."""

from typing import Final

from fuzz.oracle import MODEL_CLAUSE, TARGET_CLAUSE
from fuzz.spec import switches
from fuzz.text import Case
from fuzz.text.line import similar
from model import image as layout
from model.clauses import CLAUSES
from model.spec import run

_BLAMED: Final = (TARGET_CLAUSE, MODEL_CLAUSE)


def broken(case: Case, met: bytearray) -> list[str]:
    """One sentence for each line that names what is not there, or a clause that was not met.

    `met` are the counters of the case's runs so far; clauses of other readings are met by further runs here.
    """
    found = []
    for number, (key, value) in zip(case.meta_lines, case.meta, strict=False):
        said = ""
        if key == "switch" and value not in switches.names():
            said = _with_hint(f"no switch is called {value!r}", similar(value, switches.names()))
        elif key == "clause" and value not in CLAUSES and value not in _BLAMED:
            said = _with_hint(f"no clause is called {value!r}", similar(value, CLAUSES))
        elif key == "clause" and value in CLAUSES and not _is_met(case, value, met):
            said = f"the run does not meet {value}, which the line promises"
        if said:
            found.append(f"{case.filename}:{number}: {said}")
    return found


def _with_hint(text: str, hint: str) -> str:
    return f"{text}: {hint}" if hint else text


def _is_met(case: Case, name: str, met: bytearray) -> bool:
    """Whether some run came by this clause. A finding's line (it has a `kind` too) says what was broken instead."""
    clause = CLAUSES[name]
    if met[clause.number] or any(key == "kind" for key, _ in case.meta):
        return True
    settings = (clause.only,) if clause.only and "=" in clause.only else ()
    if case.deep or settings:
        run.run(layout.build(case.program), switches.reading(settings), deep=case.deep, features=met)
    return bool(met[clause.number])
