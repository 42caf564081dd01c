# SPDX-License-Identifier: Apache-2.0
"""System calls by number: the same handlers serve an atom, a script and a step of the head (D42, D43)."""

from typing import Final

from model import abi
from model.abi import MASK
from model.spec import events as ev
from model.spec.machine import Fault, Given, Handler, Machine
from model.spec.task import Task
from model.spec.world import descriptors, eventfd, files, futex, opaque, pipe, time
from model.variant import RecursionErrno

NO_ARGUMENTS: Final = tuple((0,) * (abi.MAX_ARGS - given) for given in range(abi.MAX_ARGS + 1))
"""The zeros that complete so many arguments."""


def make_call(m: Machine, t: Task, nr: int, args: tuple[int, ...]) -> Given | None:
    """The schedule point before the handler, then the handler."""
    if not m.passes_before_call(t, nr, args):
        return None
    handler = m.hooks.table.get(nr)
    if handler is not None:
        given = handler(m, t, args)
    elif m.oracle is not None and nr in m.image.opaque:
        given = opaque.call(m, t, nr, args)
    else:
        given = empty_entry(m, t, args)
    if m.listener is not None and given is not None:
        m.say(t, ev.CallGives, given[0], given[1], nr)
    return given


def empty_entry(m: Machine, t: Task, args: tuple[int, ...]) -> Given:
    """ATOM-9, STEP-6, or THREAD-18: by where the call is made."""
    if t.script is not None:
        return m.gives(t, -abi.ENOSYS, ev.NoSuchCallInThreadlet)
    return m.gives(t, -abi.ENOSYS, ev.EmptyEntry if t.inside else ev.EmptyEntryForStep)


def recursion_error(m: Machine) -> int:
    """ENTRY-7: what the calls that enter, or re-enter, give inside (D4)."""
    return -abi.EINVAL if m.variant.recursion_errno is RecursionErrno.EINVAL else -abi.ENOSYS


def _getpid(m: Machine, t: Task, args: tuple[int, ...]) -> Given:
    return m.gives(t, m.tid_of(0), ev.Identity)


def _gettid(m: Machine, t: Task, args: tuple[int, ...]) -> Given:
    return m.gives(t, t.tid, ev.Identity)


def _sched_yield(m: Machine, t: Task, args: tuple[int, ...]) -> Given:
    return m.gives(t, 0, ev.Yields)


def _umem_add(m: Machine, t: Task, args: tuple[int, ...]) -> Given:
    """UMEM-1 to UMEM-4: read the word, then store the sum, as an access of its own."""
    address, increment = args[:2]
    try:
        value = m.read(t, address)
    except Fault:
        return m.gives(t, -abi.EFAULT, ev.UmemFaults)
    if not increment:
        return m.gives(t, value, ev.UmemRead)
    value = value + increment & MASK
    try:
        m.write(t, address, value, ev.UmemAdded.clause)
    except Fault:
        return m.gives(t, -abi.EFAULT, ev.UmemStoreFaults)
    return m.gives(t, value, ev.UmemAdded)


def _read(m: Machine, t: Task, args: tuple[int, ...]) -> Given | None:
    return files.transfer(m, t, args, pipe.read, eventfd.read, reading=True)


def _write(m: Machine, t: Task, args: tuple[int, ...]) -> Given | None:
    return files.transfer(m, t, args, pipe.write, eventfd.write, reading=False)


ANY_TASK: Final[dict[int, Handler]] = {
    abi.NR_READ: _read,
    abi.NR_WRITE: _write,
    abi.NR_CLOSE: files.close,
    abi.NR_DUP: descriptors.dup,
    abi.NR_DUP2: descriptors.dup2,
    abi.NR_DUP3: descriptors.dup3,
    abi.NR_FCNTL: descriptors.fcntl,
    abi.NR_EVENTFD2: descriptors.eventfd2,
    abi.NR_PIPE2: descriptors.pipe2,
    abi.NR_SCHED_YIELD: _sched_yield,
    abi.NR_NANOSLEEP: time.nanosleep,
    abi.NR_GETPID: _getpid,
    abi.NR_GETTID: _gettid,
    abi.NR_FUTEX: futex.futex,
    abi.NR_CLOCK_GETTIME: time.clock_gettime,
    abi.NR_CLOCK_NANOSLEEP: time.clock_nanosleep,
    abi.NR_UMEM_ADD: _umem_add,
}
"""Handlers of the calls that any task may make; `model.spec.steps` has the whole table."""
