# SPDX-License-Identifier: Apache-2.0
"""Programs that make sense: chains and threadlets that run, block, are handed over, woken; then a little spoilt.

Everything depends on the given `random.Random` alone, so a seed is a program.
"""

from random import Random
from typing import Final

from fuzz.generate.draft import TOP, number
from fuzz.generate.odd_edits import make_odd
from fuzz.generate.scripts import Scripts
from model import abi
from model import program as pg
from model.program import (
    NULL,
    Advance,
    Arg,
    Atom,
    Call,
    Choice,
    Exit,
    Operand,
    Program,
    Reap,
    Settle,
    Space,
    Store,
)

_ASYNC: Final = (0, 0, 0, 0, 0, abi.SYSLET_ASYNC, abi.SYSLET_ASYNC, abi.SYSLET_SYNC)
_STOPS: Final = (0, 0, 0, 0, 0, abi.SYSLET_STOP_ON_NEGATIVE, abi.SYSLET_STOP_ON_NEGATIVE, abi.SYSLET_STOP_ON_ZERO,
                 abi.SYSLET_STOP_ON_NONZERO, abi.SYSLET_STOP_ON_NON_POSITIVE)  # fmt: skip


class Builder(Scripts):
    """Puts together chains and threadlets, and the steps around them."""

    # Chains

    def chain(self, length: int, *, blocks: bool) -> int:
        """A chain of neighbouring atoms; gives the number of the first."""
        r = self.random
        free = [i for i in range(pg.MAX_ATOMS) if i not in self.atoms] or [r.randrange(pg.MAX_ATOMS)]
        numbers = free[:length]
        where = r.randrange(len(numbers)) if blocks else -1
        for position, index in enumerate(numbers):
            action = self.blocking() if position == where or r.random() < 0.1 else self.quick()
            if action.wake:
                self.wakes.append(action.wake)
            flags = r.choice(_ASYNC) | r.choice(_STOPS)
            if position == where and flags & abi.SYSLET_SYNC and r.random() < 0.7:
                flags ^= abi.SYSLET_SYNC
            if flags & abi.SYSLET_STOP_MASK and r.random() < 0.4:
                flags |= abi.SYSLET_SKIP_TO_NEXT_ON_STOP
            last = position == len(numbers) - 1
            if r.random() < (0.1 if last else 0.2):
                flags |= abi.SYSLET_NO_COMPLETE
            self.atoms[index] = Atom(
                index,
                action.nr,
                tuple(self.argument(x) for x in action.args),
                flags,
                self.word() if r.random() < 0.6 else NULL,
                NULL if last else Operand(Space.ATOM, numbers[position + 1]),
                number(r.randrange(64)) if r.random() < 0.1 else NULL,
            )
        if r.random() < 0.2:
            self.loop(numbers)
        return numbers[0]

    def loop(self, numbers: list[int]) -> None:
        """Make the last atom count down and go back."""
        r = self.random
        index = numbers[-1]
        flags = abi.SYSLET_STOP_ON_ZERO
        if len(numbers) > 1 and r.random() < 0.4:
            flags |= abi.SYSLET_SKIP_TO_NEXT_ON_STOP
        args = (Arg(self.word(r.randrange(2, 6))), Arg(number(-1)))
        back = Operand(Space.ATOM, r.choice(numbers))
        self.atoms[index] = Atom(index, abi.NR_UMEM_ADD, args, flags, next=back)

    def argument(self, value: Operand) -> Arg:
        """The value as an immediate argument, or sometimes in a word that is shared."""
        if self.random.random() < 0.1 and value.space is Space.INT:
            return Arg(self.word(value.value), True)
        return Arg(value)

    # Steps

    def submit(self, head: int, first: int) -> None:
        """Refill where that was forgotten, exec, and perhaps let the others run."""
        r = self.random
        if r.random() < 0.75:
            self.steps.append(Store(Operand(Space.HEAD, head, abi.AHU_NEW_THREAD_STACK), TOP))
        self.steps.append(Call(abi.NR_ASYNC_EXEC, (Operand(Space.ATOM, first), Operand(Space.HEAD, head))))
        if r.random() < 0.4:
            self.steps.append(Settle())

    def wake(self) -> None:
        """Let one of the blocked calls go on."""
        if self.wakes:
            self.steps += self.wakes.pop(self.random.randrange(len(self.wakes)))
            if self.random.random() < 0.5:
                self.steps.append(Settle())

    def consume(self, head: int) -> None:
        """Reap some events, or wait for some."""
        r = self.random
        if r.random() < 0.6:
            for _ in range(r.randrange(1, 4)):
                self.steps.append(Reap(Operand(Space.HEAD, head)))
                self.reaped[head] = self.reaped.get(head, 0) + 1
            return
        size = self.heads[head].size.value // 8 or 1 if head in self.heads else 1
        index = self.reaped.get(head, 0) % size
        args = (number(r.choice((0, 1, 1, 1, 2, 3))), number(index), Operand(Space.HEAD, head))
        self.steps.append(Call(abi.NR_ASYNC_WAIT, args))

    def scene(self, chains: int, threadlets: int = 0) -> None:
        """Some chains and threadlets are submitted, woken and reaped, in one of many orders."""
        r = self.random
        heads = sorted(self.heads) or [self.head()]
        kinds = [False] * chains + [True] * threadlets
        if threadlets:
            r.shuffle(kinds)
        for is_threadlet in kinds:
            head = r.choice(heads)
            if is_threadlet:
                self.launch(head)
            else:
                length = r.choice((1, 1, 2, 2, 3, 3, 4, 6))
                self.submit(head, self.chain(length, blocks=r.random() < 0.85))
            if r.random() < 0.35:
                self.wake()
            if r.random() < 0.2:
                self.consume(head)
        while self.wakes and r.random() < 0.85:
            self.wake()
        self.steps.append(Settle() if r.random() < 0.8 else Advance(r.choice((1, 2, 5, 20))))
        self.steps += self.awaited
        self.awaited = []
        for head in heads:
            if r.random() < 0.7:
                self.consume(head)

    def choose(self) -> None:
        """Let some choice points go another way than the default."""
        for _ in range(self.random.randrange(1, 8)):
            self.choices.append(Choice(self.random.choice((0, 0, 0, 1, 1, 2, 4, 9)), self.random.randrange(4)))


def program(random: Random) -> Program:
    """A program; mostly about 12 steps, 8 atoms and 3 objects, sometimes tiny, sometimes large."""
    builder = Builder(random)
    chains = random.choices((1, 2, 3, 4, 10), weights=(4, 5, 5, 3, 1))[0]
    threadlets = random.choice((1, 1, 2, 2, 3, 5)) if random.random() < 0.35 else 0
    if threadlets:
        # Mostly beside chains, on the same heads; their number makes up for the room.
        chains = 0 if random.random() < 0.2 else min(chains, 3)
    for _ in range(random.choice((1, 1, 1, 2, 2, 3))):
        builder.head(spare=random.random() < 0.95)
    builder.scene(chains, threadlets)
    if random.random() < 0.2:
        builder.scene(1)
    elif threadlets and random.random() < 0.3:
        builder.scene(0, 1)
    if random.random() < 0.1:
        builder.steps.append(Exit(random.randrange(4)))
    if random.random() < 0.5:
        builder.choose()
    made = builder.program()
    for _ in range(random.choice((0, 0, 1, 1, 2, 3))):
        made = make_odd(made, random)
    return made
