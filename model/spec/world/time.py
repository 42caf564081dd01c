# SPDX-License-Identifier: Apache-2.0
"""The virtual clock: time-outs and moments in whole ticks of 1 ms (D25, D49, D50, D156, D157)."""

from typing import Final

from model import abi
from model.spec import events as ev
from model.spec.machine import Given, Machine
from model.spec.task import Task
from model.variant import ZeroSleep

NS_PER_SECOND: Final = 1_000_000_000
NS_PER_TICK: Final = 1_000_000
NEVER: Final = 1 << 100
"""Ticks beyond all clocks."""
_TIMESPEC: Final = 16
_MONOTONIC: Final = 1
_ABSTIME: Final = 1
_MASK: Final = 0xFFFFFFFF
_SECONDS_LIMIT: Final = ((1 << 63) - 1) // NS_PER_SECOND
"""What the kernel's clock cannot hold (KTIME_SEC_MAX): whole seconds, whatever the nanoseconds are."""


def timeout_ticks(m: Machine, t: Task, address: int) -> int:
    """Ticks of the `struct timespec` at `address`, NEVER if beyond all clocks, or a negative errno. May sleep."""
    ticks = _whole_ticks(m, t, address)
    if ticks:
        return ticks
    return _no_time(m, t, ev.RoundedUp)


def moment_ticks(m: Machine, t: Task, address: int) -> int:
    """TIME-8: the same for a moment of the program's clock: the ticks until then."""
    tick = _whole_ticks(m, t, address)
    if tick < 0 or tick == NEVER:
        return tick
    left = m.once(_ticks_left, m, tick)
    if left > 0:
        return left
    return _no_time(m, t, ev.MomentPassed)


def _ticks_left(m: Machine, tick: int) -> int:
    return tick - m.now


def _no_time(m: Machine, t: Task, rounded: type[ev.Event]) -> int:
    """TIME-3: a sleep of a tick, or none."""
    if m.variant.zero_sleep is ZeroSleep.NEXT_TICK:
        m.say(t, rounded)
        return 1
    m.say(t, ev.NoTime)
    return 0


def _whole_ticks(m: Machine, t: Task, address: int) -> int:
    """What is at `address`, rounded up to ticks; NEVER, or a negative errno."""
    data = m.copy_from_user(t, address, _TIMESPEC)
    if len(data) < _TIMESPEC:
        return -abi.EFAULT
    sec = int.from_bytes(data[:8], "little", signed=True)
    nsec = int.from_bytes(data[8:], "little", signed=True)
    if sec < 0 or not 0 <= nsec < NS_PER_SECOND:
        return -abi.EINVAL
    if sec >= _SECONDS_LIMIT:
        return NEVER
    return -(-(sec * NS_PER_SECOND + nsec) // NS_PER_TICK)


def nanosleep(m: Machine, t: Task, args: tuple[int, ...]) -> Given | None:
    """TIME-1 to TIME-3."""
    return _sleep(m, t, abi.NR_NANOSLEEP, timeout_ticks(m, t, args[0]), ev.TimespecBad)


def clock_nanosleep(m: Machine, t: Task, args: tuple[int, ...]) -> Given | None:
    """TIME-7, TIME-8: a time, or a moment of the one clock that there is."""
    if args[0] & _MASK != _MONOTONIC:
        return m.gives(t, -abi.ENOSYS, ev.ClockUnknown)
    ticks = (moment_ticks if args[1] & _ABSTIME else timeout_ticks)(m, t, args[2])
    if ticks > 0:
        m.say(t, ev.SleepsByClock)
    return _sleep(m, t, abi.NR_CLOCK_NANOSLEEP, ticks, ev.ClockTimeBad)


def clock_gettime(m: Machine, t: Task, args: tuple[int, ...]) -> Given:
    """TIME-6: how long the program runs."""
    if args[0] & _MASK != _MONOTONIC:
        return m.gives(t, -abi.ENOSYS, ev.ClockUnknown)
    seconds, ticks = divmod(m.once(_now, m), NS_PER_SECOND // NS_PER_TICK)
    data = seconds.to_bytes(8, "little") + (ticks * NS_PER_TICK).to_bytes(8, "little")
    if m.copy_to_user(t, args[1], data, ev.ClockRead.clause) < _TIMESPEC:
        return m.gives(t, -abi.EFAULT, ev.ClockReadFaults)
    return m.gives(t, 0, ev.ClockRead)


def _now(m: Machine) -> int:
    return m.now


def _sleep(m: Machine, t: Task, call: int, ticks: int, bad: type[ev.TimespecBad]) -> Given | None:
    """TIME-2: for so many ticks, of which a negative number is an errno."""
    if ticks < 0:
        return m.gives(t, ticks, bad, ticks == -abi.EINVAL)
    if not ticks:
        return 0, ev.NoTime.clause
    if ticks == NEVER:
        m.say(t, ev.SleepsForEver)
    else:
        m.say(t, ev.SleepsUntil, m.now + ticks)
    if not m.has_slept(t, call, ticks=0 if ticks == NEVER else ticks):
        return None
    return m.gives(t, 0, ev.SleepOver)
