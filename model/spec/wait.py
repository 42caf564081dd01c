# SPDX-License-Identifier: Apache-2.0
"""`async_wait`: sleep until enough events came, or nothing is busy (sheet 5, D13 to D15, D31, D36, D37)."""

from model import abi, clauses
from model.abi import MASK
from model.spec.machine import LISTS, LOCK, NOBODY, Machine, Phase, Task
from model.spec.ring import LOCK_KEY, enough_events
from model.spec.world.base import returns
from model.trace import NO_CALL
from model.variant import RingEqualIndices, WaitArithmetic, WaitBadRing, WaitIdle, WaitScope


def async_wait(m: Machine, t: Task) -> bool:
    """Arguments: min_wait_events, user_ring_idx, ahu. RING-9: the ring is read under the completion lock."""
    if m.pause(t, LOCK, True):
        return False
    t.minimum, t.ahu = t.args[0], t.args[2]
    t.phase = _retry_lock
    return True


def _retry_lock(m: Machine, t: Task) -> bool:
    if m.lock_owner != NOBODY:
        return m.sleep_on(t, NO_CALL, LOCK_KEY)
    m.lock_owner = t.index
    t.phase = _read_ring
    return True


def _unlock(m: Machine) -> None:
    m.lock_owner = NOBODY
    m.wake(LOCK_KEY)


def _leave(m: Machine, t: Task, value: int, clause: int) -> bool:
    """Return while the lock is held."""
    _unlock(m)
    return returns(m, t, value, clause)


def _read(m: Machine, t: Task, address: int, into: str, then: Phase) -> bool:
    """WAIT-1: read one word under the lock into the task's attribute `into`."""
    if m.pause(t, address & MASK, False):
        return False
    value = m.load(address & MASK)
    if value is None:
        return _leave(m, t, -abi.EFAULT, clauses.WAIT_1)
    setattr(t, into, value)
    t.phase = then
    return True


def _read_ring(m: Machine, t: Task) -> bool:
    return _read(m, t, t.ahu + abi.AHU_COMPLETION_RING, "ring", _read_size)


def _read_size(m: Machine, t: Task) -> bool:
    return _read(m, t, t.ahu + abi.AHU_RING_SIZE_BYTES, "value", _read_index)


def _read_index(m: Machine, t: Task) -> bool:
    return _read(m, t, t.ahu + abi.AHU_KERNEL_RING_IDX, "kernel_idx", _check_ring)


def _check_ring(m: Machine, t: Task) -> bool:
    """WAIT-2, WAIT-5: sizes and indices, then the events that are there already."""
    size, kernel, user = t.value, t.kernel_idx, t.args[1]
    slots = size >> 3
    bad = not size or size & 7 or kernel >= slots
    if m.variant.wait_bad_ring is WaitBadRing.LENIENT:
        if slots and user >= slots:
            return _leave(m, t, -abi.EINVAL, clauses.WAIT_2)
    elif bad or user >= slots:
        return _leave(m, t, -abi.EINVAL, clauses.WAIT_2)
    t.slots = slots
    t.have = 0
    t.phase = _sample
    if not bad:
        m.hit[clauses.WAIT_5] = m.hit[clauses.WAIT_10] = 1
        t.have = kernel - user
        if m.variant.wait_arithmetic is WaitArithmetic.MODULO:
            t.have %= slots
        if kernel == user and m.variant.ring_equal_indices is RingEqualIndices.FULL:
            t.slot = t.ring + user * abi.WORD & MASK
            t.phase = _read_slot
    return True


def _read_slot(m: Machine, t: Task) -> bool:
    """WAIT-6: only needed when the indices are equal."""
    return _read(m, t, t.slot, "value", _count_slot)


def _count_slot(m: Machine, t: Task) -> bool:
    if t.value:
        m.hit[clauses.WAIT_6] = 1
        t.have = t.slots
    t.phase = _sample
    return True


def _sample(m: Machine, t: Task) -> bool:
    """WAIT-3, then note how many events were counted so far, still under the lock (D36)."""
    if not t.minimum:
        return _leave(m, t, 0, clauses.WAIT_3)
    t.sample = m.events if m.variant.wait_scope is WaitScope.HEAD else m.ring_events.get(t.ahu, 0)
    _unlock(m)
    t.phase = _register
    return True


def _register(m: Machine, t: Task) -> bool:
    """WAIT-4, WAIT-7: one critical section with the test, so that no wake-up is missed."""
    if m.pause(t, LISTS, True):
        return False
    if not m.busy:
        if m.variant.wait_idle is WaitIdle.EINVAL and not m.has_context:
            return returns(m, t, -abi.EINVAL, clauses.WAIT_4)
        return returns(m, t, 0, clauses.WAIT_4)
    if enough_events(m, t):
        return returns(m, t, 0, clauses.WAIT_7)
    m.hit[clauses.WAIT_7] = 1
    m.waiting = True
    t.phase = _woken
    return m.sleep(t, abi.NR_ASYNC_WAIT)


def _woken(m: Machine, t: Task) -> bool:
    """WAIT-7, WAIT-8: whichever it was, 0."""
    m.touch_lists()
    if m.busy and not enough_events(m, t):
        return m.sleep(t, abi.NR_ASYNC_WAIT)
    m.waiting = False
    return returns(m, t, 0, clauses.WAIT_7 if enough_events(m, t) else clauses.WAIT_8)
