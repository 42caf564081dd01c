# SPDX-License-Identifier: Apache-2.0
"""The state of one experiment, and the few primitives every rule is written in.

The machine is one mutable state. A rule is a *phase*: a function of the machine and the running task that
does one thing, names the task's next phase, and returns True; or returns False when the task cannot go on (it
sleeps, it is idle, or somebody else goes first). Before each access that another task could notice, a phase
asks `pause`: the two places that decide who moves next, a run and a search, differ in their answer and in
nothing else. Alternatives branch by `copy` (docs/design/checker.md tells why there is no undo log).
"""

from bisect import insort
from collections.abc import Callable, Mapping
from enum import IntEnum
from operator import attrgetter
from typing import ClassVar, Final, NamedTuple, Self

from mypy_extensions import mypyc_attr

from model import abi, clauses
from model.image import ARENA, BASE, FUEL, PAGE, Image
from model.program import PageKind
from model.spec.observer import Observer
from model.trace import NO_CALL, End, Role
from model.variant import HeadIdentity, Variant

NOBODY: Final = -1
NO_PAGES: Final[frozenset[int]] = frozenset()

# Shared things that are not words of memory, named like locations (`pause`). Objects follow from -100 down.
LISTS: Final = -1
LOCK: Final = -2
STEP: Final = -3
FUTEXES: Final = -4
PRIVATE: Final = -5
SHOWN: Final = -6
"""The order of what is observed: whoever shows an event writes there."""
PLAIN: Final = -7
"""Before a point that is followed by another one before anything is touched."""
STACKS: Final = -10
"""Whether stack *n* is taken: `STACKS - n`."""
ARRIVALS: Final = -20
"""Whether page *n*, cold at first, has come in: `ARRIVALS - n`."""

Phase = Callable[["Machine", "Task"], bool]

_ATTRIBUTES: Final = (
    "index", "tid", "role", "phase", "asleep", "call", "stopped", "has_pair",
    "inside", "armed", "rearm", "back", "submitted", "ahu", "atom", "word", "flags", "nr", "ret_ptr", "next", "args",
    "pointer", "ret", "done", "key", "place", "deadline", "value", "ring", "slots", "slot", "kernel_idx", "posted",
    "minimum", "have", "sample", "chain", "inner", "again", "script",
)  # fmt: skip
_values_of: Final[Callable[["Task"], tuple[object, ...]]] = attrgetter(*_ATTRIBUTES)


class Way(IntEnum):
    """How a threadlet was armed."""

    REAL = 0
    """By `threadlet_on`."""
    CACHED = 1
    """By a token in the shared page."""
    UNARMED = 2
    """By a token that hands nothing over (D86)."""


class Script(NamedTuple):
    """What a threadlet is at: the step that executes it, its number, stack and way, and the operation at hand."""

    step: int
    threadlet: int
    stack: int
    way: Way
    place: int


@mypyc_attr(allow_interpreted_subclasses=True)
class Task:
    """One kernel task. Attributes beyond the role belong to the syslet or call it is in.

    Attributes:
        index: number by creation; tid: its thread number.
        phase: the rule that runs next, None when there is nothing to do (a ready task).
        asleep: not runnable; call: number of the call it sleeps in, or NO_CALL.
        inside: executing a syslet's chain or a threadlet; armed: may go async when it sleeps.
        chain: step that submitted the chain it executes, or executed last.
        script: what it executes as a threadlet, and how far it is.
        atom: address of the atom being executed; flags, nr, ret_ptr, next, args: its snapshot.
        ret: the result at hand, as an unsigned word.
        place: what the call works on (`pause`).
        inner: what follows inside an object, once its lock is taken or let go (`model.spec.world.inside`);
            again: what follows when a sleeper is through.
    """

    __slots__ = _ATTRIBUTES

    def __init__(self, index: int, tid: int) -> None:
        self.index = index
        self.tid = tid
        self.role: int = Role.READY
        self.phase: Phase | None = None
        self.back: Phase | None = None
        self.inner: Phase | None = None
        self.again: Phase | None = None
        self.asleep = True
        self.call = NO_CALL
        self.stopped = self.has_pair = self.inside = self.armed = self.rearm = self.posted = False
        self.args: tuple[int, ...] = ()
        self.chain = -1
        self.script: Script | None = None
        self.submitted = self.ahu = self.atom = self.word = self.flags = self.nr = 0
        self.ret_ptr = self.next = self.pointer = self.ret = self.done = 0
        self.key = self.deadline = self.value = 0
        self.place = PRIVATE
        self.ring = self.slots = self.slot = self.kernel_idx = 0
        self.minimum = self.have = self.sample = 0

    def copy(self) -> "Task":
        """An independent task in the same state."""
        other = Task.__new__(Task)
        for name, value in zip(_ATTRIBUTES, _values_of(self), strict=True):
            setattr(other, name, value)
        return other

    def state(self) -> tuple[object, ...]:
        """Everything that can matter for the future, hashable."""
        return _values_of(self)


@mypyc_attr(allow_interpreted_subclasses=True)
class Machine:
    """The whole state: memory, tasks of the one head, objects, clock, and where the program stands.

    Attributes:
        memory: the arena; words: the same bytes as aligned 64-bit words; written: numbers of the words
            that may have changed since somebody last asked.
        pages: protection of each page as the kernel sees it now; cold: the pages that are still to come in.
        taken: a bit for each stack that a threadlet has not given back.
        runnable: tasks that can run, longest first. The head is in it even while it settles.
        ready, busy: the head's spare tasks (first one next) and its blocked ones.
        events: events posted so far on any ring (D14).
        lock_owner: index of the task that holds the completion lock, or NOBODY.
        waiters: sleeping tasks by what they wait for; futexes: (key, task) in order of waiting.
        timers: (deadline in ticks, task), earliest first; now: the clock in ticks.
        step: the head's present step; settling: the head waits for the others (settle, advance, the end).
        quantum: points the running task may pass without asking (`pause`).
        why: number of the clause behind the result at hand.
        deep: there are points inside the code of objects (D77); locks: those of the pipes, by number.
        slept: by the hints, the present run of the running task ends in a sleep.
    """

    unasked: ClassVar[int] = 1 << 30
    """Points any task may pass without asking, at the beginning."""
    deep = False
    slept = False

    def __init__(
        self,
        image: Image,
        variant: Variant,
        observer: Observer,
        tids: tuple[int, ...] = (),
        features: bytearray | None = None,
    ) -> None:
        self.image = image
        self.variant = variant
        self.observer = observer
        self.refused = _REFUSED if variant.refused_calls is None else variant.refused_calls
        self.tids = tids
        self.pages = image.pages
        self.cold = NO_PAGES
        if PageKind.COLD in image.pages:
            self.cold = frozenset(n for n, kind in enumerate(image.pages) if kind == PageKind.COLD)
            self.pages = bytes(PageKind.ABSENT if n in self.cold else kind for n, kind in enumerate(image.pages))
        self.memory = bytearray(image.memory)
        self.words = memoryview(self.memory).cast("Q")
        self.written: set[int] = set()
        self.hit = bytearray(len(clauses.BY_NUMBER)) if features is None else features
        self.noting = features is not None
        self.writers: dict[int, int] | None = None
        self._reset_tasks()
        self._reset_objects()

    def _reset_tasks(self) -> None:
        head = Task(0, self.tid_of(0))
        head.role, head.asleep = Role.HEAD, False
        self.tasks = [head]
        self.head = head
        self.runnable = [head]
        self.ready: list[Task] = []
        self.busy: list[Task] = []
        self.events = 0
        self.ring_events: dict[int, int] = {}
        self.lock_owner = NOBODY
        self.waiting = False
        self.has_context = False
        self.taken = 0
        self.exiting = False
        self.settling = False
        self.until = -1
        self.step = 0
        self.position = 0
        self.quantum = self.unasked
        self.picks: list[int] = []
        self.fuel = FUEL
        self.handovers = 0
        self.why = clauses.STEP_7
        self.ended: End | None = None

    def _reset_objects(self) -> None:
        image = self.image
        self.descriptors: dict[int, int] = {}
        self.references = [0] * 24
        for pipe in image.pipes:
            self.descriptors[100 + 2 * pipe] = 2 * pipe
            self.descriptors[101 + 2 * pipe] = 2 * pipe + 1
            self.references[2 * pipe] = self.references[2 * pipe + 1] = 1
        self.buffers: list[tuple[int, bytes] | None] = [None] * 8
        self.counters = [0] * 8
        self.semaphores = [False] * 8
        for number, count, semaphore in image.eventfds:
            self.descriptors[120 + number] = 16 + number
            self.references[16 + number] = 1
            self.counters[number] = count
            self.semaphores[number] = semaphore
        self.waiters: dict[int, tuple[int, ...]] = {}
        self.locks: dict[int, tuple[int, ...]] = {}
        self.futexes: tuple[tuple[tuple[int, int], int], ...] = ()
        self.timers: list[tuple[int, int]] = []
        self.now = 0

    def tid_of(self, index: int) -> int:
        """Thread number of the task created as number `index` (D51)."""
        return self.tids[index] if index < len(self.tids) else 1000 + index

    # Memory

    def load(self, address: int) -> int | None:
        """One word of user memory; None is a fault (D40, D41)."""
        offset = address - BASE
        if not offset & 7 and 0 <= offset < ARENA:
            if self.pages[offset >> 12]:
                return self.words[offset >> 3]
        elif 0 <= offset <= ARENA - 8 and self.pages[offset >> 12] and self.pages[(offset + 7) >> 12]:
            return int.from_bytes(self.memory[offset : offset + 8], "little")
        self._faults(offset, offset + 7)
        return None

    def store(self, address: int, value: int, clause: int) -> bool:
        """Write one word; False is a fault, with nothing written (D40, D41)."""
        offset = address - BASE
        if not 0 <= offset <= ARENA - 8 or self.pages[offset >> 12] != 2 or self.pages[(offset + 7) >> 12] != 2:
            self._faults(offset, offset + 7)
            return False
        self.written.add(offset >> 3)
        if not offset & 7:
            self.words[offset >> 3] = value
        else:
            self.written.add((offset >> 3) + 1)
            self.memory[offset : offset + 8] = value.to_bytes(8, "little")
        if self.writers is not None:
            self.blame(offset, 8, clause)
        return True

    def span(self, address: int, count: int, kind: int) -> int:
        """How many of `count` bytes from `address` are accessible before the first fault; kind 1 reads, 2 writes."""
        offset = address - BASE
        if not 0 <= offset < ARENA:
            return 0
        end = offset
        while end < ARENA and end < offset + count and self.pages[end >> 12] >= kind:
            end = (end | (PAGE - 1)) + 1
        if end - offset < count:
            self._faults(end, end)
        return min(end - offset, count)

    def _faults(self, first: int, last: int) -> None:
        """PAGE-2: a page that is not in yet looks absent."""
        if self.cold and (first >> 12 in self.cold or last >> 12 in self.cold):
            self.hit[clauses.PAGE_2] = 1

    def put(self, address: int, data: bytes, clause: int) -> None:
        """Write bytes that `span` found writable."""
        if not data:
            return
        offset = address - BASE
        self.memory[offset : offset + len(data)] = data
        self.written.update(range(offset >> 3, (offset + len(data) + 7) >> 3))
        self.touch(address, len(data), True)
        if self.writers is not None:
            self.blame(offset, len(data), clause)

    def get(self, address: int, count: int) -> bytes:
        """Read bytes that `span` found readable."""
        self.touch(address, count, False)
        return bytes(self.memory[address - BASE : address - BASE + count])

    def blame(self, offset: int, count: int, clause: int) -> None:
        """Remember which clause wrote these bytes last (only while a difference is explained)."""
        assert self.writers is not None
        for word in range(offset >> 3, (offset + count + 7) >> 3):
            self.writers[word] = clause

    # Who moves next

    def pause(self, task: Task, location: int, write: bool, lists: bool = False) -> bool:
        """A schedule point: whether another task goes first. The same point is asked again afterwards.

        `location` is a word's address or one of the names above. `lists`: what follows up to the next point
        also works on the head's lists.
        """
        if not self.quantum:
            return True
        self.quantum -= 1
        return False

    def pause_call(self, task: Task) -> bool:
        """The schedule point before a call, which works on an object and, perhaps, on memory."""
        return self.pause(task, PRIVATE, True, task.armed)

    def pause_inside(self, task: Task) -> bool:
        """A schedule point inside the code of an object (D77)."""
        return self.deep and self.pause(task, PRIVATE, True, task.armed)

    def told_asleep(self) -> bool:
        """Whether the hints say that the running task sleeps before its next point."""
        return self.slept and not self.quantum

    def touch(self, address: int, count: int, write: bool) -> None:
        """Note an access that has no point of its own (only a search cares)."""

    def pick(self, candidates: list[int]) -> int:
        """Choose one of several tasks, which all may be chosen (D60); NOBODY: ask again later."""
        if self.picks:
            choice = self.picks.pop(0)
            if choice in candidates:
                return choice
        return candidates[0]

    def withhold(self, address: int, clause: int) -> None:
        """Note that `clause` kept a word from being written (only while a difference is explained)."""

    def decided(self, task: Task, clause: int) -> None:
        """Note how a chain went on after an atom (only while a difference is explained)."""

    # Sleeping and waking

    def sleep(self, task: Task, call: int) -> bool:
        """The task sleeps in `call`; if it is armed and a spare is there, the head moves on (D34)."""
        task.asleep = True
        task.call = call
        self.runnable.remove(task)
        if task.armed:
            self.hand_over(task)
        elif task.role == Role.BUSY:
            self.hit[clauses.MOVE_3 if task.script is None else clauses.THREAD_6] = 1
        return False

    def sleep_on(self, task: Task, call: int, key: int) -> bool:
        """Sleep until `wake(key)`."""
        self.waiters[key] = (*self.waiters.get(key, ()), task.index)
        return self.sleep(task, call)

    def wake_task(self, task: Task) -> None:
        """Make a sleeping task runnable."""
        if task.asleep:
            task.asleep = False
            task.call = NO_CALL
            self.runnable.append(task)

    def wake(self, key: int) -> None:
        """Everybody who waits for `key` retries (D60)."""
        for index in self.waiters.pop(key, ()):
            self.wake_task(self.tasks[index])

    def add_timer(self, task: Task, deadline: int) -> None:
        """Wake the task at tick `deadline`."""
        task.deadline = deadline
        insort(self.timers, (deadline, task.index))

    def fire_timers(self, clock: int) -> None:
        """Move the clock to `clock` and end the timers that are due."""
        self.now = clock
        while self.timers and self.timers[0][0] <= clock:
            self.wake_task(self.tasks[self.timers.pop(0)[1]])

    def hand_over(self, task: Task) -> bool:
        """MOVE-1: the first ready task becomes the head and returns NULL from the call; True if one was there.

        THREAD-4: out of a threadlet as out of a chain; the 0 is the result of `threadlet_exec` then.
        """
        if not self.ready:
            self.hit[clauses.MOVE_2] = 1
            return False
        why = clauses.EXEC_2 if task.script is None else clauses.THREAD_4
        self.hit[clauses.MOVE_1] = self.hit[why] = self.hit[clauses.MOVE_4] = 1
        self.touch_lists()
        new = self.ready.pop(0)
        task.armed = False
        task.role = Role.BUSY
        self.busy.append(task)
        new.role = Role.HEAD
        new.inside = False
        new.ret = 0
        new.done = why
        new.phase = self.step_returns
        self.head = new
        if self.variant.head_identity is HeadIdentity.HEAD:
            task.tid, new.tid = new.tid, task.tid
        self.handovers += 1
        self.wake_task(new)
        return True

    def rest(self) -> None:
        """Nothing can run (only a search cares)."""

    def touch_lists(self) -> None:
        """Note an access to the lists that has no point of its own (only a search cares)."""

    def touch_thing(self, name: int, write: bool) -> None:
        """Note an access to a thing with one of the names above that has no point of its own (only a search cares)."""

    def end(self, end: End) -> None:
        """The program is over."""
        self.ended = end
        self.observer.ended(self, end)

    def note(self, nr: int, ret: int, role: int) -> None:
        """Count what kind of result a call had in which role, as a feature for coverage (if `noting`)."""
        kind = 0 if not ret else 1 if ret < 1 << 63 else 2 + (-ret & 31)
        self.hit[_CLAUSES + (nr * 97 + kind * 3 + role) % _RESULTS] = 1

    # Set by `model.spec.steps`, which knows all rules:
    step_returns: Phase
    """Phase in which a system call of the head's step returns."""
    table: Mapping[int, Phase]
    """Handlers of system calls by number."""

    def copy(self) -> Self:
        """An independent machine in the same state. Task identities are mapped, shared values kept."""
        other = type(self).__new__(type(self))
        if hasattr(self, "__dict__"):  # the attributes of interpreted classes; compiled ones have none
            other.__dict__.update(self.__dict__)
        other.image = self.image
        other.variant = self.variant
        other.observer = self.observer
        other.refused = self.refused
        other.tids = self.tids
        other.pages = self.pages
        other.cold = self.cold
        other.hit = self.hit
        other.noting = self.noting
        other.waiting = self.waiting
        other.lock_owner = self.lock_owner
        other.events = self.events
        other.has_context = self.has_context
        other.taken = self.taken
        other.exiting = self.exiting
        other.settling = self.settling
        other.until = self.until
        other.step = self.step
        other.position = self.position
        other.quantum = self.quantum
        other.fuel = self.fuel
        other.handovers = self.handovers
        other.why = self.why
        other.ended = self.ended
        other.semaphores = self.semaphores
        other.futexes = self.futexes
        other.now = self.now
        other.deep = self.deep
        other.slept = self.slept
        other.step_returns = self.step_returns
        other.table = self.table
        other.writers = self.writers
        other.memory = bytearray(self.memory)
        other.words = memoryview(other.memory).cast("Q")
        other.written = set(self.written)
        other.tasks = tasks = [task.copy() for task in self.tasks]
        other.head = tasks[self.head.index]
        other.runnable = [tasks[t.index] for t in self.runnable]
        other.ready = [tasks[t.index] for t in self.ready]
        other.busy = [tasks[t.index] for t in self.busy]
        other.ring_events = dict(self.ring_events)
        other.descriptors = dict(self.descriptors)
        other.references = list(self.references)
        other.buffers = list(self.buffers)
        other.counters = list(self.counters)
        other.waiters = dict(self.waiters)
        other.locks = dict(self.locks)
        other.timers = list(self.timers)
        other.picks = list(self.picks)
        if self.writers is not None:
            other.writers = dict(self.writers)
        return other

    def state(self) -> int:
        """A hash of everything that can matter for the future; orders that cannot be noticed are left out."""
        return hash((
            hash(bytes(self.memory)), tuple([t.state() for t in self.tasks]),
            frozenset([t.index for t in self.runnable]),
            tuple([t.index for t in self.ready]), frozenset([t.index for t in self.busy]), self.head.index, self.events,
            self.lock_owner, self.waiting, self.settling, self.until, self.step, self.position, self.fuel, self.now,
            tuple(self.descriptors.items()), tuple(self.references), tuple(self.buffers), tuple(self.counters),
            frozenset(self.waiters.items()), self.futexes, tuple(self.timers), self.exiting, self.has_context,
            tuple(self.locks.items()),
            self.taken, self.pages,
        ))  # fmt: skip


_CLAUSES: Final = len(clauses.BY_NUMBER)
_RESULTS: Final = 1024
FEATURES: Final = _CLAUSES + _RESULTS
"""Counters of a run: one for each clause, then one for each kind of result (hashed)."""

_REFUSED: Final = frozenset(abi.REFUSED_CALLS.values())
