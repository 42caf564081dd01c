# SPDX-License-Identifier: Apache-2.0
"""Programs: closed experiments of memory, objects, atoms, and the steps of one to four threads.

Everything has a number and, by that number, a place of its own, so deleting one thing never moves another. A
program is a value: frozen, comparable, independent of how it was made (bytes, text, strategy) and of the
target that runs it. `model.image.build` turns it into the image that targets and model run.
"""

from enum import IntEnum
from itertools import pairwise
from typing import Final, Self

import attrs

from model import abi

MAX_ATOMS: Final = 46
MAX_HEADS: Final = 8
MAX_RINGS: Final = 8
MAX_WORDS: Final = 64
MAX_TIMESPECS: Final = 16
MAX_PIPES: Final = 8
MAX_EVENTFDS: Final = 8
MAX_PAGES: Final = 8
MAX_THREADLETS: Final = 8
MAX_STACKS: Final = 8
MAX_OPERATIONS: Final = 16
"""Operations of one threadlet's script (D90)."""
MAX_THREADS: Final = 4
"""With the one that every program has (D130)."""
MAX_STEPS: Final = 128
"""Of thread 0; the further threads together have as many."""
MAX_POKES: Final = 64
FOR_EVER: Final = 255
"""In `Assumed.sleep`: the call does not return."""
MAX_CHOICES: Final = 64
MAX_ADVANCE: Final = 10_000
RING_SLOTS: Final = 64
"""Slots that fit a ring's own place; a bigger ring overlaps the next one."""

INT64_MIN: Final = -(1 << 63)
INT64_MAX: Final = (1 << 63) - 1
OFFSET_MIN: Final = -(1 << 15)
OFFSET_MAX: Final = (1 << 15) - 1


class ProgramError(ValueError):
    """A program that breaks a rule of its own vocabulary (a number out of range, a name declared twice)."""


class Space(IntEnum):
    """What an operand names. The values are part of the byte encoding."""

    INT = 0
    ATOM = 1
    HEAD = 2
    WORD = 3
    TIMESPEC = 4
    RING = 5
    PAGE = 6
    PIPE_READ = 7
    PIPE_WRITE = 8
    EVENTFD = 9


SPACE_LIMIT: Final[dict[Space, int]] = {
    Space.INT: 1,
    Space.ATOM: MAX_ATOMS,
    Space.HEAD: MAX_HEADS,
    Space.WORD: MAX_WORDS,
    Space.TIMESPEC: MAX_TIMESPECS,
    Space.RING: MAX_RINGS,
    Space.PAGE: MAX_PAGES,
    Space.PIPE_READ: MAX_PIPES,
    Space.PIPE_WRITE: MAX_PIPES,
    Space.EVENTFD: MAX_EVENTFDS,
}
DESCRIPTORS: Final = (Space.PIPE_READ, Space.PIPE_WRITE, Space.EVENTFD)


def _bounds(space: Space) -> tuple[int, int, int]:
    if space is Space.INT:
        return 1, INT64_MIN, INT64_MAX
    return SPACE_LIMIT[space], *((0, 0) if space in DESCRIPTORS else (OFFSET_MIN, OFFSET_MAX))


_BOUNDS: Final = tuple([_bounds(space) for space in Space])
"""By an operand's space: how many indices there are, and the least and the greatest value."""


@attrs.frozen(order=True)
class Operand:
    """A word's value: a number, an address (thing plus offset in bytes), or a descriptor.

    `value` is the number itself for `Space.INT` (signed, 64 bits), else the offset (signed, 16 bits).
    Descriptors have no offset.
    """

    space: Space
    index: int = 0
    value: int = 0

    def __attrs_post_init__(self) -> None:
        limit, low, high = _BOUNDS[self.space]
        if not 0 <= self.index < limit:
            raise ProgramError(f"{self.space.name.lower()} {self.index} does not exist")
        if not low <= self.value <= high:
            raise ProgramError(f"{self.value} is out of range for {self.space.name.lower()}")

    @classmethod
    def number(cls, value: int) -> Self:
        """The number `value`, taken modulo 2^64 into the signed range."""
        value &= abi.MASK
        return cls(Space.INT, 0, value - (1 << 64) if value > INT64_MAX else value)


NULL: Final = Operand(Space.INT)


class PageKind(IntEnum):
    """Protection of one page of the arena."""

    ABSENT = 0
    READ_ONLY = 1
    READ_WRITE = 2
    COLD = 3
    """Comes in when user mode touches it, one tick later; until then accesses in the kernel fault (D89)."""


DEFAULT_PAGES: Final = (
    PageKind.READ_WRITE,  # 0: atoms
    PageKind.READ_WRITE,  # 1: argument words, heads, words, timespecs
    PageKind.READ_WRITE,  # 2: rings
    PageKind.READ_WRITE,  # 3: data, filled with a pattern
    PageKind.READ_WRITE,  # 4: data, filled with a pattern
    PageKind.READ_ONLY,  # 5
    PageKind.READ_WRITE,  # 6: the last page before the edge
    PageKind.ABSENT,  # 7
)


def _check_number(what: str, value: int, limit: int) -> None:
    if not 0 <= value < limit:
        raise ProgramError(f"{what} {value} is out of range (0 to {limit - 1})")


@attrs.frozen
class Arg:
    """One argument of an atom.

    `via` False: the argument is this value, kept in the atom's own argument word. `via` True: the operand is
    the pointer itself (`arg_ptr[i]`), to a word shared with others, to nowhere, or NULL, which ends the list.
    """

    operand: Operand
    via: bool = False


@attrs.frozen(cache_hash=True)
class Atom:
    """A `struct syslet_uatom`. `at` places it elsewhere than in its own slot."""

    index: int
    nr: int = 0
    args: tuple[Arg, ...] = ()
    flags: int = 0
    ret: Operand = NULL
    next: Operand = NULL
    private: Operand = NULL
    at: Operand | None = None

    def __attrs_post_init__(self) -> None:
        _check_number("atom", self.index, MAX_ATOMS)
        _check_number("call number", self.nr, 1 << 64)
        _check_number("flags", self.flags, 1 << 64)
        if len(self.args) > abi.MAX_ARGS:
            raise ProgramError(f"atom {self.index} has more than {abi.MAX_ARGS} arguments")


@attrs.frozen(cache_hash=True)
class Head:
    """A `struct async_head_user` and its ring. Fields hold what user space put there at the start."""

    index: int
    ring: Operand = NULL
    size: Operand = NULL
    kernel_idx: Operand = NULL
    user_idx: Operand = NULL
    stack: Operand = NULL
    head_stack: Operand = NULL
    at: Operand | None = None

    def __attrs_post_init__(self) -> None:
        _check_number("head", self.index, MAX_HEADS)


@attrs.frozen
class Timespec:
    """A `struct timespec` for nanosleep and futex, in its own slot."""

    index: int
    sec: int = 0
    nsec: int = 0

    def __attrs_post_init__(self) -> None:
        _check_number("timespec", self.index, MAX_TIMESPECS)
        for value in (self.sec, self.nsec):
            if not INT64_MIN <= value <= INT64_MAX:
                raise ProgramError(f"{value} does not fit a timespec")


@attrs.frozen
class Poke:
    """An initial 8-byte value at an address, written last: words, spoilt fields, slots that are taken."""

    target: Operand
    value: Operand

    def __attrs_post_init__(self) -> None:
        if self.target.space is Space.INT or self.target.space in DESCRIPTORS:
            raise ProgramError("an initial value needs a place in the arena")


@attrs.frozen
class Eventfd:
    """An eventfd with its initial counter (32 bits) and mode."""

    index: int
    count: int = 0
    semaphore: bool = False

    def __attrs_post_init__(self) -> None:
        _check_number("eventfd", self.index, MAX_EVENTFDS)
        _check_number("eventfd counter", self.count, 1 << 32)


@attrs.frozen(cache_hash=True)
class Call:
    """The head makes a system call directly (`async_exec` and `async_wait` too)."""

    nr: int
    args: tuple[Operand, ...] = ()

    def __attrs_post_init__(self) -> None:
        _check_number("call number", self.nr, 1 << 64)
        if len(self.args) > abi.MAX_ARGS:
            raise ProgramError(f"a call has more than {abi.MAX_ARGS} arguments")


@attrs.frozen(cache_hash=True)
class Store:
    """The head writes one word of its memory (D53)."""

    target: Operand
    value: Operand


@attrs.frozen(cache_hash=True)
class Reap:
    """The head takes one event from the ring of `head`, as the client's consumer does (D53)."""

    head: Operand


@attrs.frozen
class Settle:
    """Everybody else runs until nothing can; no time passes (D25)."""


@attrs.frozen
class Advance:
    """The clock moves on by `ticks` of 1 ms (D25, D55)."""

    ticks: int

    def __attrs_post_init__(self) -> None:
        if not 1 <= self.ticks <= MAX_ADVANCE:
            raise ProgramError(f"advance {self.ticks} is out of range (1 to {MAX_ADVANCE})")


@attrs.frozen
class Exit:
    """The head's thread exits (D20, D58). Later steps are not reached."""

    code: int = 0

    def __attrs_post_init__(self) -> None:
        _check_number("exit code", self.code, 256)


@attrs.frozen(cache_hash=True)
class Exec:
    """`threadlet_exec(threadlet, stack, head)`: run a script on a stack of its own (D85), or the cached way (D86).

    In a script it is nested: it takes the real calls whatever `cached` says, and is refused.
    """

    threadlet: int
    stack: int
    head: Operand
    cached: bool = False

    def __attrs_post_init__(self) -> None:
        _check_number("threadlet", self.threadlet, MAX_THREADLETS)
        _check_number("stack", self.stack, MAX_STACKS)


Step = Call | Store | Reap | Settle | Advance | Exit | Exec
Operation = Call | Store | Exec


@attrs.frozen(cache_hash=True)
class Threadlet:
    """A script: what a threadlet does before `threadlet_complete` (D87). One that is not declared is empty."""

    index: int
    script: tuple[Operation, ...] = ()

    def __attrs_post_init__(self) -> None:
        _check_number("threadlet", self.index, MAX_THREADLETS)
        if len(self.script) > MAX_OPERATIONS:
            raise ProgramError(f"threadlet {self.index} has more than {MAX_OPERATIONS} operations")


@attrs.frozen(cache_hash=True)
class Thread:
    """A thread beside the one whose steps are the program's own (D130)."""

    index: int
    steps: tuple[Step, ...] = ()

    def __attrs_post_init__(self) -> None:
        if not 1 <= self.index < MAX_THREADS:
            raise ProgramError(f"thread {self.index} is out of range (1 to {MAX_THREADS - 1})")


@attrs.frozen
class Assumed:
    """What the specification takes an opaque call to do where no target says so (D154).

    `sleep` is 0 if it does not sleep, FOR_EVER if it does not return; else it sleeps through one moment of rest less.
    `word` is what it writes to the first word of its first buffer; None: nothing. A call that does not return gives
    and writes nothing.
    """

    nr: int
    value: int = 0
    sleep: int = 0
    word: int | None = None

    def __attrs_post_init__(self) -> None:
        _check_number("call number", self.nr, abi.NR_TABLE)
        _check_number("sleep", self.sleep, FOR_EVER + 1)
        if self.sleep == FOR_EVER and (self.value or self.word is not None):
            raise ProgramError("a call that does not return gives and writes nothing")
        for value in (self.value, self.word or 0):
            if not INT64_MIN <= value <= INT64_MAX:
                raise ProgramError(f"{value} is no word")


@attrs.frozen
class Choice:
    """Take the default in the next `skip` decisions, then option `pick` (modulo their number) in the one after."""

    skip: int
    pick: int

    def __attrs_post_init__(self) -> None:
        _check_number("choice skip", self.skip, 32)
        _check_number("choice pick", self.pick, 8)


@attrs.frozen
class Program:
    """A closed experiment. Numbered things are sorted by number, each number once; of threads there are no gaps.

    `steps` are those of thread 0, and `threads` the others.

    Raises ProgramError when that, or a limit of this module, is broken.
    """

    pages: tuple[PageKind, ...] = DEFAULT_PAGES
    pipes: tuple[int, ...] = ()
    eventfds: tuple[Eventfd, ...] = ()
    timespecs: tuple[Timespec, ...] = ()
    heads: tuple[Head, ...] = ()
    atoms: tuple[Atom, ...] = ()
    pokes: tuple[Poke, ...] = ()
    threadlets: tuple[Threadlet, ...] = ()
    steps: tuple[Step, ...] = ()
    chooser: tuple[Choice, ...] = ()
    threads: tuple[Thread, ...] = ()
    assumed: tuple[Assumed, ...] = ()

    @property
    def all_steps(self) -> tuple[Step, ...]:
        """The steps of all threads, numbered through (D130): what the number of a step in a trace counts."""
        if not self.threads:
            return self.steps
        return (*self.steps, *[step for thread in self.threads for step in thread.steps])

    @property
    def first_steps(self) -> tuple[int, ...]:
        """For each thread the number of its first step, and behind them how many steps there are."""
        firsts = [0, len(self.steps)]
        for thread in self.threads:
            firsts.append(firsts[-1] + len(thread.steps))
        return tuple(firsts)

    def thread_of(self, step: int) -> int:
        """Whose step this is; thread 0 for a number that no step has."""
        firsts = self.first_steps
        return next((k for k in range(len(firsts) - 1) if firsts[k] <= step < firsts[k + 1]), 0)

    def __attrs_post_init__(self) -> None:
        if len(self.pages) != MAX_PAGES:
            raise ProgramError(f"a program has {MAX_PAGES} pages")
        before = -1
        for pipe in self.pipes:
            if pipe <= before:
                raise _unsorted("pipe", before, pipe)
            _check_number("pipe", pipe, MAX_PIPES)
            before = pipe
        _check_sorted("eventfd", self.eventfds)
        _check_sorted("timespec", self.timespecs)
        _check_sorted("head", self.heads)
        _check_sorted("atom", self.atoms)
        _check_sorted("threadlet", self.threadlets)
        for number, thread in enumerate(self.threads, 1):
            if thread.index != number:
                raise ProgramError(f"thread {thread.index} without a thread {number} before it")
        if len(self.steps) > MAX_STEPS:
            raise ProgramError(f"a program has at most {MAX_STEPS} steps")
        if sum([len(thread.steps) for thread in self.threads]) > MAX_STEPS:
            raise ProgramError(f"the further threads of a program have at most {MAX_STEPS} steps together")
        if len(self.pokes) > MAX_POKES:
            raise ProgramError(f"a program has at most {MAX_POKES} initial values")
        if len(self.chooser) > MAX_CHOICES:
            raise ProgramError(f"a program has at most {MAX_CHOICES} choices")
        for one, other in pairwise(self.assumed):
            if one.nr >= other.nr:
                raise _unsorted("an assumption on call", one.nr, other.nr)


def _check_sorted(what: str, things: tuple[Eventfd | Timespec | Head | Atom | Threadlet, ...]) -> None:
    before = -1
    for thing in things:
        index = thing.index
        if index <= before:
            raise _unsorted(what, before, index)
        before = index


def _unsorted(what: str, before: int, after: int) -> ProgramError:
    return ProgramError(f"{what} {after} after {what} {before}: sorted by number, each once")
