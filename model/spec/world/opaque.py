# SPDX-License-Identifier: Apache-2.0
"""An opaque call: what it does is told from outside, and everything around it is as for any call (D150 to D153)."""

from collections.abc import Iterator
from typing import Final

from model import abi, opaque
from model.abi import WORD
from model.image import BASE
from model.opaque import What
from model.spec import events as ev
from model.spec.machine import Given, Machine
from model.spec.oracle import Reply
from model.spec.task import Task
from model.spec.world import files
from model.spec.world.objects import File

_DESCRIPTOR: Final = 0xFFFFFFFF
"""The bits of one (D43)."""


def call(m: Machine, t: Task, nr: int, args: tuple[int, ...]) -> Given | None:
    """OPAQUE-1 to OPAQUE-4."""
    definition = opaque.BY_NUMBER[nr]
    if not definition.allows(args):
        return m.gives(t, -abi.ENOSYS, ev.OpaqueRefuses, nr)
    told = m.again() if m.left else m.keep(_ask(m, t, nr, args))
    held: tuple[File, ...] = ()
    if told is None or told.sleeps:
        held = _hold(m, t, definition, args)
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
    for file in held:
        files.put(m, t, nr, file)
    return m.gives(t, told.value, ev.OpaqueGives, nr, m.told_by_target)


def _ask(m: Machine, t: Task, nr: int, args: tuple[int, ...]) -> Reply | None:
    assert m.oracle is not None
    told = m.oracle.next(m, t, nr, args)
    t.asked += 1
    return told


def _hold(m: Machine, t: Task, definition: opaque.Opaque, args: tuple[int, ...]) -> tuple[File, ...]:
    """FILE-3: while it sleeps, it holds what it waits for (D153)."""
    numbers: list[int] = []
    for argument, value in zip(definition.arguments, args, strict=False):
        if argument.what is What.DESCRIPTOR:
            numbers.append(value & _DESCRIPTOR)
        elif argument.what in (What.POLLED, What.SET):
            data = m.copy_from_user(t, value, argument.size(args))
            if argument.what is What.POLLED:
                numbers += _polled(data)
            elif argument.counted_by is not None:
                numbers += _in_set(data, args[argument.counted_by])
    held: tuple[File, ...] = m.again() if m.left else m.keep(_get(m, numbers))
    return held


def _polled(data: bytes) -> Iterator[int]:
    """The descriptors of whole `struct pollfd`."""
    return (int.from_bytes(data[at : at + 4], "little") for at in range(0, len(data) // WORD * WORD, WORD))


def _in_set(data: bytes, count: int) -> Iterator[int]:
    """The descriptors below the count: the last word may have more bits, which are not looked at."""
    bits = int.from_bytes(data, "little") & ((1 << count) - 1)
    return (number for number in range(bits.bit_length()) if bits >> number & 1)


def _get(m: Machine, numbers: list[int]) -> tuple[File, ...]:
    held = tuple([m.objects.descriptors[number] for number in numbers if number in m.objects.descriptors])
    for file in held:
        m.objects.references[file] += 1
    return held


def _end(m: Machine, t: Task, nr: int, args: tuple[int, ...], told: Reply) -> bool:
    """OPAQUE-2: words that are there already were written by another task, or by none."""
    words = [
        (offset + at, int.from_bytes(data[at : at + WORD], "little"))
        for offset, data in told.written
        for at in range(0, len(data), WORD)
    ]
    new = [(offset, value) for offset, value in words if m.words[offset >> 3] != value]
    if new:
        m.say(t, ev.OpaqueWrites, nr)
    for offset, value in new:
        m.touch_memory(t, BASE + offset, WORD, write=True)
        m.store_word(t, BASE + offset, value, ev.OpaqueWrites.clause)
    m.observer.answered(m, t, nr, args, told)
    return True
