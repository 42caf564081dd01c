# SPDX-License-Identifier: Apache-2.0
"""The objects of a program and the descriptors that lead to them (D44 to D48)."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any, Final, NamedTuple, final

from model import abi, calls
from model.calls import Shared
from model.image import EVENTFD_FD, PIPE_FD, Image
from model.program import MAX_EVENTFDS, MAX_PIPES
from model.spec.names import FREE_NUMBERS, FUTEXES, MEMORY, PRIVATE, Place, descriptor, eventfd, pipe

READ_END: Final = "read"
WRITE_END: Final = "write"
BOTH_ENDS: Final = "both"
FIRST_NUMBER: Final = PIPE_FD
"""The lowest descriptor that a program may have (D160)."""
NUMBERS_END: Final = 128
"""One more than the highest."""
_SLOTS_MADE: Final = 16


@final
class File:
    """An open file, to which several descriptors may lead (D161): an object by its number among its kind, and which
    end of it. Each is made once.
    """

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


def other_end(file: File) -> File:
    """The other end of a pipe."""
    return pipe_end(file.number, WRITE_END if file.end == READ_END else READ_END)


def slots_of(pipe_number: int) -> int:
    """How many buffers a pipe may hold: one that the program begins with, one; one that it made, sixteen (D163)."""
    return 1 if pipe_number < MAX_PIPES else _SLOTS_MADE


class Mutex(NamedTuple):
    """The lock of an object in deep mode: the task that has it, and those that wait."""

    owner: int | None
    waiting: tuple[int, ...]


Buffer = tuple[int, bytes]
"""Offset of the first byte, and the bytes held."""
FutexKey = tuple[int, int]
"""Address, and whether it is private."""


def places_of(objects: Objects, nr: int, args: tuple[int, ...]) -> tuple[Place, ...]:
    """What a call works on, the most particular first: which calls could disturb each other?"""
    if nr in _ON_OBJECTS:
        number = args[0] & NUMBER_MASK
        file = objects.descriptors.get(number)
        if nr not in _ON_TABLE:
            return _object_and_memory(number, file)
        return (descriptor(number) if file is None else file.thing, descriptor(number), *_of_table(objects, nr, args))
    return _of_table(objects, nr, args) if nr in _ON_TABLE else _PLACES.get(nr, _NOTHING_SHARED)


def _of_table(objects: Objects, nr: int, args: tuple[int, ...]) -> tuple[Place, ...]:
    """What a call works on that changes which numbers are free, and the numbers that it takes or gives up."""
    if nr in _PUTS:
        number = args[1] & NUMBER_MASK
        file = objects.descriptors.get(number)
        taken = (descriptor(number),) if file is None else (descriptor(number), file.thing)
        return (FREE_NUMBERS, *taken)
    numbers = objects.free_numbers(2 if nr == abi.NR_PIPE2 else 1) if nr in _ALLOTS else ()
    memory = (MEMORY,) if nr == abi.NR_PIPE2 else ()
    return (FREE_NUMBERS, *[descriptor(number) for number in numbers], *memory)


NUMBER_MASK: Final = 0xFFFFFFFF
"""A descriptor has 32 bits (D43)."""
_ON_OBJECTS: Final = calls.ON_OBJECTS
_ON_TABLE: Final = frozenset(call.nr for call in calls.CALLS if Shared.NUMBERS in call.shared)
_PUTS: Final = (abi.NR_DUP2, abi.NR_DUP3)
_ALLOTS: Final = (abi.NR_DUP, abi.NR_EVENTFD2, abi.NR_PIPE2)
_NOTHING_SHARED: Final = (PRIVATE,)
_PLACE: Final = {Shared.FUTEXES: FUTEXES, Shared.MEMORY: MEMORY}


def _places(call: calls.Definition) -> tuple[Place, ...]:
    """Memory alone is nothing particular."""
    found = tuple([_PLACE[shared] for shared in call.shared])
    return (PRIVATE, *found) if found == (MEMORY,) else found


_PLACES: Final = {
    call.nr: _places(call)
    for call in calls.ALL
    if call.shared and call.nr not in _ON_OBJECTS and call.nr not in _ON_TABLE
}


@lru_cache(1 << 10)
def _object_and_memory(number: int, file: File | None) -> tuple[Place, ...]:
    return descriptor(number) if file is None else file.thing, descriptor(number), MEMORY


class Objects:
    """All objects of a machine.

    Attributes:
        descriptors: open files by number.
        references: of each file, its descriptors and the calls in progress; an end of a pipe is closed at 0.
        flags: of each file those that `fcntl` may change, if there are any.
        buffers: of each pipe, the first one first (`world.pipe`).
        counters, semaphores: of each eventfd.
        mutexes: held or waited for, in deep mode (`world.inside`).
        futexes: (key, task, set of bits) in the order of waiting.
    """

    def __init__(self) -> None:
        self.descriptors: dict[int, File] = {}
        self.references: dict[File, int] = {}
        self.flags: dict[File, int] = {}
        self.buffers: dict[int, tuple[Buffer, ...]] = {}
        self.counters: dict[int, int] = {}
        self.semaphores: dict[int, bool] = {}
        self.mutexes: dict[Place, Mutex] = {}
        self.futexes: tuple[tuple[FutexKey, int, int], ...] = ()

    @staticmethod
    def of(image: Image) -> Objects:
        """The objects that a program begins with."""
        made = Objects()
        for number in image.pipes:
            made.buffers[number] = ()
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

    def free_numbers(self, count: int) -> tuple[int, ...]:
        """So many of the lowest descriptors that are free, fewer if there are no more (D160)."""
        free = [x for x in range(FIRST_NUMBER, NUMBERS_END) if x not in self.descriptors]
        return tuple(free[:count])

    def new_pipe(self, flags: int) -> tuple[File, File]:
        """Make a pipe, which has no descriptor yet; each of its ends is held once."""
        number = MAX_PIPES + sum([x >= MAX_PIPES for x in self.buffers])
        self.buffers[number] = ()
        ends = pipe_end(number, READ_END), pipe_end(number, WRITE_END)
        for end in ends:
            self.references[end] = 1
            self.set_flags(end, flags)
        return ends

    def new_eventfd(self, count: int, semaphore: bool, flags: int) -> File:
        """Make an eventfd, which has no descriptor yet and is held once."""
        number = MAX_EVENTFDS + sum([x >= MAX_EVENTFDS for x in self.counters])
        file = whole_eventfd(number)
        self.counters[number] = count
        self.semaphores[number] = semaphore
        self.references[file] = 1
        self.set_flags(file, flags)
        return file

    def set_flags(self, file: File, flags: int) -> None:
        """An open file has these flags from now on; without any it is as if it never had some."""
        if flags:
            self.flags[file] = flags
        else:
            self.flags.pop(file, None)

    def must_not_sleep(self, file: File) -> bool:
        """Whether the file has O_NONBLOCK now (D164)."""
        return bool(self.flags) and bool(self.flags.get(file, 0) & abi.O_NONBLOCK)

    def copy(self) -> Objects:
        """An independent copy."""
        other = Objects()
        other.descriptors = dict(self.descriptors)
        other.references = dict(self.references)
        other.flags = dict(self.flags)
        other.buffers = dict(self.buffers)
        other.counters = dict(self.counters)
        other.semaphores = dict(self.semaphores)
        other.mutexes = dict(self.mutexes)
        other.futexes = self.futexes
        return other

    def state(self) -> tuple[object, ...]:
        """Everything that can matter for the future, hashable."""
        return (
            frozenset(self.descriptors.items()), frozenset(self.references.items()), frozenset(self.flags.items()),
            tuple(self.buffers.values()), tuple(self.counters.values()), tuple(self.semaphores.values()),
            tuple(self.mutexes.items()), self.futexes,
        )  # fmt: skip
