# SPDX-License-Identifier: Apache-2.0
"""Pipes of one buffer of one page (D45), as fs/pipe.c of Linux 6.12 treats them.

A buffer is (offset of its first byte, bytes held); None is a free one. Bytes that were read leave a gap in
front, so a buffer's end never moves back before it is emptied. One without bytes is what a write left behind
that took it and then faulted.
"""

from collections.abc import Callable
from typing import Final, TypeVar

from model import abi
from model.image import PAGE
from model.spec import events as ev
from model.spec.machine import Given, Machine
from model.spec.names import Queue, readers, writers
from model.spec.task import Task
from model.spec.world import inside
from model.spec.world.objects import READ_END, WRITE_END, Buffer, File, pipe_end

T = TypeVar("T")

_HOLLOW: Final[Buffer] = (0, b"")


def read(m: Machine, t: Task, file: File, buffer: int, count: int) -> Given | None:
    """PIPE-1 to PIPE-4, PIPE-9, PIPE-10: sleep until there is something, copy it, then take it out."""
    if not count:
        return m.gives(t, 0, ev.NothingToMove)
    inside.lock(m, t, abi.NR_READ, file.thing)
    data = _sleep_until(m, t, abi.NR_READ, readers(file.thing), _look, file, count)
    if data is None:
        return None
    if not data:
        given = m.gives(t, 0, ev.PipeAtEnd, file.thing)
    elif m.copy_to_user(t, buffer, data, ev.PipeRead.clause, ev.PipeReadFaults.clause) < len(data):
        given = m.gives(t, -abi.EFAULT, ev.PipeReadFaults)
    else:
        m.once(_take_out, m, t, file, len(data))
        given = m.gives(t, len(data), ev.PipeRead)
    inside.unlock(m, t, file.thing)
    return given


def _look(m: Machine, t: Task, file: File, count: int) -> bytes | None:
    """What can be read; nothing at the end of the file; None: it has to sleep."""
    held = m.objects.buffers[file.number]
    if held == _HOLLOW:
        m.say(t, ev.EmptyBufferDropped)
        held = m.objects.buffers[file.number] = None
        m.wake(t, writers(file.thing))
    if held is not None:
        return held[1][:count]
    if not m.objects.references[pipe_end(file.number, WRITE_END)]:
        return b""
    m.say(t, ev.PipeEmpty, file.thing)
    return None


def _take_out(m: Machine, t: Task, file: File, count: int) -> None:
    held = m.objects.buffers[file.number]
    assert held is not None
    if count == len(held[1]):
        m.objects.buffers[file.number] = None
        m.wake(t, writers(file.thing))
    else:
        m.objects.buffers[file.number] = (held[0] + count, held[1][count:])


def write(m: Machine, t: Task, file: File, buffer: int, count: int) -> Given | None:
    """PIPE-5 to PIPE-10: merge once what does not fill a page, then fill whole buffers, asleep in between."""
    if not count:
        return m.gives(t, 0, ev.NothingToMove)
    inside.lock(m, t, abi.NR_WRITE, file.thing)
    given = _write_locked(m, t, file, buffer, count)
    if given is not None:
        inside.unlock(m, t, file.thing)
    return given


def _write_locked(m: Machine, t: Task, file: File, buffer: int, count: int) -> Given | None:
    written = m.once(_room_to_merge, m, file, count)
    if written is None:
        return m.gives(t, -abi.EPIPE, ev.PipeBroken, file.thing)
    if written:
        data = m.copy_from_user(t, buffer, written)
        if len(data) < written:
            return m.gives(t, -abi.EFAULT, ev.PipeWriteFaults)
        m.once(_merge, m, t, file, data)
        if written == count:
            return count, ev.PipeMerged.clause
    mark = m.mark()
    while written < count:
        written = m.turn(mark, written)
        taken = _sleep_until(m, t, abi.NR_WRITE, writers(file.thing), _take_buffer, file, count)
        if taken is None:
            return None
        if not taken:
            return m.gives(t, written or -abi.EPIPE, ev.PipeBroken, file.thing)
        chunk = min(PAGE, count - written)
        data = m.copy_from_user(t, buffer + written, chunk)
        if len(data) < chunk:
            return m.gives(t, written or -abi.EFAULT, ev.PipeWriteFaults)
        m.once(_fill, m, file, data)
        written += chunk
    return m.gives(t, count, ev.PipeWritten)


def _room_to_merge(m: Machine, file: File, count: int) -> int | None:
    """PIPE-5: the odd bytes, if they fit behind those that are there; only the start of a write has this chance.

    PIPE-7: None without a reader.
    """
    if not m.objects.references[pipe_end(file.number, READ_END)]:
        return None
    odd = count % PAGE
    held = m.objects.buffers[file.number]
    return odd if held is not None and held[0] + len(held[1]) + odd <= PAGE else 0


def _merge(m: Machine, t: Task, file: File, data: bytes) -> None:
    held = m.objects.buffers[file.number]
    assert held is not None
    m.say(t, ev.PipeMerged, file.thing)
    m.objects.buffers[file.number] = (held[0], held[1] + data)


def _take_buffer(m: Machine, t: Task, file: File, count: int) -> bool | None:
    """PIPE-10: a free buffer is taken before bytes are copied; a fault leaves it empty. PIPE-7: False, no reader."""
    if not m.objects.references[pipe_end(file.number, READ_END)]:
        return False
    if m.objects.buffers[file.number] is not None:
        m.say(t, ev.PipeFull, file.thing)
        return None
    m.objects.buffers[file.number] = _HOLLOW
    m.wake(t, readers(file.thing))
    return True


def _fill(m: Machine, file: File, data: bytes) -> None:
    m.objects.buffers[file.number] = (0, data)


def _sleep_until(
    m: Machine, t: Task, call: int, queue: Queue, moment: Callable[[Machine, Task, File, int], T | None], file: File,
    count: int,
) -> T | None:  # fmt: skip
    """Until the moment is ready, sleep, each time until the other end did something; in deep mode without the lock."""
    if not m.deep:
        return m.sleep_until(t, call, queue, moment, m, t, file, count)
    mark = m.mark()
    while True:
        m.turn(mark, 0)
        value = m.once(moment, m, t, file, count)
        if value is not None:
            return value
        _sleep_unlocked(m, t, call, queue, file)


def _sleep_unlocked(m: Machine, t: Task, call: int, queue: Queue, file: File) -> None:
    """OBJECT-2: look before getting in line and after it; a task that need not sleep goes round once more (D34)."""
    inside.unlock(m, t, file.thing)
    m.point_inside(t)
    awake: bool | None = m.once(_need_not_sleep, m, t, file)
    mark = m.mark()
    while not awake:
        m.turn(mark, 0)
        m.once(_line_up, m, t, queue)
        m.point_inside(t)
        awake = m.once(_look_again, m, t, file, queue)
        if awake is None:
            m.sleep_once(t, call, queue)
    inside.lock(m, t, call, file.thing)


def _ready(m: Machine, file: File) -> bool:
    """Whether a sleeper sees, without the lock, that it need not sleep."""
    free = m.objects.buffers[file.number] is None
    other = WRITE_END if file.end == READ_END else READ_END
    return free == (file.end == WRITE_END) or not m.objects.references[pipe_end(file.number, other)]


def _need_not_sleep(m: Machine, t: Task, file: File) -> bool:
    if ready := _ready(m, file):
        m.say(t, ev.NeedNotSleep)
    return ready


def _line_up(m: Machine, t: Task, queue: Queue) -> None:
    """From here on a wake-up counts."""
    m.waiters[queue] = (*m.waiters.get(queue, ()), t.index)


def _look_again(m: Machine, t: Task, file: File, queue: Queue) -> bool | None:
    """None: it sleeps; otherwise whether it is through."""
    line = m.waiters.pop(queue, ())
    others = tuple([x for x in line if x != t.index])
    if others:
        m.waiters[queue] = others
    if _ready(m, file):
        if t.index not in line:  # one that slept before is in line once more
            m.say(t, ev.NeedNotSleep)
        return True
    if t.index in line or m.chooser.knows_asleep(m):
        return None
    m.say(t, ev.NeedNotSleep)
    return False
