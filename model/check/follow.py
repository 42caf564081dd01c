# SPDX-License-Identifier: Apache-2.0
"""Following a target's log of who ran how far (docs/protocol.md): the short way through the set of all runs."""

from typing import Final

from model.check.match import Difference, Matcher
from model.image import Image
from model.spec import rest, steps
from model.spec.features import note_switch
from model.spec.machine import Machine
from model.spec.state import UNLIMITED, Chooser, Listener, State
from model.spec.task import Task
from model.trace import Trace
from model.variant import Variant

_LONGEST: Final = 0xFFFF
"""Points that one hint can tell of."""
_RUN: Final = 0
_PICK: Final = 1
_SLEPT: Final = 2


class Told(Chooser):
    """Stops where a hint ends. `picks`: whom the running task wakes; `slept`: its run ends in a sleep."""

    def __init__(self) -> None:
        super().__init__()
        self.picks: list[int] = []
        self.slept = False

    def pick(self, m: State, candidates: list[int]) -> int | None:
        """See `Chooser`."""
        if self.picks:
            choice = self.picks.pop(0)
            if choice in candidates:
                return choice
        return candidates[0]

    def knows_asleep(self, m: State) -> bool:
        """See `Chooser`."""
        return self.slept and not m.quantum and not m.allowance


def follow(
    image: Image,
    trace: Trace,
    variant: Variant,
    features: bytearray | None = None,
    *,
    listener: Listener | None = None,
    deep: bool = False,
) -> Difference | None:
    """Move as the hints say; None when that explains the whole trace, else where it stopped doing so."""
    matcher = Matcher(image, trace, explain=False)
    m = steps.start(
        image, matcher, Told(), variant, tids=trace.tids, features=features, listener=listener, deep=deep,
        answers=trace,
    )  # fmt: skip
    try:
        follow_hints(m, trace.hints)
    except Difference as difference:
        return difference
    finally:
        if features is not None:
            m.count_clauses(features)
    return None


def follow_hints(m: Machine, hints: tuple[int, ...]) -> None:
    """Let the tasks run in the hinted order; where the hints make no sense, first in, first out.

    A head's run that goes on after a settle says that no other task ran meanwhile. A task that is runnable here, woken
    by what in the target woke another, has nothing to do then; it goes first, and the rest of the run is still owed.
    """
    told = m.chooser
    assert isinstance(told, Told)
    position = owed = 0
    debtor = m.family.head
    while m.ended is None:
        first = m.first_able()
        if first is None:
            steps.nothing_runs(m)
            continue
        if owed and (first is debtor or first is not first.family.head):
            task = first
            alone = task is debtor
            told.picks = []
            m.allow(owed if alone else UNLIMITED)
            owed = 0 if alone else owed
        else:
            position, task = _next(m, told, first, hints, position)
        if m.noting and task is not m.running and m.running.stopped_at is not None and not m.running.asleep:
            note_switch(m, m.running, task)
        m.run(task)
        left = m.quantum or m.allowance
        if rest.settles(task) and left <= _LONGEST:
            owed, debtor = left, task


def _next(m: Machine, told: Told, first: Task, hints: tuple[int, ...], position: int) -> tuple[int, Task]:
    """Who runs now, how far, and with which picks; hints for tasks that cannot run are skipped.

    `first` is the longest of those that can.

    While a head settles the others come first, hinted or not: a hint for the head is kept for later.
    """
    told.slept = False
    if rest.settles(first) and rest.time_goes_on(m, first.family.thread):
        m.allow(0)  # time goes on; if the head ran for that alone, a hint says so
        told_of = position < len(hints) and hints[position] == _RUN << 24 | first.index << 16
        return position + told_of, first
    picks: list[int] = []
    slept = False
    start = position
    while position < len(hints):
        hint = hints[position]
        index = hint >> 16 & 0xFF
        task = m.tasks[index] if index < len(m.tasks) else None
        kind = hint >> 24
        if kind == _PICK:
            picks.append(index)
        elif kind == _SLEPT:
            slept = True
        elif kind != _RUN:
            pass
        elif task is not None and not task.asleep and (task is first or not rest.settles(task)):
            told.picks, told.slept = picks, slept
            m.allow(hint & 0xFFFF)
            return position + 1, task
        elif task is not None and rest.settles(task):
            m.allow(UNLIMITED)
            return start, first
        elif task is not None and first is not first.family.head and any(waiting == index for _, waiting in m.timers):
            m.allow(UNLIMITED)  # in the target time went on: a task that is runnable here has nothing to do
            return start, first
        if kind == _RUN:
            slept = False
        position += 1
    m.allow(UNLIMITED)
    return position, first
