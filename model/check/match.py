# SPDX-License-Identifier: Apache-2.0
"""Comparing a run of the model, event by event, with the trace that is judged."""

import attrs

from model.check.seen import SeenMemory
from model.image import Image
from model.spec.observer import observe, view_done
from model.spec.state import State
from model.spec.task import DEAD, READY, Task
from model.trace import NO_CALL, Blocked, End, Ended, Event, Observation, Result, Settled, Trace


@attrs.frozen(eq=False)
class Difference(Exception):
    """The model produced something else than the trace's event at `position`."""

    position: int
    produced: Event | None
    why: int


class Matcher:
    """An observer that raises Difference as soon as the run and the trace part.

    `UserThread.position` counts the events that were matched.
    """

    def __init__(self, image: Image, trace: Trace, *, explain: bool) -> None:
        self.events = trace.events
        self.explain = explain
        self.memory = SeenMemory(image, trace.events)

    def result(self, machine: State, value: int) -> None:
        """See `Observer`."""
        event = self._expected(machine)
        if type(event) is not Result or event.value != value or event.step != machine.thread.step:
            self._differs(machine, Result(machine.thread.step, value))
        machine.thread.position += 1

    def done(self, machine: State, task: Task, value: int) -> None:
        """See `Observer`."""
        produced = view_done(task, value)
        if self._expected(machine) != produced:
            self._differs(machine, produced)
        machine.thread.position += 1

    def settled(self, machine: State) -> None:
        """See `Observer`."""
        event = self._expected(machine)
        if type(event) is not Settled or event.step != machine.thread.step or not self._same(machine, event.seen):
            self._differs(machine, Settled(machine.thread.step, self._observe(machine)))
        machine.thread.position += 1

    def blocked(self, machine: State) -> None:
        """See `Observer`."""
        event = self._expected(machine)
        if type(event) is not Blocked or event.step != machine.thread.step or not self._same(machine, event.seen):
            self._differs(machine, Blocked(machine.thread.step, self._observe(machine)))
        machine.thread.position += 1

    def ended(self, machine: State, end: End) -> None:
        """See `Observer`."""
        event = self._expected(machine)
        same = type(event) is Ended and event.end == end and event.step == machine.thread.step
        if same and end is not End.FUEL:
            assert isinstance(event, Ended)
            same = event.seen is not None and self._same(machine, event.seen)
        if not same or machine.thread.position + 1 != len(self.events):
            seen = None if end is End.FUEL else self._observe(machine)
            self._differs(machine, Ended(machine.thread.step, end, seen))
        machine.thread.position += 1

    def copy(self) -> "Matcher":
        """It is the same for all: where a run stands is kept with its machine."""
        return self

    def _expected(self, machine: State) -> Event | None:
        return self.events[machine.thread.position] if machine.thread.position < len(self.events) else None

    def _same(self, machine: State, seen: Observation) -> bool:
        if not self.memory.same(machine, machine.thread.position):
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
            if view.index != task.index or view.role != task.role:
                return False
            if view.call != (NO_CALL if task.role is READY else task.call):
                return False
        return live == len(views)

    def _observe(self, machine: State) -> Observation:
        if not self.explain:
            return Observation((), ())
        return observe(machine, self.memory.before(machine.thread.position))

    def _differs(self, machine: State, produced: Event) -> None:
        raise Difference(machine.thread.position, produced, machine.why)
