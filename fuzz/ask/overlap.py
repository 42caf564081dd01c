# SPDX-License-Identifier: Apache-2.0
"""Warnings: a program that lets its own atoms, arguments, heads or rings be overwritten is rarely meant to.

A word of them that is written by its own name (`a1.next`, `h0.stack`, `r0[2]`) is meant; a longer buffer over it, or
one that a page's name leads to, is not.
"""

from collections.abc import Iterator, Sequence
from typing import Final

import attrs

from fuzz.text import names, symbols
from fuzz.text.printer import print_step
from model import abi, opaque
from model import image as layout
from model.calls import BY_NUMBER, Kind
from model.image import BASE, RING_BYTES, resolve
from model.program import MAX_EVENTFDS, Call, Operand, Program, Space, Step, Store

_NAMED: Final = (Space.ATOM, Space.HEAD, Space.RING)
_ADVICE: Final = "data goes into pg3, pg4 or pg6"


@attrs.frozen
class _Thing:
    """Bytes that the program itself is made of."""

    name: str
    start: int
    end: int
    placed: bool = False
    """It lies where the program put it (`at=`), and its words have no other names there."""


@attrs.frozen
class _Write:
    """Bytes that something may write: who, the operand that leads there, its address, how many."""

    who: str
    operand: Operand
    start: int
    count: int


def warnings(program: Program) -> list[str]:
    """A line for each thing that may write over what the program is made of; usually none."""
    things = list(_things(program))
    found = []
    for write in writes(program):
        hit = [thing.name for thing in things if _meet(write, thing)]
        if hit:
            over = f"{hit[0]} and {len(hit) - 1} more" if len(hit) > 2 else " and ".join(hit)
            place = names.operand(write.operand)
            itself = f"{place} is part of the program itself"
            found.append(f"warning: {write.who} may write over {over}: {itself}; {_ADVICE}")
    return list(dict.fromkeys(found))


def _meet(write: _Write, thing: _Thing) -> bool:
    """Whether the thing would be written, and hardly on purpose."""
    if write.start >= thing.end or thing.start >= write.start + write.count:
        return False
    if write.count > abi.WORD:
        return True
    if thing.placed:
        return bool((write.start - thing.start) % abi.WORD)
    return write.operand.space not in _NAMED or bool(write.operand.value % abi.WORD)


def _things(program: Program) -> Iterator[_Thing]:
    for atom in program.atoms:
        start = resolve(atom.at or Operand(Space.ATOM, atom.index))
        yield _Thing(f"a{atom.index}", start, start + abi.ATOM_BYTES, atom.at is not None)
        for position, argument in enumerate(atom.args):
            if not argument.via:
                word = layout.argument_address(atom.index, position)
                yield _Thing(f"an argument of a{atom.index}", word, word + abi.WORD)
    for head in program.heads:
        start = resolve(head.at or Operand(Space.HEAD, head.index))
        yield _Thing(f"h{head.index}", start, start + abi.AHU_BYTES, head.at is not None)
        ring, size = resolve(head.ring), min(resolve(head.size), RING_BYTES)
        if ring and size:
            placed = head.ring.space is not Space.RING
            yield _Thing(f"the ring of h{head.index}", ring, ring + size, placed)


def operations(program: Program) -> Iterator[Step]:
    """The steps, and what the scripts of threadlets do."""
    yield from program.all_steps
    for threadlet in program.threadlets:
        yield from threadlet.script


def writes(program: Program) -> Iterator[_Write]:
    """Where the calls, results and stores of a program may write."""
    memory = layout.build(program).memory
    for atom in program.atoms:
        who = f"a{atom.index}"
        operands = [symbols.operand_of(_word(memory, x.operand)) if x.via else x.operand for x in atom.args]
        yield from _by_call(f"the {names.call_name(atom.nr)} of {who}", atom.nr, operands)
        if resolve(atom.ret):
            yield _Write(f"the result of {who}", atom.ret, resolve(atom.ret), abi.WORD)
    for step in operations(program):
        if isinstance(step, Call):
            yield from _by_call(print_step(step), step.nr, step.args)
        elif isinstance(step, Store):
            yield _Write(print_step(step), step.target, resolve(step.target), abi.WORD)


def _by_call(who: str, nr: int, operands: Sequence[Operand]) -> Iterator[_Write]:
    """Where a call writes, and at most how much: a word, or as many bytes as it is asked for."""
    if nr in opaque.BY_NUMBER:
        yield from _by_opaque(who, opaque.BY_NUMBER[nr], operands)
        return
    kinds = BY_NUMBER[nr].arguments if nr in BY_NUMBER else ()
    count = kinds.index(Kind.COUNT) if Kind.COUNT in kinds else 0
    for kind, operand in zip(kinds, operands, strict=False):
        if kind in (Kind.ADD_WORD, Kind.PAIR):
            yield _Write(who, operand, resolve(operand), abi.WORD)
        elif kind is Kind.TARGET and count < len(operands):
            eventfd = 0 <= resolve(operands[0]) - layout.EVENTFD_FD < MAX_EVENTFDS
            most = abi.WORD if eventfd else layout.ARENA
            yield _Write(who, operand, resolve(operand), min(resolve(operands[count]), most))


def _by_opaque(who: str, call: opaque.Opaque, operands: Sequence[Operand]) -> Iterator[_Write]:
    args = [resolve(operand) for operand in operands]
    for argument, operand in zip(call.arguments, operands, strict=False):
        if argument.what in opaque.BUFFERS:
            yield _Write(who, operand, resolve(operand), argument.size(args))


def _word(memory: bytes, place: Operand) -> int:
    """The word at a place at first; 0 outside the arena."""
    offset = resolve(place) - BASE
    return int.from_bytes(memory[offset : offset + abi.WORD], "little") if 0 <= offset < layout.ARENA else 0
