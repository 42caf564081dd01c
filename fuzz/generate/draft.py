# SPDX-License-Identifier: Apache-2.0
"""A program in the making: its things, each in the next free place, and calls on them that make sense."""

from collections.abc import Container
from random import Random
from typing import Final

from fuzz.generate.change import numbered
from fuzz.generate.operands import TOP, number
from model import abi
from model import program as pg
from model.program import NULL, Call, Operand, Operation, Program, Space, Step, Store

WAIT: Final = 128
WAKE: Final = 129
REQUEUE: Final = 131
CMP_REQUEUE: Final = 132
WAIT_BITSET: Final = 137
WAKE_BITSET: Final = 138
MONOTONIC: Final = number(1)
ABSTIME: Final = number(1)
_NEVER: Final = 9_223_372_036_000
"""Milliseconds that the kernel's clock cannot hold."""
_SLOTS: Final = (1, 2, 2, 4, 4, 4, 8, 16)

Action = tuple[Call, tuple[Step, ...]]
"""A call that an atom, operation or step may make, and what lets it go on if it blocks (empty: it does not)."""


def free_number(taken: Container[int], limit: int) -> int | None:
    """The lowest number below the limit that is not taken, if one is left."""
    return next((i for i in range(limit) if i not in taken), None)


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
            eventfds=numbered(self.eventfds.values()),
            timespecs=numbered(self.timespecs.values()),
            heads=numbered(self.heads.values()),
            atoms=numbered(self.atoms.values()),
            pokes=tuple(self.pokes[: pg.MAX_POKES]),
            threadlets=tuple(pg.Threadlet(i, self.scripts[i]) for i in sorted(self.scripts)),
            steps=(*old[:at], *self.steps, *old[at:])[: pg.MAX_STEPS],
            chooser=tuple(self.choices[: pg.MAX_CHOICES]),
            threads=self.base.threads,
        )

    # Things

    def word(self, value: int = 0) -> Operand:
        """A word of its own, or some word when none is left."""
        index = free_number(self.words, pg.MAX_WORDS)
        if index is None:
            return Operand(Space.WORD, self.random.randrange(pg.MAX_WORDS))
        self.words.add(index)
        place = Operand(Space.WORD, index)
        if value:
            self.pokes.append(pg.Poke(place, number(value)))
        return place

    def head(self, *, spare: bool = True) -> int:
        """A head with a ring of its own."""
        r = self.random
        index = free_number(self.heads, pg.MAX_HEADS) or 0
        slots = r.choice(_SLOTS)
        start = number(r.randrange(slots)) if r.random() < 0.2 else NULL
        ring, stack = Operand(Space.RING, index), TOP if spare else NULL
        self.heads[index] = pg.Head(index, ring, number(8 * slots), start, start, stack)
        self.reaped[index] = start.value
        return index

    def pipe(self) -> int:
        """A pipe, mostly a new one."""
        fresh = free_number(self.pipes, pg.MAX_PIPES)
        if fresh is not None and (not self.pipes or self.random.random() < 0.7):
            self.pipes.add(fresh)
            return fresh
        return self.random.choice(sorted(self.pipes))

    def eventfd(self) -> Operand:
        """An eventfd, a new one while there are any."""
        index = free_number(self.eventfds, pg.MAX_EVENTFDS)
        if index is None:
            return Operand(Space.EVENTFD, self.random.randrange(pg.MAX_EVENTFDS))
        self.eventfds[index] = pg.Eventfd(index, 0, self.random.random() < 0.3)
        return Operand(Space.EVENTFD, index)

    def timespec(self, ms: int) -> Operand:
        """A time, a new one while there are any."""
        index = free_number(self.timespecs, pg.MAX_TIMESPECS)
        if index is None:
            return Operand(Space.TIMESPEC, self.random.randrange(pg.MAX_TIMESPECS))
        self.timespecs[index] = pg.Timespec(index, ms // 1000, ms % 1000 * 1_000_000)
        return Operand(Space.TIMESPEC, index)

    def cold(self) -> int:
        """A cold page: one that is there, or a data page or the last one, which now is."""
        cold = [i for i, kind in enumerate(self.pages) if kind is pg.PageKind.COLD]
        page = self.random.choice(cold or (6, 6, 6, 4))
        self.pages[page] = pg.PageKind.COLD
        return page

    def data(self) -> Operand:
        """A place in the data pages; sometimes just before an edge."""
        r = self.random
        if r.random() < 0.1:
            return Operand(Space.PAGE, r.choice((4, 6)), 4096 - 8 * r.randrange(1, 4))
        return Operand(Space.PAGE, r.choice((3, 4)), 8 * r.randrange(8))

    # Calls

    def call(self, *, blocks: bool) -> Call:
        """A call that blocks, or one that does not; what lets it go on is kept."""
        call, wake = self.blocking() if blocks else self.quick()
        if wake:
            self.wakes.append(wake)
        return call

    def some_call(self) -> Call:
        """A call of any kind that has arguments, all kinds alike."""
        r = self.random
        kind = r.randrange(12)
        if kind < 2:
            end = Operand(Space.PIPE_WRITE if kind else Space.PIPE_READ, self.pipe())
            return Call(abi.NR_WRITE if kind else abi.NR_READ, (end, self.data(), number(r.choice((1, 8, 8, 4096)))))
        if kind < 4:
            place = self.word(r.choice((1, 2))) if kind == 3 else self.data()
            return Call(abi.NR_WRITE if kind == 3 else abi.NR_READ, (self.eventfd(), place, number(8)))
        if kind < 6 or kind > 9:
            when = self.timespec(r.choice((1, 2, 5)))
            command, value = (WAKE, 1) if r.random() < 0.3 else (WAIT, 0)
            command &= 127 if r.random() < 0.4 else -1  # shared
            if r.random() < 0.35:
                count = number(r.choice((0, 0, 1, 1, 1, 1, 2, 2, -1)))
                most = number(r.choice((0, 1, 1, 2, -1)))
                word = self.word() if r.random() < 0.9 else Operand(Space.WORD, 0, 2)
                move = (word, number(r.choice((REQUEUE, CMP_REQUEUE))), count, most)
                return Call(abi.NR_FUTEX, (*move, self.word() if r.random() < 0.85 else word, NULL))
            return Call(abi.NR_FUTEX, (self.word(), number(command), number(value), when))
        if kind == 6:
            return self.sleep(r.choice((1, 2, 5)))
        if kind == 7:
            return Call(abi.NR_UMEM_ADD, (self.word(r.randrange(4)), number(1)))
        if kind == 8:
            end = Operand(r.choice((Space.PIPE_READ, Space.PIPE_WRITE)), self.pipe())
            return Call(abi.NR_CLOSE, (self.eventfd() if r.random() < 0.3 else end,))
        head = Operand(Space.HEAD, r.choice(sorted(self.heads) or [0]))
        return Call(abi.NR_ASYNC_WAIT, (number(1), number(0), head))

    def blocking(self) -> Action:
        """A call that blocks unless something else happened before."""
        r = self.random
        kind = r.randrange(11)
        if kind < 4:
            pipe, count = self.pipe(), r.choice((1, 8, 8, 16, 64))
            wake = Call(abi.NR_WRITE, (Operand(Space.PIPE_WRITE, pipe), self.data(), number(count)))
            if r.random() < 0.1:
                wake = Call(abi.NR_CLOSE, (Operand(Space.PIPE_WRITE, pipe),))
            args = (Operand(Space.PIPE_READ, pipe), self.data(), number(r.choice((count, 8, 4096))))
            return Call(abi.NR_READ, args), (wake,)
        if kind < 6:
            event = self.eventfd()
            wake = Call(abi.NR_WRITE, (event, self.word(r.choice((1, 1, 2, 5))), number(8)))
            return Call(abi.NR_READ, (event, self.data(), number(8))), (wake,)
        if kind < 8:
            ms = r.choice((1, 1, 2, 3, 5, 5, 10, 1000))
            return self.sleep(ms), (pg.Advance(ms),)
        if kind in (8, 10):
            return self.futex()
        pipe = self.pipe()
        end, source = Operand(Space.PIPE_WRITE, pipe), self.data()
        wake = Call(abi.NR_READ, (Operand(Space.PIPE_READ, pipe), Operand(Space.PAGE, 4), number(4096)))
        return Call(abi.NR_WRITE, (end, source, number(r.choice((4097, 5000, 8192))))), (wake, wake)

    def sleep(self, ms: int) -> Call:
        """A sleep for a time, in some of the ways; or until a moment, which is the same at the start."""
        kind = self.random.random()
        when = self.timespec(0 if kind > 0.97 else _NEVER if kind > 0.95 else ms)
        if kind < 0.7:
            return Call(abi.NR_NANOSLEEP, (when, NULL))
        return Call(abi.NR_CLOCK_NANOSLEEP, (MONOTONIC, NULL if kind < 0.8 else ABSTIME, when, NULL))

    def futex(self) -> Action:
        """A futex wait with the value it waits on, perhaps with a time-out."""
        r = self.random
        value = r.choice((0, 0, 7))
        word = self.word(value)
        if r.random() < 0.15:
            return self.futex_of_bits(word, value)
        args: tuple[Operand, ...] = (word, number(WAIT), number(value))
        if r.random() < 0.3:
            ms = r.choice((1, 4))
            args = (*args, self.timespec(ms))
            if r.random() < 0.5:
                return Call(abi.NR_FUTEX, args), (pg.Advance(ms),)
        wake: tuple[Step, ...] = (Call(abi.NR_FUTEX, (word, number(WAKE), number(r.choice((1, 1, 2))))),)
        if r.random() < 0.5:
            wake = (Store(word, number(1)), *wake)
        if r.random() < 0.2:
            other = self.word(value)
            moves = (word, number(REQUEUE), number(r.choice((0, 0, 1))), number(r.choice((1, 2))), other)
            wake = (Call(abi.NR_FUTEX, moves), Call(abi.NR_FUTEX, (other, number(WAKE), number(r.choice((1, 2))))))
        return Call(abi.NR_FUTEX, (*args, NULL) if len(args) < 4 and r.random() < 0.8 else args), wake

    def futex_of_bits(self, word: Operand, value: int) -> Action:
        """A wait with a set of bits, and a wake that mostly has one of them."""
        r = self.random
        mine, bits = number(r.choice((1, 2, 3))), number(r.choice((1, 2, 3, -1)))
        until = r.choice((NULL, NULL, NULL, self.timespec(r.choice((1, 1, 4))), Operand(Space.PAGE, r.choice((6, 7)))))
        call = Call(abi.NR_FUTEX, (word, number(WAIT_BITSET), number(value), until, NULL, mine))
        return call, (Call(abi.NR_FUTEX, (word, number(WAKE_BITSET), number(r.choice((1, 2))), NULL, NULL, bits)),)

    def quick(self) -> Action:
        """A call that does not block, as things are at the start."""
        r = self.random
        kind = r.randrange(8)
        if kind < 3:
            return Call(abi.NR_UMEM_ADD, (self.word(r.randrange(4)), number(r.choice((1, 1, 2, -1, 0))))), ()
        if kind == 4 and r.random() < 0.4:
            return Call(abi.NR_CLOCK_GETTIME, (MONOTONIC, r.choice((self.timespec(0), self.data())))), ()
        if kind < 5:
            return Call(r.choice((abi.NR_GETPID, abi.NR_GETTID, abi.NR_SCHED_YIELD))), ()
        if kind < 7 and self.wakes and r.random() < 0.6:
            # What wakes one chain is done by another.
            calls = [s for s in r.choice(self.wakes) if isinstance(s, Call)]
            if calls:
                return calls[-1], ()
        pipe = Operand(Space.PIPE_WRITE, self.pipe())
        return Call(abi.NR_WRITE, (pipe, self.data(), number(r.choice((0, 1, 8, 8, 100))))), ()
