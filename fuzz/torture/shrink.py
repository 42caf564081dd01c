# SPDX-License-Identifier: Apache-2.0
"""A smaller round that still shows the same: fewer moves, fewer processes, shorter lives."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final, TypeVar

import attrs

from native.targets.uml.torture import World

T = TypeVar("T")
Shows = Callable[[World], bool]
_SHORTEST: Final = 4


def _parts(items: Sequence[T]) -> Iterator[tuple[T, ...]]:
    """Smaller selections, the smallest first: single ones, halves, all but one."""
    if len(items) > 1:
        yield from ((x,) for x in items[:8])
        half = len(items) // 2
        if half > 1:
            yield tuple(items[:half])
            yield tuple(items[half:])
        if len(items) > 2:
            yield from (tuple(x for x in items if x != left_out) for left_out in items)


def _ways(world: World, suspects: tuple[int, ...]) -> Iterator[World]:
    """Smaller rounds, the most promising first."""
    for number in suspects:
        if world.only != (number,):
            yield attrs.evolve(world, only=(number,))
    for moves in _parts(world.moves):
        yield attrs.evolve(world, moves=moves)
    if world.only:
        for only in _parts(world.only):
            yield attrs.evolve(world, only=only)
        if world.births > max(world.only):
            yield attrs.evolve(world, births=max(world.only))
    elif world.births > 1:
        yield attrs.evolve(world, births=(world.births + 1) // 2)
    if world.together > 1:
        yield attrs.evolve(world, together=1)
        yield attrs.evolve(world, together=(world.together + 1) // 2)
    if world.length > _SHORTEST:
        yield attrs.evolve(world, length=max(_SHORTEST, world.length // 2))


def shrink(world: World, suspects: tuple[int, ...], shows: Shows, go_on: Callable[[], bool]) -> World:
    """The smallest that was found in the time; each step shows the same. `suspects` are processes that may do alone."""
    tried: set[World] = {world}
    found = True
    while found:
        found = False
        for smaller in _ways(world, suspects):
            if smaller in tried:
                continue
            if not go_on():
                return world
            tried.add(smaller)
            if shows(smaller):
                world, found = smaller, True
                break
    return world
