# SPDX-License-Identifier: Apache-2.0
"""Inside the code of objects (D77): locks, wait queues, and the points around them.

As a rule a call on an object is one moment up to its end or its sleep, and nothing here does anything. In deep mode
another task may go first within the call. Then a lock is seen: a task that comes while it is held sleeps on it.
"""

from model.spec import events as ev
from model.spec.machine import Machine, Stopped
from model.spec.names import Place
from model.spec.task import Task
from model.spec.world.objects import Mutex

_FREE = Mutex(None, ())


def enter(m: Machine, t: Task) -> None:
    """A point before an object's spin lock, or behind it."""
    m.point_inside(t)


def lock(m: Machine, t: Task, call: int, thing: Place) -> None:
    """OBJECT-1: the mutex of an object, between two points."""
    if m.deep:
        m.point_inside(t)
        if not m.sleep_until(t, call, None, _try_lock, m, t, thing):
            raise Stopped
        m.point_inside(t)


def _try_lock(m: Machine, t: Task, thing: Place) -> bool | None:
    """Which of the woken, and of those that come now, gets it is free (D60)."""
    owner, waiting = m.objects.mutexes.get(thing, _FREE)
    if owner is None and waiting and waiting[0] != t.index and m.chooser.knows_asleep(m):
        owner, waiting = waiting[0], waiting[1:]  # a mutex that was let go for one that waited in vain
    if owner not in (None, t.index):
        m.say(t, ev.ObjectLocked, thing)
        if t.index not in waiting:
            waiting = (*waiting, t.index)
        m.objects.mutexes[thing] = Mutex(owner, waiting)
        return None
    m.objects.mutexes[thing] = Mutex(t.index, tuple([x for x in waiting if x != t.index]))
    return True


def unlock(m: Machine, t: Task, thing: Place) -> None:
    """Give the mutex back, between two points: what was done is done, and no task sees it before the first."""
    if m.deep:
        m.point_inside(t)
        m.once(_release, m, t, thing)
        m.point_inside(t)


def _release(m: Machine, t: Task, thing: Place) -> None:
    waiting = m.objects.mutexes.pop(thing).waiting
    if waiting:
        m.objects.mutexes[thing] = Mutex(None, waiting)
        for index in waiting:
            m.wake_task(t, m.tasks[index])
