# SPDX-License-Identifier: Apache-2.0
"""Small tools the passes share: rewriting operands, cutting lists, what a program mentions."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import attrs

from fuzz.minimize import order
from model.program import (
    Arg,
    Atom,
    Call,
    Exec,
    Head,
    Operand,
    Operation,
    Poke,
    Program,
    Reap,
    Space,
    Step,
    Store,
    Threadlet,
)

T = TypeVar("T")
Rewrite = Callable[[Operand], Operand]

HEAD_FIELDS = ("ring", "size", "kernel_idx", "user_idx", "stack", "head_stack", "at")


def with_fields(thing: T, fields: Mapping[str, object]) -> T:
    """The thing with some fields exchanged, where their names are known only when it runs."""
    changes: dict[str, Any] = dict(fields)
    made: T = attrs.evolve(thing, **changes)  # type: ignore[misc]
    return made


def replaced(items: tuple[T, ...], position: int, item: T) -> tuple[T, ...]:
    """The tuple with one item exchanged."""
    return (*items[:position], item, *items[position + 1 :])


def without(items: Sequence[T], start: int, stop: int) -> tuple[T, ...]:
    """The items except those from `start` to `stop`."""
    return (*items[:start], *items[stop:])


def chunks_removed(items: tuple[T, ...]) -> Iterator[tuple[T, ...]]:
    """The tuple with ever smaller pieces cut out, from the end forward: all, halves, quarters … single items."""
    size = len(items)
    while size:
        for start in range((len(items) - 1) // size * size, -1, -size):
            yield without(items, start, start + size)
        size //= 2


def rewrite_atom(atom: Atom, rewrite: Rewrite) -> Atom:
    """The atom with every operand rewritten."""
    return attrs.evolve(
        atom,
        ret=rewrite(atom.ret),
        next=rewrite(atom.next),
        private=rewrite(atom.private),
        at=None if atom.at is None else rewrite(atom.at),
        args=tuple(Arg(rewrite(arg.operand), arg.via) for arg in atom.args),
    )


def rewrite_head(head: Head, rewrite: Rewrite) -> Head:
    """The head with every operand rewritten."""
    fields = {name: getattr(head, name) for name in HEAD_FIELDS}
    return with_fields(head, {name: rewrite(x) for name, x in fields.items() if x is not None})


def rewrite_step(step: Step, rewrite: Rewrite) -> Step:
    """The step with every operand rewritten."""
    match step:
        case Call() | Store() | Exec():
            return rewrite_operation(step, rewrite)
        case Reap(head):
            return Reap(rewrite(head))
        case _:
            return step


def rewrite_operation(operation: Operation, rewrite: Rewrite) -> Operation:
    """The operation with every operand rewritten."""
    match operation:
        case Call(nr, args):
            return Call(nr, tuple(map(rewrite, args)))
        case Store(target, value):
            return Store(rewrite(target), rewrite(value))
        case Exec(head=head):
            return attrs.evolve(operation, head=rewrite(head))


def map_operations(program: Program, change: Callable[[Operation], Operation]) -> Program:
    """The program with every operation of its scripts changed."""
    return attrs.evolve(
        program, threadlets=tuple(Threadlet(x.index, tuple(map(change, x.script))) for x in program.threadlets)
    )


def spots(program: Program) -> Iterator[tuple[Step, Callable[[Step], Program]]]:
    """Each step and each operation of a script, and how to put another in its place."""
    for position, step in enumerate(program.steps):

        def put_step(new: Step, at: int = position) -> Program:
            return attrs.evolve(program, steps=replaced(program.steps, at, new))

        yield step, put_step
    for number, threadlet in enumerate(program.threadlets):
        for position, operation in enumerate(threadlet.script):

            def put(new: Any, number: int = number, at: int = position) -> Program:
                script = replaced(program.threadlets[number].script, at, new)
                changed = attrs.evolve(program.threadlets[number], script=script)
                return attrs.evolve(program, threadlets=replaced(program.threadlets, number, changed))

            yield operation, put


def executions(program: Program) -> Iterator[Exec]:
    """Every `threadlet_exec`, of the head and nested."""
    for some in (program.steps, *(x.script for x in program.threadlets)):
        yield from (x for x in some if isinstance(x, Exec))


def rewrite_operands(program: Program, rewrite: Rewrite) -> Program:
    """The program with every operand rewritten; declarations keep their numbers."""
    return attrs.evolve(
        map_operations(program, lambda operation: rewrite_operation(operation, rewrite)),
        heads=tuple(rewrite_head(x, rewrite) for x in program.heads),
        atoms=tuple(rewrite_atom(x, rewrite) for x in program.atoms),
        pokes=tuple(Poke(rewrite(x.target), rewrite(x.value)) for x in program.pokes),
        steps=tuple(rewrite_step(x, rewrite) for x in program.steps),
    )


def mentioned(program: Program, space: Space) -> list[int]:
    """Numbers of one space that some operand mentions, ascending."""
    return sorted({x.index for x in order.operands(program) if x.space is space})
