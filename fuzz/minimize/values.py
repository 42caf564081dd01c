# SPDX-License-Identifier: Apache-2.0
"""Passes that make the values in a program plainer: arguments, operands, calls, sizes, counts."""

from collections.abc import Iterator

import attrs

from fuzz.minimize.edit import HEAD_FIELDS, replaced, spots, with_fields
from fuzz.minimize.order import CALLS_BY_PLAINNESS, TOP, step_operands
from model.program import (
    INT64_MAX,
    NULL,
    OFFSET_MAX,
    Advance,
    Arg,
    Call,
    Exec,
    Exit,
    Operand,
    Poke,
    Program,
    Reap,
    Space,
    Step,
    Store,
)


def plainer_numbers(value: int, lowest: int = 0) -> Iterator[int]:
    """Numbers to try instead of `value`: the lowest, small ones, a half, one less."""
    seen = {value}
    for number in (lowest, 1, 8, min(abs(value), INT64_MAX), value // 2, value - 1 if value > 0 else value + 1):
        if number not in seen and number >= min(lowest, value):
            seen.add(number)
            yield number


def plainer_operands(operand: Operand) -> Iterator[Operand]:
    """Operands to try instead: NULL, the same without offset, smaller numbers."""
    if operand != NULL:
        yield NULL
    for number in plainer_numbers(operand.value) if operand.value else ():
        if operand.space is Space.INT or number <= OFFSET_MAX:
            yield attrs.evolve(operand, value=number)


def plainer_atom_operands(program: Program) -> Iterator[Program]:
    """Arguments, result pointer and private word of each atom."""
    for position, atom in enumerate(program.atoms):
        for place, arg in enumerate(atom.args):
            for operand in plainer_operands(arg.operand):
                changed = attrs.evolve(atom, args=replaced(atom.args, place, Arg(operand, arg.via)))
                yield attrs.evolve(program, atoms=replaced(program.atoms, position, changed))
        for name in ("ret", "next", "private", "at"):
            value = getattr(atom, name)
            for operand in plainer_operands(value) if value is not None else ():
                changed = with_fields(atom, {name: operand})
                yield attrs.evolve(program, atoms=replaced(program.atoms, position, changed))


def plainer_step_operands(program: Program) -> Iterator[Program]:
    """Operands and numbers of each step and operation."""
    for step, put in spots(program):
        yield from map(put, _plainer_step(step))


def _plainer_step(step: Step) -> Iterator[Step]:
    match step:
        case Advance(ticks):
            yield from (Advance(x) for x in plainer_numbers(ticks, 1) if x >= 1)
        case Exit(code):
            yield from (Exit(x) for x in plainer_numbers(code) if x >= 0)
    for place, operand in enumerate(step_operands(step)):
        for plainer in plainer_operands(operand):
            match step:
                case Call(nr, args):
                    yield Call(nr, replaced(args, place, plainer))
                case Store(target, value):
                    yield Store(plainer, value) if place == 0 else Store(target, plainer)
                case Reap():
                    yield Reap(plainer)
                case Exec():
                    yield attrs.evolve(step, head=plainer)


def shorter_arguments(program: Program) -> Iterator[Program]:
    """Fewer arguments, from the last one, for atoms and for the calls of head and scripts."""
    for position, atom in enumerate(program.atoms):
        for count in range(len(atom.args)):
            changed = attrs.evolve(atom, args=atom.args[:count])
            yield attrs.evolve(program, atoms=replaced(program.atoms, position, changed))
    for step, put in spots(program):
        if isinstance(step, Call):
            for count in range(len(step.args)):
                yield put(Call(step.nr, step.args[:count]))


def plainer_calls(program: Program) -> Iterator[Program]:
    """Atoms become getpid without arguments, or a plainer call with the same ones; other calls become getpid."""
    for position, atom in enumerate(program.atoms):
        bare = attrs.evolve(atom, nr=CALLS_BY_PLAINNESS[0], args=())
        yield attrs.evolve(program, atoms=replaced(program.atoms, position, bare))
        for nr in CALLS_BY_PLAINNESS:
            if nr == atom.nr:
                break
            yield attrs.evolve(program, atoms=replaced(program.atoms, position, attrs.evolve(atom, nr=nr)))
    for step, put in spots(program):
        if isinstance(step, Call):
            yield put(Call(CALLS_BY_PLAINNESS[0]))


def plainer_heads(program: Program) -> Iterator[Program]:
    """Fields of the heads."""
    for position, head in enumerate(program.heads):
        for name in reversed(HEAD_FIELDS):
            value = getattr(head, name)
            if value is None:
                continue
            options: list[Operand | None] = [None] if name == "at" else [TOP] if name == "stack" else []
            for operand in (*options, *plainer_operands(value)):
                changed = with_fields(head, {name: operand})
                yield attrs.evolve(program, heads=replaced(program.heads, position, changed))


def plainer_pokes(program: Program) -> Iterator[Program]:
    """Initial words become plainer values."""
    for position, poke in enumerate(program.pokes):
        for operand in plainer_operands(poke.value):
            changed = Poke(poke.target, operand)
            yield attrs.evolve(program, pokes=replaced(program.pokes, position, changed))


def plainer_objects(program: Program) -> Iterator[Program]:
    """Counters, modes and times."""
    for position, event in enumerate(program.eventfds):
        if event.semaphore:
            changed = attrs.evolve(event, semaphore=False)
            yield attrs.evolve(program, eventfds=replaced(program.eventfds, position, changed))
        for count in plainer_numbers(event.count):
            changed = attrs.evolve(event, count=count)
            yield attrs.evolve(program, eventfds=replaced(program.eventfds, position, changed))
    for position, timespec in enumerate(program.timespecs):
        for sec in plainer_numbers(timespec.sec):
            other = attrs.evolve(timespec, sec=sec)
            yield attrs.evolve(program, timespecs=replaced(program.timespecs, position, other))
        for nsec in plainer_numbers(timespec.nsec):
            other = attrs.evolve(timespec, nsec=nsec)
            yield attrs.evolve(program, timespecs=replaced(program.timespecs, position, other))
        # The same length in the other unit: one whole millisecond reads better than a second or a nanosecond.
        if timespec.sec > 0 or timespec.nsec > 0:
            other = attrs.evolve(timespec, sec=0, nsec=1_000_000)
            yield attrs.evolve(program, timespecs=replaced(program.timespecs, position, other))
