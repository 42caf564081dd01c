# SPDX-License-Identifier: Apache-2.0
"""Names of shared things that are not words of memory: places that accesses are told apart by, and wait queues.

A location is either the address of a word, an int, or a `Place`.
"""

from functools import cache
from typing import Any, Final, final


@final
class Place:
    """A shared thing: what it is, and its number where there are several. Each is made once, by `place`.

    So two are equal if they are the same, which is what a search asks most of the time.
    """

    __slots__ = ("number", "what")

    def __init__(self, what: str, number: int | None) -> None:
        self.what = what
        self.number = number

    def __reduce__(self) -> tuple[Any, ...]:
        return place, (self.what, self.number)

    def __repr__(self) -> str:
        return f"Place(what={self.what!r}, number={self.number!r})"

    def __str__(self) -> str:
        return self.what if self.number is None else f"{self.what} {self.number}"


@cache
def place(what: str, number: int | None = None) -> Place:
    """The place of that name."""
    return Place(what, number)


Location = int | Place

LISTS: Final = place("lists")
"""The lists and counts of a family."""
COMPLETION_LOCK: Final = place("completion lock")
STEP: Final = place("step")
"""A step in user mode, which touches what it touches without a point of its own."""
FUTEXES: Final = place("futexes")
FREE_NUMBERS: Final = place("free numbers")
"""Which descriptors are free. To take the lowest one writes here; to give one up, or take a certain one, only looks."""
PRIVATE: Final = place("private")
"""Nothing that another task could notice."""
SHOWN: Final = place("shown")
"""The order of what is observed: a task that shows something writes there."""
PLAIN: Final = place("plain")
"""A point that is followed by another one before anything is touched."""
MEMORY: Final = place("memory")
"""Memory, by a call that looks at it without a point of its own."""


def stack(number: int) -> Place:
    """Whether a threadlet's stack is taken."""
    return place("stack", number)


def arrival(page: int) -> Place:
    """Whether a page that was cold at first has come in."""
    return place("arrival of page", page)


@cache
def pipe(number: int) -> Place:
    """A pipe."""
    return place("pipe", number)


@cache
def eventfd(number: int) -> Place:
    """An eventfd."""
    return place("eventfd", number)


def descriptor(number: int) -> Place:
    """A number in the table of descriptors: what is behind it."""
    return place("descriptor", number)


@final
class Queue:
    """A wait queue: of a family, or of an object. Each is made once, by `queue`."""

    __slots__ = ("thing", "what")

    def __init__(self, what: str, thing: Place | None) -> None:
        self.what = what
        self.thing = thing

    def __reduce__(self) -> tuple[Any, ...]:
        return queue, (self.what, self.thing)

    def __repr__(self) -> str:
        return f"Queue(what={self.what!r}, thing={self.thing!r})"

    def __str__(self) -> str:
        return self.what if self.thing is None else f"{self.what} of {self.thing}"


@cache
def queue(what: str, thing: Place | None = None) -> Queue:
    """The queue of that name."""
    return Queue(what, thing)


LOCK_QUEUE: Final = queue("completion lock")
EXIT_QUEUE: Final = queue("exit")


@cache
def queue_of(kind: Queue, family: int) -> Queue:
    """Each family has one of this kind (D131); that of family 0 has no number."""
    return queue(kind.what, place("family", family)) if family else kind


@cache
def own(thing: Place, family: int) -> Place:
    """The lock or the order of results of a family: no two families meet there (D131, D135).

    They do at the lists: a new spare has the next number of all tasks.
    """
    return place(thing.what, family) if family and thing in _OWN else thing


_OWN: Final = (COMPLETION_LOCK, SHOWN)


@cache
def readers(thing: Place) -> Queue:
    """The tasks that sleep until they can read."""
    return queue("readers", thing)


@cache
def writers(thing: Place) -> Queue:
    """The tasks that sleep until they can write."""
    return queue("writers", thing)


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
