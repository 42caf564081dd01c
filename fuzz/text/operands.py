# SPDX-License-Identifier: Apache-2.0
"""Reading operands, names and call names from a line."""

import re
from typing import Final

from fuzz.text import names
from fuzz.text.line import Line, similar
from model import abi, calls
from model.image import RING_BYTES
from model.program import INT64_MIN, OFFSET_MAX, OFFSET_MIN, Operand, Space

RING_SLOTS: Final = RING_BYTES // abi.WORD
UINT64_MAX: Final = abi.MASK
_NAME: Final = re.compile(rf"({'|'.join(names.THINGS)})([0-9]{{1,6}})")
_BYTES: Final = "an offset in bytes is written {}+8"
_OPERAND: Final = "a number, NULL, top or a name such as a0, w1, h0, r0, t0, pg3, p0.r, e0"


def index_of(line: Line, letter: str) -> int:
    """Take a name with this letter, such as `a12` for `a`, and give its number."""
    match = _NAME.fullmatch(line.token.text)
    if match is None or match[1] != letter:
        line.expected(f"the name of a {names.THINGS[letter][0]}, such as {letter}0")
    return _take_index(line, match)


def _take_index(line: Line, name: re.Match[str]) -> int:
    letter, index = name[1], int(name[2])
    noun, limit = names.THINGS[letter]
    if index >= limit:
        line.fail(f"{noun} {index} does not exist: {noun}s are {letter}0 to {letter}{limit - 1}")
    line.take()
    return index


def operand(line: Line) -> Operand:
    """Take one operand."""
    token = line.token
    if token.is_number or token.text == "-":
        return _number(line)
    if token.text in names.CONSTANTS:
        return Operand.number(names.CONSTANTS[line.take().text])
    match = _NAME.fullmatch(token.text)
    if match is None:
        hint = f"error numbers are negative: -{token.text}" if token.text in names.ERRNOS else ""
        line.expected(_OPERAND, hint or (similar(token.text, names.CONSTANTS) if token.is_name else ""))
    index = _take_index(line, match)
    match match[1]:
        case "p":
            line.need(".", f"p{index}.r (the end to read) or p{index}.w (the end to write)")
            end = line.word(("r", "w"), "r (the end to read) or w (the end to write)")
            return Operand(Space.PIPE_READ if end == "r" else Space.PIPE_WRITE, index)
        case "e":
            return Operand(Space.EVENTFD, index)
        case "s":
            return Operand.number(names.STACKS[f"s{index}"])
        case "f":
            line.fail(f"{token.text} is a threadlet: it has no value", at=token)
    space = names.PLACES[match[1]]
    offset = _field(line, space, token.text) + _offset(line)
    if not OFFSET_MIN <= offset <= OFFSET_MAX:
        line.fail(f"offset {offset} is out of range ({OFFSET_MIN} to {OFFSET_MAX})", at=token)
    return Operand(space, index, offset)


def _number(line: Line) -> Operand:
    """Take a number of 64 bits, signed or not, or a negative error name."""
    if line.token.text == "-" and line.after.is_name:
        line.take()
        return Operand.number(-names.ERRNOS[line.word(names.ERRNOS, "the name of an error, such as EFAULT")])
    return Operand.number(line.integer("a number", INT64_MIN, UINT64_MAX))


def _field(line: Line, space: Space, name: str) -> int:
    """Take `.field` or `[slot]`, if there, and give its offset."""
    if line.touches("["):
        if space is not Space.RING:
            line.fail(f"{name} is not a ring: only rings have slots", _BYTES.format(name))
        line.take()
        start = line.token
        slot = line.integer("a slot number", 0, OFFSET_MAX // abi.WORD)
        if slot >= RING_SLOTS:
            line.fail(
                f"slot {slot} does not exist: a ring has place for {RING_SLOTS}, {name}[0] to {name}[{RING_SLOTS - 1}]",
                f"the word there is {name}+{hex(slot * abi.WORD)}",
                at=start,
            )
        line.need("]")
        return slot * abi.WORD
    if not line.accept("."):
        return 0
    fields = names.FIELDS.get(space)
    if fields is None:
        line.fail(f"{name} has no fields", _BYTES.format(name))
    return fields[line.word(fields, f"a field of {name}: {', '.join(fields)}")]


def _offset(line: Line) -> int:
    if line.token.text not in ("+", "-"):
        return 0
    sign = -1 if line.take().text == "-" else 1
    return sign * line.integer("an offset", 0, OFFSET_MAX + 1)


def place(line: Line) -> Operand:
    """Take an operand that is an address."""
    start = line.token
    target = operand(line)
    if target.space not in names.LETTERS:
        line.fail("expected a place in the arena, such as w1, r0[2], h0.size or pg6+8", at=start)
    return target


def call_number(line: Line) -> int:
    """Take the name of a call, or `nr(N)`."""
    token = line.token
    if not token.is_name:
        line.expected("the name of a call, or nr(N)")
    line.take()
    if token.text == "nr":
        line.need("(", "( and the number of the call")
        nr = line.integer("a call number", INT64_MIN, UINT64_MAX)
        line.need(")")
        return nr & abi.MASK
    if token.text not in calls.NAMES:
        line.fail(f"unknown call {token.text!r}", _call_hint(token.text), at=token)
    return calls.NAMES[token.text]


def _call_hint(word: str) -> str:
    """A call that is meant, or all that the world has. Those it only refuses have to be very like: none is meant by
    chance.
    """
    if word == names.EXEC:
        return f"{names.EXEC} is a step of the head or an operation of a script"
    meant = similar(word, [*calls.WORLD, "nr"]) or similar(word, calls.NAMES, cutoff=0.8)
    return meant or f"the world has {', '.join(calls.WORLD)}; any other call by its number: nr(N)"


def arguments(line: Line) -> tuple[tuple[Operand, bool], ...]:
    """Take `(a, b, *c)`: each operand, and whether a star is before it."""
    line.need("(", "( and the arguments")
    given: list[tuple[Operand, bool]] = []
    while not line.accept(")"):
        if given:
            line.need(",", "',' or ')'")
        if len(given) == abi.MAX_ARGS:
            line.fail(f"a call has at most {abi.MAX_ARGS} arguments")
        star = line.accept("*")
        given.append((operand(line), star))
    return tuple(given)
