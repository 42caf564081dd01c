# SPDX-License-Identifier: Apache-2.0
"""Why a task sleeps, where no clause that applied just then says it."""

from collections.abc import Callable
from typing import Final

from fuzz.ask.phrases import Scene
from model import abi, clauses
from model.spec.ring import LOCK_KEY

SLEEPS: Final[dict[int, tuple[int, Callable[[Scene], str]]]] = {
    abi.NR_NANOSLEEP: (clauses.TIME_2, lambda s: f"it sleeps until tick {s.t.deadline}"),
    abi.NR_FUTEX: (clauses.FUTEX_3, lambda s: f"it sleeps until {s.words.place(s.t.args[0])} is woken"),
}
"""Calls that sleep without a clause having applied yet: the clause that they sleep by."""


def why_asleep(s: Scene) -> int | None:
    """The clause by which a task sleeps that found so before, when it could still be preempted (D77)."""
    found = {clauses.PIPE_2, clauses.PIPE_6, clauses.EVENTFD_2, clauses.EVENTFD_5, clauses.OBJECT_1}
    if not s.t.asleep or s.t.call not in (abi.NR_READ, abi.NR_WRITE) or s.met & found:
        return None
    if s.object.startswith("p"):
        return clauses.PIPE_2 if s.t.call == abi.NR_READ else clauses.PIPE_6
    return clauses.EVENTFD_2 if s.t.call == abi.NR_READ else clauses.EVENTFD_5


def at_the_lock(s: Scene) -> list[tuple[str, tuple[int, ...]]]:
    """What is told where the task sleeps since another has the completion lock: words and clauses, or nothing."""
    if not s.t.asleep or s.t.index not in s.m.waiters.get(LOCK_KEY, ()):
        return []
    text = f"task {s.m.lock_owner} has the completion lock, so it sleeps until the lock is free"
    parts: list[tuple[str, tuple[int, ...]]] = [(text, (clauses.RING_9,))]
    if clauses.MOVE_3 in s.met:
        parts.append(("it is busy already, and the head stays", (clauses.MOVE_3,)))
    return parts
