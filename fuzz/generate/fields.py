# SPDX-License-Identifier: Apache-2.0
"""What the fields of a record can be: each kind of field takes a value from bytes, puts it into bytes, and says how.

A field lies in one or two forms of a record. The short form holds what programs mostly hold, the wide form anything.
"""

import struct
from typing import Any, Final

from fuzz.generate.operands import LIMITS, SHORT_BYTES, WIDE_BYTES, operand_bytes, operand_of
from model import abi
from model.program import DESCRIPTORS, Operand, Space

#: Call numbers that a short record names by position (only ever append).
CALLS: Final = (
    abi.NR_READ, abi.NR_WRITE, abi.NR_UMEM_ADD, abi.NR_NANOSLEEP, abi.NR_FUTEX, abi.NR_ASYNC_WAIT,
    abi.NR_CLOSE, abi.NR_GETPID, abi.NR_GETTID, abi.NR_SCHED_YIELD, abi.NR_ASYNC_EXEC, abi.NR_ASYNC_THREAD,
    abi.NR_READ, abi.NR_WRITE, abi.NR_UMEM_ADD, abi.NR_NANOSLEEP, abi.NR_THREADLET_ON, abi.NR_THREADLET_OFF,
    abi.NR_TABLE, 999, 57, 60, 231, 15, 105, 2, 462,
)  # fmt: skip
_CALL_AT: Final = {nr: i for i, nr in reversed(tuple(enumerate(CALLS)))}
_TIME: Final = struct.Struct("<qq")


class Field:
    """One field of a record.

    Attributes:
        name: what the value is called, in a record's thing as well.
        about: one sentence on it.
        short: bytes in the short form.
        wide: bytes in the wide form.
    """

    def __init__(self, name: str, about: str, short: int = 1, wide: int = 1) -> None:
        self.name: Final = name
        self.about: Final = about
        self.short: Final = short
        self.wide: Final = wide

    def take(self, data: bytes, is_wide: bool) -> Any:
        """The value of these bytes, as many as the form has: every content means something."""
        raise NotImplementedError

    def put(self, value: Any, is_wide: bool) -> bytes | None:
        """The bytes that mean this value; None if the form has none. The wide form has some for every value."""
        raise NotImplementedError

    def reading(self) -> str:
        """How the bytes are read, in words."""
        raise NotImplementedError


class Number(Field):
    """A whole number from `low` up, below `low + count` (0: whatever fits), little-endian."""

    def __init__(self, name: str, about: str, short: int = 1, wide: int = 1, count: int = 0, low: int = 0) -> None:
        super().__init__(name, about, short, wide)
        self.count: Final = count
        self.low: Final = low

    def take(self, data: bytes, is_wide: bool) -> int:
        """The bytes' number, reduced."""
        value = int.from_bytes(data, "little")
        return (value % self.count if self.count else value) + self.low

    def put(self, value: int, is_wide: bool) -> bytes | None:
        """Its bytes, if these are enough."""
        size = self.wide if is_wide else self.short
        value -= self.low
        return None if value >> 8 * size else value.to_bytes(size, "little")

    def reading(self) -> str:
        """Modulus and start."""
        return (f"modulo {self.count}" if self.count else "a number") + (f", plus {self.low}" if self.low else "")


class Bits:
    """Some bits of a field: in each form the position of the lowest one, and how many."""

    def __init__(self, name: str, about: str, short: tuple[int, int], wide: tuple[int, int] | None = None) -> None:
        self.name: Final = name
        self.about: Final = about
        self.short: Final = short
        self.wide: Final = wide or short


class Packed(Field):
    """Several small numbers in a byte or two. The value is a tuple of them."""

    def __init__(self, parts: tuple[Bits, ...], wide: int = 1) -> None:
        super().__init__(parts[0].name, "", 1, wide)
        self.parts: Final = parts

    def take(self, data: bytes, is_wide: bool) -> tuple[int, ...]:
        """The parts, in their order."""
        value = int.from_bytes(data, "little")
        made: list[int] = []
        for part in self.parts:
            at, width = part.wide if is_wide else part.short
            made.append(value >> at & (1 << width) - 1)
        return tuple(made)

    def put(self, value: tuple[int, ...], is_wide: bool) -> bytes | None:
        """All parts, if each fits."""
        packed = position = 0
        for part in self.parts:
            at, width = part.wide if is_wide else part.short
            bits: int = value[position]
            if bits >> width:
                return None
            packed |= bits << at
            position += 1  # noqa: SIM113 - slower otherwise
        return packed.to_bytes(self.wide if is_wide else self.short, "little")


class CallNumber(Field):
    """The number of a system call."""

    def __init__(self, name: str, about: str) -> None:
        super().__init__(name, about, 2, 8)

    def take(self, data: bytes, is_wide: bool) -> int:
        """In short form an entry of `CALLS`, or with the top bit the number itself."""
        value = int.from_bytes(data, "little")
        if is_wide:
            return value
        return value & 0x7FFF if value & 0x8000 else CALLS[value % len(CALLS)]

    def put(self, value: int, is_wide: bool) -> bytes | None:
        """By its place in `CALLS`, where it has one."""
        if is_wide:
            return value.to_bytes(8, "little")
        return None if value >= 0x8000 else _CALL_AT.get(value, value | 0x8000).to_bytes(2, "little")

    def reading(self) -> str:
        """Both forms."""
        return "short: with the top bit the number itself, else a place in the list of calls; wide: the number"


class Word(Field):
    """An operand."""

    def __init__(self, name: str, about: str) -> None:
        super().__init__(name, about, SHORT_BYTES, WIDE_BYTES)

    def take(self, data: bytes, is_wide: bool) -> Operand:
        """See `operand_of`."""
        return operand_of(data)

    def put(self, value: Operand, is_wide: bool) -> bytes | None:
        """See `operand_bytes`."""
        return operand_bytes(value, is_wide)

    def reading(self) -> str:
        """What it is."""
        return "an operand"


class Place(Word):
    """An operand that is an address."""

    def take(self, data: bytes, is_wide: bool) -> Operand:
        """What is no address is the word of that number."""
        found = operand_of(data)
        if found.space is Space.INT or found.space in DESCRIPTORS:
            return Operand(Space.WORD, found.index)
        return found

    def reading(self) -> str:
        """What else there may be."""
        return "an operand; one that is no address becomes the word of its number"


class Words(Field):
    """Operands in a row. Those beyond the record's count mean nothing, and are zero in canonical bytes."""

    def __init__(self, name: str, about: str) -> None:
        super().__init__(name, about, 4 * SHORT_BYTES, abi.MAX_ARGS * WIDE_BYTES)

    def take(self, data: bytes, is_wide: bool) -> tuple[Operand, ...]:
        """All of them."""
        size = WIDE_BYTES if is_wide else SHORT_BYTES
        return tuple([operand_of(data[i : i + size]) for i in range(0, len(data), size)])

    def put(self, value: tuple[Operand, ...], is_wide: bool) -> bytes | None:
        """As many as there are, if each has this form."""
        made = b""
        for operand in value:
            part = operand_bytes(operand, is_wide)
            if part is None:
                return None
            made += part
        size = self.wide if is_wide else self.short
        return None if len(made) > size else made.ljust(size, b"\0")

    def reading(self) -> str:
        """How many."""
        return f"short: {self.short // SHORT_BYTES} operands; wide: {self.wide // WIDE_BYTES}"


class Whole(Field):
    """An operand that mostly is the address of one thing, or of one field of it: in short form, its number."""

    def __init__(self, name: str, about: str, space: Space, offset: int = 0, wide: int = 1) -> None:
        super().__init__(name, about, 1, wide)
        self.space: Final = space
        self.offset: Final = offset
        self.limit: Final = LIMITS[space]

    def take(self, data: bytes, is_wide: bool) -> Operand:
        """The thing of this number, or an operand."""
        return operand_of(data) if is_wide else Operand(self.space, data[0] % self.limit, self.offset)

    def put(self, value: Operand, is_wide: bool) -> bytes | None:
        """By its number, if it is one of those."""
        if is_wide:
            return operand_bytes(value, True)
        return bytes((value.index,)) if value.space is self.space and value.value == self.offset else None

    def reading(self) -> str:
        """Of what, modulo what."""
        return f"the number of the {self.space.name.lower()}, modulo {self.limit}" + (
            "" if self.wide == self.short else "; wide: an operand"
        )


class Time(Field):
    """Seconds and nanoseconds: in short form, whole milliseconds."""

    def __init__(self, name: str, about: str) -> None:
        super().__init__(name, about, 2, 16)

    def take(self, data: bytes, is_wide: bool) -> tuple[int, int]:
        """Both numbers."""
        if is_wide:
            sec, nsec = _TIME.unpack(data)
            return sec, nsec
        ms = int.from_bytes(data, "little")
        return ms // 1000, ms % 1000 * 1_000_000

    def put(self, value: tuple[int, int], is_wide: bool) -> bytes | None:
        """As milliseconds, if that is what they are."""
        sec, nsec = value
        if is_wide:
            return _TIME.pack(sec, nsec)
        ms = sec * 1000 + nsec // 1_000_000
        is_short = 0 <= ms < 1 << 16 and 0 <= nsec < 10**9 and nsec % 1_000_000 == 0
        return ms.to_bytes(2, "little") if is_short else None

    def reading(self) -> str:
        """Both forms."""
        return "short: milliseconds; wide: seconds and nanoseconds, signed, 8 bytes each"
