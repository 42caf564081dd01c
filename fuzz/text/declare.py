# SPDX-License-Identifier: Apache-2.0
"""Declarations of things that have numbers: how each kind is read behind its name, and written."""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

import attrs

from fuzz.text import names, operands
from fuzz.text.line import Line
from model import abi
from model import program as pg
from model.program import Arg, Atom, Eventfd, Head, Operand, Timespec

_MOST_SLOTS: Final = pg.OFFSET_MAX // abi.WORD
_HEAD_FIELDS: Final = ("ring", "slots", "size", "kernel_idx", "user_idx", "stack", "head_stack", "at")
_ATOM_FIELDS: Final = ("next", "private", "at")
_SECOND: Final = 10**9
_UNITS: Final = {"s": _SECOND, "ms": 10**6, "ns": 1}


class Kind(NamedTuple):
    """A kind of things: the letter of its names, what is read behind a name of that number, and how it is written."""

    letter: str
    read: Callable[[Line, int], Any]
    write: Callable[[Any], str]


def _page_of(line: Line, _: int) -> pg.PageKind:
    return names.PAGE_KINDS[line.word(names.PAGE_KINDS, "a page kind: rw, ro, none or cold")]


def _eventfd_of(line: Line, index: int) -> Eventfd:
    line.need("=", "'=' and the counter")
    count = line.integer("an eventfd's counter", 0, (1 << 32) - 1)
    semaphore = not line.done
    if semaphore:
        line.word(("semaphore",), "'semaphore' or the end of the line")
    return Eventfd(index, count, semaphore)


def _eventfd(eventfd: Eventfd) -> str:
    return f" = {names.number(eventfd.count)}{' semaphore' * eventfd.semaphore}"


def _timespec_of(line: Line, index: int) -> Timespec:
    line.need("=", "'=' and a time such as 5ms")
    if line.accept("raw"):
        line.need("(")
        sec = line.integer("seconds", pg.INT64_MIN, pg.INT64_MAX)
        line.need(",")
        nsec = line.integer("nanoseconds", pg.INT64_MIN, pg.INT64_MAX)
        line.need(")")
        return Timespec(index, sec, nsec)
    start, total = line.token, 0
    while not line.done or line.token is start:
        amount = line.integer("a time such as 1s, 5ms, 1s 10ns or raw(-1, 0)", 0, operands.UINT64_MAX)
        total += amount * _UNITS[line.word(_UNITS, "a unit: s, ms or ns")]
    if total >= (pg.INT64_MAX + 1) * _SECOND:
        line.fail("the time does not fit a timespec", at=start)
    return Timespec(index, *divmod(total, _SECOND))


def _timespec(time: Timespec) -> str:
    if time.sec < 0 or not 0 <= time.nsec < _SECOND:
        return f" = raw({time.sec}, {time.nsec})"
    parts = ((time.sec, "s"), (time.nsec // 10**6, "ms"), (time.nsec % 10**6, "ns"))
    return " = " + (" ".join(f"{amount}{unit}" for amount, unit in parts if amount) or "0s")


def _atom_of(line: Line, index: int) -> Atom:
    line.need("=", "'=' and a call")
    nr = operands.call_number(line)
    args = tuple(Arg(value, star) for value, star in operands.arguments(line))
    ret = operands.operand(line) if line.accept("->") else pg.NULL
    flags = _flags_of(line) if line.accept("[") else 0
    if line.token.text == "->":
        line.fail("the result's place comes before the flags")
    return Atom(index, nr, args, flags, ret, **_fields_of(line, _ATOM_FIELDS))


def _flags_of(line: Line) -> int:
    value = 0
    while not line.accept("]"):
        if line.token.is_number:
            value |= line.integer("flags", 0, operands.UINT64_MAX)
        else:
            value |= abi.FLAG_NAMES[line.word(abi.FLAG_NAMES, "a flag, a number or ']'")]
    return value


def _atom(atom: Atom) -> str:
    given = ", ".join(
        f"*{names.place(arg.operand)}" if arg.via else names.argument(atom.nr, position, arg.operand)
        for position, arg in enumerate(atom.args)
    )
    ret = f" -> {names.place(atom.ret)}" if atom.ret != pg.NULL else ""
    flags = f" [{names.flags(atom.flags)}]" if atom.flags else ""
    return f" = {names.call_name(atom.nr)}({given}){ret}{flags}{_fields(atom, _ATOM_FIELDS)}"


def _fields_of(line: Line, known: tuple[str, ...]) -> dict[str, Operand]:
    """Take `name=operand` pairs to the end of the line."""
    found: dict[str, Operand] = {}
    while not line.done:
        token = line.token
        name = line.word(known, f"a field: {', '.join(known)}")
        field = "size" if name == "slots" else name
        if field in found:
            line.fail(f"{name} is given twice", at=token)
        line.need("=")
        found[field] = _slots_of(line) if name == "slots" else operands.operand(line)
    return found


def _slots_of(line: Line) -> Operand:
    """Take a number of slots, as far as the canonical form writes a size so, and give the size."""
    hint = f"a size in bytes may be any number, such as size={abi.WORD * (_MOST_SLOTS + 1)}"
    return Operand.number(abi.WORD * line.integer("a number of slots", 0, _MOST_SLOTS, hint))


def _fields(thing: Atom | Head, known: tuple[str, ...]) -> str:
    """Those that are not as they would be anyway: ` next=a1 at=pg4`."""
    usual = attrs.fields_dict(type(thing))
    given = ((name, getattr(thing, name)) for name in known)
    return "".join(
        f" {name}={names.operand(value, pointer=name == 'at')}" for name, value in given if value != usual[name].default
    )


def _head(head: Head) -> str:
    slots = head.size.value // abi.WORD
    is_slots = 0 < slots <= _MOST_SLOTS and head.size == Operand.number(abi.WORD * slots)
    size = f" slots={slots}" if is_slots else _fields(head, ("size",))
    return _fields(head, ("ring",)) + size + _fields(head, _HEAD_FIELDS[3:])


KINDS: Final = {
    "page": Kind("pg", _page_of, lambda kind: f" {names.KIND_NAMES[kind]}"),
    "pipe": Kind("p", lambda line, index: index, lambda pipe: ""),
    "eventfd": Kind("e", _eventfd_of, _eventfd),
    "timespec": Kind("t", _timespec_of, _timespec),
    "head": Kind("h", lambda line, index: Head(index, **_fields_of(line, _HEAD_FIELDS)), _head),
    "atom": Kind("a", _atom_of, _atom),
}
"""In canonical order."""
