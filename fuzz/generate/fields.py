# SPDX-License-Identifier: Apache-2.0
"""What a value of a record can be: how it is taken from bits, put into bits, and what that is in words.

A value lies in one or two forms of a record. The short form holds what programs mostly hold, the wide form anything.
"""

from collections.abc import Callable
from operator import attrgetter
from typing import Any, Final

from fuzz.generate.operands import LIMITS, SHORT_BYTES, WIDE_BYTES, operand_bits, operand_of
from model import abi
from model.program import DESCRIPTORS, Operand, Space

#: Call numbers that a short record names by position. Another number is itself in two bytes, and a list of another
#: length would give old bytes another meaning.
CALLS: Final = (
    abi.NR_READ, abi.NR_WRITE, abi.NR_UMEM_ADD, abi.NR_NANOSLEEP, abi.NR_FUTEX, abi.NR_ASYNC_WAIT,
    abi.NR_CLOSE, abi.NR_GETPID, abi.NR_GETTID, abi.NR_SCHED_YIELD, abi.NR_ASYNC_EXEC, abi.NR_ASYNC_THREAD,
    abi.NR_READ, abi.NR_WRITE, abi.NR_UMEM_ADD, abi.NR_NANOSLEEP, abi.NR_THREADLET_ON, abi.NR_THREADLET_OFF,
    abi.NR_TABLE, 999, 57, 60, 231, 15, 105, 2, 462,
)  # fmt: skip
_CALL_AT: Final = {nr: i for i, nr in reversed(tuple(enumerate(CALLS)))}

Of = Callable[[Any], Any]
Bits = tuple[int, int]
"""The first bit, and how many. The first one counts from the last byte that a field began; 0 begins a new one."""


class Field:
    """One value of a record, and how it lies there.

    Attributes:
        name: what the value is called; so is the argument of the record's `make`.
        about: one sentence on it.
        reading: how its bits are read, in words.
        places: its bits in the short form and in the wide one.
        take: the value of such bits, in the wide form or not: all bits mean something.
        put: the bits of a value, in the wide form or not; None, or more than there is room for, if it has none.
        of: the value in a record's thing.
    """

    def __init__(
        self,
        name: str,
        about: str,
        reading: str,
        places: tuple[Bits, Bits],
        take: Callable[[int, bool], Any],
        put: Callable[[Any, bool], int | None],
        of: Of | None,
    ) -> None:
        self.name: Final = name
        self.about: Final = about
        self.reading: Final = reading
        self.places: Final = places
        self.take: Final = take
        self.put: Final = put
        self.of: Final[Of] = of or attrgetter(name)


def _bytes(short: int, wide: int = 0) -> tuple[Bits, Bits]:
    return (0, 8 * short), (0, 8 * (wide or short))


def number(
    name: str, about: str, short: int = 1, wide: int = 0, *, count: int = 0, low: int = 0, of: Of | None = None
) -> Field:
    """A whole number from `low` up, below `low + count` (0: whatever fits), of so many bytes."""

    def take(bits: int, _: bool) -> int:
        return (bits % count if count else bits) + low

    def put(value: int, _: bool) -> int:
        return value - low

    reading = (f"modulo {count}" if count else "a number") + (f", plus {low}" if low else "")
    return Field(name, about, reading, _bytes(short, wide), take, put, of)


def bits(name: str, about: str, short: Bits, wide: Bits | None = None, of: Of | None = None) -> Field:
    """A small number, or with a single bit yes or no, that shares its byte."""
    is_flag = short[1] == 1

    def take(value: int, _: bool) -> Any:
        # In one expression, mypyc would make a number of both.
        if is_flag:
            return value != 0
        return value

    def put(value: int, _: bool) -> int:
        return int(value)

    return Field(name, about, "yes or no" if is_flag else "a number", (short, wide or short), take, put, of)


def call_number(name: str, about: str) -> Field:
    """The number of a system call."""

    def take(value: int, is_wide: bool) -> int:
        if is_wide:
            return value
        return value & 0x7FFF if value & 0x8000 else CALLS[value % len(CALLS)]

    def put(value: int, is_wide: bool) -> int | None:
        if is_wide:
            return value
        return None if value >= 0x8000 else _CALL_AT.get(value, value | 0x8000)

    reading = "short: with the top bit the number itself, else a place in the list of calls; wide: the number"
    return Field(name, about, reading, _bytes(2, 8), take, put, None)


def word(name: str, about: str, of: Of | None = None) -> Field:
    """An operand."""
    return Field(name, about, "an operand", _bytes(SHORT_BYTES, WIDE_BYTES), operand_of, operand_bits, of)


def place(name: str, about: str) -> Field:
    """An operand that is an address."""

    def take(value: int, is_wide: bool) -> Operand:
        found = operand_of(value, is_wide)
        is_address = found.space is not Space.INT and found.space not in DESCRIPTORS
        return found if is_address else Operand(Space.WORD, found.index)

    reading = "an operand; one that is no address becomes the word of its number"
    return Field(name, about, reading, _bytes(SHORT_BYTES, WIDE_BYTES), take, operand_bits, None)


def words(name: str, about: str, of: Of | None = None) -> Field:
    """Operands in a row. Those beyond the record's count mean nothing, and are 0 in canonical bytes."""
    most = (4, abi.MAX_ARGS)
    widths = (8 * SHORT_BYTES, 8 * WIDE_BYTES)

    def take(value: int, is_wide: bool) -> tuple[Operand, ...]:
        width = widths[is_wide]
        return tuple([operand_of(value >> width * i & (1 << width) - 1, is_wide) for i in range(most[is_wide])])

    def put(operands: tuple[Operand, ...], is_wide: bool) -> int | None:
        if len(operands) > most[is_wide]:
            return None
        made = at = 0
        for operand in operands:
            part = operand_bits(operand, is_wide)
            if part is None:
                return None
            made |= part << at
            at += widths[is_wide]
        return made

    reading = f"short: {most[0]} operands; wide: {most[1]}"
    return Field(name, about, reading, _bytes(most[0] * SHORT_BYTES, most[1] * WIDE_BYTES), take, put, of)


def whole(name: str, about: str, space: Space, offset: int = 0, wide: int = 0, of: Of | None = None) -> Field:
    """An operand that mostly is the address of one thing, or of one field of it: in short form, its number."""
    limit = LIMITS[space]

    def take(value: int, is_wide: bool) -> Operand:
        return operand_of(value, True) if is_wide else Operand(space, value % limit, offset)

    def put(operand: Operand, is_wide: bool) -> int | None:
        if is_wide:
            return operand_bits(operand, True)
        return operand.index if operand.space is space and operand.value == offset else None

    reading = f"the number of the {space.name.lower()}, modulo {limit}" + ("; wide: an operand" if wide else "")
    return Field(name, about, reading, _bytes(1, wide), take, put, of)


def time(name: str, about: str, of: Of) -> Field:
    """Seconds and nanoseconds: in short form, whole milliseconds."""

    def take(value: int, is_wide: bool) -> tuple[int, int]:
        if is_wide:
            return Operand.number(value).value, Operand.number(value >> 64).value
        return value // 1000, value % 1000 * 1_000_000

    def put(value: tuple[int, int], is_wide: bool) -> int | None:
        sec, nsec = value
        if is_wide:
            return sec & abi.MASK | (nsec & abi.MASK) << 64
        return sec * 1000 + nsec // 1_000_000 if sec >= 0 and 0 <= nsec < 10**9 and nsec % 1_000_000 == 0 else None

    reading = "short: milliseconds; wide: seconds and nanoseconds, signed, 8 bytes each"
    return Field(name, about, reading, _bytes(2, 16), take, put, of)
