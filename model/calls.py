# SPDX-License-Identifier: Apache-2.0
"""The calls of the world, each defined once (D42): all that text, codec, generators and search need to know of them.

What a call does is a rule (`model.spec`). What it is called, what its arguments are, and what it may sleep on stands
here, and nowhere else.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Final, TypeVar

import attrs

from model import abi, clauses
from model import opaque as op

T = TypeVar("T")


class Kind(Enum):
    """What an argument is."""

    DESCRIPTOR = "descriptor"
    SOURCE = "buffer that is read"
    TARGET = "buffer that is written"
    COUNT = "number of bytes"
    TIME = "address of a timespec"
    CLOCK = "clock"
    SLEEP_FLAGS = "whether the time is a moment"
    MOMENT = "address of a timespec that is written"
    REMAINDER = "address of a timespec for the rest of a time that was cut short"
    WAIT_WORD = "address of a word that is waited on"
    ADD_WORD = "address of a word that is added to"
    COMMAND = "futex operation"
    EXPECTED = "value that the word has, or number of tasks to wake"
    LIMIT = "address of a timespec, or number of tasks to move"
    BITS = "set of bits, or value that the word has"
    ADDEND = "what is added"
    ATOM = "address of an atom"
    HEAD = "address of a head"
    EVENTS = "number of events"
    INDEX = "index of a ring"
    PLAIN = "number, of an opaque call"
    NUMBER = "descriptor that is to be"
    FILE_FLAGS = "flags of an open file"
    FILE_COMMAND = "fcntl operation"
    PAIR = "address of two descriptors"
    COUNTER = "counter"


WORDS: Final = frozenset((Kind.WAIT_WORD, Kind.ADD_WORD))
"""Addresses of words."""
ADDRESSES: Final = WORDS | {
    Kind.SOURCE, Kind.TARGET, Kind.TIME, Kind.MOMENT, Kind.REMAINDER, Kind.LIMIT, Kind.ATOM, Kind.HEAD, Kind.PAIR,
}  # fmt: skip


class Shared(Enum):
    """What a call works on without a schedule point of its own, beyond what its task alone has."""

    OBJECT = "the object behind its first argument"
    NUMBERS = "which descriptors are free"
    FUTEXES = "the tasks that wait on words"
    MEMORY = "memory of the program"


@attrs.frozen
class Definition:
    """A call.

    Attributes:
        nr: its number.
        name: what program texts call it.
        arguments: what each is.
        needed: how many of them it looks at whatever they are.
        shared: what it works on, the most particular first.
        sleeps: the clause by which it may sleep, or None.
    """

    nr: int
    name: str
    arguments: tuple[Kind, ...] = ()
    needed: int = attrs.Factory(lambda self: len(self.arguments), takes_self=True)
    shared: tuple[Shared, ...] = attrs.field(default=(), kw_only=True)
    sleeps: int | None = attrs.field(default=None, kw_only=True)

    def positions(self, kinds: frozenset[Kind]) -> tuple[int, ...]:
        """The arguments that are of these kinds."""
        return tuple(i for i, kind in enumerate(self.arguments) if kind in kinds)


_ON_OBJECT: Final = (Shared.OBJECT, Shared.MEMORY)

CALLS: Final = (
    Definition(abi.NR_GETPID, "getpid"),
    Definition(
        abi.NR_READ, "read", (Kind.DESCRIPTOR, Kind.TARGET, Kind.COUNT),
        shared=_ON_OBJECT, sleeps=clauses.PIPE_2,
    ),
    Definition(
        abi.NR_WRITE, "write", (Kind.DESCRIPTOR, Kind.SOURCE, Kind.COUNT),
        shared=_ON_OBJECT, sleeps=clauses.PIPE_6,
    ),
    Definition(abi.NR_UMEM_ADD, "umem_add", (Kind.ADD_WORD, Kind.ADDEND)),
    Definition(abi.NR_SCHED_YIELD, "sched_yield"),
    Definition(abi.NR_GETTID, "gettid"),
    Definition(
        abi.NR_NANOSLEEP, "nanosleep", (Kind.TIME, Kind.REMAINDER), needed=1,
        shared=(Shared.MEMORY,), sleeps=clauses.TIME_2,
    ),
    Definition(
        abi.NR_CLOCK_NANOSLEEP, "clock_nanosleep",
        (Kind.CLOCK, Kind.SLEEP_FLAGS, Kind.TIME, Kind.REMAINDER), needed=3,
        shared=(Shared.MEMORY,), sleeps=clauses.TIME_7,
    ),
    Definition(abi.NR_CLOCK_GETTIME, "clock_gettime", (Kind.CLOCK, Kind.MOMENT), shared=(Shared.MEMORY,)),
    Definition(
        abi.NR_FUTEX, "futex",
        (Kind.WAIT_WORD, Kind.COMMAND, Kind.EXPECTED, Kind.LIMIT, Kind.WAIT_WORD, Kind.BITS), needed=3,
        shared=(Shared.FUTEXES, Shared.MEMORY), sleeps=clauses.FUTEX_3,
    ),
    Definition(abi.NR_CLOSE, "close", (Kind.DESCRIPTOR,), shared=(Shared.OBJECT, Shared.NUMBERS)),
    Definition(abi.NR_DUP, "dup", (Kind.DESCRIPTOR,), shared=(Shared.OBJECT, Shared.NUMBERS)),
    Definition(abi.NR_DUP2, "dup2", (Kind.DESCRIPTOR, Kind.NUMBER), shared=(Shared.OBJECT, Shared.NUMBERS)),
    Definition(
        abi.NR_DUP3, "dup3", (Kind.DESCRIPTOR, Kind.NUMBER, Kind.FILE_FLAGS),
        shared=(Shared.OBJECT, Shared.NUMBERS),
    ),
    Definition(abi.NR_EVENTFD2, "eventfd2", (Kind.COUNTER, Kind.FILE_FLAGS), shared=(Shared.NUMBERS,)),
    Definition(abi.NR_PIPE2, "pipe2", (Kind.PAIR, Kind.FILE_FLAGS), shared=(Shared.NUMBERS, Shared.MEMORY)),
    Definition(
        abi.NR_FCNTL, "fcntl", (Kind.DESCRIPTOR, Kind.FILE_COMMAND, Kind.FILE_FLAGS), needed=2, shared=(Shared.OBJECT,),
    ),
    Definition(abi.NR_ASYNC_EXEC, "async_exec", (Kind.ATOM, Kind.HEAD)),
    Definition(abi.NR_ASYNC_WAIT, "async_wait", (Kind.EVENTS, Kind.INDEX, Kind.HEAD), sleeps=clauses.WAIT_7),
    Definition(abi.NR_ASYNC_THREAD, "async_thread"),
    Definition(abi.NR_THREADLET_OFF, "threadlet_off"),
)  # fmt: skip
"""Those that the specification predicts, the plainest first: so the minimizer prefers them."""

_KINDS: Final = {
    op.What.VALUE: Kind.PLAIN, op.What.DESCRIPTOR: Kind.DESCRIPTOR, op.What.READ: Kind.SOURCE,
    **dict.fromkeys(op.BUFFERS, Kind.TARGET),
}  # fmt: skip
OPAQUE: Final = tuple([
    Definition(
        call.nr, call.name, tuple([_KINDS[x.what] for x in call.arguments]),
        shared=(Shared.MEMORY,), sleeps=clauses.OPAQUE_3,
    )
    for call in op.OPAQUE
])  # fmt: skip
"""Those whose results a target tells (D150): what `model.opaque` says of them, as of all others."""
ALL: Final = (*CALLS, *OPAQUE)
BY_NUMBER: Final = {call.nr: call for call in ALL}
WORLD: Final = tuple(call.name for call in sorted(CALLS, key=lambda call: call.nr))
"""Names of those that the specification predicts, by number."""
ON_OBJECTS: Final = frozenset(call.nr for call in CALLS if Shared.OBJECT in call.shared)
"""Calls whose first argument leads to an object."""
NAMES: Final = {**abi.REFUSED_CALLS, **{call.name: call.nr for call in ALL}}
"""Number by name, of all that a program text may name; any other is written as `nr(N)`."""


def of_arguments(by_kind: Mapping[Kind, T]) -> dict[tuple[int, int], T]:
    """What is known of a kind, for each argument of that kind: by the number of the call and the place."""
    return {
        (call.nr, position): by_kind[kind]
        for call in CALLS
        for position, kind in enumerate(call.arguments)
        if kind in by_kind
    }
