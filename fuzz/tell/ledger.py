# SPDX-License-Identifier: Apache-2.0
"""Beats as they are written down: which one is open for whom, and the state after each.

A call that is over before anything else happens is one beat, with its result. So a beat stays *open* as long as its
task has not slept, been interrupted, or begun something else.
"""

from fuzz.tell import words
from fuzz.tell.memory import Rings
from fuzz.tell.story import CLOCK, Beat, Change, Kind, Lane, TaskState, task_lane
from model import abi
from model.program import Program, Step
from model.spec.machine import Machine, Task
from model.trace import Role


class Ledger:
    """The beats of one run of `machine`."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.beats: list[Beat] = []
        self.rings = Rings(program)
        self.machine: Machine
        self._open: dict[int, Beat] = {}
        self._pending: dict[int, list[Change]] = {}
        self._objects: dict[int, Lane] = {}
        self._stopped: Task | None = None
        self._names = frozenset([f"p{x}" for x in program.pipes] + [f"e{x.index}" for x in program.eventfds])

    # Beats

    def add(self, kind: Kind, task: Task | None, title: str = "", text: str = "") -> Beat:
        """A new beat; the one before it is over, so the state after that is written down."""
        self.close()
        index = -1 if task is None else task.index
        beat = Beat(kind, index, title, text, step=self.machine.step, now=self.machine.now)
        if task is not None:
            beat.changes += self._pending.pop(index, [])
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

    def _brings(self, task: Task, beat: Beat) -> None:
        """A read that slept comes back with something from its object."""
        lane = self._objects.get(task.index)
        if lane is not None and lane is not CLOCK and task.nr == abi.NR_READ and not task.ret >> 63:
            beat.arrow = (lane, task_lane(task.index))

    @staticmethod
    def _failed(task: Task, beat: Beat) -> None:
        """A call that failed moved nothing."""
        if task.ret >> 63 and beat.arrow is not None and not beat.blocked:
            beat.arrow = None

    def _step(self) -> Step | None:
        steps, number = self.program.steps, self.machine.step
        return steps[number] if number < len(steps) else None

    # Who runs

    def runs(self, task: Task) -> None:
        """This task runs now; one that was stopped in the middle of something is told about."""
        before, self._stopped = self._stopped, None
        if before is not None and before is not task:
            beat = self.add(Kind.PREEMPT, before, text=f"task {before.index} is interrupted; task {task.index} runs")
            beat.boxes[task_lane(before.index)] = "…"
            self._open.pop(before.index, None)

    def stops(self, task: Task) -> None:
        """This task does not go on; if it could, somebody else is first."""
        settles = self.machine.settling and task.role == Role.HEAD
        if not task.asleep and task.phase is not None and not settles and self.machine.ended is None:
            self._stopped = task


def states(m: Machine) -> tuple[TaskState, ...]:
    """All tasks as they are now."""
    return tuple(
        TaskState(t.index, t.role, t.asleep and t.role != Role.READY, words.call_name(t.call) if t.asleep else "")
        for t in m.tasks
    )
