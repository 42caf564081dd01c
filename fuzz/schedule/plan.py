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
from fuzz.generate.codec import decode, encode, remember
from fuzz.generate.meetings import meet
from fuzz.generate.mutate import fit
from fuzz.schedule import draw
from fuzz.schedule.decisions import Options, Recorded, chooser_of, options_of, play
from fuzz.schedule.sweep import Change, changes, with_change
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
_LONG: Final = 256
"""Nothing is drawn around a program of more decisions. For those, 5 % of all, the drawing took half of its time.
Each draw is promised to meet a fault of two events only once in 500, and many are none that a program can say."""
_DRAWN_WHERE_TASKS_MEET: Final = 8
_RARELY: Final = 60
"""Of so many mutations, one draws schedules around the parent first, and in one tasks meet."""
_OFTEN: Final = 0.5
"""How much of all programs are schedules that wait, and how much of these are from sweeps while there are both."""
_AT_FIRST: Final = 0.8
"""How much of all programs, until the corpus is swept."""
_KNOWN: Final = 1 << 14
"""Programs that are remembered as swept."""


Schedule = tuple[Program, Options, Change]
"""What is to be tried: a program, choices for it, and what is changed of these."""


class Plan:
    """Programs with other schedules, from sweeps and drawn; `deep`: tasks may be preempted inside objects (D77)."""

    def __init__(self, start: Iterable[Program] = (), seed: int = 1, *, deep: bool = False) -> None:
        self.deep = deep
        self._random = Random(seed)
        self._first: deque[Schedule] = deque()
        self._near: deque[Schedule] = deque()
        self._drawn: deque[Schedule] = deque()
        self._swept: set[int] = set()
        for program in start:
            self._first.extend(self._sweep(program))

    @property
    def waiting(self) -> int:
        """Schedules that are still to be tried."""
        return len(self._first) + len(self._near) + len(self._drawn)

    def entered(self, program: Program) -> None:
        """A program entered the pool: every schedule a step away from its own is to be tried."""
        _add(self._near, self._sweep(program))

    def _sweep(self, program: Program) -> list[Schedule]:
        """Those schedules; none of a program that was swept before, and fewer of one that only had another schedule."""
        image = layout.build(program)
        bare = attrs.evolve(image, choices=b"")
        wanted = options_of(program)
        known = hash((bytes(bare.memory), bare.steps, bare.first_steps))
        itself = hash((known, wanted))
        if itself in self._swept:
            return []
        log = play(bare, Recorded(wanted), deep=self.deep)
        options = tuple([decision.taken for decision in log])
        near = changes(wanted, log)
        most = _AGAIN if known in self._swept else _SWEPT
        if len(self._swept) >= _KNOWN:
            self._swept.clear()
        self._swept.update((known, itself))
        if len(near) > most:
            near = self._random.sample(near, most)
        return [(program, options, change) for change in near]

    def around(self, program: Program, random: Random, count: int = _DRAWN) -> None:
        """Draw some schedules of a program, if two of its tasks were ready at once."""
        bare = attrs.evolve(layout.build(program), choices=b"")
        log = play(bare, Recorded(), deep=self.deep)
        if 0 < len(log) <= _LONG:
            drawn = draw.stream(bare, random, deep=self.deep, length=len(log))
            _add(self._drawn, [(program, options, ()) for options in islice(drawn, count)])

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
            program, options, change = self._next(random).popleft()
            chooser = chooser_of(with_change(options, change))
            if chooser is not None:
                made = changed(program, chooser=chooser)
                encoded = encode(made)
                if len(encoded) <= most:
                    remember(encoded, made)
                    return encoded
        return None

    def _next(self, random: Random) -> deque[Schedule]:
        """The corpus first; then in turn, since what is drawn would wait behind thousands that a sweep has left."""
        if self._first:
            return self._first
        return self._near if self._near and (not self._drawn or random.random() < _OFTEN) else self._drawn


def _add(queue: deque[Schedule], schedules: list[Schedule]) -> None:
    queue.extend(schedules)
    while len(queue) > _WAITING:
        queue.popleft()
