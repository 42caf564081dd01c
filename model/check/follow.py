# SPDX-License-Identifier: Apache-2.0
"""Following a target's log of who ran how far (docs/protocol.md): the short way through the set of all runs."""

from typing import Final

from model.check.difference import explain
from model.check.explore import Explorer, Sharing
from model.check.match import Difference, Matcher
from model.image import Image
from model.spec import steps
from model.spec.machine import Machine, Task
from model.spec.run import Drive
from model.trace import Role, Trace
from model.variant import Variant
from model.verdict import Alternative, Kind

_ANY_DISTANCE: Final = 1 << 30
_LONGEST: Final = 0xFFFF
"""Points that one hint can tell of."""
_RUN: Final = 0
_PICK: Final = 1
_SLEPT: Final = 2


class _Told(Explorer):
    """A machine that follows hints like `Machine`, and remembers who wrote what like `Explorer`."""

    def pause(self, task: Task, location: int, write: bool, lists: bool = False) -> bool:
        """See `Machine`."""
        return Machine.pause(self, task, location, write, lists)

    def pause_call(self, task: Task) -> bool:
        """See `Machine`."""
        return Machine.pause_call(self, task)

    def pause_inside(self, task: Task) -> bool:
        """See `Machine`."""
        return Machine.pause_inside(self, task)

    def pick(self, candidates: list[int]) -> int:
        """See `Machine`."""
        return Machine.pick(self, candidates)


def follow(
    image: Image,
    trace: Trace,
    variant: Variant,
    features: bytearray | None = None,
    drive: Drive = steps.run_task,
    *,
    deep: bool = False,
) -> Difference | None:
    """Move as the hints say; None when that explains the whole trace, else where it stopped doing so."""
    matcher = Matcher(image, trace, explain=False)
    m = steps.start(Machine, image, matcher, variant, trace.tids, features)
    m.deep = deep
    try:
        retrace(m, trace.hints, drive)
    except Difference as difference:
        return difference
    return None


def explain_hints(
    image: Image, trace: Trace, variant: Variant, *, deep: bool = False
) -> tuple[int, Kind, Alternative] | None:
    """As `follow`, for a trace that is known to be wrong: position, kind and what the model would have shown there."""
    matcher = Matcher(image, trace, explain=True)
    m = steps.start(_Told, image, matcher, variant, trace.tids)
    assert isinstance(m, _Told)
    m.deep = deep
    m.prepare(Sharing())
    m.writers = {}
    try:
        retrace(m, trace.hints)
    except Difference as difference:
        return (difference.position, *explain(m, matcher, difference))
    return None


def retrace(m: Machine, hints: tuple[int, ...], drive: Drive = steps.run_task) -> None:
    """Let the tasks run in the hinted order; where the hints make no sense, first in, first out.

    `drive` lets somebody look on while a task runs.

    A head's run that goes on after a settle says that nobody else ran meanwhile. Who is runnable here, woken by what
    in the target woke somebody else, has nothing to do then; it goes first, and the rest of the run is still owed.
    """
    position = owed = 0
    while m.ended is None:
        able = steps.others(m) if m.settling else m.runnable
        if not able:
            steps.nothing_runs(m)
            continue
        if owed:
            task = able[0]
            alone = task is m.head
            m.picks, m.quantum, owed = [], owed if alone else _ANY_DISTANCE, 0 if alone else owed
        else:
            position, task = _next(m, able, hints, position)
        if isinstance(m, Explorer):
            m.running = task
        drive(m, task)
        if m.settling and task is m.head and m.quantum <= _LONGEST:
            owed = m.quantum


def _next(m: Machine, able: list[Task], hints: tuple[int, ...], position: int) -> tuple[int, Task]:
    """Who runs now, how far (`Machine.quantum`), and with which picks; hints for tasks that cannot run are skipped.

    While the head settles the others come first, hinted or not: a hint for the head is kept for later.
    """
    m.slept = False
    if m.settling and m.timers and m.timers[0][0] <= m.until and able[0] is m.head:
        m.quantum = 0  # time goes on, and the head has not run for that
        return position, able[0]
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
        elif task in able:
            assert task is not None
            m.picks, m.quantum, m.slept = picks, hint & 0xFFFF, slept
            return position + 1, task
        elif task is not None and m.settling and task.role == Role.HEAD:
            m.quantum = _ANY_DISTANCE
            return start, able[0]
        elif task is not None and able[0] is not m.head and any(waiting == index for _, waiting in m.timers):
            m.quantum = _ANY_DISTANCE  # in the target time went on: who is runnable here has nothing to do
            return start, able[0]
        if kind == _RUN:
            slept = False
        position += 1
    m.quantum = _ANY_DISTANCE
    return position, able[0]
