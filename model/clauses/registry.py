# SPDX-License-Identifier: Apache-2.0
"""What a clause is, and the one list of them that the chapters' modules fill."""

from enum import Enum

import attrs


class Confidence(Enum):
    """How well the sources support a clause (sheet section 0.1)."""

    CERTAIN = "certain"
    CERTAIN_BY_CLIENT = "certain by client"
    LIKELY = "likely"
    OPEN = "open"
    WORLD = "world"
    """Not about v3: the objects and the conduct of an experiment, pinned by this project or by real Linux."""


@attrs.frozen
class Clause:
    """One sentence: `number` is its coverage counter; `source` names sheet sections and decisions; `why` is a reason."""

    id: str
    number: int
    text: str
    confidence: Confidence
    source: str
    switch: str | None = None
    only: str | None = None
    """Set if the clause can apply under another reading only, `switch=value`, or in another mode."""
    why: str = ""

    @property
    def cited(self) -> str:
        """The sentence with its confidence and source."""
        sheet = "fact sheet " if self.source[0].isdigit() else ""  # else decisions, whose names say so
        return f"{self.text} ({self.confidence.value}; {sheet}{self.source})"


CLAUSES: dict[str, Clause] = {}
"""Every clause by its id, in the order of numbers; complete once `model.clauses` is imported."""


def clause(
    name: str,
    confidence: Confidence,
    source: str,
    text: str,
    switch: str | None = None,
    only: str | None = None,
    why: str = "",
) -> int:
    """Enter the next clause; returns its number."""
    assert name not in CLAUSES, name
    CLAUSES[name] = Clause(name, len(CLAUSES), text, confidence, source, switch, only, why)
    return CLAUSES[name].number
