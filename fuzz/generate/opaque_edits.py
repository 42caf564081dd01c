# SPDX-License-Identifier: Apache-2.0
"""Edits that put opaque calls into programs, as their definitions say (D151); for targets that make such calls.

What waits for a descriptor takes the place of a read of it, so that what woke the read wakes it too.
"""

from random import Random
from typing import Final

from fuzz.generate import limits
from fuzz.generate.change import changed, swap
from fuzz.generate.operands import number
from model import abi, opaque
from model import program as pg
from model.image import resolve
from model.opaque import Argument, What
from model.program import DESCRIPTORS, NULL, Arg, Assumed, Atom, Call, Operand, Poke, Program, Space

_POLL: Final = 7
_SELECT: Final = 23
_SLEEPERS: Final = (_POLL, _POLL, _SELECT)
_FD_BITS: Final = 64
_READABLE: Final = 1 << 32
_WRITABLE: Final = 4 << 32
"""Of a `struct pollfd`, the events, above the descriptor."""
_PLAIN: Final = (0, 0, 0, 1, 1, 2, -1, 100, 1000)
_SEVERAL: Final = (1, 1, 2, 3)


def put_opaque(program: Program, random: Random) -> Program:
    """Some calls of the program become opaque ones."""
    for _ in range(random.choice(_SEVERAL)):
        program = _exchange(program, random)
    return _assume(program, random)


def _exchange(program: Program, random: Random) -> Program:
    """One call of an atom, a step or a script."""
    kind = random.random()
    if program.atoms and kind < 0.65:
        position = random.randrange(len(program.atoms))
        atom = program.atoms[position]
        made, pokes = _call(program, random, tuple([arg.operand for arg in atom.args]))
        there: Atom = changed(atom, nr=made.nr, args=tuple(map(Arg, made.args)))
        return _with(program, random, pokes, atoms=swap(program.atoms, position, there))
    scripts = [i for i, x in enumerate(program.threadlets) if x.script]
    if scripts and kind < 0.85:
        position = random.choice(scripts)
        script = program.threadlets[position].script
        place = random.randrange(len(script))
        operation = script[place]
        made, pokes = _call(program, random, operation.args if isinstance(operation, Call) else ())
        threadlet = changed(program.threadlets[position], script=swap(script, place, made))
        return _with(program, random, pokes, threadlets=swap(program.threadlets, position, threadlet))
    place = random.randrange(len(program.steps) + 1)
    made, pokes = _call(program, random, ())
    return _with(program, random, pokes, steps=swap(program.steps, place, made, gone=0)[: pg.MAX_STEPS])


def _with(program: Program, random: Random, pokes: tuple[Poke, ...], **parts: object) -> Program:
    """The program with other parts, and what a call finds in memory."""
    kept = program.pokes[: max(0, pg.MAX_POKES - len(pokes))]
    return changed(program, pokes=kept + pokes, **parts)


def _call(program: Program, random: Random, args: tuple[Operand, ...]) -> tuple[Call, tuple[Poke, ...]]:
    """A call, and what it finds in memory; one that waits does so for the descriptor that was there."""
    if random.random() < 0.45:
        return _waiting(program, random, args)
    call = random.choice(opaque.OPAQUE)
    given: list[Operand] = []
    for place, argument in enumerate(call.arguments):
        if place < len(args) and args[place].space in DESCRIPTORS and argument.what is What.DESCRIPTOR:
            given.append(args[place])
        else:
            given.append(_argument(program, random, argument, given))
    return Call(call.nr, tuple(given)), ()


def _waiting(program: Program, random: Random, args: tuple[Operand, ...]) -> tuple[Call, tuple[Poke, ...]]:
    there = next((x for x in args if x.space in DESCRIPTORS), None)
    end = there or limits.descriptor(program, (), random)
    descriptor = resolve(end) & 0xFFFF
    place = Operand(Space.PAGE, random.choice((3, 4)), 8 * random.randrange(64, 96))
    for_ever = random.random() < 0.75
    if random.choice(_SLEEPERS) == _POLL:
        events = _WRITABLE if end.space is Space.PIPE_WRITE else random.choice((_READABLE, _READABLE, 0))
        call = Call(_POLL, (place, number(1), number(-1 if for_ever else 0)))
        return call, (Poke(place, Operand.number(descriptor | events)),)
    bits = [0] * (descriptor // _FD_BITS + 1)
    bits[-1] = 1 << descriptor % _FD_BITS
    if not for_ever:  # select waits all the same: here it has bits that it does not count, as well
        bits[-1] |= -(2 << descriptor % _FD_BITS)
    words = [Operand(place.space, place.index, place.value + 8 * i) for i in range(min(len(bits), 4))]
    sets = (NULL, place, NULL) if end.space is Space.PIPE_WRITE else (place, NULL, NULL)
    pokes = tuple([Poke(word, Operand.number(value)) for word, value in zip(words, bits, strict=False)])
    return Call(_SELECT, (number(min(descriptor + 1, 256)), *sets, NULL)), pokes


def _argument(program: Program, random: Random, argument: Argument, given: list[Operand]) -> Operand:
    if argument.what is What.DESCRIPTOR:
        return limits.descriptor(program, given, random)
    if argument.what is What.VALUE:
        return _value(random, argument)
    kind = random.random()
    if kind < 0.1:
        return NULL
    if kind < 0.2:
        return Operand(Space.PAGE, random.choice((5, 6, 7)), random.choice((0, 8, 4088, 4090)))
    if kind < 0.35:
        return limits.place(program, given, random)
    return Operand(Space.PAGE, random.choice((3, 4)), 8 * random.randrange(64))


def _value(random: Random, argument: Argument) -> Operand:
    odd = random.random() < 0.1
    if argument.values:
        value = random.choice(argument.values)
        return limits.near(random, value) if odd else Operand.number(value)
    if argument.most:
        return limits.near(random, argument.most) if odd else number(random.choice((0, 1, 8, 16, argument.most)))
    return limits.extreme(random) if odd else number(random.choice(_PLAIN))


def _assume(program: Program, random: Random) -> Program:
    """Where the specification runs alone, what waits sleeps for a while, and others may fail, or sleep as well."""
    named = {x.nr for x in program.atoms} | {x.nr for t in program.threadlets for x in t.script if isinstance(x, Call)}
    named |= {x.nr for x in program.all_steps if isinstance(x, Call)}
    made = []
    for nr in sorted(named & set(opaque.BY_NUMBER)):
        value = random.choice((0, 0, 1, 2, -abi.EFAULT, -abi.EBADF))
        word = random.randrange(1 << 32) if random.random() < 0.3 else None
        sleep = random.choice((0, 1, 2, 2, 3, pg.FOR_EVER)) if nr in _SLEEPERS else int(random.random() < 0.15)
        stays = sleep == pg.FOR_EVER
        made.append(Assumed(nr, sleep=sleep) if stays else Assumed(nr, value, sleep, word))
    return changed(program, assumed=tuple(made))
