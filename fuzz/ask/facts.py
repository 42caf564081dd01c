# SPDX-License-Identifier: Apache-2.0
"""Outcomes compared: what all of them show, and what each shows besides."""

import re
from collections.abc import Sequence
from itertools import groupby
from typing import Final

from fuzz.text import symbols
from model import abi
from model.image import BLANK, DATA_AT, DATA_BYTES, PAGE
from model.program import Program
from model.trace import Event

Fact = tuple[str, str]
"""Where (an event's first line) and what (a line below it, or empty for the event itself)."""

_DATA: Final = re.compile(r"= 0x([0-9a-f]+)$|\d+ bytes ((?:[0-9a-f]{2} ?)+)")
"""How a trace shows a word that has no name, and longer data."""


def facts(events: Sequence[Event], program: Program) -> list[Fact]:
    """The lines of a trace, each with the event it belongs to."""
    found: list[Fact] = []
    for event in events:
        first, *below = symbols.print_event(event, program).split("\n")
        found.append((first, ""))
        found += [(first, _filled(line.strip())) for line in below]
    return found


def _filled(line: str) -> str:
    """Data that lay in a page from the beginning says so: a number or bytes nobody would know again."""
    said = _DATA.search(line)
    if said is None:
        return line
    data = int(said[1], 16).to_bytes(abi.WORD, "little") if said[1] else bytes.fromhex(said[2])
    place = BLANK.find(data, DATA_AT, DATA_AT + DATA_BYTES)
    if place < 0 or len(data) < abi.WORD:
        return line
    page = next((x for x in range(DATA_AT, DATA_AT + DATA_BYTES, PAGE) if BLANK.startswith(data, x)), None)
    return f"{line} (what {'data pages have' if page is None else f'pg{page // PAGE} has'} at first)"


def common(outcomes: Sequence[Sequence[Fact]]) -> list[Fact]:
    """Facts of all outcomes, in the order of the first."""
    first, *others = outcomes
    rest = [set(other) for other in others]
    return [fact for fact in first if all(fact in other for other in rest)]


def besides(outcome: Sequence[Fact], shared: Sequence[Fact]) -> list[Fact]:
    """Facts of one outcome that are not shared."""
    known = set(shared)
    return [fact for fact in outcome if fact not in known]


def sequences(outcomes: Sequence[Sequence[Fact]]) -> list[list[str]]:
    """The order of events in each outcome, without what all of them begin and end with."""
    lines = [[where for where, what in outcome if not what] for outcome in outcomes]
    shortest = min(map(len, lines))
    same = [len({tuple(x[place:][:1]) for x in lines}) == 1 for place in range(shortest)]
    front = next((place for place, equal in enumerate(same) if not equal), shortest)
    back = next((n for n in range(shortest - front) if len({x[-1 - n] for x in lines}) > 1), shortest - front)
    return [x[front : len(x) - back] for x in lines]


def print_facts(found: Sequence[Fact], indent: str = "  ", width: int = 0) -> list[str]:
    """Each event with what belongs to it below, or behind it where that fits into `width`."""
    lines: list[str] = []
    for where, belonging in groupby(found, key=lambda fact: fact[0]):
        below = [what for _, what in belonging if what]
        folded = f"{indent}{where}: {', '.join(below)}"
        if below and len(folded) <= width:
            lines.append(folded)
        else:
            lines += [f"{indent}{where}", *(f"{indent}  {what}" for what in below)]
    return lines
