# SPDX-License-Identifier: Apache-2.0
"""Who is told when something of a run can be observed (D54): a recorder makes a trace, a matcher compares with one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from model.layout import ARENA, PAGE
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


def changes(before: bytes, after: bytearray) -> tuple[tuple[int, bytes], ...]:
    """Maximal runs of aligned words that differ, as (offset, bytes now)."""
    if after == before:
        return ()
    runs: list[tuple[int, bytes]] = []
    start = end = -1
    for word in differing_words(before, after):
        if word != end:
            if start >= 0:
                runs.append((start << 3, bytes(after[start << 3 : end << 3])))
            start = word
        end = word + 1
    runs.append((start << 3, bytes(after[start << 3 : end << 3])))
    return tuple(runs)


def differing_words(before: bytes, after: bytearray) -> list[int]:
    """Numbers of the aligned words that differ, in order."""
    found: list[int] = []
    for page in range(0, ARENA, PAGE):
        old, new = before[page : page + PAGE], after[page : page + PAGE]
        if old == new:
            continue
        # A page as one long number: its lowest set bit leads to the next word that differs.
        rest, word = int.from_bytes(old, "little") ^ int.from_bytes(new, "little"), page >> 3
        while rest:
            equal = ((rest & -rest).bit_length() - 1) >> 6
            word += equal
            found.append(word)
            word += 1
            rest >>= 64 * (equal + 1)
    return found


def observe(machine: Machine, before: bytes) -> Observation:
    """What is seen now, when `before` was the memory at the last observation."""
    return Observation(view_tasks(machine), changes(before, machine.memory))
