# SPDX-License-Identifier: Apache-2.0
"""Futexes: wait, wake, and moving waiters to another word (D48, D136). Which of several is taken is free (D60)."""

from typing import Final

from model import abi
from model.spec import events as ev
from model.spec.machine import Given, Machine, Stopped
from model.spec.memory import READ, WRITE
from model.spec.task import Task
from model.spec.world import inside
from model.spec.world.files import USER_LIMIT
from model.spec.world.objects import FutexKey
from model.spec.world.time import NEVER, moment_ticks, timeout_ticks

_WAIT: Final = 0
_WAKE: Final = 1
_REQUEUE: Final = 3
_CMP_REQUEUE: Final = 4
_WAIT_BITSET: Final = 9
_WAKE_BITSET: Final = 10
_WAITS: Final = (_WAIT, _WAIT_BITSET)
_MOVES: Final = (_REQUEUE, _CMP_REQUEUE)
_HAVE_SETS: Final = (_WAIT_BITSET, _WAKE_BITSET)
_COMMANDS: Final = (_WAKE, *_WAITS, *_MOVES, _WAKE_BITSET)
_PRIVATE: Final = 128
_WORD: Final = 4
_MASK: Final = 0xFFFFFFFF


def futex(m: Machine, t: Task, args: tuple[int, ...]) -> Given | None:
    """FUTEX-1: the checks, in the order of D48 and D136."""
    operation = args[1] & _MASK
    command, ticks = operation & ~_PRIVATE, NEVER
    if command in _WAITS and args[3]:
        ticks = (timeout_ticks if command == _WAIT else moment_ticks)(m, t, args[3])
        if ticks < 0:
            bad = ev.FutexTimeoutBad if command == _WAIT else ev.FutexMomentBad
            return m.gives(t, ticks, bad, ticks == -abi.EINVAL)
    if command not in _COMMANDS:
        return m.gives(t, -abi.ENOSYS, ev.FutexNeither)
    if command in _MOVES:
        return _requeue(m, t, args, operation)
    bits = args[5] & _MASK if command in _HAVE_SETS else _MASK
    if not bits:
        return m.gives(t, -abi.EINVAL, ev.FutexNoBits)
    inside.enter(m, t)
    key = (args[0], operation & _PRIVATE)
    error = _refused(m, t, key)
    if error is not None:
        return error
    if command in _WAITS:
        over = ev.FutexTimedOut if command == _WAIT else ev.FutexMomentCame
        return _wait(m, t, key, args[2] & _MASK, bits, ticks, over)
    return _wake(m, t, key, bits, _signed(args[2]), ev.FutexWakes if command == _WAKE else ev.FutexWakesSet)


def _signed(value: int) -> int:
    value &= _MASK
    return value - (1 << 32) if value >> 31 else value


def _refused(m: Machine, t: Task, key: FutexKey) -> Given | None:
    """FUTEX-1: what is wrong with a word that tasks wait on, or are to wait on."""
    address, private = key
    if address % _WORD:
        return m.gives(t, -abi.EINVAL, ev.FutexOdd)
    if address + _WORD > USER_LIMIT or (not private and not m.once(m.span, address, _WORD, WRITE)):
        return m.gives(t, -abi.EFAULT, ev.FutexFaults, address, not private)
    return None


def _wait(
    m: Machine, t: Task, key: FutexKey, expected: int, bits: int, ticks: int, over: type[ev.Event]
) -> Given | None:
    """FUTEX-2 to FUTEX-4, FUTEX-6, FUTEX-9: compare and get in line in one moment, then sleep."""
    error = m.once(_line_up, m, t, key, expected, bits, ticks, over)
    if error is not None:
        return error
    inside.enter(m, t)
    if m.once(_must_sleep, m, t, key, ticks) and not m.has_slept(t, abi.NR_FUTEX):
        return None
    return m.once(_leave_line, m, t, over)


def _compare(m: Machine, t: Task, key: FutexKey, expected: int, differs: type[ev.Event]) -> Given | None:
    """The word is read under the lock of the line, where no page is waited for."""
    if not m.span(key[0], _WORD, READ):
        return m.gives(t, -abi.EFAULT, ev.FutexFaults, key[0], False)
    m.touch_memory(t, key[0], _WORD, write=False)
    if int.from_bytes(m.get(key[0], _WORD), "little") != expected:
        return m.gives(t, -abi.EAGAIN, differs)
    return None


def _line_up(
    m: Machine, t: Task, key: FutexKey, expected: int, bits: int, ticks: int, over: type[ev.Event]
) -> Given | None:
    error = _compare(m, t, key, expected, ev.FutexDiffers)
    if error is not None:
        return error
    if not ticks:
        return m.gives(t, -abi.ETIMEDOUT, over)
    m.objects.futexes = (*m.objects.futexes, (key, t.index, bits))
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
    return any(entry[1] == t.index for entry in m.objects.futexes)


def _leave_line(m: Machine, t: Task, over: type[ev.Event]) -> Given:
    """FUTEX-3, FUTEX-4: a wake that came before the task ran again counts, even when the time is over as well."""
    if not _waits(m, t):
        return m.gives(t, 0, ev.FutexWoken)
    m.objects.futexes = tuple([entry for entry in m.objects.futexes if entry[1] != t.index])
    return m.gives(t, -abi.ETIMEDOUT, over)


def _wake(m: Machine, t: Task, key: FutexKey, bits: int, wanted: int, event: type[ev.Event]) -> Given:
    """FUTEX-5, FUTEX-6: wake one after another."""
    wanted = max(1, wanted)
    woken = 0
    while woken < wanted and m.once(_wake_one, m, t, key, bits):
        woken += 1
    return m.gives(t, woken, event)


def _requeue(m: Machine, t: Task, args: tuple[int, ...], operation: int) -> Given:
    """FUTEX-7, FUTEX-8: wake some, and let others wait on another word."""
    wanted, most = _signed(args[2]), _signed(args[3])
    if wanted < 0 or most < 0:
        return m.gives(t, -abi.EINVAL, ev.FutexNegative)
    inside.enter(m, t)
    private = operation & _PRIVATE
    source, target = (args[0], private), (args[4], private)
    error = _refused(m, t, source) or _refused(m, t, target)
    event: type[ev.Event] = ev.FutexMoves
    if error is None and operation & ~_PRIVATE == _CMP_REQUEUE:
        event = ev.FutexMovesSame
        error = m.once(_compare, m, t, source, args[5] & _MASK, ev.FutexMovesNone)
    if error is not None:
        return error
    woken = 0
    while woken < wanted and m.once(_wake_one, m, t, source, _MASK):
        woken += 1
    moved = m.once(_move_rest, m, source, target, most)
    while source != target and moved < most and m.once(_move_one, m, source, target):
        moved += 1
    return m.gives(t, woken + moved, event)


def _move_rest(m: Machine, source: FutexKey, target: FutexKey, most: int) -> int:
    """Where all are moved there is nothing to choose, and to their own word they are only counted (D136)."""
    waiting = _waiting(m, source, _MASK)
    if source == target:
        return min(most, len(waiting))
    if most < len(waiting):
        return 0
    for index in waiting:
        _move(m, index, target)
    return len(waiting)


def _move_one(m: Machine, source: FutexKey, target: FutexKey) -> bool:
    found = _chosen(m, source, _MASK)
    if found is None:
        return False
    _move(m, found, target)
    return True


def _move(m: Machine, index: int, target: FutexKey) -> None:
    """To the end of the line, with its set and its time-out."""
    others = [entry for entry in m.objects.futexes if entry[1] != index]
    bits = [entry[2] for entry in m.objects.futexes if entry[1] == index]
    m.objects.futexes = (*others, (target, index, bits[0]))


def _waiting(m: Machine, key: FutexKey, bits: int) -> list[int]:
    return [index for waiting, index, its_bits in m.objects.futexes if waiting == key and its_bits & bits]


def _chosen(m: Machine, key: FutexKey, bits: int) -> int | None:
    """Which one is a choice, and the choice may have to be made elsewhere."""
    candidates = _waiting(m, key, bits)
    if not candidates:
        return None
    chosen = m.pick(candidates)
    if chosen is None:
        raise Stopped
    return chosen


def _wake_one(m: Machine, t: Task, key: FutexKey, bits: int) -> bool:
    found = _chosen(m, key, bits)
    if found is None:
        return False
    m.objects.futexes = tuple([entry for entry in m.objects.futexes if entry[1] != found])
    m.timers = [timer for timer in m.timers if timer[1] != found]
    m.wake_task(t, m.tasks[found])
    return True
