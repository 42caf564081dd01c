# SPDX-License-Identifier: Apache-2.0
"""A machine whose next mover is open: where runs must be split so that no behaviour is missed.

A block runs one task from one split to the next. Splitting before every access would be right and hopeless; it is
enough to split before accesses that two tasks may make in the same window (between two moments of rest) with
one of them writing. Which ones those are is found out, not guessed: a search notes who touched what, and
when something turns out to be shared that was not split, it starts again with that knowledge. When nothing new
turns up, every conflict that any run could have met was split (docs/design/checker.md has the argument).

Accesses under the completion lock exclude each other, so two of them are no conflict.
"""

from typing import Final, NamedTuple, Self

from mypy_extensions import mypyc_attr

from model.abi import ATOM_FLAGS, ATOM_NEXT, ATOM_NR, ATOM_RET_PTR, MAX_ARGS, NR_TABLE, SYSLET_STOP_MASK
from model.image import ARENA, BASE, OP_CALL, OP_SETTLE, PAGE, PAGES
from model.spec.calls import location, works_on_memory
from model.spec.chain import fetch
from model.spec.machine import ARRIVALS, LISTS, NO_PAGES, NOBODY, PLAIN, PRIVATE, SHOWN, STEP, Machine, Task
from model.spec.steps import others, run_task
from model.trace import Role

_READ_OPEN: Final = 0
_WRITE_OPEN: Final = 1
_READ_LOCKED: Final = 2
_WRITE_LOCKED: Final = 3

_HEADS: Final = 256
"""Among the tasks that show something: whoever is head. One head follows the other, so they are one."""
_NAMED: Final = (PRIVATE, PLAIN, STEP)
"""Points before things that are private, or that the rule notes itself."""
_WORDS_OF_AN_ATOM: Final = (ATOM_FLAGS, ATOM_NR, ATOM_RET_PTR, ATOM_NEXT)


class Decision(NamedTuple):
    """After `atom`, a task's chain went on as `clause` says; `bits` are the atom's stop bits."""

    task: int
    chain: int
    atom: int
    clause: int
    bits: int


class Sharing:
    """Who touched what in which window, and what is therefore shared. Grows from one search to the next.

    `windows` are those in which memory is shared, `ordered` those in which two tasks show events.
    """

    def __init__(self) -> None:
        self.shared: set[tuple[int, int]] = set()
        self.windows: set[int] = set()
        self.ordered: set[int] = set()
        self.grew = False
        self._touched: dict[tuple[int, int], list[int]] = {}

    def note(self, window: int, location: int, task: int, write: bool, locked: bool) -> None:
        """One access; `location` is a word's number in the arena or a negative name."""
        key = (window, location)
        if key in self.shared:
            return
        record = self._touched.get(key)
        if record is None:
            record = self._touched[key] = [0, 0, 0, 0]
        record[2 * locked + write] |= 1 << task
        if self._conflict(record):
            self.shared.add(key)
            if location >= 0 or ARRIVALS - PAGES < location <= ARRIVALS:
                self.windows.add(window)
            elif location == SHOWN:
                self.ordered.add(window)
            self.grew = True

    @staticmethod
    def _conflict(record: list[int]) -> bool:
        """Whether two tasks met here, one of them writing, not both under the lock."""
        read, write, read_locked, write_locked = record
        everybody = read | write | read_locked | write_locked
        open_write = bool(write) and bool(everybody & ~write or write & (write - 1))
        reads_open = read and write_locked and (read | write_locked) & ((read | write_locked) - 1)
        return bool(open_write or reads_open)


@mypyc_attr(allow_interpreted_subclasses=True)
class Explorer(Machine):
    """See the module's text. `window` counts the moments of rest; `undecided`: a futex wake's candidates."""

    unasked = 0
    fuel_matters = False
    """Tasks compete for fuel: only in traces that end for want of it does it matter who burns it when.

    The end is shown by whoever burns the last of it, so there the order of all that is shown is open.
    """
    sharing: Sharing
    window = 0
    running: Task
    arriving: frozenset[int] = NO_PAGES
    """Pages that were cold at first."""
    ordered = False
    """Two tasks show events in this window: their order is open."""
    undecided: list[int] | None = None
    lost = NOBODY
    withheld: dict[int, int]
    trail: tuple[Decision, ...] = ()

    def prepare(self, sharing: Sharing) -> None:
        """Start to explore, with what is known to be shared."""
        self.sharing = sharing
        self.withheld = {}
        self.running = self.head
        self.arriving = self.cold
        self.ordered = self.fuel_matters or self.window in sharing.ordered

    def go(self, task: Task) -> None:
        """Run one block of a task. One that wakes tries again at the object it slept on, without a point."""
        self.running = task
        if not task.stopped and task.place != PRIVATE:
            self.sharing.note(self.window, task.place, task.index, True, False)
        run_task(self, task)

    def pause(self, task: Task, location: int, write: bool, lists: bool = False) -> bool:
        """Split here if somebody else could run and could notice."""
        if task.stopped:
            task.stopped = False
        elif len(self.runnable) > 1 and len(others(self)) > 1 and self._is_shared(task, location, lists):
            task.stopped = True
            return True
        if location >= 0:
            self.touch(location, 8, write)
        elif location not in _NAMED:
            locked = location == LISTS and self.lock_owner == task.index
            self.sharing.note(self.window, location, task.index, write, locked)
        return False

    def pause_call(self, task: Task) -> bool:
        """A call's accesses to memory are not known before it runs: split if any word is shared now."""
        task.place = location(task)
        return self._pause_at_place(task)

    def pause_inside(self, task: Task) -> bool:
        """As before a call: what follows works on the same object, and on memory."""
        return self.deep and self._pause_at_place(task)

    def _pause_at_place(self, task: Task) -> bool:
        place = task.place
        touches_shared = works_on_memory(task) and self.window in self.sharing.windows
        if touches_shared and not task.stopped and len(others(self)) > 1:
            task.stopped = True
            return True
        return self.pause(task, place, True, task.armed)

    def _is_shared(self, task: Task, location: int, lists: bool) -> bool:
        shared, window = self.sharing.shared, self.window
        if self.fuel_matters and location == task.atom + ATOM_NR:
            return True
        if lists and (window, LISTS) in shared:
            return True
        if location == STEP and self._step_matters():
            return True
        if self.ordered and self._may_show(task, location):
            return True
        if location < 0:
            return (window, location) in shared
        offset = location - BASE
        if (window, offset >> 3) in shared or (bool(offset & 7) and (window, (offset + 7) >> 3) in shared):
            return True
        return bool(self.arriving) and self._may_arrive(offset)

    def _step_matters(self) -> bool:
        """Steps in user mode touch what they touch without a point of its own; a call has one."""
        if self.step == len(self.image.steps):
            return False
        return self.image.steps[self.step][0] not in (OP_CALL, OP_SETTLE)

    def _may_show(self, task: Task, location: int) -> bool:
        """Whether the task might show an event before its next point: the head, or a threadlet.

        Not in the middle of fetching an atom: there only a fault, or the last word of an atom that makes no call,
        can lead to the end of the chain.
        """
        if task.role != Role.HEAD and task.script is None:
            return False
        if location == PLAIN:
            return False
        if location == STEP:
            steps = self.image.steps
            return self.step < len(steps) and steps[self.step][0] == OP_CALL and steps[self.step][1] >= NR_TABLE
        if task.phase is fetch and len(task.args) < MAX_ARGS - 1:
            value = self.load(location)
            in_front = not task.args and location - task.atom in _WORDS_OF_AN_ATOM
            return value is None or not (value or in_front)
        return True

    def _may_arrive(self, offset: int) -> bool:
        """Whether a page of the word might come in in this window."""
        shared, window = self.sharing.shared, self.window
        return any((window, ARRIVALS - page) in shared for page in {offset // PAGE, (offset + 7) // PAGE})

    def touch(self, address: int, count: int, write: bool) -> None:
        """Note every word of an access."""
        offset = address - BASE
        if offset < 0 or offset >= ARENA:
            return
        task = self.running.index
        locked = self.lock_owner == task
        if self.arriving:
            self._touch_pages(offset, count)
        for word in range(offset >> 3, (min(offset + count, ARENA) + 7) >> 3):
            self.sharing.note(self.window, word, task, write, locked)

    def span(self, address: int, count: int, kind: int) -> int:
        """See `Machine.span`. What is not accessible may become so."""
        if self.arriving:
            self._touch_pages(address - BASE, count)
        return super().span(address, count, kind)

    def _touch_pages(self, offset: int, count: int) -> None:
        """An access to a page that was cold at first would be another one before it came in."""
        for page in self.arriving:
            if offset < (page + 1) * PAGE and page * PAGE < offset + count:
                self.sharing.note(self.window, ARRIVALS - page, self.running.index, False, False)

    def rest(self) -> None:
        """A new window begins: nobody is in the middle of anything."""
        self.window += 1
        self.ordered = self.fuel_matters or self.window in self.sharing.ordered

    def touch_lists(self) -> None:
        """Note an access to the lists."""
        task = self.running.index
        self.sharing.note(self.window, LISTS, task, True, self.lock_owner == task)

    def touch_thing(self, name: int, write: bool) -> None:
        """Note an access to something with a name. What a head shows, and what another head shows, are in order."""
        task = self.running
        who = _HEADS if name == SHOWN and task.role == Role.HEAD else task.index
        self.sharing.note(self.window, name, who, write, False)

    def pick(self, candidates: list[int]) -> int:
        """Leave the choice to the search."""
        if self.picks:
            return self.picks.pop(0)
        self.undecided = candidates
        return NOBODY

    def withhold(self, address: int, clause: int) -> None:
        """Remember what a clause kept from being written, for blame."""
        if 0 <= address - BASE < ARENA:
            self.withheld = {**self.withheld, (address - BASE) >> 3: clause}
        self.lost = clause

    def decided(self, task: Task, clause: int) -> None:
        """Remember how a chain went on, for blame."""
        bits = task.flags & SYSLET_STOP_MASK
        self.trail = (*self.trail, Decision(task.index, task.chain, task.atom, clause, bits))

    def copy(self) -> Self:
        """See `Machine.copy`."""
        other = super().copy()
        other.sharing, other.window, other.ordered = self.sharing, self.window, self.ordered
        other.fuel_matters, other.arriving = self.fuel_matters, self.arriving
        other.undecided, other.lost = self.undecided, self.lost
        other.withheld, other.trail = self.withheld, self.trail
        other.running = other.tasks[self.running.index]
        return other
