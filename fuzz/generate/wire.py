# SPDX-License-Identifier: Apache-2.0
"""Records of the byte encoding: their kinds, and how operands lie in them."""

import struct
from collections.abc import Iterable
from enum import IntEnum
from typing import Final

from model import abi
from model import program as pg
from model.image import STACK_BYTES, STACK_TOP, STACKS_AT
from model.program import Operand, Space


class Kind(IntEnum):
    """Kinds of records. The values are part of the encoding."""

    SETTLE = 0
    CALL = 1
    WIDE_CALL = 2
    STORE = 3
    WIDE_STORE = 4
    REAP = 5
    WIDE_REAP = 6
    ADVANCE = 7
    EXIT = 8
    REFILL = 9
    EXEC = 10
    CHOICE = 11
    POKE = 12
    WIDE_POKE = 13
    ATOM = 14
    WIDE_ATOM = 15
    HEAD = 16
    WIDE_HEAD = 17
    TIMESPEC = 18
    WIDE_TIMESPEC = 19
    PIPE = 20
    EVENTFD = 21
    PAGE = 22
    THREADLET = 23
    THREADLET_EXEC = 24
    WIDE_THREADLET_EXEC = 25
    CALL_IN = 26
    WIDE_CALL_IN = 27
    STORE_IN = 28
    WIDE_STORE_IN = 29
    THREADLET_EXEC_IN = 30
    WIDE_THREADLET_EXEC_IN = 31


#: Records of operations: the threadlet's number, then what the same step has.
OPERATIONS: Final = {
    Kind.CALL_IN: Kind.CALL,
    Kind.WIDE_CALL_IN: Kind.WIDE_CALL,
    Kind.STORE_IN: Kind.STORE,
    Kind.WIDE_STORE_IN: Kind.WIDE_STORE,
    Kind.THREADLET_EXEC_IN: Kind.THREADLET_EXEC,
    Kind.WIDE_THREADLET_EXEC_IN: Kind.WIDE_THREADLET_EXEC,
}
OPERATION_OF: Final = {step: kind for kind, step in OPERATIONS.items()}
STEPS: Final = frozenset((*range(Kind.CHOICE), Kind.THREADLET_EXEC, Kind.WIDE_THREADLET_EXEC))


#: Kinds of the remaining values of a kind byte (modulo 64): those that make a random program go.
_MORE: Final = (
    Kind.EXEC, Kind.EXEC, Kind.ATOM, Kind.ATOM, Kind.CALL, Kind.HEAD, Kind.SETTLE, Kind.REFILL, Kind.POKE,
    Kind.EXEC, Kind.EXEC, Kind.ATOM, Kind.ATOM, Kind.CALL, Kind.HEAD, Kind.SETTLE, Kind.REFILL, Kind.POKE,
    Kind.THREADLET_EXEC, Kind.THREADLET_EXEC, Kind.CALL_IN, Kind.CALL_IN, Kind.SETTLE, Kind.STORE_IN,
    *tuple(Kind)[:8],
)  # fmt: skip
KINDS: Final = tuple((*Kind, *_MORE)[i % 64] for i in range(256))

#: Spaces of the remaining values of a space byte (modulo 16).
SPACES: Final = tuple(
    (*Space, Space.INT, Space.ATOM, Space.WORD, Space.RING, Space.HEAD, Space.PAGE)[i % 16] for i in range(256)
)

#: Numbers that a short operand names by position (only ever append: positions are part of the encoding).
NUMBERS: Final = (
    STACK_TOP, -1, pg.INT64_MIN, pg.INT64_MAX, 1 << 31, 1 << 32, (1 << 32) - 1, 0x7FFFFFFFF000, 0x7FFF0000,
    -2, (1 << 63) - 8, 0x10000000, 0x10008000, 0x0FFFFFFF, -abi.EFAULT, 1 << 62, 0xFFFF, 0x10000, -(1 << 31),
    -4096, 1 << 40, 0x700000000, *(STACKS_AT + STACK_BYTES * i for i in range(pg.MAX_STACKS)),
)  # fmt: skip
#: Call numbers that a short record names by position (only ever append).
CALLS: Final = (
    abi.NR_READ, abi.NR_WRITE, abi.NR_UMEM_ADD, abi.NR_NANOSLEEP, abi.NR_FUTEX, abi.NR_ASYNC_WAIT,
    abi.NR_CLOSE, abi.NR_GETPID, abi.NR_GETTID, abi.NR_SCHED_YIELD, abi.NR_ASYNC_EXEC, abi.NR_ASYNC_THREAD,
    abi.NR_READ, abi.NR_WRITE, abi.NR_UMEM_ADD, abi.NR_NANOSLEEP, abi.NR_THREADLET_ON, abi.NR_THREADLET_OFF,
    abi.NR_TABLE, 999, 57, 60, 231, 15, 105, 2, 462,
)  # fmt: skip
SHORT_ARGS: Final = 4
_LIMITS: Final = tuple(pg.SPACE_LIMIT[s] for s in Space)
NUMBER_AT: Final = {value: i for i, value in reversed(tuple(enumerate(NUMBERS)))}
CALL_AT: Final = {nr: i for i, nr in reversed(tuple(enumerate(CALLS)))}
CACHE_MOST: Final = 1 << 15
"""Entries of a cache before it starts anew."""

_SHORT: Final = struct.Struct("<BBh")
_WIDE: Final = struct.Struct("<BBq")
_OPERANDS: dict[bytes, Operand] = {}


def operand_of(data: bytes) -> Operand:
    """The operand of 4 bytes (short) or 10 bytes (wide)."""
    found = _OPERANDS.get(data)
    if found is None:
        if len(_OPERANDS) >= CACHE_MOST:
            _OPERANDS.clear()
        found = _OPERANDS[data] = _new_operand(data)
    return found


def _new_operand(data: bytes) -> Operand:
    is_wide = len(data) == _WIDE.size
    kind, number, value = (_WIDE if is_wide else _SHORT).unpack(data)
    space = SPACES[kind]
    if space is Space.INT:
        return Operand(space, 0, NUMBERS[value % len(NUMBERS)] if number & 1 and not is_wide else value)
    index = (number & 0x7F) % _LIMITS[space]
    if space in (Space.PIPE_READ, Space.PIPE_WRITE, Space.EVENTFD):
        return Operand(space, index)
    if number & 0x80 or is_wide:
        return Operand(space, index, (value + (1 << 15)) % (1 << 16) - (1 << 15))
    # Without the top bit of the number byte the offset counts words, in the low byte.
    return Operand(space, index, 8 * ((value + 128) % 256 - 128))


def short(operand: Operand) -> bytes:
    """The short form of an operand; empty if it has none."""
    space, value = operand.space, operand.value
    if space is Space.INT:
        if -(1 << 15) <= value < 1 << 15:
            return _SHORT.pack(0, 0, value)
        at = NUMBER_AT.get(value)
        return b"" if at is None else _SHORT.pack(0, 1, at)
    if value % 8 == 0 and -1024 <= value < 1024:
        return _SHORT.pack(space, operand.index, value // 8)
    return _SHORT.pack(space, operand.index | 0x80, value)


def wide(operand: Operand) -> bytes:
    """The wide form of an operand."""
    return _WIDE.pack(operand.space, operand.index, operand.value)


def shorts(operands: Iterable[Operand]) -> bytes | None:
    """The short forms of all of these, or None if one has none."""
    parts = [short(operand) for operand in operands]
    return b"".join(parts) if all(parts) else None


def operands_of(data: bytes, start: int, count: int, size: int) -> list[Operand]:
    """`count` operands of `size` bytes each."""
    return [operand_of(data[i : i + size]) for i in range(start, start + count * size, size)]
