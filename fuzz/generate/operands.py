# SPDX-License-Identifier: Apache-2.0
"""Operands as bytes: 4 in short form, for what programs mostly hold, or 10, for anything."""

import struct
from typing import Final

from model import abi
from model import program as pg
from model.image import STACK_BYTES, STACK_TOP, STACKS_AT
from model.program import DESCRIPTORS, Operand, Space

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
_NUMBER_AT: Final = {value: i for i, value in reversed(tuple(enumerate(NUMBERS)))}
LIMITS: Final = tuple(pg.SPACE_LIMIT[s] for s in Space)
_SHORT: Final = struct.Struct("<BBh")
_WIDE: Final = struct.Struct("<BBq")
SHORT_BYTES: Final = _SHORT.size
WIDE_BYTES: Final = _WIDE.size

CACHE_MOST: Final = 1 << 15
"""Entries of a cache before it starts anew."""
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
    index = (number & 0x7F) % LIMITS[space]
    if space in DESCRIPTORS:
        return Operand(space, index)
    if number & 0x80 or is_wide:
        return Operand(space, index, (value + (1 << 15)) % (1 << 16) - (1 << 15))
    # Without the top bit of the number byte the offset counts words, in the low byte.
    return Operand(space, index, 8 * ((value + 128) % 256 - 128))


def operand_bytes(operand: Operand, is_wide: bool) -> bytes | None:
    """The bytes of an operand; None if it has no short form."""
    space, index, value = operand.space, operand.index, operand.value
    if is_wide:
        return _WIDE.pack(space, index, value)
    if space is Space.INT:
        if -(1 << 15) <= value < 1 << 15:
            return _SHORT.pack(0, 0, value)
        at = _NUMBER_AT.get(value)
        return None if at is None else _SHORT.pack(0, 1, at)
    if value % 8 == 0 and -1024 <= value < 1024:
        return _SHORT.pack(space, index, value // 8)
    return _SHORT.pack(space, index | 0x80, value)
