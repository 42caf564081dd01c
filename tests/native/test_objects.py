# SPDX-License-Identifier: GPL-2.0
"""Pipes, eventfds, futexes and time (D43 to D51)."""

import pytest

from model import abi
from model.program import Call, Choice, Eventfd, Operand, Settle, Store, Timespec
from model.trace import End
from native.targets.host import HostTarget
from tests.native.worlds import A, H, P, T, W, addr, atom, call, ev, n, poke, rd, refill, run, submit, wait, world, wr

NEVER = 0x7FFFFFFFF000


def _read(buffer: Operand, count: int, pipe: int = 0) -> Call:
    return call("read", rd(pipe), buffer, n(count))


def _write(count: int, buffer: Operand | None = None, pipe: int = 0) -> Call:
    return call("write", wr(pipe), buffer or P(3), n(count))


@pytest.mark.parametrize(
    ("arguments", "result"),
    [
        ((n(5), P(3), n(8)), -abi.EBADF),
        ((n(104), P(3), n(8)), -abi.EBADF),
        ((wr(0), n(-1), n(8)), -abi.EBADF),
        ((n(100 + (1 << 32)), P(6), n(0)), 0),
        ((rd(0), n(NEVER), n(0)), 0),
        ((rd(0), n(NEVER), n(1)), -abi.EFAULT),
        ((rd(0), n(NEVER + 1), n(0)), -abi.EFAULT),
        ((rd(0), n(-8), n(16)), -abi.EFAULT),
        ((rd(0), P(6), n(1 << 63)), -abi.EFAULT),
    ],
)
def test_checks_before_the_object(host: HostTarget, arguments: tuple[Operand, ...], result: int) -> None:
    assert run(host, world(steps=(Call(0, arguments),))).results == [result]


def test_pipe_is_one_page_of_one_buffer(host: HostTarget) -> None:
    # 4095 and 1 fill it; when 4000 were read there is still no room for one byte.
    steps = (_write(4095), _write(1), _read(P(6), 4000), _write(1))
    got = run(host, world(steps=steps))
    assert got.results == [4095, 1, 4000]
    assert got.blocked == [3]


def test_large_write_goes_on_in_pieces(host: HostTarget) -> None:
    chain = (atom(0, "write", wr(0), P(3), n(8192)),)
    steps = (submit(), _read(P(6), 4096), Settle(), _read(P(6), 4096), Settle(), wait())
    got = run(host, world(*chain, steps=steps))
    assert got.results == [0, 4096, 4096, 0]
    assert got.word(W(40)) == 8192
    assert got.bytes(P(6), 4096) == got.bytes(P(4), 4096)


def test_large_write_merges_its_odd_part_first(host: HostTarget) -> None:
    chain = (atom(0, "write", wr(0), P(3), n(4096 + 5)),)
    steps = (_write(3), submit(), _read(P(6), 4096), Settle(), _read(P(6), 4096), wait())
    got = run(host, world(*chain, steps=steps))
    assert got.results == [3, 0, 8, 4096, 0]
    assert got.bytes(P(6), 4096) == got.bytes(P(3, 5), 4096)


def test_broken_pipe(host: HostTarget) -> None:
    steps = (_write(1), call("close", rd(0)), _write(1), _write(0), call("close", rd(0)))
    assert run(host, world(steps=steps)).results == [1, 0, -abi.EPIPE, 0, -abi.EBADF]


def test_write_cut_short_by_a_broken_pipe(host: HostTarget) -> None:
    chain = (atom(0, "write", wr(0), P(3), n(8192)),)
    got = run(host, world(*chain, steps=(submit(), call("close", rd(0)), wait())))
    assert got.word(W(40)) == 4096


def test_end_of_file(host: HostTarget) -> None:
    steps = (_write(1), call("close", wr(0)), _read(P(6), 8), _read(P(6), 8))
    assert run(host, world(steps=steps)).results == [1, 0, 1, 0]


def test_blocked_reader_keeps_its_end(host: HostTarget) -> None:
    chain = (atom(0, "read", rd(0), P(6), n(8)),)
    steps = (submit(), call("close", rd(0)), _write(8), wait(), _write(8))
    got = run(host, world(*chain, steps=steps))
    assert got.results == [0, 0, 8, 0, -abi.EPIPE]
    assert got.word(W(40)) == 8


def test_blocked_writer_keeps_its_end(host: HostTarget) -> None:
    chain = (atom(0, "write", wr(0), P(3), n(4096)),)
    read = _read(P(6), 4096)
    steps = (_write(1), submit(), call("close", wr(0)), read, Settle(), read, read)
    assert run(host, world(*chain, steps=steps)).results == [1, 0, 0, 1, 4096, 0]


def test_faults_of_a_pipe(host: HostTarget) -> None:
    fault = -abi.EFAULT
    steps = (
        _write(8, P(7)), _write(8, n(0)), _write(8, n(NEVER - 8)), _write(8, P(7, -4)),
        _write(8), _write(8, P(7)), _write(8, n(0)), _write(8, P(7, -4)),
        _read(P(7), 8), _read(P(5), 8), _read(n(0), 8), _read(n(NEVER - 8), 8),
        _read(P(7, -4), 8), _read(P(6), 100),
    )  # fmt: skip
    got = run(host, world(steps=steps))
    assert got.results == [fault] * 4 + [8] + [fault] * 8 + [8]
    data = got.bytes(P(3), 8)
    assert got.bytes(P(7, -4), 4) == data[:4]
    assert got.bytes(P(6), 8) == data


def test_write_that_faults_late_keeps_its_count(host: HostTarget) -> None:
    chain = (atom(0, "write", wr(0), P(6), n(8000)),)
    got = run(host, world(*chain, steps=(submit(), _read(P(3), 4096), wait(), call("close", wr(0)), _read(P(3), 1))))
    assert got.word(W(40)) == 4096
    assert got.results[-1] == 0


def test_unmergeable_write_from_nowhere_waits_first(host: HostTarget) -> None:
    # Nothing is copied before there is a buffer, so the fault comes late.
    chain = (atom(0, "write", wr(0), n(0), n(8)),)
    got = run(host, world(*chain, steps=(_write(4096), submit(), _read(P(6), 4096), wait())))
    assert got.results == [4096, 0, 4096, 0]
    assert got.word(W(40)) == -abi.EFAULT


def test_eventfd_counts(host: HostTarget) -> None:
    add = call("write", ev(0), W(0), n(8))
    get = call("read", ev(0), W(1), n(100))
    steps = (add, add, get, call("read", ev(0), W(1), n(7)), call("write", ev(0), W(0), n(9)))
    got = run(host, world(pokes=(poke(W(0), 3),), eventfds=(Eventfd(0, 2),), steps=steps))
    assert got.results == [8, 8, 8, -abi.EINVAL, -abi.EINVAL]
    assert got.word(W(1)) == 8


def test_eventfd_as_semaphore(host: HostTarget) -> None:
    get = call("read", ev(0), W(1), n(8))
    got = run(host, world(eventfds=(Eventfd(0, 2, True),), steps=(get, get, get)))
    assert got.results == [8, 8]
    assert got.word(W(1)) == 1
    assert got.blocked == [2]


def test_eventfd_overflow(host: HostTarget) -> None:
    add = call("write", ev(0), W(0), n(8))
    pokes = (poke(W(0), -2), poke(W(2), 1), poke(W(3), -1))
    steps = (add, call("write", ev(0), W(3), n(8)), call("write", ev(0), W(2), n(8)))
    got = run(host, world(pokes=pokes, steps=steps))
    assert got.results == [8, -abi.EINVAL]
    assert got.blocked == [2]


def test_eventfd_faults(host: HostTarget) -> None:
    steps = (call("write", ev(0), P(7, -4), n(8)), call("read", ev(0), P(7, -4), n(8)), call("read", ev(0), W(1), n(8)))
    got = run(host, world(eventfds=(Eventfd(0, 0x01020304),), steps=steps))
    assert got.results == [-abi.EFAULT] * 2
    assert got.bytes(P(7, -4), 4) == b"\4\3\2\1"
    assert got.blocked == [2]  # the value is gone


@pytest.mark.parametrize("count", [0, 7, (1 << 32) - 1])
def test_eventfds_start_afresh(host: HostTarget, count: int) -> None:
    add = call("write", ev(0), W(0), n(8))
    get = call("read", ev(0), W(1), n(8))
    for semaphore in (False, True):
        steps = (get, add) if count else (add, get, add)
        program = world(pokes=(poke(W(0), 5),), eventfds=(Eventfd(0, count, semaphore),), steps=steps)
        got = run(host, program)
        assert got.word(W(1)) == (1 if semaphore else count or 5)
        assert got.end is End.DONE


def test_futex_checks(host: HostTarget) -> None:
    def futex(*arguments: Operand) -> int:
        return run(host, world(timespecs=(Timespec(0, -1, 0),), steps=(call("futex", *arguments),))).results[0]

    fault, inval, unknown = -abi.EFAULT, -abi.EINVAL, -abi.ENOSYS
    assert futex(W(0), n(0), n(0), P(7)) == fault
    assert futex(W(0, 1), n(0), n(0), T(0)) == inval
    assert futex(W(0), n(256), n(0), P(7)) == futex(W(0), n(256 + 9), n(0), P(7)) == unknown
    assert futex(W(0), n(9), n(0), P(7)) == fault
    assert futex(W(0), n(9), n(0), T(0)) == inval
    assert futex(W(0), n(1 << 32 | 1), n(0)) == 0
    assert futex(W(0, 1), n(1), n(1)) == inval
    assert futex(n(NEVER), n(129), n(1)) == fault
    assert futex(P(7), n(1), n(1)) == fault
    assert futex(P(7), n(129), n(1)) == 0
    assert futex(P(7), n(128), n(0)) == fault
    assert futex(W(0), n(0), n(1)) == -abi.EAGAIN


def test_futex_wakes_so_many(host: HostTarget) -> None:
    waiters = tuple(atom(i, "futex", W(0), n(128), n(0)) for i in range(3))
    steps = [step for i in range(3) for step in (refill(), submit(A(i)))]
    for value, woken in ((-5, 1), (0, 1), (1, 1), (2, 2), (9, 3)):
        wake = call("futex", W(0), n(129), n(value))
        got = run(host, world(*waiters, steps=(*steps, call("futex", W(0), n(1), n(9)), wake, Settle())))
        assert got.results[-2:] == [0, woken]
        assert sum(got.word(W(40 + i)) == 0 for i in range(3)) == 3
        assert got.word(H()) == woken % 4


def test_futex_takes_the_waiter_that_is_chosen(host: HostTarget) -> None:
    waiters = tuple(atom(i, "futex", W(0), n(128), n(0)) for i in range(2))
    steps = (submit(A(0)), refill(), submit(A(1)), call("futex", W(0), n(129), n(1)), Settle())
    events = set()
    for skip in range(3):
        got = run(host, world(*waiters, steps=steps, chooser=(Choice(skip, 1),)))
        events.add(next(data for start, data in got.observations[0].changes if start == 0x2000))
    assert {addr(A(0)).to_bytes(8, "little"), addr(A(1)).to_bytes(8, "little")} <= events


@pytest.mark.parametrize(
    ("sec", "nsec", "result", "ticks"),
    [
        (0, 0, 0, 1),
        (0, 1, 0, 1),
        (0, 1_000_000, 0, 1),
        (0, 1_000_001, 0, 2),
        (1, 0, 0, 1000),
        (-1, 0, -abi.EINVAL, 0),
        (0, -1, -abi.EINVAL, 0),
        (0, 10**9, -abi.EINVAL, 0),
        (9_223_372_035, 999_999_999, 0, 9_223_372_036_000),
        (9_223_372_036, 0, None, 0),
        ((1 << 63) - 1, 0, None, 0),
    ],
)
def test_nanosleep(host: HostTarget, sec: int, nsec: int, result: int | None, ticks: int) -> None:
    sleep = call("nanosleep", T(0), P(7))
    timespecs = (Timespec(0, sec, nsec),)
    got = run(host, world(timespecs=timespecs, steps=(sleep,)))
    assert got.results == ([] if result is None else [result])
    assert got.blocked == ([0] if ticks or result is None else [])
    assert got.end is (End.STUCK if result is None else End.DONE)


def test_nanosleep_reads_as_one_copy(host: HostTarget) -> None:
    got = run(host, world(steps=(call("nanosleep", P(7, -8)),)))
    assert got.results == [-abi.EFAULT]


def test_futex_times_out(host: HostTarget) -> None:
    timespecs = (Timespec(0, 0, 5), Timespec(1, 0, 0))
    steps = (call("futex", W(0), n(0), n(0), T(0)), call("futex", W(0), n(0), n(0), T(1)))
    got = run(host, world(timespecs=timespecs, steps=steps))
    assert got.results == [-abi.ETIMEDOUT] * 2
    assert got.blocked == [0, 1]


def test_identity_and_yield(host: HostTarget) -> None:
    got = run(host, world(steps=(call("getpid"), call("gettid"), call("sched_yield"), Store(W(0), n(1)))))
    assert got.results == [got.trace.tids[0]] * 2 + [0, 0]
