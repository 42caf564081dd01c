# SPDX-License-Identifier: Apache-2.0
"""One run of the model: the same rules as the checker's, with one choice taken at each choice point."""

from mypy_extensions import mypyc_attr

from model.image import FUEL, Image
from model.spec import steps
from model.spec.machine import Machine
from model.spec.names import Location
from model.spec.observer import observe_written, view_done
from model.spec.oracle import Reply
from model.spec.rest import steps_finished
from model.spec.state import UNLIMITED, Chooser, Listener, State
from model.spec.task import Task, UserThread
from model.trace import Answer, Blocked, End, Ended, Event, Observation, Result, Settled, Trace
from model.variant import PINNED, Variant


@mypyc_attr(allow_interpreted_subclasses=True)
class Recorder:
    """Makes a trace of what can be observed.

    Attributes:
        events: what was observed.
        seen: the words of memory as they were last observed.
    """

    def __init__(self, image: Image) -> None:
        self.events: list[Event] = []
        self.opaque: list[Answer] = []
        self.seen = memoryview(bytearray(image.memory)).cast("Q")

    def result(self, machine: State, thread: UserThread, value: int) -> None:
        """See `Observer`."""
        self.events.append(Result(thread.step, value))

    def done(self, machine: State, task: Task, value: int) -> None:
        """See `Observer`."""
        self.events.append(view_done(task, value))

    def settled(self, machine: State, thread: UserThread) -> None:
        """See `Observer`."""
        self.events.append(Settled(thread.step, self._look(machine)))

    def blocked(self, machine: State, thread: UserThread) -> None:
        """See `Observer`."""
        self.events.append(Blocked(thread.step, self._look(machine)))

    def ended(self, machine: State, end: End) -> None:
        """See `Observer`."""
        self.events.append(Ended(steps_finished(machine), end, None if end is End.FUEL else self._look(machine)))

    def answered(self, machine: State, task: Task, nr: int, args: tuple[int, ...], told: Reply) -> None:
        """See `Observer`."""
        value = told.value - (1 << 64) if told.value >> 63 else told.value
        answer = Answer(len(self.events), machine.now, task.index, nr, args, value, told.sleeps, told.written)
        self.opaque.append(answer)

    def copy(self) -> "Recorder":
        """See `Observer`."""
        other = Recorder.__new__(Recorder)
        other.opaque = list(self.opaque)
        other.events, other.seen = list(self.events), memoryview(bytearray(self.seen)).cast("Q")
        return other

    def _look(self, machine: State) -> Observation:
        return observe_written(machine, self.seen)


class Unobserved:
    """Sees nothing: for runs of which only the decisions matter."""

    def result(self, machine: State, thread: UserThread, value: int) -> None:
        """See `Observer`."""

    def done(self, machine: State, task: Task, value: int) -> None:
        """See `Observer`."""

    def settled(self, machine: State, thread: UserThread) -> None:
        """See `Observer`."""

    def blocked(self, machine: State, thread: UserThread) -> None:
        """See `Observer`."""

    def ended(self, machine: State, end: End) -> None:
        """See `Observer`."""

    def answered(self, machine: State, task: Task, nr: int, args: tuple[int, ...], told: Reply) -> None:
        """See `Observer`."""

    def copy(self) -> "Unobserved":
        """See `Observer`."""
        return self


@mypyc_attr(allow_interpreted_subclasses=True)
class Chosen(Chooser):
    """Takes the options that a program's chooser names (docs/protocol.md), and the first ones where it is silent.

    Attributes:
        passing: the running task was stopped at the point that it comes to first, and passes it now.
        preempted: the task that goes first instead of the one that was stopped.
    """

    def __init__(self, choices: bytes, points: int | None = None) -> None:
        super().__init__((0 if choices else UNLIMITED) if points is None else points)
        self.choices = list(choices)
        self.skip = choices[0] >> 3 if choices else 0
        self.passing = False
        self.preempted: int | None = None

    def decide(self, tasks: list[int]) -> int:
        """Which of these tasks; the first one where nothing is chosen."""
        if len(tasks) < 2 or not self.choices:
            return tasks[0]
        if self.skip:
            self.skip -= 1
            return tasks[0]
        choice = self.choices.pop(0)
        self.skip = self.choices[0] >> 3 if self.choices else 0
        return tasks[(choice & 7) % len(tasks)]

    def has_choices(self) -> bool:
        """Whether anything may still be decided."""
        return bool(self.choices)

    def pauses(self, m: State, t: Task, location: Location, write: bool, follows: int) -> bool:
        """Perhaps another task goes first; this one goes to the tail."""
        if not self.has_choices():
            m.allow(UNLIMITED)
            return False
        if self.passing:
            self.passing = False
            return False
        if len(m.runnable) < 2:
            return False
        chosen = self.decide([t.index, *[rival.index for rival in m.able() if rival is not t]])
        if chosen == t.index:
            return False
        self.preempted = chosen
        return True

    def take_preempted(self) -> int | None:
        """The task that goes first instead of the one that was stopped; asked once."""
        chosen, self.preempted = self.preempted, None
        return chosen

    def next_mover(self, able: list[int]) -> int:
        """The task that goes on where none has to."""
        return self.decide(able)

    def pick(self, m: State, candidates: list[int]) -> int | None:
        """Which of several waiters."""
        return self.decide(candidates)


def run(
    image: Image,
    variant: Variant = PINNED,
    *,
    chooser: Chosen | None = None,
    listener: Listener | None = None,
    features: bytearray | None = None,
    deep: bool = False,
) -> Trace:
    """Run a program with its chooser, first in first out where it is silent. Never raises on valid input.

    Args:
        image: the program.
        variant: the reading of v3 to run it by.
        chooser: one that decides otherwise than the program's own.
        listener: hears what is done.
        features: counters to fill (`model.spec.features.SIZE` bytes) with clauses and results.
        deep: the chooser may preempt inside the code of objects as well (D77).
    """
    recorder = Recorder(image)
    deciding = Chosen(image.choices) if chooser is None else chooser
    m = steps.start(image, recorder, deciding, variant, features=features, listener=listener, deep=deep)
    play(m, deciding)
    if features is not None:
        m.count_clauses(features)
    tids = tuple([m.tid_of(t.index) for t in m.tasks])
    return Trace(
        tuple(recorder.events), tids, handovers=m.handovers, atoms=FUEL - m.fuel, opaque=tuple(recorder.opaque)
    )  # fmt: skip


def play(m: Machine, chooser: Chosen) -> None:
    """Run a machine from its beginning to its end. Of several threads the first one begins, without a choice (D130)."""
    stopped: set[int] = set()
    able = m.tasks[:1]
    while m.ended is None:
        if not able:
            steps.nothing_runs(m)
            able = m.able()
            continue
        chosen = chooser.take_preempted()
        task = m.tasks[chooser.next_mover([t.index for t in able]) if chosen is None else chosen]
        chooser.passing = task.index in stopped
        stopped.discard(task.index)
        m.run(task)
        if chooser.preempted is not None:
            stopped.add(task.index)
            m.runnable.remove(task)
            m.runnable.append(task)
        able = m.able()
