# SPDX-License-Identifier: Apache-2.0
"""Threadlets: the stack, arming, disarming, and the way to the pool of one that went async (sheet 7; D80 to D86).

User mode takes part: what the library does around the kernel's calls is a rule here, like any other.
"""

from typing import Final

from model import abi
from model.abi import MASK
from model.image import STACK_BYTES, STACKS_AT
from model.spec import events as ev
from model.spec import user
from model.spec.calls import empty_entry
from model.spec.entry import threadlet_on
from model.spec.machine import Fault, Given, Machine
from model.spec.move import become_ready
from model.spec.names import stack as place_of_stack
from model.spec.ring import post
from model.spec.script import next_operation
from model.spec.task import HEAD, STOPPED, Next, Script, Task, Way
from model.variant import AsyncThreadErrno, ThreadletEvent, ThreadletOffErrno

RESTORE_IP: Final = 0x400200
"""Where the heir goes on; like the stacks, a number at which nothing is."""


def threadlet_exec(m: Machine, t: Task, threadlet: int, stack: int, ahu: int, cached: int) -> Next:
    """THREAD-14: the stack first; THREAD-15: it is taken from here on."""
    script = Script(t.family.thread.step, threadlet, stack, ahu, Way.REAL, 0)
    if not m.once(_take_stack, m, t, script):
        return m.hooks.step_returns(m, t, *m.gives(t, -abi.EBUSY, ev.StackStillTaken, stack))
    return _arm_cached if cached else _arm, (script,)


def _take_stack(m: Machine, t: Task, script: Script) -> bool:
    m.touch(t, place_of_stack(script.stack), True)
    if m.taken >> script.stack & 1:
        return False
    m.taken |= 1 << script.stack
    t.script = script
    m.say(t, ev.StackTaken, script.stack, script.threadlet)
    return True


def _arm(m: Machine, t: Task, script: Script) -> Next:
    """The real way: `threadlet_on`, a call like any other. THREAD-16: what it cannot do is not tried without it."""
    args = (top_of(script.stack), RESTORE_IP, script.ahu)
    if not m.passes_before_call(t, abi.NR_THREADLET_ON, args):
        return STOPPED
    given = threadlet_on(m, t, args)
    if given[0]:
        m.say(t, ev.ScriptNotRun)
        return _give_up(m, t, given)
    return _begin(m, t, script, Way.REAL)


def _arm_cached(m: Machine, t: Task, script: Script) -> Next:
    """THREAD-19: with a spare, a token in the shared page arms. THREAD-20, THREAD-21: without one."""
    m.once(m.touch_lists, t)
    has_spare = m.again() if m.left else m.keep(bool(t.family.ready))
    if has_spare:
        m.enter(t, True, ev.ArmedByToken)
        return _begin(m, t, script, Way.CACHED)
    field = script.ahu + abi.AHU_NEW_THREAD_STACK & MASK
    try:
        stack = user.read(m, t, field)
    except Fault:
        return _give_up(m, t, m.gives(t, -abi.EFAULT, ev.LookFaults, field))
    if stack:
        m.say(t, ev.RealCallMade, field)
        return _arm, (script,)
    m.enter(t, False, ev.RunsUnarmed)
    return _begin(m, t, script, Way.UNARMED)


def _give_up(m: Machine, t: Task, given: Given) -> Next:
    """The result is the error at hand; the stack is free."""
    m.once(_free_stack, m, t)
    return m.hooks.step_returns(m, t, *given)


def _begin(m: Machine, t: Task, script: Script, way: Way) -> Next:
    t.script = script._replace(way=way)
    if m.listener is not None:
        m.say(t, ev.ScriptBegins, script.threadlet, script.stack, way, script.ahu)
    return next_operation, (threadlet_complete,)


def threadlet_complete(m: Machine, t: Task) -> Next:
    """The script is over. A token that is still there is taken back; otherwise `threadlet_off` tells what happened."""
    script = t.script
    assert script is not None
    if script.way is Way.REAL or (m.again() if m.left else m.keep(t.role is not HEAD)):
        m.point(t, place_of_stack(script.stack), True)
        ret, why = threadlet_off(m, t, ())
    else:
        if script.way is Way.UNARMED:
            m.leave(t, ev.UnarmedEnds, script.stack)
            m.once(_free_stack, m, t)
            return m.hooks.step_returns(m, t, 2, ev.UnarmedEnds.clause)
        m.leave(t, ev.TokenTakenBack)
        ret, why = 1, ev.TokenTakenBack.clause
    # THREAD-13: the caller has its result; THREAD-15: or there is no caller, and the thread goes its own way.
    if ret:
        m.say(t, ev.CallerHasResult, script.stack)
        m.once(_free_stack, m, t)
        return m.hooks.step_returns(m, t, ret, why)
    m.say(t, ev.StackFree, script.stack)
    m.once(_free_stack, m, t)
    return _park, (script,)


def threadlet_off(m: Machine, t: Task, args: tuple[int, ...]) -> Given:
    """THREAD-7 to THREAD-9."""
    role = m.again() if m.left else m.keep(t.role if t.inside else None)
    if role is None:
        one = m.variant.threadlet_off_errno is ThreadletOffErrno.ONE
        return m.gives(t, 1 if one else -abi.EINVAL, ev.OffOutside)
    if role is HEAD:
        m.leave(t, ev.OffInHead)
        return 1, ev.OffInHead.clause
    m.leave(t, ev.OffInBusy)
    return 0, ev.OffInBusy.clause


def threadlet_off_by_number(m: Machine, t: Task, args: tuple[int, ...]) -> Given:
    """D99: a step makes the call itself; for a chain and in a script the number is an empty entry."""
    return empty_entry(m, t, args) if t.script is not None or t.inside else threadlet_off(m, t, args)


def _free_stack(m: Machine, t: Task) -> None:
    """The stack is free, and the task executes no threadlet any more."""
    assert t.script is not None
    m.touch(t, place_of_stack(t.script.stack), True)
    m.taken &= ~(1 << t.script.stack)
    t.script = None


def top_of(stack: int) -> int:
    """The address by which a stack is known."""
    return STACKS_AT + stack * STACK_BYTES


def _park(m: Machine, t: Task, script: Script) -> Next:
    """The thread's own loop calls `async_thread`. THREAD-10, THREAD-11: a busy task turns ready."""
    if not m.passes_before_call(t, abi.NR_ASYNC_THREAD, ()):
        return STOPPED
    m.say(t, ev.Parks)
    if t.family.exiting:
        m.say(t, ev.ParksAfterExit)
    if m.variant.threadlet_event is ThreadletEvent.POSTED:
        return post, (script.ahu, top_of(script.stack))
    m.say(t, ev.NoEventOfThreadlet)
    return become_ready, (script.ahu, False, False)


def async_thread(m: Machine, t: Task, args: tuple[int, ...]) -> Given:
    """THREAD-1: only a threadlet that went async may park itself (D39)."""
    refused = m.variant.async_thread_errno is AsyncThreadErrno.EINVAL
    return m.gives(t, -abi.EINVAL if refused else -abi.ENOSYS, ev.NotAThreadlet)
