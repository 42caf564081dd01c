# SPDX-License-Identifier: Apache-2.0
"""The objects of a program and the descriptors that lead to them (D44 to D48)."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any, Final, NamedTuple, final

from model import abi, calls
from model.calls import Shared
from model.image import EVENTFD_FD, PIPE_FD, Image
from model.spec.names import FUTEXES, MEMORY, PRIVATE, Place, descriptor, eventfd, pipe

READ_END: Final = "read"
WRITE_END: Final = "write"
BOTH_ENDS: Final = "both"


@final
class File:
    """What a descriptor stands for: an object by its number among its kind, and which end of it. Each is made once."""

    __slots__ = ("end", "number", "thing")

    def __init__(self, thing: Place, end: str, number: int) -> None:
        self.thing = thing
        self.end = end
        self.number = number

    def __reduce__(self) -> tuple[Any, ...]:
        return (whole_eventfd, (self.number,)) if self.end == BOTH_ENDS else (pipe_end, (self.number, self.end))

    def __repr__(self) -> str:
        return f"File(thing={self.thing!r}, end={self.end!r}, number={self.number!r})"

    def __str__(self) -> str:
        return f"{self.end} end of {self.thing}"


@cache
def pipe_end(number: int, end: str) -> File:
    """One end of a pipe."""
    return File(pipe(number), end, number)


@cache
def whole_eventfd(number: int) -> File:
    """An eventfd, which is read and written by the same descriptor."""
    return File(eventfd(number), BOTH_ENDS, number)


class Mutex(NamedTuple):
    """The lock of an object in deep mode: the task that has it, and those that wait."""

    owner: int | None
    waiting: tuple[int, ...]


Buffer = tuple[int, bytes]
"""Offset of the first byte, and the bytes held."""
FutexKey = tuple[int, int]
"""Address, and whether it is private."""


def place_of(number: int) -> Place:
    """The object behind a descriptor, open or not, as something that calls may compete for."""
    number &= 0xFFFFFFFF
    if PIPE_FD <= number < EVENTFD_FD:
        return pipe((number - PIPE_FD) >> 1)
    return eventfd(number - EVENTFD_FD) if number >= EVENTFD_FD else descriptor(number)


def places_of(nr: int, args: tuple[int, ...]) -> tuple[Place, ...]:
    """What a call works on, the most particular first: which calls could disturb each other?"""
    if nr not in _ON_OBJECTS:
        return _PLACES.get(nr, _NOTHING_SHARED)
    return _object_and_memory(args[0]) if nr != abi.NR_CLOSE else (place_of(args[0]),)


_ON_OBJECTS: Final = calls.ON_OBJECTS
_NOTHING_SHARED: Final = (PRIVATE,)
_PLACE: Final = {Shared.FUTEXES: FUTEXES, Shared.MEMORY: MEMORY}


def _places(call: calls.Definition) -> tuple[Place, ...]:
    """Memory alone is nothing particular."""
    found = tuple([_PLACE[shared] for shared in call.shared])
    return (PRIVATE, *found) if found == (MEMORY,) else found


_PLACES: Final = {call.nr: _places(call) for call in calls.ALL if call.shared and call.nr not in _ON_OBJECTS}


@lru_cache(1 << 10)
def _object_and_memory(number: int) -> tuple[Place, ...]:
    return place_of(number), MEMORY


class Objects:
    """All objects of a machine.

    Attributes:
        descriptors: open files by number.
        references: of each file, its descriptor and the calls in progress; an end of a pipe is closed at 0.
        buffers: of each pipe, None is a free one (`world.pipe`).
        counters, semaphores: of each eventfd.
        mutexes: held or waited for, in deep mode (`world.inside`).
        futexes: (key, task, set of bits) in the order of waiting.
    """

    def __init__(self) -> None:
        self.descriptors: dict[int, File] = {}
        self.references: dict[File, int] = {}
        self.buffers: dict[int, Buffer | None] = {}
        self.counters: dict[int, int] = {}
        self.semaphores: dict[int, bool] = {}
        self.mutexes: dict[Place, Mutex] = {}
        self.futexes: tuple[tuple[FutexKey, int, int], ...] = ()

    @staticmethod
    def of(image: Image) -> Objects:
        """The objects that a program begins with."""
        made = Objects()
        for number in image.pipes:
            made.buffers[number] = None
            made._open(PIPE_FD + 2 * number, pipe_end(number, READ_END))
            made._open(PIPE_FD + 2 * number + 1, pipe_end(number, WRITE_END))
        for number, count, semaphore in image.eventfds:
            made._open(EVENTFD_FD + number, whole_eventfd(number))
            made.counters[number] = count
            made.semaphores[number] = semaphore
        return made

    def _open(self, number: int, file: File) -> None:
        self.descriptors[number] = file
        self.references[file] = 1

    def copy(self) -> Objects:
        """An independent copy."""
        other = Objects()
        other.descriptors = dict(self.descriptors)
        other.references = dict(self.references)
        other.buffers = dict(self.buffers)
        other.counters = dict(self.counters)
        other.semaphores = self.semaphores
        other.mutexes = dict(self.mutexes)
        other.futexes = self.futexes
        return other

    def state(self) -> tuple[object, ...]:
        """Everything that can matter for the future, hashable."""
        return (
            tuple(self.descriptors), tuple(self.references.values()), tuple(self.buffers.values()),
            tuple(self.counters.values()), tuple(self.mutexes.items()), self.futexes,
        )  # fmt: skip
