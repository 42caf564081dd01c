# SPDX-License-Identifier: Apache-2.0
"""A chain: fetch an atom, execute it, store its result, test its stop condition, find the next (sheet 2.2 to 2.6)."""

from struct import Struct
from typing import Final, final

from model import abi, clauses
from model.abi import MASK
from model.image import ARENA, BASE
from model.spec import events as ev
from model.spec.calls import make_call, recursion_error
from model.spec.machine import Fault, Given, Machine, Stopped, not_back
from model.spec.move import become_ready, go_async
from model.spec.names import BURNS_FUEL, LISTS, NOTHING, QUIET, QUIET_TO_NULL
from model.spec.ring import post, post_nothing
from model.spec.task import HEAD, Chain, Following, Next, Task
from model.trace import End
from model.variant import BadNrStores, ReschedTruncates, ReturnedAtom, SeveralStopBits, SyncRestore


@final
class Atom:
    """The snapshot of an atom (FETCH-5), which is never changed. A named tuple would be slower to make and to read."""

    __slots__ = ("address", "args", "flags", "next", "nr", "ret_ptr")

    def __init__(self, address: int, nr: int, ret_ptr: int, flags: int, following: int, args: tuple[int, ...]) -> None:
        self.address = address
        self.nr = nr
        self.ret_ptr = ret_ptr
        self.flags = flags
        self.next = following
        self.args = args

    def _words(self) -> tuple[object, ...]:
        return self.address, self.nr, self.ret_ptr, self.flags, self.next, self.args

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Atom) and self._words() == other._words()

    def __hash__(self) -> int:
        return hash(self._words())

    def __repr__(self) -> str:
        return f"Atom{self._words()}"


SIGN: Final = 1 << 63
EFAULT: Final = -abi.EFAULT & MASK
_FIRST_ATOM: Final = ReturnedAtom.SUBMITTED
_TRUNCATES: Final = ReschedTruncates.YES
_HEAD_WORDS: Final = 4
"""Words of an atom before its argument pointers."""
_WORDS: Final = Struct(f"<{_HEAD_WORDS + abi.MAX_ARGS}Q")
"""All words of an atom that are fetched."""
_ZEROS: Final = tuple((0,) * (abi.MAX_ARGS - given) for given in range(abi.MAX_ARGS + 1))


def next_atom(m: Machine, t: Task, chain: Chain, address: int) -> Following:
    """STEP-5: fuel is counted in fetches (D57)."""
    if m.fuel:
        m.fuel -= 1
        return fetch, (chain, address)
    m.say(t, ev.FuelSpent)
    m.why = ev.FuelSpent.clause
    m.end(End.FUEL)
    raise Stopped


def fetch(m: Machine, t: Task, chain: Chain, address: int) -> Next:
    """FETCH-5: what was read, word by word, is the snapshot."""
    at_once = _fetch_at_once(m, address)
    if at_once is not None:
        t.rule, t.given = execute, (chain, at_once)
        return execute(m, t, chain, at_once)  # without a way round: nothing was asked
    try:
        atom = _fetch_words(m, t, address)
    except Fault as fault:
        return _fetch_fault(m, t, chain, address, fault.address)
    m.say(t, ev.AtomFetched, address, atom.nr, atom.args, atom.flags)
    return execute, (chain, atom)


def _fetch_words(m: Machine, t: Task, address: int) -> Atom:
    """FETCH-1: this is the order. FETCH-2: a NULL pointer ends the arguments; the others count as 0."""
    nr = m.read(t, address + abi.ATOM_NR, QUIET | BURNS_FUEL)  # FETCH-1
    ret_ptr = m.read(t, address + abi.ATOM_RET_PTR, QUIET)  # FETCH-1
    flags = m.read(t, address + abi.ATOM_FLAGS, QUIET)  # FETCH-1
    following = m.read(t, address + abi.ATOM_NEXT, QUIET)  # FETCH-1
    args: tuple[int, ...] = ()
    for n in range(abi.MAX_ARGS):
        quiet = QUIET_TO_NULL if n < abi.MAX_ARGS - 1 else NOTHING
        pointer = m.read(t, address + abi.ATOM_ARG_PTR + abi.WORD * n, quiet)  # FETCH-1
        if not pointer:
            m.say(t, ev.ArgumentsEnd)
            break
        args += (m.read(t, pointer, quiet),)
    return Atom(address, nr, ret_ptr, flags, following, args + _ZEROS[len(args)])


def _fetch_at_once(m: Machine, address: int) -> Atom | None:
    """The same, fast: where no other task can come in between, nothing faults and no listener hears. Else None."""
    offset = address - BASE
    if m.quantum < _HEAD_WORDS or offset & 7 or not 0 <= offset <= ARENA - abi.ATOM_BYTES or m.left:
        return None
    words, pages = m.words, m.pages
    if not pages[offset >> 12] or not pages[(offset + abi.ATOM_PRIVATE) >> 12]:
        return None
    fetched: tuple[int, ...] = _WORDS.unpack_from(m.memory, offset)
    args: tuple[int, ...] = ()
    for n in range(_HEAD_WORDS, _HEAD_WORDS + abi.MAX_ARGS):
        pointer = fetched[n]
        if not pointer:
            break
        place = pointer - BASE
        if place & 7 or not 0 <= place < ARENA or not pages[place >> 12]:
            return None
        args += (words[place >> 3],)
    given = len(args)
    points = _HEAD_WORDS + 2 * given + (given < abi.MAX_ARGS)
    if m.quantum < points:
        return None
    m.quantum -= points
    if given < abi.MAX_ARGS:
        m.said.add(ev.ArgumentsEnd)
    m.said.add(ev.AtomFetched)
    return Atom(address, fetched[1], fetched[2], fetched[0], fetched[3], args + _ZEROS[given])


def _fetch_fault(m: Machine, t: Task, chain: Chain, address: int, word: int) -> Next:
    """FETCH-3: the head's call fails. FETCH-4: a busy task's chain ends without an event."""
    is_head = m.again() if m.left else m.keep(t.role is HEAD)
    if is_head:
        m.leave(t, ev.FetchFaults, address, word)
        return m.hooks.step_returns(m, t, EFAULT, ev.FetchFaults.clause)
    m.leave(t, ev.BusyFetchFaults, address, word)
    return become_ready, (chain.ahu, False, False)


def execute(m: Machine, t: Task, chain: Chain, atom: Atom) -> Next:
    """ATOM-1 to ATOM-8, then the way on. A hand-over can happen in any sleep of the call."""
    if atom.flags & abi.SYSLET_ASYNC:  # ATOM-1: before anything else of the atom is looked at
        m.point(t, LISTS, True)
        m.once(go_async, m, t, atom.address)
    sync = bool(atom.flags & abi.SYSLET_SYNC)
    was_armed = m.enter(t, False, ev.SyncBegins, atom.address) if sync else False
    given, stored = _call(m, t, atom)
    if given is None:
        return not_back(m, t)
    ret, why = given
    early = not stored
    if stored:
        try:
            _store_result(m, t, atom, ret, why)
        except Fault:
            m.say(t, ev.ResultFaults, atom.ret_ptr)
            ret, why, early = EFAULT, ev.ResultFaults.clause, True
    if sync and (m.again() if m.left else m.keep(t.role is HEAD)):
        lost = early and m.variant.sync_restore is SyncRestore.LOST_ON_EARLY_EXIT  # D9
        m.enter(t, was_armed and not lost, ev.SyncEnds, was_armed and not lost)
    return _go_on(m, t, chain, atom, ret, why)


def _call(m: Machine, t: Task, atom: Atom) -> tuple[Given | None, bool]:
    """ATOM-4, ATOM-5, ENTRY-7, then the call: its result, and whether it is stored."""
    if atom.nr >= abi.NR_TABLE:
        stores = m.variant.bad_nr_stores is BadNrStores.YES
        return m.gives(t, -abi.ENOSYS, ev.NoSuchNumber, atom.nr, 0 if stores else atom.ret_ptr), stores
    if atom.nr in m.refused_calls:
        if abi.NR_ASYNC_EXEC <= atom.nr <= abi.NR_ASYNC_THREAD:
            error = recursion_error(m) & MASK
            return m.gives(t, error, ev.CallOfSyslets, error), True
        return m.gives(t, -abi.ENOSYS, ev.Refused, atom.nr), True
    return make_call(m, t, atom.nr, atom.args), True


def _store_result(m: Machine, t: Task, atom: Atom, ret: int, why: int) -> None:
    """ATOM-6 to ATOM-8: the result goes through `ret_ptr`. Raises Fault."""
    if not atom.ret_ptr:
        return m.say(t, ev.NoPlaceForResult)
    m.write(t, atom.ret_ptr, ret, why)
    return m.say(t, ev.ResultStored, atom.ret_ptr, ret, atom.nr)


def _go_on(m: Machine, t: Task, chain: Chain, atom: Atom, ret: int, why: int) -> Next:
    """STOP-6, NEXT-1 to NEXT-4: the successor, or the end of the chain. Nothing is asked any more."""
    if m.listener is not None:
        m.say(t, ev.AtomGives, atom.address, ret, why, atom.nr)
    if m.noting:
        m.note(atom.nr, ret, t.role)
    if len(m.runnable) > 1:
        m.say(t, ev.OthersCouldRun)
        if m.variant.resched_truncates is _TRUNCATES:
            return _finish(m, t, chain, atom)
    stop = atom.flags & abi.SYSLET_STOP_MASK
    if not stop or not stops(m, t, atom, ret):
        event: type[ev.Event] = ev.ChainGoesOn if atom.next else ev.ChainEnds
        following = atom.next
    elif atom.flags & abi.SYSLET_SKIP_TO_NEXT_ON_STOP:
        event, following = ev.ChainSkips, atom.address + abi.ATOM_BYTES & MASK
    else:
        event, following = ev.ChainStops, 0
    m.say(t, event, chain.step, atom.address, stop, following)
    if following:
        return next_atom(m, t, chain, following)
    return _finish(m, t, chain, atom)


def stops(m: Machine, t: Task, atom: Atom, ret: int) -> bool:
    """The stop table of sheet 2.6, STOP-1 to STOP-5. `ret` is an unsigned word, read as signed."""
    bits = atom.flags & abi.SYSLET_STOP_MASK
    if not bits:
        return False
    if bits & (bits - 1):
        never = m.variant.several_stop_bits is SeveralStopBits.NEVER
        m.say(t, ev.SeveralStopBits, atom.address, never)
        if never:
            return False
    negative = ret >= SIGN
    answer = False
    for bit, event, holds in (
        (abi.SYSLET_STOP_ON_NONZERO, ev.StopOnNonzero, ret != 0),
        (abi.SYSLET_STOP_ON_ZERO, ev.StopOnZero, ret == 0),
        (abi.SYSLET_STOP_ON_NEGATIVE, ev.StopOnNegative, negative),
        (abi.SYSLET_STOP_ON_NON_POSITIVE, ev.StopOnNonPositive, negative or ret == 0),
    ):
        if bits & bit:
            m.say(t, event, ret, atom.nr, holds)
            answer |= holds
    return answer


def _finish(m: Machine, t: Task, chain: Chain, atom: Atom) -> Next:
    """EXEC-1, EXEC-3: a head returns the last atom, without an event; a busy task completes (`ring`)."""
    if t.role is not HEAD:
        m.leave(t, ev.ChainOver, atom.address)
        return post_nothing if atom.flags & abi.SYSLET_NO_COMPLETE else post, (chain.ahu, atom.address)
    m.leave(t, ev.StayedSynchronous)
    first = m.variant.returned_atom is _FIRST_ATOM
    return m.hooks.step_returns(m, t, chain.first if first else atom.address, clauses.EXEC_1)
