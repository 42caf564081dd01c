# SPDX-License-Identifier: Apache-2.0
"""All outcomes of a program: every distinct trace, found as the checker's search finds one (docs/design/checker.md).

Each comes with the path that led to it: which task ran past how many schedule points, block after block.
"""

import re
from collections.abc import Hashable
from typing import Final

import attrs

from fuzz.ask.orders import Posting, Posts
from model.check.explore import Block, Effort, Explorer, Sharing, Spent, begin, blocks_of, walk
from model.check.match import in_order
from model.clauses import BY_NUMBER
from model.image import Image
from model.spec import steps
from model.spec.machine import Machine
from model.spec.run import Recorder
from model.trace import End, Ended, Event
from model.variant import Variant

DEFAULT_BUDGET: Final = 20_000
"""Blocks that the exploration of a program may run."""

_NAMED: Final = re.compile(r"<\w+\.\w+: (\d+)>")

Way = tuple[Block, ...]
"""The blocks of a run; what a task ran in one go is one of them."""


@attrs.frozen
class Found:
    """What exploring came to: each distinct trace, by its key, with a path to it, and what is posted on the ways there.

    `met` are numbers of the clauses that applied somewhere, `effort` is in blocks. It is complete unless the budget was
    spent before.
    """

    outcomes: dict[str, tuple[tuple[Event, ...], Way]]
    posts: dict[str, set[Posts]]
    met: frozenset[int]
    complete: bool
    effort: int


def key(events: tuple[Event, ...]) -> str:
    """Equal for equal traces, wherever they were seen: a target tells roles by their numbers alone."""
    return _NAMED.sub(r"\1", repr(events))


def _recorder(m: Machine) -> Recorder:
    assert isinstance(m.observer, Recorder)
    return m.observer


def _posts(m: Machine) -> Posts:
    assert isinstance(m.listener, Posting)
    return m.listener.posts


def _identity(m: Machine) -> Hashable:
    """States with different pasts are different."""
    return m.state(), hash(repr(in_order(m.image, _recorder(m).events))), _posts(m)


def explore(image: Image, variant: Variant, budget: int = DEFAULT_BUDGET, *, deep: bool = False) -> Found:
    """Every outcome the specification allows, until the budget is spent; `deep`: with points inside objects (D77)."""
    sharing = Sharing()
    effort = Effort(budget)
    met: frozenset[int] = frozenset()
    fuel = False
    while True:
        sharing.grew = False
        chooser = Explorer(sharing, fuel_matters=fuel)
        start = steps.start(image, Recorder(image), chooser, variant, listener=Posting(), deep=deep)
        found = Found({}, {}, met, True, 0)
        try:
            for run in walk(begin(start), effort, _identity):
                _keep(found, run.machine)
        except Spent:
            found = attrs.evolve(found, complete=False)
        hit = start.hit
        met |= {number for number in range(len(BY_NUMBER)) if hit[number]}
        found = attrs.evolve(found, met=met, effort=effort.spent)
        ends_dry = any(_is_dry(events) for events, _ in found.outcomes.values())
        if not found.complete or (not sharing.grew and (fuel or not ends_dry)):
            return found
        fuel = fuel or ends_dry


def _keep(found: Found, m: Machine) -> None:
    events = in_order(m.image, _recorder(m).events)
    found.outcomes.setdefault(key(events), (events, way_of(m)))
    found.posts.setdefault(key(events), set()).add(_posts(m))


def _is_dry(events: tuple[Event, ...]) -> bool:
    last = events[-1]
    return isinstance(last, Ended) and last.end is End.FUEL


def way_of(m: Machine) -> Way:
    """The blocks of a run at its end, those that a task made one after another without a sleep in one."""
    made: list[Block] = []
    unfinished = False
    for block in blocks_of(m):
        last = made[-1] if made else None
        if last is not None and unfinished and last.task == block.task:
            made[-1] = Block(block.task, last.points + block.points, last.picks + block.picks, block.asleep)
        else:
            made.append(block)
        unfinished = not block.asleep
    return tuple(made)
