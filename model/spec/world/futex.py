# SPDX-License-Identifier: Apache-2.0
"""Futex wait and wake (D48). Which of several waiters a wake takes is free (D60)."""

from typing import Final

from model import abi, clauses
from model.spec.machine import FUTEXES, NOBODY, Machine, Task
from model.spec.world.base import returns
from model.spec.world.files import USER_LIMIT
from model.spec.world.time import NEVER, timeout_ticks

LOCATION: Final = FUTEXES
_WAIT: Final = 0
_WAKE: Final = 1
_PRIVATE: Final = 128


def futex(m: Machine, t: Task) -> bool:
    """FUTEX-1: time-out and operation, the first checks in the order of D48."""
    command = t.args[1] & 0xFFFFFFFF & ~_PRIVATE
    t.value = NEVER
    if command == _WAIT and t.args[3]:
        t.value = timeout_ticks(m, t.args[3])
        if t.value < 0:
            return returns(m, t, t.value, clauses.FUTEX_1)
    if command not in (_WAIT, _WAKE):
        return returns(m, t, -abi.ENOSYS, clauses.FUTEX_1)
    t.phase = _find
    return True


def _find(m: Machine, t: Task) -> bool:
    """FUTEX-1: the checks of the address, in deep mode after a point."""
    if m.pause_inside(t):
        return False
    address, operation = t.args[0], t.args[1] & 0xFFFFFFFF
    if address % 4:
        return returns(m, t, -abi.EINVAL, clauses.FUTEX_1)
    if address + 4 > USER_LIMIT:
        return returns(m, t, -abi.EFAULT, clauses.FUTEX_1)
    if not operation & _PRIVATE and not m.span(address, 4, 2):
        return returns(m, t, -abi.EFAULT, clauses.FUTEX_1)
    key = (address, operation & _PRIVATE)
    if operation & ~_PRIVATE == _WAKE:
        return _wake(m, t)
    return _wait(m, t, key, t.value)


def _wait(m: Machine, t: Task, key: tuple[int, int], ticks: int) -> bool:
    """FUTEX-2, FUTEX-3: compare and sleep are one."""
    if not m.span(key[0], 4, 1):
        return returns(m, t, -abi.EFAULT, clauses.FUTEX_1)
    if int.from_bytes(m.get(key[0], 4), "little") != t.args[2] & 0xFFFFFFFF:
        return returns(m, t, -abi.EAGAIN, clauses.FUTEX_2)
    if not ticks:
        return returns(m, t, -abi.ETIMEDOUT, clauses.FUTEX_4)
    m.futexes = (*m.futexes, (key, t.index))
    t.value = 0
    if ticks != NEVER:
        m.add_timer(t, m.now + ticks)
    t.phase = _fall_asleep
    return True


def _waits(m: Machine, t: Task) -> bool:
    return any(index == t.index for _, index in m.futexes)


def _fall_asleep(m: Machine, t: Task) -> bool:
    """Whoever was woken before falling asleep, which is possible in deep mode only, does not (D34)."""
    if m.pause_inside(t):
        return False
    t.phase = _woken
    if _waits(m, t):
        return m.sleep(t, abi.NR_FUTEX)
    m.hit[clauses.OBJECT_2] = 1
    return True


def _woken(m: Machine, t: Task) -> bool:
    """FUTEX-3, FUTEX-4: a wake that came before the task ran again counts, even when the time is over as well."""
    if _waits(m, t):
        m.futexes = tuple(entry for entry in m.futexes if entry[1] != t.index)
        return returns(m, t, -abi.ETIMEDOUT, clauses.FUTEX_4)
    return returns(m, t, 0, clauses.FUTEX_3)


def _wake(m: Machine, t: Task) -> bool:
    """FUTEX-5."""
    wanted = t.args[2] & 0xFFFFFFFF
    t.value = max(1, wanted - (1 << 32) if wanted >> 31 else wanted)
    t.word = 0
    t.phase = _wake_next
    return True


def _wake_next(m: Machine, t: Task) -> bool:
    """Wake one after another; which one is a choice, and the choice may have to be made elsewhere."""
    key = (t.args[0], t.args[1] & _PRIVATE)
    while t.word < t.value:
        candidates = [index for waiting, index in m.futexes if waiting == key]
        if not candidates:
            break
        chosen = m.pick(candidates) if len(candidates) > 1 else candidates[0]
        if chosen == NOBODY:
            return False
        m.futexes = tuple(entry for entry in m.futexes if entry[1] != chosen)
        m.timers = [timer for timer in m.timers if timer[1] != chosen]
        m.wake_task(m.tasks[chosen])
        t.word += 1
    return returns(m, t, t.word, clauses.FUTEX_5)
