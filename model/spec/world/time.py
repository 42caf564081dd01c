# SPDX-License-Identifier: Apache-2.0
"""The virtual clock: time-outs in whole ticks of 1 ms (D25, D49, D50)."""

from typing import Final

from model import abi, clauses
from model.spec.machine import Machine, Task
from model.spec.world.base import returns
from model.variant import ZeroSleep

NS_PER_SECOND: Final = 1_000_000_000
NS_PER_TICK: Final = 1_000_000
NEVER: Final = 1 << 100
_NS_LIMIT: Final = (1 << 63) - 1


def timeout_ticks(m: Machine, address: int) -> int:
    """Ticks of the `struct timespec` at `address`, NEVER if beyond all clocks, or a negative errno."""
    if m.span(address, 16, 1) < 16:
        return -abi.EFAULT
    data = m.get(address, 16)
    sec = int.from_bytes(data[:8], "little", signed=True)
    nsec = int.from_bytes(data[8:], "little", signed=True)
    if sec < 0 or not 0 <= nsec < NS_PER_SECOND:
        return -abi.EINVAL
    total = sec * NS_PER_SECOND + nsec
    if total > _NS_LIMIT:
        return NEVER
    ticks = -(-total // NS_PER_TICK)
    if not ticks:
        m.hit[clauses.TIME_3] = 1
        if m.variant.zero_sleep is ZeroSleep.NEXT_TICK:
            return 1
    return ticks


def nanosleep(m: Machine, t: Task) -> bool:
    """TIME-1 to TIME-3."""
    ticks = timeout_ticks(m, t.args[0])
    if ticks < 0:
        return returns(m, t, ticks, clauses.TIME_1)
    if not ticks:
        return returns(m, t, 0, clauses.TIME_3)
    if ticks != NEVER:
        m.add_timer(t, m.now + ticks)
    t.phase = _woken
    return m.sleep(t, abi.NR_NANOSLEEP)


def _woken(m: Machine, t: Task) -> bool:
    return returns(m, t, 0, clauses.TIME_2)
