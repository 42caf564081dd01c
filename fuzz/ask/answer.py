# SPDX-License-Identifier: Apache-2.0
"""The answer to "what happens here?": one run in words, where other tasks could go first, and all outcomes."""

from itertools import zip_longest
from typing import Final

import attrs

from fuzz.ask.choices import Guide, Taken
from fuzz.ask.orders import Order, order_of
from fuzz.ask.outcomes import DEFAULT_BUDGET, Found, Way, explore, key
from fuzz.schedule.decisions import Recorded, choose_line, options_of
from fuzz.tell.lines import Line, lines_of
from fuzz.tell.narrate import told_machine
from model import image as layout
from model.clauses import CLAUSES
from model.program import Program
from model.spec.run import play
from model.trace import Event
from model.variant import PINNED, Variant

_WORK_AROUND: Final = 2_000
"""Decisions that looking for clauses in runs beside the told one may cost."""


@attrs.frozen
class Outcome:
    """One outcome: its trace, and the orders in which things complete on the ways to it.

    `choose` is the line that leads to it (empty: none is needed; None: there is none).
    """

    events: tuple[Event, ...]
    choose: str | None
    options: tuple[int, ...] | None
    orders: tuple[Order, ...] = ()


@attrs.frozen
class Freedom:
    """A point of the told run, before a line, at which another choice leads to another outcome (its number, from 0).

    Of the tasks that may go first here, or be woken, the first one did; `other` is the one that the other choice takes.
    """

    line: int
    tasks: tuple[int, ...]
    outcome: int
    other: int


@attrs.frozen
class Answer:
    """What the specification allows for a program.

    Attributes:
        lines: the told run, which is the one the program's own chooser makes.
        freedom: where other choices lead to other outcomes, in the order of the run; each outcome once.
        outcomes: the told run's first, then the others, those with short choices first.
        met: numbers of the clauses that applied in any run that was made: the told one, those that the search made,
            those of the `choose` lines, and those that differ from the told one in one decision.
        complete: there are no other outcomes.
        effort: blocks that were tried.
        deep: points inside objects were among them (D77).
    """

    program: Program
    variant: Variant
    lines: tuple[Line, ...]
    freedom: tuple[Freedom, ...]
    outcomes: tuple[Outcome, ...]
    met: frozenset[int]
    complete: bool
    effort: int
    deep: bool = False


def answer(program: Program, variant: Variant = PINNED, budget: int = DEFAULT_BUDGET, *, deep: bool = False) -> Answer:
    """Tell one run and explore the others, within a budget of blocks; `deep`: with points inside objects (D77)."""
    image = layout.build(program)
    chooser = Guide(image, variant, deep=deep)
    base = chooser.take(options_of(program))
    found = explore(image, variant, budget, deep=deep)
    taken = {key(base.events): base}
    if base.options:
        default = chooser.take(())
        taken.setdefault(key(default.events), default)
    if len(found.outcomes) > 1 or not found.complete:
        _single_turns(chooser, base, taken, found)
    keys = {outcome: Outcome(x.events, choose_line(x.options), x.options) for outcome, x in taken.items()}
    for outcome, (events, path) in found.outcomes.items():
        if outcome not in keys:
            keys[outcome] = _by_path(chooser, events, path, outcome)
    for outcome, made in keys.items():
        posts = found.posts.get(outcome, set()) | ({taken[outcome].posts} if outcome in taken else set())
        orders = {order_of(made.events, x, program) for x in posts}
        keys[outcome] = attrs.evolve(made, orders=tuple(sorted(orders)))
    first, *others = keys.values()
    others.sort(key=lambda x: (x.options is None, _weight(x.options), key(x.events)))
    outcomes = (first, *others)
    lines, freedom = _told(program, chooser, base, outcomes)
    met = found.met | chooser.met | _around(chooser, base)
    met |= {CLAUSES[name].number for line in lines for name in line.clauses}
    return Answer(program, variant, lines, freedom, outcomes, met, found.complete, found.effort, deep)


def _weight(options: tuple[int, ...] | None) -> tuple[int, int]:
    """How much there is to choose: how often, and how far into the run."""
    return (sum(map(bool, options)), len(options)) if options else (0, 0)


def _single_turns(chooser: Guide, base: Taken, known: dict[str, Taken], found: Found) -> None:
    """Outcomes that one other decision leads to, by the first such decision, until none is left to look for."""
    for _, _, taken in chooser.deviations(base):
        known.setdefault(key(taken.events), taken)
        if found.complete and len(known) == len(found.outcomes):
            return


def _around(chooser: Guide, base: Taken) -> frozenset[int]:
    """The clauses that apply in runs which differ from the told one in one decision, whatever they come to.

    Of the runs that end alike the search makes only some: a sleep that nothing of the trace shows may be in none.
    """
    other = Guide(chooser.image, chooser.variant, _WORK_AROUND, deep=chooser.deep)
    for _ in other.deviations(base):
        pass
    return other.met


def _by_path(chooser: Guide, events: tuple[Event, ...], path: Way, outcome: str) -> Outcome:
    """An outcome that takes more choices: those of the path, without the ones that do not matter."""
    taken = chooser.follow(path)
    if key(taken.events) != outcome:
        return Outcome(events, None, None)
    options = chooser.shorten(taken.options, outcome)
    return Outcome(events, choose_line(options), options)


def _told(
    program: Program, chooser: Guide, base: Taken, outcomes: tuple[Outcome, ...]
) -> tuple[tuple[Line, ...], tuple[Freedom, ...]]:
    """The base run in words, and the points at which it could have turned to another outcome."""
    turns: dict[int, list[tuple[int, int]]] = {}
    for number, outcome in enumerate(outcomes[1:], start=1):
        if outcome.options is not None:
            place, option = _first_difference(base.options, outcome.options)
            turns.setdefault(place, []).append((option, number))
    freedom: list[Freedom] = []

    def turning(place: int, tasks: list[int]) -> None:
        teller.look()
        for option, number in turns.get(place, []):
            freedom.append(Freedom(teller.next_beat(), tuple(tasks), number, tasks[option % len(tasks)]))

    deciding = Recorded(base.options, turning)
    m, teller = told_machine(program, deciding, chooser.variant, deep=chooser.deep)
    play(m, deciding)
    teller.finish()
    lines = lines_of(teller.beats)
    before = [sum(line is not None for line in lines[:place]) for place in range(len(lines) + 1)]
    told = tuple(line for line in lines if line is not None)
    return told, tuple(attrs.evolve(free, line=before[free.line]) for free in freedom)


def _first_difference(ours: tuple[int, ...], theirs: tuple[int, ...]) -> tuple[int, int]:
    """Where other options are taken first, and which."""
    return next((i, b) for i, (a, b) in enumerate(zip_longest(ours, theirs, fillvalue=0)) if a != b)
