# SPDX-License-Identifier: Apache-2.0
"""Outcomes compared: what all of them show, and what each shows besides."""

from collections.abc import Sequence

from fuzz.text import symbols
from model.program import Program
from model.trace import Event

Fact = tuple[str, str]
"""Where (an event's first line) and what (a line below it, or empty for the event itself)."""


def facts(events: Sequence[Event], program: Program) -> list[Fact]:
    """The lines of a trace, each with the event it belongs to."""
    found: list[Fact] = []
    for event in events:
        first, *below = symbols.print_event(event, program).split("\n")
        found.append((first, ""))
        found += [(first, line.strip()) for line in below]
    return found


def common(outcomes: Sequence[Sequence[Fact]]) -> list[Fact]:
    """Facts of all outcomes, in the order of the first."""
    first, *others = outcomes
    rest = [set(other) for other in others]
    return [fact for fact in first if all(fact in other for other in rest)]


def besides(outcome: Sequence[Fact], shared: Sequence[Fact]) -> list[Fact]:
    """Facts of one outcome that are not shared."""
    known = set(shared)
    return [fact for fact in outcome if fact not in known]


def print_facts(found: Sequence[Fact], indent: str = "  ") -> list[str]:
    """Events with what belongs to them, a line each, long lists folded by their events."""
    lines: list[str] = []
    present = ""
    for where, what in found:
        if where != present:
            lines.append(f"{indent}{where}")
            present = where
        if what:
            lines.append(f"{indent}  {what}")
    return lines
