# SPDX-License-Identifier: Apache-2.0
"""What a record is: a number, fields, and the one or two forms in which they lie in bytes."""

from collections.abc import Callable
from typing import Any, Final

from fuzz.generate.fields import Field

SECTIONS: Final = (
    "pages", "pipes", "eventfds", "timespecs", "heads", "atoms", "pokes", "threadlets", "chooser", "steps",
    "threads", "assumed",
)  # fmt: skip
"""Where in a program the things of a record go, in the order of canonical bytes."""


class Form:
    """A record as it lies in bytes: a number of so many bytes, the byte of kind lowest.

    Attributes:
        kind: the byte of kind.
        size: bytes of the whole record.
        places: each field with its first bit and how many it has.
    """

    def __init__(self, record: "Record", kind: int, name: str, is_wide: bool) -> None:
        self.record: Final[Record] = record
        self.kind: Final[int] = kind
        self.name: Final[str] = name
        self.is_wide: Final[bool] = is_wide
        places: list[tuple[Field, int, int]] = []
        start = end = 8
        for field in record.fields:
            first, width = field.places[is_wide]
            if first == 0:
                start = end = end + -end % 8
            places.append((field, start + first, width))
            end = max(end, start + first + width)
        self.places: Final[tuple[tuple[Field, int, int], ...]] = tuple(places)
        self.size: Final[int] = (end + 7) // 8

    def thing(self, data: bytes) -> Any:
        """What this record says; where it ends early, zeros follow."""
        bits = int.from_bytes(data, "little")
        wide = self.is_wide
        values = {field.name: field.take(bits >> at & (1 << width) - 1, wide) for field, at, width in self.places}
        return self.record.make(**values)

    def put(self, thing: Any) -> bytes | None:
        """The record that says it; None if one of its values has no bits in this form."""
        made: int = self.kind
        for field, at, width in self.places:
            bits = field.put(field.of(thing), self.is_wide)
            if bits is None or bits >> width:
                return None
            made |= bits << at
        return made.to_bytes(self.size, "little")


class Record:
    """A kind of record: one thing of a program, in short form and perhaps in wide form.

    Attributes:
        section: where its things go, one of `SECTIONS`.
        of: what it says one of.
        about: what it says, in one sentence.
        fields: in their order.
        make: the thing of the fields' values, which are given by name.
        when: whether it can say this thing; if not, another record has to.
        forms: the short form, or the only one, and the wide one, whose kind is the next number.
    """

    def __init__(
        self,
        kind: int,
        name: str,
        section: str,
        of: type,
        about: str,
        *fields: Field,
        make: Callable[..., Any] | None = None,
        when: Callable[[Any], bool] | None = None,
        wide: bool = False,
    ) -> None:
        self.section: Final[str] = section
        self.of: Final = of
        self.about: Final = about
        self.fields: Final[tuple[Field, ...]] = fields
        self.make: Final[Callable[..., Any]] = make or of
        self.when: Final = when
        short = Form(self, kind, name, False)
        self.forms: Final = (short, Form(self, kind + 1, f"WIDE_{name}", True)) if wide else (short,)

    def put(self, thing: Any) -> bytes | None:
        """The bytes of a thing, in short form where it has one; None if another record has to say it."""
        if self.when is None or self.when(thing):
            for form in self.forms:
                data = form.put(thing)
                if data is not None:
                    return data
        return None
