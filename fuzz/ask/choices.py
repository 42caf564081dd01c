# SPDX-License-Identifier: Apache-2.0
"""From an outcome to the `choose` line that leads to it, as short as it can be made."""

from collections.abc import Iterator
from typing import Final

import attrs

from fuzz.ask.orders import Posting, Posts
from fuzz.ask.outcomes import Block, Path, key
from model.clauses import BY_NUMBER
from model.image import Image
from model.program import MAX_CHOICES
from model.spec import steps
from model.spec.machine import Machine, Task
from model.spec.run import Chosen, run
from model.trace import Event
from model.variant import Variant

DEFAULT_WORK: Final = 60_000
"""Decisions, in all runs together, that looking for short choices may cost."""
_MAX_SKIP: Final = 31
_MAX_PICK: Final = 7


@attrs.frozen
class Decision:
    """One decision of a run: how many options there were, which was taken, and which tasks they stood for."""

    options: int
    taken: int
    tasks: tuple[int, ...] = ()


class Recorded(Posting, Chosen):
    """Takes the given options, then the first ones; `log` tells every decision."""

    wanted: tuple[int, ...] = ()

    def prepare(self) -> None:
        """See `Chosen`."""
        super().prepare()
        self.quantum = 0
        self.log: list[Decision] = []
        self.standing: tuple[int, ...] = ()
        self.choices = [0]  # `Chosen` looks whether anything is left to decide; here it always is

    def decide(self, options: int) -> int:
        """See `Chosen`."""
        if options < 2:
            return 0
        place = len(self.log)
        taken = self.wanted[place] % options if place < len(self.wanted) else 0
        self.log.append(Decision(options, taken, self.standing))
        return taken

    def pause(self, task: Task, location: int, write: bool, lists: bool = False) -> bool:
        """See `Chosen`."""
        self.standing = (task.index, *(t.index for t in steps.others(self) if t is not task))
        return super().pause(task, location, write, lists)

    def next_mover(self, able: list[Task]) -> Task:
        """See `Chosen`."""
        self.standing = tuple(t.index for t in able)
        return super().next_mover(able)

    def pick(self, candidates: list[int]) -> int:
        """See `Chosen`."""
        self.standing = tuple(candidates)
        return super().pick(candidates)


class _Guided(Recorded):
    """Goes the way of a path."""

    way: Path = ()

    def prepare(self) -> None:
        """See `Chosen`."""
        super().prepare()
        self.place = -1
        self.left = 0
        self.to_pick: list[int] = []

    def next_mover(self, able: list[Task]) -> Task:
        """Whoever is next on the way."""
        block = self._enter()
        wanted = next((i for i, t in enumerate(able) if block and t.index == block.task), 0)
        if len(able) > 1:
            self.log.append(Decision(len(able), wanted))
        return able[wanted]

    def pause(self, task: Task, location: int, write: bool, lists: bool = False) -> bool:
        """Go on for as many points as the block has, then let the next one on the way go first."""
        if self.passing:
            self.passing = False
            self.left -= 1
            return False
        rivals = [t for t in steps.others(self) if t is not task]
        if self.left > 0 or self.place + 1 >= len(self.way):
            self.left -= 1
            if rivals:
                self.log.append(Decision(len(rivals) + 1, 0))
            return False
        block = self._enter()
        wanted = next((i for i, t in enumerate(rivals) if block and t.index == block.task), -1)
        if wanted < 0:
            return False
        self.log.append(Decision(len(rivals) + 1, wanted + 1))
        self.preempted = rivals[wanted].index
        return True

    def pick(self, candidates: list[int]) -> int:
        """Whom the path woke."""
        wanted = self.to_pick.pop(0) if self.to_pick else candidates[0]
        place = candidates.index(wanted) if wanted in candidates else 0
        if len(candidates) > 1:
            self.log.append(Decision(len(candidates), place))
        return candidates[place]

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
    def options(self) -> tuple[int, ...]:
        """The options that were taken, without the defaults at the end."""
        return trimmed(tuple(x.taken for x in self.log))


def trimmed(options: tuple[int, ...]) -> tuple[int, ...]:
    """Without the defaults at the end, which need not be chosen."""
    while options and not options[-1]:
        options = options[:-1]
    return options


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


class Chooser:
    """Finds short choices for the outcomes of one program, within so much work (decisions of its runs).

    `met` holds the numbers of the clauses that applied in any run so far.
    """

    def __init__(self, image: Image, variant: Variant, work: int = DEFAULT_WORK, *, deep: bool = False) -> None:
        self.deep = deep
        self.image = attrs.evolve(image, choices=b"")
        self.variant = variant
        self.left = work
        self.met: frozenset[int] = frozenset()

    def take(self, options: tuple[int, ...]) -> Taken:
        """Run with these options."""
        return self._run(type("_Wanted", (Recorded,), {"wanted": options}))

    def follow(self, path: Path) -> Taken:
        """Run along a path."""
        return self._run(type("_Way", (_Guided,), {"way": path}))

    def _run(self, machine: type[Recorded]) -> Taken:
        seen: list[Recorded] = []

        def drive(m: Machine, t: Task) -> None:
            if not seen:
                assert isinstance(m, Recorded)
                seen.append(m)
            steps.run_task(m, t)

        trace = run(self.image, self.variant, deep=self.deep, machine=machine, drive=drive)
        self.left -= len(seen[0].log) + 1
        self.met |= {number for number in range(len(BY_NUMBER)) if seen[0].hit[number]}
        return Taken(tuple(seen[0].log), trace.events, seen[0].posts)

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
