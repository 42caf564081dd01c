# SPDX-License-Identifier: GPL-2.0
"""The executor as a process: it survives programs, and its driver survives it."""

import contextlib
import os
import resource
import signal
import threading
from collections.abc import Callable, Iterator
from itertools import pairwise, product
from pathlib import Path
from random import Random
from typing import Final

import pytest

from fuzz.campaign.seeds import seed_programs
from model import abi
from model import image as layout
from model.program import Program, Settle
from model.trace import End, Trace
from model.verdict import Kind
from native.targets import wire
from native.targets.build import Flavour
from native.targets.host import ExecutorTarget, Failure, HostTarget, TargetUnavailable, executor_command
from tests.native.random_programs import program as random_program
from tests.native.random_programs import with_threadlets
from tests.native.worlds import A, R, W, atom, n, poke, refill, run, run_on, scripts, submit, trace_bytes, world

KINDS = (random_program, with_threadlets)
HELLO = layout.build(world(atom(0, "getpid"), steps=(submit(),)))
_SHORT = 1.0
"""Seconds for a hang that is expected. What runs in the same test must start and answer within it on a busy machine."""


def _later(action: Callable[[], None]) -> None:
    timer = threading.Timer(0.1, action)
    timer.daemon = True
    timer.start()


def test_random_blocks_do_not_kill_it(host: HostTarget) -> None:
    random = Random(2)
    blocks = [wire.encode(layout.build(kind(Random(seed)))) for kind in KINDS for seed in range(20)]
    taken = refused = 0
    for _ in range(2_000):
        block = bytearray(random.choice(blocks))
        if random.random() < 0.1:
            block = bytearray(random.randbytes(len(block)))
        for _ in range(random.choice((1, 4, 64))):
            block[random.randrange(random.choice((64, len(block))))] = random.randrange(256)
        host._program[: len(block)] = block
        answer = host._ring(b"r")
        assert answer in (b"d", b"b"), answer
        if answer == b"d":
            taken += 1
            trace = wire.decode(host._trace)
            assert not trace.report
        else:
            refused += 1
    assert taken > 300
    assert refused > 300


@pytest.mark.slow
def test_same_program_same_bytes(host: HostTarget) -> None:
    images = [layout.build(kind(Random(seed))) for kind in KINDS for seed in range(200)]

    def bytes_of(image: layout.Image) -> bytes:
        host.run(image)
        return trace_bytes(host)

    first = [bytes_of(image) for image in images]
    assert [bytes_of(image) for image in reversed(images)] == first[::-1]


def test_flavours_agree(fast: HostTarget) -> None:
    with HostTarget(Flavour.ASAN) as other:
        for kind in KINDS:
            for seed in range(500):
                image = layout.build(kind(Random(seed)))
                trace = fast.run(image)
                assert isinstance(trace, Trace), seed
                assert not trace.report, seed
                assert trace == other.run(image), seed


def _every_pair(count: int) -> Iterator[int]:
    """Numbers below `count` in an order in which each comes directly after each, itself included."""
    for first in range(count):
        for second in range(first, count):
            yield from (first, second)
        yield first


def test_every_number_comes_after_each() -> None:
    assert set(pairwise(_every_pair(7))) == set(product(range(7), repeat=2))


@pytest.mark.parametrize("host", [Flavour.FAST, Flavour.ASAN], indirect=True, ids=lambda flavour: flavour.value)
def test_no_program_leaves_anything_to_the_next(host: HostTarget) -> None:
    """Every program of the corpus after every other, however that ended, as in an executor of its own."""
    images = [layout.build(program) for program in seed_programs()]
    alone, ends = [], set()
    for image in images:
        host.fresh()
        trace = host.run(image)
        assert isinstance(trace, Trace)
        ends.add(trace.events[-1].end)  # type: ignore[union-attr]
        alone.append(trace_bytes(host))
    assert ends == {End.DONE, End.STUCK, End.EXITED, End.FUEL}
    pid = host.pid
    before = None
    for number in _every_pair(len(images)):
        host.put(images[number])
        assert host.execute() is None, (before, number)
        assert trace_bytes(host) == alone[number], (before, number)
        before = number
    assert host.pid == pid


def _broken(at: int, value: int) -> bytearray:
    """A program with a script of one operation, `threadlet_exec`, and one byte that is wrong."""
    image = layout.build(world(steps=(run_on(0),), threadlets=scripts((run_on(1, 1),))))
    block = bytearray(wire.encode(image))
    block[at] = value
    return block


def test_what_is_no_script_is_no_program(fast: HostTarget) -> None:
    step = wire.STEPS_AT
    operation = step + 64
    wrong = [(56, 17), (63, 17), (8, 4), (step + 8, 8), (step + 16, 8), (step + 32, 2), (step, 8)]
    wrong += [(operation, op) for op in (0, 3, 4, 5, 6, 8)] + [(operation + 8, 8), (operation + 16, 8)]
    for at, value in [(56, 1), *wrong]:
        block = _broken(at, value)
        fast._program[: len(block)] = block
        assert fast._ring(b"r") == (b"d" if (at, value) == (56, 1) else b"b"), (at, value)


def _resident(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize()


def _descriptors(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


_QUARANTINE: Final = 8
"""Megabytes of freed memory that AddressSanitizer may keep: it is slow to keep more, and would hide a leak."""


@pytest.mark.slow
def test_nothing_leaks_over_many_runs(host: HostTarget, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASAN_OPTIONS", f"quarantine_size_mb={_QUARANTINE}")
    host.fresh()
    images = [layout.build(kind(Random(seed))) for kind in KINDS for seed in range(100)]
    for image in images:
        host.run(image)
    pid, fds, bytes_before = host.pid, _descriptors(host.pid), _resident(host.pid)
    for _ in range(100):
        for image in images:
            host.run(image)
    assert host.pid == pid
    assert _descriptors(pid) == fds
    assert _resident(pid) - bytes_before < (_QUARANTINE + 8 << 20 if "asan" in host.build_id else 1 << 20)


@pytest.mark.interpreted  # compiled code has the constant in it that is replaced here
def test_as_many_tasks_as_there_can_be(host: HostTarget, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "FUEL", 512)
    chain = atom(0, "futex", W(0), n(128), n(0))
    steps = [step for _ in range(63) for step in (refill(), submit())]
    got = run(host, Program(heads=world().heads, atoms=(chain,), steps=(*steps, Settle())))
    assert len(got.tasks()) == 64
    # Only a block of its own has room for more: a thread for every step, from a stack that cannot be cleared.
    image = layout.build(world(chain, steps=(submit(),)))
    memory = bytearray(image.memory)
    ahu = layout.HEADS_AT
    memory[5 * 4096 : 5 * 4096 + 64] = memory[ahu : ahu + 64]
    step = (1, abi.NR_ASYNC_EXEC, layout.BASE, layout.BASE + 5 * 4096)
    many = layout.Image(bytes(memory), image.pages, (), (), (step,) * 256, b"")
    trace = host.run(many)
    assert isinstance(trace, Trace)
    assert len(trace.tids) == 256
    assert [event.value for event in trace.events[:-1]][-1] == -abi.EAGAIN  # type: ignore[union-attr]


@pytest.mark.parametrize("flavour", list(Flavour), ids=lambda flavour: flavour.value)
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV])
def test_death_is_an_answer(flavour: Flavour, number: signal.Signals) -> None:
    # On a busy machine a sanitizer's report takes longer than a program may.
    with HostTarget(flavour, timeout=60) as target:
        before = target.pid
        os.kill(before, signal.SIGSTOP)

        def strike(pid: int = before) -> None:
            os.kill(pid, number)
            with contextlib.suppress(ProcessLookupError):  # it may be dead and buried already
                os.kill(pid, signal.SIGCONT)

        _later(strike)
        failure = target.run(HELLO)
        assert isinstance(failure, Failure)
        assert failure.kind is Kind.CRASH
        if flavour is Flavour.ASAN and number == signal.SIGSEGV:
            assert "AddressSanitizer" in failure.text
        else:
            assert number.name in failure.text
        assert isinstance(target.run(HELLO), Trace)
        assert target.pid != before


def test_death_between_programs_goes_unnoticed() -> None:
    with HostTarget() as target:
        os.kill(target.pid, signal.SIGKILL)
        os.waitid(os.P_PID, target.pid, os.WEXITED | os.WNOWAIT)
        assert isinstance(target.run(HELLO), Trace)


def test_no_answer_is_a_hang() -> None:
    with HostTarget(timeout=_SHORT) as target:
        before = target.pid
        os.kill(before, signal.SIGSTOP)
        failure = target.run(HELLO)
        assert isinstance(failure, Failure)
        assert failure.kind is Kind.HANG
        assert not Path(f"/proc/{before}").exists()
        assert isinstance(target.run(HELLO), Trace)


def test_endless_loop_in_the_kernel() -> None:
    spins = layout.build(world(atom(0, "getpid", flags=1), pokes=(poke(R(0), 9),), steps=(submit(), Settle())))
    with HostTarget(fault="FULL_RING_SPINS", timeout=_SHORT) as target:
        for _ in range(2):
            failure = target.run(spins)
            assert isinstance(failure, Failure)
            assert failure.kind is Kind.HANG
            assert isinstance(target.run(HELLO), Trace)


def test_map_survives_the_executor() -> None:
    with HostTarget(timeout=_SHORT) as target:
        coverage, address = target.coverage, target.coverage_address
        target.run(HELLO)
        first = bytes(coverage)
        assert any(first)
        assert not any(first[0xF000:])
        target.ping()
        assert bytes(coverage) == first
        os.kill(target.pid, signal.SIGSTOP)
        target.run(HELLO)
        coverage[:] = bytes(len(coverage))
        target.run(HELLO)
        assert bytes(coverage) == first
        assert target.coverage_address == address


def test_executor_ends_with_its_driver() -> None:
    target = HostTarget()
    with target:
        pid = target.pid
    assert not Path(f"/proc/{pid}").exists()
    target.close()


def test_a_command_that_is_no_executor() -> None:
    for command in (["/nonexistent"], ["/bin/true"], ["/bin/cat"]):
        target = ExecutorTarget(executor_command(*command), "none", timeout=0.2)
        with pytest.raises(TargetUnavailable):
            target.ping()
        target.close()


def test_an_interrupted_run_leaves_no_answer_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    other = layout.build(world(atom(0, "gettid"), steps=(submit(), submit())))

    def interrupt(*_: object) -> bytes:
        raise KeyboardInterrupt

    with HostTarget() as target:
        expected = target.run(HELLO)
        with monkeypatch.context() as patch:
            patch.setattr(os, "read", interrupt)
            with pytest.raises(KeyboardInterrupt):
                target.run(other)
        assert target.run(HELLO) == expected


def test_the_terminal_signals_only_the_driver() -> None:
    with HostTarget() as target:
        assert os.getpgid(target.pid) != os.getpgid(0)


def test_a_cpu_that_is_not_there() -> None:
    affinity = os.sched_getaffinity(0)
    target = HostTarget(cpu=1 << 20)
    before = _descriptors(os.getpid())
    with pytest.raises(TargetUnavailable, match="CPU 1048576"):
        target.ping()
    assert _descriptors(os.getpid()) == before
    with pytest.raises(TargetUnavailable, match="CPU 1048576"), target:
        pass
    assert os.sched_getaffinity(0) == affinity
    assert _descriptors(os.getpid()) == before - 2  # closed: the memory and the errors


def test_fuel_ends_loops_of_several_tasks(fast: HostTarget) -> None:
    spin = atom(0, "sched_yield", flags=abi.SYSLET_ASYNC, then=A(0))
    got = run(fast, world(spin, steps=(submit(), refill(), submit(), Settle())))
    assert got.end is End.FUEL
    assert got.trace.atoms == 192
