# SPDX-License-Identifier: Apache-2.0
"""Reading operands, names and call names from a line."""

import re
from typing import Final

from fuzz.text import names
from fuzz.text.line import Line, Token, similar
from model import abi
from model.abi import WORD
from model.image import RING_BYTES
from model.program import (
    INT64_MIN,
    MAX_STACKS,
    MAX_THREADLETS,
    OFFSET_MAX,
    OFFSET_MIN,
    SPACE_LIMIT,
    Operand,
    Space,
)

RING_SLOTS: Final = RING_BYTES // WORD
UINT64_MAX: Final = (1 << 64) - 1
_NAME: Final = re.compile(r"(pg|[ahwtrpefs])([0-9]{1,6})")
_LIMITS: Final = {
    **{k: SPACE_LIMIT[v] for k, v in names.PLACES.items()},
    "p": 8,
    "e": 8,
    "f": MAX_THREADLETS,
    "s": MAX_STACKS,
}
_BYTES: Final = "an offset in bytes is written {}+8"
_OPERAND: Final = "a number, NULL, top or a name such as a0, w1, h0, r0, t0, pg3, p0.r, e0"


def index_of(line: Line, letter: str) -> int:
    """Take a name with this letter, such as `a12` for `a`, and give its number."""
    noun = names.NOUNS[letter]
    match = _NAME.fullmatch(line.token.text)
    if match is None or match.group(1) != letter:
        line.expected(f"the name of a {noun}, such as {letter}0")
    return _checked_index(line, line.take(), letter, int(match.group(2)))


def _checked_index(line: Line, token: Token, letter: str, index: int) -> int:
    limit = _LIMITS[letter]
    if index >= limit:
        noun = names.NOUNS[letter]
        line.fail(f"{noun} {index} does not exist: {noun}s are {letter}0 to {letter}{limit - 1}", at=token)
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
        hint = ""
        if token.is_name:
            hint = similar(token.text, names.CONSTANTS)
            if token.text in names.ERRNOS:
                hint = f"error numbers are negative: -{token.text}"
        line.expected(_OPERAND, hint)
    line.take()
    letter, index = match.group(1), _checked_index(line, token, match.group(1), int(match.group(2)))
    if letter == "p":
        line.need(".", f"p{index}.r (the end to read) or p{index}.w (the end to write)")
        end = line.word(("r", "w"), "r (the end to read) or w (the end to write)")
        return Operand(Space.PIPE_READ if end == "r" else Space.PIPE_WRITE, index)
    if letter == "e":
        return Operand(Space.EVENTFD, index)
    if letter == "s":
        return Operand.number(names.STACKS[f"s{index}"])
    if letter == "f":
        line.fail(f"{token.text} is a threadlet: it has no value", at=token)
    space = names.PLACES[letter]
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
        slot = line.integer("a slot number", 0, OFFSET_MAX // WORD)
        if slot >= RING_SLOTS:
            line.fail(
                f"slot {slot} does not exist: a ring has place for {RING_SLOTS}, {name}[0] to {name}[{RING_SLOTS - 1}]",
                f"the word there is {name}+{hex(slot * WORD)}",
                at=start,
            )
        line.need("]")
        return slot * WORD
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
    if token.text not in names.CALLS:
        line.fail(f"unknown call {token.text!r}", _call_hint(token.text), at=token)
    return names.CALLS[token.text]


def _call_hint(word: str) -> str:
    """A call that is meant, or all that the world has. Those it only refuses have to be very like: none is meant by
    chance.
    """
    if word == names.EXEC:
        return f"{names.EXEC} is a step of the head or an operation of a script"
    meant = similar(word, [*abi.CALL_NAMES, "nr"]) or similar(word, names.CALLS, cutoff=0.8)
    return meant or f"the world has {', '.join(abi.CALL_NAMES)}; any other call by its number: nr(N)"


def arguments(line: Line) -> tuple[tuple[Operand, bool], ...]:
    """Take `(a, b, *c)`: each operand, and whether a star is before it."""
    line.need("(", "( and the arguments")
    given: list[tuple[Operand, bool]] = []
    while not line.accept(")"):
        if given:
            line.need(",", "',' or ')'")
        if len(given) == 6:
            line.fail("a call has at most 6 arguments")
        star = line.token.text == "*"
        if star:
            line.take()
        given.append((operand(line), star))
    return tuple(given)
