# SPDX-License-Identifier: GPL-2.0
"""Completion rings and waiting for them."""

import pytest

from model import abi
from model.program import Advance, Choice, Exit, Reap, Settle, Store, Timespec
from model.trace import NO_CALL, End, Role
from native.targets.host import HostTarget
from tests.native.worlds import (
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
    submit,
    wait,
    world,
    wr,
)

READ = ("read", rd(0), P(6), n(8))
WRITE = call("write", wr(0), P(3), n(8))
NAP = atom(0, "nanosleep", T(0))
ASYNC = abi.SYSLET_ASYNC


def test_full_slot_loses_the_event(host: HostTarget) -> None:
    got = run(host, world(atom(0, *READ), pokes=(poke(R(0), 99),), steps=(submit(), WRITE, Settle())))
    assert got.word(R(0)) == 99
    assert got.word(H()) == 0
    assert got.tasks()[0] == (0, Role.READY, NO_CALL)


def test_ring_of_one_slot(host: HostTarget) -> None:
    once = (submit(), Settle(), Reap(H()))
    program = world(atom(0, "getpid", flags=ASYNC), heads=(head(1),), steps=(*once, *once))
    got = run(host, program)
    assert got.results == [0, addr(A(0)), 0, addr(A(0))]
    assert got.word(H()) == 0


def test_index_wraps(host: HostTarget) -> None:
    once = (submit(), Settle())
    got = run(host, world(atom(0, "getpid", flags=ASYNC), heads=(head(2, kernel_idx=n(1)),), steps=(*once, *once)))
    assert got.word(H()) == 1
    assert got.word(R(0, 0)) == got.word(R(0, 1)) == addr(A(0))


@pytest.mark.parametrize(
    "fields",
    [
        {"size": n(0)},
        {"size": n(12)},
        {"kernel_idx": n(4)},
        {"kernel_idx": n(-1)},
        {"ring": P(7)},
        {"ring": P(5)},
        {"ring": n(-8)},
    ],
    ids=str,
)
def test_ring_that_takes_no_event(host: HostTarget, fields: dict[str, object]) -> None:
    ring = head(**fields)  # type: ignore[arg-type]
    got = run(host, world(atom(0, "getpid", flags=ASYNC), heads=(ring,), steps=(submit(), Settle())))
    assert got.results == [0]
    assert got.tasks() == [(0, Role.READY, NO_CALL), (1, Role.HEAD, NO_CALL)]
    assert len(got.observations[0].changes) == 2  # the result and the stack
    assert got.end is End.DONE


def test_half_posted_event(host: HostTarget) -> None:
    # The index lies in a read-only page, the rest of the structure is only read.
    at = P(5)
    program = world(atom(0, "getpid", flags=ASYNC), heads=(head(at=at),), steps=(submit(at=at), Settle()))
    got = run(host, program)
    assert got.word(R(0)) == addr(A(0))
    assert got.word(at) == 0


def test_events_in_order_of_completion(host: HostTarget) -> None:
    atoms = (atom(0, *READ), atom(1, "read", rd(1), P(6), n(8)))
    steps = (
        submit(A(0)), refill(), submit(A(1)),
        call("write", wr(1), P(3), n(8)), Settle(), WRITE, Settle(),
        Reap(H()), Reap(H()), Reap(H()),
    )  # fmt: skip
    got = run(host, world(*atoms, steps=steps))
    assert got.results[-3:] == [addr(A(1)), addr(A(0)), 0]


def test_wait_that_need_not_wait(host: HostTarget) -> None:
    got = run(host, world(atom(0, *READ), steps=(wait(), submit(), wait(0), Store(R(0), n(5)), wait(4))))
    assert got.results == [0, 0, 0, 0, 0]
    assert got.end is End.DONE


def test_wait_order_of_checks(host: HostTarget) -> None:
    def bad(**fields: object) -> list[int]:
        ring = head(**fields)  # type: ignore[arg-type]
        return run(host, world(heads=(ring,), steps=(wait(0, 3), wait(0, 4)))).results

    fault, inval = -abi.EFAULT, -abi.EINVAL
    assert bad() == [0, inval]
    assert bad(size=n(0)) == bad(size=n(20)) == bad(kernel_idx=n(4)) == [inval] * 2
    assert bad(ring=P(7)) == [0, inval]
    assert bad(ring=P(7), kernel_idx=n(3)) == [fault, inval]
    steps = tuple(call("async_wait", n(0), n(9), at) for at in (n(0), P(7), P(7, -20)))
    assert run(host, world(steps=steps)).results == [fault] * 3


def test_wait_sleeps_until_the_event(host: HostTarget) -> None:
    got = run(host, world(NAP, timespecs=(Timespec(0, 0, 1),), steps=(submit(), wait(), Reap(H()))))
    assert got.results == [0, 0, addr(A(0))]
    assert got.blocked == [1]
    assert got.tasks(0) == [(0, Role.BUSY, abi.NR_NANOSLEEP), (1, Role.HEAD, abi.NR_ASYNC_WAIT)]


def test_wait_counts_what_came_since_the_last_look(host: HostTarget) -> None:
    atoms = (atom(0, *READ), atom(1, "read", rd(1), P(6), n(8)))
    steps = (submit(A(0)), refill(), submit(A(1)), WRITE, Settle(), wait(1), wait(2))
    got = run(host, world(*atoms, steps=steps))
    assert got.results == [0, 0, 0, 8, 0]
    assert got.blocked == [6]
    assert got.end is End.STUCK


def test_wait_across_the_wrap(host: HostTarget) -> None:
    # Kernel index 1, user index 3 of 4: two events, and a third is not there.
    program = world(atom(0, *READ), heads=(head(4, kernel_idx=n(1)),), steps=(submit(), wait(2, 3), wait(3, 3)))
    got = run(host, program)
    assert got.results == [0, 0]
    assert got.blocked == [2]


def test_lost_event_does_not_end_a_wait(host: HostTarget) -> None:
    # One chain finds its slot taken; the other still sleeps.
    atoms = (atom(0, "nanosleep", T(0)), atom(1, *READ))
    program = world(
        *atoms,
        timespecs=(Timespec(0, 0, 1),),
        heads=(head(4, kernel_idx=n(1)),),
        pokes=(poke(R(0, 1), 9),),
        steps=(submit(A(0)), refill(), submit(A(1)), wait(1, 1 - 1), wait(2)),
    )
    got = run(host, program)
    assert got.results == [0, 0, 0, 0]
    assert got.blocked == [4, 4]
    assert got.end is End.STUCK


def test_idle_ends_a_wait(host: HostTarget) -> None:
    nap = atom(0, "nanosleep", T(0), flags=abi.SYSLET_NO_COMPLETE)
    got = run(host, world(nap, timespecs=(Timespec(0, 0, 1),), steps=(submit(), wait(3))))
    assert got.results == [0, 0]


def test_wait_finds_the_spare(host: HostTarget) -> None:
    # Whoever is woken finds the waker ready, at every preemption: no second thread is needed.
    for skip in range(31):
        program = world(
            atom(0, "getpid", flags=ASYNC), chooser=(Choice(skip, 1),), steps=(submit(), wait(), submit(), Settle())
        )
        assert run(host, program).results == [0, 0, 0], skip


def test_exit_waits_for_the_busy(host: HostTarget) -> None:
    got = run(host, world(NAP, timespecs=(Timespec(0, 1, 0),), steps=(submit(), Exit(3), call("getpid"))))
    assert got.results == [0]
    assert got.blocked == [1]
    assert got.tasks(0) == [(0, Role.BUSY, abi.NR_NANOSLEEP), (1, Role.HEAD, abi.NR_EXIT)]
    assert got.end is End.EXITED
    assert got.tasks() == []
    assert got.word(R(0)) == addr(A(0))


def test_exit_that_never_ends(host: HostTarget) -> None:
    got = run(host, world(atom(0, *READ), steps=(submit(), Exit())))
    assert got.end is End.STUCK
    assert got.tasks() == [(0, Role.BUSY, abi.NR_READ), (1, Role.HEAD, abi.NR_EXIT)]


def test_exit_ends_the_ready(host: HostTarget) -> None:
    got = run(host, world(atom(0, "getpid"), steps=(submit(), Exit())))
    assert (got.end, got.blocked, got.tasks()) == (End.EXITED, [], [])


def test_reap_of_a_ring_that_is_none(host: HostTarget) -> None:
    def reap(**fields: object) -> int:
        ring = head(**fields)  # type: ignore[arg-type]
        return run(host, world(heads=(ring,), pokes=(poke(R(0), 9),), steps=(Reap(H()),))).results[0]

    assert reap() == 9
    assert reap(size=n(12)) == 9
    assert reap(size=n(7)) == reap(user_idx=n(4)) == reap(user_idx=n(1)) == 0
    assert reap(ring=P(7)) == reap(ring=P(5, -4)) == -abi.EFAULT
    got = run(host, world(pokes=(poke(R(0, 3), 9),), heads=(head(user_idx=n(3)),), steps=(Reap(H()), Reap(P(7)))))
    assert got.results == [9, -abi.EFAULT]
    assert got.word(H(0, abi.AHU_USER_RING_IDX)) == 0


def test_advance_moves_time_tick_by_tick(host: HostTarget) -> None:
    # The second nap is begun when the first ends.
    atoms = (atom(0, "nanosleep", T(0), then=A(1)), atom(1, "nanosleep", T(0)))
    program = world(
        *atoms,
        timespecs=(Timespec(0, 0, 2_000_000),),
        steps=(submit(), Advance(3), Store(W(0), n(1)), Advance(1), Reap(H())),
    )
    got = run(host, program)
    assert got.results == [0, 0, addr(A(1))]
