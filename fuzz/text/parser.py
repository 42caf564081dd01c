# SPDX-License-Identifier: Apache-2.0
"""From text to a case: one declaration, step or expectation on a line."""

import re
from collections.abc import Callable
from typing import Final

from fuzz.text import names, operands
from fuzz.text.case import Case, EndIs, Expectation, HeadSleeps, Key, Note, ResultIs, TasksAre, WordIs
from fuzz.text.declare import Declarations, limit, place
from fuzz.text.line import Line, TextError, similar
from model import abi
from model import program as pg
from model.layout import STACK_TOP
from model.program import Advance, Call, Exit, Operand, Reap, Settle, Space, Step, Store

_META: Final = re.compile(r"#:[ \t]*([a-z][a-z0-9-]*)(?:[ \t]+(.*?))?[ \t]*")


def parse(text: str, filename: str = "<text>") -> Case:
    """Read a program text.

    Raises:
        TextError: the text is not a program; the only exception, whatever the text.
    """
    parser = _Parser(filename)
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    for number, source in enumerate(lines, 1):
        parser.read(Line(source, number, filename))
    return parser.case(len(lines) + 1)


class _Parser(Declarations):
    def __init__(self, filename: str) -> None:
        super().__init__()
        self.filename = filename
        self.steps: list[Step] = []
        self.expectations: list[Expectation] = []
        self.meta: list[tuple[str, str]] = []
        self.notes: dict[Key, Note] = {}
        self.above: list[str] = []
        self.about: list[str] = []
        self.in_about = False
        self.seen_header = False
        self.words: dict[str, Callable[[Line], Key | None]] = {
            "page": self._page, "pipe": self._pipe, "eventfd": self._eventfd, "timespec": self._timespec,
            "head": self._head, "atom": self._atom, "init": self._init, "choose": self._choose,
            "expect": self._expect, "store": self._store, "refill": self._refill, "reap": self._reap,
            "settle": self._settle, "advance": self._advance, "exit": self._exit,
        }  # fmt: skip

    def read(self, line: Line) -> None:
        """Take one line."""
        if line.done:
            if line.comment.startswith("#:"):
                self._take_meta(line)
            elif self.in_about and line.comment:
                self.about.append(line.comment)
            else:
                self.in_about = False
                self.above.append(line.comment)
            return
        self.in_about = not self.seen_header
        key = self._statement(line)
        line.end()
        if key is None or key in self.notes:
            self.above += [line.comment] if line.comment else []
        elif self.above or line.comment:
            self.notes[key] = Note(key, tuple(self.above), line.comment)
            self.above = []

    def _take_meta(self, line: Line) -> None:
        match = _META.fullmatch(line.comment)
        if match is None:
            line.fail("expected '#: key value' (a lower-case key)", column=line.source.index("#") + 1)
        self.meta.append((match.group(1), match.group(2) or ""))

    def case(self, end_line: int) -> Case:
        """Everything that was read."""
        if not self.seen_header:
            raise TextError(self.filename, end_line, 1, "", "expected 'syslet 1' as the first line")
        if self.about:
            self.notes["about", 0] = Note(("about", 0), tuple(self.about))
        if self.above:
            self.notes["end", 0] = Note(("end", 0), tuple(self.above))
        program = self.program(tuple(self.steps))
        notes = tuple(note for _, note in sorted(self.notes.items()))
        return Case(program, tuple(self.expectations), tuple(self.meta), notes, self.filename)

    def _statement(self, line: Line) -> Key | None:
        if not self.seen_header:
            return self._header(line)
        word = line.token.text
        is_call = line.after.text == "(" or word == "nr"
        if word in self.words and not is_call:
            line.take()
            return self.words[word](line)
        if not line.token.is_name:
            line.expected("a declaration, a step or an expectation")
        if not is_call and word not in names.CALLS:
            line.fail(f"unknown word {word!r}", similar(word, [*self.words, *names.CALLS]))
        nr = operands.call_number(line)
        start = line.token
        given = operands.arguments(line)
        if any(star for _, star in given):
            line.fail("a step's arguments are values: '*' is only for atoms", at=start)
        return self._step(line, Call(nr, tuple(value for value, _ in given)), result=True)

    def _header(self, line: Line) -> Key:
        if not line.accept("syslet"):
            line.fail("expected 'syslet 1' as the first line")
        token = line.token
        if line.integer("a version", 0, operands.UINT64_MAX) != 1:
            line.fail("this is not version 1: a newer reader is needed", at=token)
        self.seen_header = True
        return ("syslet", 0)

    # Steps

    def _step(self, line: Line, step: Step, *, result: bool = False) -> Key:
        limit(line, self.steps, pg.MAX_STEPS, "steps")
        self.steps.append(step)
        if line.token.text == "=>" and not result:
            line.fail("this step has no result")
        if line.accept("=>"):
            values, blocked = self._alternatives(line, blocked=True)
            self.expectations.append(ResultIs(len(self.steps) - 1, values, blocked, line.number))
        return ("step", len(self.steps) - 1)

    def _store(self, line: Line) -> Key:
        target = operands.operand(line)
        line.need("=", "'=' and the value")
        return self._step(line, Store(target, operands.operand(line)), result=True)

    def _refill(self, line: Line) -> Key:
        target = Operand(Space.HEAD, operands.index_of(line, "h"), abi.AHU_NEW_THREAD_STACK)
        return self._step(line, Store(target, Operand.number(STACK_TOP)), result=True)

    def _reap(self, line: Line) -> Key:
        return self._step(line, Reap(operands.operand(line)), result=True)

    def _settle(self, line: Line) -> Key:
        return self._step(line, Settle())

    def _advance(self, line: Line) -> Key:
        return self._step(line, Advance(line.integer("a number of ticks", 1, pg.MAX_ADVANCE)))

    def _exit(self, line: Line) -> Key:
        return self._step(line, Exit(0 if line.done else line.integer("an exit code", 0, 255)))

    # Expectations

    def _alternatives(self, line: Line, *, blocked: bool = False) -> tuple[tuple[Operand, ...], bool]:
        values: list[Operand] = []
        never = False
        while True:
            if blocked and line.accept("blocked"):
                never = True
            else:
                values.append(operands.operand(line))
            if not line.accept("|"):
                return tuple(values), never

    def _expect(self, line: Line) -> Key:
        after = len(self.steps)
        self.expectations.append(self._expectation(line, after))
        return ("expect", len(self.expectations) - 1)

    def _expectation(self, line: Line, after: int) -> Expectation:
        if line.accept("end"):
            end = names.ENDS[line.word(names.ENDS, "an end: done, stuck, exited or fuel")]
            return EndIs(after, end, line.number)
        if line.token.text in names.ROLES:
            role = names.ROLES[line.take().text]
            count = line.integer("a number of tasks", 0, 1 << 20)
            return TasksAre(after, role, count, self._sleeping_in(line), line.number)
        if line.accept("blocked"):
            return HeadSleeps(after, self._sleeping_in(line), line.number)
        if not line.after.text or line.done:
            line.expected("a place, busy, ready, blocked or end")
        target = place(line)
        line.need("=", "'=' and the value")
        return WordIs(after, target, self._alternatives(line)[0], line.number)

    def _sleeping_in(self, line: Line) -> int | None:
        return operands.call_number(line) if line.accept("in") else None
