# SPDX-License-Identifier: Apache-2.0
"""Walks over programs: what is in them, something else in one place, something else in every place."""

from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from itertools import chain
from typing import Any, Final

from fuzz.generate.change import FIELDS, changed, swap
from model.program import Exec, Operand, Program, Space

SECTIONS: Final = FIELDS[Program][1:]
"""Names of the tuples of things that a program consists of; pages are no things."""


def things(program: Program) -> Iterator[Any]:
    """All things of the program, and what they consist of: atoms and their arguments, scripts' operations, operands."""
    for name in SECTIONS:
        yield from chain.from_iterable(map(parts, getattr(program, name)))


@lru_cache(1 << 14)
def parts(thing: Any) -> tuple[Any, ...]:
    """The thing and everything in it; nothing for a number."""
    if isinstance(thing, tuple):
        return tuple(chain.from_iterable(map(parts, thing)))
    names = FIELDS.get(type(thing))
    return () if names is None else (thing, *chain.from_iterable(parts(getattr(thing, name)) for name in names))


def operands(program: Program) -> Iterator[Operand]:
    """Every operand of the program."""
    return (x for x in things(program) if isinstance(x, Operand))


def executions(program: Program) -> list[Exec]:
    """Every `threadlet_exec`, of the head and nested."""
    return [x for x in things(program) if isinstance(x, Exec)]


def mentioned(program: Program, *spaces: Space) -> set[int]:
    """Numbers of these spaces that some operand mentions."""
    return {x.index for x in operands(program) if x.space in spaces}


def rewritten(thing: Any, change: Callable[[Any], Any]) -> Any:
    """The thing with everything in it changed, the inner things first; numbers stay."""
    if isinstance(thing, tuple):
        return tuple([rewritten(x, change) for x in thing])
    names = FIELDS.get(type(thing))
    if names is None:
        return thing
    old = [getattr(thing, name) for name in names]
    new = [rewritten(x, change) for x in old]
    return change(thing if new == old else type(thing)(*new))


def spots(thing: Any, path: str) -> Iterator[tuple[Any, Callable[[Any], Any]]]:
    """What lies at a path, and for each how to get the thing with something else in that place.

    A path is names of fields with dots between, where `*` is each item of a tuple. Where None lies, nothing lies.
    """
    if not path:
        yield thing, lambda new: new
        return
    name, _, rest = path.partition(".")
    for place, part in enumerate(thing) if name == "*" else ((name, getattr(thing, name)),):
        for found, put in () if part is None else spots(part, rest):
            yield found, partial(_with, thing, place, put)


def _with(thing: Any, place: str | int, put: Callable[[Any], Any], new: Any) -> Any:
    return changed(thing, **{place: put(new)}) if isinstance(place, str) else swap(thing, place, put(new))


def pieces_removed(items: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    """The tuple with ever smaller pieces cut out, from the end forward: all, halves, quarters … single items."""
    size = len(items)
    while size:
        for start in range((len(items) - 1) // size * size, -1, -size):
            yield (*items[:start], *items[start + size :])
        size //= 2
