# SPDX-License-Identifier: Apache-2.0
"""Hypothesis strategies for programs: the whole space, and the sensible part of it.

`programs()` is typed, so an example shrinks by dropping things and making numbers small.
`sensible_programs()` comes from the builder, which aims at chains that run and block.

Each strategy is made once: to make one, and to look whether it is sound, takes longer than to draw from it.
"""

from collections.abc import Callable
from functools import cache
from random import Random
from typing import Any, Final, TypeVar

from hypothesis import strategies as st

from fuzz.generate import build
from fuzz.generate.change import FIELDS
from model import abi, calls
from model import program as pg
from model.program import DESCRIPTORS, Operand, Operation, Program, Space, Step

T = TypeVar("T")

_PLACES: Final = tuple(s for s in Space if s is not Space.INT and s not in DESCRIPTORS)


@cache
def words() -> st.SearchStrategy[int]:
    """Signed words of 64 bits, small ones and the edges more often."""
    edges = (pg.INT64_MIN, pg.INT64_MAX, -1, 0x70000000, 0x60010000, 1 << 31, 1 << 32, 4095, 4096, -4096)
    return st.integers(-16, 64) | st.sampled_from(edges) | st.integers(pg.INT64_MIN, pg.INT64_MAX)


@cache
def unsigned() -> st.SearchStrategy[int]:
    """Unsigned words of 64 bits."""
    return st.integers(0, 300) | st.integers(0, (1 << 64) - 1)


@cache
def places() -> st.SearchStrategy[Operand]:
    """Operands that are addresses: of a thing, or some bytes from it."""
    near = st.integers(0, 16).map(lambda i: 8 * i)
    offsets = st.just(0) | near | st.integers(pg.OFFSET_MIN, pg.OFFSET_MAX)
    indices = {space: st.integers(0, pg.SPACE_LIMIT[space] - 1) for space in _PLACES}
    spaces = st.sampled_from(_PLACES)

    @st.composite
    def place(draw: st.DrawFn) -> Operand:
        space = draw(spaces)
        return Operand(space, draw(indices[space]), draw(offsets))

    return place()


@cache
def operands() -> st.SearchStrategy[Operand]:
    """All operands."""
    descriptors = st.builds(Operand, st.sampled_from(DESCRIPTORS), st.integers(0, pg.MAX_PIPES - 1))
    return words().map(Operand.number) | places() | descriptors


@cache
def _call_numbers() -> st.SearchStrategy[int]:
    """Those of the world, refused ones, and any."""
    known = sorted(calls.NAMES.values())
    return st.sampled_from(known) | unsigned()


def _some(strategy: st.SearchStrategy[T], most: int) -> st.SearchStrategy[tuple[T, ...]]:
    return st.lists(strategy, max_size=most).map(tuple)


def _all(kind: type[T], **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[T]:
    """All things of this kind with these fields; the others are operands."""
    return st.builds(kind, **{name: operands() for name in FIELDS[kind]} | fields)


@cache
def atoms(index: int) -> st.SearchStrategy[pg.Atom]:
    """All atoms with this number."""
    args = _some(st.builds(pg.Arg, operands(), st.booleans()), abi.MAX_ARGS)
    flags, at = st.integers(0, 255) | unsigned(), st.none() | operands()
    return _all(pg.Atom, index=st.just(index), nr=_call_numbers(), args=args, flags=flags, at=at)


@cache
def heads(index: int) -> st.SearchStrategy[pg.Head]:
    """All heads with this number."""
    return _all(pg.Head, index=st.just(index), at=st.none() | operands())


@cache
def timespecs(index: int) -> st.SearchStrategy[pg.Timespec]:
    """All timespecs with this number."""
    good = st.builds(pg.Timespec, st.just(index), st.integers(0, 2), st.integers(0, 10**9 - 1))
    return good | st.builds(pg.Timespec, st.just(index), words(), words())


@cache
def eventfds(index: int) -> st.SearchStrategy[pg.Eventfd]:
    """All eventfds with this number."""
    return st.builds(pg.Eventfd, st.just(index), st.integers(0, (1 << 32) - 1), st.booleans())


@cache
def operations() -> st.SearchStrategy[Operation]:
    """All operations of scripts; they are steps too."""
    threadlet, stack = st.integers(0, pg.MAX_THREADLETS - 1), st.integers(0, pg.MAX_STACKS - 1)
    return st.one_of(
        st.builds(pg.Call, _call_numbers(), _some(operands(), abi.MAX_ARGS)),
        _all(pg.Store),
        _all(pg.Exec, threadlet=threadlet, stack=stack, cached=st.booleans()),
    )


@cache
def threadlets(index: int) -> st.SearchStrategy[pg.Threadlet]:
    """All threadlets with this number."""
    return st.builds(pg.Threadlet, st.just(index), _some(operations(), 4))


@cache
def steps() -> st.SearchStrategy[Step]:
    """All steps."""
    return st.one_of(
        st.builds(pg.Settle),
        operations(),
        _all(pg.Reap),
        st.builds(pg.Advance, st.integers(1, pg.MAX_ADVANCE)),
        st.builds(pg.Exit, st.integers(0, 255)),
    )


def _numbered(limit: int, most: int, make: Callable[[int], st.SearchStrategy[T]]) -> st.SearchStrategy[tuple[T, ...]]:
    numbers = st.lists(st.integers(0, limit - 1), unique=True, max_size=most)

    @st.composite
    def numbered(draw: st.DrawFn) -> tuple[T, ...]:
        return tuple([draw(make(i)) for i in sorted(draw(numbers))])

    return numbered()


@cache
def _itself(index: int) -> st.SearchStrategy[int]:
    return st.just(index)


def _threads(most: int) -> st.SearchStrategy[tuple[pg.Thread, ...]]:
    """All further threads, with up to `most` steps each."""
    lists = st.lists(_some(steps(), most), min_size=1, max_size=pg.MAX_THREADS - 1)
    return lists.map(lambda given: tuple(pg.Thread(number, some) for number, some in enumerate(given, 1)))


def _assumed(most: int) -> st.SearchStrategy[tuple[pg.Assumed, ...]]:
    """What opaque calls are assumed to give."""
    numbers = st.lists(st.sampled_from([call.nr for call in calls.OPAQUE]), unique=True, max_size=most)
    values = st.integers(pg.INT64_MIN, pg.INT64_MAX)
    sleeps = st.sampled_from((0, 0, 1, 2, 3))

    @st.composite
    def assumed(draw: st.DrawFn) -> tuple[pg.Assumed, ...]:
        made = []
        for nr in sorted(draw(numbers)):
            stays = pg.Assumed(nr, sleep=pg.FOR_EVER)
            gives = st.builds(pg.Assumed, st.just(nr), values, sleeps, st.none() | values)
            made.append(draw(gives | st.just(stays)))
        return tuple(made)

    return assumed()


@cache
def programs(*, size: int = 6) -> st.SearchStrategy[Program]:
    """All programs, sensible or not, with up to `size` things of each kind."""
    pages: Any = st.tuples(*([st.sampled_from(pg.PageKind)] * pg.MAX_PAGES))
    return st.builds(
        Program,
        pages=st.just(pg.DEFAULT_PAGES) | pages,
        pipes=_numbered(pg.MAX_PIPES, size, _itself),
        eventfds=_numbered(pg.MAX_EVENTFDS, size, eventfds),
        timespecs=_numbered(pg.MAX_TIMESPECS, size, timespecs),
        heads=_numbered(pg.MAX_HEADS, size, heads),
        atoms=_numbered(pg.MAX_ATOMS, size, atoms),
        pokes=_some(_all(pg.Poke, target=places()), size),
        threadlets=_numbered(pg.MAX_THREADLETS, min(size, 3), threadlets),
        steps=_some(steps(), 2 * size),
        chooser=_some(st.builds(pg.Choice, st.integers(0, 31), st.integers(0, 7)), size),
        threads=st.just(()) | st.just(()) | _threads(size // 2),
        assumed=st.just(()) | _assumed(size),
    )


@cache
def sensible_programs() -> st.SearchStrategy[Program]:
    """Programs of the builder: most run chains, most of those see a hand-over."""
    return st.integers(0, (1 << 32) - 1).map(lambda seed: build.program(Random(seed)))
