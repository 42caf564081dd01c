# SPDX-License-Identifier: Apache-2.0
"""What was observed of one run (D54): results of steps, observations, the end, and who ran when.

Hints are not part of what is judged; they only tell a checker where to look first.
"""

from enum import IntEnum
from typing import Final

import attrs

NO_CALL: Final = 0xFFFFFFFF
"""In `TaskView.call`: the task sleeps in no call."""
FAULT: Final = 0xFFFFFFFE
"""In `TaskView.call`: the task sleeps in a page fault of user mode (D89)."""


class Role(IntEnum):
    """A task's role within its head."""

    HEAD = 0
    READY = 1
    BUSY = 2
    DEAD = 3
    """It has ended, and is never observed."""


class End(IntEnum):
    """How a program ended (protocol, header of a trace)."""

    DONE = 1
    STUCK = 2
    EXITED = 3
    FUEL = 4
    REPORT = 5


@attrs.define
class TaskView:
    """A live task as an observer outside sees it: number by creation, role, the call it sleeps in, its family."""

    index: int
    role: int
    call: int
    family: int = 0


@attrs.define
class Observation:
    """Live tasks in order of number, and memory changes since the last one: (offset in the arena, bytes)."""

    tasks: tuple[TaskView, ...]
    changes: tuple[tuple[int, bytes], ...]


@attrs.define
class Result:
    """Step `step` returned `value` (signed). Its number tells whose it is (D130)."""

    step: int
    value: int


@attrs.define
class Done:
    """Operation `place` of the script that step `step` executes returned `value` (signed) in task `task` (D88)."""

    step: int
    place: int
    value: int
    task: int
    role: int


@attrs.define
class Settled:
    """A `settle` or `advance` is over."""

    step: int
    seen: Observation


@attrs.define
class Blocked:
    """Nothing can run, and a head sleeps in step `step`: that of the first thread that is in one."""

    step: int
    seen: Observation


@attrs.define
class Ended:
    """The program ended after `step` finished steps, of all threads.

    `seen` is None when nothing was observed (fuel, report).
    """

    step: int
    end: End
    seen: Observation | None


Event = Result | Done | Settled | Blocked | Ended


@attrs.define
class Answer:
    """What came of an opaque call (D152).

    Attributes:
        at: so many events were shown before it ended; tick: the clock then.
        task: who made it; nr, args: the call that it made, with six arguments.
        value: its result (signed); sleeps: how often the task slept in it.
        written: what its buffers held when it ended: (offset in the arena, bytes).
    """

    at: int
    tick: int
    task: int
    nr: int
    args: tuple[int, ...]
    value: int
    sleeps: int
    written: tuple[tuple[int, bytes], ...] = ()


@attrs.define
class Trace:
    """One run of one program on one target.

    Attributes:
        events: in order; the last is `Ended`, unless the target died.
        tids: thread number of each task by creation; the first is also the process number.
        hints: the target's log of who ran how far (protocol).
        report: text of a failed assertion, sanitizer or crash; empty otherwise.
        handovers: how often a spare took over.
        atoms: how many atoms were executed.
        preemptions: how often a choice made another task run at a schedule point.
        opaque: what came of opaque calls, in the order in which they ended.
    """

    events: tuple[Event, ...]
    tids: tuple[int, ...] = ()
    hints: tuple[int, ...] = ()
    report: str = ""
    handovers: int = 0
    atoms: int = 0
    preemptions: int = 0
    opaque: tuple[Answer, ...] = ()
