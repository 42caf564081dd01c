# SPDX-License-Identifier: Apache-2.0
"""The threads of a program at rest: which of them settle, which go on, and when time does (D133)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from model.spec.task import Task, UserThread

if TYPE_CHECKING:
    from model.spec.state import State


def settles(t: Task) -> bool:
    """Whether the task is the head of a thread that settles."""
    return t.family.thread.settling and t.family.head is t


def able(m: State) -> list[Task]:
    """The tasks that may run, with several threads: at rest, of those that settle the one that speaks for all.

    That is the first that goes on, or, if none does, the first.
    """
    others = [t for t in m.runnable if not settles(t)]
    if others or not m.runnable:
        return others
    threads = settling(m)
    first = next((x for x in threads if is_due(m, x)), threads[0])
    return [m.families[first.number].head]


def settling(m: State) -> list[UserThread]:
    """The threads that settle, in order of number."""
    return [family.thread for family in m.families if family.thread.settling]


def is_due(m: State, thread: UserThread) -> bool:
    """Whether what the thread settles for has come, once nothing else can run."""
    return thread.until is None or thread.until <= m.now


def first_end(m: State) -> int | None:
    """The tick at which the first thread that settles for a time is done; None if there is none."""
    untils = [family.thread.until for family in m.families if family.thread.settling]
    return min([until for until in untils if until is not None], default=None)


def time_goes_on(m: State, thread: UserThread) -> bool:
    """Whether time goes on before this thread, which settles, is done with it."""
    until, ends = thread.until, first_end(m)
    if until is None or ends is None:
        return False
    return ends < until or bool(m.timers and m.timers[0][0] <= ends)


def steps_finished(m: State) -> int:
    """So many steps are finished, of all threads together."""
    return sum([family.thread.step - family.thread.first for family in m.families])
