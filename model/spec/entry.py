# SPDX-License-Identifier: Apache-2.0
"""`async_exec` up to its first fetch, and `threadlet_on`: a spare, then arming (sheet 2.1, 3.3 to 3.5, 7.1, D35)."""

from model import abi, clauses
from model.abi import MASK
from model.spec.calls import recursion_error
from model.spec.chain import begin_atom
from model.spec.machine import LISTS, Machine, Phase, Task
from model.spec.world.base import returns
from model.trace import Role
from model.variant import EntryReads, RefillFailure


def async_exec(m: Machine, t: Task) -> bool:
    """ENTRY-1: the original task reads its own pair first, once; a spare was created with one."""
    t.submitted, t.ahu = t.args[0], t.args[1]
    m.has_context = True
    if t.has_pair or m.variant.entry_reads is EntryReads.HEAD_PAIR_IGNORED:
        t.phase = _look_for_spare
    else:
        t.phase = _read_head_stack
    return True


def threadlet_on(m: Machine, t: Task) -> bool:
    """THREAD-3: the guard; then a spare, as for a chain. The head's own pair is left alone (D80)."""
    if t.inside or t.role != Role.HEAD:
        return returns(m, t, recursion_error(m), clauses.THREAD_3)
    t.ahu = t.args[2]
    m.has_context = True
    t.phase = _look_for_spare
    return True


def _read(m: Machine, t: Task, field: int, clause: int, then: Phase) -> bool:
    """Read one word of the `async_head_user`; a fault ends the call."""
    address = t.ahu + field & MASK
    if m.pause(t, address, False, field == abi.AHU_NEW_THREAD_IP):
        return False
    value = m.load(address)
    if value is None:
        return returns(m, t, -abi.EFAULT, clause)
    t.value = value
    t.phase = then
    return True


def _read_head_stack(m: Machine, t: Task) -> bool:
    m.hit[clauses.ENTRY_1] = 1
    return _read(m, t, abi.AHU_HEAD_STACK, clauses.ENTRY_8, _read_head_ip)


def _read_head_ip(m: Machine, t: Task) -> bool:
    return _read(m, t, abi.AHU_HEAD_IP, clauses.ENTRY_8, _met)


def _met(m: Machine, t: Task) -> bool:
    t.has_pair = True
    t.phase = _look_for_spare
    return True


def _look_for_spare(m: Machine, t: Task) -> bool:
    """ENTRY-2: with a spare there is nothing to do."""
    if m.pause(t, LISTS, False):
        return False
    if m.ready:
        m.hit[clauses.ENTRY_2] = 1
        t.phase = _start
    else:
        t.phase = _read_stack
    return True


def _read_stack(m: Machine, t: Task) -> bool:
    return _read(m, t, abi.AHU_NEW_THREAD_STACK, clauses.ENTRY_5, _check_stack)


def _check_stack(m: Machine, t: Task) -> bool:
    """ENTRY-3: no stack, no spare."""
    if t.value:
        t.phase = _read_ip
    elif m.variant.refill_failure is RefillFailure.RUN_SYNC:
        t.phase = _start
    else:
        return returns(m, t, -abi.EINVAL, clauses.ENTRY_3)
    return True


def _read_ip(m: Machine, t: Task) -> bool:
    return _read(m, t, abi.AHU_NEW_THREAD_IP, clauses.ENTRY_5, _create)


def _create(m: Machine, t: Task) -> bool:
    """ENTRY-9: the spare, ready before it ever ran."""
    m.hit[clauses.ENTRY_9] = 1
    spare = Task(len(m.tasks), m.tid_of(len(m.tasks)))
    spare.has_pair = True
    m.touch_lists()
    m.tasks.append(spare)
    m.ready.append(spare)
    t.phase = _clear_stack
    return True


def _clear_stack(m: Machine, t: Task) -> bool:
    """ENTRY-4, ENTRY-6: the stack is used up."""
    address = t.ahu + abi.AHU_NEW_THREAD_STACK & MASK
    if m.pause(t, address, True):
        return False
    m.hit[clauses.ENTRY_4 if m.store(address, 0, clauses.ENTRY_4) else clauses.ENTRY_6] = 1
    t.phase = _start
    return True


def _start(m: Machine, t: Task) -> bool:
    """Arm, and run the chain; THREAD-2: or go back to user mode for the threadlet."""
    t.armed = t.inside = True
    if t.nr == abi.NR_THREADLET_ON:
        return returns(m, t, 0, clauses.THREAD_2)
    t.atom = t.submitted
    t.chain = m.step
    t.phase = begin_atom
    return True
