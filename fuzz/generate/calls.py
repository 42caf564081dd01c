# SPDX-License-Identifier: Apache-2.0
"""Calls that make sense: some that block, with what lets them go on, and some that do not."""

from typing import Final

import attrs

from fuzz.generate.draft import Draft, number
from model import abi
from model.program import NULL, Advance, Call, Operand, Space, Step, Store

WAIT: Final = 128
WAKE: Final = 129


@attrs.frozen(eq=False)
class Action:
    """A call that an atom, operation or step may make, and what lets it go on if it blocks (empty: it does not)."""

    nr: int
    args: tuple[Operand, ...] = ()
    wake: tuple[Step, ...] = ()


class Calls(Draft):
    """Things, and calls on them."""

    def blocking(self) -> Action:
        """A call that blocks unless something else happened before."""
        r = self.random
        kind = r.randrange(10)
        if kind < 4:
            pipe, count = self.pipe(), r.choice((1, 8, 8, 16, 64))
            wake = Call(abi.NR_WRITE, (Operand(Space.PIPE_WRITE, pipe), self.data(), number(count)))
            if r.random() < 0.1:
                wake = Call(abi.NR_CLOSE, (Operand(Space.PIPE_WRITE, pipe),))
            args = (Operand(Space.PIPE_READ, pipe), self.data(), number(r.choice((count, 8, 4096))))
            return Action(abi.NR_READ, args, (wake,))
        if kind < 6:
            event = Operand(Space.EVENTFD, self.eventfd())
            wake = Call(abi.NR_WRITE, (event, self.word(r.choice((1, 1, 2, 5))), number(8)))
            return Action(abi.NR_READ, (event, self.data(), number(8)), (wake,))
        if kind < 8:
            ms = r.choice((1, 1, 2, 3, 5, 5, 10, 1000))
            return Action(abi.NR_NANOSLEEP, (self.timespec(ms), NULL), (Advance(ms),))
        if kind == 8:
            return self.futex()
        pipe = self.pipe()
        end, source = Operand(Space.PIPE_WRITE, pipe), self.data()
        wake = Call(abi.NR_READ, (Operand(Space.PIPE_READ, pipe), Operand(Space.PAGE, 4), number(4096)))
        return Action(abi.NR_WRITE, (end, source, number(r.choice((4097, 5000, 8192)))), (wake, wake))

    def futex(self) -> Action:
        """A futex wait with the value it waits on, perhaps with a time-out."""
        r = self.random
        value = r.choice((0, 0, 7))
        word = self.word(value)
        args = (word, number(WAIT), number(value), NULL)
        if r.random() < 0.3:
            ms = r.choice((1, 4))
            return Action(abi.NR_FUTEX, (*args[:3], self.timespec(ms)), (Advance(ms),))
        wake: tuple[Step, ...] = (Call(abi.NR_FUTEX, (word, number(WAKE), number(r.choice((1, 1, 2))))),)
        if r.random() < 0.5:
            wake = (Store(word, number(1)), *wake)
        return Action(abi.NR_FUTEX, args if r.random() < 0.8 else args[:3], wake)

    def quick(self) -> Action:
        """A call that does not block, as things are at the start."""
        r = self.random
        kind = r.randrange(8)
        if kind < 3:
            return Action(abi.NR_UMEM_ADD, (self.word(r.randrange(4)), number(r.choice((1, 1, 2, -1, 0)))))
        if kind < 5:
            return Action(r.choice((abi.NR_GETPID, abi.NR_GETTID, abi.NR_SCHED_YIELD)))
        if kind < 7 and self.wakes and r.random() < 0.6:
            # What wakes one chain is done by another.
            calls = [s for s in r.choice(self.wakes) if isinstance(s, Call)]
            if calls:
                return Action(calls[-1].nr, calls[-1].args)
        pipe = Operand(Space.PIPE_WRITE, self.pipe())
        return Action(abi.NR_WRITE, (pipe, self.data(), number(r.choice((0, 1, 8, 8, 100)))))
