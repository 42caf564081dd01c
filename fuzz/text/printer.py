# SPDX-License-Identifier: Apache-2.0
"""From a program or case to its canonical text."""

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any, Final

from fuzz.text import names
from fuzz.text.case import Case, DoneIs, EndIs, Expectation, HeadSleeps, Key, Note, ResultIs, TasksAre, WordIs
from fuzz.text.declare import KINDS
from model import abi
from model import program as pg
from model.image import STACK_TOP
from model.program import Advance, Call, Exec, Exit, Operand, Program, Reap, Settle, Space, Step, Store

CHOICES_A_LINE: Final = 12
_ARROW_COLUMN: Final = 24
"""Where `=>` stands behind a step or an operation, unless that is longer."""


def print_program(program: Program) -> str:
    """The canonical text of a program without comments or expectations."""
    return print_case(Case.of(program))


def print_case(case: Case) -> str:
    """The canonical text of a case. For canonical text `print_case(parse(text)) == text`, with comments."""
    notes = {note.key: note for note in case.notes}
    lines: list[str] = []
    for key, text in _lines(case):
        note = notes.get(key, Note(key))
        lines += note.above
        lines += [f"{text}  {note.behind}" if note.behind else text] if text else []
    return "\n".join(lines) + "\n"


def print_step(step: Step) -> str:
    """One step as the text has it: `write(p0.w, pg3, 8)`, `refill h0`, `settle`."""
    match step:
        case Call(nr, args):
            given = ", ".join(names.argument(nr, i, arg) for i, arg in enumerate(args))
            return f"{names.call_name(nr)}({given})"
        case Store(Operand(Space.HEAD, index, abi.AHU_NEW_THREAD_STACK), Operand(Space.INT, 0, value)) if (
            value == STACK_TOP
        ):
            return f"refill h{index}"
        case Store(target, value):
            return f"store {names.place(target)} = {names.value_at(target, value)}"
        case Reap(head):
            return f"reap {names.operand(head, pointer=True)}"
        case Settle():
            return "settle"
        case Advance(ticks):
            return f"advance {ticks}"
        case Exit(code):
            return f"exit {code}"
        case Exec(threadlet, stack, head, cached):
            text = f"{names.EXEC}(f{threadlet}, s{stack}, {names.operand(head, pointer=True)})"
            return f"{text} cached" if cached else text


def gives_pointer(step: object) -> bool:
    """Whether a step or an operation returns an address, so that 0 is NULL."""
    return isinstance(step, Reap) or (isinstance(step, Call) and step.nr == abi.NR_ASYNC_EXEC)


def print_result(step: Step, result: ResultIs | DoneIs) -> str:
    """The alternatives behind `=>`, and by whom."""
    pointer = gives_pointer(step)
    words = [names.operand(value, pointer=pointer, errno=True) for value in result.values]
    text = " | ".join([*words, "blocked"] if result.blocked else words)
    by = result.by if isinstance(result, DoneIs) else None
    return text if by is None else f"{text} by {by.name.lower()}"


def print_expectation(expectation: Expectation) -> str:
    """One `expect` line."""
    match expectation:
        case WordIs(_, target, values):
            words = " | ".join(names.value_at(target, value, errno=True) for value in values)
            return f"expect {names.place(target)} = {words}"
        case TasksAre(_, role, count, call):
            return f"expect {role.name.lower()} {count}{_in(call)}"
        case HeadSleeps(_, call):
            return f"expect blocked{_in(call)}"
        case EndIs(_, end):
            return f"expect end {end.name.lower()}"
        case ResultIs() | DoneIs():
            raise TypeError("the result of a step or an operation is printed with it")


def _in(call: int | None) -> str:
    return "" if call is None else f" in {names.sleep_name(call)}"


def _lines(case: Case) -> Iterator[tuple[Key, str]]:
    """The lines in their order, and what they stand for; without a text there is a comment at most."""
    yield ("syslet", 0), "syslet 1"
    for number, (key, value) in enumerate(case.meta):
        yield ("meta", number), f"#: {key} {value}".rstrip()
    yield ("about", 0), ""
    yield from _declarations(case.program)
    yield from _scripts(case)
    yield from _actions(case)
    yield ("end", 0), ""


def _declarations(program: Program) -> Iterator[tuple[Key, str]]:
    for word, kind in KINDS.items():
        for index, thing in _numbered(program, word):
            yield (word, index), f"{word} {kind.letter}{index}{kind.write(thing)}"
    for index, poke in enumerate(program.pokes):
        yield ("init", index), f"init {names.place(poke.target)} = {names.value_at(poke.target, poke.value)}"
    for assumed in program.assumed:
        yield ("assume", assumed.nr), f"assume {_assumption(assumed)}"
    for start in range(0, len(program.chooser), CHOICES_A_LINE):
        some = program.chooser[start : start + CHOICES_A_LINE]
        yield ("choose", start // CHOICES_A_LINE), "choose " + " ".join(f"{c.skip}:{c.pick}" for c in some)


def _assumption(assumed: pg.Assumed) -> str:
    name = names.call_name(assumed.nr)
    if assumed.sleep == pg.FOR_EVER:
        return f"{name} => blocked"
    after = f" after {assumed.sleep - 1}" if assumed.sleep else ""
    writes = "" if assumed.word is None else f" writes {names.operand(Operand.number(assumed.word))}"
    return f"{name} => {names.operand(Operand.number(assumed.value), errno=True)}{after}{writes}"


def _numbered(program: Program, word: str) -> Iterable[tuple[int, Any]]:
    """The things of a kind that have to be declared."""
    if word == "page":
        kinds = enumerate(zip(program.pages, pg.DEFAULT_PAGES, strict=True))
        return ((index, kind) for index, (kind, usual) in kinds if kind is not usual)
    things: tuple[Any, ...] = getattr(program, f"{word}s")
    return ((thing if word == "pipe" else thing.index, thing) for thing in things)


def _scripts(case: Case) -> Iterator[tuple[Key, str]]:
    wanted = {(e.threadlet, e.place): e for e in case.expectations if isinstance(e, DoneIs)}
    for threadlet in case.program.threadlets:
        index = threadlet.index
        if not threadlet.script:
            yield ("threadlet", index), f"f{index}:"
        for place, operation in enumerate(threadlet.script):
            text = _expecting(f"f{index}: {print_step(operation)}", operation, wanted.get((index, place)))
            yield ("operation", index * pg.MAX_OPERATIONS + place), text


def _expecting(text: str, step: Step, result: ResultIs | DoneIs | None) -> str:
    return text if result is None else f"{text:<{_ARROW_COLUMN - 1}} => {print_result(step, result)}"


def thread_of_expectation(program: Program, after: int) -> int:
    """The thread that an expectation behind `after` steps is about: that of the step before it."""
    return program.thread_of(min(after, len(program.all_steps)) - 1) if after else 0


def _actions(case: Case) -> Iterator[tuple[Key, str]]:
    """The steps of each thread, with what is expected of them, one thread behind the other."""
    program = case.program
    results = {e.step: e for e in case.expectations if isinstance(e, ResultIs)}
    others = list(enumerate(e for e in case.expectations if not isinstance(e, ResultIs | DoneIs)))
    steps = program.all_steps
    for thread, (first, end) in enumerate(pairwise(program.first_steps)):
        mine = [x for x in others if thread_of_expectation(program, x[1].after) == thread]
        front = f"u{thread}: " if thread else ""
        if thread and first == end:
            yield ("thread", thread), f"u{thread}:"
        for position in range(first, end + 1):
            for i, expectation in mine:
                if min(expectation.after, end) == position:
                    yield ("expect", i), front + print_expectation(expectation)
            if position < end:
                step = steps[position]
                yield ("step", position), _expecting(front + print_step(step), step, results.get(position))
