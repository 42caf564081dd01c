# SPDX-License-Identifier: Apache-2.0
"""What a record is: a kind, fields, and the one or two forms in which they lie in bytes."""

from collections.abc import Callable
from enum import IntEnum
from typing import Any, Final

from fuzz.generate.fields import Field


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


class Section(IntEnum):
    """Where in a program the things of a record go, in the order of canonical bytes."""

    PAGES = 0
    PIPES = 1
    EVENTFDS = 2
    TIMESPECS = 3
    HEADS = 4
    ATOMS = 5
    POKES = 6
    SCRIPTS = 7
    CHOOSER = 8
    STEPS = 9


#: Kinds of the remaining values of a kind byte (modulo 64): those that make a random program go.
_MORE: Final = (
    Kind.EXEC, Kind.EXEC, Kind.ATOM, Kind.ATOM, Kind.CALL, Kind.HEAD, Kind.SETTLE, Kind.REFILL, Kind.POKE,
    Kind.EXEC, Kind.EXEC, Kind.ATOM, Kind.ATOM, Kind.CALL, Kind.HEAD, Kind.SETTLE, Kind.REFILL, Kind.POKE,
    Kind.THREADLET_EXEC, Kind.THREADLET_EXEC, Kind.CALL_IN, Kind.CALL_IN, Kind.SETTLE, Kind.STORE_IN,
    *tuple(Kind)[:8],
)  # fmt: skip
KINDS: Final = tuple((*Kind, *_MORE)[i % 64] for i in range(256))


class Form:
    """A record's fields, as they lie in bytes behind the byte of kind.

    Attributes:
        kind: the byte.
        size: bytes of the whole record.
        places: for each field where it begins and ends.
    """

    def __init__(self, kind: Kind, fields: tuple[Field, ...], is_wide: bool) -> None:
        self.kind: Final = kind
        self.is_wide: Final = is_wide
        places = []
        at = 1
        for field in fields:
            after = at + (field.wide if is_wide else field.short)
            places.append((field, at, after))
            at = after
        self.places: Final = tuple(places)
        self.size: Final = at

    def take(self, data: bytes) -> list[Any]:
        """The fields' values in this record; where it ends early, zeros follow."""
        if len(data) < self.size:
            data = data.ljust(self.size, b"\0")
        return [field.take(data[at:after], self.is_wide) for field, at, after in self.places]

    def put(self, values: tuple[Any, ...]) -> bytes | None:
        """The record of these values; None if one of them has no bytes in this form."""
        made = bytes((self.kind,))
        for (field, _, _), value in zip(self.places, values, strict=True):
            part = field.put(value, self.is_wide)
            if part is None:
                return None
            made += part
        return made


class Record:
    """A kind of record: one thing of a program, in short form and perhaps in wide form.

    Attributes:
        section: where its things go.
        of: what it says one of.
        about: what it says, in one sentence.
        fields: in their order.
        make: the thing of the fields' values.
        values: the fields' values of a thing, or None if another record has to say it.
        forms: the short form, or the only one, and the wide one.
    """

    def __init__(
        self,
        kind: Kind,
        section: Section,
        of: type,
        about: str,
        fields: tuple[Field, ...],
        make: Callable[[list[Any]], Any],
        values: Callable[[Any], tuple[Any, ...] | None],
        wide: Kind | None = None,
    ) -> None:
        self.section: Final = section
        self.of: Final = of
        self.about: Final = about
        self.fields: Final = fields
        self.make: Final = make
        self.values: Final = values
        short = Form(kind, fields, False)
        self.forms: Final = (short,) if wide is None else (short, Form(wide, fields, True))

    def put(self, thing: Any) -> bytes | None:
        """The bytes of a thing, in short form where it has one; None if another record has to say it."""
        values = self.values(thing)
        if values is None:
            return None
        for form in self.forms:
            data = form.put(values)
            if data is not None:
                return data
        return None
