# SPDX-License-Identifier: Apache-2.0
"""What all edits of programs are, and how they change one thing of many."""

from collections.abc import Callable, Collection
from random import Random
from typing import Any, Final, TypeVar

import attrs

from model import program as pg
from model.program import Operation, Program, Step

T = TypeVar("T")

Edit = Callable[[Program, Random], Program]
"""An edit is a function of its arguments alone. A program that it cannot change it gives back as it is."""

FIELDS: Final[dict[type, tuple[str, ...]]] = {
    kind: tuple(field.name for field in attrs.fields(kind))
    for kind in (
        pg.Program, pg.Operand, pg.Arg, pg.Atom, pg.Head, pg.Timespec, pg.Poke, pg.Eventfd, pg.Call, pg.Store, pg.Reap,
        pg.Settle, pg.Advance, pg.Exit, pg.Exec, pg.Threadlet, pg.Choice, pg.Thread, pg.Assumed,
    )
}  # fmt: skip
"""Names of the fields of a program, and of all that it consists of."""


def changed(thing: T, **values: Any) -> T:
    """The thing with other values in these fields: `attrs.evolve`, at a third of its price."""
    given = {name: getattr(thing, name) for name in FIELDS[type(thing)]}
    given.update(values)
    return type(thing)(**given)


def swap(things: tuple[T, ...], position: int, *others: T, gone: int = 1) -> tuple[T, ...]:
    """The tuple with others instead of those that are gone, mostly one for one."""
    return things[:position] + others + things[position + gone :]


def numbered(things: Collection[Any]) -> tuple[Any, ...]:
    """Sorted by number; of several with one number, the last."""
    last = -1
    for thing in things:
        index: int = thing.index
        if index <= last:
            by_number = {thing.index: thing for thing in things}
            return tuple([by_number[i] for i in sorted(by_number)])
        last = index
    return tuple(things)  # as they mostly are


def with_steps(program: Program, steps: tuple[Step, ...]) -> Program:
    """The program with other steps, as many as there may be."""
    return changed(program, steps=steps[: pg.MAX_STEPS])


def alter(program: Program, random: Random, kind: str, change: Callable[[Any], dict[str, Any]]) -> Program:
    """Change some fields of one of the `kind` ("atoms", "heads"); nothing where there is none."""
    things = getattr(program, kind)
    if not things:
        return program
    position = random.randrange(len(things))
    thing = changed(things[position], **change(things[position]))
    return changed(program, **{kind: swap(things, position, thing)})


def alter_script(
    program: Program, random: Random, change: Callable[[tuple[Operation, ...]], tuple[Operation, ...]]
) -> Program:
    """Change the script of one of the threadlets, which gets as many operations as it may have."""
    return alter(program, random, "threadlets", lambda x: {"script": change(x.script)[: pg.MAX_OPERATIONS]})


def is_execution(step: Step) -> bool:
    """Whether a threadlet is executed."""
    return isinstance(step, pg.Exec)


def alter_step(
    program: Program, random: Random, which: Callable[[Step], bool], change: Callable[[Any], Step]
) -> Program:
    """Change one of the steps that are of this kind; nothing where there is none."""
    places = [i for i, step in enumerate(program.steps) if which(step)]
    if not places:
        return program
    position = random.choice(places)
    return changed(program, steps=swap(program.steps, position, change(program.steps[position])))
