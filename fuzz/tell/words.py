# SPDX-License-Identifier: Apache-2.0
"""Short words and plain sentences for calls, steps and operations."""

from typing import Final

from fuzz.text import names, symbols
from fuzz.text.printer import print_step
from model import abi, calls, clauses
from model import program as pg
from model.image import EVENTFD_FD, PIPE_FD, resolve
from model.spec import events as ev
from model.trace import FAULT, NO_CALL

_STEPS: Final = {
    pg.Store: "store",
    pg.Reap: "reap",
    pg.Settle: "settle",
    pg.Advance: "advance",
    pg.Exit: "exit",
    pg.Exec: "threadlet",
}
_LONGEST_LABEL: Final = 14


def short(text: str) -> str:
    """A word that fits a box: longer ones end in dots."""
    return text if len(text) <= _LONGEST_LABEL else text[: _LONGEST_LABEL - 1] + "…"


def descriptor(number: int, program: pg.Program) -> pg.Operand:
    """What a program calls a descriptor: `p0.r`, `e3`, or its number, if the program began without it."""
    number &= 0xFFFFFFFF
    pipe = number - PIPE_FD
    if pipe // 2 in program.pipes:
        return pg.Operand(pg.Space.PIPE_WRITE if pipe & 1 else pg.Space.PIPE_READ, pipe // 2)
    if number - EVENTFD_FD in [eventfd.index for eventfd in program.eventfds]:
        return pg.Operand(pg.Space.EVENTFD, number - EVENTFD_FD)
    return pg.Operand.number(number)


def call_text(nr: int, args: tuple[int, ...], program: pg.Program, given: int = 0) -> str:
    """A call with the arguments it was really given: `read(p0.r, pg3, 8)`. A futex that is woken takes three or six.

    Of another call those up to the last that is not 0 are told, and as many as were `given` in the program's text.
    """
    if nr not in calls.BY_NUMBER:
        count = max((i + 1 for i, arg in enumerate(args) if arg or i < given), default=0)
    elif nr == abi.NR_FUTEX:
        least = 3 if args[1] & 127 else 4
        count = max([least, *[i + 1 for i, arg in enumerate(args) if arg]])
    else:
        count = len(calls.BY_NUMBER[nr].arguments)
    shown = [
        names.argument(nr, i, descriptor(x, program) if nr in calls.ON_OBJECTS and not i else symbols.operand_of(x))
        for i, x in enumerate(args[:count])
    ]
    return f"{names.call_name(nr)}({', '.join(shown)})"


def atom_text(event: ev.AtomFetched, program: pg.Program) -> str:
    """The atom that a task has just fetched."""
    flags = f" [{names.flags(event.flags)}]" if event.flags else ""
    name = symbols.name_of(event.atom, program, pointer=True)
    places = {resolve(x.at or pg.Operand(pg.Space.ATOM, x.index)): x for x in program.atoms}
    given = len(places[event.atom].args) if event.atom in places else 0
    return f"{name}: {call_text(event.call, event.arguments, program, given)}{flags}"


def call_label(nr: int) -> str:
    """A call's name for a box."""
    return short(names.CALL_AT.get(nr) or f"nr {names.number(nr)}")


def step_label(step: pg.Step) -> str:
    """A step's word for a box."""
    return call_label(step.nr) if isinstance(step, pg.Call) else _STEPS[type(step)]


def step_meaning(step: pg.Step) -> str:
    """What a step is for, to a reader who sees it for the first time."""
    match step:
        case pg.Call(abi.NR_ASYNC_EXEC, args) if args:
            return f"submits the chain that begins at {names.operand(args[0], pointer=True)}"
        case pg.Call(abi.NR_ASYNC_WAIT, _):
            return "asks for events"
        case pg.Store(target, _) if names.FIELD_AT.get(target.space, {}).get(target.value) == "stack":
            return "provides a stack for the next spare"
        case pg.Settle():
            return "lets the others run until none can"
        case pg.Advance(ticks):
            return f"lets {ticks} ms pass"
        case pg.Exit():
            return "the head's thread exits"
        case pg.Exec(threadlet, stack, _, cached):
            how = ", without a call if a spare is ready" if cached else ""
            return f"runs f{threadlet} on stack s{stack}{how}"
    return ""


def result_meaning(step: pg.Step, value: int) -> str:
    """What the result of a step that submitted something says, if it is no error."""
    match step:
        case pg.Call(abi.NR_ASYNC_EXEC, _) if not value:
            return "the chain goes on without the caller"
        case pg.Call(abi.NR_ASYNC_EXEC, _) if value > 0:
            return "the chain ran to its end in the caller: its last atom, and no event"
        case pg.Exec(threadlet) if not value:
            return f"f{threadlet} goes on without its caller"
        case pg.Exec(threadlet) if value > 0:
            return f"f{threadlet} ran to its end in the caller{', unarmed' if value > 1 else ''}; its stack is free"
    return ""


def operation_text(program: pg.Program, step: int, place: int, value: int) -> tuple[str, str]:
    """An operation of the script that a step runs, `f0[1] read(p0.r, pg6, 8)`, and its result."""
    found = symbols.operation_of(program, step, place)
    if found is None:
        return f"operation {place}", symbols.name_of(value)
    threadlet, operation = found
    return f"f{threadlet}[{place}] {print_step(operation)}", symbols.print_result(operation, value, program)


def call_name(call: int) -> str:
    """Name of the call a task sleeps in, or empty."""
    if call == NO_CALL:
        return ""
    return "fault" if call == FAULT else names.call_name(call)


def sentence(clause: str) -> str:
    """A clause's sentence with its confidence and source."""
    known = clauses.CLAUSES.get(clause)
    return known.cited if known else "the target itself failed, or the model did"
