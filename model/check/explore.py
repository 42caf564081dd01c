# SPDX-License-Identifier: Apache-2.0
"""All runs of a program: where they must be split so that no behaviour is missed, and one walk through them.

A block runs one task from one split to the next. Splitting before every access would be right and hopeless; it is
enough to split before accesses that two tasks may make in the same window (between two moments of rest) with
one of them writing. Which ones those are is found out, not guessed: a search notes who touched what, and
when something turns out to be shared that was not split, it starts again with that knowledge. When nothing new
turns up, every conflict that any run could have met was split (docs/design/checker.md has the argument).

Accesses under the completion lock exclude each other, so two of them are no conflict. Where there are several
locks, one for each family, they are like any others.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import suppress
from typing import Final, NamedTuple

from mypy_extensions import mypyc_attr

from model.abi import NR_TABLE
from model.check.match import Difference
from model.image import ARENA, BASE, OP_CALL, OP_SETTLE, PAGE, PAGES
from model.spec import steps
from model.spec.machine import Machine
from model.spec.names import (
    BURNS_FUEL,
    COMPLETION_LOCK,
    LISTS,
    MEMORY,
    ON_LISTS,
    PLAIN,
    PRIVATE,
    QUIET,
    QUIET_TO_NULL,
    SHOWN,
    STEP,
    Location,
    Place,
    arrival,
    own,
)  # fmt: skip
from model.spec.state import Chooser, State
from model.spec.task import HEAD, Task

_HEADS: Final = 256
"""Among the tasks that show something: the head. One head follows the other, so they are one."""
_NAMED: Final = (PRIVATE, PLAIN, STEP)
"""Points before things that are private, or that the rule notes itself."""
_AHEAD: Final = 24
"""Blocks that are run after a cut."""
_TABLE: Final = ("descriptor", "free numbers")
"""What a call looks up before it sleeps, and not again."""
_ARRIVALS: Final = frozenset(map(arrival, range(PAGES)))


def _own(m: State, t: Task, location: Location) -> Location:
    """What belongs to a family is no place where two families meet (D131)."""
    if not t.family.number or isinstance(location, int):
        return location
    return own(location, m.lock_family(t).number if location == COMPLETION_LOCK else t.family.number)


class Block(NamedTuple):
    """A task ran past so many schedule points and stopped at the next, or slept; `picks`: whom it woke, where free."""

    task: int
    points: int
    picks: tuple[int, ...] = ()
    asleep: bool = False


class Path(NamedTuple):
    """The blocks of a run, the last one first."""

    before: Path | None
    block: Block


class Sharing:
    """Who touched what in which window, and what is therefore shared. Grows from one search to the next.

    `windows` are those in which memory is shared, `ordered` those in which two tasks show events.
    """

    def __init__(self) -> None:
        self.shared: set[tuple[int, Location]] = set()
        self.windows: set[int] = set()
        self.ordered: set[int] = set()
        self.grew = False
        self._touched: dict[tuple[int, Location], list[int]] = {}

    def note(self, window: int, location: Location, task: int, write: bool, locked: bool) -> None:
        """One access; `location` is a word's number in the arena or a place."""
        key = (window, location)
        if key in self.shared:
            return
        record = self._touched.get(key)
        if record is None:
            record = self._touched[key] = [0, 0, 0, 0]
        record[2 * locked + write] |= 1 << task
        if self._conflict(record):
            self.shared.add(key)
            if isinstance(location, int) or location in _ARRIVALS:
                self.windows.add(window)
            elif location.what == SHOWN.what:
                self.ordered.add(window)
            self.grew = True

    @staticmethod
    def _conflict(record: list[int]) -> bool:
        """Whether two tasks met here, one of them writing, not both under the lock."""
        read, write, read_locked, write_locked = record
        together = read | write | read_locked | write_locked
        open_write = bool(write) and bool(together & ~write or write & (write - 1))
        reads_open = read and write_locked and (read | write_locked) & ((read | write_locked) - 1)
        return bool(open_write or reads_open)


@mypyc_attr(allow_interpreted_subclasses=True)
class Explorer(Chooser):
    """Splits where another task could notice; the walk decides who goes on.

    Attributes:
        fuel_matters: tasks compete for fuel: only in traces that end for want of it does it matter who burns it when.
            The end is shown by the task that burns the last of it, so there the order of all that is shown is open.
        window: counts the moments of rest.
        undecided: the candidates of a wake that is to be chosen; picks: what was chosen.
        path: how the machine came here; passed: points that the block has passed.
    """

    def __init__(self, sharing: Sharing, *, fuel_matters: bool = False) -> None:
        super().__init__(0, notes=True)
        self.sharing = sharing
        self.fuel_matters = fuel_matters
        self.window = 0
        self.ordered = fuel_matters or 0 in sharing.ordered
        self.arriving: frozenset[int] = frozenset()
        self.undecided: tuple[int, ...] = ()
        self.picks: tuple[int, ...] = ()
        self.path: Path | None = None
        self.passed = 0

    def copy(self) -> Explorer:
        """See `Chooser`."""
        other = type(self)(self.sharing, fuel_matters=self.fuel_matters)
        other.window, other.ordered, other.arriving = self.window, self.ordered, self.arriving
        other.undecided, other.picks, other.path, other.passed = self.undecided, self.picks, self.path, self.passed
        return other

    def go(self, m: Machine, task: Task) -> None:
        """Run one block of a task. One that wakes tries again at the object it slept on, without a point."""
        if task.stopped_at is None:
            for place in task.places:
                if place not in (PRIVATE, MEMORY) and place.what not in _TABLE:
                    self.sharing.note(self.window, place, task.index, True, False)
        self.passed = 0
        picks = self.picks
        try:
            m.run(task)
        finally:
            self.path = Path(self.path, Block(task.index, self.passed, picks, task.asleep))

    # What a machine asks and tells

    def pauses(self, m: State, t: Task, location: Location, write: bool, follows: int) -> bool:
        """Split here if another task could run and could notice."""
        rivals = t.stopped_at is None and len(m.runnable) > 1 and len(m.able()) > 1
        if rivals and self._is_shared(m, t, location, follows):
            return True
        self._note_point(m, t, location, write)
        return False

    def _note_point(self, m: State, t: Task, location: Location, write: bool) -> None:
        if isinstance(location, int):
            self.touches_memory(m, t, location, 8, write)
        elif location not in _NAMED:
            locked = location == LISTS and m.has_lock(t) and not m.has_several_locks()
            self.sharing.note(self.window, _own(m, t, location), t.index, write, locked)
        self.passed += 1

    def pauses_at_call(self, m: State, t: Task, follows: int) -> bool:
        """A call's accesses to memory are not known before it runs: split if any word is shared now."""
        shares_memory = MEMORY in t.places and self.window in self.sharing.windows
        if shares_memory and t.stopped_at is None and len(m.able()) > 1:
            return True
        if len(t.places) > 1 and t.stopped_at is None and self._meets_elsewhere(t) and len(m.able()) > 1:
            return True
        return self.pauses(m, t, t.places[0], True, follows)

    def _meets_elsewhere(self, t: Task) -> bool:
        """Whether the call works on something shared besides what it works on first."""
        return any((self.window, place) in self.sharing.shared for place in t.places[1:])

    def pick(self, m: State, candidates: list[int]) -> int | None:
        """Leave the choice to the walk."""
        if self.picks:
            choice, self.picks = self.picks[0], self.picks[1:]
            return choice
        self.undecided = tuple(candidates)
        return None

    def rests(self, m: State) -> None:
        """A new window begins."""
        self.window += 1
        self.ordered = self.fuel_matters or self.window in self.sharing.ordered

    def touches(self, m: State, t: Task, place: Place, write: bool) -> None:
        """What one head shows, and what another head shows, are in order."""
        who = _HEADS if place == SHOWN and t.role is HEAD else t.index
        locked = place == LISTS and m.has_lock(t) and not m.has_several_locks()
        self.sharing.note(self.window, _own(m, t, place), who, write, locked)

    def touches_memory(self, m: State, t: Task, address: int, count: int, write: bool) -> None:
        """Note every word of an access."""
        offset = address - BASE
        if offset < 0 or offset >= ARENA:
            return
        locked = m.has_lock(t) and not m.has_several_locks()
        if self.arriving:
            self.reaches_for(m, t, address, count)
        for word in range(offset >> 3, (min(offset + count, ARENA) + 7) >> 3):
            self.sharing.note(self.window, word, t.index, write, locked)

    def reaches_for(self, m: State, t: Task, address: int, count: int) -> None:
        """An access to a page that was cold at first would be another one before it came in."""
        offset = address - BASE
        for page in self.arriving:
            if offset < (page + 1) * PAGE and page * PAGE < offset + count:
                self.sharing.note(self.window, arrival(page), t.index, False, False)

    # Whether a point is one before something shared

    def _is_shared(self, m: State, t: Task, location: Location, follows: int) -> bool:
        shared, window = self.sharing.shared, self.window
        if self.fuel_matters and follows & BURNS_FUEL:
            return True
        if follows & ON_LISTS and (window, LISTS) in shared:
            return True
        if location == STEP and self._step_matters(m, t):
            return True
        if self.ordered and self._may_show(m, t, location, follows):
            return True
        if not isinstance(location, int):
            return (window, _own(m, t, location)) in shared
        offset = location - BASE
        if (window, offset >> 3) in shared or (bool(offset & 7) and (window, (offset + 7) >> 3) in shared):
            return True
        return bool(self.arriving) and self._may_arrive(offset)

    def _step_matters(self, m: State, t: Task) -> bool:
        """Steps in user mode touch what they touch without a point of its own; a call has one."""
        step, all_steps = t.family.thread.step, m.image.steps
        return step < len(all_steps) and all_steps[step][0] not in (OP_CALL, OP_SETTLE)

    def _may_show(self, m: State, t: Task, location: Location, follows: int) -> bool:
        """Whether the task might show an event before its next point: the head, or a threadlet.

        Not in the middle of fetching an atom: there only a fault, or the last word of an atom that makes no call,
        can lead to the end of the chain.
        """
        if t.role is not HEAD and t.script is None:
            return False
        if location == PLAIN:
            return False
        if location == STEP:
            step, all_steps = t.family.thread.step, m.image.steps
            return step < len(all_steps) and all_steps[step][0] == OP_CALL and all_steps[step][1] >= NR_TABLE
        if isinstance(location, int) and follows & (QUIET | QUIET_TO_NULL):
            value = m.load(location)
            return value is None or (bool(follows & QUIET_TO_NULL) and not value)
        return True

    def _may_arrive(self, offset: int) -> bool:
        """Whether a page of the word might come in in this window."""
        shared, window = self.sharing.shared, self.window
        return any((window, arrival(page)) in shared for page in {offset // PAGE, (offset + 7) // PAGE})


class Spent(Exception):
    """The effort that a walk may take is spent."""


class Effort:
    """Blocks that were run, and how many may be; a state of many tasks costs more to copy and to compare."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.spent = 0

    def take(self, m: Machine) -> None:
        """One block more. Raises Spent."""
        if self.spent >= self.limit:
            raise Spent
        self.spent += 1 + len(m.tasks) // 16


class Run(NamedTuple):
    """A run at its end, or where it left the trace that it is compared with."""

    machine: Machine
    difference: Difference | None


Rank = Callable[[Machine, Task], int]


def explorer_of(m: Machine) -> Explorer:
    """The explorer that decides for a machine."""
    assert isinstance(m.chooser, Explorer)
    return m.chooser


def begin(m: Machine) -> Machine:
    """A machine at its start, ready to be walked from."""
    explorer_of(m).arriving = m.cold
    return m


def walk(
    start: Machine, effort: Effort, identity: Callable[[Machine], Hashable] = State.state, rank: Rank | None = None
) -> Iterator[Run]:
    """Every run from `start`, depth first; a state that was met before is not run on from again.

    Of several threads the first begins (D130).

    Args:
        start: a machine with an `Explorer` (`begin`).
        effort: blocks that may be run.
        identity: what makes two states one.
        rank: which of several tasks that can go on is tried first, the smallest; without it, the longest runnable.

    Raises:
        Spent: the effort was not enough.
    """
    visited: set[Hashable] = set()
    stack: list[tuple[Machine, int | None]] = [(start, 0 if len(start.families) > 1 else None)]
    while stack:
        m, mover = stack.pop()
        while True:
            effort.take(m)
            try:
                _move(m, mover)
            except Difference as difference:
                yield Run(m, difference)
                _probe(m, effort)
                break
            if m.ended is not None:
                yield Run(m, None)
                break
            branches = _branches(m, rank)
            if len(branches) > 1:
                state = identity(m)
                if state in visited:
                    break
                visited.add(state)
                stack.extend(reversed(branches[1:]))
            m, mover = branches[0]


def _move(m: Machine, mover: int | None) -> None:
    """Run one block, or let time pass. Raises Difference."""
    if mover is not None:
        explorer_of(m).go(m, m.tasks[mover])
    elif not m.able():
        steps.nothing_runs(m)


def _probe(m: Machine, effort: Effort) -> None:
    """Let each task that could have run instead touch what it would have touched, after a run was cut short.

    Without this a conflict could stay unknown because the run that shows it never gets that far. The access may lie
    some blocks ahead, behind things that are split already.
    """
    for task in m.able():
        if task is not m.running:
            with suppress(Difference):
                _touch_on(m.copy(), task.index, m.running.index, effort)


def _touch_on(m: Machine, mover: int, cut: int, effort: Effort) -> None:
    """Run a task, and behind it those that still can, but for the one whose run was cut. Raises Difference."""
    for _ in range(_AHEAD):
        effort.spent += 1
        explorer_of(m).go(m, m.tasks[mover])
        able = [] if m.ended is not None or explorer_of(m).undecided else [t.index for t in m.able() if t.index != cut]
        if not able:
            break
        mover = mover if mover in able else able[0]


def _branches(m: Machine, rank: Rank | None) -> list[tuple[Machine, int | None]]:
    """Who may go on, each in a machine of its own where there are several; None is time."""
    undecided = explorer_of(m).undecided
    if undecided:
        return [_decided(m, candidate) for candidate in undecided]
    able = m.able()
    if len(able) < 2:
        return [(m, able[0].index if able else None)]
    movers = able if rank is None else sorted(able, key=lambda t: rank(m, t))
    return [(m.copy(), task.index) for task in movers]


def _decided(m: Machine, candidate: int) -> tuple[Machine, int]:
    other = m.copy()
    explorer = explorer_of(other)
    explorer.undecided, explorer.picks = (), (candidate,)
    return other, m.running.index


def blocks_of(m: Machine) -> tuple[Block, ...]:
    """The blocks by which a machine came where it is."""
    found = []
    path = explorer_of(m).path
    while path is not None:
        found.append(path.block)
        path = path.before
    return tuple(reversed(found))


class Retraced(Chooser):
    """Takes the picks of a path; `retrace` lets the blocks run."""

    def __init__(self) -> None:
        super().__init__(0)
        self.picks: tuple[int, ...] = ()

    def pick(self, m: State, candidates: list[int]) -> int | None:
        """See `Chooser`."""
        if not self.picks:
            return None
        choice, self.picks = self.picks[0], self.picks[1:]
        return choice


def retrace(m: Machine, chooser: Retraced, blocks: tuple[Block, ...]) -> None:
    """Run a fresh machine the way of a path, to its end or where the path ends. Raises Difference."""
    for block in blocks:
        while not m.able():
            steps.nothing_runs(m)
        chooser.picks = block.picks
        m.allow(block.points)
        m.run(m.tasks[block.task])
    while m.ended is None and not m.able():
        steps.nothing_runs(m)
