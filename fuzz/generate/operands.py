# SPDX-License-Identifier: Apache-2.0
"""Operands as numbers of 4 bytes (short form, for what programs mostly hold) or 10 (wide form, for anything)."""

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
TOP: Final = Operand(Space.INT, 0, STACK_TOP)
"""The end of the memory for stacks: what a head's spare is given."""
LIMITS: Final = tuple(pg.SPACE_LIMIT[s] for s in Space)
SHORT_BYTES: Final = 4
WIDE_BYTES: Final = 10

CACHE_MOST: Final = 1 << 15
"""Entries of a cache before it starts anew."""
_SHORT: Final[dict[int, Operand]] = {}
_WIDE: Final[dict[int, Operand]] = {}


def number(value: int) -> Operand:
    """A number that needs no reduction."""
    return Operand(Space.INT, 0, value)


def operand_of(bits: int, is_wide: bool) -> Operand:
    """The operand that these bits mean."""
    known = _WIDE if is_wide else _SHORT
    found = known.get(bits)
    if found is None:
        if len(known) >= CACHE_MOST:
            known.clear()
        found = known[bits] = _new_operand(bits, is_wide)
    return found


def _new_operand(bits: int, is_wide: bool) -> Operand:
    space, number, value = SPACES[bits & 0xFF], bits >> 8 & 0xFF, _signed(bits >> 16, 64 if is_wide else 16)
    if space is Space.INT:
        return Operand(space, 0, NUMBERS[value % len(NUMBERS)] if number & 1 and not is_wide else value)
    index = (number & 0x7F) % LIMITS[space]
    if space in DESCRIPTORS:
        return Operand(space, index)
    # In short form without the top bit of the number byte the offset counts words, in the low byte.
    return Operand(space, index, _signed(value, 16) if number & 0x80 or is_wide else 8 * _signed(value, 8))


def _signed(value: int, width: int) -> int:
    """The low bits as a signed number."""
    half = 1 << width - 1
    return (value + half) % (2 * half) - half


def operand_bits(operand: Operand, is_wide: bool) -> int | None:
    """The bits of an operand; None if it has no short form."""
    space, index, value = int(operand.space), operand.index, operand.value
    if is_wide:
        return space | index << 8 | (value & abi.MASK) << 16
    if space == Space.INT:
        if not -(1 << 15) <= value < 1 << 15:
            at = _NUMBER_AT.get(value)
            return None if at is None else 1 << 8 | at << 16
    elif value % 8 == 0 and -1024 <= value < 1024:
        value //= 8
    else:
        index |= 0x80
    return space | index << 8 | (value & 0xFFFF) << 16
