# SPDX-License-Identifier: Apache-2.0
"""`threadlet_exec`: the stack, then one of the two ways to arm (sheet 7.1 and 7.2, D80, D85, D86).

User mode takes part: what the library does around the kernel's calls is a phase here, like any rule.
"""

from typing import Final

from model import abi, clauses
from model.abi import MASK
from model.spec import user
from model.spec.entry import threadlet_on
from model.spec.machine import STACKS, Machine, Script, Task, Way
from model.spec.parking import give_back, top_of
from model.spec.script import next_operation
from model.spec.world.base import returns

RESTORE_IP: Final = 0x400200
"""Where the heir goes on; like the stacks, a number that nobody looks at."""


def threadlet_exec(m: Machine, t: Task) -> bool:
    """THREAD-14: the stack first; THREAD-15: it is taken from here on."""
    _, threadlet, stack, ahu, cached = m.image.steps[m.step]
    m.touch_thing(STACKS - stack, True)
    if m.taken >> stack & 1:
        t.back = m.step_returns
        return returns(m, t, -abi.EBUSY, clauses.THREAD_14)
    m.taken |= 1 << stack
    t.ahu = ahu
    t.script = Script(m.step, threadlet, stack, Way.REAL, 0)
    t.phase = _arm_cached if cached else _arm
    return True


def _arm(m: Machine, t: Task) -> bool:
    """The real way: `threadlet_on`, a call like any other."""
    assert t.script is not None
    t.nr = abi.NR_THREADLET_ON
    if m.pause_call(t):
        return False
    t.args = (top_of(t.script.stack), RESTORE_IP, t.ahu)
    t.back = _armed
    t.phase = threadlet_on
    return True


def _armed(m: Machine, t: Task) -> bool:
    """THREAD-16: what `threadlet_on` cannot do is not tried without it."""
    if t.ret:
        m.hit[clauses.THREAD_16] = 1
        return _gives_up(m, t)
    t.phase = next_operation
    return True


def _gives_up(m: Machine, t: Task) -> bool:
    """The result is the error at hand; the stack is free."""
    give_back(m, t)
    t.phase = m.step_returns
    return True


def _arm_cached(m: Machine, t: Task) -> bool:
    """THREAD-19: with a spare, a token in the shared page arms."""
    m.touch_lists()
    if not m.ready:
        t.phase = _look_for_stack
        return True
    m.hit[clauses.THREAD_19] = 1
    t.armed = True
    return _begin(m, t, Way.CACHED)


def _look_for_stack(m: Machine, t: Task) -> bool:
    address = t.ahu + abi.AHU_NEW_THREAD_STACK & MASK
    return user.read(m, t, address, "value", _arm_without_spare, _look_faults)


def _look_faults(m: Machine, t: Task) -> bool:
    t.back = _gives_up
    return returns(m, t, -abi.EFAULT, clauses.THREAD_21)


def _arm_without_spare(m: Machine, t: Task) -> bool:
    """THREAD-20, THREAD-21: nothing to make a spare of, or the real call after all."""
    if t.value:
        m.hit[clauses.THREAD_21] = 1
        t.phase = _arm
        return True
    return _begin(m, t, Way.UNARMED)


def _begin(m: Machine, t: Task, way: Way) -> bool:
    assert t.script is not None
    t.inside = True
    t.script = t.script._replace(way=way)
    t.phase = next_operation
    return True
