# SPDX-License-Identifier: Apache-2.0
"""What an answer rests on that is not certain: clauses that are open or only likely, with who decided."""

import re
import textwrap
from typing import Any, Final

from fuzz.explain.answer import Answer
from model.clauses import BY_NUMBER, Clause, Confidence

MOST: Final = 8
"""Likely clauses that are printed with their sentence."""
_WIDTH: Final = 110
_DECISION: Final = re.compile(r"D\d+")


def uncertain(answer: Answer, confidence: Confidence) -> list[Clause]:
    """The clauses of this kind that applied, those that the told run names first."""
    told = _told(answer)
    met = [BY_NUMBER[number] for number in sorted(answer.met) if BY_NUMBER[number].confidence is confidence]
    return sorted(met, key=lambda clause: clause.id not in told)


def _told(answer: Answer) -> set[str]:
    return {name for line in answer.lines for name in line.clauses}


def print_grounds(answer: Answer, most: int = MOST) -> list[str]:
    """Open clauses, then likely ones; those that apply in every run and are not told by their ids. May be empty."""
    told = _told(answer)
    opened, likely = uncertain(answer, Confidence.OPEN), uncertain(answer, Confidence.LIKELY)
    if not opened and not likely:
        return []
    lines = ["this rests on what is not certain (`syslet spec ID` tells why):"]
    lines += [_line(clause) for clause in opened]
    shown = [clause for clause in likely if clause.id in told][:most]
    lines += [_line(clause) for clause in shown]
    rest = ", ".join(clause.id for clause in likely if clause not in shown)
    if rest:
        also = "also likely: " if shown else "likely: "
        lines += textwrap.wrap(also + rest, _WIDTH, initial_indent="  ", subsequent_indent="    ")
    return lines


def _line(clause: Clause) -> str:
    decisions = ", ".join(_DECISION.findall(clause.source))
    behind = f" ({decisions})" if decisions else ""
    before = f"  {clause.confidence.value}: {clause.id} "
    return f"{before}{_short(clause.text.rstrip('.'), _WIDTH - len(before) - len(behind))}{behind}"


def _short(text: str, width: int) -> str:
    """Cut between two words."""
    return text if len(text) <= width else text[: width - 1].rsplit(" ", 1)[0].rstrip(",;:") + " …"


def as_list(answer: Answer) -> list[dict[str, Any]]:
    """The same as plain data."""
    return [
        {
            "id": clause.id,
            "confidence": clause.confidence.value,
            "text": clause.text,
            "decisions": _DECISION.findall(clause.source),
            "switch": clause.switch,
        }
        for confidence in (Confidence.OPEN, Confidence.LIKELY)
        for clause in uncertain(answer, confidence)
    ]
