# SPDX-License-Identifier: Apache-2.0
"""What a rule asks, and how the answers are kept.

A rule is one function of the machine and the running task, from top to bottom. It asks the machine for everything that
another task could notice or change. A task that has to stop keeps the answers it got; when it goes on, its rule runs
again from the beginning and is fed them. So a rule never looks at live state between two questions: it asks in a
*moment*, a function that runs once. Copying a task is copying a tuple (docs/design/architecture.md has the reasons).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar, TypeVarTuple

from mypy_extensions import mypyc_attr

from model import abi
from model.abi import MASK
from model.image import ARENA, BASE
from model.spec import events as ev
from model.spec.memory import READ, WRITE
from model.spec.names import COMPLETION_LOCK, LOCK_QUEUE, NOTHING, ON_LISTS, Location, Queue, queue_of
from model.spec.state import ABSENT, State
from model.spec.task import STOPPED, Next, Task
from model.spec.world.objects import places_of
from model.trace import NO_CALL

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

Given = tuple[int, int]
"""The result of a call as an unsigned word, and the number of the clause that demands it."""
Handler = Callable[["Machine", Task, tuple[int, ...]], Given | None]
"""A system call: from its six arguments to its result. None: it does not return now (`not_back`)."""

_DONE: Final = True
"""The answer of a primitive that tells nothing."""


class Stopped(Exception):
    """The task lets others go first, or sleeps. Its rule is run again from its beginning, with the answers it has.

    Where the model is compiled, an exception costs as much as an atom in each function that it leaves. So most rules
    and calls that stop give None instead, at a point that `passes` or `passes_before_call` denied, too.
    """


class Fault(Exception):
    """A word of user memory, at `address`, cannot be reached."""

    def __init__(self, address: int) -> None:
        super().__init__(address)
        self.address = address & MASK


def not_back(m: Machine, t: Task) -> Next:
    """A call did not return: the task sleeps in it or stopped at a point of it, or has another rule."""
    return STOPPED if t.asleep or m.stopped else (t.rule, t.given)


@mypyc_attr(allow_interpreted_subclasses=True)  # so that copy() makes one without __init__
class Machine(State):
    """A state with the answers of the running task.

    Attributes:
        log: the answers of the running task; the last `left` of them were given before and are still to be given again.
    """

    __slots__ = ()

    def run(self, t: Task) -> None:
        """Let a task run until it sleeps, ends, or must let another go first."""
        self.running = t
        self.stopped = False
        self.log = list(t.answers)
        self.left = len(self.log)
        if self.listener is not None:
            self.tell(t, ev.Runs)
        try:
            while (rule := t.rule) is not None:
                given = t.given  # two things, or none, as a rule, and a star is slow
                if len(given) == 2:
                    following = rule(self, t, given[0], given[1])
                else:
                    following = rule(self, t, *given) if given else rule(self, t)
                if following is None:
                    break
                t.rule, t.given = following
                self.log.clear()
                self.left = 0
        except Stopped:
            pass
        t.answers = tuple(self.log)
        if self.dozing:
            self.wake_dozing()

    # Moments and loops

    def again(self) -> Any:
        """The next of the answers that were given before, if any are `left`."""
        value = self.log[-self.left]
        self.left -= 1
        return value

    def keep(self, value: T) -> T:
        """A new answer: `m.again() if m.left else m.keep(moment())` is `m.once(moment)` where that says nothing."""
        self.log.append(value)
        return value

    def once(self, moment: Callable[[*Ts], T], *args: *Ts) -> T:
        """What happens in one moment, and once."""
        if self.left:
            return self.again()  # type: ignore[no-any-return]
        value = moment(*args) if self.listener is None else self._heard(moment, args)
        self.log.append(value)
        return value

    def sleep_until(
        self, t: Task, call: int, queue: Queue | None, moment: Callable[[*Ts], T | None], *args: *Ts
    ) -> T | None:
        """Not ready (None): the task sleeps until `wake(queue)`, or until another one wakes it, then it looks again."""
        if self.left:
            return self.again()  # type: ignore[no-any-return]
        value = moment(*args) if self.listener is None else self._heard(moment, args)
        if value is None:
            self.sleep(t, call, queue)
        else:
            self.log.append(value)
        return value

    def sleep_once(self, t: Task, call: int, queue: Queue | None = None, ticks: int = 0) -> None:
        """Sleep until `wake(queue)`, or for so many ticks, or until another task wakes this one."""
        if not self.has_slept(t, call, queue, ticks):
            raise Stopped

    def has_slept(self, t: Task, call: int, queue: Queue | None = None, ticks: int = 0) -> bool:
        """The same for a call that gives None itself. False: the task sleeps now."""
        if self.left:
            self.left -= 1
            return True
        self.log.append(_DONE)
        if ticks:
            self.add_timer(t, self.now + ticks)
        self.sleep(t, call, queue)
        return False

    def mark(self) -> int:
        """Where a loop's turns begin, for `turn`."""
        return len(self.log) - self.left

    def turn(self, mark: int, carried: T) -> T:
        """A loop begins a turn with what it carries: the answers of earlier turns are forgotten."""
        if self.left:
            return self.again()  # type: ignore[no-any-return]
        del self.log[mark:]
        return self.keep(carried)

    def _heard(self, moment: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        """A moment says what it does at once, since it is not run again."""
        self.in_moment = True
        try:
            return moment(*args)
        finally:
            self.in_moment = False

    # Schedule points, and memory behind them

    def point(self, t: Task, location: Location, write: bool, follows: int = NOTHING) -> None:
        """A schedule point before an access; `follows`: what else may be done before the next one (`names`)."""
        if not self.passes(t, location, write, follows):
            raise Stopped

    def passes(self, t: Task, location: Location, write: bool, follows: int = NOTHING) -> bool:
        """The same for a rule that gives `STOPPED` itself. False: the task lets another one go first."""
        if self.left:
            self.left -= 1
            return True
        if self.quantum:
            self.quantum -= 1
        elif self._stops(t, location, write, follows):
            return False
        self.log.append(_DONE)
        return True

    def _stops(self, t: Task, location: Location, write: bool, follows: int) -> bool:
        return self._meet(t, location, not self.allowance and self.chooser.pauses(self, t, location, write, follows))

    def _meet(self, t: Task, location: Location, stops: bool) -> bool:
        """The task passes a point, or stops at it; gives whether it stops."""
        t.stopped_at = location if stops else None
        self.stopped = stops
        if self.listener is not None:
            if self.allowance:
                self.allowance -= 1
            self.tell(t, ev.Preempted if stops else ev.PointPassed, location)
        return stops

    def passes_before_call(self, t: Task, nr: int, args: tuple[int, ...]) -> bool:
        """The schedule point before a call: at what it works on, and perhaps memory. See `passes`."""
        if self.left:
            self.left -= 1
            return True
        t.places = places_of(self.objects, nr, args)
        if self._stops_at_call(t):
            return False
        self.log.append(_DONE)
        if self.listener is not None:
            self.tell(t, ev.CallBegins, nr, args)
        return True

    def point_inside(self, t: Task) -> None:
        """A schedule point inside the code of an object; there is one in deep mode only (D77)."""
        if not self.deep:
            return
        if self.left:
            self.left -= 1
            return
        if self._stops_at_call(t):
            raise Stopped
        self.log.append(_DONE)

    def _stops_at_call(self, t: Task) -> bool:
        if self.quantum:
            self.quantum -= 1
            return False
        follows = ON_LISTS if t.armed else NOTHING
        return self._meet(t, t.places[0], not self.allowance and self.chooser.pauses_at_call(self, t, follows))

    def read(self, t: Task, address: int, follows: int = NOTHING) -> int:
        """One word of user memory, after its point. Raises Fault. May sleep for a page."""
        if self.left:
            value: int | None = self.log[-self.left]
            self.left -= 1
        else:
            if self.quantum:
                self.quantum -= 1
            elif self._stops(t, address & MASK, False, follows):
                raise Stopped
            offset = address - BASE
            if not offset & 7 and 0 <= offset < ARENA and self.pages[offset >> 12]:
                value = self.words[offset >> 3]
            else:
                value = self.load(address)
            self.log.append(value)
        if value is None:
            raise Fault(address)
        return value

    def write(self, t: Task, address: int, value: int, clause: int, follows: int = NOTHING) -> None:
        """Write one word, after its point, because of a clause. Raises Fault. May sleep for a page."""
        if self.left:
            done: bool = self.again()
        else:
            if self.quantum:
                self.quantum -= 1
            elif self._stops(t, address & MASK, True, follows):
                raise Stopped
            done = self.store(address, value) if self.listener is None else self.store_word(t, address, value, clause)
            self.log.append(done)
        if not done:
            raise Fault(address)

    def peek(self, t: Task, address: int) -> int:
        """As `read`, for user mode: without a point of its own."""
        if self.left:
            value: int | None = self.again()
        else:
            if self.noter is not None:
                self.touch_memory(t, address, abi.WORD, write=False)
            value = self.load(address)
            self.log.append(value)
        if value is None:
            raise Fault(address)
        return value

    def poke(self, t: Task, address: int, value: int, clause: int) -> None:
        """As `write`, for user mode: without a point of its own."""
        if self.left:
            done: bool = self.again()
        else:
            if self.noter is not None:
                self.touch_memory(t, address, abi.WORD, write=True)
            done = self.store(address, value) if self.listener is None else self.store_word(t, address, value, clause)
            self.log.append(done)
        if not done:
            raise Fault(address)

    def copy_from_user(self, t: Task, address: int, count: int) -> bytes:
        """So many bytes of user memory, fewer up to a fault. Without a point of its own. May sleep."""
        if self.left:
            return self.again()  # type: ignore[no-any-return]
        data = self.get(address, self.span(address, count, READ))
        self.touch_memory(t, address, len(data), write=False)
        return self.keep(data)

    def copy_to_user(self, t: Task, address: int, data: bytes, clause: int, cut: int | None = None) -> int:
        """Write bytes because of a clause (`cut` if a fault ends it); gives how many. Without a point. May sleep."""
        if self.left:
            return self.again()  # type: ignore[no-any-return]
        room = self.span(address, len(data), WRITE)
        if room:
            before = b"" if self.listener is None else self.get(address, room)
            self.put(address, data if room == len(data) else data[:room])
            self.touch_memory(t, address, room, write=True)
            if self.listener is not None:
                why = clause if room == len(data) or cut is None else cut
                self.tell(t, ev.MemoryWritten, address, room, before, why)
        return self.keep(room)

    # The completion lock, and marks: changed only here, by an event that names the clause

    def lock(self, t: Task) -> bool:
        """The completion lock of the head (D36), after a point. False: another has it, and the task sleeps."""
        self.point(t, COMPLETION_LOCK, True)
        if self.left:
            self.left -= 1
            return True
        locked = self.lock_family(t)
        if locked.lock_owner is not None:
            self.tell(t, ev.LockHeld, locked.lock_owner)
            self.sleep(t, NO_CALL, queue_of(LOCK_QUEUE, locked.number))
            return False
        locked.lock_owner = t.index
        if self.listener is not None:
            self.tell(t, ev.LockTaken)
        if len(self.families) > 1:
            self._meet_other_lock(t)
        self.log.append(_DONE)
        return True

    def _meet_other_lock(self, t: Task) -> None:
        """GROUP-2: the lock of another family may be held at the same time."""
        for other in self.families:
            if other is not self.lock_family(t) and other.lock_owner is not None:
                self.tell(t, ev.OtherLockHeld, other.lock_owner)

    def unlock(self, t: Task) -> None:
        """Let the completion lock go."""
        if self.left:
            self.left -= 1
            return
        self.release_lock(t)
        self.log.append(_DONE)

    def release_lock(self, t: Task) -> None:
        """The same in a moment."""
        locked = self.lock_family(t)
        locked.lock_owner = None
        if self.waiters:
            self.wake(t, queue_of(LOCK_QUEUE, locked.number))

    def enter(self, t: Task, armed: bool, event: Any, *facts: Any) -> bool:
        """By this event the task is inside a chain or a threadlet, armed or not; gives whether it was armed."""
        if self.left:
            return self.again()  # type: ignore[no-any-return]
        self.tell(t, event, *facts)
        before, t.inside, t.armed = t.armed, True, armed
        return self.keep(before)

    def leave(self, t: Task, event: Any, *facts: Any) -> None:
        """By this event the task is inside nothing, and not armed."""
        if self.left:
            self.left -= 1
            return
        self.tell(t, event, *facts)
        t.inside = t.armed = False
        self.log.append(_DONE)

    # Results

    def gives(self, t: Task, value: int, event: Any, a: Any = ABSENT, b: Any = ABSENT) -> Given:
        """The result of a call, and the event that says why."""
        if self.listener is None:
            self.said.add(event)
        else:
            self.say(t, event, a, b)
        return value if value >= 0 else value & MASK, event.clause

    def copy(self) -> Machine:
        """An independent machine in the same state."""
        other = Machine.__new__(Machine)
        self.copy_into(other)
        return other
