# SPDX-License-Identifier: Apache-2.0
"""`docs/bytes.md`: the byte encoding for readers, made from its table."""

from collections.abc import Iterable

from fuzz.generate.fields import CALLS, Packed
from fuzz.generate.operands import NUMBERS, SPACES
from fuzz.generate.record import KINDS, Form, Record, Section
from fuzz.generate.table import RECORDS
from model import abi
from model import program as pg
from model.program import Space

_HEAD = f"""\
# Programs as bytes

The fuzzer keeps and mutates programs as bytes. Every byte string is a program, and every program has a byte string:
decoded, it gives the same program again. This page is made from the table in `fuzz/generate/table.py`, by which
`fuzz/generate/codec.py` packs and unpacks. People write [program texts](grammar.md); targets get
[images](protocol.md).

A byte string is a row of records. A record is one byte of kind and then fields, whose lengths depend on the kind
alone. So a change inside a record changes only its thing. All numbers are little-endian. What means nothing is read as
something that does:

* The last record may be cut short; zeros follow.
* A kind byte is taken modulo 64. There are {len(set(KINDS))} kinds; the values above them stand for kinds that
  make a random program run.
* Numbers are reduced to those that exist.
* Of two records of the same kind with the same number, the later one wins. Initial values, steps, choices and the
  operations of a script keep their order.
* What is over a limit is dropped: of a program's steps ({pg.MAX_STEPS}), initial values ({pg.MAX_POKES}) and choices
  ({pg.MAX_CHOICES}), and of a script's operations ({pg.MAX_OPERATIONS}).

Some things have a short form, for what programs mostly hold, and a wide form, which holds anything. Canonical bytes
(those that `encode` gives) take the first of a thing's records that can say it, in the order of this page, and have
the sections in the order: {", ".join(section.name.lower() for section in Section)}.
"""


def page() -> str:
    """The whole page."""
    lines = [_HEAD, "## Records", ""]
    for record in RECORDS:
        lines += _record(record)
    lines += ["## Kind bytes", "", *_more_kinds(), "## Operands", "", *_operands(), "## Lists", "", *_lists()]
    return "\n".join(lines).rstrip() + "\n"


def _record(record: Record) -> Iterable[str]:
    names = ", ".join(f"{form.kind.name} ({form.kind.value})" for form in record.forms)
    yield f"### {names}"
    yield ""
    yield record.about
    yield ""
    if not record.fields:
        return
    wide = len(record.forms) - 1
    yield f"| bytes |{' wide |' * wide} field | what it is | how it is read |"
    yield f"|---|{'---|' * wide}---|---|---|"
    for position, field in enumerate(record.fields):
        where = [_where(form, position) for form in record.forms]
        if not isinstance(field, Packed):
            yield _row(where, field.name, field.about, field.reading())
            continue
        for part in field.parts:
            bits = [_range("bit", *(part.wide if form.is_wide else part.short)) for form in record.forms]
            reading = "yes or no" if part.short[1] == 1 else "a number"
            yield _row([f"{x}, {y}" for x, y in zip(where, bits, strict=True)], part.name, part.about, reading)
    yield ""


def _row(where: list[str], name: str, about: str, reading: str) -> str:
    return f"| {' | '.join(where)} | `{name}` | {about} | {reading} |"


def _where(form: Form, position: int) -> str:
    _, first, after = form.places[position]
    return f"{first}" if after == first + 1 else f"{first} to {after - 1}"


def _range(what: str, first: int, count: int) -> str:
    return f"{what} {first}" if count == 1 else f"{what}s {first} to {first + count - 1}"


def _more_kinds() -> Iterable[str]:
    most = max(KINDS)
    yield f"{most + 1} to 63 (modulo 64) stand for:"
    yield ""
    yield ", ".join(kind.name for kind in KINDS[most + 1 : 64]) + "."
    yield ""


def _operands() -> Iterable[str]:
    yield "| bytes | wide | |"
    yield "|---|---|---|"
    yield "| 0 | 0 | the space, modulo 16 |"
    yield "| 1 | 1 | the index (bits 0 to 6), modulo how many there are, and bit 7 |"
    yield "| 2 to 3 | 2 to 9 | the value, signed |"
    yield ""
    yield (
        "In space INT the value is the number itself; in short form, if bit 0 of byte 1 is set, it is a place in the "
        "list of numbers. A descriptor has no value. In the other spaces the value is an offset: in bytes (its low 16 "
        "bits), or, in short form without bit 7 of byte 1, in words of 8 bytes (its low 8 bits)."
    )
    yield ""
    yield "| space | | indices |"
    yield "|---|---|---|"
    for number, space in enumerate(SPACES[:16]):
        yield f"| {number} | {space.name} | {'' if number >= len(Space) else pg.SPACE_LIMIT[space]} |"
    yield ""


def _lists() -> Iterable[str]:
    names = {number: name for name, number in (abi.REFUSED_CALLS | abi.CALL_NAMES).items()}
    yield f"Numbers, by place (modulo {len(NUMBERS)}): {', '.join(map(str, NUMBERS))}."
    yield ""
    yield (
        f"Calls, by place (modulo {len(CALLS)}): "
        + ", ".join(f"{nr} ({names[nr]})" if nr in names else str(nr) for nr in CALLS)
        + "."
    )
