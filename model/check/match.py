# SPDX-License-Identifier: Apache-2.0
"""Comparing a run of the model, event by event, with the trace that is judged."""

from collections.abc import Sequence

import attrs

from model.image import ARENA, Image
from model.spec.observer import observe, view_done
from model.spec.state import State
from model.spec.task import DEAD, READY, Task
from model.trace import NO_CALL, Blocked, Done, End, Ended, Event, Observation, Result, Settled, Trace


@attrs.frozen(eq=False)
class Difference(Exception):
    """The model produced something else than the trace's event at `position`."""

    position: int
    produced: Event | None
    why: int


class Matcher:
    """An observer that raises Difference as soon as the run and the trace part.

    `UserThread.position` counts the events that were matched. The memory at each observation of the trace is
    put together beforehand, so matching one is a comparison of bytes.
    """

    def __init__(self, image: Image, trace: Trace, *, explain: bool) -> None:
        self.events = trace.events
        self.explain = explain
        self.memories = memories(image, trace.events)

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
        memory = self.memories[machine.thread.position]
        if memory is None or machine.memory != memory:
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
        return observe(machine, self.before(machine.thread.position))

    def before(self, position: int) -> bytes:
        """Memory at the last observation of the trace before the event at `position`."""
        while position > 0 and position - 1 < len(self.memories) and self.memories[position - 1] is None:
            position -= 1
        memory = self.memories[position - 1] if 0 < position <= len(self.memories) else self.memories[-1]
        assert memory is not None
        return memory

    def _differs(self, machine: State, produced: Event) -> None:
        raise Difference(machine.thread.position, produced, machine.why)


def memories(image: Image, events: Sequence[Event]) -> list[bytes | None]:
    """For each event the arena at that observation, None where none was made; the last entry is the initial one."""
    arena = bytearray(image.memory)
    found: list[bytes | None] = []
    for event in events:
        seen = None if isinstance(event, Result | Done) else event.seen
        if seen is None:
            found.append(None)
            continue
        for offset, data in seen.changes:
            if 0 <= offset <= ARENA - len(data):
                arena[offset : offset + len(data)] = data
        found.append(bytes(arena))
    found.append(image.memory)
    return found
