# SPDX-License-Identifier: GPL-2.0
"""Random programs for tests of the target alone: valid ones, with more trouble in them than a sane client makes."""

from random import Random

import attrs

from model import abi
from model import image as layout
from model.program import (
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

_CALLS = (0, 0, 1, 1, 3, 24, 35, 39, 186, 202, 202, 465, 465, 463, 464, 466, 57, 2, 469, 1 << 63)
_PLACES = (Space.WORD, Space.PAGE, Space.RING, Space.HEAD, Space.ATOM, Space.TIMESPEC)
_LENGTHS = (0, 1, 7, 8, 8, 8, 9, 4095, 4096, 4097, 8192, 9000, 1 << 40, -1)


def _address(random: Random) -> Operand:
    space = random.choice(_PLACES)
    index = random.randrange(8)
    if random.random() < 0.02:
        return Operand.number(random.choice((1, 0xFFF8, 1 << 62, -8, 0x7FFFFFFFF000, 0x10008000)))
    return Operand(space, index, random.choice((0, 0, 0, 0, 8, -4, 4092, 4090)))


def _descriptor(random: Random, read: bool) -> Operand:
    if random.random() < 0.3:
        return Operand(Space.EVENTFD, random.randrange(3))
    wrong = random.random() < 0.05
    return Operand(Space.PIPE_READ if read != wrong else Space.PIPE_WRITE, random.randrange(3))


def _arguments(random: Random, nr: int) -> list[Operand]:
    number = Operand.number
    if nr in (0, 1):
        return [_descriptor(random, nr == 0), _address(random), number(random.choice(_LENGTHS))]
    if nr == 3:
        return [_descriptor(random, random.random() < 0.5)]
    if nr == 35:
        return [Operand(Space.TIMESPEC, random.randrange(4))]
    if nr == 202:
        timeout = random.choice((number(0), Operand(Space.TIMESPEC, random.randrange(4))))
        op = random.choice((0, 0, 1, 1, 128, 129, 128, 129, 9, 256))
        return [Operand(Space.WORD, random.randrange(3)), number(op), number(random.randrange(3)), timeout]
    if nr == 465:
        return [Operand(Space.WORD, random.randrange(6)), number(random.choice((0, 1, -1, 5)))]
    if nr == 463:
        return [Operand(Space.ATOM, random.randrange(8)), Operand(Space.HEAD, random.randrange(2))]
    if nr == 464:
        return [number(random.choice((0, 1, 1, 2, 9))), number(random.randrange(3)), Operand(Space.HEAD, 0)]
    return []


def _atom(random: Random, index: int) -> Atom:
    nr = random.choice(_CALLS)
    flags = 0
    for bit in range(8):
        if random.random() < (0.3 if bit < 2 else 0.12):
            flags |= 1 << bit
    args = [Arg(operand) for operand in _arguments(random, nr)]
    if args and random.random() < 0.1:
        args[random.randrange(len(args))] = Arg(_address(random), via=True)
    following = random.random()
    after = Operand(Space.ATOM, index + 1) if following < 0.6 else Operand(Space.INT)
    if following > 0.9:
        after = Operand(Space.ATOM, random.randrange(8))
    ret = Operand(Space.WORD, random.randrange(8)) if random.random() < 0.8 else _address(random)
    return Atom(index, nr & abi.MASK, tuple(args), flags, ret, after)


def _step(random: Random) -> list[Step]:
    kind = random.random()
    if kind < 0.35:
        refill = Store(Operand(Space.HEAD, 0, abi.AHU_NEW_THREAD_STACK), Operand.number(layout.STACK_TOP))
        return [refill, Call(463, tuple(_arguments(random, 463)))]
    if kind < 0.6:
        nr = random.choice((0, 1, 1, 1, 3, 35, 202, 202, 464, 464, 465, 39, 57, 1000))
        return [Call(nr, tuple(_arguments(random, nr)))]
    if kind < 0.7:
        return [Store(_address(random), random.choice((Operand(Space.ATOM, 2), Operand.number(3))))]
    if kind < 0.8:
        return [Reap(Operand(Space.HEAD, 0))]
    if kind < 0.9:
        return [Settle()]
    if kind < 0.98:
        return [Advance(random.choice((1, 1, 3, 100)))]
    return [Exit(random.randrange(3))]


def program(random: Random) -> Program:
    """A program of up to 8 atoms and about a dozen steps."""
    number = Operand.number
    pages = [PageKind(kind) for kind in (2, 2, 2, 2, 2, 1, 2, 0)]
    if random.random() < 0.1:
        pages[random.randrange(8)] = PageKind(random.randrange(3))
    slots = random.choice((0, 1, 2, 2, 3, 4, 8))
    size = number(slots * 8 if random.random() < 0.95 else 12)
    heads = tuple(
        Head(
            index,
            ring=Operand(Space.RING, index),
            size=size,
            kernel_idx=number(random.choice((0, 0, 0, 1, 9))),
            user_idx=number(random.choice((0, 0, 0, 1))),
            stack=number(random.choice((layout.STACK_TOP, layout.STACK_TOP, 0))),
            head_stack=number(0x60000000),
        )
        for index in range(2)
    )
    return Program(
        pages=tuple(pages),
        pipes=(0, 1, 2),
        eventfds=tuple(Eventfd(i, random.choice((0, 0, 1, 5, (1 << 32) - 1)), random.random() < 0.4) for i in range(3)),
        timespecs=tuple(
            Timespec(i, random.choice((0, 0, 0, 1, -1, 1 << 62)), random.choice((0, 1, 1000000, 1000001, 10**9)))
            for i in range(4)
        ),
        heads=heads,
        atoms=tuple(_atom(random, index) for index in range(8)),
        pokes=tuple(
            Poke(Operand(Space.WORD, i), random.choice((number(0), number(1), number(2), Operand(Space.ATOM, 1))))
            for i in range(3)
        ),
        steps=tuple(step for _ in range(random.randrange(14)) for step in _step(random)),
        chooser=tuple(
            Choice(random.choice((0, 0, 1, 5, 31)), random.randrange(8)) for _ in range(random.randrange(20))
        ),
    )


def _exec(random: Random) -> Exec:
    return Exec(random.randrange(4), random.randrange(3), Operand(Space.HEAD, 0), random.random() < 0.5)


def _operation(random: Random) -> Operation:
    kind = random.random()
    if kind < 0.1:
        return _exec(random)
    if kind < 0.25:
        return Store(_address(random), Operand.number(random.randrange(3)))
    nr = random.choice((0, 0, 1, 1, 35, 35, 39, 186, 202, 202, 465, 463, 464, 466, 467, 468, 469, 57))
    return Call(nr, tuple(_arguments(random, nr)))


def with_threadlets(random: Random) -> Program:
    """A program whose steps have threadlets between them, and some of whose pages are cold."""
    plain = program(random)
    steps: list[Step] = []
    for step in plain.steps:
        refill = Store(Operand(Space.HEAD, 0, abi.AHU_NEW_THREAD_STACK), Operand.number(layout.STACK_TOP))
        steps += [step] if random.random() < 0.5 else [_exec(random), *([refill] * random.randrange(2)), step]
    scripts = (tuple(_operation(random) for _ in range(random.randrange(5))) for _ in range(4))
    return attrs.evolve(
        plain,
        steps=tuple(steps),
        threadlets=tuple(Threadlet(index, script) for index, script in enumerate(scripts)),
        pages=tuple(PageKind.COLD if random.random() < 0.06 else kind for kind in plain.pages),
    )
