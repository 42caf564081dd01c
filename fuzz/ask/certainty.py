# SPDX-License-Identifier: Apache-2.0
"""What an answer rests on: clauses that are open or only likely, with who decided, and those that are certain."""

import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, Final

import attrs

from fuzz.ask.answer import Answer
from fuzz.ask.readings import UNCERTAIN, Reading
from fuzz.columns import room
from model.clauses import BY_NUMBER, Clause, Confidence

MOST: Final = 8
"""Likely clauses that are printed with their sentence."""
_WIDTH: Final = 110
_DECISION: Final = re.compile(r"D\d+")


def applied(answer: Answer, *confidences: Confidence) -> list[Clause]:
    """The clauses of these kinds that applied, those that the told run names first."""
    told = _told(answer)
    met = [BY_NUMBER[number] for number in sorted(answer.met) if BY_NUMBER[number].confidence in confidences]
    return sorted(met, key=lambda clause: clause.id not in told)


def _told(answer: Answer) -> set[str]:
    return {name for line in answer.lines for name in line.clauses}


def certain(answer: Answer) -> list[Clause]:
    """The clauses that applied and are certain, or certain by client."""
    return applied(answer, Confidence.CERTAIN, Confidence.CERTAIN_BY_CLIENT)


def print_certain(answer: Answer) -> list[str]:
    """`certain: EXEC-2 (by client), RING-1`: ids only. May be empty."""
    names = [f"{x.id} (by client)" if x.confidence is Confidence.CERTAIN_BY_CLIENT else x.id for x in certain(answer)]
    return textwrap.wrap(f"certain: {', '.join(names)}", room(_WIDTH), subsequent_indent="  ") if names else []


def print_grounds(
    answer: Answer, most: int = MOST, readings: Sequence[Reading] | None = None, *, brief: bool = False
) -> list[str]:
    """What another reading would change first, then what is open, then what is likely. May be empty.

    At `most` so many likely clauses have their sentence, none if `brief`. No readings: none were tried.
    """
    told = _told(answer)
    opened, likely = applied(answer, Confidence.OPEN), applied(answer, Confidence.LIKELY)
    if not opened and not likely:
        return []
    by_switch = {switch: list(found) for switch, found in groupby(readings or (), key=lambda x: x.switch)}
    turning = [x for x in (*opened, *likely) if any(r.changes for r in by_switch.get(x.switch or "", ()))]
    idle = [x for x in (*opened, *likely) if x.switch in by_switch and x not in turning]
    lines = ["this rests on what is not certain (`syslet spec ID` tells why):"]
    for clause in turning:
        lines += [_line(clause), *_changes(by_switch[clause.switch or ""])]
    lines += [_line(clause) for clause in opened if clause not in (*turning, *idle)]
    left = [clause for clause in likely if clause not in (*turning, *idle)]
    shown = [] if brief else [clause for clause in left if clause.id in told][:most]
    lines += [_line(clause) for clause in shown]
    rest = ", ".join(clause.id for clause in left if clause not in shown)
    if rest:
        lines += _wrapped(("also likely: " if shown else "likely: ") + rest)
    if idle:
        lines += _wrapped(_no_change(idle, by_switch))
    if readings is None and not answer.complete and any(clause.switch for clause in (*opened, *likely)):
        lines.append("  the search was cut, so whether another reading changes an outcome was not looked at")
    return lines


def _changes(tried: Iterable[Reading]) -> Iterator[str]:
    for reading in tried:
        if reading.changes:
            what = "outcomes" if reading.outcomes else "orders, in the same outcomes"
            yield f"    another reading gives other {what}: --variant {reading}"


def _no_change(idle: Sequence[Clause], by_switch: Mapping[str, Sequence[Reading]]) -> str:
    names = [f"{x.id} (open)" if x.confidence is Confidence.OPEN else x.id for x in idle]
    complete = all(reading.complete for x in idle for reading in by_switch[x.switch or ""])
    far = "" if complete else " as far as was looked"
    sure = f"no other reading of them changes an outcome{far}"
    return f"also used; {sure}: {', '.join(names)}"


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, room(_WIDTH), initial_indent="  ", subsequent_indent="    ")


def _line(clause: Clause) -> str:
    decisions = ", ".join(_DECISION.findall(clause.source))
    behind = f" ({decisions})" if decisions else ""
    before = f"  {clause.confidence.value}: {clause.id} "
    return f"{before}{_short(clause.text.rstrip('.'), room(_WIDTH) - len(before) - len(behind))}{behind}"


def _short(text: str, width: int) -> str:
    """Cut between two words."""
    return text if len(text) <= width else text[: width - 1].rsplit(" ", 1)[0].rstrip(",;:") + " …"


def as_list(answer: Answer, readings: Sequence[Reading] | None = None) -> list[dict[str, Any]]:
    """What is not certain, as plain data; `readings` of a clause are those that were tried."""
    return [
        {
            "id": clause.id,
            "confidence": clause.confidence.value,
            "text": clause.text,
            "decisions": _DECISION.findall(clause.source),
            "switch": clause.switch,
            "readings": [attrs.asdict(x) for x in readings or () if x.switch == clause.switch],
        }
        for confidence in UNCERTAIN
        for clause in applied(answer, confidence)
    ]
