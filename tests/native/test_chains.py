# SPDX-License-Identifier: GPL-2.0
"""Chains, by the sheet's worked cases (section 12) and the decisions on entering the kernel."""

import pytest

from model import abi
from model.program import DEFAULT_PAGES, Arg, Atom, Call, Choice, PageKind, Reap, Settle, Store
from model.trace import NO_CALL, End, Role
from native.targets.host import HostTarget
from tests.native.worlds import (
    STACK,
    A,
    H,
    P,
    R,
    W,
    addr,
    atom,
    call,
    head,
    n,
    poke,
    rd,
    refill,
    run,
    submit,
    wait,
    world,
    wr,
)

READ = ("read", rd(0), P(6), n(8))
WRITE = call("write", wr(0), P(3), n(8))


def test_one_atom_that_never_sleeps(host: HostTarget) -> None:
    got = run(host, world(atom(0, "getpid"), steps=(submit(),)))
    assert got.results == [addr(A(0))]
    assert got.word(W(40)) == got.trace.tids[0]
    assert got.word(R(0)) == 0
    assert got.trace.handovers == 0
    assert got.trace.atoms == 1


def test_one_atom_that_sleeps(host: HostTarget) -> None:
    got = run(host, world(atom(0, *READ), steps=(submit(), call("gettid"), WRITE, Settle())))
    assert got.results == [0, got.trace.tids[1], 8]
    assert got.word(R(0)) == addr(A(0))
    assert got.word(H()) == 1
    assert got.word(W(40)) == 8
    assert got.bytes(P(6), 8) == got.bytes(P(3), 8)
    assert got.tasks() == [(0, Role.READY, NO_CALL), (1, Role.HEAD, NO_CALL)]


def test_busy_task_is_seen_in_its_call(host: HostTarget) -> None:
    got = run(host, world(atom(0, *READ), steps=(submit(), Settle())))
    assert got.tasks() == [(0, Role.BUSY, abi.NR_READ), (1, Role.HEAD, NO_CALL)]


def test_async_flag_hands_over_without_a_sleep(host: HostTarget) -> None:
    got = run(host, world(atom(0, "getpid", flags=abi.SYSLET_ASYNC), steps=(submit(), Settle())))
    assert got.results == [0]
    assert got.word(R(0)) == addr(A(0))


def test_sync_flag_blocks_the_head(host: HostTarget) -> None:
    got = run(host, world(atom(0, *READ, flags=abi.SYSLET_SYNC), steps=(submit(),)))
    assert got.blocked == [0]
    assert got.end is End.STUCK
    assert got.tasks() == [(0, Role.HEAD, abi.NR_READ), (1, Role.READY, NO_CALL)]


def test_event_names_the_last_atom(host: HostTarget) -> None:
    atoms = (atom(0, "getpid", then=A(1)), atom(1, *READ, then=A(2)), atom(2, "getpid"))
    got = run(host, world(*atoms, steps=(submit(), WRITE, Settle(), Reap(H()), Reap(H()))))
    assert got.results == [0, 8, addr(A(2)), 0]


@pytest.mark.parametrize(
    ("flag", "stops"),
    [
        (abi.SYSLET_STOP_ON_NONZERO, {-1, 1}),
        (abi.SYSLET_STOP_ON_ZERO, {0}),
        (abi.SYSLET_STOP_ON_NEGATIVE, {-1}),
        (abi.SYSLET_STOP_ON_NON_POSITIVE, {-1, 0}),
        (abi.SYSLET_STOP_ON_ZERO | abi.SYSLET_STOP_ON_NONZERO, set()),
        (0, set()),
    ],
)
def test_stop_conditions(host: HostTarget, flag: int, stops: set[int]) -> None:
    for value in (-1, 0, 1):
        atoms = (atom(0, "umem_add", W(0), n(0), flags=flag, then=A(1)), atom(1, "getpid"))
        got = run(host, world(*atoms, pokes=(poke(W(0), value),), steps=(submit(),)))
        assert got.results == [addr(A(0 if value in stops else 1))]


def test_skip_goes_to_the_atom_behind(host: HostTarget) -> None:
    flags = abi.SYSLET_STOP_ON_NEGATIVE | abi.SYSLET_SKIP_TO_NEXT_ON_STOP
    atoms = (atom(0, "close", n(5), flags=flags, then=A(2)), atom(1, "getpid"), atom(2, "gettid"))
    got = run(host, world(*atoms, steps=(submit(),)))
    assert got.results == [addr(A(1))]
    assert got.word(W(42)) == 0


def test_loop_counts_down(host: HostTarget) -> None:
    loop = atom(0, "umem_add", W(0), n(-1), flags=abi.SYSLET_STOP_ON_ZERO, then=A(0))
    got = run(host, world(loop, pokes=(poke(W(0), 3),), steps=(submit(),)))
    assert got.results == [addr(A(0))]
    assert got.word(W(0)) == 0
    assert got.trace.atoms == 3


def test_a_count_that_looks_like_a_restart_code(host: HostTarget) -> None:
    atoms = (atom(0, "umem_add", W(0), n(-1), flags=abi.SYSLET_ASYNC),)
    got = run(host, world(*atoms, pokes=(poke(W(0), -511),), steps=(submit(), Settle())))
    assert got.word(W(40)) == -512
    assert got.word(R(0)) == addr(A(0))


def test_loop_without_end_runs_out_of_fuel(host: HostTarget) -> None:
    got = run(host, world(atom(0, "getpid", then=A(0)), steps=(submit(),)))
    assert got.end is End.FUEL
    assert got.results == []
    assert got.trace.atoms == 192


def test_bad_number_stores_nothing(host: HostTarget) -> None:
    atoms = (atom(0, 469, flags=abi.SYSLET_STOP_ON_NEGATIVE, then=A(1)), atom(1, "getpid"))
    got = run(host, world(*atoms, pokes=(poke(W(40), 7),), steps=(submit(),)))
    assert got.results == [addr(A(0))]
    assert got.word(W(40)) == 7


def test_empty_and_refused_entries_store(host: HostTarget) -> None:
    for nr in (2, 468, *abi.REFUSED_CALLS.values()):
        got = run(host, world(atom(0, nr), steps=(submit(),)))
        assert got.word(W(40)) == -abi.ENOSYS, nr


def test_sync_lasts_for_one_atom_even_when_that_fails(host: HostTarget) -> None:
    for bad in (atom(0, 469, flags=abi.SYSLET_SYNC, then=A(1)), atom(0, "getpid", ret=P(5), flags=2, then=A(1))):
        got = run(host, world(bad, atom(1, *READ), steps=(submit(),)))
        assert got.results == [0]


def test_result_that_cannot_be_stored(host: HostTarget) -> None:
    for ret in (P(5), P(7), n(1)):
        stop = abi.SYSLET_STOP_ON_NEGATIVE
        atoms = (atom(0, "getpid", ret=ret, flags=stop, then=A(1)), atom(1, "getpid"))
        assert run(host, world(*atoms, steps=(submit(),))).results == [addr(A(0))]


def test_absent_successor(host: HostTarget) -> None:
    atoms = (atom(0, "getpid", then=P(7)),)
    got = run(host, world(*atoms, steps=(submit(),)))
    assert got.results == [-abi.EFAULT]
    assert got.word(W(40)) == got.trace.tids[0]


def test_absent_successor_after_going_async(host: HostTarget) -> None:
    got = run(host, world(atom(0, *READ, then=P(7)), steps=(submit(), WRITE, wait(), Settle())))
    assert got.results == [0, 8, 0]
    assert got.word(R(0)) == 0
    assert got.tasks() == [(0, Role.READY, NO_CALL), (1, Role.HEAD, NO_CALL)]


def test_nothing_behind_a_null_argument_is_read(host: HostTarget) -> None:
    short = Atom(0, abi.NR_GETPID, (), ret=W(40), at=P(6, 4056))
    got = run(host, world(short, steps=(submit(P(6, 4056)),)))
    assert got.results == [addr(P(6, 4056))]


def test_atom_is_a_snapshot(host: HostTarget) -> None:
    # It writes 0 over its own flags and next; both were read before.
    flags = abi.SYSLET_STOP_ON_NEGATIVE
    atoms = (atom(0, "umem_add", A(0), n(-flags), then=A(1), flags=flags, ret=A(0, 24)), atom(1, "getpid"))
    got = run(host, world(*atoms, steps=(submit(), submit())))
    assert got.results[0] == addr(A(1))


def test_no_complete_counts_for_the_last_atom_only(host: HostTarget) -> None:
    quiet = abi.SYSLET_NO_COMPLETE
    for first, last, event in ((quiet, 0, True), (0, quiet, False)):
        atoms = (atom(0, *READ, flags=first, then=A(1)), atom(1, "getpid", flags=last))
        got = run(host, world(*atoms, steps=(submit(), WRITE, wait(), Settle())))
        assert got.results == [0, 8, 0]
        assert got.word(R(0)) == (addr(A(1)) if event else 0)


def test_the_stack_is_taken_once_per_thread(host: HostTarget) -> None:
    stack = H(0, abi.AHU_NEW_THREAD_STACK)
    got = run(host, world(atom(0, "getpid"), steps=(submit(), submit(), Settle())))
    assert got.results == [addr(A(0))] * 2
    assert got.word(stack) == 0
    got = run(host, world(atom(0, *READ), steps=(submit(), submit(), refill(), submit(), Settle())))
    assert got.results == [0, -abi.EINVAL, 0, 0]
    assert got.word(stack) == 0
    assert [role for _, role, _ in got.tasks()] == [Role.BUSY, Role.BUSY, Role.HEAD]


@pytest.mark.parametrize("cut", [36, 44, 52, 60])
def test_words_at_entry_that_cannot_be_read(host: HostTarget, cut: int) -> None:
    # An absent page cuts head_stack, head_ip, new_thread_stack, new_thread_ip in two.
    at = P(7, -cut)
    got = run(host, world(atom(0, "getpid"), heads=(head(at=at),), steps=(submit(at=at), Settle())))
    assert got.results == [-abi.EFAULT]
    assert got.tasks() == [(0, Role.HEAD, NO_CALL)]
    if cut == 60:
        assert got.word(P(7, abi.AHU_NEW_THREAD_STACK - cut)) == STACK


def test_stack_that_cannot_be_cleared(host: HostTarget) -> None:
    pages = (*DEFAULT_PAGES[:5], PageKind.READ_ONLY, *DEFAULT_PAGES[6:])
    at = P(5)
    program = world(atom(0, "getpid"), pages=pages, heads=(head(at=at),), steps=(submit(at=at), Settle()))
    got = run(host, program)
    assert got.results == [addr(A(0))]
    assert got.tasks() == [(0, Role.HEAD, NO_CALL), (1, Role.READY, NO_CALL)]


def test_spares_are_taken_in_order(host: HostTarget) -> None:
    # Two chains, finished in the order 1, 0; their tasks 1 and 0 take over again in that order.
    atoms = (
        atom(0, "read", rd(0), P(6), n(8)),
        atom(1, "read", rd(1), P(6), n(8)),
        atom(2, "gettid", flags=abi.SYSLET_ASYNC),
    )
    steps = (
        submit(A(0)), refill(), submit(A(1)),
        call("write", wr(1), P(3), n(8)), Settle(), WRITE, Settle(),
        submit(A(2)), call("gettid"), submit(A(2)), call("gettid"),
    )  # fmt: skip
    got = run(host, world(*atoms, steps=steps))
    tids = got.trace.tids
    assert [value for value in got.results if value in tids] == [tids[1], tids[0]]


def test_calls_that_are_not_for_the_head(host: HostTarget) -> None:
    steps = (call("async_thread"), Call(57), Call(468), Call(469), Call(abi.MASK), submit(), call("async_thread"))
    got = run(host, world(atom(0, "getpid"), steps=steps))
    no, inval = -abi.ENOSYS, -abi.EINVAL
    assert got.results == [inval, no, inval, no, no, addr(A(0)), inval]


def test_shared_argument_word(host: HostTarget) -> None:
    chain = Atom(0, abi.NR_UMEM_ADD, (Arg(W(1), via=True), Arg(W(2), via=True)), ret=W(40))
    pokes = (poke(W(1), W(3)), poke(W(2), 5), poke(W(3), 37))
    got = run(host, world(chain, pokes=pokes, steps=(submit(),)))
    assert got.word(W(40)) == got.word(W(3)) == 42


def test_interleaved_additions_lose_one(host: HostTarget) -> None:
    # umem_add is a read and a write: preempted between them by the other chain.
    atoms = (
        atom(0, "umem_add", W(0), n(1), flags=abi.SYSLET_ASYNC),
        atom(1, "umem_add", W(0), n(1), flags=abi.SYSLET_ASYNC),
    )
    seen = set()
    for skip in range(30):
        program = world(*atoms, chooser=(Choice(skip, 1),), steps=(submit(), refill(), submit(A(1)), Settle()))
        seen.add(run(host, program).word(W(0)))
    assert seen >= {1, 2}


def test_store_to_a_word_of_the_chain(host: HostTarget) -> None:
    steps = (Store(A(0, abi.ATOM_NR), n(abi.NR_GETTID)), submit(), Store(P(5), n(1)), Store(P(7), n(1)))
    got = run(host, world(atom(0, "getpid"), steps=steps))
    assert got.results == [0, addr(A(0)), -abi.EFAULT, -abi.EFAULT]
    assert got.word(W(40)) == got.trace.tids[0]


def test_pages_decide_what_can_be_read(host: HostTarget) -> None:
    pages = (2, 2, 2, 2, 2, 0, 1, 2)
    kinds = tuple(map(PageKind, pages))
    chain = Atom(0, abi.NR_GETPID, ret=W(40), at=P(6, 8))
    got = run(host, world(chain, pages=kinds, steps=(submit(P(6, 8)), submit(P(5)), Store(P(7), n(1)))))
    assert got.results == [addr(P(6, 8)), -abi.EFAULT, 0]
