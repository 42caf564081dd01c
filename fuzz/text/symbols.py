# SPDX-License-Identifier: Apache-2.0
"""Words and traces for people: numbers get the names that a program text would use."""

from collections.abc import Iterator
from typing import Final

from fuzz.text import names
from fuzz.text.printer import gives_pointer, print_step
from model import abi
from model import image as at
from model import program as pg
from model.abi import WORD
from model.image import resolve
from model.program import Exec, Operand, Operation, Program, Space
from model.trace import NO_CALL, Blocked, Done, Ended, Event, Observation, Result, Role, Settled, TaskView, Trace

MOST_WORDS: Final = 8
"""Longer runs of changed data are abbreviated."""
SHOWN_BYTES: Final = 16

#: Where each kind of thing lies, in order: space, first byte, size of one.
_AREAS: Final = tuple(
    (space, resolve(Operand(space)), resolve(Operand(space, 1)) - resolve(Operand(space))) for space in names.LETTERS
)
_ARGS_END: Final = at.ARGS_AT + pg.MAX_ATOMS * abi.MAX_ARGS * WORD


def operand_of(value: int) -> Operand:
    """The operand that a program text would use for this word."""
    value &= abi.MASK
    if at.BASE <= value < at.BASE + at.ARENA:
        for space, start, size in _AREAS:
            index, offset = divmod(value - start, size)
            if 0 <= index < pg.SPACE_LIMIT[space]:
                return Operand(space, index, offset)
    return Operand.number(value)


def name_of(value: int, program: Program | None = None, *, pointer: bool = False, word: bool = False) -> str:
    """A word, signed or not, with the names of a text: `a1`, `r0[2]`, `h0.kernel_idx`, `-EFAULT`, `pg3+0x10`.

    The program tells which atoms and heads lie elsewhere; those are named behind the place. With `pointer` 0 is NULL;
    with `word` the value is the address of a word, so a thing's first field is named.
    """
    operand = operand_of(value)
    if operand.space is Space.PAGE and at.ARGS_AT <= operand.index * at.PAGE + operand.value < _ARGS_END:
        index, rest = divmod(operand.value, abi.MAX_ARGS * WORD)
        return f"pg1+{hex(operand.value)} (argument {rest // WORD} of a{index})"
    text = names.operand(operand, pointer=pointer, word=word, errno=True)
    if program is not None:
        things: tuple[pg.Atom | pg.Head, ...] = (*program.atoms, *program.heads)
        for thing in things:
            if thing.at is not None and resolve(thing.at) == value & abi.MASK and thing.at.space is not Space.INT:
                letter = "a" if isinstance(thing, pg.Atom) else "h"
                return f"{text} ({letter}{thing.index})"
    return text


def print_result(step: object, value: int, program: Program | None = None) -> str:
    """The result of a step: an address, an error, or a number."""
    return name_of(value, program, pointer=gives_pointer(step))


def print_task(task: TaskView) -> str:
    """`task 0 busy in read`; of a family that is not thread 0's, `task 4 ready (u1)`."""
    call = "" if task.call == NO_CALL else f" in {names.sleep_name(task.call)}"
    family = f" (u{task.family})" if task.family else ""
    return f"task {task.index} {role_name(task.role)}{call}{family}"


def print_numbered(program: Program, number: int) -> str:
    """The step of that number, with its thread in front if that is not thread 0: `u1: settle`."""
    thread = program.thread_of(number)
    return (f"u{thread}: " if thread else "") + print_step(program.all_steps[number])


def role_name(role: int) -> str:
    """`busy`, or `in role 9` where a target claims one that does not exist."""
    return Role(role).name.lower() if role in tuple(Role) else f"in role {role}"


def operation_of(program: Program, step: int, place: int) -> tuple[int, Operation] | None:
    """The threadlet that a step executes and the operation at this place of its script; None where there is none."""
    executed = program.all_steps[step] if step < len(program.all_steps) else None
    if not isinstance(executed, Exec):
        return None
    script = next((x.script for x in program.threadlets if x.index == executed.threadlet), ())
    return (executed.threadlet, script[place]) if place < len(script) else None


def _done(event: Done, program: Program) -> str:
    """Without the step in front: a threadlet that went asynchronous goes on while the head is at later steps."""
    found = operation_of(program, event.step, event.place)
    what, operation = f"operation {event.place}", None
    if found is not None:
        threadlet, operation = found
        what = f"f{threadlet}[{event.place}] {print_step(operation)}"
    value = print_result(operation, event.value, program)
    return f"{what}  = {value} by task {event.task} ({role_name(event.role)}), threadlet of step {event.step}"


def parts_of_run(offset: int, data: bytes, *, whole: bool = False) -> Iterator[tuple[int, bytes]]:
    """What has a line of its own in one run of changed memory: each word, or a long run of data, unless `whole`."""
    is_data = offset >= at.DATA_AT or len(data) > 8 * WORD * MOST_WORDS
    if is_data and len(data) > WORD * MOST_WORDS and not whole:
        yield offset, data
        return
    for i in range(0, len(data), WORD):
        yield offset + i, data[i : i + WORD]


def print_part(offset: int, data: bytes, program: Program | None = None) -> str:
    """The line for one part of a run: a word by name, long data abbreviated."""
    if len(data) > WORD:
        dots = " …" if len(data) > SHOWN_BYTES else ""
        return f"{name_of(at.BASE + offset)}: {len(data)} bytes {data[:SHOWN_BYTES].hex(' ')}{dots}"
    target = at.BASE + offset
    pointer = names.holds_pointer(operand_of(target))
    value = name_of(int.from_bytes(data, "little"), program, pointer=pointer)
    return f"{name_of(target, word=True)} = {value}"


def print_observation(seen: Observation, program: Program | None = None) -> list[str]:
    """One line for each changed word and each task."""
    lines = [print_part(*part, program) for offset, data in seen.changes for part in parts_of_run(offset, data)]
    return lines + [print_task(task) for task in seen.tasks]


def print_event(event: Event, program: Program) -> str:
    """An event of a trace: a line, and one more for each thing observed."""
    step = program.all_steps[event.step] if event.step < len(program.all_steps) else None
    made = "" if step is None else f"  {print_numbered(program, event.step)}"
    label = f"step {event.step}{made}"
    match event:
        case Result(_, value):
            return f"{label}  = {print_result(step, value, program)}"
        case Done():
            return _done(event, program)
        case Settled():
            head = label
        case Blocked():
            head = f"{label}  blocked"
        case Ended(finished, end):
            head = f"end {end.name.lower()} after {finished} of {len(program.all_steps)} steps"
    seen = [] if event.seen is None else print_observation(event.seen, program)
    return "\n".join([head, *("  " + line for line in seen)])


def print_trace(trace: Trace, program: Program) -> str:
    """A whole trace, an event a line, what was observed below it."""
    lines = [print_event(event, program) for event in trace.events]
    if trace.report:
        lines += ["report:", *("  " + line for line in trace.report.rstrip().split("\n"))]
    return "\n".join(lines) + "\n"
