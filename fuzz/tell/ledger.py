# SPDX-License-Identifier: Apache-2.0
"""Beats as they are written down: which one is open for whom, and the state after each.

A call that is over before anything else happens is one beat, with its result. So a beat stays *open* as long as its
task has not slept, been interrupted, or begun something else.
"""

from fuzz.tell import words
from fuzz.tell.memory import Rings
from fuzz.tell.naming import Words
from fuzz.tell.story import CLOCK, Beat, Change, Kind, Lane, TaskState, task_lane
from fuzz.tell.wording import worded
from fuzz.tell.words import id_of
from model import abi
from model.program import Program, Step
from model.spec import events as ev
from model.spec.state import State
from model.spec.task import Task
from model.trace import Role

_NO_DEEDS = (Kind.HANDOVER, Kind.WAKE, Kind.PREEMPT)
"""Beats that tell what becomes of a task."""


class Ledger:
    """The beats of one run of `machine`."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.words = Words(program)
        self.beats: list[Beat] = []
        self.rings = Rings(program)
        self.machine: State
        self._open: dict[int, Beat] = {}
        self._pending: dict[int, list[Change]] = {}
        self._objects: dict[int, Lane] = {}
        self._calls: dict[int, tuple[int, tuple[int, ...]]] = {}
        self._free: set[int] = set()
        self._names = frozenset([f"p{x}" for x in program.pipes] + [f"e{x.index}" for x in program.eventfds])

    # Beats

    def add(self, kind: Kind, task: Task | None, title: str = "", text: str = "") -> Beat:
        """A new beat; the one before it is over, so the state after that is written down."""
        self.close()
        index = -1 if task is None else task.index
        beat = Beat(kind, index, title, text, step=self.machine.thread.step, now=self.machine.now)
        if task is not None:
            beat.changes += self._pending.pop(index, [])
            beat.free = index in self._free
            self._free.discard(index)
        self.beats.append(beat)
        return beat

    def close(self) -> None:
        """Write down the state after the last beat."""
        if self.beats:
            beat, m = self.beats[-1], self.machine
            beat.tasks, beat.objects, beat.now = states(m), words.objects(m), m.now
            held = dict(beat.objects)
            for lane in beat.arrow or ():
                if lane in held and (beat.blocked or not lane.name.startswith("futex")):
                    beat.boxes[lane] = words.short(held[lane].split(",")[0])

    def _begin(self, kind: Kind, task: Task, title: str = "", text: str = "", label: str = "") -> Beat:
        beat = self.add(kind, task, title, text)
        if label:
            beat.boxes[task_lane(task.index)] = label
        self._open[task.index] = beat
        return beat

    def note(self, task: Task, event: ev.Event, *, said: bool = True) -> None:
        """Add an event to the last thing that its task did: its words, and the clause."""
        mine = (beat for beat in reversed(self.beats) if beat.task == task.index and beat.kind not in _NO_DEEDS)
        beat = self._open.get(task.index) or next(mine, None)
        if beat is not None and event.clause is not None and id_of(event.clause) not in beat.clauses:
            if said:
                beat.say(worded(event, self.words))
            beat.cite(id_of(event.clause))

    def _brings(self, task: Task, beat: Beat, value: int) -> None:
        """A read that slept comes back with something from its object."""
        lane = self._objects.get(task.index)
        nr, _ = self._calls.get(task.index, (-1, ()))
        if lane is not None and lane is not CLOCK and nr == abi.NR_READ and not value >> 63:
            beat.arrow = (lane, task_lane(task.index))

    @staticmethod
    def _failed(value: int, beat: Beat) -> None:
        """A call that failed moved nothing."""
        if value >> 63 and beat.arrow is not None and not beat.blocked:
            beat.arrow = None

    def _step(self) -> Step | None:
        steps, number = self.program.steps, self.machine.thread.step
        return steps[number] if number < len(steps) else None


def states(m: State) -> tuple[TaskState, ...]:
    """All tasks as they are now."""
    return tuple(
        TaskState(t.index, t.role, t.asleep and t.role != Role.READY, words.call_name(t.call) if t.asleep else "")
        for t in m.tasks
    )
