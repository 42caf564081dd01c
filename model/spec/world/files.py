# SPDX-License-Identifier: Apache-2.0
"""Descriptors and the checks that `read` and `write` share (D44, D46).

A file is a number: pipe i reads at 2i and writes at 2i+1, eventfd i is 16+i. `Machine.references` counts the
descriptor and the calls in progress; an end of a pipe is closed when its count reaches 0.
"""

from typing import Final

from model import abi, clauses
from model.spec.machine import Machine, Phase, Task
from model.spec.world import inside
from model.spec.world.base import returns

USER_LIMIT: Final = 0x7FFFFFFFF000
MAX_COUNT: Final = 0x7FFFF000
EVENTFDS: Final = 16


def descriptor(t: Task) -> int:
    """The first argument as a descriptor: 32 bits (D43)."""
    return t.args[0] & 0xFFFFFFFF


def location(number: int) -> int:
    """The object behind a descriptor, as something calls may compete for."""
    number &= 0xFFFFFFFF
    return -100 - (number >> 1 if number < 120 else number)


def begin(m: Machine, t: Task, pipe: Phase, eventfd: Phase, *, reading: bool) -> bool:
    """Check in the order of D44, take the call's own reference, and go on with the object."""
    file = m.descriptors.get(descriptor(t))
    if file is None or (file < EVENTFDS and (file & 1) == reading):
        return returns(m, t, -abi.EBADF, clauses.FILE_1)
    buffer, count = t.args[1], t.args[2]
    if buffer + count > USER_LIMIT:
        return returns(m, t, -abi.EFAULT, clauses.FILE_2)
    m.references[file] += 1
    t.key = file
    t.value = 0
    t.word = min(count, MAX_COUNT)
    t.phase = pipe if file < EVENTFDS else eventfd
    return True


def leave(m: Machine, t: Task, value: int, clause: int) -> bool:
    """The call is over: let its reference go."""
    returns(m, t, value, clause)
    if inside.holds(m, t):
        return inside.let_go(m, t, put)
    return put(m, t)


def put(m: Machine, t: Task) -> bool:
    """One reference of the file less. Closing an end of a pipe takes its lock."""
    if m.references[t.key] == 1 and t.key < EVENTFDS:
        return inside.enter(m, t, _close_end)
    m.references[t.key] -= 1
    t.phase = t.back
    return True


def _close_end(m: Machine, t: Task) -> bool:
    """The end is closed: the other end's sleepers look again."""
    m.references[t.key] = 0
    m.wake(t.key ^ 1)
    if m.deep:
        return inside.let_go(m, t, _closed)
    return _closed(m, t)


def _closed(m: Machine, t: Task) -> bool:
    t.phase = t.back
    return True


def close(m: Machine, t: Task) -> bool:
    """FILE-3."""
    file = m.descriptors.pop(descriptor(t), None)
    if file is None:
        return returns(m, t, -abi.EBADF, clauses.FILE_1)
    t.key = file
    returns(m, t, 0, clauses.FILE_3)
    return put(m, t)
