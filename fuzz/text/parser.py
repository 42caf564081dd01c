# SPDX-License-Identifier: Apache-2.0
"""From text to a case: one declaration, step or expectation on a line."""

import re
from collections.abc import Callable
from typing import Final

from fuzz.text import names, operands
from fuzz.text.case import Case, DoneIs, EndIs, Expectation, HeadSleeps, Key, Note, ResultIs, TasksAre, WordIs
from fuzz.text.declare import Declarations, limit, place
from fuzz.text.line import Line, TextError, similar
from model import abi
from model import program as pg
from model.image import STACK_TOP
from model.program import Advance, Call, Exec, Exit, Operand, Operation, Reap, Settle, Space, Step, Store
from model.trace import FAULT

_META: Final = re.compile(r"#:[ \t]*([a-z][a-z0-9-]*)(?:[ \t]+(.*?))?[ \t]*")


def parse(text: str, filename: str = "<text>") -> Case:
    """Read a program text.

    Raises:
        TextError: the text is not a program. No text raises anything else.
    """
    parser = _Parser(filename)
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    for number, source in enumerate(lines, 1):
        parser.read(Line(source, number, filename))
    return parser.case(len(lines) + 1)


def _no_sign(line: Line) -> None:
    """For a line as `run` prints it: how a text says it."""
    if line.token.text == "=":
        line.expected("the end of the line", "what must come out is written behind '=>'")


class _Parser(Declarations):
    def __init__(self, filename: str) -> None:
        super().__init__()
        self.filename = filename
        self.steps: list[Step] = []
        self.expectations: list[Expectation] = []
        self.done: list[DoneIs] = []
        self.expect_lines = 0
        self.meta: list[tuple[str, str]] = []
        self.meta_lines: list[int] = []
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
        self.meta_lines.append(line.number)

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
        done = sorted(self.done, key=lambda x: (x.threadlet, x.place))
        expectations = (*done, *self.expectations)
        return Case(program, expectations, tuple(self.meta), notes, self.filename, tuple(self.meta_lines))

    def _statement(self, line: Line) -> Key | None:
        if not self.seen_header:
            return self._header(line)
        word = line.token.text
        if line.after.text == ":" and line.token.is_name:
            return self._operation(line)
        is_call = line.after.text == "(" or word == "nr"
        if word in self.words and not is_call:
            line.take()
            return self.words[word](line)
        if not line.token.is_name:
            line.expected("a declaration, a step or an expectation")
        if not is_call and word not in names.CALLS and word != names.EXEC:
            line.fail(f"unknown word {word!r}", similar(word, [*self.words, *names.CALLS, names.EXEC]))
        return self._step(line, self._call(line), result=True)

    def _call(self, line: Line) -> Call | Exec:
        if line.accept(names.EXEC):
            return self._exec(line)
        nr = operands.call_number(line)
        start = line.token
        given = operands.arguments(line)
        if any(star for _, star in given):
            line.fail("a step's arguments are values: '*' is only for atoms", at=start)
        return Call(nr, tuple(value for value, _ in given))

    def _exec(self, line: Line) -> Exec:
        line.need("(", "( and a threadlet, such as f0")
        threadlet = operands.index_of(line, "f")
        line.need(",", "',' and a stack, such as s0")
        stack = operands.index_of(line, "s")
        line.need(",", "',' and the head, such as h0")
        head = operands.operand(line)
        line.need(")")
        return Exec(threadlet, stack, head, line.accept("cached"))

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
            if line.token.text == "by":
                line.fail("only an operation of a script tells by whom: a step is the head's")
            self.expectations.append(ResultIs(len(self.steps) - 1, values, blocked, line.number))
        _no_sign(line)
        return ("step", len(self.steps) - 1)

    def _stored(self, line: Line) -> Store:
        target = operands.operand(line)
        line.need("=", "'=' and the value")
        return Store(target, operands.operand(line))

    def _refilled(self, line: Line) -> Store:
        target = Operand(Space.HEAD, operands.index_of(line, "h"), abi.AHU_NEW_THREAD_STACK)
        return Store(target, Operand.number(STACK_TOP))

    def _store(self, line: Line) -> Key:
        return self._step(line, self._stored(line), result=True)

    def _refill(self, line: Line) -> Key:
        return self._step(line, self._refilled(line), result=True)

    def _reap(self, line: Line) -> Key:
        return self._step(line, Reap(operands.operand(line)), result=True)

    def _settle(self, line: Line) -> Key:
        return self._step(line, Settle())

    def _advance(self, line: Line) -> Key:
        return self._step(line, Advance(line.integer("a number of ticks", 1, pg.MAX_ADVANCE)))

    def _exit(self, line: Line) -> Key:
        return self._step(line, Exit(0 if line.done else line.integer("an exit code", 0, 255)))

    # Scripts

    def _operation(self, line: Line) -> Key:
        start = line.token
        index = operands.index_of(line, "f")
        line.need(":")
        script = self.scripts.get(index)
        if script == [] or (line.done and script is not None):
            line.fail(f"{start.text} is declared empty, and has operations or is declared twice", at=start)
        if line.done:
            self.scripts[index] = []
            return ("threadlet", index)
        if script is not None and len(script) >= pg.MAX_OPERATIONS:
            line.fail(f"a threadlet has at most {pg.MAX_OPERATIONS} operations")
        operation = self._operation_itself(line)
        script = self.scripts.setdefault(index, [])
        script.append(operation)
        if line.accept("=>"):
            values, blocked = self._alternatives(line, blocked=True)
            by = names.RUNNERS[line.word(names.RUNNERS, "head or busy")] if line.accept("by") else None
            self.done.append(DoneIs(index, len(script) - 1, values, blocked, by, line.number))
        _no_sign(line)
        return ("operation", index * pg.MAX_OPERATIONS + len(script) - 1)

    def _operation_itself(self, line: Line) -> Operation:
        if line.after.text != "(":
            if line.accept("store"):
                return self._stored(line)
            if line.accept("refill"):
                return self._refilled(line)
            if line.token.text in self.words:
                line.fail(
                    f"{line.token.text!r} is no operation", "a script has calls, store, refill and threadlet_exec"
                )
        if not line.token.is_name:
            line.expected("an operation: a call, store, refill or threadlet_exec")
        return self._call(line)

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
        self.expect_lines += 1
        return ("expect", self.expect_lines - 1)

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
        if not line.accept("in"):
            return None
        return FAULT if line.accept(names.IN_FAULT) else operands.call_number(line)
