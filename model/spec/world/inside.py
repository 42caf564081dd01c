# SPDX-License-Identifier: Apache-2.0
"""Inside the code of objects (D77): the lock of a pipe, and the points around it.

As a rule a call on a pipe is one moment up to its end or its sleep. In deep mode another task may go first within
it. Then the lock is seen: whoever comes while it is held sleeps on it. A lock is (owner, those who wait for it).
"""

from model import clauses
from model.spec.machine import NOBODY, Machine, Phase, Task


def enter(m: Machine, t: Task, then: Phase | None) -> bool:
    """Go on with `then`, in deep mode with the pipe's lock."""
    if not m.deep:
        t.phase = then
        return True
    t.inner = then
    t.phase = approach
    return True


def approach(m: Machine, t: Task) -> bool:
    """The point before the lock is taken."""
    if m.pause_inside(t):
        return False
    t.phase = _take
    return True


def _take(m: Machine, t: Task) -> bool:
    """OBJECT-1; entered again after each sleep. Who has it of the woken and of those who come now is free (D60)."""
    pipe = t.key >> 1
    owner, *waiting = m.locks.get(pipe, (NOBODY,))
    if owner == NOBODY and waiting and waiting[0] != t.index and m.told_asleep():
        owner = waiting.pop(0)  # a mutex that was let go for the one who waited in vain
    if owner not in (NOBODY, t.index):
        m.hit[clauses.OBJECT_1] = 1
        if t.index not in waiting:
            waiting.append(t.index)
        m.locks[pipe] = (owner, *waiting)
        return m.sleep(t, t.nr)
    m.locks[pipe] = (t.index, *(x for x in waiting if x != t.index))
    t.phase = _taken
    return True


def _taken(m: Machine, t: Task) -> bool:
    """The point after the lock was taken: here others find it held."""
    if m.pause_inside(t):
        return False
    t.phase = t.inner
    return True


def holds(m: Machine, t: Task) -> bool:
    """Whether the task has the lock of the pipe it works on."""
    return m.deep and m.locks.get(t.key >> 1, (NOBODY,))[0] == t.index


def let_go(m: Machine, t: Task, then: Phase) -> bool:
    """Give the lock back, then go on with `then`."""
    t.inner = then
    t.phase = _release
    return True


def _release(m: Machine, t: Task) -> bool:
    """The point before the lock is let go: what was done is done, and nobody sees it yet."""
    if m.pause_inside(t):
        return False
    pipe = t.key >> 1
    waiting = m.locks.pop(pipe)[1:]
    if waiting:
        m.locks[pipe] = (NOBODY, *waiting)
        for index in waiting:
            m.wake_task(m.tasks[index])
    t.phase = _released
    return True


def _released(m: Machine, t: Task) -> bool:
    """The point after the lock was let go."""
    if m.pause_inside(t):
        return False
    t.phase = t.inner
    return True
