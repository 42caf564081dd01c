# SPDX-License-Identifier: Apache-2.0
"""What all edits of programs are, and how they change one thing of many."""

from collections.abc import Callable
from random import Random
from typing import Any, Final, TypeVar

import attrs

from model.program import Atom, Eventfd, Exec, Head, Program, Threadlet, Timespec

T = TypeVar("T")

Edit = Callable[[Program, Random], Program]
"""An edit is a function of its arguments alone. A program that it cannot change it gives back as it is."""

_NAMES: Final[dict[type, tuple[str, ...]]] = {
    kind: tuple(field.name for field in attrs.fields(kind))
    for kind in (Program, Atom, Head, Timespec, Eventfd, Threadlet, Exec)
}


def changed(thing: T, **values: Any) -> T:
    """The thing with other values in these fields: `attrs.evolve`, at a third of its price."""
    given = {name: getattr(thing, name) for name in _NAMES[type(thing)]}
    given.update(values)
    return type(thing)(**given)


def swap(things: tuple[T, ...], position: int, thing: T) -> tuple[T, ...]:
    """The tuple with another thing at this position."""
    return (*things[:position], thing, *things[position + 1 :])


def without(things: tuple[T, ...], position: int) -> tuple[T, ...]:
    """The tuple without the thing at this position."""
    return things[:position] + things[position + 1 :]


def alter(program: Program, random: Random, kind: str, change: Callable[[Any], dict[str, Any]]) -> Program:
    """Change some fields of one of the `kind` ("atoms", "heads"); nothing where there is none."""
    things = getattr(program, kind)
    if not things:
        return program
    position = random.randrange(len(things))
    thing = changed(things[position], **change(things[position]))
    return changed(program, **{kind: swap(things, position, thing)})
