# SPDX-License-Identifier: Apache-2.0
"""Passes over the numbers that things carry: fewer different things, then low and compact numbers."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, Final

import attrs

from fuzz.generate.change import changed
from fuzz.minimize.edit import executions, mentioned, rewritten
from fuzz.text.names import STACKS
from model.program import DEFAULT_PAGES, Exec, Operand, Program, Space

_TOPS: Final = tuple(STACKS.values())


@attrs.frozen
class Kind:
    """Things that have numbers of their own.

    Attributes:
        section: the part of a program that declares them, if there is one.
        spaces: the operands that name them.
        field: what names them in an execution of a threadlet.
    """

    section: str = ""
    spaces: tuple[Space, ...] = ()
    field: str = ""


_PAGES: Final = Kind(spaces=(Space.PAGE,))
_STACKS: Final = Kind(field="stack")
KINDS: Final = (
    Kind("atoms", (Space.ATOM,)),
    Kind("heads", (Space.HEAD,)),
    Kind(spaces=(Space.WORD,)),
    Kind("timespecs", (Space.TIMESPEC,)),
    Kind(spaces=(Space.RING,)),
    _PAGES,
    Kind("pipes", (Space.PIPE_READ, Space.PIPE_WRITE)),
    Kind("eventfds", (Space.EVENTFD,)),
)
OF_SCRIPTS: Final = (Kind("threadlets", field="threadlet"), _STACKS)


def _numbers(program: Program, kind: Kind) -> list[int]:
    """All numbers of one kind that the program uses, declared or mentioned."""
    used = mentioned(program, *kind.spaces)
    if kind.field:
        used.update(getattr(x, kind.field) for x in executions(program))
    if kind.section:
        used.update(map(_number, getattr(program, kind.section)))
    return sorted(used)


def _number(thing: Any) -> int:
    number: int = thing if isinstance(thing, int) else thing.index
    return number


def renumber(program: Program, kind: Kind, mapping: dict[int, int]) -> Program:
    """Things change their numbers. Where two get the same one, the first declaration stays."""
    tops = {_TOPS[old]: _TOPS[new] for old, new in mapping.items()} if kind is _STACKS else {}

    def change(thing: Any) -> Any:
        match thing:
            case Operand(space, index) if space in kind.spaces and index in mapping:
                return changed(thing, index=mapping[index])
            case Operand(Space.INT, _, value) if value in tops:
                return changed(thing, value=tops[value])
            case Exec() if kind.field:
                number = getattr(thing, kind.field)
                return changed(thing, **{kind.field: mapping.get(number, number)})
        return thing

    moved: Program = rewritten(program, change)
    if not kind.section:
        return moved
    declared: dict[int, Any] = {}
    for thing in getattr(moved, kind.section):
        number = mapping.get(_number(thing), _number(thing))
        declared.setdefault(number, number if isinstance(thing, int) else changed(thing, index=number))
    return changed(moved, **{kind.section: tuple(declared[number] for number in sorted(declared))})


def merged(program: Program, kinds: tuple[Kind, ...]) -> Iterator[Program]:
    """One thing serves for two of its kind; the other's declaration goes."""
    for kind in kinds:
        numbers = _numbers(program, kind)
        yield from (renumber(program, kind, {gone: kept}) for kept in numbers for gone in numbers if gone != kept)


def compacted(program: Program, kinds: tuple[Kind, ...]) -> Iterator[Program]:
    """Numbers 0, 1, 2 … in order of use, each kind at once, then each thing alone; then neighbours change places.

    Of two orders the simpler one is canonical.
    """
    for kind in kinds:
        yield renumber(program, kind, _compact(program, kind))
        used = _numbers(program, kind)
        for number in used:
            free = next((x for x in range(number) if x not in used), number)
            if free < number:
                yield renumber(program, kind, {number: free})
        for first, second in pairwise(used):
            yield renumber(program, kind, {first: second, second: first})


def _compact(program: Program, kind: Kind) -> dict[int, int]:
    return {number: place for place, number in enumerate(_numbers(program, kind))}


def compact_numbers(program: Program) -> Iterator[Program]:
    """All kinds at once, then each; then addresses move to the plain data page."""
    everything = program
    for kind in KINDS:
        if kind is not _PAGES:
            everything = renumber(everything, kind, _compact(everything, kind))
    yield everything
    yield from compacted(program, KINDS)
    for number in _numbers(program, _PAGES):
        if program.pages[number] is DEFAULT_PAGES[3] and number != 3:
            yield renumber(program, _PAGES, {number: 3})
