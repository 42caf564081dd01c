# SPDX-License-Identifier: Apache-2.0
"""An opaque call: what it does is told from outside, and everything around it is as for any call (D150 to D153)."""

from model import abi, opaque
from model.abi import WORD
from model.image import BASE
from model.spec import events as ev
from model.spec.machine import Given, Machine
from model.spec.oracle import Told
from model.spec.task import Task


def call(m: Machine, t: Task, nr: int, args: tuple[int, ...]) -> Given | None:
    """OPAQUE-1 to OPAQUE-4."""
    if not opaque.BY_NUMBER[nr].allows(args):
        return m.gives(t, -abi.ENOSYS, ev.OpaqueRefuses, nr)
    told = m.again() if m.left else m.keep(_ask(m, t, nr, args))
    if told is None:
        m.say(t, ev.OpaqueNeverEnds, nr)
        m.has_slept(t, nr)
        return None
    for _ in range(told.sleeps):
        m.say(t, ev.OpaqueSleeps, nr)
        if not m.has_slept(t, nr):
            m.doze(t, told.rests, told.tick)
            return None
    m.once(_end, m, t, nr, args, told)
    return m.gives(t, told.value, ev.OpaqueGives, nr, m.told_by_target)


def _ask(m: Machine, t: Task, nr: int, args: tuple[int, ...]) -> Told | None:
    assert m.oracle is not None
    told = m.oracle.next(m, t, nr, args)
    t.asked += 1
    return told


def _end(m: Machine, t: Task, nr: int, args: tuple[int, ...], told: Told) -> bool:
    """OPAQUE-2: words that are there already were written by another task, or by none."""
    for offset, data in told.written:
        for at in range(0, len(data), WORD):
            address = BASE + offset + at
            value = int.from_bytes(data[at : at + WORD], "little")
            if m.words[(offset + at) >> 3] != value:
                m.say(t, ev.OpaqueWrites, nr, address)
                m.touch_memory(t, address, WORD, write=True)
                m.store_word(t, address, value, ev.OpaqueWrites.clause)
    m.observer.answered(m, t, nr, args, told)
    return True
