# SPDX-License-Identifier: Apache-2.0
"""Names of shared things that are not words of memory: places that accesses are told apart by, and wait queues.

A location is either the address of a word, an int, or a `Place`.
"""

from functools import cache
from typing import Final, NamedTuple


class Place(NamedTuple):
    """A shared thing: what it is, and its number where there are several."""

    what: str
    number: int | None = None

    def __str__(self) -> str:
        return self.what if self.number is None else f"{self.what} {self.number}"


Location = int | Place

LISTS: Final = Place("lists")
"""The lists and counts of a family."""
COMPLETION_LOCK: Final = Place("completion lock")
STEP: Final = Place("step")
"""A step in user mode, which touches what it touches without a point of its own."""
FUTEXES: Final = Place("futexes")
PRIVATE: Final = Place("private")
"""Nothing that another task could notice."""
SHOWN: Final = Place("shown")
"""The order of what is observed: a task that shows something writes there."""
PLAIN: Final = Place("plain")
"""A point that is followed by another one before anything is touched."""
MEMORY: Final = Place("memory")
"""Memory, by a call that looks at it without a point of its own."""


@cache
def stack(number: int) -> Place:
    """Whether a threadlet's stack is taken."""
    return Place("stack", number)


@cache
def arrival(page: int) -> Place:
    """Whether a page that was cold at first has come in."""
    return Place("arrival of page", page)


@cache
def pipe(number: int) -> Place:
    """A pipe."""
    return Place("pipe", number)


@cache
def eventfd(number: int) -> Place:
    """An eventfd."""
    return Place("eventfd", number)


def descriptor(number: int) -> Place:
    """A number behind which the program has no object."""
    return Place("descriptor", number)


class Queue(NamedTuple):
    """A wait queue: of a family, or of an object."""

    what: str
    thing: Place | None = None

    def __str__(self) -> str:
        return self.what if self.thing is None else f"{self.what} of {self.thing}"


LOCK_QUEUE: Final = Queue("completion lock")
EXIT_QUEUE: Final = Queue("exit")


@cache
def readers(thing: Place) -> Queue:
    """The tasks that sleep until they can read."""
    return Queue("readers", thing)


@cache
def writers(thing: Place) -> Queue:
    """The tasks that sleep until they can write."""
    return Queue("writers", thing)


# What may follow a schedule point before the next one: bits that a search looks at (`Machine.point`).
NOTHING: Final = 0
ON_LISTS: Final = 1
"""The lists of the family are worked on."""
QUIET: Final = 2
"""Nothing is shown, unless the word faults."""
QUIET_TO_NULL: Final = 4
"""Nothing is shown, unless the word faults or is NULL."""
BURNS_FUEL: Final = 8
"""Fuel was burnt for an atom (D57)."""
