# SPDX-License-Identifier: Apache-2.0
"""The random engine: the same seed gives the same programs, traces and minimized cases, on any machine.

It is steered only by what the model visits, never by the native side's coverage, which depends on the compiler.
"""

import random
from collections.abc import Callable, Iterator
from typing import Final

from fuzz.campaign.options import MAX_BYTES
from fuzz.campaign.seeds import seed_programs
from fuzz.campaign.session import Session
from fuzz.generate import codec, fresh, mutate
from fuzz.schedule.plan import Plan
from model.program import Program

_POOL: Final = 512
_BLANK_MAP: Final = bytes(1 << 16)


class Source:
    """An endless, repeatable stream of programs."""

    def __init__(self, seed: int, *, deep: bool = False, opaque: bool = False) -> None:
        self._random = random.Random(seed)
        self._opaque = opaque
        programs = list(seed_programs(opaque=opaque))
        self._pool = [codec.encode(program) for program in programs]
        self._plan = Plan(programs, seed, deep=deep)

    def __iter__(self) -> Iterator[Program]:
        """Programs, without end."""
        return self

    def __next__(self) -> Program:
        """A fresh program, another schedule of a parent, a mutant, or a child of two."""
        kind = self._random.randrange(8)
        seed = self._random.getrandbits(32)
        if kind == 0 or not self._pool:
            return fresh.program(random.Random(seed), opaque=self._opaque)
        parent = self._random.choice(self._pool)
        drawing = random.Random(seed)
        planned = self._plan.take(codec.decode(parent), drawing, MAX_BYTES)
        if planned is not None:
            return codec.decode(planned)
        if kind == 1:
            made = mutate.crossover(parent, self._random.choice(self._pool), MAX_BYTES, seed)
        else:
            made = mutate.mutate(parent, MAX_BYTES, seed, opaque=self._opaque)
        return codec.decode(self._plan.made(made, drawing, MAX_BYTES))

    def keep(self, program: Program) -> None:
        """A program that showed something new becomes a parent."""
        self._plan.entered(program)
        data = codec.encode(program)
        if len(self._pool) < _POOL:
            self._pool.append(data)
        else:
            self._pool[self._random.randrange(_POOL)] = data

    @property
    def size(self) -> int:
        """Number of parents."""
        return len(self._pool)


def drive(session: Session, seed: int, go_on: Callable[[], bool]) -> None:
    """Evaluate programs of the stream for as long as `go_on` says."""
    source = Source(seed, deep=session.steering.deep, opaque=session.makes_opaque)
    coverage = session.steering.coverage
    seen = 0
    counters = session.stats.counters
    while go_on():
        program = next(source)
        coverage[:] = _BLANK_MAP
        session.evaluate(program)
        if session.found_new_feature:
            source.keep(program)
            counters.corpus = source.size
            seen |= int.from_bytes(coverage, "little")
            counters.coverage = sum(1 for x in seen.to_bytes(len(coverage), "little") if x)
