# SPDX-License-Identifier: Apache-2.0
"""The schedules that a campaign is still to try: programs as they are, with other choices.

Every program that enters the pool is swept. Now and then schedules are drawn around a parent in which two tasks were
ready at once. Both go through one queue, so each is a program like any other, with its coverage.
"""

from collections import deque
from collections.abc import Iterable
from itertools import islice
from random import Random
from typing import Final

import attrs

from fuzz.generate.change import changed
from fuzz.generate.codec import decode, encode
from fuzz.schedule import draw
from fuzz.schedule.decisions import Options, Recorded, chooser_of, options_of, play
from fuzz.schedule.sweep import deviations
from model import image as layout
from model.program import Program

_WAITING: Final = 4_000
"""Schedules that wait at most; the oldest are given up."""
_SWEPT: Final = 256
"""Schedules of one sweep at most, drawn if there are more. No program of the corpus has so many."""
_AGAIN: Final = 24
"""The same of a program that was swept before, and has only another schedule now."""
_DRAWN: Final = 4
"""Schedules that are drawn around a parent in one go; the run that says how many decisions it has is made once."""
_RARELY: Final = 24
"""Of so many mutations, one draws schedules around the parent first, and one around the child."""
_KNOWN: Final = 1 << 14
"""Programs that are remembered as swept."""


class Plan:
    """A queue of programs with other schedules; `deep`: tasks may be preempted inside objects (D77)."""

    def __init__(self, start: Iterable[Program] = (), seed: int = 1, *, deep: bool = False) -> None:
        self.deep = deep
        self._random = Random(seed)
        self._waiting: deque[tuple[Program, Options]] = deque()
        self._swept: set[int] = set()
        for program in start:
            self.entered(program)

    @property
    def waiting(self) -> int:
        """Schedules that are still to be tried."""
        return len(self._waiting)

    def entered(self, program: Program) -> None:
        """A program entered the pool: every schedule a step away from its own is to be tried."""
        image = layout.build(program)
        bare = attrs.evolve(image, choices=b"")
        wanted = options_of(program)
        log = play(bare, Recorded(wanted), deep=self.deep)
        if not log:
            return
        near = list(deviations(wanted, log))
        known = hash((bytes(bare.memory), bare.steps, bare.first_steps))
        most = _AGAIN if known in self._swept else _SWEPT
        if len(self._swept) >= _KNOWN:
            self._swept.clear()
        self._swept.add(known)
        if len(near) > most:
            near = self._random.sample(near, most)
        self._add(program, near)

    def around(self, program: Program, random: Random) -> None:
        """Draw some schedules of a program, if two of its tasks were ready at once."""
        bare = attrs.evolve(layout.build(program), choices=b"")
        log = play(bare, Recorded(), deep=self.deep)
        if log:
            drawn = draw.stream(bare, random, deep=self.deep, length=len(log))
            self._add(program, islice(drawn, _DRAWN))

    def made(self, data: bytes, random: Random) -> bytes:
        """A mutant is about to be tried: now and then some schedules of it are, too."""
        if random.randrange(_RARELY) == 0:
            self.around(decode(data), random)
        return data

    def take(self, data: Program | None, random: Random, most: int) -> bytes | None:
        """The next program to try instead of a mutant of `data`, of at most so many bytes; None: make the mutant."""
        if data is not None and random.randrange(_RARELY) == 0:
            self.around(data, random)
        if self._waiting and random.random() < 0.5:
            program, options = self._waiting.popleft()
            chooser = chooser_of(options)
            if chooser is not None:
                made = encode(changed(program, chooser=chooser))
                if len(made) <= most:
                    return made
        return None

    def _add(self, program: Program, schedules: Iterable[Options]) -> None:
        self._waiting.extend([(program, options) for options in schedules])
        while len(self._waiting) > _WAITING:
            self._waiting.popleft()
