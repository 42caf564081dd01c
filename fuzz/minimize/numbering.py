# SPDX-License-Identifier: Apache-2.0
"""Passes over the numbers that things carry: fewer different things, then low and compact numbers."""

from collections.abc import Iterator
from itertools import pairwise

import attrs

from fuzz.minimize.edit import mentioned, rewrite_operands, with_fields
from model.program import DEFAULT_PAGES, SPACE_LIMIT, Operand, Program, ProgramError, Space

PIPES = (Space.PIPE_READ, Space.PIPE_WRITE)

#: Kinds of things, each with the spaces that name it.
KINDS: tuple[tuple[Space, ...], ...] = (
    (Space.ATOM,), (Space.HEAD,), (Space.WORD,), (Space.TIMESPEC,), (Space.RING,), (Space.PAGE,), PIPES,
    (Space.EVENTFD,),
)  # fmt: skip
_DECLARED = {Space.ATOM: "atoms", Space.HEAD: "heads", Space.TIMESPEC: "timespecs", Space.EVENTFD: "eventfds"}


def _numbers(program: Program, kind: tuple[Space, ...]) -> list[int]:
    """All numbers of one kind that the program uses, declared or mentioned."""
    used = {number for space in kind for number in mentioned(program, space)}
    if kind == PIPES:
        used.update(program.pipes)
    elif kind[0] in _DECLARED:
        used.update(x.index for x in getattr(program, _DECLARED[kind[0]]))
    return sorted(used)


def renumber(program: Program, kind: tuple[Space, ...], mapping: dict[int, int]) -> Program:
    """Things change their numbers. Where two get the same one, the first declaration stays."""

    def rewrite(operand: Operand) -> Operand:
        if operand.space not in kind or operand.index not in mapping:
            return operand
        return attrs.evolve(operand, index=mapping[operand.index])

    moved = rewrite_operands(program, rewrite)
    if kind == PIPES:
        pipes = tuple(sorted({mapping.get(x, x) for x in program.pipes}))
        return attrs.evolve(moved, pipes=pipes)
    if kind[0] not in _DECLARED:
        return moved
    name = _DECLARED[kind[0]]
    things: dict[int, object] = {}
    for thing in getattr(moved, name):
        number = mapping.get(thing.index, thing.index)
        things.setdefault(number, attrs.evolve(thing, index=number))
    return with_fields(moved, {name: tuple(things[number] for number in sorted(things))})


def merge_things(program: Program) -> Iterator[Program]:
    """One thing serves for two of its kind; the other's declaration goes."""
    for kind in KINDS:
        numbers = _numbers(program, kind)
        for kept in numbers:
            for gone in numbers:
                if gone != kept:
                    yield from _try(program, kind, {gone: kept})


def compact_numbers(program: Program) -> Iterator[Program]:
    """Numbers 0, 1, 2 … in order of use, all kinds at once, then each kind, then each thing alone."""
    everything = program
    for kind in KINDS:
        if kind != (Space.PAGE,):
            everything = renumber(everything, kind, _compact(everything, kind))
    yield everything
    for kind in KINDS:
        yield from _try(program, kind, _compact(program, kind))
        used = _numbers(program, kind)
        for number in used:
            free = next((x for x in range(SPACE_LIMIT[kind[0]]) if x not in used), number)
            if free < number:
                yield from _try(program, kind, {number: free})
        yield from _exchanges(program, kind, used)
    yield from _plain_pages(program)


def _compact(program: Program, kind: tuple[Space, ...]) -> dict[int, int]:
    return {number: place for place, number in enumerate(_numbers(program, kind))}


def _exchanges(program: Program, kind: tuple[Space, ...], used: list[int]) -> Iterator[Program]:
    """Two neighbours change places: of two orders the simpler one is canonical."""
    for first, second in pairwise(used):
        yield from _try(program, kind, {first: second, second: first})


def _plain_pages(program: Program) -> Iterator[Program]:
    """Addresses move to the plain data page."""
    for number in mentioned(program, Space.PAGE):
        if DEFAULT_PAGES[3] is program.pages[number] and number != 3:
            yield from _try(program, (Space.PAGE,), {number: 3})


def _try(program: Program, kind: tuple[Space, ...], mapping: dict[int, int]) -> Iterator[Program]:
    try:
        yield renumber(program, kind, mapping)
    except ProgramError:
        return
