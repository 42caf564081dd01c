# SPDX-License-Identifier: Apache-2.0
"""Following a target's log of who ran how far (docs/protocol.md): the short way through the set of all runs."""

from typing import Final

from model import steps
from model.blame import explain
from model.explorer import Explorer, Sharing
from model.layout import Image
from model.machine import Machine, Task
from model.matcher import Difference, Matcher
from model.run import Drive
from model.trace import Role, Trace
from model.variant import Variant
from model.verdict import Alternative, Kind

_ANY_DISTANCE: Final = 1 << 30


class _Told(Explorer):
    """A machine that follows hints like `Machine`, and remembers who wrote what like `Explorer`."""

    pause = Machine.pause
    pause_call = Machine.pause_call
    pick = Machine.pick


def follow(
    image: Image,
    trace: Trace,
    variant: Variant,
    features: bytearray | None = None,
    drive: Drive = steps.run_task,
) -> Difference | None:
    """Move as the hints say; None when that explains the whole trace, else where it stopped doing so."""
    matcher = Matcher(image, trace, explain=False)
    m = steps.start(Machine, image, matcher, variant, trace.tids, features)
    try:
        _run(m, trace.hints, drive)
    except Difference as difference:
        return difference
    return None


def explain_hints(image: Image, trace: Trace, variant: Variant) -> tuple[int, Kind, Alternative] | None:
    """As `follow`, for a trace that is known to be wrong: position, kind and what the model would have shown there."""
    matcher = Matcher(image, trace, explain=True)
    m = steps.start(_Told, image, matcher, variant, trace.tids)
    assert isinstance(m, _Told)
    m.sharing, m.writers, m.withheld, m.running = Sharing(), {}, {}, m.head
    try:
        _run(m, trace.hints)
    except Difference as difference:
        return (difference.position, *explain(m, matcher, difference))
    return None


def _run(m: Machine, hints: tuple[int, ...], drive: Drive = steps.run_task) -> None:
    """Let the tasks run in the hinted order; where the hints make no sense, first in, first out."""
    position = 0
    while m.ended is None:
        able = steps.others(m) if m.settling else m.runnable
        if not able:
            steps.nothing_runs(m)
            continue
        position, task = _next(m, able, hints, position)
        if isinstance(m, Explorer):
            m.running = task
        drive(m, task)


def _next(m: Machine, able: list[Task], hints: tuple[int, ...], position: int) -> tuple[int, Task]:
    """Who runs now, how far (`Machine.quantum`), and with which picks; hints for tasks that cannot run are skipped.

    While the head settles the others come first, hinted or not: a hint for the head is kept for later.
    """
    picks: list[int] = []
    start = position
    while position < len(hints):
        hint = hints[position]
        index = hint >> 16 & 0xFF
        task = m.tasks[index] if index < len(m.tasks) else None
        if hint >> 24:
            picks.append(index)
        elif task in able:
            assert task is not None
            m.picks, m.quantum = picks, hint & 0xFFFF
            return position + 1, task
        elif task is not None and m.settling and task.role == Role.HEAD:
            m.quantum = _ANY_DISTANCE
            return start, able[0]
        position += 1
    m.quantum = _ANY_DISTANCE
    return position, able[0]
