# SPDX-License-Identifier: Apache-2.0
"""All outcomes of a program: every distinct trace, found as the checker's search finds one (docs/design/checker.md).

Each comes with the path that led to it: which task ran past how many schedule points, block after block.
"""

from typing import Final

import attrs

from fuzz.ask.orders import Posting, Posts
from fuzz.ask.recorder import Keeper, Kept
from model.check.explore import Explorer, Sharing
from model.clauses import BY_NUMBER
from model.image import Image
from model.spec import steps
from model.spec.machine import Machine, Task
from model.trace import End, Ended, Event
from model.variant import Variant

DEFAULT_BUDGET: Final = 20_000
"""Blocks that the exploration of a program may run."""


@attrs.frozen
class Block:
    """A task ran past so many schedule points and stopped at the next, or slept; `picks`: whom it woke, where free."""

    task: int
    points: int
    picks: tuple[int, ...] = ()


Path = tuple[Block, ...]


@attrs.frozen
class Found:
    """What exploring came to.

    Attributes:
        outcomes: each distinct trace, by its key, with a path to it.
        posts: what is posted in which order on the ways to it.
        met: numbers of the clauses that applied somewhere.
        complete: every outcome was found; if not, the budget was spent before.
        effort: blocks that were run.
    """

    outcomes: dict[str, tuple[tuple[Event, ...], Path]]
    posts: dict[str, set[Posts]]
    met: frozenset[int]
    complete: bool
    effort: int


def key(events: tuple[Event, ...]) -> str:
    """Equal for equal traces."""
    return repr(events)


class _Historian(Keeper):
    """Counts what it keeps, so that states with different pasts are different."""

    def keep(self, machine: Machine, event: Event) -> None:
        """See `Keeper`."""
        assert isinstance(machine, _Walker)
        super().keep(machine, event)
        machine.told = hash((machine.told, repr(event)))


class _Walker(Kept, Posting, Explorer):
    """An explorer that remembers its way and what was observed on it."""

    path: Path = ()
    told = 0
    passed = 0
    unfinished = False
    """The last block stopped at a point: if its task goes on, that is one block."""

    def go(self, task: Task) -> None:
        """See `Explorer`; notes the block."""
        self.passed = 0
        picks = tuple(self.picks)
        super().go(task)
        block = Block(task.index, self.passed, picks)
        last = self.path[-1] if self.path else None
        if last is not None and last.task == task.index and self.unfinished:
            block = Block(task.index, last.points + block.points, last.picks + picks)
            self.path = self.path[:-1]
        self.path = (*self.path, block)
        self.unfinished = not task.asleep

    def pause(self, task: Task, location: int, write: bool, lists: bool = False) -> bool:
        """See `Explorer`; counts the points that were passed."""
        if super().pause(task, location, write, lists):
            return True
        self.passed += 1
        return False


def explore(image: Image, variant: Variant, budget: int = DEFAULT_BUDGET, *, deep: bool = False) -> Found:
    """Every outcome the specification allows, until the budget is spent; `deep`: with points inside objects (D77)."""
    sharing = Sharing()
    spent = 0
    met: frozenset[int] = frozenset()
    fuel = False

    def start() -> _Walker:
        m = steps.start(_Walker, image, _Historian(), variant)
        assert isinstance(m, _Walker)
        m.sharing, m.withheld, m.running, m.fuel_matters = sharing, {}, m.head, fuel
        m.seen, m.deep = image.memory, deep
        return m

    while True:
        sharing.grew = False
        found = _once(start(), budget - spent)
        spent += found.effort
        met |= found.met
        if not found.complete:
            return attrs.evolve(found, met=met, effort=spent)
        ends_dry = any(_is_dry(events) for events, _ in found.outcomes.values())
        if not sharing.grew and (fuel or not ends_dry):
            return attrs.evolve(found, met=met, effort=spent)
        fuel = fuel or ends_dry


def _is_dry(events: tuple[Event, ...]) -> bool:
    last = events[-1]
    return isinstance(last, Ended) and last.end is End.FUEL


def _once(start: _Walker, budget: int) -> Found:
    outcomes: dict[str, tuple[tuple[Event, ...], Path]] = {}
    posts: dict[str, set[Posts]] = {}
    visited: set[tuple[int, int, Posts]] = set()
    stack: list[tuple[_Walker, Task | None]] = [(start, None)]
    effort = 0

    def found(*, complete: bool) -> Found:
        met = frozenset(number for number in range(len(BY_NUMBER)) if start.hit[number])
        return Found(outcomes, posts, met, complete, effort)

    while stack:
        m, mover = stack.pop()
        while True:
            if effort >= budget:
                return found(complete=False)
            effort += 1
            if mover is not None:
                m.go(mover)
            elif not steps.others(m):
                steps.nothing_runs(m)
            if m.ended is not None:
                outcomes.setdefault(key(m.events_seen), (m.events_seen, m.path))
                posts.setdefault(key(m.events_seen), set()).add(m.posts)
                break
            branches = _branches(m)
            if len(branches) == 1:
                m, mover = branches[0]
                continue
            if branches:
                state = (m.state(), m.told, m.posts)
                if state in visited:
                    break
                visited.add(state)
                stack.extend(reversed(branches[1:]))
                m, mover = branches[0]
            else:
                mover = None
    return found(complete=True)


def _branches(m: _Walker) -> list[tuple[_Walker, Task | None]]:
    """Who may go on here, each in a machine of its own; none when nobody can."""
    if m.undecided is not None:
        made: list[tuple[_Walker, Task | None]] = []
        for candidate in m.undecided:
            other = m.copy()
            assert isinstance(other, _Walker)
            other.undecided, other.picks = None, [candidate]
            made.append((other, other.running))
        return made
    able = steps.others(m)
    if len(able) < 2:
        return [(m, task) for task in able]
    copies = [m.copy() for _ in able]
    return [(c, c.tasks[t.index]) for c, t in zip(copies, able, strict=True) if isinstance(c, _Walker)]
