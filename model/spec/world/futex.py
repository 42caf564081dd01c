# SPDX-License-Identifier: Apache-2.0
"""Futex wait and wake (D48). Which of several waiters a wake takes is free (D60)."""

from typing import Final

from model import abi
from model.spec import events as ev
from model.spec.machine import Given, Machine, Stopped
from model.spec.memory import READ, WRITE
from model.spec.task import Task
from model.spec.world import inside
from model.spec.world.files import USER_LIMIT
from model.spec.world.objects import FutexKey
from model.spec.world.time import NEVER, timeout_ticks

_WAIT: Final = 0
_WAKE: Final = 1
_PRIVATE: Final = 128
_WORD: Final = 4
_MASK: Final = 0xFFFFFFFF


def futex(m: Machine, t: Task, args: tuple[int, ...]) -> Given | None:
    """FUTEX-1: the checks, in the order of D48."""
    address, operation = args[0], args[1] & _MASK
    command, ticks = operation & ~_PRIVATE, NEVER
    if command == _WAIT and args[3]:
        ticks = timeout_ticks(m, t, args[3])
        if ticks < 0:
            return m.gives(t, ticks, ev.FutexTimeoutBad, ticks == -abi.EINVAL)
    if command not in (_WAIT, _WAKE):
        return m.gives(t, -abi.ENOSYS, ev.FutexNeither)
    inside.enter(m, t)
    if address % _WORD:
        return m.gives(t, -abi.EINVAL, ev.FutexOdd)
    shared = not operation & _PRIVATE
    if address + _WORD > USER_LIMIT or (shared and not m.once(m.span, address, _WORD, WRITE)):
        return m.gives(t, -abi.EFAULT, ev.FutexFaults, address, shared)
    key = (address, operation & _PRIVATE)
    return _wake(m, t, key, args[2] & _MASK) if command == _WAKE else _wait(m, t, key, args[2] & _MASK, ticks)


def _wait(m: Machine, t: Task, key: FutexKey, expected: int, ticks: int) -> Given | None:
    """FUTEX-2 to FUTEX-4: compare and get in line in one moment, then sleep."""
    error = m.once(_line_up, m, t, key, expected, ticks)
    if error is not None:
        return error
    inside.enter(m, t)
    if m.once(_must_sleep, m, t, key, ticks) and not m.has_slept(t, abi.NR_FUTEX):
        return None
    return m.once(_leave_line, m, t)


def _line_up(m: Machine, t: Task, key: FutexKey, expected: int, ticks: int) -> Given | None:
    """The word is read under the lock of the line, where no page is waited for."""
    if not m.span(key[0], _WORD, READ):
        return m.gives(t, -abi.EFAULT, ev.FutexFaults, key[0], False)
    m.touch_memory(t, key[0], _WORD, write=False)
    if int.from_bytes(m.get(key[0], _WORD), "little") != expected:
        return m.gives(t, -abi.EAGAIN, ev.FutexDiffers)
    if not ticks:
        return m.gives(t, -abi.ETIMEDOUT, ev.FutexTimedOut)
    m.objects.futexes = (*m.objects.futexes, (key, t.index))
    if ticks != NEVER:
        m.add_timer(t, m.now + ticks)
    return None


def _must_sleep(m: Machine, t: Task, key: FutexKey, ticks: int) -> bool:
    """OBJECT-2: a task that was woken before it fell asleep does not, which is possible in deep mode only (D34)."""
    if _waits(m, t):
        m.tell(t, ev.FutexWaits, key[0])
        return True
    m.say(t, ev.NeedNotSleep)
    return False


def _waits(m: Machine, t: Task) -> bool:
    return any(index == t.index for _, index in m.objects.futexes)


def _leave_line(m: Machine, t: Task) -> Given:
    """FUTEX-3, FUTEX-4: a wake that came before the task ran again counts, even when the time is over as well."""
    if not _waits(m, t):
        return m.gives(t, 0, ev.FutexWoken)
    m.objects.futexes = tuple([entry for entry in m.objects.futexes if entry[1] != t.index])
    return m.gives(t, -abi.ETIMEDOUT, ev.FutexTimedOut)


def _wake(m: Machine, t: Task, key: FutexKey, wanted: int) -> Given:
    """FUTEX-5: wake one after another."""
    wanted = max(1, wanted - (1 << 32) if wanted >> 31 else wanted)
    woken = 0
    while woken < wanted and m.once(_wake_one, m, t, key):
        woken += 1
    return m.gives(t, woken, ev.FutexWakes)


def _wake_one(m: Machine, t: Task, key: FutexKey) -> bool:
    """Which one is a choice, and the choice may have to be made elsewhere."""
    candidates = [index for waiting, index in m.objects.futexes if waiting == key]
    if not candidates:
        return False
    chosen = m.pick(candidates)
    if chosen is None:
        raise Stopped
    m.objects.futexes = tuple([entry for entry in m.objects.futexes if entry[1] != chosen])
    m.timers = [timer for timer in m.timers if timer[1] != chosen]
    m.wake_task(t, m.tasks[chosen])
    return True
