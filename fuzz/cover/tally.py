# SPDX-License-Identifier: Apache-2.0
"""Counting what a run of the model exercises: clauses, and transitions from one event of a task to its next.

What no task does, but time, has events of its own.
"""

from collections import Counter
from typing import Final

from model.clauses import BY_NUMBER
from model.spec import events as ev
from model.spec.state import State
from model.spec.task import Task

STARTS: Final = "(starts)"
"""Before a task's first event."""
_SCHEDULING: Final = (ev.Runs, ev.Preempted, ev.PointPassed)
"""What a schedule shows, and no rule says."""


class Tally:
    """A listener that counts. One serves several runs (`new_run`)."""

    wants: frozenset[type[ev.Event]] | None = None

    def __init__(self) -> None:
        self.clauses: Counter[str] = Counter()
        self.transitions: Counter[tuple[str, str]] = Counter()
        self._last: dict[int | None, str] = {}

    def new_run(self) -> "Tally":
        """Another run begins: its tasks are others."""
        self._last.clear()
        return self

    def hear(self, machine: State, task: Task | None, event: ev.Event) -> None:
        """See `Listener`."""
        if event.clause is not None:
            for number in (event.clause, *event.also):
                self.clauses[BY_NUMBER[number].id] += 1
        if not isinstance(event, _SCHEDULING):
            name, who = type(event).__name__, None if task is None else task.index
            self.transitions[self._last.get(who, STARTS), name] += 1
            self._last[who] = name

    def copy(self) -> "Tally":
        """Not asked for: the runs are counted one by one."""
        raise NotImplementedError


def all_events() -> set[str]:
    """Every event of the vocabulary that a task may say."""
    kinds = {x for x in vars(ev).values() if isinstance(x, type) and issubclass(x, ev.Event) and x is not ev.Event}
    return {x.__name__ for x in kinds.difference(_SCHEDULING)}
