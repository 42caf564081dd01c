# SPDX-License-Identifier: Apache-2.0
"""What happened in a run, in order: the one stream that every picture is drawn from.

A *beat* is one thing that happened. It belongs to a task and touches *lanes*: tasks, stacks, rings, objects, the clock.
A story is a common part, and where two sides part, one more part for each of them.
"""

from collections.abc import Iterable, Iterator
from enum import Enum
from itertools import groupby

import attrs

from model.clauses import BY_NUMBER
from model.trace import Role


class Way(Enum):
    """Kinds of lanes, in the order in which they stand side by side."""

    TASK = 0
    STACK = 1
    RING = 2
    OBJECT = 3
    CLOCK = 4


@attrs.frozen(order=True)
class Lane:
    """A task or a threadlet's stack (by number), a ring (by address), an object or cold page, or the clock."""

    way: Way = attrs.field(order=lambda way: way.value)
    number: int
    name: str = attrs.field(eq=False, order=False)


CLOCK = Lane(Way.CLOCK, 0, "clock")
FREE = "◇"
"""The sign of a beat before which another task could have gone first."""
GUESS = "~"
"""The sign of a beat that is guessed."""
GUESSED = "a guess of the model"


class Kind(Enum):
    """What a beat is about; the value is a word for legends."""

    STEP = "step of the head"
    RETURN = "returns"
    SPARE = "makes a spare"
    ATOM = "atom"
    ARM = "armed"
    OPERATION = "operation"
    HANDOVER = "hand-over"
    SLEEP = "sleeps"
    AWAKE = "does not sleep"
    WAKE = "wake-up"
    PAGE = "page comes in"
    POST = "event"
    LOST = "event lost"
    READY = "turns ready"
    PREEMPT = "interrupted"
    CLOCK = "time passes"
    OBSERVED = "observation"
    END = "end"


@attrs.frozen
class TaskState:
    """A task after a beat. `role` as in `model.trace.Role`, or `model.spec.observer.DEAD`; `family` is its thread's."""

    index: int
    role: int
    asleep: bool
    call: str = ""
    family: int = 0

    @property
    def lane(self) -> Lane:
        """The task's lane, whose name tells whose task it is (D131)."""
        return task_lane(self.index, self.family)


@attrs.frozen
class Change:
    """Bytes of memory that a beat changed: offset in the arena, before, after, and the clause that wrote them."""

    offset: int
    before: bytes
    after: bytes
    clause: str = ""


@attrs.frozen
class Ring:
    """A ring as it stands in memory: its lane, and how many slots are shown."""

    lane: Lane
    slots: int


@attrs.frozen
class Said:
    """A piece of what a beat says, and the ids of the clauses behind it; without words it only cites.

    An `aside` is told where there is room for every word (`explain`); a picture only cites its clauses.
    """

    words: str
    clauses: tuple[str, ...] = ()
    aside: bool = False


@attrs.define
class Beat:
    """One thing that happened.

    Attributes:
        task: number of the task that did it, -1 for none (time, the end); `role` is the one it had.
        deed: what was done, as a program text would have it; may be empty.
        result: what came of it, None as long as it is not known, empty where it goes without saying.
        boxes: a short word at each lane it touches.
        arrow: from lane to lane, if something moves.
        blocked: the deed sleeps.
        free: another task could have gone first.
        observed: lines that an observer outside saw; the other side does not show those of `differs`.
        mark: why it deserves attention, or empty.
        guessed: the model has it where a target was run; nothing that was observed of the target shows it.
        tasks: the tasks after it; `objects`, `now` and `slots` of rings, by lane, are as they were after it, too.
    """

    kind: Kind
    task: int
    deed: str = ""
    said: list[Said] = attrs.Factory(list)
    role: int = Role.HEAD
    result: str | None = None
    boxes: dict[Lane, str] = attrs.Factory(dict)
    arrow: tuple[Lane, Lane] | None = None
    blocked: bool = False
    free: bool = False
    changes: list[Change] = attrs.Factory(list)
    observed: tuple[str, ...] = ()
    differs: frozenset[str] = frozenset()
    step: int = 0
    mark: str = ""
    guessed: bool = False
    tasks: tuple[TaskState, ...] = ()
    objects: tuple[tuple[Lane, str], ...] = ()
    now: int = 0
    slots: dict[Lane, tuple[str, ...]] = attrs.Factory(dict)

    @property
    def title(self) -> str:
        """The deed with its result; behind a store, which has its own sign, `=>` as in a program's text."""
        return f"{self.deed} {'=>' if ' = ' in self.deed else '='} {self.result}" if self.result else self.deed

    @property
    def text(self) -> str:
        """What it means, as a sentence."""
        return "; ".join(piece.words for piece in self.said if piece.words and not piece.aside)

    @property
    def clauses(self) -> list[str]:
        """Ids of the clauses at work."""
        return list(dict.fromkeys(clause for piece in self.said for clause in piece.clauses))

    @property
    def unsaid(self) -> bool:
        """It is a call of which nothing is known yet but that it is made."""
        return self.kind in (Kind.STEP, Kind.ATOM, Kind.OPERATION) and self.result is None and not self.clauses

    def say(self, words: str, *clauses: int | None, aside: bool = False) -> None:
        """Add to the sentence, by these clauses."""
        self.said.append(Said(words, tuple(BY_NUMBER[x].id for x in clauses if x is not None), aside))

    def cite(self, *clauses: int | None) -> None:
        """Name clauses without words."""
        self.say("", *clauses)

    def spelled_out(self) -> tuple[str, ...]:
        """What was observed, where it is worth a look beside the other side."""
        return self.observed if self.mark or self.kind is Kind.OBSERVED or self.changes else ()

    def lanes(self) -> set[Lane]:
        """Every lane it touches."""
        return {*self.boxes, *(self.arrow or ())}


@attrs.frozen
class Part:
    """Beats in a row, and the tasks before the first of them."""

    title: str
    beats: tuple[Beat, ...]
    before: tuple[TaskState, ...]

    def lanes(self) -> tuple[Lane, ...]:
        """The lanes of a picture of this part: every task, and whatever else is touched."""
        tasks = {state.lane for state in self.before} | {s.lane for beat in self.beats for s in beat.tasks}
        touched = {lane for beat in self.beats for lane in beat.lanes()}
        return tuple(sorted([*tasks, *(touched - tasks)]))


@attrs.frozen
class Story:
    """A run, or two runs with their `common` beginning, and the `sides` behind it, the specification's first.

    The banner is said where they part, or below a run that needs a word; its first line is the headline.
    """

    title: str
    common: Part
    sides: tuple[Part, ...] = ()
    banner: tuple[str, ...] = ()
    clause: str = ""

    def parts(self) -> tuple[Part, ...]:
        """All parts in order."""
        return (self.common, *self.sides)

    @property
    def guesses(self) -> bool:
        """Whether anything in it is guessed."""
        return any(beat.guessed for part in self.parts() for beat in part.beats)


def state_of(task: int, tasks: Iterable[TaskState]) -> TaskState | None:
    """The state of a task among others; None while it does not exist."""
    return next((state for state in tasks if state.index == task), None)


def runs(values: Iterable[object]) -> Iterator[tuple[int, int]]:
    """(first, behind last) of runs of equal values."""
    begin = 0
    for _, equal in groupby(values):
        end = begin + len(list(equal))
        yield begin, end
        begin = end


def task_lane(index: int, family: int = 0) -> Lane:
    """The lane of a task."""
    return Lane(Way.TASK, index, f"task {index}" + (f" (u{family})" if family else ""))
