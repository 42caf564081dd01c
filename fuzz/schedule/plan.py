# SPDX-License-Identifier: Apache-2.0
"""The schedules that a campaign is still to try: programs as they are, with other choices.

Every program that enters the pool is swept. Now and then schedules are drawn around a parent in which two tasks were
ready at once, or tasks are made to meet in a child, and schedules drawn around that. All go through queues, so each
is a program like any other, with its coverage.
"""

from collections import deque
from collections.abc import Iterable
from itertools import islice
from random import Random
from typing import Final

import attrs

from fuzz.generate.change import changed
from fuzz.generate.codec import decode, encode
from fuzz.generate.meetings import meet
from fuzz.generate.mutate import fit
from fuzz.schedule import draw
from fuzz.schedule.decisions import Options, Recorded, chooser_of, options_of, play
from fuzz.schedule.sweep import deviations
from model import image as layout
from model.program import Program

_WAITING: Final = 4_000
"""Schedules that wait in a queue at most; the oldest are given up."""
_SWEPT: Final = 256
"""Schedules of one sweep at most, drawn if there are more. No program of the corpus has so many."""
_AGAIN: Final = 24
"""The same of a program that was swept before, and has only another schedule now."""
_DRAWN: Final = 4
"""Schedules that are drawn around a parent in one go; the run that says how many decisions it has is made once."""
_DRAWN_WHERE_TASKS_MEET: Final = 8
_RARELY: Final = 24
"""Of so many mutations, one draws schedules around the parent first, and in one tasks meet."""
_OFTEN: Final = 0.5
"""How much of all programs are schedules that wait, and how much of these are from sweeps while there are both."""
_AT_FIRST: Final = 0.8
"""How much of all programs, until the corpus is swept."""
_KNOWN: Final = 1 << 14
"""Programs that are remembered as swept."""


class Plan:
    """Programs with other schedules, from sweeps and drawn; `deep`: tasks may be preempted inside objects (D77)."""

    def __init__(self, start: Iterable[Program] = (), seed: int = 1, *, deep: bool = False) -> None:
        self.deep = deep
        self._random = Random(seed)
        self._first: deque[tuple[Program, Options]] = deque()
        self._near: deque[tuple[Program, Options]] = deque()
        self._drawn: deque[tuple[Program, Options]] = deque()
        self._swept: set[int] = set()
        for program in start:
            self._first.extend([(program, options) for options in self._sweep(program)])

    @property
    def waiting(self) -> int:
        """Schedules that are still to be tried."""
        return len(self._first) + len(self._near) + len(self._drawn)

    def entered(self, program: Program) -> None:
        """A program entered the pool: every schedule a step away from its own is to be tried."""
        _add(self._near, program, self._sweep(program))

    def _sweep(self, program: Program) -> list[Options]:
        """Those schedules; none of a program that was swept before, and fewer of one that only had another schedule."""
        image = layout.build(program)
        bare = attrs.evolve(image, choices=b"")
        wanted = options_of(program)
        known = hash((bytes(bare.memory), bare.steps))
        itself = hash((known, wanted))
        if itself in self._swept:
            return []
        log = play(bare, Recorded(wanted), deep=self.deep)
        near = list(deviations(wanted, log)) if log else []
        most = _AGAIN if known in self._swept else _SWEPT
        if len(self._swept) >= _KNOWN:
            self._swept.clear()
        self._swept.update((known, itself))
        return self._random.sample(near, most) if len(near) > most else near

    def around(self, program: Program, random: Random, count: int = _DRAWN) -> None:
        """Draw some schedules of a program, if two of its tasks were ready at once."""
        bare = attrs.evolve(layout.build(program), choices=b"")
        log = play(bare, Recorded(), deep=self.deep)
        if log:
            drawn = draw.stream(bare, random, deep=self.deep, length=len(log))
            _add(self._drawn, program, islice(drawn, count))

    def made(self, data: bytes, random: Random, most: int) -> bytes:
        """A mutant is about to be tried: now and then tasks meet in it first, and schedules of that are tried, too.

        Every second time they meet in a program of their own, which nothing else spoils.
        """
        if random.randrange(_RARELY):
            return data
        made = fit(meet(decode(data) if random.random() < 0.5 else Program(), random), most)
        self.around(decode(made), random, _DRAWN_WHERE_TASKS_MEET)
        return made

    def take(self, data: Program | None, random: Random, most: int) -> bytes | None:
        """The next program to try instead of a mutant of `data`, of at most so many bytes; None: make the mutant."""
        if data is not None and random.randrange(_RARELY) == 0:
            self.around(data, random)
        if self.waiting and random.random() < (_AT_FIRST if self._first else _OFTEN):
            program, options = self._next(random).popleft()
            chooser = chooser_of(options)
            if chooser is not None:
                made = encode(changed(program, chooser=chooser))
                if len(made) <= most:
                    return made
        return None

    def _next(self, random: Random) -> deque[tuple[Program, Options]]:
        """The corpus first; then in turn, since what is drawn would wait behind thousands that a sweep has left."""
        if self._first:
            return self._first
        return self._near if self._near and (not self._drawn or random.random() < _OFTEN) else self._drawn


def _add(queue: deque[tuple[Program, Options]], program: Program, schedules: Iterable[Options]) -> None:
    queue.extend([(program, options) for options in schedules])
    while len(queue) > _WAITING:
        queue.popleft()
