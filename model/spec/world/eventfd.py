# SPDX-License-Identifier: Apache-2.0
"""Eventfds (D47), as fs/eventfd.c of Linux 6.12 treats them."""

from typing import Final

from model import abi, clauses
from model.abi import MASK
from model.spec.machine import Machine, Task
from model.spec.world.files import EVENTFDS, leave

_READERS: Final = 1000
_WRITERS: Final = 2000


def read(m: Machine, t: Task) -> bool:
    """EVENTFD-1: then, in deep mode, the point before the counter is looked at."""
    if t.word < 8:
        return leave(m, t, -abi.EINVAL, clauses.EVENTFD_1)
    if m.pause_inside(t):
        return False
    t.phase = _take
    return True


def _take(m: Machine, t: Task) -> bool:
    """EVENTFD-2, EVENTFD-3; entered again after each sleep."""
    number = t.key - EVENTFDS
    counter = m.counters[number]
    if not counter:
        m.hit[clauses.EVENTFD_2] = 1
        return m.sleep_on(t, abi.NR_READ, _READERS + number)
    t.value = 1 if m.semaphores[number] else counter
    m.counters[number] = counter - t.value
    m.wake(_WRITERS + number)
    t.phase = _give
    return True


def _give(m: Machine, t: Task) -> bool:
    """EVENTFD-4: what was taken goes to the buffer, in deep mode after a point."""
    if m.pause_inside(t):
        return False
    clause = clauses.EVENTFD_3 if m.semaphores[t.key - EVENTFDS] else clauses.EVENTFD_2
    buffer = t.args[1]
    room = m.span(buffer, 8, 2)
    m.put(buffer, t.value.to_bytes(8, "little")[:room], clause)
    if room < 8:
        return leave(m, t, -abi.EFAULT, clauses.EVENTFD_4)
    return leave(m, t, 8, clause)


def write(m: Machine, t: Task) -> bool:
    """EVENTFD-1, EVENTFD-6: what is added is read once, before any sleep."""
    if t.word != 8:
        return leave(m, t, -abi.EINVAL, clauses.EVENTFD_1)
    buffer = t.args[1]
    if m.span(buffer, 8, 1) < 8:
        return leave(m, t, -abi.EFAULT, clauses.EVENTFD_6)
    t.value = int.from_bytes(m.get(buffer, 8), "little")
    if t.value == MASK:
        return leave(m, t, -abi.EINVAL, clauses.EVENTFD_1)
    t.phase = _before_add
    return True


def _before_add(m: Machine, t: Task) -> bool:
    """In deep mode there is a point between reading the word and adding it."""
    if m.pause_inside(t):
        return False
    t.phase = _add
    return True


def _add(m: Machine, t: Task) -> bool:
    """EVENTFD-5; entered again after each sleep."""
    number = t.key - EVENTFDS
    if m.counters[number] + t.value >= MASK:
        m.hit[clauses.EVENTFD_5] = 1
        return m.sleep_on(t, abi.NR_WRITE, _WRITERS + number)
    m.counters[number] += t.value
    m.wake(_READERS + number)
    return leave(m, t, 8, clauses.EVENTFD_5)
