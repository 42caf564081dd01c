# SPDX-License-Identifier: Apache-2.0
"""Eventfds (D47), as fs/eventfd.c of Linux 6.12 treats them."""

from typing import Final

from model import abi, clauses
from model.abi import MASK
from model.machine import Machine, Task
from model.world.files import EVENTFDS, leave

_READERS: Final = 1000
_WRITERS: Final = 2000


def read(m: Machine, t: Task) -> bool:
    """EVENTFD-1 to EVENTFD-4; entered again after each sleep."""
    number = t.key - EVENTFDS
    if t.word < 8:
        return leave(m, t, -abi.EINVAL, clauses.EVENTFD_1)
    counter = m.counters[number]
    if not counter:
        m.hit[clauses.EVENTFD_2] = 1
        return m.sleep_on(t, abi.NR_READ, _READERS + number)
    value = 1 if m.semaphores[number] else counter
    clause = clauses.EVENTFD_3 if m.semaphores[number] else clauses.EVENTFD_2
    m.counters[number] = counter - value
    m.wake(_WRITERS + number)
    buffer = t.args[1]
    room = m.span(buffer, 8, 2)
    m.put(buffer, value.to_bytes(8, "little")[:room], clause)
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
