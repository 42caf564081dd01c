# SPDX-License-Identifier: Apache-2.0
"""Programs that make sense: chains and threadlets that run, block, are handed over, woken; then a little spoilt.

Everything depends on the given `random.Random` alone, so a seed is a program.
"""

from random import Random
from typing import Final

from fuzz.generate.draft import WAIT, WAKE, Draft, free_number
from fuzz.generate.limit_edits import make_limit
from fuzz.generate.odd_edits import make_odd
from fuzz.generate.operands import TOP, number
from model import abi
from model import program as pg
from model.program import NULL, Arg, Call, Exec, Operand, Operation, Program, Settle, Space, Store

_ASYNC: Final = (0, 0, 0, 0, 0, abi.SYSLET_ASYNC, abi.SYSLET_ASYNC, abi.SYSLET_SYNC)
_STOPS: Final = (0, 0, 0, 0, 0, abi.SYSLET_STOP_ON_NEGATIVE, abi.SYSLET_STOP_ON_NEGATIVE, abi.SYSLET_STOP_ON_ZERO,
                 abi.SYSLET_STOP_ON_NONZERO, abi.SYSLET_STOP_ON_NON_POSITIVE)  # fmt: skip
#: Calls that a script is refused, or that are no entry of the table where a script makes them.
ODD_CALLS: Final = (
    abi.NR_ASYNC_THREAD, abi.NR_ASYNC_WAIT, abi.NR_ASYNC_EXEC, abi.NR_THREADLET_ON, abi.NR_THREADLET_OFF,
    abi.NR_EXIT, 57, 231, 15, 999, abi.NR_TABLE,
)  # fmt: skip


class Builder(Draft):
    """Puts together chains and threadlets, and the steps around them."""

    # Chains

    def chain(self, length: int, *, blocks: bool) -> int:
        """A chain of neighbouring atoms; gives the number of the first."""
        r = self.random
        free = [i for i in range(pg.MAX_ATOMS) if i not in self.atoms] or [r.randrange(pg.MAX_ATOMS)]
        numbers = free[:length]
        where = r.randrange(len(numbers)) if blocks else -1
        for position, index in enumerate(numbers):
            call = self.call(blocks=position == where or r.random() < 0.1)
            flags = r.choice(_ASYNC) | r.choice(_STOPS)
            if position == where and flags & abi.SYSLET_SYNC and r.random() < 0.7:
                flags ^= abi.SYSLET_SYNC
            if flags & abi.SYSLET_STOP_MASK and r.random() < 0.4:
                flags |= abi.SYSLET_SKIP_TO_NEXT_ON_STOP
            last = position == len(numbers) - 1
            if r.random() < (0.1 if last else 0.2):
                flags |= abi.SYSLET_NO_COMPLETE
            self.atoms[index] = pg.Atom(
                index,
                call.nr,
                tuple(map(self.argument, call.args)),
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
        self.atoms[index] = pg.Atom(index, abi.NR_UMEM_ADD, args, flags, next=back)

    def argument(self, value: Operand) -> Arg:
        """The value as an immediate argument, or sometimes in a word that is shared."""
        if self.random.random() < 0.1 and value.space is Space.INT:
            return Arg(self.word(value.value), True)
        return Arg(value)

    # Threadlets

    def operation(self) -> Operation:
        """An operation that does not block, as things are at the start."""
        r = self.random
        kind = r.random()
        if kind < 0.2:
            return Store(self.word(), number(r.choice((1, 1, 7, 0))))
        if kind < 0.26:
            return Exec(r.randrange(2), r.randrange(pg.MAX_STACKS), Operand(Space.HEAD, 0), r.random() < 0.2)
        if kind < 0.34:
            atom, head = Operand(Space.ATOM, r.randrange(2)), Operand(Space.HEAD, 0)
            nr = r.choice(ODD_CALLS)
            given = {abi.NR_ASYNC_EXEC: (atom, head), abi.NR_ASYNC_WAIT: (number(1), number(0), head)}
            return Call(nr, given.get(nr, ()))
        return self.call(blocks=False)

    def sleeper(self) -> Operation:
        """An operation that blocks unless something else happened before: a call, or a touch of a cold page."""
        r = self.random
        if r.random() < 0.15:
            self.wakes.append((pg.Advance(r.choice((1, 1, 2))),))
            return Store(Operand(Space.PAGE, self.cold(), 8 * r.randrange(8)), number(r.randrange(1, 9)))
        return self.call(blocks=True)

    def completion(self) -> list[Operation]:
        """What a threadlet does in the end to tell the head, which then waits for it."""
        r = self.random
        kind = r.randrange(4)
        if kind == 0:
            event = self.eventfd()
            self.awaited.append(Call(abi.NR_READ, (event, self.data(), number(8))))
            return [Call(abi.NR_WRITE, (event, self.word(1), number(8)))]
        if kind == 1:
            pipe, count = self.pipe(), number(r.choice((1, 8)))
            self.awaited.append(Call(abi.NR_READ, (Operand(Space.PIPE_READ, pipe), self.data(), count)))
            return [Call(abi.NR_WRITE, (Operand(Space.PIPE_WRITE, pipe), self.data(), count))]
        word = self.word()
        if kind == 2:
            # Counted, as a server does that waits for the last one.
            self.awaited.append(Call(abi.NR_FUTEX, (word, number(WAIT), NULL, NULL)))
            return [Call(abi.NR_UMEM_ADD, (word, number(1))), Call(abi.NR_FUTEX, (word, number(WAKE), number(1)))]
        if r.random() < 0.7:
            self.awaited.append(Call(abi.NR_FUTEX, (word, number(WAIT), NULL, NULL)))
        return [Store(word, number(1)), Call(abi.NR_FUTEX, (word, number(WAKE), number(1)))]

    def script(self) -> int:
        """A threadlet with a script of its own, or one that is there when no number is left; gives its number."""
        r = self.random
        index = free_number(self.scripts, pg.MAX_THREADLETS)
        if index is None:
            return r.randrange(pg.MAX_THREADLETS)
        made: list[Operation] = []
        for _ in range(r.choices((0, 1, 2), weights=(2, 7, 3))[0]):
            made += [self.operation() for _ in range(r.choice((0, 0, 1, 1, 2)))]
            made.append(self.sleeper())
        made += [self.operation() for _ in range(r.choice((0, 1, 1, 2)))]
        if r.random() < 0.5:
            made += self.completion()
        self.scripts[index] = tuple(made[: pg.MAX_OPERATIONS])
        return index

    def execution(self, head: Operand) -> Exec:
        """A threadlet is executed, mostly a new one."""
        r = self.random
        again = self.scripts and r.random() < 0.15
        threadlet = r.choice(sorted(self.scripts)) if again else self.script()
        return Exec(threadlet, self.stack(), head, r.random() < 0.4)

    def stack(self) -> int:
        """A stack that was not given out; sometimes one that may not have been given back."""
        r = self.random
        given = {step.stack for step in (*self.base.steps, *self.steps) if isinstance(step, Exec)}
        fresh = [i for i in range(pg.MAX_STACKS) if i not in given]
        if given and (not fresh or r.random() < 0.15):
            return r.choice(sorted(given))
        return fresh[0]

    # Steps

    def submit(self, head: int, *, is_threadlet: bool) -> None:
        """Refill where that was forgotten, submit a new chain or a threadlet, and perhaps let the others run."""
        r = self.random
        atom = NULL
        if not is_threadlet:
            length = r.choice((1, 1, 2, 2, 3, 3, 4, 6))
            atom = Operand(Space.ATOM, self.chain(length, blocks=r.random() < 0.85))
        if r.random() < (0.7 if is_threadlet else 0.75):
            self.steps.append(Store(Operand(Space.HEAD, head, abi.AHU_NEW_THREAD_STACK), TOP))
        place = Operand(Space.HEAD, head)
        self.steps.append(self.execution(place) if is_threadlet else Call(abi.NR_ASYNC_EXEC, (atom, place)))
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
                self.steps.append(pg.Reap(Operand(Space.HEAD, head)))
                self.reaped[head] = self.reaped.get(head, 0) + 1
            return
        self.wait(head, r.choice((0, 1, 1, 1, 2, 3)))

    def wait(self, head: int, events: int) -> None:
        """Wait for so many events."""
        size = self.heads[head].size.value // 8 or 1 if head in self.heads else 1
        index = self.reaped.get(head, 0) % size
        args = (number(events), number(index), Operand(Space.HEAD, head))
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
            self.submit(head, is_threadlet=is_threadlet)
            if r.random() < 0.35:
                self.wake()
            if r.random() < 0.2:
                self.consume(head)
        while self.wakes and r.random() < 0.85:
            self.wake()
        if r.random() < 0.15:  # several may come before the head goes on
            self.wait(r.choice(heads), 1)
        self.steps.append(Settle() if r.random() < 0.8 else pg.Advance(r.choice((1, 2, 5, 20))))
        self.steps += self.awaited
        self.awaited = []
        for head in heads:
            if r.random() < 0.7:
                self.consume(head)

    def choose(self) -> None:
        """Let some choice points go another way than the default: many at random, or just two, anywhere."""
        if self.random.random() < 0.3:
            self.choices += [pg.Choice(self.random.randrange(most), 1) for most in (8, 20)]
            return
        for _ in range(self.random.randrange(1, 14)):
            self.choices.append(
                pg.Choice(self.random.choice((0, 0, 0, 1, 1, 2, 4, 9, 15, 24)), self.random.randrange(4))
            )


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
    if random.random() < (0.2 if threadlets else 0.1):
        builder.steps.append(pg.Exit(random.randrange(4)))
    if random.random() < 0.6:
        builder.choose()
    made = builder.program()
    for _ in range(random.choice((0, 1, 2, 3, 4, 6))):
        made = random.choice((make_odd, make_limit, make_limit))(made, random)
    return made
