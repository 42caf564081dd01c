# SPDX-License-Identifier: Apache-2.0
"""What a rule asks, and how the answers are kept.

A rule is one function of the machine and the running task, from top to bottom. It asks the machine for everything that
another task could notice or change. A task that has to stop keeps the answers it got; when it goes on, its rule runs
again from the beginning and is fed them. So a rule never looks at live state between two questions: it asks in a
*moment*, a function that runs once. Copying a task is copying a tuple (docs/design/architecture.md has the reasons).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final, TypeVar, TypeVarTuple, overload

from mypy_extensions import mypyc_attr

from model import abi
from model.image import ARENA, BASE
from model.spec import events as ev
from model.spec.memory import READ, WRITE
from model.spec.names import COMPLETION_LOCK, LOCK_QUEUE, NOTHING, ON_LISTS, Location, Queue
from model.spec.state import ABSENT, State
from model.spec.task import Rule, Task
from model.spec.world.objects import places_of
from model.trace import NO_CALL

T = TypeVar("T")
A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
D = TypeVar("D")
E = TypeVar("E")
F = TypeVar("F")
Ts = TypeVarTuple("Ts")

Given = tuple[int, int]
"""The result of a call as an unsigned word, and the number of the clause that demands it."""
Handler = Callable[["Machine", Task, tuple[int, ...]], Given]
"""A system call: from its six arguments to its result."""

_DONE: Final = True
"""The answer of a primitive that tells nothing."""


class Stopped(Exception):
    """The task lets another go first, or sleeps. Its rule is run again from its beginning, with the answers it has."""


class Left(Exception):
    """A call does not return to where it was made: the task goes on with another rule (`Machine.go_on`)."""


class Fault(Exception):
    """A word of user memory cannot be reached.

    Attributes:
        address: where it is.
    """

    def __init__(self, address: int) -> None:
        super().__init__(address)
        self.address = address


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
        self.log = list(t.answers)
        self.left = len(self.log)
        if self.listener is not None:
            self.tell(t, ev.Runs)
        try:
            while (rule := t.rule) is not None:
                given = t.given
                count = len(given)
                try:  # calls with two arguments, or none, are nearly all, and faster than one with a star
                    if count == 2:
                        rule(self, t, given[0], given[1])
                    elif count:
                        rule(self, t, *given)
                    else:
                        rule(self, t)
                except Left:
                    pass
            t.answers = ()
        except Stopped:
            t.answers = tuple(self.log)
        self.in_moment = False

    def go_on(
        self, t: Task, rule: Rule | None, a: Any = ABSENT, b: Any = ABSENT, c: Any = ABSENT, d: Any = ABSENT
    ) -> None:
        """The rule ends, and the task goes on with another one, with these arguments and no answers."""
        t.rule = rule
        if a is ABSENT:
            t.given = ()
        elif b is ABSENT:
            t.given = (a,)
        elif c is ABSENT:
            t.given = (a, b)
        else:
            t.given = (a, b, c) if d is ABSENT else (a, b, c, d)
        self.log.clear()
        self.left = 0

    # Moments and loops

    # The overloads say that a moment gets the arguments it takes. A star would do, and cost more than the moment.

    @overload
    def once(self, moment: Callable[[A], T], a: A, /) -> T: ...

    @overload
    def once(self, moment: Callable[[A, B], T], a: A, b: B, /) -> T: ...

    @overload
    def once(self, moment: Callable[[A, B, C], T], a: A, b: B, c: C, /) -> T: ...

    @overload
    def once(self, moment: Callable[[A, B, C, D], T], a: A, b: B, c: C, d: D, /) -> T: ...

    @overload
    def once(self, moment: Callable[[A, B, C, D, E], T], a: A, b: B, c: C, d: D, e: E, /) -> T: ...

    @overload
    def once(self, moment: Callable[[A, B, C, D, E, F], T], a: A, b: B, c: C, d: D, e: E, f: F, /) -> T: ...

    def once(
        self, moment: Callable[..., Any], a: Any, b: Any = ABSENT, c: Any = ABSENT, d: Any = ABSENT, e: Any = ABSENT,
        f: Any = ABSENT, /,
    ) -> Any:  # fmt: skip
        """What happens in one moment, and once."""
        if self.left:
            value = self.log[-self.left]
            self.left -= 1
            return value
        if self.listener is not None:
            value = self._heard(moment, [x for x in (a, b, c, d, e, f) if x is not ABSENT])
        elif c is ABSENT:
            value = moment(a) if b is ABSENT else moment(a, b)
        elif d is ABSENT:
            value = moment(a, b, c)
        elif e is ABSENT:
            value = moment(a, b, c, d)
        else:
            value = moment(a, b, c, d, e) if f is ABSENT else moment(a, b, c, d, e, f)
        self.log.append(value)
        return value

    def sleep_until(self, t: Task, call: int, queue: Queue | None, moment: Callable[[*Ts], T | None], *args: *Ts) -> T:
        """Not ready (None): sleep until `wake(queue)`, or until another task wakes this one, then look again."""
        if self.left:
            return self._again()  # type: ignore[no-any-return]
        value = moment(*args) if self.listener is None else self._heard(moment, args)
        if value is None:
            self.sleep(t, call, queue)
            raise Stopped
        self.log.append(value)
        return value

    def sleep_once(self, t: Task, call: int, queue: Queue | None = None, ticks: int = 0) -> None:
        """Sleep until `wake(queue)`, or for so many ticks, or until another task wakes this one."""
        if self.left:
            self.left -= 1
            return
        self.log.append(_DONE)
        if ticks:
            self.add_timer(t, self.now + ticks)
        self.sleep(t, call, queue)
        raise Stopped

    def mark(self) -> int:
        """Where a loop's turns begin, for `turn`."""
        return len(self.log) - self.left

    def turn(self, mark: int, carried: T) -> T:
        """A loop begins a turn with what it carries: the answers of earlier turns are forgotten."""
        if self.left:
            return self._again()  # type: ignore[no-any-return]
        del self.log[mark:]
        self.log.append(carried)
        return carried

    def _again(self) -> Any:
        """The next of the answers that were given before."""
        value = self.log[-self.left]
        self.left -= 1
        return value

    def _heard(self, moment: Callable[..., Any], args: Iterable[Any]) -> Any:
        """A moment says what it does at once, since it is not run again."""
        self.in_moment = True
        try:
            return moment(*args)
        finally:
            self.in_moment = False

    # Schedule points, and memory behind them

    def point(self, t: Task, location: Location, write: bool, follows: int = NOTHING) -> None:
        """A schedule point before an access; `follows`: what else may be done before the next one (`names`)."""
        if self.left:
            self.left -= 1
            return
        if self.quantum:
            self.quantum -= 1
        else:
            self._ask(t, location, write, follows)
        self.log.append(_DONE)

    def _ask(self, t: Task, location: Location, write: bool, follows: int) -> None:
        if self.allowance or not self.chooser.pauses(self, t, location, write, follows):
            self._pass(t, location)
        else:
            self._stop(t, location)

    def _pass(self, t: Task, location: Location) -> None:
        t.stopped_at = None
        if self.listener is not None:
            self.allowance = max(self.allowance - 1, 0)
            self.tell(t, ev.PointPassed, location)

    def _stop(self, t: Task, location: Location) -> None:
        t.stopped_at = location
        if self.listener is not None:
            self.tell(t, ev.Preempted, location)
        raise Stopped

    def point_before_call(self, t: Task, nr: int, args: tuple[int, ...]) -> None:
        """The schedule point before a call: at what it works on, and perhaps memory."""
        if self.left:
            self.left -= 1
            return
        t.places = places_of(nr, args)
        if self.quantum:
            self.quantum -= 1
        else:
            self._ask_at_call(t)
        self.log.append(_DONE)
        if self.listener is not None:
            self.tell(t, ev.CallBegins, nr, args)

    def point_inside(self, t: Task) -> None:
        """A schedule point inside the code of an object; there is one in deep mode only (D77)."""
        if not self.deep:
            return
        if self.left:
            self.left -= 1
            return
        self._ask_at_call(t)
        self.log.append(_DONE)

    def _ask_at_call(self, t: Task) -> None:
        if self.quantum:
            self.quantum -= 1
        elif self.allowance:
            self._pass(t, t.places[0])
        elif self.chooser.pauses_at_call(self, t, ON_LISTS if t.armed else NOTHING):
            self._stop(t, t.places[0])
        else:
            self._pass(t, t.places[0])

    def read(self, t: Task, address: int, follows: int = NOTHING) -> int:
        """One word of user memory, after its point. Raises Fault. May sleep for a page."""
        if self.left:
            value: int | None = self.log[-self.left]
            self.left -= 1
        else:
            address &= abi.MASK
            if self.quantum:
                self.quantum -= 1
            else:
                self._ask(t, address, False, follows)
            offset = address - BASE
            if not offset & 7 and 0 <= offset < ARENA and self.pages[offset >> 12]:
                value = self.words[offset >> 3]
            else:
                value = self.load(address)
            self.log.append(value)
        if value is None:
            raise Fault(address & abi.MASK)
        return value

    def write(self, t: Task, address: int, value: int, clause: int, follows: int = NOTHING) -> None:
        """Write one word, after its point, because of a clause. Raises Fault. May sleep for a page."""
        if self.left:
            done: bool = self.log[-self.left]
            self.left -= 1
        else:
            address &= abi.MASK
            if self.quantum:
                self.quantum -= 1
            else:
                self._ask(t, address, True, follows)
            offset = address - BASE
            if self.listener is None and not offset & 7 and 0 <= offset < ARENA and self.pages[offset >> 12] == WRITE:
                self.written.add(offset >> 3)
                self.words[offset >> 3] = value
                done = True
            else:
                done = self.store_word(t, address, value, clause)
            self.log.append(done)
        if not done:
            raise Fault(address & abi.MASK)

    def peek(self, t: Task, address: int) -> int | None:
        """One word for user mode, without a point of its own; None is a fault."""
        if self.left:
            return self._again()  # type: ignore[no-any-return]
        if self.noter is not None:
            self.touch_memory(t, address, abi.WORD, write=False)
        offset = address - BASE
        if not offset & 7 and 0 <= offset < ARENA and self.pages[offset >> 12]:
            value: int | None = self.words[offset >> 3]
        else:
            value = self.load(address)
        self.log.append(value)
        return value

    def poke(self, t: Task, address: int, value: int, clause: int) -> bool:
        """Write one word for user mode, because of a clause, without a point of its own; False is a fault."""
        if self.left:
            return self._again()  # type: ignore[no-any-return]
        if self.noter is not None:
            self.touch_memory(t, address, abi.WORD, write=True)
        offset = address - BASE
        if self.listener is None and not offset & 7 and 0 <= offset < ARENA and self.pages[offset >> 12] == WRITE:
            self.written.add(offset >> 3)
            self.words[offset >> 3] = value
            done = True
        else:
            done = self.store_word(t, address, value, clause)
        self.log.append(done)
        return done

    def copy_from_user(self, t: Task, address: int, count: int) -> bytes:
        """So many bytes of user memory, fewer up to a fault. Without a point of its own. May sleep."""
        if self.left:
            return self._again()  # type: ignore[no-any-return]
        data = self.get(address, self.span(address, count, READ))
        if self.noter is not None:
            self.touch_memory(t, address, len(data), write=False)
        self.log.append(data)
        return data

    def copy_to_user(self, t: Task, address: int, data: bytes, clause: int, cut: int | None = None) -> int:
        """Write bytes because of a clause (`cut` if a fault ends it); gives how many. Without a point. May sleep."""
        if self.left:
            return self._again()  # type: ignore[no-any-return]
        room = self.span(address, len(data), WRITE)
        if room:
            before = b"" if self.listener is None else self.get(address, room)
            self.put(address, data if room == len(data) else data[:room])
            if self.noter is not None:
                self.touch_memory(t, address, room, write=True)
            if self.listener is not None:
                why = clause if room == len(data) or cut is None else cut
                self.tell(t, ev.MemoryWritten, address, room, before, why)
        self.log.append(room)
        return room

    # The completion lock, and marks: changed only here, by an event that names the clause

    def lock(self, t: Task) -> None:
        """The completion lock of the head (D36): a point, then sleep for as long as another has it."""
        self.point(t, COMPLETION_LOCK, True)
        if self.left:
            self.left -= 1
            return
        if t.family.lock_owner is not None:
            self.tell(t, ev.LockHeld, t.family.lock_owner)
            self.sleep(t, NO_CALL, LOCK_QUEUE)
            raise Stopped
        t.family.lock_owner = t.index
        if self.listener is not None:
            self.tell(t, ev.LockTaken)
        self.log.append(_DONE)

    def unlock(self, t: Task) -> None:
        """Let the completion lock go."""
        if self.left:
            self.left -= 1
            return
        self.release_lock(t)
        self.log.append(_DONE)

    def release_lock(self, t: Task) -> None:
        """The same in a moment."""
        t.family.lock_owner = None
        if self.waiters:
            self.wake(t, LOCK_QUEUE)

    def enter(self, t: Task, armed: bool, event: Any, a: Any = ABSENT, b: Any = ABSENT) -> None:
        """By this event the task is inside a chain or a threadlet, and armed or not."""
        if self.left:
            self.left -= 1
            return
        self.tell(t, event, a, b)
        t.inside, t.armed = True, armed
        self.log.append(_DONE)

    def leave(self, t: Task, event: Any, a: Any = ABSENT, b: Any = ABSENT) -> None:
        """By this event the task is inside nothing, and not armed."""
        if self.left:
            self.left -= 1
            return
        self.tell(t, event, a, b)
        t.inside = t.armed = False
        self.log.append(_DONE)

    def arm(self, t: Task, armed: bool, event: Any, a: Any = ABSENT) -> bool:
        """By this event the task may hand over when it sleeps, or may not; gives what was so before."""
        if self.left:
            return self._again()  # type: ignore[no-any-return]
        before, t.armed = t.armed, armed
        self.tell(t, event, a)
        self.log.append(before)
        return before

    # Results

    def gives(self, t: Task, value: int, event: Any, a: Any = ABSENT, b: Any = ABSENT) -> Given:
        """The result of a call, and the event that says why."""
        if self.listener is None:
            self.said.add(event)
        else:
            self.say(t, event, a, b)
        return value & abi.MASK, event.clause

    def copy(self) -> Machine:
        """An independent machine in the same state."""
        other = Machine.__new__(Machine)
        self.copy_into(other)
        return other
