# SPDX-License-Identifier: Apache-2.0
"""Who there is: tasks, the family of one head, and the user thread that the head serves."""

from collections.abc import Callable
from enum import IntEnum
from operator import attrgetter
from typing import Any, Final, NamedTuple

from model.spec.names import PRIVATE, Location, Place
from model.trace import NO_CALL, Role

HEAD: Final = Role.HEAD
READY: Final = Role.READY
BUSY: Final = Role.BUSY
DEAD: Final = Role.DEAD
"""The roles, by names that are quick: Python 3.11 looks a member of an enumeration up by a function."""

Following = tuple["Rule | None", tuple[Any, ...]]
"""The rule that comes next, and what it is given beside the machine and the task."""
Next = Following | None
"""The same, or `STOPPED`."""
Rule = Callable[..., Next]
"""From the machine, the running task and what the rule before it gives, to the rule behind it."""
STOPPED: Final = None
"""The task sleeps, or lets others go first. Then the same rule is run again."""
NOTHING_TO_DO: Final[Following] = (None, ())
"""There is no next rule."""


class Way(IntEnum):
    """How a threadlet was armed."""

    REAL = 0
    """By `threadlet_on`."""
    CACHED = 1
    """By a token in the shared page."""
    UNARMED = 2
    """By a token that hands nothing over (D86)."""


class Script(NamedTuple):
    """What a threadlet is at: the step that executes it, its number, stack, ring and way, and the operation at hand."""

    step: int
    threadlet: int
    stack: int
    ahu: int
    way: Way
    place: int


class Chain(NamedTuple):
    """A submitted chain: the step that submitted it, its first atom, and its `async_head_user`."""

    step: int
    first: int
    ahu: int


_STATE: Final = (
    "index", "tid", "role", "rule", "given", "answers", "asleep", "call", "places", "stopped_at",
    "has_pair", "inside", "armed", "script", "asked",
)  # fmt: skip
_state_of: Final[Callable[["Task"], tuple[Any, ...]]] = attrgetter(*_STATE)


class Task:
    """One kernel task: who it is, its role and marks, its rule with its arguments, and the answers to it.

    Attributes:
        index: number by creation; tid: its thread number; family: whose task it is.
        rule, given: what it does, None when there is nothing to do (a ready task); answers: what it was told so far.
        asleep: not runnable; call: number of the call it sleeps in, or NO_CALL.
        places: what the call at hand works on.
        stopped_at: the point at which it let another task go first.
        has_pair: its own stack and ip are known (ENTRY-1).
        inside: executing a chain or a threadlet; armed: hands over when it sleeps.
        script: what it executes as a threadlet, and how far it is.
        asked: how many opaque calls it has begun.
    """

    __slots__ = (*_STATE, "family")

    def __init__(self, index: int, tid: int, family: "Family") -> None:
        self.index = index
        self.tid = tid
        self.family = family
        self.role = READY
        self.rule: Rule | None = None
        self.given: tuple[Any, ...] = ()
        self.answers: tuple[Any, ...] = ()
        self.asleep = True
        self.call = NO_CALL
        self.places: tuple[Place, ...] = (PRIVATE,)
        self.stopped_at: Location | None = None
        self.has_pair = self.inside = self.armed = False
        self.script: Script | None = None
        self.asked = 0

    def begin(self, rule: Rule | None, *given: Any) -> None:
        """Do something else from here on."""
        self.rule, self.given, self.answers = rule, given, ()

    def copy(self, family: "Family") -> "Task":
        """The same task in a copy of its family."""
        other = Task(self.index, self.tid, family)
        other.role = self.role
        other.rule, other.given, other.answers = self.rule, self.given, self.answers
        other.asleep, other.call, other.places = self.asleep, self.call, self.places
        other.stopped_at = self.stopped_at
        other.has_pair, other.inside, other.armed = self.has_pair, self.inside, self.armed
        other.script = self.script
        other.asked = self.asked
        return other

    def state(self) -> tuple[Any, ...]:
        """Everything that can matter for the future, hashable."""
        return _state_of(self)


class UserThread:
    """A user context: where its thread stands. The head of its family runs it.

    Attributes:
        number: of the thread; first, end: its first step, and the one behind its last.
        step: number of the present step; position: up to here its observations were matched (`model.check`).
        settling: it waits for the others (settle, advance, the end); until: up to this tick, None without end.
        waits: it is behind its last step, and knows; gone: it has exited.
    """

    __slots__ = ("end", "first", "gone", "number", "position", "settling", "step", "until", "waits")

    def __init__(self, number: int, first: int, end: int) -> None:
        self.number = number
        self.first = first
        self.end = end
        self.step = first
        self.settling = False
        self.until: int | None = None
        self.position = 0
        self.waits = self.gone = False

    @property
    def is_done(self) -> bool:
        """It is behind its last step, or gone."""
        return self.waits or self.gone

    def copy(self) -> "UserThread":
        """An independent thread in the same state."""
        other = UserThread(self.number, self.first, self.end)
        other.step, other.settling, other.until, other.position = self.step, self.settling, self.until, self.position
        other.waits, other.gone = self.waits, self.gone
        return other

    def state(self) -> tuple[object, ...]:
        """Everything that can matter for the future, hashable."""
        return self.step, self.settling, self.until, self.position, self.waits, self.gone


class Family:
    """A head with its spares and its busy tasks, and what they share (D131).

    Attributes:
        number: the thread's; thread: the user context that the head has.
        ready, busy: the spare tasks (first one next) and the blocked ones.
        events: events counted so far on any ring (D14); ring_events: on each, by its `async_head_user`.
        lock_owner: index of the task that has the completion lock, or None.
        waiting: what the head waits for in `async_wait`: its ring and the count that is enough.
        has_context: some call of syslets was made; exiting: the head has left.
    """

    __slots__ = (
        "busy", "events", "exiting", "has_context", "head", "lock_owner", "number", "ready", "ring_events", "thread",
        "waiting",
    )  # fmt: skip

    head: Task

    def __init__(self, thread: UserThread) -> None:
        self.number = thread.number
        self.thread = thread
        self.ready: list[Task] = []
        self.busy: list[Task] = []
        self.events = 0
        self.ring_events: dict[int, int] = {}
        self.lock_owner: int | None = None
        self.waiting: tuple[int, int] | None = None
        self.has_context = False
        self.exiting = False

    def copy_into(self, other: "Family", tasks: list[Task]) -> None:
        """Make `other` the same family, with these tasks instead of ours."""
        other.head = tasks[self.head.index]
        other.ready = [tasks[t.index] for t in self.ready]
        other.busy = [tasks[t.index] for t in self.busy]
        other.events, other.ring_events = self.events, dict(self.ring_events)
        other.lock_owner, other.waiting = self.lock_owner, self.waiting
        other.has_context, other.exiting = self.has_context, self.exiting

    def state(self) -> tuple[object, ...]:
        """Everything that can matter for the future, hashable."""
        return (
            self.thread.state(), self.head.index, tuple([t.index for t in self.ready]),
            frozenset([t.index for t in self.busy]), self.events, tuple(self.ring_events.items()),
            self.lock_owner, self.waiting, self.has_context, self.exiting,
        )  # fmt: skip
