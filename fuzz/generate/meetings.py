# SPDX-License-Identifier: Apache-2.0
"""An edit that makes tasks meet at one object: chains and threadlets wake at one moment and go for it, and so does the
head. It comes before all other steps, so that the first choices fall where they meet.
"""

from collections.abc import Callable
from random import Random
from typing import Final

from fuzz.generate import limits
from fuzz.generate.change import changed
from fuzz.generate.draft import REQUEUE, WAIT, WAKE, Draft, free_number
from fuzz.generate.operands import TOP, number
from model import abi
from model import program as pg
from model.program import NULL, Arg, Call, Exec, Operand, Operation, Program, Reap, Settle, Space, Step, Store

_BYTE: Final = number(1)
_FULL: Final = -2
"""What fills an eventfd."""


class _Meeting:
    """Where they meet: what those who wake may do, some calls in a row, and steps that the head may take meanwhile."""

    def __init__(self, draft: Draft, head: Operand) -> None:
        self.draft, self.random, self.head = draft, draft.random, head
        self.deeds: list[tuple[Call, ...]] = []
        self.steps: list[Step] = []
        self.threadlets = 0.3

    def both(self, *calls: Call) -> None:
        """Calls that the head may make as well."""
        self.deeds += [(call,) for call in calls]
        self.steps += calls


def _at_word(m: _Meeting) -> None:
    word = m.draft.word(m.random.randrange(3))
    m.both(Call(abi.NR_UMEM_ADD, (word, number(1))), Call(abi.NR_UMEM_ADD, (word, number(-1))))
    m.steps.append(Store(word, number(7)))


def _at_pipe(m: _Meeting) -> None:
    pipe, count = m.draft.pipe(), number(m.random.choice((1, 8, 8, 4096)))
    ends = Operand(Space.PIPE_READ, pipe), Operand(Space.PIPE_WRITE, pipe)
    moves = Call(abi.NR_READ, (ends[0], m.draft.data(), count)), Call(abi.NR_WRITE, (ends[1], m.draft.data(), count))
    m.both(*moves, *moves, Call(abi.NR_CLOSE, (m.random.choice(ends),)))


def _at_eventfd(m: _Meeting) -> None:
    eventfd, reads = m.draft.eventfd(), m.draft.data()
    values = (1, _FULL, _FULL) if m.random.random() < 0.4 else (1, 1, 2)
    writes = [Call(abi.NR_WRITE, (eventfd, m.draft.word(value), number(8))) for value in values]
    m.both(Call(abi.NR_READ, (eventfd, reads, number(8))), *writes)


def _at_number(m: _Meeting) -> None:
    """One number is closed, given out again and used; or several tasks want the lowest one."""
    eventfd, r = m.draft.eventfd(), m.random
    lowest = number(limits.free_descriptors(m.draft.program())[0])
    makes = Call(abi.NR_DUP, (eventfd,)), Call(abi.NR_EVENTFD2, (number(1), number(abi.O_NONBLOCK)))
    closes = [Call(abi.NR_CLOSE, (x,)) for x in (eventfd, lowest)]
    uses = [Call(abi.NR_READ, (x, m.draft.data(), number(8))) for x in (eventfd, lowest)]
    puts = Call(abi.NR_DUP2, (eventfd, lowest))
    m.both(*makes, *closes, *uses, puts, Call(abi.NR_FCNTL, (eventfd, number(abi.F_SETFL), number(abi.O_NONBLOCK))))
    m.steps.append(Call(abi.NR_WRITE, (r.choice((eventfd, lowest)), m.draft.word(1), number(8))))


def _at_futex(m: _Meeting) -> None:
    word, when = m.draft.word(), m.draft.timespec(1)
    wake = Call(abi.NR_FUTEX, (word, number(WAKE), number(m.random.choice((1, 1, 2)))))
    waits = Call(abi.NR_FUTEX, (word, number(WAIT), NULL, m.random.choice((NULL, when))))
    m.deeds += [(waits,), (waits,), (wake,), (Call(abi.NR_UMEM_ADD, (word, number(1))), wake)]
    m.steps += [wake, Store(word, number(1)), pg.Advance(1)]
    if m.random.random() < 0.3:
        other = m.draft.word()
        counts = number(m.random.choice((0, 1))), number(m.random.choice((1, 2)))
        moves = Call(abi.NR_FUTEX, (word, number(REQUEUE), *counts, other))
        m.deeds += [(moves,), (Call(abi.NR_FUTEX, (other, number(WAKE), number(1))),)]
        m.steps += [moves, Call(abi.NR_FUTEX, (other, number(WAKE), number(2)))]


def _at_ring(m: _Meeting) -> None:
    name = m.random.choice(("ring", "size", "kernel_idx", "kernel_idx", "user_idx"))
    value = limits.OF_HEAD[name](m.draft.program(), (), m.random)
    slot = Operand(Space.RING, m.head.index, 8 * m.random.randrange(3))
    field = Operand(Space.HEAD, m.head.index, limits.FIELD_AT[name])
    m.deeds += [(Call(abi.NR_GETPID),), (Call(abi.NR_UMEM_ADD, (field, number(m.random.choice((1, 8))))),)]
    waits = [Call(abi.NR_ASYNC_WAIT, (number(count), NULL, m.head)) for count in (1, 2)]
    m.steps += [*waits, *waits, Reap(m.head), Store(field, value), Store(slot, number(m.random.randrange(2)))]


def _at_stack(m: _Meeting) -> None:
    word = Operand(Space.HEAD, m.head.index, abi.AHU_NEW_THREAD_STACK)
    atom = Operand(Space.ATOM, m.random.choice(sorted(m.draft.atoms) or [0]))
    m.deeds.append((Call(abi.NR_UMEM_ADD, (word, number(8))),))
    submits = Call(abi.NR_ASYNC_EXEC, (atom, m.head))
    m.steps += [submits, submits, Store(word, m.random.choice((NULL, TOP)))]


def _at_time(m: _Meeting) -> None:
    word, when = m.draft.word(), m.draft.timespec(1)
    wake = Call(abi.NR_FUTEX, (word, number(WAKE), number(1)))
    sleeps = Call(abi.NR_NANOSLEEP, (when, NULL))
    m.deeds += [(Call(abi.NR_FUTEX, (word, number(WAIT), NULL, when)),), (sleeps, wake), (sleeps,)]
    m.steps += [pg.Advance(1), pg.Advance(2), wake]


def _at_page(m: _Meeting) -> None:
    page = m.draft.cold()
    m.deeds.append((Call(abi.NR_WRITE, (m.draft.eventfd(), Operand(Space.PAGE, page), number(8))),))
    m.steps += [Store(Operand(Space.PAGE, page, 8 * word), number(5)) for word in range(2)]
    m.threadlets = 0.9  # a chain does not wait for a page


PLACES: Final[dict[str, Callable[[_Meeting], None]]] = {
    "word": _at_word, "pipe": _at_pipe, "eventfd": _at_eventfd, "number": _at_number, "futex": _at_futex,
    "ring": _at_ring, "stack": _at_stack, "time": _at_time, "page": _at_page,
}  # fmt: skip
"""By the object where tasks meet."""
_NAMES: Final = (*PLACES, "ring")


def _chain(m: _Meeting, gate: Call) -> list[Step]:
    """A chain that waits at the gate, and then does one thing or two."""
    draft, r = m.draft, m.random
    calls = [gate, *[call for deed in r.choices(m.deeds, k=r.choice((1, 1, 2))) for call in deed]]
    numbers: list[int] = []
    for _ in calls:
        free = free_number({*draft.atoms, *numbers}, pg.MAX_ATOMS)
        if free is None:
            return []
        numbers.append(free)
    for place, call in enumerate(calls):
        following = Operand(Space.ATOM, numbers[place + 1]) if place + 1 < len(calls) else NULL
        ret = draft.word() if place and r.random() < 0.5 else NULL
        draft.atoms[numbers[place]] = pg.Atom(
            numbers[place], call.nr, tuple(map(Arg, call.args)), 0, ret=ret, next=following
        )
    return [Call(abi.NR_ASYNC_EXEC, (Operand(Space.ATOM, numbers[0]), m.head))]


def _threadlet(m: _Meeting, gate: Call, stack: int) -> list[Step]:
    """The same as a threadlet, which can also store."""
    draft, r = m.draft, m.random
    index = free_number(draft.scripts, pg.MAX_THREADLETS)
    if index is None:
        return []
    able: list[tuple[Operation, ...]] = [*m.deeds, *[(step,) for step in m.steps if isinstance(step, Store)]]
    draft.scripts[index] = (gate, *[done for deed in r.choices(able, k=r.choice((1, 1, 2))) for done in deed])
    return [Exec(index, stack, m.head, r.random() < 0.3)]


def meet(program: Program, random: Random, place: str | None = None) -> Program:
    """Two or three tasks wake at one moment and go for one object; the first choices are new ones, few of them.

    `place` is one of `PLACES`; None: any.
    """
    draft = Draft(random, program)
    heads = sorted(draft.heads)
    head = Operand(Space.HEAD, random.choice(heads) if heads else draft.head())
    meeting = _Meeting(draft, head)
    PLACES[place or random.choice(_NAMES)](meeting)
    fresh = free_number(draft.pipes, pg.MAX_PIPES)
    pipe = draft.pipe() if fresh is None else fresh
    draft.pipes.add(pipe)
    gate = Call(abi.NR_READ, (Operand(Space.PIPE_READ, pipe), draft.data(), _BYTE))
    refill = Store(Operand(Space.HEAD, head.index, abi.AHU_NEW_THREAD_STACK), TOP)
    count = random.choice((1, 2, 2, 3))
    for stack in range(count):
        is_threadlet = random.random() < meeting.threadlets
        draft.steps += [refill, *(_threadlet(meeting, gate, stack) if is_threadlet else _chain(meeting, gate))]
    opens = Call(abi.NR_WRITE, (Operand(Space.PIPE_WRITE, pipe), draft.data(), number(count)))
    draft.steps += [refill, opens]
    draft.steps += random.choices(meeting.steps, k=random.choice((1, 1, 2, 3)))
    draft.steps.append(Settle())
    choices = [pg.Choice(random.randrange(most), random.choice((1, 1, 2))) for most in (4, 16, 16)]
    chooser = (*choices[: random.randrange(4)], *program.chooser)
    return changed(draft.program(0), chooser=chooser[: pg.MAX_CHOICES])
