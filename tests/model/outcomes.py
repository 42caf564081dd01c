# SPDX-License-Identifier: Apache-2.0
"""All behaviours of a small program, by brute force or with the search's own splits: for comparing the two."""

from model.check.explore import Explorer, Sharing
from model.image import Image, build
from model.program import Program
from model.spec import steps
from model.spec.machine import PRIVATE, Machine, Task
from model.spec.observer import observe, view_done
from model.trace import End
from model.variant import PINNED


class TooBig(Exception):
    """The program has more behaviours than brute force should visit."""


class Remembering(Explorer):
    """Splits where the search does, and has what a `Historian` keeps."""

    history: tuple[object, ...] = ()


class Historian:
    """An observer that keeps what happened with the machine, so that it branches with it."""

    def result(self, machine: Machine, value: int) -> None:
        self._add(machine, ("result", machine.step, value))

    def done(self, machine: Machine, task: Task, value: int) -> None:
        self._add(machine, ("done", repr(view_done(task, value))))

    def settled(self, machine: Machine) -> None:
        self._add(machine, ("settled", machine.step, self._seen(machine)))

    def blocked(self, machine: Machine) -> None:
        self._add(machine, ("blocked", machine.step, self._seen(machine)))

    def ended(self, machine: Machine, end: End) -> None:
        self._add(machine, ("ended", end.name, None if end is End.FUEL else self._seen(machine)))

    def _seen(self, machine: Machine) -> str:
        return repr(observe(machine, machine.image.memory))

    def _add(self, machine: Machine, what: tuple[object, ...]) -> None:
        assert isinstance(machine, Remembering)
        machine.history = (*machine.history, what)


class EverySplit(Remembering):
    """Splits before every access, whoever may notice."""

    def pause(self, task: Task, location: int, write: bool, lists: bool = False) -> bool:
        if task.stopped:
            task.stopped = False
        elif len(steps.others(self)) > 1:
            task.stopped = True
            return True
        return False

    def pause_call(self, task: Task) -> bool:
        return self.pause(task, PRIVATE, True)


def outcomes(program: Program, machine: type[Remembering], limit: int = 200_000) -> tuple[set[object], int]:
    """Every distinct history, and how many blocks it took. Raises TooBig after so many blocks."""
    image = build(program)
    sharing = Sharing()
    effort = 0
    while True:
        sharing.grew = False
        found: set[object] = set()
        visited: set[object] = set()
        stack = [_start(machine, image, sharing)]
        while stack:
            m = stack.pop()
            while m.ended is None:
                effort += 1
                if effort >= limit:
                    raise TooBig
                if m.undecided is not None:
                    for candidate in m.undecided:
                        other = m.copy()
                        other.undecided, other.picks = None, [candidate]
                        other.go(other.running)
                        stack.append(other)
                    break
                able = steps.others(m)
                if len(able) > 1:
                    state = (m.state(), m.history)
                    if state in visited:
                        break
                    visited.add(state)
                    for task in able[1:]:
                        other = m.copy()
                        other.go(other.tasks[task.index])
                        stack.append(other)
                if able:
                    m.go(able[0])
                else:
                    steps.nothing_runs(m)
            else:
                found.add(m.history)
        if not sharing.grew:
            return found, effort


def _start(machine: type[Remembering], image: Image, sharing: Sharing) -> Remembering:
    m = steps.start(machine, image, Historian(), PINNED)
    assert isinstance(m, Remembering)
    m.prepare(sharing)
    return m
