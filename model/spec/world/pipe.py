# SPDX-License-Identifier: Apache-2.0
"""Pipes of one buffer of one page (D45), as fs/pipe.c of Linux 6.12 treats them.

A buffer is (offset of its first byte, bytes held); None is a free one. Bytes that were read leave a gap in
front, so a buffer's end never moves back before it is emptied. One without bytes is what a write left behind
that took it and then faulted.
"""

from typing import Final

from model import abi, clauses
from model.image import PAGE
from model.spec.machine import Machine, Phase, Task
from model.spec.world import inside
from model.spec.world.files import leave

_HOLLOW: Final = (0, b"")


def read(m: Machine, t: Task) -> bool:
    """PIPE-9: nothing is asked for."""
    if not t.word:
        return leave(m, t, 0, clauses.PIPE_9)
    return inside.enter(m, t, _take)


def _take(m: Machine, t: Task) -> bool:
    """PIPE-1 to PIPE-4 and PIPE-10; entered again after each sleep."""
    pipe, count = t.key >> 1, t.word
    held = m.buffers[pipe]
    if held == _HOLLOW:
        m.hit[clauses.PIPE_10] = 1
        held = m.buffers[pipe] = None
        m.wake(t.key | 1)
    if held is None:
        if not m.references[t.key | 1]:
            return leave(m, t, 0, clauses.PIPE_3)
        m.hit[clauses.PIPE_2] = 1
        return _wait(m, t, _take)
    offset, data = held
    taken = min(count, len(data))
    buffer = t.args[1]
    room = m.span(buffer, taken, 2)
    if room < taken:
        m.put(buffer, data[:room], clauses.PIPE_4)
        return leave(m, t, -abi.EFAULT, clauses.PIPE_4)
    m.put(buffer, data[:taken], clauses.PIPE_1)
    if taken == len(data):
        m.buffers[pipe] = None
        m.wake(t.key | 1)
    else:
        m.buffers[pipe] = (offset + taken, data[taken:])
    return leave(m, t, taken, clauses.PIPE_1)


def write(m: Machine, t: Task) -> bool:
    """PIPE-9: nothing is given."""
    if not t.word:
        return leave(m, t, 0, clauses.PIPE_9)
    return inside.enter(m, t, _merge)


def _merge(m: Machine, t: Task) -> bool:
    """PIPE-5: the start of a write, with its one chance to merge."""
    count = t.word
    if not m.references[t.key & ~1]:
        return leave(m, t, -abi.EPIPE, clauses.PIPE_7)
    pipe, odd = t.key >> 1, count % PAGE
    held = m.buffers[pipe]
    if held is not None and odd and held[0] + len(held[1]) + odd <= PAGE:
        buffer = t.args[1]
        if m.span(buffer, odd, 1) < odd:
            return leave(m, t, -abi.EFAULT, clauses.PIPE_8)
        m.hit[clauses.PIPE_5] = 1
        m.buffers[pipe] = (held[0], held[1] + m.get(buffer, odd))
        t.value = odd
        if odd == count:
            return leave(m, t, count, clauses.PIPE_5)
    t.phase = _fill
    return True


def _fill(m: Machine, t: Task) -> bool:
    """PIPE-6 to PIPE-8 and PIPE-10: whole buffers, sleeping in between."""
    pipe, count = t.key >> 1, t.word
    if not m.references[t.key & ~1]:
        return leave(m, t, t.value or -abi.EPIPE, clauses.PIPE_7)
    if m.buffers[pipe] is None:
        address = t.args[1] + t.value
        chunk = min(PAGE, count - t.value)
        if m.span(address, chunk, 1) < chunk:
            m.buffers[pipe] = _HOLLOW
            m.wake(t.key & ~1)
            return leave(m, t, t.value or -abi.EFAULT, clauses.PIPE_8)
        m.buffers[pipe] = (0, m.get(address, chunk))
        t.value += chunk
        m.wake(t.key & ~1)
        if t.value == count:
            return leave(m, t, count, clauses.PIPE_6)
    m.hit[clauses.PIPE_6] = 1
    return _wait(m, t, _fill)


def _wait(m: Machine, t: Task, then: Phase) -> bool:
    """Sleep until the other end did something, then go on with `then`, in deep mode under the lock again."""
    if m.deep:
        t.again = then
        return inside.let_go(m, t, _look)
    t.phase = then
    return m.sleep_on(t, t.nr, t.key)


def _ready(m: Machine, t: Task) -> bool:
    """Whether a sleeper sees, without the lock, that it need not sleep."""
    free = m.buffers[t.key >> 1] is None
    return free == (t.key & 1) or not m.references[t.key ^ 1]


def _look(m: Machine, t: Task) -> bool:
    """OBJECT-2: look before getting in line."""
    if m.pause_inside(t):
        return False
    if _ready(m, t):
        m.hit[clauses.OBJECT_2] = 1
        return inside.enter(m, t, t.again)
    t.phase = _line_up
    return True


def _line_up(m: Machine, t: Task) -> bool:
    """From here on a wake-up counts; entered again after each."""
    m.waiters[t.key] = (*m.waiters.get(t.key, ()), t.index)
    t.phase = _look_again
    return True


def _look_again(m: Machine, t: Task) -> bool:
    """OBJECT-2: whoever was woken since goes round once more and does not sleep (D34)."""
    if m.pause_inside(t):
        return False
    line = m.waiters.pop(t.key, ())
    others = tuple([x for x in line if x != t.index])
    if others:
        m.waiters[t.key] = others
    if _ready(m, t):
        if t.index not in line:  # who slept before is in line once more
            m.hit[clauses.OBJECT_2] = 1
        return inside.enter(m, t, t.again)
    t.phase = _line_up
    if t.index in line or m.told_asleep():
        return m.sleep_on(t, t.nr, t.key)
    m.hit[clauses.OBJECT_2] = 1
    return True
