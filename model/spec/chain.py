# SPDX-License-Identifier: Apache-2.0
"""A chain: fetch an atom, execute it, store its result, test its stop condition, find the next (sheet 2.2 to 2.6)."""

from typing import Final

from model import abi, clauses
from model.abi import MASK
from model.image import ARENA, BASE
from model.spec.calls import make_call, recursion_error
from model.spec.machine import LISTS, Machine, Task
from model.spec.ring import complete, finish_unlocked
from model.trace import End, Role
from model.variant import (
    BadNrStores,
    ReschedTruncates,
    ReturnedAtom,
    SeveralStopBits,
    SyncRestore,
)

SIGN: Final = 1 << 63
ENOSYS: Final = -abi.ENOSYS & MASK
EFAULT: Final = -abi.EFAULT & MASK

_FETCH_ORDER: Final = (abi.ATOM_NR, abi.ATOM_RET_PTR, abi.ATOM_FLAGS, abi.ATOM_NEXT)
_SNAPSHOT: Final = ("nr", "ret_ptr", "flags", "next")
_NO_ARGUMENTS: Final = tuple((0,) * (abi.MAX_ARGS - given) for given in range(abi.MAX_ARGS + 1))
_FIRST_ARGUMENT: Final = len(_FETCH_ORDER)
_LAST_WORD: Final = _FIRST_ARGUMENT + 2 * abi.MAX_ARGS - 1


def begin_atom(m: Machine, t: Task) -> bool:
    """An atom is about to be fetched: this is what fuel is counted in (D57)."""
    if not m.fuel:
        m.hit[clauses.STEP_5] = 1
        m.why = clauses.STEP_5
        m.end(End.FUEL)
        return False
    m.fuel -= 1
    t.word = 0
    t.args = ()
    t.phase = fetch
    return True


def fetch(m: Machine, t: Task) -> bool:
    """FETCH-1, FETCH-2: read the atom word by word; what was read is the snapshot (FETCH-5)."""
    words, pages, quantum = m.words, m.pages, m.quantum
    word = t.word
    while True:
        if word < _FIRST_ARGUMENT:
            address = t.atom + _FETCH_ORDER[word] & MASK
        elif word & 1:
            address = t.pointer
        else:
            address = t.atom + abi.ATOM_ARG_PTR + 4 * (word - _FIRST_ARGUMENT) & MASK
        # The innermost loop of all: `pause` and `load` are asked only where their answer is not plain.
        if quantum:
            quantum -= 1
        else:
            m.quantum = 0
            if m.pause(t, address, False):
                t.word = word
                return False
        offset = address - BASE
        value: int | None
        if not offset & 7 and 0 <= offset < ARENA and pages[offset >> 12]:
            value = words[offset >> 3]
        else:
            value = m.load(address)
            if value is None:
                m.quantum = quantum
                return _fetch_fault(m, t)
        if word < _FIRST_ARGUMENT:
            setattr(t, _SNAPSHOT[word], value)
        elif not word & 1:
            if not value:
                m.hit[clauses.FETCH_2] = m.hit[clauses.FETCH_6] = 1
                break
            t.pointer = value
        else:
            t.args += (value,)
            if word == _LAST_WORD:
                break
        word += 1
    m.quantum = quantum
    t.args += _NO_ARGUMENTS[len(t.args)]
    m.hit[clauses.FETCH_1] = m.hit[clauses.FETCH_5] = 1
    t.phase = execute
    return True


def _fetch_fault(m: Machine, t: Task) -> bool:
    t.armed = False
    t.inside = False
    if t.role == Role.HEAD:
        m.hit[clauses.FETCH_3] = 1
        t.ret, t.done = EFAULT, clauses.FETCH_3
        t.phase = m.step_returns
    else:
        m.hit[clauses.FETCH_4] = 1
        m.withhold(0, clauses.FETCH_4)
        t.done = clauses.FETCH_4
        t.posted = False
        t.phase = finish_unlocked
    return True


def execute(m: Machine, t: Task) -> bool:
    """ATOM-1: ASYNC hands over before anything else of the atom is looked at."""
    if t.flags & abi.SYSLET_ASYNC:
        if m.pause(t, LISTS, True):
            return False
        m.hit[clauses.ATOM_1] = 1
        if t.armed:
            m.hand_over(t)
    t.phase = dispatch
    return True


def dispatch(m: Machine, t: Task) -> bool:
    """ATOM-2, ATOM-4, ATOM-5: disarm for SYNC, check the number, then make the call."""
    if t.flags & abi.SYSLET_SYNC:
        m.hit[clauses.ATOM_2] = 1
        t.rearm, t.armed = t.armed, False
    if t.nr >= abi.NR_TABLE:
        m.hit[clauses.ATOM_4] = 1
        m.withhold(t.ret_ptr, clauses.ATOM_4)
        t.ret, t.done = ENOSYS, clauses.ATOM_4
        t.phase = store_result if m.variant.bad_nr_stores is BadNrStores.YES else leave_early
    elif t.nr in m.refused:
        m.hit[clauses.ATOM_5] = m.hit[clauses.ATOM_10] = 1
        t.ret, t.done = ENOSYS, clauses.ATOM_5
        if abi.NR_ASYNC_EXEC <= t.nr <= abi.NR_ASYNC_THREAD:
            m.hit[clauses.ENTRY_7] = 1
            t.done = clauses.ENTRY_7
            t.ret = recursion_error(m) & MASK
        t.phase = store_result
    else:
        t.back = store_result
        t.phase = make_call
    return True


def store_result(m: Machine, t: Task) -> bool:
    """ATOM-6 to ATOM-8: the result goes through `ret_ptr`."""
    if not t.ret_ptr:
        m.hit[clauses.ATOM_8] = 1
        t.phase = after_atom
        return True
    if m.pause(t, t.ret_ptr, True):
        return False
    if m.store(t.ret_ptr, t.ret, t.done):
        m.hit[clauses.ATOM_6] = 1
        t.phase = after_atom
    else:
        m.hit[clauses.ATOM_7] = 1
        t.ret, t.done = EFAULT, clauses.ATOM_7
        t.phase = leave_early
    return True


def leave_early(m: Machine, t: Task) -> bool:
    """ATOM-3: the two early exits of an atom (D9)."""
    if t.flags & abi.SYSLET_SYNC and m.variant.sync_restore is SyncRestore.LOST_ON_EARLY_EXIT:
        t.rearm = False
    t.phase = after_atom
    return True


def after_atom(m: Machine, t: Task) -> bool:
    """ATOM-3, STOP-6 and the successor (NEXT-1 to NEXT-4)."""
    if t.flags & abi.SYSLET_SYNC and t.role == Role.HEAD:
        m.hit[clauses.ATOM_3] = 1
        t.armed = t.rearm
    if m.noting:
        m.note(t.nr, t.ret, t.role)
    if len(m.runnable) > 1:
        m.hit[clauses.STOP_6] = 1
    bits = t.flags & abi.SYSLET_STOP_MASK
    if len(m.runnable) > 1 and m.variant.resched_truncates is ReschedTruncates.YES:
        t.phase = finish_chain
    elif stops(m, bits, t.ret):
        if t.flags & abi.SYSLET_SKIP_TO_NEXT_ON_STOP:
            _go_on(m, t, clauses.NEXT_2, t.atom + abi.ATOM_BYTES & MASK)
        else:
            _go_on(m, t, clauses.NEXT_1, 0)
    else:
        _go_on(m, t, clauses.NEXT_3 if t.next else clauses.NEXT_4, t.next)
    return True


def _go_on(m: Machine, t: Task, clause: int, following: int) -> None:
    """Go on at the next atom, or end the chain."""
    m.hit[clause] = 1
    m.decided(t, clause)
    if following:
        t.atom = following
        t.phase = begin_atom
    else:
        t.phase = finish_chain


def stops(m: Machine, bits: int, ret: int) -> bool:
    """The stop table of sheet 2.6, STOP-1 to STOP-5. `ret` is an unsigned word, read as signed."""
    if not bits:
        return False
    if bits & (bits - 1):
        m.hit[clauses.STOP_5] = 1
        if m.variant.several_stop_bits is SeveralStopBits.NEVER:
            return False
    negative = ret >= SIGN
    answer = False
    if bits & abi.SYSLET_STOP_ON_NONZERO:
        m.hit[clauses.STOP_1] = 1
        answer |= ret != 0
    if bits & abi.SYSLET_STOP_ON_ZERO:
        m.hit[clauses.STOP_2] = 1
        answer |= ret == 0
    if bits & abi.SYSLET_STOP_ON_NEGATIVE:
        m.hit[clauses.STOP_3] = 1
        answer |= negative
    if bits & abi.SYSLET_STOP_ON_NON_POSITIVE:
        m.hit[clauses.STOP_4] = 1
        answer |= negative or ret == 0
    return answer


def finish_chain(m: Machine, t: Task) -> bool:
    """EXEC-1, EXEC-3: a head returns the last atom; a busy task completes (`model.spec.ring`)."""
    t.inside = False
    if t.role == Role.HEAD:
        m.hit[clauses.EXEC_1] = m.hit[clauses.EXEC_3] = 1
        t.armed = False
        t.ret = t.submitted if m.variant.returned_atom is ReturnedAtom.SUBMITTED else t.atom
        t.done = clauses.EXEC_1
        t.phase = m.step_returns
    else:
        t.phase = complete
    return True
