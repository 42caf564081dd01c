# SPDX-License-Identifier: Apache-2.0
"""Reading declarations: everything of a program but its steps."""

from collections.abc import Sized
from typing import Any, Final

from fuzz.text import names, operands
from fuzz.text.case import Key
from fuzz.text.line import Line
from fuzz.text.printer import CHOICES_A_LINE
from model import abi
from model import program as pg
from model.program import (
    Arg,
    Atom,
    Choice,
    Eventfd,
    Head,
    Operand,
    Operation,
    Poke,
    Program,
    Space,
    Step,
    Threadlet,
    Timespec,
)

_NOT_PLACES: Final = (Space.INT, Space.PIPE_READ, Space.PIPE_WRITE, Space.EVENTFD)
MOST_SLOTS: Final = pg.OFFSET_MAX // abi.WORD
_SECOND: Final = 10**9
_UNITS: Final = {"s": _SECOND, "ms": 10**6, "ns": 1}


def place(line: Line) -> Operand:
    """Take an operand that is an address."""
    token = line.token
    target = operands.operand(line)
    if target.space in _NOT_PLACES:
        line.fail("expected a place in the arena, such as w1, r0[2], h0.size or pg6+8", at=token)
    return target


def limit(line: Line, some: Sized, most: int, what: str) -> None:
    """Fail if there are already `most` of these."""
    if len(some) >= most:
        line.fail(f"a program has at most {most} {what}")


def _slots(line: Line) -> int:
    """A number of slots, as far as the canonical form writes a size so."""
    start = line.token
    slots = line.integer("a number of slots", 0, operands.UINT64_MAX)
    if slots > MOST_SLOTS:
        line.fail(
            f"a number of slots must be 0 to {MOST_SLOTS}",
            f"a size in bytes may be any number: size={8 * slots}",
            at=start,
        )
    return slots


class Declarations:
    """What has been declared so far; each kind of declaration has a method, called behind its first word."""

    def __init__(self) -> None:
        self.pages = list(pg.DEFAULT_PAGES)
        self.things: dict[str, dict[int, Any]] = {kind: {} for kind in ("pipe", "eventfd", "timespec", "head", "atom")}
        self.declared_at: dict[Key, int] = {}
        self.pokes: list[Poke] = []
        self.choices: list[Choice] = []
        self.scripts: dict[int, list[Operation]] = {}

    def program(self, steps: tuple[Step, ...]) -> Program:
        """The program of these declarations and steps."""
        things = {kind: tuple(v for _, v in sorted(by.items())) for kind, by in self.things.items()}
        return Program(
            pages=tuple(self.pages),
            pipes=things["pipe"],
            eventfds=things["eventfd"],
            timespecs=things["timespec"],
            heads=things["head"],
            atoms=things["atom"],
            pokes=tuple(self.pokes),
            threadlets=tuple(Threadlet(i, tuple(script)) for i, script in sorted(self.scripts.items())),
            steps=steps,
            chooser=tuple(self.choices),
        )

    def declare(self, line: Line, letter: str) -> Key:
        """Take the name that is declared; twice is an error."""
        token = line.token
        key = (names.NOUNS[letter], operands.index_of(line, letter))
        if key in self.declared_at:
            line.fail(f"{token.text} is declared twice", f"first declared at line {self.declared_at[key]}", at=token)
        self.declared_at[key] = line.number
        return key

    def _page(self, line: Line) -> Key | None:
        key = self.declare(line, "pg")
        kind = names.PAGE_KINDS[line.word(names.PAGE_KINDS, "a page kind: rw, ro, none or cold")]
        self.pages[key[1]] = kind
        return key if kind is not pg.DEFAULT_PAGES[key[1]] else None

    def _pipe(self, line: Line) -> Key:
        key = self.declare(line, "p")
        self.things["pipe"][key[1]] = key[1]
        return key

    def _eventfd(self, line: Line) -> Key:
        key = self.declare(line, "e")
        line.need("=", "'=' and the counter")
        count = line.integer("an eventfd's counter", 0, (1 << 32) - 1)
        semaphore = not line.done
        if semaphore:
            line.word(("semaphore",), "'semaphore' or the end of the line")
        self.things["eventfd"][key[1]] = Eventfd(key[1], count, semaphore)
        return key

    def _timespec(self, line: Line) -> Key:
        key = self.declare(line, "t")
        line.need("=", "'=' and a time such as 5ms")
        if line.accept("raw"):
            line.need("(")
            sec = line.integer("seconds", pg.INT64_MIN, pg.INT64_MAX)
            line.need(",")
            nsec = line.integer("nanoseconds", pg.INT64_MIN, pg.INT64_MAX)
            line.need(")")
        else:
            start, total = line.token, 0
            while not line.done or line.token is start:
                amount = line.integer("a time such as 1s, 5ms, 1s 10ns or raw(-1, 0)", 0, operands.UINT64_MAX)
                total += amount * _UNITS[line.word(_UNITS, "a unit: s, ms or ns")]
            sec, nsec = divmod(total, _SECOND)
            if sec > pg.INT64_MAX:
                line.fail("the time does not fit a timespec", at=start)
        self.things["timespec"][key[1]] = Timespec(key[1], sec, nsec)
        return key

    def fields(self, line: Line, known: tuple[str, ...]) -> dict[str, Operand]:
        """Take `name=operand` pairs to the end of the line."""
        found: dict[str, Operand] = {}
        while not line.done:
            token = line.token
            name = line.word(known, f"a field: {', '.join(known)}")
            if name in found or (name in ("size", "slots") and found.keys() & {"size", "slots"}):
                line.fail(f"{name} is given twice", at=token)
            line.need("=")
            if name == "slots":
                found["size"] = Operand.number(8 * _slots(line))
            else:
                found[name] = operands.operand(line)
        return found

    def _head(self, line: Line) -> Key:
        key = self.declare(line, "h")
        known = ("ring", "slots", "size", "kernel_idx", "user_idx", "stack", "head_stack", "at")
        self.things["head"][key[1]] = Head(key[1], **self.fields(line, known))
        return key

    def _atom(self, line: Line) -> Key:
        key = self.declare(line, "a")
        line.need("=", "'=' and a call")
        nr = operands.call_number(line)
        args = tuple(Arg(value, star) for value, star in operands.arguments(line))
        ret = operands.operand(line) if line.accept("->") else pg.NULL
        flags = self._flags(line) if line.accept("[") else 0
        if line.token.text == "->":
            line.fail("the result's place comes before the flags")
        fields = self.fields(line, ("next", "private", "at"))
        self.things["atom"][key[1]] = Atom(key[1], nr, args, flags, ret, **fields)
        return key

    def _flags(self, line: Line) -> int:
        value = 0
        while not line.accept("]"):
            if line.token.is_number:
                value |= line.integer("flags", 0, operands.UINT64_MAX)
            else:
                value |= abi.FLAG_NAMES[line.word(abi.FLAG_NAMES, "a flag, a number or ']'")]
        return value

    def _init(self, line: Line) -> Key:
        target = place(line)
        line.need("=", "'=' and the initial value")
        limit(line, self.pokes, pg.MAX_POKES, "initial values")
        self.pokes.append(Poke(target, operands.operand(line)))
        return ("init", len(self.pokes) - 1)

    def _choose(self, line: Line) -> Key:
        first = len(self.choices)
        while not line.done or len(self.choices) == first:
            limit(line, self.choices, pg.MAX_CHOICES, "choices")
            skip = line.integer("the skip of a choice", 0, 31)
            line.need(":", "':' and the option")
            self.choices.append(Choice(skip, line.integer("an option", 0, 7)))
        return ("choose", first // CHOICES_A_LINE)
