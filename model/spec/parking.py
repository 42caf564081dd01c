# SPDX-License-Identifier: Apache-2.0
"""`threadlet_complete`: disarming, the stack, and the way of a threadlet that went async to the pool (D83 to D86)."""

from model import abi, clauses
from model.image import STACK_BYTES, STACKS_AT
from model.spec.calls import empty_entry
from model.spec.machine import STACKS, Machine, Task, Way
from model.spec.ring import finish_unlocked, read_ring
from model.spec.world.base import returns
from model.trace import Role
from model.variant import AsyncThreadErrno, ThreadletEvent, ThreadletOffErrno


def threadlet_complete(m: Machine, t: Task) -> bool:
    """The script is over. A token that is still there is taken back; otherwise `threadlet_off` tells what happened."""
    assert t.script is not None
    if t.script.way is Way.REAL or t.role != Role.HEAD:
        t.phase = _disarm
        return True
    t.inside = t.armed = False
    if t.script.way is Way.UNARMED:
        t.ret, t.done = 2, clauses.THREAD_20
    else:
        t.ret, t.done = 1, clauses.THREAD_19
    t.phase = _left
    return True


def _disarm(m: Machine, t: Task) -> bool:
    """`threadlet_off`, a call like any other. What it lets happen in user mode is that the stack is given back."""
    assert t.script is not None
    if m.pause(t, STACKS - t.script.stack, True):
        return False
    t.back = _left
    t.phase = threadlet_off
    return True


def threadlet_off(m: Machine, t: Task) -> bool:
    """THREAD-7 to THREAD-9."""
    if not t.inside:
        one = m.variant.threadlet_off_errno is ThreadletOffErrno.ONE
        return returns(m, t, 1 if one else -abi.EINVAL, clauses.THREAD_9)
    t.inside = t.armed = False
    if t.role == Role.HEAD:
        return returns(m, t, 1, clauses.THREAD_7)
    return returns(m, t, 0, clauses.THREAD_8)


def threadlet_off_by_number(m: Machine, t: Task) -> bool:
    """D99: a step makes the call itself; for a chain and in a script the number is an empty entry."""
    if t.script is not None or t.inside:
        return empty_entry(m, t)
    return threadlet_off(m, t)


def _left(m: Machine, t: Task) -> bool:
    """THREAD-13: the caller has its result; THREAD-15: or there is no caller, and the thread goes its own way."""
    stack = give_back(m, t)
    if t.ret:
        m.hit[clauses.THREAD_13] = m.hit[t.done] = 1
        if t.ret == 1:
            m.hit[clauses.THREAD_25] = 1
        t.phase = m.step_returns
    else:
        m.hit[clauses.THREAD_15] = 1
        t.atom = top_of(stack)
        t.phase = _park
    return True


def give_back(m: Machine, t: Task) -> int:
    """The stack is free, and the task executes no threadlet any more."""
    assert t.script is not None
    stack = t.script.stack
    m.touch_thing(STACKS - stack, True)
    m.taken &= ~(1 << stack)
    t.script = None
    return stack


def top_of(stack: int) -> int:
    """The address by which a stack is known."""
    return STACKS_AT + stack * STACK_BYTES


def _park(m: Machine, t: Task) -> bool:
    """The thread's own loop calls `async_thread`."""
    t.nr = abi.NR_ASYNC_THREAD
    if m.pause_call(t):
        return False
    t.phase = async_thread
    return True


def async_thread(m: Machine, t: Task) -> bool:
    """THREAD-10, THREAD-11: a busy task turns ready; THREAD-1: nobody else has business here (D39)."""
    if t.role != Role.BUSY or t.inside:
        refused = m.variant.async_thread_errno is AsyncThreadErrno.EINVAL
        return returns(m, t, -abi.EINVAL if refused else -abi.ENOSYS, clauses.THREAD_1)
    m.hit[clauses.THREAD_11] = 1
    if m.exiting:
        m.hit[clauses.THREAD_12] = 1
    t.posted = False
    if m.variant.threadlet_event is ThreadletEvent.POSTED:
        t.phase = read_ring
        return True
    m.hit[clauses.THREAD_10] = m.hit[clauses.THREAD_23] = 1
    m.withhold(0, clauses.THREAD_10)
    t.done = clauses.THREAD_10
    t.phase = finish_unlocked
    return True
