# SPDX-License-Identifier: Apache-2.0
"""`docs/bytes.md`: the byte encoding for readers, made from its table."""

from fuzz.generate.fields import CALLS
from fuzz.generate.operands import NUMBERS, SPACES
from fuzz.generate.record import SECTIONS, Record
from fuzz.generate.table import FORMS, KIND_BYTES, OF_CODE, RECORDS
from model import calls
from model import program as pg
from model.program import Space

_LOW = sum(form.kind < KIND_BYTES for form in FORMS.values())
_PAGE = f"""\
# Programs as bytes

The fuzzer keeps and mutates programs as bytes. Every byte string is a program, and every program has a byte string:
decoded, it gives the same program again. This page is made from the table in `fuzz/generate/table.py`, by which
`fuzz/generate/codec.py` packs and unpacks. People write [program texts](grammar.md); targets get
[images](protocol.md).

A byte string is a row of records. A record is one byte of kind and then fields, whose lengths depend on the kind
alone. So a change inside a record changes only its thing. All numbers are little-endian. What means nothing is read as
something that does:

* The last record may be cut short; zeros follow.
* A kind byte is taken modulo 64, unless it is a kind of its own. There are {len(FORMS)} kinds; the other values stand
  for kinds that make a random program run.
* Numbers are reduced to those that exist.
* Of two records of the same kind with the same number, the later one wins. Initial values, steps, choices and the
  operations of a script keep their order.
* What is over a limit is dropped: of a program's steps ({pg.MAX_STEPS}, and as many of its further threads together),
  initial values ({pg.MAX_POKES}) and choices ({pg.MAX_CHOICES}), and of a script's operations ({pg.MAX_OPERATIONS}).

Some things have a short form, for what programs mostly hold, and a wide form, which holds anything. Canonical bytes
(those that `encode` gives) take the first of a thing's records that can say it, in the order of this page, and have
the sections in the order: {", ".join(SECTIONS)}.

## Records

%s

## Kind bytes

{_LOW} to 63 (modulo 64) stand for:

{", ".join(form.name for form in OF_CODE[_LOW:KIND_BYTES])}.

## Operands

| bytes | wide | |
|---|---|---|
| 0 | 0 | the space, modulo 16 |
| 1 | 1 | the index (bits 0 to 6), modulo how many there are, and bit 7 |
| 2 to 3 | 2 to 9 | the value, signed |

In space INT the value is the number itself; in short form, if bit 0 of byte 1 is set, it is a place in the \
list of numbers. A descriptor has no value. In the other spaces the value is an offset: in bytes (its low 16 \
bits), or, in short form without bit 7 of byte 1, in words of 8 bytes (its low 8 bits).

| space | | indices |
|---|---|---|
%s

## Lists

Numbers, by place (modulo {len(NUMBERS)}): {", ".join(map(str, NUMBERS))}.

Calls, by place (modulo {len(CALLS)}): %s.
"""


def page() -> str:
    """The whole page."""
    names = {number: name for name, number in calls.NAMES.items()}
    listed = ", ".join(f"{nr} ({names[nr]})" if nr in names else str(nr) for nr in CALLS)
    spaces = "\n".join(
        f"| {number} | {space.name} | {'' if number >= len(Space) else pg.SPACE_LIMIT[space]} |"
        for number, space in enumerate(SPACES[:16])
    )
    return _PAGE % ("\n\n".join(map(_record, RECORDS)), spaces, listed)


def _record(record: Record) -> str:
    said = f"### {', '.join(f'{form.name} ({form.kind})' for form in record.forms)}\n\n{record.about}"
    if not record.fields:
        return said
    wide = len(record.forms) - 1
    table = [
        f"| bytes |{' wide |' * wide} field | what it is | how it is read |",
        f"|---|{'---|' * wide}---|---|---|",
    ]
    for position, field in enumerate(record.fields):
        where = " | ".join(_where(*form.places[position][1:]) for form in record.forms)
        table.append(f"| {where} | `{field.name}` | {field.about} | {field.reading} |")
    return "\n".join((said, "", *table))


def _where(first: int, width: int) -> str:
    byte, bit = divmod(first, 8)
    if width % 8 == 0:
        return _range(byte, width // 8)
    return f"{byte}, bit{'s' if width > 1 else ''} {_range(bit, width)}"


def _range(first: int, count: int) -> str:
    return f"{first}" if count == 1 else f"{first} to {first + count - 1}"
