# SPDX-License-Identifier: Apache-2.0
"""The table of descriptors (D160 to D163, D165): numbers for files that are open, and for new ones; their flags."""

from typing import Final

from model import abi
from model.spec import events as ev
from model.spec.machine import Given, Machine
from model.spec.names import FREE_NUMBERS, descriptor
from model.spec.task import Task
from model.spec.world.files import lookup, put
from model.spec.world.objects import (
    BOTH_ENDS,
    FIRST_NUMBER,
    NUMBER_MASK,
    NUMBERS_END,
    WRITE_END,
    File,
)

_INT: Final = 4
_CHANGED: Final = abi.O_NONBLOCK | abi.O_APPEND
"""The flags that F_SETFL changes in this world."""
_OUTSIDE: Final = abi.O_ASYNC | abi.O_DIRECT | abi.O_NOATIME
"""Flags of F_SETFL with which the call is empty (D165)."""
_EVENTFD_FLAGS: Final = abi.EFD_SEMAPHORE | abi.O_NONBLOCK | abi.O_CLOEXEC
_PIPE_FLAGS: Final = abi.O_NONBLOCK | abi.O_CLOEXEC
_PIPES_OUTSIDE: Final = abi.O_DIRECT | abi.O_EXCL


def _allot(m: Machine, t: Task, *files: File) -> tuple[int, ...]:
    """FD-1: the lowest free numbers, or none if there are not enough."""
    numbers = m.objects.free_numbers(len(files))
    m.touch(t, FREE_NUMBERS, True)
    if len(numbers) < len(files):
        return ()
    for number, file in zip(numbers, files, strict=True):
        m.touch(t, descriptor(number), True)
        m.objects.descriptors[number] = file
    return numbers


def dup(m: Machine, t: Task, args: tuple[int, ...]) -> Given:
    """FD-1, FD-2."""
    number = m.once(_dup, m, t, args[0])
    if number is None:
        return m.gives(t, -abi.EBADF, ev.NoDescriptor)
    if number < 0:
        return m.gives(t, number, ev.NoNumberFree)
    m.say(t, ev.Duplicated)
    return m.gives(t, number, ev.LowestNumber)


def _dup(m: Machine, t: Task, old: int) -> int | None:
    file = lookup(m, t, old)
    if file is None:
        return None
    numbers = _allot(m, t, file)
    if not numbers:
        return -abi.EMFILE
    m.objects.references[file] += 1
    return numbers[0]


def dup2(m: Machine, t: Task, args: tuple[int, ...]) -> Given:
    """FD-3, and of a number onto itself FD-5."""
    old, new = args[0] & NUMBER_MASK, args[1] & NUMBER_MASK
    if old != new:
        return _dup_to(m, t, abi.NR_DUP2, old, new)
    if m.once(lookup, m, t, old) is None:
        return m.gives(t, -abi.EBADF, ev.NoDescriptor)
    return m.gives(t, old, ev.SameNumber)


def dup3(m: Machine, t: Task, args: tuple[int, ...]) -> Given:
    """FD-3, FD-5."""
    old, new = args[0] & NUMBER_MASK, args[1] & NUMBER_MASK
    if args[2] & NUMBER_MASK & ~abi.O_CLOEXEC:
        return m.gives(t, -abi.EINVAL, ev.FlagsBad)
    if old == new:
        return m.gives(t, -abi.EINVAL, ev.SameNumber)
    return _dup_to(m, t, abi.NR_DUP3, old, new)


def _dup_to(m: Machine, t: Task, call: int, old: int, new: int) -> Given:
    """FD-3: what was behind the new number is closed, after all else."""
    if new >= NUMBERS_END or m.once(lookup, m, t, old) is None:
        return m.gives(t, -abi.EBADF, ev.NoDescriptor)
    if new < FIRST_NUMBER:
        return m.gives(t, -abi.EBUSY, ev.NumberReserved)
    replaced = m.once(_replace, m, t, old, new)
    if replaced is not None:
        put(m, t, call, replaced)
    return m.gives(t, new, ev.NumberFreed if replaced is not None else ev.DuplicatedTo)


def _replace(m: Machine, t: Task, old: int, new: int) -> File | None:
    m.touch(t, FREE_NUMBERS, False)
    m.touch(t, descriptor(new), True)
    file = m.objects.descriptors[old]
    replaced = m.objects.descriptors.get(new)
    m.objects.descriptors[new] = file
    m.objects.references[file] += 1
    return replaced


def eventfd2(m: Machine, t: Task, args: tuple[int, ...]) -> Given:
    """FD-6."""
    flags = args[1] & NUMBER_MASK
    if flags & ~_EVENTFD_FLAGS:
        return m.gives(t, -abi.EINVAL, ev.FlagsBad)
    number = m.once(_make_eventfd, m, t, args[0] & NUMBER_MASK, flags)
    if number < 0:
        return m.gives(t, number, ev.NoNumberFree)
    m.say(t, ev.EventfdMade)
    return m.gives(t, number, ev.LowestNumber)


def _make_eventfd(m: Machine, t: Task, count: int, flags: int) -> int:
    file = m.objects.new_eventfd(count, bool(flags & abi.EFD_SEMAPHORE), flags & abi.O_NONBLOCK)
    numbers = _allot(m, t, file)
    return numbers[0] if numbers else -abi.EMFILE


def pipe2(m: Machine, t: Task, args: tuple[int, ...]) -> Given:
    """FD-7: without numbers, or a place for them, the pipe is gone again."""
    flags = args[1] & NUMBER_MASK
    if flags & _PIPES_OUTSIDE:
        return m.gives(t, -abi.ENOSYS, ev.OutsideOfWorld)
    if flags & ~_PIPE_FLAGS:
        return m.gives(t, -abi.EINVAL, ev.FlagsBad)
    ends = m.once(m.objects.new_pipe, flags & abi.O_NONBLOCK)
    numbers = m.once(_allot, m, t, *ends)
    if not numbers:
        return _drop(m, t, ends, m.gives(t, -abi.EMFILE, ev.NoNumberFree))
    pair = b"".join([number.to_bytes(_INT, "little") for number in numbers])
    if m.copy_to_user(t, args[0], pair, ev.PipeMade.clause) < len(pair):
        m.once(_give_back, m, t, numbers)
        return _drop(m, t, ends, m.gives(t, -abi.EFAULT, ev.PairFaults))
    return m.gives(t, 0, ev.PipeMade)


def _give_back(m: Machine, t: Task, numbers: tuple[int, ...]) -> None:
    for number in numbers:
        m.touch(t, descriptor(number), True)
        del m.objects.descriptors[number]


def _drop(m: Machine, t: Task, ends: tuple[File, File], given: Given) -> Given:
    for end in ends:
        put(m, t, abi.NR_PIPE2, end)
    return given


def fcntl(m: Machine, t: Task, args: tuple[int, ...]) -> Given:
    """FD-8: the flags of the open file, which all its descriptors share."""
    command, flags = args[1] & NUMBER_MASK, args[2] & NUMBER_MASK
    if command not in (abi.F_GETFL, abi.F_SETFL) or (command == abi.F_SETFL and flags & _OUTSIDE):
        return m.gives(t, -abi.ENOSYS, ev.OutsideOfWorld)
    found = m.once(_flags, m, t, args[0], flags if command == abi.F_SETFL else None)
    if found is None:
        return m.gives(t, -abi.EBADF, ev.NoDescriptor)
    if command == abi.F_SETFL:
        return m.gives(t, 0, ev.FlagsSet)
    return m.gives(t, found, ev.FlagsTold)


def _flags(m: Machine, t: Task, number: int, flags: int | None) -> int | None:
    file = lookup(m, t, number)
    if file is None:
        return None
    if flags is not None:
        m.objects.set_flags(file, flags & _CHANGED)
    access = {WRITE_END: abi.O_WRONLY, BOTH_ENDS: abi.O_RDWR}.get(file.end, 0)
    return access | m.objects.flags.get(file, 0)
