# SPDX-License-Identifier: Apache-2.0
"""From an outcome to the `choose` line that leads to it, as short as it can be made."""

from collections.abc import Iterator
from typing import Final

import attrs

from fuzz.ask.orders import Posting, Posts
from fuzz.ask.outcomes import Way, key
from fuzz.schedule.decisions import MAX_PICK, Decision, Options, Recorded, trimmed
from model.check.explore import Block
from model.check.match import in_order
from model.clauses import BY_NUMBER
from model.image import Image
from model.spec.features import SIZE
from model.spec.names import Location
from model.spec.run import run
from model.spec.state import State
from model.spec.task import Task
from model.trace import Event
from model.variant import Variant

DEFAULT_WORK: Final = 60_000
"""Decisions, in all runs together, that looking for short choices may cost."""


class _Guided(Recorded):
    """Goes a way."""

    def __init__(self, way: Way) -> None:
        super().__init__()
        self.way = way
        self.place = -1
        self.left = 0
        self.to_pick: list[int] = []

    def next_mover(self, able: list[int]) -> int:
        """The task that is next on the way."""
        block = self._enter()
        return self.take(able, able.index(block.task) if block and block.task in able else 0)

    def pauses(self, m: State, t: Task, location: Location, write: bool, follows: int) -> bool:
        """Go on for as many points as the block has, then let the next one on the way go first."""
        if self.passing:
            self.passing = False
            self.left -= 1
            return False
        tasks = [t.index, *[rival.index for rival in m.able() if rival is not t]]
        if self.left > 0 or self.place + 1 >= len(self.way):
            self.left -= 1
            self.take(tasks, 0)
            return False
        block = self._enter()
        if block is None or block.task not in tasks[1:]:
            return False
        self.preempted = self.take(tasks, tasks.index(block.task))
        return True

    def pick(self, m: State, candidates: list[int]) -> int:
        """The one that was woken on the way."""
        wanted = self.to_pick.pop(0) if self.to_pick else candidates[0]
        return self.take(candidates, candidates.index(wanted) if wanted in candidates else 0)

    def _enter(self) -> Block | None:
        self.place += 1
        if self.place >= len(self.way):
            return None
        block = self.way[self.place]
        self.left = block.points
        self.to_pick += block.picks
        return block


@attrs.frozen
class Taken:
    """A run with these options taken: its decisions, its trace and what was posted."""

    log: tuple[Decision, ...]
    events: tuple[Event, ...]
    posts: Posts = ()

    @property
    def options(self) -> Options:
        """The options that were taken, without the defaults at the end."""
        return trimmed(tuple(x.taken for x in self.log))


class Guide:
    """Finds short choices for the outcomes of one program, within so much work (decisions of its runs).

    `met` holds the numbers of the clauses that applied in any run so far.
    """

    def __init__(self, image: Image, variant: Variant, work: int = DEFAULT_WORK, *, deep: bool = False) -> None:
        self.deep = deep
        self.image = attrs.evolve(image, choices=b"")
        self.variant = variant
        self.left = work
        self.met: frozenset[int] = frozenset()

    def take(self, options: Options) -> Taken:
        """Run with these options."""
        return self._run(Recorded(options))

    def follow(self, way: Way) -> Taken:
        """Run along a way."""
        return self._run(_Guided(way))

    def _run(self, chooser: Recorded) -> Taken:
        posting = Posting()
        features = bytearray(SIZE)
        trace = run(
            self.image, self.variant, deep=self.deep, chooser=chooser, listener=posting, features=features
        )  # fmt: skip
        self.left -= len(chooser.log) + 1
        self.met |= {number for number in range(len(BY_NUMBER)) if features[number]}
        return Taken(tuple(chooser.log), in_order(self.image, trace.events), posting.posts)

    def deviations(self, base: Taken) -> Iterator[tuple[int, int, Taken]]:
        """Each run that differs from `base` in one decision: its place, the option, the run."""
        taken = tuple(x.taken for x in base.log)
        for place, decision in enumerate(base.log):
            for option in range(min(decision.options, MAX_PICK + 1)):
                if self.left <= 0:
                    return
                if option != decision.taken:
                    yield place, option, self.take((*taken[:place], option))

    def shorten(self, options: tuple[int, ...], wanted: str) -> tuple[int, ...]:
        """Leave out choices, one after another, while the outcome stays the same."""
        best = trimmed(options)
        changed = True
        while changed:
            changed = False
            for place in range(len(best)):
                if not best[place] or self.left <= 0:
                    continue
                candidate = trimmed((*best[:place], 0, *best[place + 1 :]))
                if key(self.take(candidate).events) == wanted:
                    best, changed = candidate, True
                    break
        return best
