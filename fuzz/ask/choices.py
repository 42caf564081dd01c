# SPDX-License-Identifier: Apache-2.0
"""From an outcome to the `choose` line that leads to it, as short as it can be made."""

from collections.abc import Callable, Iterator
from typing import Final

import attrs

from fuzz.ask.orders import Posting, Posts
from fuzz.ask.outcomes import Way, key
from model.check.explore import Block
from model.check.match import in_order
from model.clauses import BY_NUMBER
from model.image import Image
from model.program import MAX_CHOICES, Program
from model.spec.features import SIZE
from model.spec.names import Location
from model.spec.run import Chosen, run
from model.spec.state import State
from model.spec.task import Task
from model.trace import Event
from model.variant import Variant

DEFAULT_WORK: Final = 60_000
"""Decisions, in all runs together, that looking for short choices may cost."""
_MAX_SKIP: Final = 31
_MAX_PICK: Final = 7


Options = tuple[int, ...]
"""The option taken at each decision of a run."""


@attrs.frozen
class Decision:
    """One decision of a run: how many options there were, and which was taken."""

    options: int
    taken: int


class Recorded(Chosen):
    """Takes the given options, then the first ones; `log` tells every decision, and `turning` hears of it before."""

    def __init__(self, wanted: Options = (), turning: Callable[[int, list[int]], None] = lambda *_: None) -> None:
        super().__init__(b"", 0)
        self.wanted, self.turning = wanted, turning
        self.log: list[Decision] = []

    def has_choices(self) -> bool:
        """Always: it is asked at every point."""
        return True

    def decide(self, tasks: list[int]) -> int:
        """See `Chosen`."""
        if len(tasks) < 2:
            return tasks[0]
        place = len(self.log)
        self.turning(place, tasks)
        return self._take(tasks, self.wanted[place] % len(tasks) if place < len(self.wanted) else 0)

    def _take(self, tasks: list[int], option: int) -> int:
        if len(tasks) > 1:
            self.log.append(Decision(len(tasks), option))
        return tasks[option]


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
        return self._take(able, able.index(block.task) if block and block.task in able else 0)

    def pauses(self, m: State, t: Task, location: Location, write: bool, follows: int) -> bool:
        """Go on for as many points as the block has, then let the next one on the way go first."""
        if self.passing:
            self.passing = False
            self.left -= 1
            return False
        tasks = [t.index, *[rival.index for rival in m.able() if rival is not t]]
        if self.left > 0 or self.place + 1 >= len(self.way):
            self.left -= 1
            self._take(tasks, 0)
            return False
        block = self._enter()
        if block is None or block.task not in tasks[1:]:
            return False
        self.preempted = self._take(tasks, tasks.index(block.task))
        return True

    def pick(self, m: State, candidates: list[int]) -> int:
        """The one that was woken on the way."""
        wanted = self.to_pick.pop(0) if self.to_pick else candidates[0]
        return self._take(candidates, candidates.index(wanted) if wanted in candidates else 0)

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


def trimmed(options: tuple[int, ...]) -> tuple[int, ...]:
    """Without the defaults at the end, which need not be chosen."""
    while options and not options[-1]:
        options = options[:-1]
    return options


def options_of(program: Program) -> Options:
    """The options that the program's own `choose` lines take."""
    return tuple(option for choice in program.chooser for option in (*[0] * choice.skip, choice.pick))


def choose_words(options: tuple[int, ...]) -> tuple[tuple[int, int], ...] | None:
    """The (skip, pick) pairs of a `choose` line; None when it cannot say this."""
    words: list[tuple[int, int]] = []
    skipped = 0
    for option in trimmed(options):
        if not option and skipped < _MAX_SKIP:
            skipped += 1
            continue
        if option > _MAX_PICK:
            return None
        words.append((skipped, option))
        skipped = 0
    return tuple(words) if len(words) <= MAX_CHOICES else None


def choose_line(options: tuple[int, ...]) -> str | None:
    """The line for a program text; empty for no choice at all, None when there is no such line."""
    words = choose_words(options)
    if words is None:
        return None
    return f"choose {' '.join(f'{skip}:{pick}' for skip, pick in words)}" if words else ""


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
            for option in range(min(decision.options, _MAX_PICK + 1)):
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
