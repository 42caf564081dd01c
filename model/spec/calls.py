# SPDX-License-Identifier: Apache-2.0
"""System calls by number: the same handlers serve an atom and a step of the head (D42, D43).

A handler is a phase. It ends by `returns`, which goes to `Task.back`: the atom's store, or the step's result.
"""

from typing import Final

from model import abi, clauses
from model.abi import MASK
from model.spec.machine import PRIVATE, Machine, Phase, Task
from model.spec.world import eventfd, files, futex, pipe, time
from model.spec.world.base import returns
from model.variant import RecursionErrno

NO_ARGUMENTS: Final = tuple((0,) * (abi.MAX_ARGS + 2 - words) for words in range(abi.MAX_ARGS + 3))
"""The zeros that complete a call of so many words, `op` and `nr` among them."""


def make_call(m: Machine, t: Task) -> bool:
    """The schedule point before the handler, then the handler."""
    if m.pause_call(t):
        return False
    t.phase = m.table.get(t.nr, empty_entry)
    return True


def location(t: Task) -> int:
    """What a call works on, for whoever asks which calls could disturb each other."""
    if t.nr in _ON_DESCRIPTORS:
        return files.location(t.args[0])
    return futex.LOCATION if t.nr == abi.NR_FUTEX else PRIVATE


def works_on_memory(t: Task) -> bool:
    """Whether the call may look at memory without a point of its own."""
    return t.nr in _ON_MEMORY


def empty_entry(m: Machine, t: Task) -> bool:
    """ATOM-9, STEP-6, or THREAD-18: whoever asks."""
    if t.script is not None:
        return returns(m, t, -abi.ENOSYS, clauses.THREAD_18)
    return returns(m, t, -abi.ENOSYS, clauses.ATOM_9 if t.inside else clauses.STEP_6)


def _getpid(m: Machine, t: Task) -> bool:
    return returns(m, t, m.tid_of(0), clauses.IDENT_1)


def _gettid(m: Machine, t: Task) -> bool:
    return returns(m, t, t.tid, clauses.IDENT_1)


def _sched_yield(m: Machine, t: Task) -> bool:
    return returns(m, t, 0, clauses.YIELD_1)


def _umem_add(m: Machine, t: Task) -> bool:
    """UMEM-1, UMEM-2: read the word."""
    address = t.args[0]
    if m.pause(t, address, False):
        return False
    value = m.load(address)
    if value is None:
        return returns(m, t, -abi.EFAULT, clauses.UMEM_1)
    if not t.args[1]:
        return returns(m, t, value, clauses.UMEM_2)
    t.value = value + t.args[1] & MASK
    t.phase = _umem_store
    return True


def _umem_store(m: Machine, t: Task) -> bool:
    """UMEM-3, UMEM-4: store the sum, as an access of its own."""
    address = t.args[0]
    if m.pause(t, address, True):
        return False
    m.hit[clauses.UMEM_4] = 1
    if not m.store(address, t.value, clauses.UMEM_3):
        return returns(m, t, -abi.EFAULT, clauses.UMEM_5)
    return returns(m, t, t.value, clauses.UMEM_3)


def recursion_error(m: Machine) -> int:
    """What the calls that enter, or re-enter, give inside (D4)."""
    return -abi.EINVAL if m.variant.recursion_errno is RecursionErrno.EINVAL else -abi.ENOSYS


_ON_DESCRIPTORS: Final = frozenset((abi.NR_READ, abi.NR_WRITE, abi.NR_CLOSE))
_ON_MEMORY: Final = frozenset((abi.NR_READ, abi.NR_WRITE, abi.NR_FUTEX, abi.NR_NANOSLEEP))


def _read(m: Machine, t: Task) -> bool:
    """FILE-1, FILE-2, then the object's own read."""
    return files.begin(m, t, pipe.read, eventfd.read, reading=True)


def _write(m: Machine, t: Task) -> bool:
    """FILE-1, FILE-2, then the object's own write."""
    return files.begin(m, t, pipe.write, eventfd.write, reading=False)


ANYBODY: Final[dict[int, Phase]] = {
    abi.NR_READ: _read,
    abi.NR_WRITE: _write,
    abi.NR_CLOSE: files.close,
    abi.NR_SCHED_YIELD: _sched_yield,
    abi.NR_NANOSLEEP: time.nanosleep,
    abi.NR_GETPID: _getpid,
    abi.NR_GETTID: _gettid,
    abi.NR_FUTEX: futex.futex,
    abi.NR_UMEM_ADD: _umem_add,
}
"""Handlers of the calls that anybody may make; `model.spec.steps` has the whole table."""
