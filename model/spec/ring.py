# SPDX-License-Identifier: Apache-2.0
"""The event of a chain that went async: posted in the ring, or lost (sheet 4, 5.9; D11, D12, D36)."""

from typing import Final

from model.abi import AHU_COMPLETION_RING, AHU_KERNEL_RING_IDX, AHU_RING_SIZE_BYTES, MASK, WORD
from model.spec import events as ev
from model.spec.machine import Fault, Machine
from model.spec.move import become_ready
from model.spec.names import ON_LISTS
from model.spec.task import STOPPED, Next, Task
from model.variant import HalfPosted, RingFull, RingValidation

_CHECKED: Final = RingValidation.LOSE
_LOST: Final = RingFull.LOSE


def post(m: Machine, t: Task, ahu: int, event: int) -> Next:
    """RING-1: one event, the last atom executed. RING-6, RING-10: all of the ring is read now, from user memory."""
    m.say(t, ev.RingRead, ahu)
    trusting = m.variant.ring_validation is not _CHECKED
    slot, locked = 0, False
    try:
        ring = m.read(t, ahu + AHU_COMPLETION_RING)
        size = m.read(t, ahu + AHU_RING_SIZE_BYTES)
        if (not size or size & 7) and not trusting:
            return _lose(m, t, ahu, locked, ev.BadRing, size)
        slots = size >> 3
        if not m.lock(t):  # what follows, up to the count, excludes others (D36)
            return STOPPED
        locked = True
        m.say(t, ev.PostsAlone)
        index = m.read(t, ahu + AHU_KERNEL_RING_IDX, ON_LISTS)
        if index >= slots and not trusting:
            return _lose(m, t, ahu, locked, ev.BadIndex, index, slots)
        slot = ring + index * WORD & MASK
        taken = m.read(t, slot, ON_LISTS)
        if taken:
            if m.variant.ring_full is _LOST:
                return _lose(m, t, ahu, locked, ev.SlotTaken, slot, taken)
            m.say(t, ev.SlotOverwritten, slot, taken)
        m.write(t, slot, event, ev.EventPosted.clause, ON_LISTS)
    except Fault as fault:
        return _lose(m, t, ahu, locked, ev.RingFaults, slot, fault.address)
    m.say(t, ev.EventPosted, event, slot, ring, slots)
    following = index + 1 if index + 1 < slots else 0
    try:
        m.write(t, ahu + AHU_KERNEL_RING_IDX, following, ev.IndexStored.clause, ON_LISTS)
    except Fault:
        undone = m.variant.half_posted is HalfPosted.UNDO
        m.say(t, ev.IndexFaults, ahu + AHU_KERNEL_RING_IDX, undone, ring)
        if undone:
            m.once(m.store_word, t, slot, 0, ev.IndexFaults.clause)
        return become_ready, (ahu, False, locked)
    m.say(t, ev.IndexStored, ahu + AHU_KERNEL_RING_IDX, following)
    return become_ready, (ahu, True, locked)


def _lose(m: Machine, t: Task, ahu: int, locked: bool, event: type[ev.Event], *facts: int) -> Next:
    """RING-3, RING-4, RING-7; WAIT-9: the event is lost, no task is told, and it does not count."""
    m.say(t, event, *facts)
    m.say(t, ev.EventLost)
    return become_ready, (ahu, False, locked)


def post_nothing(m: Machine, t: Task, ahu: int, event: int) -> Next:
    """RING-2: no event is asked for."""
    m.say(t, ev.NotAskedFor, event)
    return become_ready, (ahu, False, False)
