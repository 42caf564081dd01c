# SPDX-License-Identifier: Apache-2.0
"""From text to a case: one declaration, step or expectation on a line."""

import re
from collections.abc import Callable, Sized
from functools import partial
from typing import Any, Final

from fuzz.text import names, operands, steps
from fuzz.text.case import Case, DoneIs, Key, Note, ResultIs
from fuzz.text.declare import KINDS
from fuzz.text.line import Line, TextError, similar
from fuzz.text.printer import CHOICES_A_LINE
from fuzz.text.threads import Actions, Numbering, local
from model import calls, opaque
from model import program as pg
from model.program import Assumed, Choice, Operation, Poke, Program, Space, Step, Thread, Threadlet

_META: Final = re.compile(r"#:[ \t]*([a-z][a-z0-9-]*)(?:[ \t]+(.*?))?[ \t]*")
_FIRST: Final = "expected 'syslet 1' as the first line"


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


def _limit(line: Line, some: Sized, most: int, what: str, *, of: str = "a program") -> None:
    """Fail if there are already `most` of these."""
    if len(some) >= most:
        line.fail(f"{of} {'has' if of[:2] == 'a ' else 'have'} at most {most} {what}")


class _Parser:
    """What has been read so far; each word that may begin a line has a method, called behind it."""

    def __init__(self, filename: str) -> None:
        self.filename = filename
        self.things: dict[str, dict[int, Any]] = {word: {} for word in KINDS}
        self.declared_at: dict[Key, int] = {}
        self.pokes: list[Poke] = []
        self.choices: list[Choice] = []
        self.assumed: dict[int, Assumed] = {}
        self.scripts: dict[int, list[Operation]] = {}
        self.threads: dict[int, Actions] = {0: Actions()}
        self.done: list[DoneIs] = []
        self.meta: dict[int, tuple[str, str]] = {}
        self.notes: dict[Key, Note] = {}
        self.above: list[str] = []
        self.about: list[str] = []
        self.in_about = False
        self.seen_header = False
        self.words: dict[str, Callable[[Line], Key | None]] = {
            **{word: partial(self._declaration, word) for word in KINDS},
            "init": self._init,
            "choose": self._choose,
            "assume": self._assume,
            "expect": partial(self._expect, 0),
            **{word: partial(self._step, 0, read) for word, read in steps.STEPS.items()},
        }

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
        as_run_prints = key and key[0] in ("step", "operation") and line.token.text == "="
        line.end("what must come out is written behind '=>'" if as_run_prints else "")
        if key is None or key in self.notes:
            self.above += [line.comment] if line.comment else []
        elif self.above or line.comment:
            self.notes[key] = Note(key, tuple(self.above), line.comment)
            self.above = []

    def _take_meta(self, line: Line) -> None:
        match = _META.fullmatch(line.comment)
        if match is None:
            line.fail("expected '#: key value' (a lower-case key)", column=line.source.index("#") + 1)
        self.meta[line.number] = (match[1], match[2] or "")

    def case(self, end_line: int) -> Case:
        """Everything that was read."""
        if not self.seen_header:
            raise TextError(self.filename, end_line, 1, "", _FIRST)
        for key, above in ((("about", 0), self.about), (("end", 0), self.above)):
            if above:
                self.notes[key] = Note(key, tuple(above))
        numbering = self._numbering()
        pages = self.things.pop("page")
        program = Program(
            pages=tuple(pages.get(index, usual) for index, usual in enumerate(pg.DEFAULT_PAGES)),
            **{f"{word}s": tuple(thing for _, thing in sorted(by.items())) for word, by in self.things.items()},
            pokes=tuple(self.pokes),
            threadlets=tuple(Threadlet(i, tuple(script)) for i, script in sorted(self.scripts.items())),
            steps=tuple(self.threads[0].steps),
            chooser=tuple(self.choices),
            threads=tuple(Thread(i, tuple(self.threads[i].steps)) for i in range(1, len(self.threads))),
            assumed=tuple(thing for _, thing in sorted(self.assumed.items())),
        )
        notes = tuple(numbering.note(note) for _, note in sorted(self.notes.items()))
        others = [numbering.expectation(thread, x) for thread, of in self.in_order() for x in of.expectations]
        expectations = (*sorted(self.done, key=lambda x: (x.threadlet, x.place)), *others)
        return Case(program, expectations, tuple(self.meta.values()), notes, self.filename, tuple(self.meta))

    def in_order(self) -> list[tuple[int, Actions]]:
        """The threads by number."""
        return sorted(self.threads.items())

    def _numbering(self) -> Numbering:
        for expected, (index, actions) in enumerate(self.in_order()):
            if index != expected:
                line = actions.line
                assert line is not None
                hint = "threads are u1, u2, u3, and no number is left out"
                line.fail(f"there is a u{index}, and no u{expected}", hint, column=1)
        return Numbering([actions for _, actions in self.in_order()])

    def _statement(self, line: Line) -> Key | None:
        if not self.seen_header:
            return self._header(line)
        word = line.token.text
        if line.after.text == ":" and line.token.is_name:
            return self._of_thread(line) if line.token.text[0] == "u" else self._operation(line)
        if word in self.words and not line.is_call:
            line.take()
            return self.words[word](line)
        if not line.token.is_name:
            line.expected("a declaration, a step or an expectation")
        if not line.is_call and word not in calls.NAMES and word != names.EXEC:
            line.fail(f"unknown word {word!r}", similar(word, [*self.words, *calls.NAMES, names.EXEC]))
        return self._step(0, steps.call, line)

    def _header(self, line: Line) -> Key:
        if not line.accept("syslet"):
            line.fail(_FIRST)
        token = line.token
        if line.integer("a version", 0, operands.UINT64_MAX) != 1:
            line.fail("this is not version 1: a newer reader is needed", at=token)
        self.seen_header = True
        return ("syslet", 0)

    def _declaration(self, word: str, line: Line) -> Key | None:
        token, kind = line.token, KINDS[word]
        index = operands.index_of(line, kind.letter)
        key = (word, index)
        if key in self.declared_at:
            line.fail(f"{token.text} is declared twice", f"first declared at line {self.declared_at[key]}", at=token)
        self.declared_at[key] = line.number
        thing = self.things[word][index] = kind.read(line, index)
        return None if word == "page" and thing is pg.DEFAULT_PAGES[index] else key

    def _init(self, line: Line) -> Key:
        target = operands.place(line)
        line.need("=", "'=' and the initial value")
        _limit(line, self.pokes, pg.MAX_POKES, "initial values")
        self.pokes.append(Poke(target, operands.operand(line)))
        return ("init", len(self.pokes) - 1)

    def _choose(self, line: Line) -> Key:
        first = len(self.choices)
        while not line.done or len(self.choices) == first:
            _limit(line, self.choices, pg.MAX_CHOICES, "choices")
            skip = line.integer("the skip of a choice", 0, 31)
            line.need(":", "':' and the option")
            self.choices.append(Choice(skip, line.integer("an option", 0, 7)))
        return ("choose", first // CHOICES_A_LINE)

    def _assume(self, line: Line) -> Key:
        start = line.token
        nr = operands.call_number(line)
        if nr not in opaque.BY_NUMBER:
            line.fail(f"{start.text} is no opaque call: the specification knows what it gives", at=start)
        if nr in self.assumed:
            line.fail(f"what {start.text} gives is assumed twice", at=start)
        line.need("=>", "'=>' and what it gives")
        if line.accept("blocked"):
            self.assumed[nr] = Assumed(nr, 0, pg.FOR_EVER)
            return ("assume", nr)
        value, sleep = self._number(line), 0
        if line.accept("after"):
            sleep = 1 + line.integer("a number of moments of rest", 0, pg.FOR_EVER - 2)
        word = self._number(line) if line.accept("writes") else None
        self.assumed[nr] = Assumed(nr, value, sleep, word)
        return ("assume", nr)

    def _number(self, line: Line) -> int:
        start, value = line.token, operands.operand(line)
        if value.space is not Space.INT:
            line.fail("expected a number or an error", at=start)
        return value.value

    def _of_thread(self, line: Line) -> Key:
        """A step of a thread, or what is expected behind one: the same as for thread 0, behind the thread's name."""
        start = line.token
        index = operands.index_of(line, "u")
        line.need(":")
        if not index:
            line.fail("the steps of thread 0 stand without a name in front", at=start)
        actions = self.threads.get(index)
        if actions is not None and (actions.is_empty or line.done):
            line.fail(f"{start.text} is declared without steps, and has some or is declared twice", at=start)
        actions = self.threads.setdefault(index, Actions(line))
        if line.done:
            actions.is_empty = True
            return ("thread", index)
        word = line.token.text
        if word == "expect" and not line.is_call:
            if not actions.steps:
                line.fail(f"an expectation of {start.text} stands behind one of its steps")
            line.take()
            return self._expect(index, line)
        if word in steps.STEPS and not line.is_call:
            line.take()
            return self._step(index, steps.STEPS[word], line)
        if word in self.words and not line.is_call:
            line.fail(f"{word!r} is no step", f"a thread has calls, {', '.join(steps.STEPS)}, {names.EXEC} and expect")
        if not line.token.is_name:
            line.expected("a step or an expectation")
        return self._step(index, steps.call, line)

    def _step(self, thread: int, read: Callable[[Line], Step], line: Line) -> Key:
        step = read(line)
        actions = self.threads[thread]
        if thread:
            others = [step for index, x in self.in_order() if index for step in x.steps]
            _limit(line, others, pg.MAX_STEPS, "steps together", of="the further threads")
        else:
            _limit(line, actions.steps, pg.MAX_STEPS, "steps")
        actions.steps.append(step)
        if line.token.text == "=>" and isinstance(step, steps.NO_RESULT):
            line.fail("this step has no result")
        if line.accept("=>"):
            values, blocked = steps.alternatives(line, blocked=True)
            if line.token.text == "by":
                line.fail("only an operation of a script tells by whom: a step is the head's")
            actions.expectations.append(ResultIs(len(actions.steps) - 1, values, blocked, line.number))
        return ("step", local(thread, len(actions.steps) - 1))

    def _operation(self, line: Line) -> Key:
        start = line.token
        index = operands.index_of(line, "f")
        line.need(":")
        script = self.scripts.get(index)
        if script == [] or (line.done and script is not None):
            line.fail(f"{start.text} is declared empty, and has operations or is declared twice", at=start)
        script = self.scripts.setdefault(index, [])
        if line.done:
            return ("threadlet", index)
        _limit(line, script, pg.MAX_OPERATIONS, "operations", of="a threadlet")
        script.append(steps.operation(line, is_word=line.token.text in self.words))
        if line.accept("=>"):
            values, blocked = steps.alternatives(line, blocked=True)
            by = names.RUNNERS[line.word(names.RUNNERS, "head or busy")] if line.accept("by") else None
            self.done.append(DoneIs(index, len(script) - 1, values, blocked, by, line.number))
        return ("operation", index * pg.MAX_OPERATIONS + len(script) - 1)

    def _expect(self, thread: int, line: Line) -> Key:
        actions = self.threads[thread]
        actions.expectations.append(steps.expectation(line, len(actions.steps)))
        actions.expect_lines += 1
        return ("expect", local(thread, actions.expect_lines - 1))
