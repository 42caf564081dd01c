# SPDX-License-Identifier: Apache-2.0
"""Schedules drawn by the model, which knows who can run: by priorities (PCT), and by partial order (POS).

PCT (Burckhardt and others, 2010): every task has a priority, and the highest goes on. At `depth - 1` decisions, drawn
beforehand, the task that runs falls below all others. Of n tasks and k decisions, a fault that shows wherever `depth`
events come in some order is met by a schedule with a probability of at least 1 / (n * k ** (depth - 1)).

POS (Yuan and others, 2018): every *access* has a priority. The highest is done next, and then all that wait to touch
the same get new ones; so the order of two accesses to one word is open each time they meet.
"""

from collections.abc import Iterator
from random import Random
from typing import Final

from fuzz.schedule.decisions import Decision, Options, Recorded, play, taken
from model.image import Image
from model.spec.names import Location
from model.spec.state import State
from model.spec.task import Task
from model.variant import PINNED, Variant

DEPTHS: Final = (2, 3, 2, 4, 2, 3, 1, 5, 2, 3, 2, 4, 2, 3, 6, 2)
"""Of the schedules by priorities, in turn: two is what most races need."""
_LEAST: Final = 4


class _Ranked(Recorded):
    """Tasks have priorities, drawn when they are first asked for."""

    def __init__(self, random: Random) -> None:
        super().__init__()
        self.random = random
        self.of_task: dict[int, float] = {}

    def highest(self, tasks: list[int]) -> int:
        """Which of these has the highest."""
        for task in tasks:
            if task not in self.of_task:
                self.of_task[task] = self.random.random()
        return max(range(len(tasks)), key=lambda i: self.of_task[tasks[i]])


class ByPriority(_Ranked):
    """PCT: the task of the highest priority goes on; `drops` are the decisions before which the first one falls."""

    def __init__(self, random: Random, drops: frozenset[int]) -> None:
        super().__init__(random)
        self.drops = drops
        self.lowest = 0.0

    def decide(self, tasks: list[int]) -> int:
        """See `Chosen`."""
        if len(tasks) < 2:
            return tasks[0]
        best = self.highest(tasks)
        if len(self.log) in self.drops:
            self.lowest -= 1.0
            self.of_task[tasks[best]] = self.lowest
            best = self.highest(tasks)
        return self.take(tasks, best)


class ByAccess(_Ranked):
    """POS: the access of the highest priority is done next; then all that race with it get new ones."""

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self.waits_at: dict[int, Location] = {}

    def pauses(self, m: State, t: Task, location: Location, write: bool, follows: int) -> bool:
        """See `Chosen`."""
        if not self.passing:
            self.of_task[t.index] = self.random.random()
            self.waits_at[t.index] = location
        stops = super().pauses(m, t, location, write, follows)
        if not stops:
            self.waits_at.pop(t.index, None)
            self.of_task.pop(t.index, None)
            for task, place in self.waits_at.items():
                if place == location:
                    self.of_task[task] = self.random.random()
        return stops

    def decide(self, tasks: list[int]) -> int:
        """See `Chosen`."""
        if len(tasks) < 2:
            return tasks[0]
        return self.take(tasks, self.highest(tasks))


def by_priority(
    image: Image, random: Random, depth: int, length: int, variant: Variant = PINNED, *, deep: bool = False
) -> list[Decision]:
    """One schedule by PCT; `length` is how many decisions there are, as far as is known."""
    length = max(length, _LEAST)
    drops = frozenset(random.sample(range(length), min(depth - 1, length)))
    return play(image, ByPriority(random, drops), variant, deep=deep)


def by_access(image: Image, random: Random, variant: Variant = PINNED, *, deep: bool = False) -> list[Decision]:
    """One schedule by POS."""
    return play(image, ByAccess(random), variant, deep=deep)


def stream(
    image: Image, random: Random, variant: Variant = PINNED, *, deep: bool = False, length: int = 0
) -> Iterator[Options]:
    """Schedules without end, from both in turn, at a depth that rotates.

    `image` has no choices of its own; `length` is how many decisions its run has, if that is known.
    """
    length = length or len(play(image, Recorded(), variant, deep=deep))
    turn = random.randrange(len(DEPTHS))
    while True:
        log = by_priority(image, random, DEPTHS[turn % len(DEPTHS)], length, variant, deep=deep)
        length = max(length, len(log))
        yield taken(log)
        yield taken(by_access(image, random, variant, deep=deep))
        turn += 1
