# SPDX-License-Identifier: Apache-2.0
"""`async_wait`: sleep until enough events came, or nothing is busy (sheet 5; D13 to D15, D31, D36, D37)."""

from typing import Final

from model import abi
from model.abi import AHU_COMPLETION_RING, AHU_KERNEL_RING_IDX, AHU_RING_SIZE_BYTES, MASK, WORD
from model.spec import events as ev
from model.spec.machine import Fault, Given, Machine
from model.spec.move import counted
from model.spec.names import LISTS
from model.spec.task import Task
from model.variant import RingEqualIndices, WaitArithmetic, WaitBadRing, WaitIdle

_LENIENT: Final = WaitBadRing.LENIENT
_MODULO: Final = WaitArithmetic.MODULO
_EQUAL_IS_FULL: Final = RingEqualIndices.FULL


def async_wait(m: Machine, t: Task, args: tuple[int, ...]) -> Given | None:
    """RING-9: the ring is read under the completion lock, and what was counted so far is noted there (D36)."""
    minimum, user, ahu = args[:3]
    if not m.lock(t):
        return None
    try:
        have = _events_in_ring(m, t, ahu, user)
    except Fault as fault:
        m.unlock(t)
        return m.gives(t, -abi.EFAULT, ev.WaitRingFaults, fault.address)
    if have is None:
        m.unlock(t)
        return m.gives(t, -abi.EINVAL, ev.WaitRingBad)
    if not minimum:
        m.unlock(t)
        return m.gives(t, 0, ev.NothingAskedFor)
    sample = m.once(counted, m, t, ahu)
    m.unlock(t)
    m.point(t, LISTS, True)
    return m.sleep_until(t, abi.NR_ASYNC_WAIT, None, _over, m, t, ahu, minimum, have - sample)


def _events_in_ring(m: Machine, t: Task, ahu: int, user: int) -> int | None:
    """WAIT-1, WAIT-2, WAIT-5, WAIT-6: the events between the user's index and the kernel's; None: no such ring."""
    ring = m.read(t, ahu + AHU_COMPLETION_RING)
    size = m.read(t, ahu + AHU_RING_SIZE_BYTES)
    kernel = m.read(t, ahu + AHU_KERNEL_RING_IDX)
    slots = size >> 3
    bad_size, index = not size or bool(size & 7), max(kernel, user)
    if m.variant.wait_bad_ring is _LENIENT and (bad_size or kernel >= slots) and (user < slots or not slots):
        return 0
    if bad_size or index >= slots:
        if bad_size:
            m.say(t, ev.WaitSizeBad, size)
        else:
            m.say(t, ev.WaitIndexBad, index, slots)
        return None
    have = kernel - user
    if m.variant.wait_arithmetic is _MODULO:
        have %= slots  # WAIT-5
    m.say(t, ev.EventsInRing, have)
    if kernel == user and m.variant.ring_equal_indices is _EQUAL_IS_FULL and m.read(t, ring + user * WORD & MASK):
        m.say(t, ev.RingIsFull, slots)
        have = slots
    return have


def _over(m: Machine, t: Task, ahu: int, minimum: int, before: int) -> Given | None:
    """WAIT-4, WAIT-7, WAIT-8: one critical section with the sleep, so that no wake-up is missed."""
    family = t.family
    have = counted(m, t, ahu) + before
    slept = family.waiting is not None
    if slept:
        m.touch_lists(t)
    if have >= minimum and (slept or family.busy):
        family.waiting = None
        return m.gives(t, 0, ev.EnoughEvents)
    if family.busy:
        if not slept:
            m.say(t, ev.WaitsForEvents, minimum, have)
        family.waiting = (ahu, minimum - before)
        return None
    family.waiting = None
    if any(other.busy for other in m.families if other is not family):
        m.say(t, ev.OthersBusy)
    if slept:
        return m.gives(t, 0, ev.NothingBusyAnyMore)
    never = m.variant.wait_idle is WaitIdle.EINVAL and not family.has_context
    return m.gives(t, -abi.EINVAL if never else 0, ev.NothingBusy)
