# SPDX-License-Identifier: Apache-2.0
"""Comparing a run of the model, event by event, with the trace that is judged."""

from collections import Counter
from collections.abc import Sequence

import attrs

from model.check.seen import SeenMemory
from model.image import Image
from model.spec.observer import observe, view_done
from model.spec.oracle import Reply
from model.spec.rest import steps_finished
from model.spec.state import State
from model.spec.task import DEAD, READY, Task, UserThread
from model.trace import NO_CALL, Blocked, Done, End, Ended, Event, Observation, Result, Settled, Trace


@attrs.frozen(eq=False)
class Difference(Exception):
    """The model produced something else than the trace's event at `position`."""

    position: int
    produced: Event | None
    why: int


class Matcher:
    """An observer that raises Difference as soon as the run and the trace part.

    `UserThread.position` says up to which event those of the thread were matched. What is seen at rest is an event of
    all threads, and the others of the one whose step it is (D135).
    """

    def __init__(self, image: Image, trace: Trace, *, explain: bool) -> None:
        self.events = trace.events
        self.explain = explain
        self.memory = SeenMemory(image, trace.events)
        self._answers = Counter([answer.task for answer in trace.opaque]) if trace.opaque else None
        self._next = _next_events(image, trace.events) if image.first_steps else None

    def result(self, machine: State, thread: UserThread, value: int) -> None:
        """See `Observer`."""
        position = thread.position if self._next is None else self.position(thread)
        event = self.events[position] if position < len(self.events) else None
        if type(event) is not Result or event.value != value or event.step != thread.step:
            self._differs(machine, position, Result(thread.step, value))
        thread.position = position + 1

    def done(self, machine: State, task: Task, value: int) -> None:
        """See `Observer`."""
        produced = view_done(task, value)
        position = self.position(task.family.thread)
        if position >= len(self.events) or self.events[position] != produced:
            self._differs(machine, position, produced)
        task.family.thread.position = position + 1

    def settled(self, machine: State, thread: UserThread) -> None:
        """See `Observer`."""
        position = self.position_of_all(machine)
        event = self.events[position] if position < len(self.events) else None
        if type(event) is not Settled or event.step != thread.step or not self._same(machine, position, event.seen):
            self._differs(machine, position, Settled(thread.step, self._observe(machine, position)))
        self._all_matched(machine, position)

    def blocked(self, machine: State, thread: UserThread) -> None:
        """See `Observer`."""
        position = self.position_of_all(machine)
        event = self.events[position] if position < len(self.events) else None
        if type(event) is not Blocked or event.step != thread.step or not self._same(machine, position, event.seen):
            self._differs(machine, position, Blocked(thread.step, self._observe(machine, position)))
        self._all_matched(machine, position)

    def ended(self, machine: State, end: End) -> None:
        """See `Observer`."""
        position = self.position_of_all(machine)
        event = self.events[position] if position < len(self.events) else None
        same = isinstance(event, Ended) and event.end == end and self._may_be_finished(machine, event)
        if same and end is not End.FUEL:
            assert isinstance(event, Ended)
            same = event.seen is not None and self._same(machine, position, event.seen)
        if self._answers is not None:
            same = same and all(task.asked >= self._answers[task.index] for task in machine.tasks)
        if not same or position + 1 != len(self.events):
            seen = None if end is End.FUEL else self._observe(machine, position)
            self._differs(machine, position, Ended(steps_finished(machine), end, seen))
        self._all_matched(machine, position)

    def answered(self, machine: State, task: Task, nr: int, args: tuple[int, ...], told: Reply) -> None:
        """See `Observer`. It is what the trace tells."""

    @staticmethod
    def _may_be_finished(machine: State, event: Ended) -> bool:
        """So many steps; where the fuel was spent, spares of a thread that exits may have to end first (D159)."""
        finished = steps_finished(machine)
        leaving = sum([family.thread.gone for family in machine.families]) if event.end is End.FUEL else 0
        return finished - leaving <= event.step <= finished

    def copy(self) -> "Matcher":
        """It is the same for all: where a run stands is kept with its machine."""
        return self

    def position(self, thread: UserThread) -> int:
        """Where the next event of this thread is, or of all threads."""
        return thread.position if self._next is None else self._next[thread.number][thread.position]

    def position_of_all(self, machine: State) -> int:
        """Where the next event is that was not matched; for several threads, of any."""
        if self._next is None:
            return machine.thread.position
        return min([self.position(family.thread) for family in machine.families])

    @staticmethod
    def _all_matched(machine: State, position: int) -> None:
        for family in machine.families:
            family.thread.position = position + 1

    def _same(self, machine: State, position: int, seen: Observation) -> bool:
        if not self.memory.same(machine, position):
            return False
        views = seen.tasks
        live = 0
        for task in machine.tasks:
            if task.role is DEAD:
                continue
            if live == len(views):
                return False
            view = views[live]
            live += 1
            if view.index != task.index or view.role != task.role or view.family != task.family.number:
                return False
            if view.call != (NO_CALL if task.role is READY else task.call):
                return False
        return live == len(views)

    def _observe(self, machine: State, position: int) -> Observation:
        if not self.explain:
            return Observation((), ())
        return observe(machine, self.memory.before(position))

    def _differs(self, machine: State, position: int, produced: Event) -> None:
        raise Difference(position, produced, machine.why)


def _next_events(image: Image, events: Sequence[Event]) -> list[list[int]]:
    """For each thread, by position in the trace, where the next event is that is the thread's, or of all threads."""
    whose = [_thread_of(image, event) for event in events]
    found = []
    for thread in range(len(image.starts) - 1):
        following = [len(events)] * (len(events) + 1)
        for position in range(len(events) - 1, -1, -1):
            mine = whose[position] in (thread, None)
            following[position] = position if mine else following[position + 1]
        found.append(following)
    return found


def in_order(image: Image, events: Sequence[Event]) -> tuple[Event, ...]:
    """The events with those of thread 0 first between any two moments of rest, then those of thread 1, and so on.

    Two traces that are one after that show the same (D135).
    """
    if not image.first_steps:
        return tuple(events)
    found: list[Event] = []
    window: list[tuple[int, Event]] = []
    for event in events:
        thread = _thread_of(image, event)
        if thread is not None:
            window.append((thread, event))
            continue
        found += [shown for _, shown in sorted(window, key=_first)]
        found.append(event)
        window = []
    return (*found, *[shown for _, shown in sorted(window, key=_first)])


def _first(pair: tuple[int, Event]) -> int:
    return pair[0]


def _thread_of(image: Image, event: Event) -> int | None:
    """The thread that alone shows this event."""
    if not isinstance(event, Result | Done):
        return None
    starts = image.starts
    return next((k for k in range(len(starts) - 1) if starts[k] <= event.step < starts[k + 1]), 0)
