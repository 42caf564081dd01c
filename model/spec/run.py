# SPDX-License-Identifier: Apache-2.0
"""One run of the model: the same rules as the checker's, with one choice taken at each choice point."""

from collections.abc import Callable
from typing import Final, Self

from mypy_extensions import mypyc_attr

from model.image import FUEL, Image
from model.spec import steps
from model.spec.machine import Machine, Task
from model.spec.observer import observe_written, view_done
from model.trace import Blocked, End, Ended, Event, Result, Settled, Trace
from model.variant import PINNED, Variant

_ANY_DISTANCE: Final = 1 << 30

Drive = Callable[[Machine, Task], None]
"""Lets one task run until it sleeps, ends, or must let another go first."""


class Recorder:
    """Makes a trace of what can be observed."""

    def __init__(self, image: Image) -> None:
        self.events: list[Event] = []
        self.seen: bytes = image.memory

    def result(self, machine: Machine, value: int) -> None:
        """See `Observer`."""
        self.events.append(Result(machine.step, value))

    def done(self, machine: Machine, task: Task, value: int) -> None:
        """See `Observer`."""
        self.events.append(view_done(task, value))

    def settled(self, machine: Machine) -> None:
        """See `Observer`."""
        self.events.append(Settled(machine.step, observe_written(machine, self.seen)))
        self.seen = bytes(machine.memory)

    def blocked(self, machine: Machine) -> None:
        """See `Observer`."""
        self.events.append(Blocked(machine.step, observe_written(machine, self.seen)))
        self.seen = bytes(machine.memory)

    def ended(self, machine: Machine, end: End) -> None:
        """See `Observer`."""
        seen = None if end is End.FUEL else observe_written(machine, self.seen)
        self.events.append(Ended(machine.step, end, seen))


@mypyc_attr(allow_interpreted_subclasses=True)
class Chosen(Machine):
    """A machine whose choices come from the program's chooser (docs/protocol.md); by default the first option."""

    passing = False
    preempted = -1
    choices: list[int]
    skip = 0

    def prepare(self) -> None:
        """Start reading the chooser."""
        self.choices = list(self.image.choices)
        self.skip = self.choices[0] >> 3 if self.choices else 0
        self.quantum = 0 if self.choices else _ANY_DISTANCE

    def decide(self, options: int) -> int:
        """Option to take at this choice point."""
        if options < 2 or not self.choices:
            return 0
        if self.skip:
            self.skip -= 1
            return 0
        choice = self.choices.pop(0)
        self.skip = self.choices[0] >> 3 if self.choices else 0
        return (choice & 7) % options

    def pause(self, task: Task, location: int, write: bool, lists: bool = False) -> bool:
        """A schedule point: perhaps another task goes first; this one goes to the tail."""
        if not self.choices:
            return False
        if self.passing:
            self.passing = False
            return False
        rivals = [t for t in steps.others(self) if t is not task]
        choice = self.decide(len(rivals) + 1)
        if not choice:
            return False
        self.preempted = rivals[choice - 1].index
        return True

    def next_mover(self, able: list[Task]) -> Task:
        """Who goes on where nobody has to."""
        return able[self.decide(len(able))]

    def pick(self, candidates: list[int]) -> int:
        """Which of several waiters."""
        return candidates[self.decide(len(candidates))]

    def copy(self) -> Self:
        """See `Machine.copy`."""
        other = super().copy()
        other.passing, other.preempted = self.passing, self.preempted
        other.choices, other.skip = self.choices, self.skip
        return other


def run(
    image: Image,
    variant: Variant = PINNED,
    *,
    machine: type[Chosen] = Chosen,
    drive: Drive = steps.run_task,
    features: bytearray | None = None,
    deep: bool = False,
) -> Trace:
    """Run a program with its chooser, first in first out where it is silent. Never raises on valid input.

    Args:
        image: the program.
        variant: the reading of v3 to run it by.
        machine: one that decides otherwise than the program's chooser.
        drive: lets a task run (`steps.run_task`), for those who watch.
        features: counters to fill (`model.spec.features.SIZE` bytes) with clauses and results.
        deep: the chooser may preempt inside the code of objects as well (D77).
    """
    recorder = Recorder(image)
    m = steps.start(machine, image, recorder, variant, features=features)
    assert isinstance(m, Chosen)
    m.deep = deep
    play(m, drive)
    atoms = FUEL - m.fuel
    tids = tuple(m.tid_of(t.index) for t in m.tasks)
    return Trace(tuple(recorder.events), tids, handovers=m.handovers, atoms=atoms)


def play(m: Chosen, drive: Drive = steps.run_task) -> None:
    """Run a machine from its beginning to its end; `drive` lets somebody look on while a task runs."""
    m.prepare()
    stopped: set[int] = set()
    while m.ended is None:
        able = steps.others(m)
        if not able:
            steps.nothing_runs(m)
            continue
        if m.preempted >= 0:
            task = m.tasks[m.preempted]
            m.preempted = -1
        else:
            task = m.next_mover(able)
        m.passing = task.index in stopped
        stopped.discard(task.index)
        drive(m, task)
        if m.preempted >= 0:
            stopped.add(task.index)
            m.runnable.remove(task)
            m.runnable.append(task)
