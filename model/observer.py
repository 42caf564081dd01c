# SPDX-License-Identifier: Apache-2.0
"""Who is told when something of a run can be observed (D54): a recorder makes a trace, a matcher compares with one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from model.layout import ARENA
from model.trace import NO_CALL, End, Observation, Role, TaskView

if TYPE_CHECKING:
    from model.machine import Machine

DEAD = 3
"""Role of a task that has ended; it is never observed."""


class Observer(Protocol):
    """Called by the rules; `machine.step` is the step in question."""

    def result(self, machine: Machine, value: int) -> None:
        """The present step returned `value` (signed)."""

    def settled(self, machine: Machine) -> None:
        """The present step, a settle or advance, is over."""

    def blocked(self, machine: Machine) -> None:
        """The head sleeps in the present step and nothing can run."""

    def ended(self, machine: Machine, end: End) -> None:
        """The program ended."""


def view_tasks(machine: Machine) -> tuple[TaskView, ...]:
    """The live tasks as an observer outside sees them; none once the group is gone."""
    return tuple([
        TaskView(t.index, t.role, NO_CALL if t.role == Role.READY else t.call) for t in machine.tasks if t.role != DEAD
    ])  # fmt: skip


def changes(before: bytes | bytearray, after: bytes | bytearray) -> tuple[tuple[int, bytes], ...]:
    """Maximal runs of aligned words that differ, as (offset, bytes now)."""
    if before == after:
        return ()
    old, new = memoryview(before).cast("Q"), memoryview(after).cast("Q")
    runs: list[tuple[int, bytes]] = []
    word, words = 0, ARENA >> 3
    while word < words:
        if old[word : word + 64] == new[word : word + 64]:
            word = (word | 63) + 1 if not word & 63 else word + 64
            continue
        if old[word] == new[word]:
            word += 1
            continue
        start = word
        while word < words and old[word] != new[word]:
            word += 1
        runs.append((start << 3, bytes(after[start << 3 : word << 3])))
    return tuple(runs)


def observe(machine: Machine, before: bytes | bytearray) -> Observation:
    """What is seen now, when `before` was the memory at the last observation."""
    return Observation(view_tasks(machine), changes(before, machine.memory))
