# SPDX-License-Identifier: GPL-2.0
"""Threadlets, by the decisions D80 to D98: each way of entering, ending and handing over, on the host."""

import pytest

from model import abi
from model.program import DEFAULT_PAGES, Advance, Call, Choice, Exit, PageKind, Reap, Settle, Store, Timespec
from model.trace import FAULT, NO_CALL, End, Role
from native.targets.host import HostTarget
from tests.native.worlds import (
    STACK,
    A,
    H,
    P,
    R,
    T,
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
    run_on,
    scripts,
    submit,
    wait,
    world,
    wr,
)

EBUSY = 16
READ = call("read", rd(0), P(6), n(8))
WRITE = call("write", wr(0), P(3), n(8))
NAP = call("nanosleep", T(0))
FIELD = H(0, abi.AHU_NEW_THREAD_STACK)
BOTH = pytest.mark.parametrize("cached", [False, True], ids=["real", "cached"])


def cold(*pages: int, kind: PageKind = PageKind.COLD) -> tuple[PageKind, ...]:
    return tuple(kind if i in pages else x for i, x in enumerate(DEFAULT_PAGES))


@BOTH
def test_one_that_never_sleeps(host: HostTarget, cached: bool) -> None:
    script = (call("getpid"), Store(W(1), n(7)), call("gettid"))
    got = run(host, world(steps=(run_on(0, cached=cached),), threadlets=scripts(script)))
    tid = got.trace.tids[0]
    assert got.results == [1]
    assert got.done == [(0, 0, tid, 0, Role.HEAD), (0, 1, 0, 0, Role.HEAD), (0, 2, tid, 0, Role.HEAD)]
    assert got.word(W(1)) == 7
    assert got.word(FIELD) == 0
    assert got.tasks() == [(0, Role.HEAD, NO_CALL), (1, Role.READY, NO_CALL)]


@BOTH
def test_one_that_sleeps(host: HostTarget, cached: bool) -> None:
    steps = (run_on(0, cached=cached), call("gettid"), Settle(), WRITE, Settle())
    got = run(host, world(steps=steps, threadlets=scripts((READ, call("gettid")))))
    assert got.results == [0, got.trace.tids[1], 8]
    assert got.done == [(0, 0, 8, 0, Role.BUSY), (0, 1, got.trace.tids[0], 0, Role.BUSY)]
    assert got.tasks(0) == [(0, Role.BUSY, abi.NR_READ), (1, Role.HEAD, NO_CALL)]
    assert got.tasks() == [(0, Role.READY, NO_CALL), (1, Role.HEAD, NO_CALL)]
    assert got.trace.handovers == 1
    assert got.word(R(0)) == 0


@BOTH
def test_the_spare_of_one_serves_the_next(host: HostTarget, cached: bool) -> None:
    steps = (run_on(0), WRITE, Settle(), run_on(0, cached=cached), call("gettid"), WRITE, Settle())
    got = run(host, world(steps=steps, threadlets=scripts((READ,))))
    assert got.results == [0, 8, 0, got.trace.tids[0], 8]
    assert [x[0] for x in got.done] == [0, 3]
    assert len(got.trace.tids) == 2


def test_without_a_stack_nothing_begins(host: HostTarget) -> None:
    lone = {"heads": (head(stack=n(0)),), "threadlets": scripts((READ,))}
    got = run(host, world(steps=(run_on(0),), **lone))
    assert got.results == [-abi.EINVAL]
    assert got.done == []
    got = run(host, world(steps=(run_on(0, cached=True),), **lone))
    assert got.blocked == [0]
    assert got.tasks() == [(0, Role.HEAD, abi.NR_READ)]
    got = run(host, world(steps=(run_on(1, cached=True), run_on(1)), **lone))
    assert got.results == [2, -abi.EINVAL]


@BOTH
@pytest.mark.parametrize("kind", [PageKind.ABSENT, PageKind.READ_ONLY])
def test_a_head_structure_that_faults(host: HostTarget, kind: PageKind, cached: bool) -> None:
    far = head(at=P(6))
    steps = (run_on(0, cached=cached, at=P(6)),)
    got = run(host, world(heads=(far,), steps=steps, threadlets=scripts(()), pages=cold(6, kind=kind)))
    assert got.results == [-abi.EFAULT if kind is PageKind.ABSENT else 1]


@BOTH
def test_a_stack_that_was_not_given_back(host: HostTarget, cached: bool) -> None:
    steps = (run_on(0, cached=cached), refill(), run_on(1, cached=cached), run_on(1, 1), WRITE, Settle(), run_on(1))
    got = run(host, world(steps=steps, threadlets=scripts((READ,), (call("getpid"),))))
    assert got.results == [0, 0, -EBUSY, 1, 8, 1]
    assert [x[:2] for x in got.done] == [(3, 0), (0, 0), (6, 0)]


@BOTH
def test_what_is_refused_inside(host: HostTarget, cached: bool) -> None:
    """As head and as a thread of its own; and by number threadlet_on and off are empty entries, but for D99."""
    numbers = (57, 60, 105, 14, abi.NR_ASYNC_EXEC, abi.NR_ASYNC_WAIT, abi.NR_ASYNC_THREAD, 467, 468, 469)
    calls = tuple(Call(nr, (A(0), H())) for nr in numbers[:7])
    rest = tuple(Call(nr) for nr in numbers[7:])
    script = (*calls[:5], READ, *calls[3:], *rest)
    got = run(host, world(atom(0, "getpid"), steps=(run_on(0, cached=cached), WRITE), threadlets=scripts(script)))
    assert [x[2] for x in got.done] == [8 if place == 5 else -abi.ENOSYS for place in range(len(script))]
    steps = (call("async_thread"), Call(467, (n(0), n(0), H())), Call(468))
    assert run(host, world(steps=steps)).results == [-abi.EINVAL, -abi.ENOSYS, -abi.EINVAL]


def test_as_atoms(host: HostTarget) -> None:
    atoms = (atom(0, 467, n(1), n(1), H(), then=A(1)), atom(1, 468))
    got = run(host, world(*atoms, steps=(submit(),)))
    assert (got.word(W(40)), got.word(W(41))) == (-abi.ENOSYS, -abi.ENOSYS)


@BOTH
def test_nesting_is_refused(host: HostTarget, cached: bool) -> None:
    script = (run_on(1, 0), run_on(1, 1, cached=True), READ, run_on(1, 1))
    got = run(host, world(steps=(run_on(0, cached=cached), WRITE), threadlets=scripts(script, (call("getpid"),))))
    assert got.done == [
        (0, 0, -EBUSY, 0, Role.HEAD),
        (0, 1, -abi.ENOSYS, 0, Role.HEAD),
        (0, 2, 8, 0, Role.BUSY),
        (0, 3, -abi.ENOSYS, 0, Role.BUSY),
    ]


@BOTH
def test_the_second_sleep_hands_over_nothing(host: HostTarget, cached: bool) -> None:
    steps = (run_on(0, cached=cached), refill(), run_on(1, 1), WRITE, Settle(), WRITE)
    got = run(host, world(steps=steps, threadlets=scripts((READ, READ), ())))
    assert got.results == [0, 0, 1, 8, 8]
    assert got.tasks(0) == [(0, Role.BUSY, abi.NR_READ), (1, Role.HEAD, NO_CALL), (2, Role.READY, NO_CALL)]
    assert got.trace.handovers == 1


@BOTH
def test_the_head_sleeps_in_one_without_a_spare(host: HostTarget, cached: bool) -> None:
    """The only spare is taken by a chain that was submitted while nobody was inside."""
    steps = (run_on(0, cached=cached), run_on(1, 1, cached=True))
    got = run(host, world(steps=steps, threadlets=scripts((READ,), (NAP,)), timespecs=(Timespec(0, 0, 1),)))
    assert got.results == [0, 2]
    assert got.blocked == [1]
    assert got.tasks(0) == [(0, Role.BUSY, abi.NR_READ), (1, Role.HEAD, abi.NR_NANOSLEEP)]


@BOTH
def test_chains_and_threadlets_share_a_family(host: HostTarget, cached: bool) -> None:
    steps = (run_on(0, cached=cached), refill(), submit(), call("write", wr(0), P(3), n(16)), wait(), Reap(H()))
    atoms = (atom(0, "read", rd(0), P(6, 8), n(8)),)
    got = run(host, world(*atoms, steps=steps, threadlets=scripts((READ,))))
    assert got.results == [0, 0, 0, 16, 0, addr(A(0))]
    assert sorted(role for _, role, _ in got.tasks()) == [Role.HEAD, Role.READY, Role.READY]


def test_an_idle_family_ends_the_wait(host: HostTarget) -> None:
    """A threadlet posts nothing, but is no longer busy (D84)."""
    steps = (run_on(0), wait(), call("getpid"))
    got = run(host, world(steps=steps, threadlets=scripts((NAP,)), timespecs=(Timespec(0, 0, 1),)))
    assert got.results[:2] == [0, 0]
    assert got.blocked == [1]


@BOTH
def test_exit_waits_for_threadlets(host: HostTarget, cached: bool) -> None:
    steps = (run_on(0, cached=cached), Exit(3))
    got = run(host, world(steps=steps, threadlets=scripts((NAP, NAP)), timespecs=(Timespec(0, 0, 1),)))
    assert got.end is End.EXITED
    assert [x[:3] for x in got.done] == [(0, 0, 0), (0, 1, 0)]
    assert got.tasks(-2) == [(0, Role.BUSY, abi.NR_NANOSLEEP), (1, Role.HEAD, abi.NR_EXIT)]


@BOTH
def test_a_cold_page_hands_over(host: HostTarget, cached: bool) -> None:
    script = (Store(P(6), n(1)), Store(P(6, 8), n(2)))
    steps = (run_on(0, cached=cached), Settle(), call("read", rd(0), P(6), n(0)), Advance(1), Store(P(6, 16), n(3)))
    got = run(host, world(steps=steps, threadlets=scripts(script), pages=cold(6)))
    assert got.results == [0, 0, 0]
    assert got.done == [(0, 0, 0, 0, Role.BUSY), (0, 1, 0, 0, Role.BUSY)]
    assert got.tasks(0) == [(0, Role.BUSY, FAULT), (1, Role.HEAD, NO_CALL)]
    assert [got.word(P(6, at)) for at in (0, 8, 16)] == [1, 2, 3]


def test_a_cold_page_lets_a_step_sleep(host: HostTarget) -> None:
    """The kernel does not wait for it, and finds it afterwards (D89)."""
    there = call("umem_add", P(6), n(1))
    got = run(host, world(steps=(there, Store(P(6), n(4)), there), pages=cold(6)))
    assert got.results == [-abi.EFAULT, 0, 5]
    assert got.blocked == [1]
    assert got.tasks(0) == [(0, Role.HEAD, FAULT)]


def test_pages_are_looked_at_in_order(host: HostTarget) -> None:
    across = P(5, 4092)
    for kinds, naps, result in (((3, 3), 2, 0), ((3, 0), 1, -abi.EFAULT), ((0, 3), 0, -abi.EFAULT), ((2, 3), 1, 0)):
        pages = (*DEFAULT_PAGES[:5], *map(PageKind, kinds), DEFAULT_PAGES[7])
        got = run(host, world(steps=(Store(across, n(4)),), pages=pages))
        assert (got.results, got.blocked) == ([result], [0] * naps)


def test_the_ring_of_reap_may_be_cold(host: HostTarget) -> None:
    ring = head(ring=P(6), user_idx=n(0))
    got = run(host, world(heads=(ring,), pokes=(poke(P(6), 9),), steps=(Reap(H()), Reap(H())), pages=cold(6)))
    assert got.results == [9, 0]
    assert got.blocked == [0]


def test_the_cached_way_reads_in_user_mode(host: HostTarget) -> None:
    """Where the real call faults, the cached one has the page come in first."""
    far = {"heads": (head(at=P(6)),), "threadlets": scripts(()), "pages": cold(6)}
    assert run(host, world(steps=(run_on(0, at=P(6)),), **far)).results == [-abi.EFAULT]
    got = run(host, world(steps=(run_on(0, cached=True, at=P(6)), run_on(0, at=P(6))), **far))
    assert got.results == [1, 1]
    assert got.blocked == [0]


def test_two_faults_on_one_page(host: HostTarget) -> None:
    store = (Store(P(6), n(1)),)
    got = run(host, world(steps=(run_on(0), Store(P(6, 8), n(2))), threadlets=scripts(store), pages=cold(6)))
    assert got.results == [0, 0]
    assert got.tasks(0) == [(0, Role.BUSY, FAULT), (1, Role.HEAD, FAULT)]
    assert got.blocked == [1]


@BOTH
def test_a_wake_before_the_sleep_keeps_the_context(host: HostTarget, cached: bool) -> None:
    """Under every schedule of one preemption the threadlet ends once, here or there."""
    script = (call("futex", W(0), n(128), n(0)), call("gettid"))
    steps = (run_on(1, 1), Store(W(0), n(1)), refill(), run_on(0, cached=cached), call("futex", W(0), n(129), n(9)))
    for skip in range(32):
        got = run(host, world(steps=steps, threadlets=scripts(script, (NAP,)), timespecs=(Timespec(0, 0, 1),),
                              chooser=(Choice(skip, 1),)))  # fmt: skip
        places = [(x[0], x[1]) for x in got.done if x[0] == 3]
        assert places == [(3, 0), (3, 1)]
        assert got.end is End.DONE


def test_the_heir_is_where_the_restore_pair_says(host: HostTarget) -> None:
    """A chain's heir and a threadlet's, in turns, from new and from old spares."""
    chain = atom(0, "read", rd(0), P(6, 8), n(1))
    wake = (refill(), call("write", wr(0), P(3), n(1)), Settle())
    one = (submit(), *wake, run_on(0), *wake, run_on(0, 1, cached=True), *wake)
    got = run(host, world(chain, steps=(*one, *one), threadlets=scripts((call("read", rd(0), P(6), n(1)),))))
    assert got.end is End.DONE
    assert got.results == [0, 0, 1] * 6
    assert [x[:2] for x in got.done] == [(4, 0), (8, 0), (16, 0), (20, 0)]


def test_stack_word_is_taken_once(host: HostTarget) -> None:
    got = run(host, world(steps=(run_on(0), run_on(0), refill(), run_on(0)), threadlets=scripts(())))
    assert got.results == [1, 1, 0, 1]
    assert got.word(FIELD) == STACK
