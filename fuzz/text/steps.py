# SPDX-License-Identifier: Apache-2.0
"""Reading steps of the head, operations of scripts, and what is expected of a run."""

from collections.abc import Callable
from typing import Final

from fuzz.text import names, operands
from fuzz.text.case import EndIs, Expectation, HeadSleeps, TasksAre, WordIs
from fuzz.text.line import Line
from model import abi
from model import program as pg
from model.image import STACK_TOP
from model.program import Advance, Call, Exec, Exit, Operand, Operation, Reap, Settle, Space, Step, Store
from model.trace import FAULT

NO_RESULT: Final = (Settle, Advance, Exit)


def _store(line: Line) -> Store:
    target = operands.operand(line)
    line.need("=", "'=' and the value")
    return Store(target, operands.operand(line))


def _refill(line: Line) -> Store:
    head = operands.index_of(line, "h")
    return Store(Operand(Space.HEAD, head, abi.AHU_NEW_THREAD_STACK), Operand.number(STACK_TOP))


_OPERATIONS: Final[dict[str, Callable[[Line], Operation]]] = {"store": _store, "refill": _refill}
STEPS: Final[dict[str, Callable[[Line], Step]]] = {
    **_OPERATIONS,
    "reap": lambda line: Reap(operands.operand(line)),
    "settle": lambda line: Settle(),
    "advance": lambda line: Advance(line.integer("a number of ticks", 1, pg.MAX_ADVANCE)),
    "exit": lambda line: Exit(0 if line.done else line.integer("an exit code", 0, 255)),
}
"""What a step is behind its first word; those that begin with another one are calls."""


def call(line: Line) -> Call | Exec:
    """Take a call with its arguments, or the execution of a threadlet."""
    if line.accept(names.EXEC):
        return _exec(line)
    nr = operands.call_number(line)
    start = line.token
    given = operands.arguments(line)
    if any(star for _, star in given):
        line.fail("a step's arguments are values: '*' is only for atoms", at=start)
    return Call(nr, tuple(value for value, _ in given))


def _exec(line: Line) -> Exec:
    line.need("(", "( and a threadlet, such as f0")
    threadlet = operands.index_of(line, "f")
    line.need(",", "',' and a stack, such as s0")
    stack = operands.index_of(line, "s")
    line.need(",", "',' and the head, such as h0")
    head = operands.operand(line)
    line.need(")")
    return Exec(threadlet, stack, head, line.accept("cached"))


def operation(line: Line, *, is_word: bool) -> Operation:
    """Take an operation of a script; `is_word` if a line of another kind may begin so."""
    word = line.token.text
    if is_word and not line.is_call:
        if word not in _OPERATIONS:
            line.fail(f"{word!r} is no operation", f"a script has calls, {', '.join(_OPERATIONS)} and {names.EXEC}")
        line.take()
        return _OPERATIONS[word](line)
    if not line.token.is_name:
        line.expected("an operation: a call, store, refill or threadlet_exec")
    return call(line)


def alternatives(line: Line, *, blocked: bool = False) -> tuple[tuple[Operand, ...], bool]:
    """Take `v | w`, and with `blocked` that word too: the values, and whether it is among them."""
    values: list[Operand] = []
    never = False
    while True:
        if blocked and line.accept("blocked"):
            never = True
        else:
            values.append(operands.operand(line))
        if not line.accept("|"):
            return tuple(values), never


def expectation(line: Line, after: int) -> Expectation:
    """Take what stands behind `expect`, below `after` steps."""
    if line.accept("end"):
        end = names.ENDS[line.word(names.ENDS, "an end: done, stuck, exited or fuel")]
        return EndIs(after, end, line.number)
    if line.token.text in names.ROLES:
        role = names.ROLES[line.take().text]
        count = line.integer("a number of tasks", 0, 1 << 20)
        return TasksAre(after, role, count, _sleeping_in(line), line.number)
    if line.accept("blocked"):
        return HeadSleeps(after, _sleeping_in(line), line.number)
    if not line.after.text or line.done:
        line.expected("a place, busy, ready, blocked or end")
    target = operands.place(line)
    line.need("=", "'=' and the value")
    return WordIs(after, target, alternatives(line)[0], line.number)


def _sleeping_in(line: Line) -> int | None:
    if not line.accept("in"):
        return None
    return FAULT if line.accept(names.IN_FAULT) else operands.call_number(line)
