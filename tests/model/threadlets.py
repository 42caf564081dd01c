# SPDX-License-Identifier: Apache-2.0
"""Programs with threadlets and cold pages: names for writing them down, and random ones."""

from random import Random
from typing import Final

from model import abi
from model.program import (
    DEFAULT_PAGES,
    NULL,
    Advance,
    Arg,
    Atom,
    Call,
    Choice,
    Eventfd,
    Exec,
    Exit,
    Head,
    Operand,
    Operation,
    PageKind,
    Poke,
    Program,
    Reap,
    Settle,
    Space,
    Step,
    Store,
    Threadlet,
    Timespec,
)

TOP: Final = 0x70000000
EVENT: Final = Operand(Space.EVENTFD, 0)
READ_END: Final = Operand(Space.PIPE_READ, 0)
WRITE_END: Final = Operand(Space.PIPE_WRITE, 0)
COLD: Final = Operand(Space.PAGE, 6)
"""The first byte of the page that is cold in these programs, if one is."""


def number(value: int) -> Operand:
    return Operand.number(value)


def word(index: int) -> Operand:
    return Operand(Space.WORD, index)


def ahu(index: int = 0, field: int = 0) -> Operand:
    return Operand(Space.HEAD, index, field)


def stack_word(index: int = 0) -> Operand:
    """The word that holds the stack for a new spare."""
    return ahu(index, abi.AHU_NEW_THREAD_STACK)


def head(index: int = 0, *, slots: int = 4, stack: int = TOP) -> Head:
    return Head(index, ring=Operand(Space.RING, index), size=number(8 * slots), stack=number(stack))


def read(into: Operand, fd: Operand = EVENT) -> Call:
    """Sleeps until somebody writes."""
    return Call(abi.NR_READ, (fd, into, number(8)))


def write(fd: Operand = EVENT) -> Call:
    """Writes word 9, which is 1 in these programs."""
    return Call(abi.NR_WRITE, (fd, word(9), number(8)))


def sleep(ticks: int) -> Call:
    return Call(abi.NR_NANOSLEEP, (Operand(Space.TIMESPEC, ticks), NULL))


def add(index: int, increment: int = 1) -> Call:
    return Call(abi.NR_UMEM_ADD, (word(index), number(increment)))


GETTID: Final = Call(abi.NR_GETTID)
YIELD: Final = Call(abi.NR_SCHED_YIELD)


def program(
    *steps: Step,
    scripts: tuple[tuple[Operation, ...], ...] = (),
    heads: tuple[Head, ...] = (head(),),
    atoms: tuple[Atom, ...] = (),
    cold: bool = False,
    semaphore: bool = True,
    pokes: tuple[Poke, ...] = (),
    choices: tuple[Choice, ...] = (),
) -> Program:
    """A program with an eventfd and a pipe, words that count, timespecs of as many ticks as their number."""
    pages = list(DEFAULT_PAGES)
    if cold:
        pages[6] = PageKind.COLD
    return Program(
        pages=tuple(pages),
        pipes=(0,),
        eventfds=(Eventfd(0, 0, semaphore),),
        timespecs=tuple(Timespec(i, 0, 1_000_000 * i) for i in range(4)),
        heads=heads,
        atoms=atoms,
        pokes=(Poke(word(9), number(1)), *pokes),
        threadlets=tuple(Threadlet(i, script) for i, script in enumerate(scripts) if script),
        steps=steps,
        chooser=choices,
    )


def chain(first: int, *calls: Call) -> tuple[Atom, ...]:
    """Atoms that make the calls one after another and store the results in words 16 and up."""
    return tuple(
        Atom(
            first + i,
            call.nr,
            tuple(Arg(x) for x in call.args),
            ret=word(16 + first + i),
            next=Operand(Space.ATOM, first + i + 1) if i + 1 < len(calls) else NULL,
        )
        for i, call in enumerate(calls)
    )


def random_program(random: Random, *, size: int = 10) -> Program:
    """Threadlets and syslets on one head, started, woken and awaited; about `size` steps."""
    scripts = tuple(_random_script(random) for _ in range(3))
    calls = [random.choice((read(word(3)), sleep(1), _random_call(random))), *(_random_call(random) for _ in range(3))]
    steps: list[Step] = []
    while len(steps) < size:
        steps += _random_start(random) if random.random() < 0.4 else (_random_step(random),)
    return program(
        *steps,
        scripts=scripts,
        heads=(head(stack=random.choice((TOP, TOP, TOP, 0))), head(1, slots=random.choice((1, 2)))),
        atoms=(*chain(0, *calls[:2]), *chain(2, *calls[2:])),
        cold=random.random() < 0.4,
        semaphore=random.random() < 0.5,
        choices=tuple(Choice(random.randrange(12), random.randrange(3)) for _ in range(random.randrange(6))),
    )


def _random_script(random: Random) -> tuple[Operation, ...]:
    sleeps = random.choice((read(word(3)), read(word(4), READ_END), sleep(1), Store(COLD, number(3))))
    first = (sleeps,) if random.random() < 0.6 else ()
    return (*first, *(_random_operation(random) for _ in range(random.randrange(3))))


def _random_start(random: Random) -> tuple[Step, ...]:
    """A stack for a spare, perhaps, and something that may go async."""
    which = random.randrange(2)
    refill = (Store(stack_word(which), number(TOP)),) if random.random() < 0.7 else ()
    if random.random() < 0.3:
        return (*refill, Call(abi.NR_ASYNC_EXEC, (Operand(Space.ATOM, random.choice((0, 2))), ahu(which))))
    return (*refill, Exec(random.randrange(3), random.randrange(3), ahu(which), random.random() < 0.3))


def _random_operation(random: Random) -> Operation:
    kind = random.random()
    if kind < 0.15:
        return Store(random.choice((word(1), word(2), COLD, Operand(Space.PAGE, 6, 4092))), number(random.randrange(9)))
    if kind < 0.22:
        return Exec(random.randrange(3), random.randrange(3), ahu())
    if kind < 0.3:
        numbers = (abi.NR_ASYNC_EXEC, abi.NR_ASYNC_WAIT, 57, 300, 999, abi.NR_THREADLET_ON, abi.NR_THREADLET_OFF)
        return Call(random.choice(numbers))
    return _random_call(random)


def _random_call(random: Random) -> Call:
    where = random.choice((word(3), word(4), COLD))
    futex = (word(5), number(random.choice((128, 129))), number(random.choice((0, 1))), NULL)
    return random.choice((
        read(where), read(where), write(), read(where, READ_END), write(WRITE_END), sleep(random.randrange(3)),
        add(1), add(2), GETTID, YIELD, Call(abi.NR_FUTEX, futex),
    ))  # fmt: skip


def _random_step(random: Random) -> Step:
    kind = random.random()
    if kind < 0.4:
        return random.choice((write(), write(), write(WRITE_END)))
    if kind < 0.5:
        return random.choice((read(word(6)), add(1), GETTID, sleep(1)))
    if kind < 0.6:
        return Store(random.choice((COLD, word(1))), number(7))
    if kind < 0.7:
        return Call(abi.NR_ASYNC_WAIT, (number(1), number(0), ahu()))
    if kind < 0.77:
        return Reap(ahu())
    if kind < 0.97:
        return random.choice((Settle(), Advance(random.randrange(1, 4))))
    return Exit(3)


def racing_program(random: Random, length: int = 2) -> Program:
    """Two or three things sleep, are woken together, and meet each other and the head: at most `length` steps."""
    quick = (
        add(1), add(1, 2), GETTID, Store(word(1), number(8)), Exec(0, 0, ahu()), Exec(0, 2, ahu()), write(WRITE_END),
        Store(COLD, number(1)), read(COLD), Call(300),
    )  # fmt: skip
    sleeps = random.choice((read(word(3)), sleep(1), Store(COLD, number(3))))
    scripts = tuple((sleeps, *(random.choice(quick) for _ in range(random.randint(1, length)))) for _ in range(2))
    late = (random.choice(quick),)
    tail: list[Step] = [
        random.choice((
            Exec(2, random.randrange(3), ahu(), random.random() < 0.5), add(1), GETTID, Store(word(1), number(9)),
            Call(abi.NR_ASYNC_WAIT, (number(1), number(0), ahu(1))),
        ))
        for _ in range(random.randint(1, length))
    ]  # fmt: skip
    refill = Store(stack_word(), number(TOP))
    starts: list[Step] = [Exec(0, 0, ahu(), random.random() < 0.5), refill, Exec(1, 1, ahu(), random.random() < 0.5)]
    if length > 1 and random.random() < 0.3:
        starts += [refill, Call(abi.NR_ASYNC_EXEC, (Operand(Space.ATOM, 0), ahu(1)))]
    wake = Poke(word(10), number(3))
    wakes: Step = sleep(1)
    if isinstance(sleeps, Call) and sleeps.nr == abi.NR_READ:
        wakes = Call(abi.NR_WRITE, (EVENT, word(10), number(8)))
    return program(
        *starts,
        wakes,
        *tail,
        Settle(),
        scripts=(*scripts, late),
        heads=(head(), head(1)),
        atoms=chain(0, sleeps if isinstance(sleeps, Call) else sleep(1), add(1, 3)),
        cold=random.random() < 0.5,
        pokes=(wake,),
    )
