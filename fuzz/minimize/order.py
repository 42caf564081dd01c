# SPDX-License-Identifier: Apache-2.0
"""What "simplest" means: a total order on programs, compared in this sequence.

1. lines of text; 2. fields that differ from their default, choices included; 3. how far numbers are from 0 and
calls from the plainest; 4. the numbers of things, so that compact, low numbering wins; 5. everything, spelled
out, so that two different programs are never equal.
"""

from collections.abc import Iterator
from typing import Final

from model import abi
from model.image import STACK_TOP
from model.program import (
    DEFAULT_PAGES,
    NULL,
    Advance,
    Arg,
    Atom,
    Call,
    Exec,
    Exit,
    Head,
    Operand,
    Program,
    Reap,
    Settle,
    Space,
    Step,
    Store,
)

Key = tuple[int, int, int, int, tuple[int, ...]]

CALLS_BY_PLAINNESS: Final = (
    abi.NR_GETPID, abi.NR_READ, abi.NR_WRITE, abi.NR_UMEM_ADD, abi.NR_SCHED_YIELD, abi.NR_GETTID,
    abi.NR_NANOSLEEP, abi.NR_FUTEX, abi.NR_CLOSE, abi.NR_ASYNC_EXEC, abi.NR_ASYNC_WAIT, abi.NR_ASYNC_THREAD,
)  # fmt: skip
TOP: Final = Operand(Space.INT, 0, STACK_TOP)
"""Has a name of its own in the text (`top`), so it is plainer than any other number but 0."""
_CALL_COST: Final = {nr: cost for cost, nr in enumerate(CALLS_BY_PLAINNESS)}
_UNUSUAL_CALL: Final = len(CALLS_BY_PLAINNESS)
_SPACE_COST: Final = {space: cost for cost, space in enumerate(Space)}


def _magnitude(value: int) -> int:
    """A number's cost: 0 for 0, then growing slowly, so that no single number outweighs the rest."""
    return 2 * abs(value).bit_length() + (value < 0) if value else 0


def _operand_cost(operand: Operand) -> int:
    if operand == TOP:
        return 1
    return _magnitude(operand.value) + (operand.space is not Space.INT)


def _call_cost(nr: int) -> int:
    return _CALL_COST.get(nr, _UNUSUAL_CALL + nr.bit_length())


def lines(program: Program) -> int:
    """Lines of the program's text, without its header."""
    pages = sum(a is not b for a, b in zip(program.pages, DEFAULT_PAGES, strict=True))
    lists = (program.pipes, program.eventfds, program.timespecs, program.heads, program.atoms, program.pokes)
    scripts = sum(max(1, len(x.script)) for x in program.threadlets)
    return pages + sum(map(len, lists)) + scripts + len(program.steps) + bool(program.chooser)


def operations(program: Program) -> Iterator[Step]:
    """Everything that is done: the operations of the scripts, then the steps."""
    for threadlet in program.threadlets:
        yield from threadlet.script
    yield from program.steps


def operands(program: Program) -> Iterator[Operand]:
    """Every operand of the program, in order."""
    for head in program.heads:
        yield from _head_operands(head)
    for atom in program.atoms:
        yield from (atom.ret, atom.next, atom.private)
        if atom.at is not None:
            yield atom.at
        yield from (arg.operand for arg in atom.args)
    for poke in program.pokes:
        yield from (poke.target, poke.value)
    for step in operations(program):
        yield from step_operands(step)


def step_operands(step: Step) -> tuple[Operand, ...]:
    """The operands of one step."""
    match step:
        case Call(_, args):
            return args
        case Store(target, value):
            return (target, value)
        case Reap(head) | Exec(head=head):
            return (head,)
        case _:
            return ()


def _head_operands(head: Head) -> tuple[Operand, ...]:
    fields = (head.ring, head.size, head.kernel_idx, head.user_idx, head.stack, head.head_stack)
    return fields if head.at is None else (*fields, head.at)


def _fields(program: Program) -> int:
    """How many fields say something."""
    atoms = sum(
        (a.ret != NULL) + (a.next != NULL) + (a.private != NULL) + 2 * (a.at is not None) + a.flags.bit_count()
        + sum(1 + arg.via for arg in a.args)
        for a in program.atoms
    )  # fmt: skip
    heads = sum(sum(x != NULL for x in _head_operands(h)) + (h.at is not None) for h in program.heads)
    events = sum((e.count != 0) + e.semaphore for e in program.eventfds)
    steps = sum(len(s.args) if isinstance(s, Call) else 0 for s in operations(program))
    steps += sum(isinstance(s, Exec) and s.cached for s in operations(program))
    return atoms + heads + events + steps + len(program.chooser)


def _numbers(program: Program) -> int:
    """How far the program's numbers are from the plainest ones."""
    total = sum(map(_operand_cost, operands(program)))
    total += sum(_call_cost(a.nr) + a.flags.bit_length() for a in program.atoms)
    for step in operations(program):
        match step:
            case Call(nr, _):
                total += _call_cost(nr)
            case Advance(number) | Exit(number):
                total += _magnitude(number)
    total += sum(_magnitude(e.count) for e in program.eventfds)
    total += sum(_magnitude(x.sec) + _magnitude(x.nsec) for x in program.timespecs)
    return total + sum(c.skip + c.pick for c in program.chooser)


def _numbering(program: Program) -> int:
    """Sum of the numbers that things carry."""
    total = sum(program.pipes) + sum(x.index for x in operands(program))
    for things in (program.eventfds, program.timespecs, program.heads, program.atoms, program.threadlets):
        total += sum(x.index for x in things)
    return total + sum(x.threadlet + x.stack for x in operations(program) if isinstance(x, Exec))


def _spell_operand(operand: Operand | None) -> tuple[int, ...]:
    if operand is None:
        return (0,)
    sign_and_size = (operand.value < 0, abs(operand.value))
    return (1 + _SPACE_COST[operand.space], operand.index, *sign_and_size)


def _spell_arg(arg: Arg) -> tuple[int, ...]:
    return (arg.via, *_spell_operand(arg.operand))


def _spell_atom(atom: Atom) -> Iterator[int]:
    yield from (atom.index, _call_cost(atom.nr), atom.nr, atom.flags, len(atom.args))
    for arg in atom.args:
        yield from _spell_arg(arg)
    for operand in (atom.ret, atom.next, atom.private, atom.at):
        yield from _spell_operand(operand)


def _spell_step(step: Step) -> Iterator[int]:
    match step:
        case Settle():
            yield 0
        case Advance(ticks):
            yield from (1, ticks)
        case Call(nr, args):
            yield from (2, _call_cost(nr), nr, len(args))
        case Store():
            yield 3
        case Reap():
            yield 4
        case Exit(code):
            yield from (5, code)
        case Exec(threadlet, stack, _, cached):
            yield from (6, cached, threadlet, stack)
    for operand in step_operands(step):
        yield from _spell_operand(operand)


def _spell(program: Program) -> Iterator[int]:
    yield from program.pages
    yield from (len(program.pipes), *program.pipes)
    yield len(program.eventfds)
    for event in program.eventfds:
        yield from (event.index, event.count, event.semaphore)
    yield len(program.timespecs)
    for x in program.timespecs:
        yield from (x.index, x.sec < 0, abs(x.sec), x.nsec < 0, abs(x.nsec))
    yield len(program.heads)
    for head in program.heads:
        yield head.index
        fields = (head.ring, head.size, head.kernel_idx, head.user_idx, head.stack, head.head_stack, head.at)
        for operand in fields:
            yield from _spell_operand(operand)
    yield len(program.atoms)
    for atom in program.atoms:
        yield from _spell_atom(atom)
    yield len(program.pokes)
    for poke in program.pokes:
        yield from (*_spell_operand(poke.target), *_spell_operand(poke.value))
    yield len(program.threadlets)
    for threadlet in program.threadlets:
        yield from (threadlet.index, len(threadlet.script))
        for operation in threadlet.script:
            yield from _spell_step(operation)
    yield len(program.steps)
    for step in program.steps:
        yield from _spell_step(step)
    yield len(program.chooser)
    for choice in program.chooser:
        yield from (choice.skip, choice.pick)


def key(program: Program) -> Key:
    """The program's place in the order: smaller is simpler."""
    return (
        lines(program),
        _fields(program),
        _numbers(program),
        _numbering(program),
        tuple(map(int, _spell(program))),
    )
