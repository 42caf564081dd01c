# SPDX-License-Identifier: Apache-2.0
"""Pipes (D45, D163, D164), as fs/pipe.c of Linux 6.12 treats them.

A buffer is (offset of its first byte, bytes held), of a page at most. Bytes that were read leave a gap in front, so
a buffer's end never moves back before it is emptied. One without bytes is what a write left behind that took it and
then faulted.
"""

from collections.abc import Callable
from functools import partial
from typing import Final, TypeVar

from model import abi
from model.image import PAGE
from model.spec import events as ev
from model.spec.machine import Given, Machine
from model.spec.names import Queue, readers, writers
from model.spec.task import Task
from model.spec.world import inside
from model.spec.world.objects import WRITE_END, Buffer, File, other_end, slots_of

T = TypeVar("T")

_HOLLOW: Final[Buffer] = (0, b"")
_WOULD_SLEEP: Final = (b"",)
"""What a read finds that must not sleep."""
_TAKEN: Final = 0


def read(m: Machine, t: Task, file: File, buffer: int, count: int) -> Given | None:
    """PIPE-1 to PIPE-4, PIPE-9 to PIPE-13: sleep until there is something, then copy and take it, buffer by buffer."""
    if not count:
        return m.gives(t, 0, ev.NothingToMove)
    inside.lock(m, t, abi.NR_READ, file.thing)
    parts = _sleep_until(m, t, abi.NR_READ, readers(file.thing), _look, file, count)
    if parts is None:
        return None
    if not parts:
        given = m.gives(t, 0, ev.PipeAtEnd, file.thing)
    elif parts == _WOULD_SLEEP:
        given = m.gives(t, -abi.EAGAIN, ev.PipeEmptyAgain, file.thing)
    else:
        given = _read_parts(m, t, file, buffer, count, parts)
    inside.unlock(m, t, file.thing)
    return given


def _look(m: Machine, t: Task, file: File, count: int) -> tuple[bytes, ...] | None:
    """What can be read of each buffer; nothing at the end of the file; None: it has to sleep."""
    _drop_hollow(m, t, file)
    held = m.objects.buffers[file.number]
    if held:
        return _parts(held, count)
    if not m.objects.references[other_end(file)]:
        return ()
    if m.objects.must_not_sleep(file):
        return _WOULD_SLEEP
    m.say(t, ev.PipeEmpty, file.thing)
    return None


def _parts(held: tuple[Buffer, ...], count: int) -> tuple[bytes, ...]:
    parts: list[bytes] = []
    for _, data in held:
        if count and data:
            parts.append(data[:count])
            count -= len(parts[-1])
    return tuple(parts)


def _drop_hollow(m: Machine, t: Task, file: File) -> None:
    """PIPE-10."""
    while m.objects.buffers[file.number][:1] == (_HOLLOW,):
        m.say(t, ev.EmptyBufferDropped)
        m.objects.buffers[file.number] = m.objects.buffers[file.number][1:]
        m.wake(t, writers(file.thing))


def _read_parts(m: Machine, t: Task, file: File, buffer: int, count: int, parts: tuple[bytes, ...]) -> Given:
    """PIPE-1, PIPE-4, PIPE-13: what was copied whole is taken out before the next buffer is looked at."""
    done = 0
    for part in parts:
        if m.copy_to_user(t, buffer + done, part, ev.PipeRead.clause, ev.PipeReadFaults.clause) < len(part):
            return m.gives(t, done, ev.PipeReadCut) if done else m.gives(t, -abi.EFAULT, ev.PipeReadFaults)
        done += len(part)
        m.once(_take_out, m, t, file, len(part), count - done)
    return m.gives(t, done, ev.PipeRead if len(parts) == 1 else ev.PipeReadOn)


def _take_out(m: Machine, t: Task, file: File, count: int, wanted: int) -> None:
    """So many bytes of the first buffer; if more are wanted, the empty ones behind it are passed as well."""
    (offset, data), *rest = m.objects.buffers[file.number]
    if count < len(data):
        m.objects.buffers[file.number] = ((offset + count, data[count:]), *rest)
        return
    m.objects.buffers[file.number] = tuple(rest)
    m.wake(t, writers(file.thing))
    if wanted:
        _drop_hollow(m, t, file)


def write(m: Machine, t: Task, file: File, buffer: int, count: int) -> Given | None:
    """PIPE-5 to PIPE-12: merge once what does not fill a page, then fill whole buffers, asleep in between."""
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
        if taken != _TAKEN:
            event = ev.PipeBroken if taken == -abi.EPIPE else ev.PipeFullAgain
            return m.gives(t, written or taken, event, file.thing)
        chunk = min(PAGE, count - written)
        data = m.copy_from_user(t, buffer + written, chunk)
        if len(data) < chunk:
            return m.gives(t, written or -abi.EFAULT, ev.PipeWriteFaults)
        m.once(_fill, m, file, data)
        written += chunk
    return m.gives(t, count, ev.PipeWritten)


def _room_to_merge(m: Machine, file: File, count: int) -> int | None:
    """PIPE-5: the odd bytes, if they fit behind the last ones; only the start of a write has this chance.

    PIPE-7: None without a reader.
    """
    if not m.objects.references[other_end(file)]:
        return None
    odd = count % PAGE
    held = m.objects.buffers[file.number]
    return odd if held and held[-1][0] + len(held[-1][1]) + odd <= PAGE else 0


def _merge(m: Machine, t: Task, file: File, data: bytes) -> None:
    *before, last = m.objects.buffers[file.number]
    m.say(t, ev.PipeMerged, file.thing)
    m.objects.buffers[file.number] = (*before, (last[0], last[1] + data))


def _take_buffer(m: Machine, t: Task, file: File, count: int) -> int | None:
    """PIPE-10: a free buffer is taken before bytes are copied; a fault leaves it empty. PIPE-7, PIPE-11: errors."""
    if not m.objects.references[other_end(file)]:
        return -abi.EPIPE
    held = m.objects.buffers[file.number]
    if len(held) == slots_of(file.number):
        if m.objects.must_not_sleep(file):
            return -abi.EAGAIN
        m.say(t, ev.PipeFull, file.thing)
        return None
    m.objects.buffers[file.number] = (*held, _HOLLOW)
    m.wake(t, readers(file.thing))
    return _TAKEN


def _fill(m: Machine, file: File, data: bytes) -> None:
    m.objects.buffers[file.number] = (*m.objects.buffers[file.number][:-1], (0, data))


def _sleep_until(
    m: Machine, t: Task, call: int, queue: Queue, moment: Callable[[Machine, Task, File, int], T | None], file: File,
    count: int,
) -> T | None:  # fmt: skip
    """Until the moment is ready, sleep, each time until the other end did something; in deep mode without the lock."""
    if not m.deep:
        found = m.once(moment, m, t, file, count)
        if found is not None:
            return found
        awake: Callable[[Machine, Task, File, int], T | None] = partial(_awake, moment)
        mark = m.mark()
        while found is None:
            m.turn(mark, 0)
            if not m.has_slept(t, call, queue):
                return None
            found = m.once(awake, m, t, file, count)
        return found
    mark = m.mark()
    while True:
        m.turn(mark, 0)
        value = m.once(moment, m, t, file, count)
        if value is not None:
            return value
        _sleep_unlocked(m, t, call, queue, file)
        m.once(_note_awake, m, t, file)


def _awake(
    moment: Callable[[Machine, Task, File, int], T | None], m: Machine, t: Task, file: File, count: int
) -> T | None:
    """PIPE-12: one that was woken in vain sleeps on, and looks at nothing else."""
    _note_awake(m, t, file)
    return moment(m, t, file, count) if _ready(m, file) else None


def _note_awake(m: Machine, t: Task, file: File) -> None:
    if m.objects.must_not_sleep(file):
        m.say(t, ev.NotNoticed)


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
    held = len(m.objects.buffers[file.number])
    has_room = held < slots_of(file.number)
    return (has_room if file.end == WRITE_END else held > 0) or not m.objects.references[other_end(file)]


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
