# SPDX-License-Identifier: Apache-2.0
"""From a program that shows something to the simplest one that still does.

Passes propose simpler programs, cheapest and most promising first; a proposal is taken when it is smaller in
the order of `fuzz.minimize.order` and the predicate holds. When no pass has anything left to take, we are done:
so the result never grows, minimizing ends (the order is well-founded), and doing it again changes nothing.
"""

from itertools import islice

import attrs

from fuzz.minimize import order
from fuzz.minimize.passes import PASSES, Pass
from fuzz.minimize.predicate import Predicate
from model.program import Program

__all__ = ["Minimized", "Predicate", "minimize"]


@attrs.frozen
class Minimized:
    """The result, with what it took.

    Attributes:
        program: the simplest program that was reached.
        runs: how often the predicate was run.
        taken: how many proposals each pass saw taken.
        complete: False when the limit of runs cut the work short; only then may another go find more.
    """

    program: Program
    runs: int
    taken: dict[str, int]
    complete: bool


def minimize(program: Program, predicate: Predicate) -> Minimized:
    """Simplify as long as the predicate holds. A program for which it does not hold comes back unchanged."""
    taken: dict[str, int] = {}
    if not predicate(program):
        return Minimized(program, predicate.runs, taken, not predicate.spent)
    while True:
        before = program
        for name, single in PASSES.items():
            program, count = _exhaust(single, program, predicate)
            if count:
                taken[name] = taken.get(name, 0) + count
        if program == before:
            return Minimized(program, predicate.runs, taken, not predicate.spent)


def _exhaust(single: Pass, program: Program, predicate: Predicate) -> tuple[Program, int]:
    """Take what one pass proposes. After a success it goes on at the same place, not from the start."""
    count = place = 0
    key = order.key(program)
    moved = True
    while moved:
        moved = False
        for position, candidate in enumerate(islice(single(program), place, None), start=place):
            if predicate.spent:
                return program, count
            candidate_key = order.key(candidate)
            if candidate_key < key and predicate(candidate):
                program, key, place = candidate, candidate_key, position
                count += 1
                moved = True
                break
    return program, count
