# SPDX-License-Identifier: Apache-2.0
"""The end of a chain in a busy task: post the event, turn ready, wake the waiter (sheet 3.6 and 4)."""

from typing import Final

from model import abi, clauses
from model.abi import MASK
from model.spec.machine import LISTS, LOCK, NOBODY, Machine, Phase, Task
from model.spec.observer import DEAD
from model.trace import NO_CALL, Role
from model.variant import FinishOrder, HalfPosted, RingFull, RingValidation, WaitScope

LOCK_KEY: Final = -1
EXIT_KEY: Final = -2


def complete(m: Machine, t: Task) -> bool:
    """RING-1, RING-2: whether there is an event to post."""
    t.posted = False
    if t.flags & abi.SYSLET_NO_COMPLETE:
        m.hit[clauses.RING_2] = m.hit[clauses.WAIT_9] = 1
        m.withhold(0, clauses.RING_2)
        t.done = clauses.RING_2
        t.phase = finish_unlocked
    else:
        m.hit[clauses.RING_10] = 1
        t.phase = read_ring
    return True


def read_ring(m: Machine, t: Task) -> bool:
    """RING-10: where the ring is, now."""
    address = t.ahu + abi.AHU_COMPLETION_RING & MASK
    if m.pause(t, address, False):
        return False
    ring = m.load(address)
    if ring is None:
        return _lose(m, t, clauses.RING_7, finish_unlocked)
    t.ring = ring
    t.phase = read_size
    return True


def read_size(m: Machine, t: Task) -> bool:
    """RING-4: how big it is, now."""
    address = t.ahu + abi.AHU_RING_SIZE_BYTES & MASK
    if m.pause(t, address, False):
        return False
    size = m.load(address)
    if size is None:
        return _lose(m, t, clauses.RING_7, finish_unlocked)
    if (not size or size & 7) and m.variant.ring_validation is RingValidation.LOSE:
        return _lose(m, t, clauses.RING_4, finish_unlocked)
    t.slots = size >> 3
    t.phase = take_lock
    return True


def take_lock(m: Machine, t: Task) -> bool:
    """RING-9: the completion lock of the head (D36)."""
    if m.pause(t, LOCK, True):
        return False
    t.phase = retry_lock
    return True


def retry_lock(m: Machine, t: Task) -> bool:
    """Take the lock, or sleep and try again."""
    if m.lock_owner != NOBODY:
        return m.sleep_on(t, NO_CALL, LOCK_KEY)
    m.hit[clauses.RING_9] = 1
    m.lock_owner = t.index
    t.phase = read_index
    return True


def read_index(m: Machine, t: Task) -> bool:
    """RING-6: `kernel_ring_idx` lives in user memory."""
    address = t.ahu + abi.AHU_KERNEL_RING_IDX & MASK
    if m.pause(t, address, False, True):
        return False
    m.hit[clauses.RING_6] = 1
    index = m.load(address)
    if index is None:
        return _lose(m, t, clauses.RING_7, finish)
    if index >= t.slots and m.variant.ring_validation is RingValidation.LOSE:
        return _lose(m, t, clauses.RING_4, finish)
    t.kernel_idx = index
    t.slot = t.ring + index * abi.WORD & MASK
    t.phase = read_slot
    return True


def read_slot(m: Machine, t: Task) -> bool:
    """RING-3: a slot that is taken loses the event."""
    if m.pause(t, t.slot, False, True):
        return False
    event = m.load(t.slot)
    if event is None:
        return _lose(m, t, clauses.RING_7, finish)
    if event:
        m.hit[clauses.RING_3] = 1
        if m.variant.ring_full is RingFull.LOSE:
            return _lose(m, t, clauses.RING_3, finish)
    t.phase = write_slot
    return True


def write_slot(m: Machine, t: Task) -> bool:
    """RING-1, RING-5: the event is the address of the last atom executed."""
    if m.pause(t, t.slot, True, True):
        return False
    if not m.store(t.slot, t.atom, clauses.RING_1):
        return _lose(m, t, clauses.RING_7, finish)
    m.hit[clauses.RING_1] = m.hit[clauses.RING_5] = 1
    t.phase = write_index
    return True


def write_index(m: Machine, t: Task) -> bool:
    """RING-5: one on, 0 at the end; RING-8: a fault leaves the slot as it is."""
    address = t.ahu + abi.AHU_KERNEL_RING_IDX & MASK
    if m.pause(t, address, True, True):
        return False
    following = t.kernel_idx + 1 & MASK
    if following >= t.slots:
        following = 0
    if m.store(address, following, clauses.RING_5):
        t.posted = True
        t.done = clauses.RING_5
    else:
        m.hit[clauses.RING_8] = 1
        t.done = clauses.RING_8
        if m.variant.half_posted is HalfPosted.UNDO:
            m.store(t.slot, 0, clauses.RING_8)
    t.phase = finish
    return True


def _lose(m: Machine, t: Task, clause: int, end: Phase) -> bool:
    """WAIT-9: the event is lost; nobody is told, and it does not count."""
    m.hit[clause] = m.hit[clauses.WAIT_9] = 1
    m.withhold(t.slot, clause)
    t.done = clause
    t.posted = False
    t.phase = end
    return True


def finish_unlocked(m: Machine, t: Task) -> bool:
    """A chain without event to post comes to the finishing section without the lock."""
    if m.pause(t, LISTS, True):
        return False
    t.phase = finish
    return True


def finish(m: Machine, t: Task) -> bool:
    """POOL-1: ready (at the tail), counted, waiter woken: one section (D30), then the lock is let go (D36)."""
    m.touch_lists()
    if t.posted:
        m.events += 1
        m.ring_events[t.ahu] = m.ring_events.get(t.ahu, 0) + 1
    if m.variant.finish_order is FinishOrder.WAKE_FIRST:
        busy_after = len(m.busy) - 1
        _wake_waiter(m, busy_after)
        t.phase = turn_ready
        return True
    return _turn_ready(m, t)


def turn_ready(m: Machine, t: Task) -> bool:
    """The second half of the finishing section, when D30 is read as "wake first"."""
    if m.pause(t, LISTS, True):
        return False
    return _turn_ready(m, t)


def _turn_ready(m: Machine, t: Task) -> bool:
    m.hit[clauses.POOL_1] = m.hit[clauses.POOL_2] = m.hit[clauses.MOVE_5] = 1
    m.busy.remove(t)
    m.runnable.remove(t)
    t.asleep = True
    t.phase = None
    if m.exiting:
        t.role = DEAD
    else:
        t.role = Role.READY
        m.ready.append(t)
    _wake_waiter(m, len(m.busy))
    if m.lock_owner == t.index:
        m.lock_owner = NOBODY
        m.wake(LOCK_KEY)
    if not m.busy:
        m.wake(EXIT_KEY)
    return False


def enough_events(m: Machine, t: Task) -> bool:
    """WAIT-7: events in the ring when the wait began, plus those posted since."""
    since = m.events if m.variant.wait_scope is WaitScope.HEAD else m.ring_events.get(t.ahu, 0)
    return t.have + since - t.sample >= t.minimum


def _wake_waiter(m: Machine, busy: int) -> None:
    """WAIT-7, WAIT-8: the head in `async_wait` wakes when it has enough, or when nothing is busy."""
    if m.waiting and (not busy or enough_events(m, m.head)):
        m.wake_task(m.head)
