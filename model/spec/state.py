# SPDX-License-Identifier: Apache-2.0
"""The state of one experiment: memory, tasks, objects, clock; sleeping and waking; who decides and who listens.

Who moves next is decided outside, by a `Chooser`: a run, a log of hints and a search differ in it and in nothing
else. What can be observed goes to an `Observer`, and what is done, event by event, to a `Listener`, if there is one.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

from mypy_extensions import mypyc_attr

from model import abi, clauses
from model.image import FUEL, Image
from model.spec import events as ev
from model.spec import rest
from model.spec.memory import Memory
from model.spec.names import LISTS, Location, Place, Queue
from model.spec.task import HEAD, Family, Rule, Task, UserThread
from model.spec.world.objects import Objects
from model.trace import NO_CALL, End, Role
from model.variant import CompletionLock, Variant

if TYPE_CHECKING:
    from model.spec.machine import Handler
    from model.spec.observer import Observer
    from model.spec.oracle import Oracle

CLAUSES: Final = len(clauses.BY_NUMBER)
_RESULTS: Final = 1024
SWITCHES_AT: Final = CLAUSES + _RESULTS
SWITCHES: Final = 3 * 24 * 24
FEATURES: Final = SWITCHES_AT + SWITCHES
"""Counters of a run: one for each clause, one for each kind of result (hashed), one for each kind of switch."""

_CLAUSES_OF: Final[dict[type[ev.Event], tuple[int, ...]]] = {}
"""The clauses of an event: to look at the attributes of a class is slow."""
_REFUSED: Final = frozenset(abi.REFUSED_CALLS.values())
_ONE_LOCK: Final = CompletionLock.SHARED
UNLIMITED: Final = 1 << 30
"""More schedule points than any task passes."""
ABSENT: Final = object()
"""A fact that an event does not have."""


@mypyc_attr(allow_interpreted_subclasses=True)
class Chooser:
    """Decides at schedule points. This one lets every task go on.

    Attributes:
        points: how far a task goes before it is asked at all.
        notes: it wants to be told of accesses (a search does).
    """

    def __init__(self, points: int = UNLIMITED, *, notes: bool = False) -> None:
        self.points = points
        self.notes = notes

    def pauses(self, m: State, t: Task, location: Location, write: bool, follows: int) -> bool:
        """Whether another task goes first at this point. The same point is asked again afterwards."""
        return True

    def pauses_at_call(self, m: State, t: Task, follows: int) -> bool:
        """The same before a call, or inside one, which works on `t.places`."""
        return self.pauses(m, t, t.places[0], True, follows)

    def pick(self, m: State, candidates: list[int]) -> int | None:
        """Choose one of several tasks, which all may be chosen (D60); None: ask again later."""
        return candidates[0]

    def knows_asleep(self, m: State) -> bool:
        """Whether the running task is known to sleep before its next point."""
        return False

    def rests(self, m: State) -> None:
        """Nothing can run: no task is in the middle of anything."""

    def touches(self, m: State, t: Task, place: Place, write: bool) -> None:
        """Note an access to a place that has no point of its own."""

    def touches_memory(self, m: State, t: Task, address: int, count: int, write: bool) -> None:
        """Note an access to memory that has no point of its own."""

    def reaches_for(self, m: State, t: Task, address: int, count: int) -> None:
        """Note an access to pages that may not be in yet."""

    def copy(self) -> Chooser:
        """One for a copy of the machine."""
        return self


class Listener(Protocol):
    """Hears what is done, event by event, each once.

    Attributes:
        wants: the kinds of events that it hears; None for all.
    """

    wants: frozenset[type[ev.Event]] | None

    def hear(self, machine: State, task: Task | None, event: ev.Event) -> None:
        """`task` did this; None is the experiment itself."""

    def copy(self) -> Listener:
        """One for a copy of the machine."""


class Hooks(NamedTuple):
    """The rules that others end in: how a call of a step returns, the system-call table, what the scheduler calls."""

    step_returns: Rule
    table: dict[int, Handler]
    sleeping: Callable[[State, Task], None]


@mypyc_attr(allow_interpreted_subclasses=True)
class State(Memory):
    """Everything that a machine is, apart from the answers of the running task.

    Attributes:
        said: the kinds of events that were said, heard or not; features: counters to fill, if `noting`.
        tasks: by number; families: by the number of their thread; family, thread: those of thread 0.
        runnable: tasks that can run, longest first. A head is in it even while it settles.
        objects: what calls work on; waiters: sleeping tasks by queue.
        timers: (deadline in ticks, task), earliest first; now: the clock in ticks.
        taken: a bit for each stack that a threadlet has not given back.
        quantum: points that the running task may pass unasked; allowance: the same while a listener hears of points.
        stopped: the running task has stopped at a point, and lets others go first.
        why: number of the clause behind the result at hand.
        deep: there are points inside the code of objects (D77).
        comes_in: some page was cold at first.
        oracle: what tells of opaque calls, None without any; rests: moments of rest that were seen.
        dozing: (task, rests, tick) of those that sleep in an opaque call that will end, but not before that.
    """

    # Slots, since an object with so many attributes in a dictionary is slow.
    __slots__ = (
        "allowance", "chooser", "comes_in", "deep", "dozing", "ended", "families", "family", "features", "fuel",
        "handovers", "hooks", "image", "in_moment", "left", "listener", "log", "noter", "noting", "now", "objects",
        "observer", "oracle", "quantum", "refused_calls", "rests", "runnable", "running", "said", "stopped", "taken",
        "tasks", "thread", "tids", "timers", "variant", "waiters", "wants", "why",
    )  # fmt: skip

    def __init__(
        self, image: Image, variant: Variant, observer: Observer, chooser: Chooser, hooks: Hooks, *,
        tids: tuple[int, ...] = (), features: bytearray | None = None, listener: Listener | None = None,
        deep: bool = False, oracle: Oracle | None = None,
    ) -> None:  # fmt: skip
        super().__init__(image)
        self.image = image
        self.variant = variant
        self.observer = observer
        self.chooser = chooser
        self.noter = chooser if chooser.notes else None
        self.hooks = hooks
        self.listener = listener
        self.wants = None if listener is None else listener.wants
        self.deep = deep
        self.refused_calls = _REFUSED if variant.refused_calls is None else variant.refused_calls
        self.tids = tids
        self.said: set[type[ev.Event]] = set()
        self.features = bytearray() if features is None else features
        self.noting = features is not None
        self.comes_in = bool(self.cold)
        self.log: list[Any] = []
        self.left = 0
        self.in_moment = self.stopped = False
        self.families: list[Family] = []
        self.tasks: list[Task] = []
        for number, (first, end) in enumerate(pairwise(image.starts)):
            self._add_thread(UserThread(number, first, end))
        self.family = self.families[0]
        self.thread = self.family.thread
        self.running = self.tasks[0]
        self.runnable = self.tasks.copy()
        self.objects = Objects.of(image)
        self.waiters: dict[Queue, tuple[int, ...]] = {}
        self.timers: list[tuple[int, int]] = []
        self.now = 0
        self.taken = 0
        self.oracle = oracle
        self.rests = 0
        self.dozing: tuple[tuple[int, int, int], ...] = ()
        self.fuel = FUEL
        self.handovers = 0
        self.why = clauses.STEP_7
        self.ended: End | None = None
        self.quantum = self.allowance = 0
        self.allow(chooser.points)

    def _add_thread(self, thread: UserThread) -> None:
        family = Family(thread)
        head = Task(thread.number, self.tid_of(thread.number), family)
        head.role, head.asleep = HEAD, False
        family.head = head
        self.families.append(family)
        self.tasks.append(head)

    def tid_of(self, index: int) -> int:
        """Thread number of the task created as number `index` (D51)."""
        return self.tids[index] if index < len(self.tids) else 1000 + index

    def allow(self, points: int) -> None:
        """The running task may pass so many points unasked."""
        if self.listener is None:
            self.quantum = points
        else:
            self.allowance = points

    # What is said. A rule that is run again does not say again what it said: then that is an answer as well.

    # A rule says much, and is seldom heard. A star would cost more than all the rest.
    def say(
        self, t: Task, event: Any, a: Any = ABSENT, b: Any = ABSENT, c: Any = ABSENT, d: Any = ABSENT
    ) -> None:  # fmt: skip
        """A rule, or a moment, does this: its clauses applied, and a listener hears of it once."""
        self.said.add(event)
        if self.listener is not None and (self.wants is None or event in self.wants):
            if not self.in_moment:
                if self.left:
                    self.left -= 1
                    return
                self.log.append(event)
            self.listener.hear(self, t, event(*[fact for fact in (a, b, c, d) if fact is not ABSENT]))

    def tell(self, t: Task | None, event: Any, *facts: Any) -> None:
        """A primitive does this, now and not again."""
        self.said.add(event)
        if self.listener is not None and (self.wants is None or event in self.wants):
            self.listener.hear(self, t, event(*facts))

    # Accesses without a point: a search wants to know

    def touch(self, t: Task, place: Place, write: bool) -> None:
        """Something shared is looked at or changed."""
        if self.noter is not None:
            self.noter.touches(self, t, place, write)

    def touch_lists(self, t: Task) -> None:
        """The lists of the family are."""
        if self.noter is not None:
            self.noter.touches(self, t, LISTS, True)

    def touch_memory(self, t: Task, address: int, count: int, write: bool) -> None:
        """Bytes of memory are."""
        if self.noter is not None:
            self.noter.touches_memory(self, t, address, count, write)

    def span(self, address: int, count: int, kind: int) -> int:
        """See `Memory.span`."""
        if self.noter is not None:
            self.noter.reaches_for(self, self.running, address, count)
        return super().span(address, count, kind)

    def refused(self, page: int) -> None:
        """See `Memory`."""
        self.tell(self.running, ev.ColdPageRefuses, page)

    # Writing a word, choosing, sleeping and waking

    def store_word(self, t: Task, address: int, value: int, clause: int) -> bool:
        """Write one word, because of a clause, without a point; False is a fault."""
        if self.listener is None:
            return self.store(address, value)
        before = self.get(address, abi.WORD)
        done = self.store(address, value)
        if done:
            self.tell(t, ev.MemoryWritten, address, abi.WORD, before, clause)
        return done

    def pick(self, candidates: list[int]) -> int | None:
        """Choose one of several tasks, which all may be chosen (D60); None: ask again later."""
        return candidates[0] if len(candidates) == 1 else self.chooser.pick(self, candidates)

    def sleep(self, t: Task, call: int, queue: Queue | None = None) -> None:
        """The task sleeps in `call`; if it is armed and a spare is there, the head moves on (D34)."""
        t.asleep = True
        t.call = call
        if queue is not None:
            self.waiters[queue] = (*self.waiters.get(queue, ()), t.index)
        self.runnable.remove(t)
        if self.listener is not None:
            self.tell(t, ev.Sleeps, call)
        self.hooks.sleeping(self, t)

    def wake_task(self, t: Task | None, sleeper: Task, queue: Queue | None = None) -> None:
        """Make a sleeping task runnable; `t` does it, or time."""
        if sleeper.asleep:
            if self.listener is not None:
                self.tell(t, ev.Wakes, sleeper.index, queue)
            sleeper.asleep = False
            sleeper.call = NO_CALL
            self.runnable.append(sleeper)

    def wake(self, t: Task, queue: Queue) -> None:
        """Every task that waits there looks again (D60)."""
        if queue in self.waiters:
            for index in self.waiters.pop(queue):
                self.wake_task(t, self.tasks[index], queue)

    @property
    def told_by_target(self) -> bool:
        """Whether a target tells what opaque calls give."""
        return self.oracle is not None and self.oracle.told

    def doze(self, t: Task, rests: int, tick: int) -> None:
        """The task, which has fallen asleep in an opaque call, goes on when that is possible at the earliest.

        That is not before it has stopped: a task does not wake itself.
        """
        self.dozing = (*self.dozing, (t.index, rests, tick))

    def wake_dozing(self) -> bool:
        """Those may go on whose call ends before the next moment of rest; gives whether there are any."""
        due = [x for x in self.dozing if x[1] <= self.rests and x[2] <= self.now]
        if due:
            self.dozing = tuple([x for x in self.dozing if x not in due])
            for index, _, _ in due:
                self.wake_task(None, self.tasks[index])
        return bool(due)

    def add_timer(self, t: Task, deadline: int) -> None:
        """Wake the task at tick `deadline`."""
        insort(self.timers, (deadline, t.index))

    def fire_timers(self, clock: int) -> None:
        """Move the clock to `clock` and end the timers that are due."""
        self.now = clock
        while self.timers and self.timers[0][0] <= clock:
            self.wake_task(None, self.tasks[self.timers.pop(0)[1]])
        self.wake_dozing()

    def able(self) -> list[Task]:
        """The tasks that may run now; a head that settles is none of them while another can."""
        if len(self.families) > 1:
            return rest.able(self)
        head = self.family.head
        if self.thread.settling and len(self.runnable) > 1 and head in self.runnable:
            others = self.runnable.copy()
            others.remove(head)
            return others
        return self.runnable

    def first_able(self) -> Task | None:
        """The first of them."""
        if len(self.families) > 1:
            able = rest.able(self)
            return able[0] if able else None
        if not self.runnable:
            return None
        last_resort = self.thread.settling and self.runnable[0] is self.family.head
        return self.runnable[1 if last_resort and len(self.runnable) > 1 else 0]

    def lock_family(self, t: Task) -> Family:
        """The family whose completion lock the task takes (D131)."""
        return t.family if self.variant.completion_lock is not _ONE_LOCK else self.family

    def has_lock(self, t: Task) -> bool:
        """Whether the task has it."""
        return self.lock_family(t).lock_owner == t.index

    def has_several_locks(self) -> bool:
        """Whether two tasks may have completion locks at the same time."""
        return len(self.families) > 1 and self.variant.completion_lock is not _ONE_LOCK

    def end(self, end: End) -> None:
        """The program is over."""
        self.ended = end
        self.observer.ended(self, end)

    def note(self, nr: int, ret: int, role: Role) -> None:
        """Count what kind of result a call had in which role, as a feature for coverage (if `noting`)."""
        kind = 0 if not ret else 1 if ret < 1 << 63 else 2 + (-ret & 31)
        self.features[CLAUSES + (nr * 97 + kind * 3 + role) % _RESULTS] = 1

    def count_clauses(self, features: bytearray) -> None:
        """Count the clauses that applied so far."""
        for event in self.said:
            numbers = _CLAUSES_OF.get(event)
            if numbers is None:
                numbers = _CLAUSES_OF[event] = () if event.clause is None else (event.clause, *event.also)
            for number in numbers:
                features[number] = 1

    @property
    def hit(self) -> bytes:
        """A mark for each clause that applied, by its number."""
        marks = bytearray(CLAUSES)
        self.count_clauses(marks)
        return bytes(marks)

    # Copies

    def copy_into(self, other: State) -> None:
        """Make `other` an independent machine in the same state; what never changes is shared."""
        other.image, other.variant, other.observer = self.image, self.variant, self.observer.copy()
        other.hooks, other.deep = self.hooks, self.deep
        other.listener = None if self.listener is None else self.listener.copy()
        other.wants = self.wants
        other.refused_calls, other.tids = self.refused_calls, self.tids
        other.said, other.features, other.noting = self.said, self.features, self.noting
        other.comes_in, other.pages, other.cold = self.comes_in, self.pages, self.cold
        other.chooser = self.chooser.copy()
        other.noter = other.chooser if other.chooser.notes else None
        other.memory = bytearray(self.memory)
        other.words = memoryview(other.memory).cast("Q")
        other.written = set(self.written)
        other.log, other.left, other.in_moment, other.stopped = [], 0, False, False
        other.families = families = [Family(family.thread.copy()) for family in self.families]
        other.family = families[0]
        other.thread = other.family.thread
        other.tasks = tasks = [task.copy(families[task.family.number]) for task in self.tasks]
        for family in self.families:
            family.copy_into(families[family.number], tasks)
        other.running = tasks[self.running.index]
        other.runnable = [tasks[t.index] for t in self.runnable]
        other.objects = self.objects.copy()
        other.waiters = dict(self.waiters)
        other.timers = list(self.timers)
        other.now, other.taken, other.fuel = self.now, self.taken, self.fuel
        other.handovers, other.why, other.ended = self.handovers, self.why, self.ended
        other.oracle, other.rests, other.dozing = self.oracle, self.rests, self.dozing
        other.quantum, other.allowance = self.quantum, self.allowance

    def state(self) -> int:
        """A hash of everything that can matter for the future; orders that cannot be noticed are left out."""
        return hash((
            hash(bytes(self.memory)), tuple([t.state() for t in self.tasks]),
            frozenset([t.index for t in self.runnable]), tuple([x.state() for x in self.families]),
            self.objects.state(), frozenset(self.waiters.items()), tuple(self.timers), self.now, self.fuel, self.taken,
            self.pages, self.dozing,
        ))  # fmt: skip
