# SPDX-License-Identifier: Apache-2.0
"""Eventfds (D47, D164), as fs/eventfd.c of Linux 6.12 treats them."""

from typing import Final

from model import abi
from model.abi import MASK
from model.spec import events as ev
from model.spec.machine import Given, Machine
from model.spec.names import readers, writers
from model.spec.task import Task
from model.spec.world import inside
from model.spec.world.objects import File

_WOULD_SLEEP: Final = -1
"""No value of a counter: the call must not sleep."""


def read(m: Machine, t: Task, file: File, buffer: int, count: int) -> Given | None:
    """EVENTFD-1 to EVENTFD-4, EVENTFD-7: take the counter, then copy what was taken."""
    if count < abi.WORD:
        return m.gives(t, -abi.EINVAL, ev.EventfdBadCount, count, True)
    inside.enter(m, t)
    value = m.once(_take, m, t, file, True)
    if value is None:
        value = m.sleep_until(t, abi.NR_READ, readers(file.thing), _take, m, t, file, False)
    if value is None:
        return None
    if value == _WOULD_SLEEP:
        return m.gives(t, -abi.EAGAIN, ev.EventfdAgain, file.thing)
    inside.enter(m, t)
    event = ev.SemaphoreRead if m.objects.semaphores[file.number] else ev.EventfdRead
    if m.copy_to_user(t, buffer, value.to_bytes(abi.WORD, "little"), event.clause) < abi.WORD:
        return m.gives(t, -abi.EFAULT, ev.EventfdReadFaults)
    return m.gives(t, abi.WORD, event)


def _take(m: Machine, t: Task, file: File, at_first: bool) -> int | None:
    """EVENTFD-7: whether it may sleep a call asks at first, and never again."""
    counter = m.objects.counters[file.number]
    if not counter:
        if at_first and m.objects.must_not_sleep(file):
            return _WOULD_SLEEP
        m.say(t, ev.EventfdZero, file.thing)
        return None
    value = 1 if m.objects.semaphores[file.number] else counter
    m.objects.counters[file.number] = counter - value
    m.wake(t, writers(file.thing))
    return value


def write(m: Machine, t: Task, file: File, buffer: int, count: int) -> Given | None:
    """EVENTFD-1, EVENTFD-5 to EVENTFD-7: what is added is read once, before any sleep."""
    if count != abi.WORD:
        return m.gives(t, -abi.EINVAL, ev.EventfdBadCount, count, False)
    data = m.copy_from_user(t, buffer, abi.WORD)
    if len(data) < abi.WORD:
        return m.gives(t, -abi.EFAULT, ev.EventfdWriteFaults)
    value = int.from_bytes(data, "little")
    if value == MASK:
        return m.gives(t, -abi.EINVAL, ev.EventfdBadValue)
    inside.enter(m, t)
    added = m.once(_add, m, t, file, value, True)
    if added is None:
        added = m.sleep_until(t, abi.NR_WRITE, writers(file.thing), _add, m, t, file, value, False)
    if added is None:
        return None
    if added == _WOULD_SLEEP:
        return m.gives(t, -abi.EAGAIN, ev.EventfdAgain, file.thing)
    return m.gives(t, abi.WORD, ev.EventfdAdded)


def _add(m: Machine, t: Task, file: File, value: int, at_first: bool) -> int | None:
    if m.objects.counters[file.number] + value >= MASK:
        if at_first and m.objects.must_not_sleep(file):
            return _WOULD_SLEEP
        m.say(t, ev.EventfdOverflows, file.thing)
        return None
    m.objects.counters[file.number] += value
    m.wake(t, readers(file.thing))
    return value
