# SPDX-License-Identifier: Apache-2.0
"""A program in the making: its things, each in the next free place."""

from random import Random
from typing import Final

from model import program as pg
from model.image import STACK_TOP
from model.program import (
    NULL,
    Eventfd,
    Head,
    Operand,
    Operation,
    PageKind,
    Poke,
    Program,
    Space,
    Step,
    Threadlet,
    Timespec,
)

TOP: Final = Operand(Space.INT, 0, STACK_TOP)
_SLOTS: Final = (1, 2, 2, 4, 4, 4, 8, 16)


def number(value: int) -> Operand:
    """A number that needs no reduction."""
    return Operand(Space.INT, 0, value)


class Draft:
    """A program in the making, from nothing or from an existing one. Running out of places is no error.

    Attributes:
        steps: the steps added by this builder, without those of the program it began with.
        wakes: for each call that may still block, the steps that let it go on.
        awaited: what the head does in the end to wait for threadlets.
    """

    def __init__(self, random: Random, base: Program | None = None) -> None:
        self.random = random
        self.base = base or Program()
        self.pipes = set(self.base.pipes)
        self.eventfds = {e.index: e for e in self.base.eventfds}
        self.timespecs = {t.index: t for t in self.base.timespecs}
        self.heads = {h.index: h for h in self.base.heads}
        self.atoms = {a.index: a for a in self.base.atoms}
        self.words = {p.target.index for p in self.base.pokes if p.target.space is Space.WORD}
        self.pages = list(self.base.pages)
        self.scripts: dict[int, tuple[Operation, ...]] = {t.index: t.script for t in self.base.threadlets}
        self.pokes = list(self.base.pokes)
        self.choices = list(self.base.chooser)
        self.steps: list[Step] = []
        self.wakes: list[tuple[Step, ...]] = []
        self.awaited: list[Step] = []
        self.reaped: dict[int, int] = {}

    def program(self, position: int | None = None) -> Program:
        """What was built; the new steps go to `position` among the old ones (the end by default)."""
        old = self.base.steps
        at = len(old) if position is None else position
        return Program(
            pages=tuple(self.pages),
            pipes=tuple(sorted(self.pipes)),
            eventfds=tuple(self.eventfds[i] for i in sorted(self.eventfds)),
            timespecs=tuple(self.timespecs[i] for i in sorted(self.timespecs)),
            heads=tuple(self.heads[i] for i in sorted(self.heads)),
            atoms=tuple(self.atoms[i] for i in sorted(self.atoms)),
            pokes=tuple(self.pokes[: pg.MAX_POKES]),
            threadlets=tuple(Threadlet(i, self.scripts[i]) for i in sorted(self.scripts)),
            steps=(*old[:at], *self.steps, *old[at:])[: pg.MAX_STEPS],
            chooser=tuple(self.choices[: pg.MAX_CHOICES]),
        )

    def word(self, value: int = 0) -> Operand:
        """A word of its own, or some word when none is left."""
        index = next((i for i in range(pg.MAX_WORDS) if i not in self.words), None)
        if index is None:
            return Operand(Space.WORD, self.random.randrange(pg.MAX_WORDS))
        self.words.add(index)
        place = Operand(Space.WORD, index)
        if value:
            self.pokes.append(Poke(place, number(value)))
        return place

    def head(self, *, spare: bool = True) -> int:
        """A head with a ring of its own."""
        r = self.random
        index = min((i for i in range(pg.MAX_HEADS) if i not in self.heads), default=0)
        slots = r.choice(_SLOTS)
        start = number(r.randrange(slots)) if r.random() < 0.2 else NULL
        self.heads[index] = Head(
            index, Operand(Space.RING, index), number(8 * slots), start, start, TOP if spare else NULL
        )
        self.reaped[index] = start.value
        return index

    def pipe(self) -> int:
        """A pipe, mostly a new one."""
        fresh = [i for i in range(pg.MAX_PIPES) if i not in self.pipes]
        if fresh and (not self.pipes or self.random.random() < 0.7):
            self.pipes.add(fresh[0])
            return fresh[0]
        return self.random.choice(sorted(self.pipes))

    def eventfd(self, count: int = 0) -> int:
        """An eventfd, a new one while there are any."""
        index = min((i for i in range(pg.MAX_EVENTFDS) if i not in self.eventfds), default=None)
        if index is None:
            return self.random.randrange(pg.MAX_EVENTFDS)
        self.eventfds[index] = Eventfd(index, count, self.random.random() < 0.3)
        return index

    def timespec(self, ms: int) -> Operand:
        """A time, a new one while there are any."""
        index = min((i for i in range(pg.MAX_TIMESPECS) if i not in self.timespecs), default=None)
        if index is None:
            return Operand(Space.TIMESPEC, self.random.randrange(pg.MAX_TIMESPECS))
        self.timespecs[index] = Timespec(index, ms // 1000, ms % 1000 * 1_000_000)
        return Operand(Space.TIMESPEC, index)

    def cold(self) -> int:
        """A cold page: one that is there, or a data page or the last one, which now is."""
        cold = [i for i, kind in enumerate(self.pages) if kind is PageKind.COLD]
        page = self.random.choice(cold or (6, 6, 6, 4))
        self.pages[page] = PageKind.COLD
        return page

    def data(self) -> Operand:
        """A place in the data pages; sometimes just before an edge."""
        r = self.random
        if r.random() < 0.1:
            return Operand(Space.PAGE, r.choice((4, 6)), 4096 - 8 * r.randrange(1, 4))
        return Operand(Space.PAGE, r.choice((3, 4)), 8 * r.randrange(8))
