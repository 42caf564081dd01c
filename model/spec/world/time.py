# SPDX-License-Identifier: Apache-2.0
"""The virtual clock: time-outs in whole ticks of 1 ms (D25, D49, D50)."""

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
_SECONDS_LIMIT: Final = ((1 << 63) - 1) // NS_PER_SECOND
"""What the kernel's clock cannot hold (KTIME_SEC_MAX): whole seconds, whatever the nanoseconds are."""


def timeout_ticks(m: Machine, t: Task, address: int) -> int:
    """Ticks of the `struct timespec` at `address`, NEVER if beyond all clocks, or a negative errno. May sleep."""
    data = m.copy_from_user(t, address, _TIMESPEC)
    if len(data) < _TIMESPEC:
        return -abi.EFAULT
    sec = int.from_bytes(data[:8], "little", signed=True)
    nsec = int.from_bytes(data[8:], "little", signed=True)
    if sec < 0 or not 0 <= nsec < NS_PER_SECOND:
        return -abi.EINVAL
    if sec >= _SECONDS_LIMIT:
        return NEVER
    ticks = -(-(sec * NS_PER_SECOND + nsec) // NS_PER_TICK)
    if not ticks and m.variant.zero_sleep is ZeroSleep.NEXT_TICK:
        m.say(t, ev.RoundedUp)
        return 1
    if not ticks:
        m.say(t, ev.NoTime)
    return ticks


def nanosleep(m: Machine, t: Task, args: tuple[int, ...]) -> Given:
    """TIME-1 to TIME-3."""
    ticks = timeout_ticks(m, t, args[0])
    if ticks < 0:
        return m.gives(t, ticks, ev.TimespecBad, ticks == -abi.EINVAL)
    if not ticks:
        return 0, ev.NoTime.clause
    if ticks == NEVER:
        m.say(t, ev.SleepsForEver)
    else:
        m.say(t, ev.SleepsUntil, m.now + ticks)
    m.sleep_once(t, abi.NR_NANOSLEEP, ticks=0 if ticks == NEVER else ticks)
    return m.gives(t, 0, ev.SleepOver)
