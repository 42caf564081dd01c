# SPDX-License-Identifier: Apache-2.0
"""Mutation and crossover for the fuzzing loop: bytes to program, a few edits, and back to bytes.

Both are functions of their arguments alone.
"""

from collections.abc import Callable
from random import Random
from typing import Any, Final

from fuzz.generate import fresh
from fuzz.generate.change import changed, numbered
from fuzz.generate.codec import decode, encode, remember, thing_bytes
from fuzz.generate.edits import EDITS
from fuzz.generate.opaque_edits import put_opaque
from fuzz.generate.thread_edits import THREAD_EDITS
from model import program as pg
from model.program import Program

_COUNTS: Final = (1, 1, 1, 1, 2, 2, 3, 5)
_TRIES: Final = 4
_OPAQUE: Final = 0.1
_ALL: Final = (*EDITS, *THREAD_EDITS)
_NUMBERED: Final = ("eventfds", "timespecs", "heads", "atoms", "threadlets")
#: What is given up first when a program does not fit.
_DROPPED: Final = (
    "assumed", "threads", "steps", "pokes", "chooser", "threadlets", "atoms", "heads", "timespecs", "eventfds", "pipes",
)  # fmt: skip


def mutate(
    data: bytes, max_size: int, seed: int, leaf: Callable[[bytes, int], bytes] | None = None, *, opaque: bool = False
) -> bytes:
    """A neighbour of the program in `data`, of at most `max_size` bytes.

    Args:
        data: any bytes; empty ones give a freshly built program.
        max_size: most bytes of the result.
        seed: where all choices come from.
        opaque: now and then calls become opaque ones.
        leaf: a byte mutator `(data, max_size) -> data`, used rarely, for what no edit thinks of.
    """
    random = Random(seed)
    if not data:
        return fit(fresh.program(random, opaque=opaque), max_size)
    if leaf is not None and random.random() < 0.05:
        return leaf(data, max_size)[:max_size]
    before = decode(data)
    after = before
    for _ in range(random.choice(_COUNTS)):
        after = random.choice(_ALL)(after, random)
    for _ in range(_TRIES):
        if after != before:
            break
        after = random.choice(_ALL)(after, random)
    if opaque and random.random() < _OPAQUE:
        after = put_opaque(after, random)
    return fit(after, max_size)


def crossover(first: bytes, second: bytes, max_size: int, seed: int) -> bytes:
    """A child of two programs: the things of both, and the beginning of the one's steps with the end of the other's."""
    random = Random(seed)
    if not first or not second:
        return mutate(first or second, max_size, seed)
    one, other = decode(first), decode(second)
    if random.random() < 0.5:
        one, other = other, one
    cut, start = random.randrange(len(one.steps) + 1), random.randrange(len(other.steps) + 1)
    child = Program(
        pages=one.pages if random.random() < 0.7 else other.pages,
        pipes=tuple(sorted({*one.pipes, *other.pipes})),
        pokes=tuple(dict.fromkeys(one.pokes + other.pokes))[: pg.MAX_POKES],
        steps=(one.steps[:cut] + other.steps[start:])[: pg.MAX_STEPS],
        chooser=one.chooser if random.random() < 0.5 else other.chooser,
        threads=one.threads or other.threads,
        assumed=one.assumed or other.assumed,
        **{name: numbered(getattr(other, name) + getattr(one, name)) for name in _NUMBERED},
    )
    return fit(child, max_size)


def fit(program: Program, max_size: int) -> bytes:
    """The program's bytes; the last steps, then other things, are dropped until they fit."""
    data = encode(program)
    over = len(data) - max_size
    if over > 0:
        kept = {}
        for name in _DROPPED:
            things: tuple[Any, ...] = getattr(program, name)
            end = len(things)
            while over > 0 and end:
                # A step has 1 to 70 bytes: drop as many as are surely too much, at least one.
                start = max(0, end - max(1, over // 128))
                over -= sum([len(thing_bytes(thing)) for thing in things[start:end]])
                end = start
            kept[name] = things[:end]
        program = changed(program, **kept)
        data = encode(program)
        if over > 0:
            return data[:max_size]
    remember(data, program)
    return data
