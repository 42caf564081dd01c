# SPDX-License-Identifier: Apache-2.0
"""The family of a head: how a spare comes to be, and how the head leaves (sheet 3.4, 3.5, 3.6; D16, D31, D35)."""

from model import abi
from model.spec import events as ev
from model.spec.machine import Fault, Given, Machine
from model.spec.names import EXIT_QUEUE, LISTS, ON_LISTS, queue_of
from model.spec.task import DEAD, Task
from model.variant import HeadExit, RefillFailure


def begin_family(m: Machine, t: Task) -> None:
    """GROUP-1: each thread has a family of its own, from its first call on."""
    if len(m.families) > 1:
        m.once(_note_family, m, t)
    t.family.has_context = True


def _note_family(m: Machine, t: Task) -> None:
    if not t.family.has_context and any(family.has_context for family in m.families):
        m.say(t, ev.FamilyOfItsOwn)


def refill(m: Machine, t: Task, ahu: int) -> Given | None:
    """ENTRY-2 to ENTRY-6: a spare is ready, or one is made of the stack that the user gives. None: go on."""
    m.point(t, LISTS, False)
    spare = m.again() if m.left else m.keep(t.family.ready[0].index if t.family.ready else None)
    if spare is not None:
        m.say(t, ev.SpareIsReady, spare)
        return None
    field = ahu + abi.AHU_NEW_THREAD_STACK & abi.MASK
    try:
        stack = m.read(t, field)
        if not stack:
            if m.variant.refill_failure is RefillFailure.RUN_SYNC:
                return None
            return m.gives(t, -abi.EINVAL, ev.NoStack, field)
        m.read(t, ahu + abi.AHU_NEW_THREAD_IP, ON_LISTS)
    except Fault as fault:
        return m.gives(t, -abi.EFAULT, ev.NewThreadFaults, fault.address)
    spare = m.once(_create_spare, m, t)
    try:
        m.write(t, field, 0, ev.SpareMade.clause)
        m.say(t, ev.SpareMade, spare, field)
    except Fault:
        m.say(t, ev.StackKept, spare, field)
    return None


def _create_spare(m: Machine, t: Task) -> int:
    """ENTRY-4: it is ready before it ever ran, and has its own pair from the start."""
    spare = Task(len(m.tasks), m.tid_of(len(m.tasks)), t.family)
    spare.has_pair = True
    m.touch_lists(t)
    m.tasks.append(spare)
    t.family.ready.append(spare)
    m.tell(t, ev.SpareCreated, spare.index)
    return spare.index


def leave_family(m: Machine, t: Task) -> None:
    """EXIT-1: spares end, and the exit waits until the busy tasks have finished. EXIT-2 is the caller's."""
    busy = m.once(_end_spares, m, t)
    if busy and m.variant.head_exit is not HeadExit.ABANDON:
        m.say(t, ev.ExitWaits, busy)
        m.sleep_once(t, abi.NR_EXIT, queue_of(EXIT_QUEUE, t.family.number))


def _end_spares(m: Machine, t: Task) -> int:
    m.touch_lists(t)
    t.family.exiting = True
    for spare in t.family.ready:
        spare.role = DEAD
    t.family.ready.clear()
    return len(t.family.busy)
