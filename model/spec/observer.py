# SPDX-License-Identifier: Apache-2.0
"""Who is told when something of a run can be observed (D54): a recorder makes a trace, a matcher compares with one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, Protocol

from model.image import ARENA
from model.spec.task import DEAD, READY
from model.trace import NO_CALL, Done, End, Observation, TaskView

if TYPE_CHECKING:
    from model.spec.oracle import Reply
    from model.spec.state import State
    from model.spec.task import Task, UserThread

_LINE: Final = 512


class Observer(Protocol):
    """Called by the rules; `thread.step` is the step in question."""

    def result(self, machine: State, thread: UserThread, value: int) -> None:
        """The thread's present step returned `value` (signed)."""

    def done(self, machine: State, task: Task, value: int) -> None:
        """The operation of its script that `task` is at returned `value` (signed) (D88)."""

    def settled(self, machine: State, thread: UserThread) -> None:
        """The thread's present step, a settle or advance, is over."""

    def blocked(self, machine: State, thread: UserThread) -> None:
        """Nothing can run, and the thread is the first one whose head sleeps in a step."""

    def ended(self, machine: State, end: End) -> None:
        """The program ended."""

    def answered(self, machine: State, task: Task, nr: int, args: tuple[int, ...], told: Reply) -> None:
        """An opaque call of the task has ended."""

    def copy(self) -> Observer:
        """One for a copy of the machine."""


def view_done(task: Task, value: int) -> Done:
    """The operation that `task` has just made as it is seen (D88)."""
    assert task.script is not None
    return Done(task.script.step, task.script.place, value, task.index, task.role)


def view_tasks(machine: State) -> tuple[TaskView, ...]:
    """The live tasks as an observer outside sees them; none once the group is gone."""
    live = [t for t in machine.tasks if t.role is not DEAD]
    return tuple([TaskView(t.index, t.role, NO_CALL if t.role is READY else t.call, t.family.number) for t in live])


def runs(words: Iterable[int], memory: bytearray) -> tuple[tuple[int, bytes], ...]:
    """Neighbouring words, given in order, joined: (offset, bytes now)."""
    found: list[tuple[int, bytes]] = []
    start = end = -1
    for word in words:
        if word != end:
            if start >= 0:
                found.append((start << 3, bytes(memory[start << 3 : end << 3])))
            start = word
        end = word + 1
    if start >= 0:
        found.append((start << 3, bytes(memory[start << 3 : end << 3])))
    return tuple(found)


def differing_words(before: bytes, after: bytearray) -> list[int]:
    """Numbers of the aligned words that differ, in order; narrowed down by pages and lines first."""
    found: list[int] = []
    for line in range(0, ARENA, _LINE):
        old, new = before[line : line + _LINE], after[line : line + _LINE]
        if old != new:
            found += [(line + i) >> 3 for i in range(0, _LINE, 8) if old[i : i + 8] != new[i : i + 8]]
    return found


def observe(machine: State, before: bytes) -> Observation:
    """What is seen now, when `before` was the memory at the last observation."""
    return Observation(view_tasks(machine), runs(differing_words(before, machine.memory), machine.memory))


def observe_written(machine: State, seen: memoryview) -> Observation:
    """As `observe`, for a machine whose writes since then are all noted in `written`; `seen`: the words seen last."""
    now = machine.words
    words = [word for word in sorted(machine.written) if seen[word] != now[word]]
    machine.written.clear()
    for word in words:
        seen[word] = now[word]
    return Observation(view_tasks(machine), runs(words, machine.memory))
