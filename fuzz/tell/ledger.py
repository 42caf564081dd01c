# SPDX-License-Identifier: Apache-2.0
"""Beats as they are written down: which one is open for whom, and the state after each.

A call that is over before anything else happens is one beat, with its result. So a beat stays *open* as long as its
task has not slept, been interrupted, or begun something else.
"""

import copy
from collections.abc import Callable
from typing import Final, Self, TypeVar

from fuzz.tell import lanes
from fuzz.tell.memory import Rings
from fuzz.tell.story import CLOCK, Beat, Change, Kind, Lane, TaskState, task_lane
from fuzz.tell.wording import worded
from fuzz.tell.words import call_name, short
from model import abi
from model.program import Program
from model.spec import events as ev
from model.spec.state import State
from model.spec.task import Task
from model.trace import Role

_NO_DEEDS: Final = (Kind.HANDOVER, Kind.WAKE, Kind.PREEMPT)
"""Beats that tell what becomes of a task."""
_CALLS: Final = (Kind.STEP, Kind.ATOM, Kind.OPERATION)
"""Beats of a call, which has a result some time."""

METHODS: Final[dict[type[ev.Event], Callable[..., None]]] = {}
"""What is made of the events that are beats, or parts of some."""
_Method = TypeVar("_Method", bound=Callable[..., None])


def tells(*events: type[ev.Event]) -> Callable[[_Method], _Method]:
    """The method tells these events."""

    def registered(method: _Method) -> _Method:
        METHODS.update(dict.fromkeys(events, method))
        return method

    return registered


class Ledger:
    """The beats of one run of `machine`."""

    machine: State

    def __init__(self, program: Program) -> None:
        self.program = program
        self.beats: list[Beat] = []
        self.rings = Rings(program)
        self._open: dict[int, Beat] = {}
        self._pending: dict[int, list[Change]] = {}
        self._objects: dict[int, Lane] = {}
        self._calls: dict[int, tuple[int, tuple[int, ...]]] = {}
        self._deeds: dict[int, str] = {}
        self._free: set[int] = set()
        self._closed: Beat | None = None

    def copy(self) -> Self:
        """One that goes on from here by itself."""
        kept = {id(x): x for x in (self.program, getattr(self, "machine", None))}
        return copy.deepcopy(self, kept)

    def next_beat(self) -> int:
        """The place of the beat that tells what comes next: a call that has no result yet is still to be told."""
        last = self.beats[-1] if self.beats else None
        return len(self.beats) - (last is not None and last.unsaid and self._open.get(last.task) is last)

    def add(self, kind: Kind, task: Task | None, deed: str = "", label: str = "") -> Beat:
        """A new beat, with a label on the lane of its task; the one before it is over: the state is written down."""
        self.close()
        beat = Beat(kind, -1, deed, step=self._step_of(task), now=self.machine.now)
        if task is not None:
            beat.task, beat.role = task.index, task.role
            beat.changes += self._pending.pop(task.index, [])
            beat.free = task.index in self._free
            self._free.discard(task.index)
            if label:
                beat.boxes[task_lane(task.index)] = label
        self.beats.append(beat)
        return beat

    def head_of(self, step: int) -> Task:
        """The task that runs the thread of this step."""
        return self.machine.families[self.program.thread_of(step)].head

    def _step_of(self, task: Task | None) -> int:
        """The step that the task's thread is at. Of several threads: what no task does belongs to the step before."""
        if not self.program.threads:
            return self.machine.thread.step
        before = self.beats[-1].step if self.beats else 0
        if task is None:
            return before
        thread = task.family.thread
        return min(thread.step, thread.end - 1) if thread.first < thread.end else before

    def begin(self, kind: Kind, task: Task, deed: str = "", label: str = "") -> Beat:
        """A new beat that stays open."""
        self._open[task.index] = beat = self.add(kind, task, deed, label)
        if kind in _CALLS:
            self._deeds[task.index] = deed
        return beat

    def end(self, task: Task) -> Beat | None:
        """The task's open beat, which is open no longer."""
        self._look(self._open.get(task.index))
        return self._open.pop(task.index, None)

    def close(self) -> None:
        """Write down the state after the last beat, once. Another task that begins to run is the latest time for it."""
        if self.beats and self.beats[-1] is not self._closed:
            self.beats[-1].tasks, self.beats[-1].now = states(self.machine), self.machine.now
            self._see_objects(self.beats[-1:])
            self._closed = self.beats[-1]

    def _look(self, beat: Beat | None) -> None:
        """An open beat's call is over: what it does to an object is done only now, though it woke others before."""
        if beat is not None and beat.kind in _CALLS and beat.arrow is not None:
            count = next(i for i, other in enumerate(reversed(self.beats), start=1) if other is beat)
            self._see_objects(self.beats[-count:-1])

    def _see_objects(self, beats: list[Beat]) -> None:
        """Write down what is in the objects after these beats: the same."""
        objects = lanes.things(self.machine)
        held = dict(objects)
        for beat in beats:
            beat.objects = objects
            for lane in beat.arrow or ():
                if lane in held and (beat.blocked or not lane.name.startswith("futex")):
                    beat.boxes[lane] = short(held[lane].split(",")[0])

    def say(self, beat: Beat, event: ev.Event, *, aside: bool = False) -> None:
        """Add an event to a beat, in its own words, with the clause that demands it."""
        beat.say(worded(event, self.program), event.clause, aside=aside)

    def note(self, task: Task, event: ev.Event, *, aside: bool = False) -> Beat:
        """Add an event to what its task is at or did just now; else it is a beat of its own."""
        beat = self._open.get(task.index)
        if beat is None and self.beats[-1:] and self.beats[-1].task == task.index:
            beat = self.beats[-1] if self.beats[-1].kind not in _NO_DEEDS else None
        if beat is None:
            beat, aside = self.begin(Kind.RETURN, task, label="goes on"), False
        self.say(beat, event, aside=aside)
        return beat

    def gives(self, task: Task, deed: str, result: str, value: int, label: str = "") -> Beat:
        """A call has this result; where its beat is over meanwhile, it is told by one of its own."""
        beat = self._open.get(task.index)
        if beat is not None and beat.kind is Kind.RETURN and not beat.deed:
            beat.deed = deed
        elif beat is None or beat.kind not in _CALLS or beat.result is not None:
            beat = self.begin(Kind.RETURN, task, deed, label or f"= {short(result)}")
        self._look(beat)
        failed = bool(value >> 63)
        self._deeds.pop(task.index, None)
        lane = self._objects.pop(task.index, None)
        nr, _ = self._calls.get(task.index, (-1, ()))
        if beat.kind is Kind.RETURN and lane not in (None, CLOCK) and nr == abi.NR_READ and not failed:
            beat.arrow = (lane, task_lane(task.index))  # it comes back with something
        elif beat.arrow is not None and failed and not beat.blocked:
            beat.arrow = None  # it moved nothing
        if failed:
            beat.said = [piece for piece in beat.said if piece.clauses]  # nor did it do what it is for
        beat.result = result
        return beat


def states(m: State) -> tuple[TaskState, ...]:
    """All tasks as they are now."""
    return tuple(
        TaskState(
            t.index, t.role, t.asleep and t.role != Role.READY, call_name(t.call) if t.asleep else "", t.family.number
        )
        for t in m.tasks
    )
