# SPDX-License-Identifier: Apache-2.0
"""Short words and plain sentences for what tasks do."""

from typing import Final

from fuzz.tell.story import CLOCK, Lane, Way
from fuzz.text import names, symbols
from fuzz.text.printer import print_step
from model import abi, clauses
from model.image import EVENTFD_FD, OP_EXEC, PIPE_FD
from model.program import (
    MAX_EVENTFDS,
    MAX_PIPES,
    Advance,
    Call,
    Exec,
    Exit,
    PageKind,
    Program,
    Reap,
    Settle,
    Step,
    Store,
)
from model.spec import events as ev
from model.spec.state import State
from model.spec.world.objects import READ_END, WRITE_END, pipe_end
from model.trace import FAULT, NO_CALL

_ARGUMENTS: Final[dict[int, int]] = {
    abi.NR_READ: 3,
    abi.NR_WRITE: 3,
    abi.NR_CLOSE: 1,
    abi.NR_SCHED_YIELD: 0,
    abi.NR_NANOSLEEP: 2,
    abi.NR_GETPID: 0,
    abi.NR_GETTID: 0,
    abi.NR_FUTEX: 4,
    abi.NR_UMEM_ADD: 2,
}
_ON_DESCRIPTORS: Final = frozenset((abi.NR_READ, abi.NR_WRITE, abi.NR_CLOSE))
_LONGEST_LABEL: Final = 14
_EVENTFD_LANES: Final = 1 << 20
_PAGE_LANES: Final = 1 << 30
_FUTEX_LANES: Final = 1 << 40


def short(text: str) -> str:
    """A word that fits a box: longer ones end in dots."""
    return text if len(text) <= _LONGEST_LABEL else text[: _LONGEST_LABEL - 1] + "…"


def descriptor(value: int) -> str | None:
    """`p0.r`, `e3`, or None for a number that no object of a program can have."""
    value &= 0xFFFFFFFF
    if PIPE_FD <= value < PIPE_FD + 2 * MAX_PIPES:
        return f"p{(value - PIPE_FD) // 2}.{'rw'[value & 1]}"
    if EVENTFD_FD <= value < EVENTFD_FD + MAX_EVENTFDS:
        return f"e{value - EVENTFD_FD}"
    return None


def call_text(nr: int, args: tuple[int, ...]) -> str:
    """A call with the arguments it was really given: `read(p0.r, pg3, 8)`."""
    count = _ARGUMENTS.get(nr)
    if count is None:
        count = max((i + 1 for i, arg in enumerate(args) if arg), default=0)
    words = []
    for position, value in enumerate(args[:count]):
        named = descriptor(value) if nr in _ON_DESCRIPTORS and position == 0 else None
        words.append(named or names.argument(nr, position, symbols.operand_of(value)))
    return f"{names.call_name(nr)}({', '.join(words)})"


def atom_text(event: ev.AtomFetched) -> str:
    """The atom that a task has just fetched."""
    flags = f" [{names.flags(event.flags)}]" if event.flags else ""
    return f"{symbols.name_of(event.atom)}: {call_text(event.call, event.arguments)}{flags}"


def call_label(nr: int) -> str:
    """A call's name for a box."""
    return short(names.CALL_AT.get(nr) or f"nr {names.number(nr)}")


def step_label(step: Step) -> str:
    """A step's word for a box."""
    match step:
        case Call(nr, _):
            return call_label(nr)
        case Store():
            return "store"
        case Reap():
            return "reap"
        case Settle():
            return "settle"
        case Advance():
            return "advance"
        case Exit():
            return "exit"
    return "threadlet"


def step_meaning(step: Step) -> str:
    """What a step is for, to a reader who sees it for the first time."""
    match step:
        case Call(abi.NR_ASYNC_EXEC, args) if args:
            return f"submits the chain that begins at {names.operand(args[0], pointer=True)}"
        case Call(abi.NR_ASYNC_WAIT, _):
            return "asks for events"
        case Store(target, _) if names.FIELD_AT.get(target.space, {}).get(target.value) == "stack":
            return "provides a stack for the next spare"
        case Settle():
            return "lets the others run until none can"
        case Advance(ticks):
            return f"lets {ticks} ms pass"
        case Exit():
            return "the head's thread exits"
        case Exec(threadlet, stack, _, cached):
            how = ", without a call if a spare is ready" if cached else ""
            return f"runs f{threadlet} on stack s{stack}{how}"
    return ""


def operation_text(program: Program, step: int, place: int, value: int) -> tuple[str, str]:
    """An operation of the script that a step runs, `f0[1] read(p0.r, pg6, 8)`, and its result."""
    found = symbols.operation_of(program, step, place)
    if found is None:
        return f"operation {place}", symbols.name_of(value)
    threadlet, operation = found
    return f"f{threadlet}[{place}] {print_step(operation)}", symbols.print_result(operation, value, program)


def object_lane(nr: int, args: tuple[int, ...], existing: frozenset[str]) -> Lane | None:
    """What a call works on, if it is an object of the program."""
    if nr in _ON_DESCRIPTORS:
        name = descriptor(args[0])
        if name is None or name[:2] not in existing:
            return None
        return object_named(name[:2])
    if nr == abi.NR_FUTEX:
        return _futex_lane(args[0] & abi.MASK)
    return CLOCK if nr == abi.NR_NANOSLEEP else None


def object_named(name: str) -> Lane:
    """The lane of pipe `p0` or eventfd `e0`."""
    if name[0] == "p":
        return Lane(Way.OBJECT, int(name[1:]), f"pipe {name}")
    return Lane(Way.OBJECT, _EVENTFD_LANES + int(name[1:]), f"eventfd {name}")


def stack_lane(number: int) -> Lane:
    """The lane of stack `s0`."""
    return Lane(Way.STACK, number, f"stack s{number}")


def page_lane(number: int) -> Lane:
    """The lane of page `pg0`, cold at first."""
    return Lane(Way.OBJECT, _PAGE_LANES + number, f"page pg{number}")


def call_name(call: int) -> str:
    """Name of the call a task sleeps in, or empty."""
    if call == NO_CALL:
        return ""
    return "fault" if call == FAULT else names.call_name(call)


def objects(m: State) -> tuple[tuple[Lane, str], ...]:
    """What the objects of a program hold now, and its stacks and cold pages."""
    made = []
    holders = {t.script.stack: (t.script.threadlet, t.index) for t in m.tasks if t.script is not None}
    for stack in _stacks(m):
        taken = holders.get(stack)
        made.append((stack_lane(stack), f"f{taken[0]}, by task {taken[1]}" if taken else "free"))
    for pipe in m.image.pipes:
        held = m.objects.buffers[pipe]
        words = "empty" if held is None else f"{len(held[1])} bytes"
        for end in (READ_END, WRITE_END):
            if not m.objects.references[pipe_end(pipe, end)]:
                words += f", {end} end closed"
        made.append((object_named(f"p{pipe}"), words))
    for number, _, semaphore in m.image.eventfds:
        mode = ", semaphore" if semaphore else ""
        made.append((object_named(f"e{number}"), f"= {m.objects.counters[number]}{mode}"))
    for page, kind in enumerate(m.image.pages):
        if kind == PageKind.COLD:
            made.append((page_lane(page), "cold" if page in m.cold else "in"))
    for address in sorted({key[0] for key, _ in m.objects.futexes}):
        count = sum(key[0] == address for key, _ in m.objects.futexes)
        made.append((_futex_lane(address), f"{count} wait{'s' * (count == 1)}"))
    return tuple(made)


def _stacks(m: State) -> list[int]:
    """The stacks that steps run threadlets on."""
    return sorted({step[2] for step in m.image.steps if step[0] == OP_EXEC})


def _futex_lane(address: int) -> Lane:
    return Lane(Way.OBJECT, _FUTEX_LANES + address, f"futex {symbols.name_of(address, word=True)}")


def value_text(value: int, program: Program | None = None, *, pointer: bool = False) -> str:
    """A word as a text has it."""
    return symbols.name_of(value, program, pointer=pointer)


def id_of(clause: int) -> str:
    """A clause's id by its number."""
    return clauses.BY_NUMBER[clause].id


def sentence(clause: str) -> str:
    """A clause's sentence with its confidence and source."""
    known = clauses.CLAUSES.get(clause)
    return known.cited if known else "the target itself failed, or the model did"
