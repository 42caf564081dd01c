# SPDX-License-Identifier: Apache-2.0
"""The checks that `read` and `write` share, references of open files, and `close` (D44, D46)."""

from collections.abc import Callable
from typing import Final

from model import abi
from model.spec import events as ev
from model.spec.machine import Given, Machine
from model.spec.names import FREE_NUMBERS, descriptor, readers, writers
from model.spec.task import Task
from model.spec.world import inside
from model.spec.world.objects import BOTH_ENDS, NUMBER_MASK, READ_END, WRITE_END, File

USER_LIMIT: Final = 0x7FFFFFFFF000
MAX_COUNT: Final = 0x7FFFF000

Transfer = Callable[[Machine, Task, File, int, int], Given | None]
"""Read or write of one object: the file, the buffer and the count."""


def transfer(
    m: Machine, t: Task, args: tuple[int, ...], pipe: Transfer, eventfd: Transfer, *, reading: bool
) -> Given | None:
    """FILE-1, FILE-2: check in the order of D44, then the object's own read or write, with a reference to it."""
    file = m.again() if m.left else m.keep(_get(m, t, args, WRITE_END if reading else READ_END))
    if file is None:
        return m.gives(t, -abi.EBADF, ev.NoDescriptor)
    if args[1] + args[2] > USER_LIMIT:
        return m.gives(t, -abi.EFAULT, ev.BufferOutOfRange)
    move = eventfd if file.end == BOTH_ENDS else pipe
    given = move(m, t, file, args[1], min(args[2], MAX_COUNT))
    if given is not None:
        put(m, t, abi.NR_READ if reading else abi.NR_WRITE, file)
    return given


def lookup(m: Machine, t: Task, number: int) -> File | None:
    """The open file behind a descriptor, in a moment."""
    number &= NUMBER_MASK
    m.touch(t, descriptor(number), False)
    return m.objects.descriptors.get(number)


def _get(m: Machine, t: Task, args: tuple[int, ...], wrong_end: str) -> File | None:
    """The file, which the call holds from here on if its buffer may be one."""
    file = lookup(m, t, args[0])
    if file is None or file.end == wrong_end:
        return None
    if args[1] + args[2] <= USER_LIMIT:
        m.objects.references[file] += 1
    return file


def put(m: Machine, t: Task, call: int, file: File) -> None:
    """One reference of the file less. Closing an end of a pipe takes its lock."""
    is_last = m.once(_is_last, m, t, file)
    if is_last:
        inside.lock(m, t, call, file.thing)
        m.once(_close_end, m, t, file)
        inside.unlock(m, t, file.thing)


def _is_last(m: Machine, t: Task, file: File) -> bool:
    if m.objects.references[file] == 1 and file.end != BOTH_ENDS:
        return True
    m.objects.references[file] -= 1
    if m.objects.references[file] and file not in m.objects.descriptors.values():
        m.say(t, ev.FileStaysOpen)
    return False


def _close_end(m: Machine, t: Task, file: File) -> None:
    """The end is closed: the sleepers at the other end look again."""
    m.touch(t, file.thing, True)
    m.objects.references[file] = 0
    m.wake(t, writers(file.thing) if file.end == READ_END else readers(file.thing))


def close(m: Machine, t: Task, args: tuple[int, ...]) -> Given:
    """FILE-3, FD-4: the number is free at once; the file is when the last one lets go of it."""
    file = m.once(_free, m, t, args[0] & NUMBER_MASK)
    if file is None:
        return m.gives(t, -abi.EBADF, ev.NoDescriptor)
    put(m, t, abi.NR_CLOSE, file)
    return m.gives(t, 0, ev.Closed)


def _free(m: Machine, t: Task, number: int) -> File | None:
    m.touch(t, FREE_NUMBERS, False)
    m.touch(t, descriptor(number), True)
    return m.objects.descriptors.pop(number, None)
