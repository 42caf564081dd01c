# SPDX-License-Identifier: Apache-2.0
"""Threadlets that make sense: scripts that block, wake each other, and tell the head by their own means."""

from typing import Final

from fuzz.generate.calls import WAIT, WAKE, Calls
from fuzz.generate.draft import TOP, number
from model import abi
from model import program as pg
from model.program import NULL, Advance, Call, Exec, Operand, Operation, Settle, Space, Store

#: Calls that a script is refused, or that are no entry of the table where a script makes them.
ODD_CALLS: Final = (
    abi.NR_ASYNC_THREAD, abi.NR_ASYNC_WAIT, abi.NR_ASYNC_EXEC, abi.NR_THREADLET_ON, abi.NR_THREADLET_OFF,
    abi.NR_EXIT, 57, 231, 15, 999,
)  # fmt: skip


class Scripts(Calls):
    """Things, calls, and threadlets that make them."""

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
        action = self.quick()
        return Call(action.nr, action.args)

    def sleeper(self) -> Operation:
        """An operation that blocks unless something else happened before: a call, or a touch of a cold page."""
        r = self.random
        if r.random() < 0.15:
            self.wakes.append((Advance(r.choice((1, 1, 2))),))
            return Store(Operand(Space.PAGE, self.cold(), 8 * r.randrange(8)), number(r.randrange(1, 9)))
        action = self.blocking()
        if action.wake:
            self.wakes.append(action.wake)
        return Call(action.nr, action.args)

    def completion(self) -> list[Operation]:
        """What a threadlet does in the end to tell the head, which then waits for it."""
        r = self.random
        kind = r.randrange(4)
        if kind == 0:
            event = Operand(Space.EVENTFD, self.eventfd())
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
        index = next((i for i in range(pg.MAX_THREADLETS) if i not in self.scripts), None)
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

    def launch(self, head: int) -> None:
        """Refill where that was forgotten, execute a threadlet, and perhaps let the others run."""
        r = self.random
        if r.random() < 0.7:
            self.steps.append(Store(Operand(Space.HEAD, head, abi.AHU_NEW_THREAD_STACK), TOP))
        again = self.scripts and r.random() < 0.15
        threadlet = r.choice(sorted(self.scripts)) if again else self.script()
        self.steps.append(Exec(threadlet, self.stack(), Operand(Space.HEAD, head), r.random() < 0.4))
        if r.random() < 0.4:
            self.steps.append(Settle())

    def stack(self) -> int:
        """A stack that was not given out; sometimes one that may not have been given back."""
        r = self.random
        given = {step.stack for step in (*self.base.steps, *self.steps) if isinstance(step, Exec)}
        fresh = [i for i in range(pg.MAX_STACKS) if i not in given]
        if given and (not fresh or r.random() < 0.15):
            return r.choice(sorted(given))
        return fresh[0]
