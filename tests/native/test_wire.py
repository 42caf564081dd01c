# SPDX-License-Identifier: GPL-2.0
"""The protocol's bytes: programs as the page says, traces or a WireError, never anything else."""

from random import Random
from struct import pack

import attrs
import pytest

from model import layout
from model.program import Advance, Choice, Eventfd, Settle
from model.trace import Trace
from native import wire
from native.target import HostTarget
from tests.native.random_programs import program as random_program
from tests.native.worlds import P, W, atom, call, n, rd, run, submit, trace_bytes, wait, world


def _block(target: HostTarget) -> bytes:
    """A trace with every kind of event but the blind end."""
    chain = (atom(0, "read", rd(0), P(6), n(8)),)
    run(target, world(*chain, steps=(submit(), Settle(), call("getpid"), wait())))
    return trace_bytes(target)


def test_program_block() -> None:
    steps = (call("read", rd(0), W(1)), Advance(7))
    image = layout.build(
        world(steps=steps, eventfds=(Eventfd(1, 5, True), Eventfd(3, 9)), chooser=(Choice(3, 2), Choice(0, 7)))
    )
    block = wire.encode(image)
    assert block[:8] == pack("<IHH", 0x4C535953, 1, 192)
    assert block[8:16] == image.pages
    assert block[16:20] == bytes((0b11, 0b1010, 0b0010, 0))
    assert block[20:24] == pack("<HH", 2, 2)
    assert block[24:56] == pack("<8I", 0, 5, 0, 9, 0, 0, 0, 0)
    assert block[64 : 64 + 32768] == image.memory
    assert block[32832:32896] == pack("<II7Q", 1, 2, 0, 100, layout.resolve(W(1)), 0, 0, 0, 0)
    assert block[32896:32960] == pack("<II7Q", 5, 1, 7, 0, 0, 0, 0, 0, 0)
    assert block[32960:] == bytes((3 << 3 | 2, 7))
    room = memoryview(bytearray(wire.PROGRAM_ROOM))
    assert wire.encode_into(image, room) == len(block)
    assert bytes(room[: len(block)]) == block


def test_image_that_does_not_fit() -> None:
    image = layout.build(world())
    for steps in (((1, *range(8)),), ((1, 1 << 64),), ((9, -1),), ((),)):
        wrong = layout.Image(image.memory, image.pages, image.pipes, image.eventfds, steps, image.choices)
        with pytest.raises(wire.WireError):
            wire.encode(wrong)
    for change in (
        {"memory": image.memory + b"0"},
        {"pages": b"12"},
        {"pipes": (8,)},
        {"pipes": (-1,)},
        {"eventfds": ((8, 0, False),)},
        {"eventfds": ((1, 1 << 32, False),)},
        {"steps": ((4,),) * 257},
        {"choices": bytes(257)},
    ):
        with pytest.raises(wire.WireError):
            wire.encode(attrs.evolve(image, **change))


def test_truncated_traces(fast: HostTarget) -> None:
    block = _block(fast)
    assert isinstance(wire.decode(block), Trace)
    assert wire.decode(memoryview(block + b"\xff" * 99)) == wire.decode(block)
    for size in range(len(block)):
        with pytest.raises(wire.WireError):
            wire.decode(block[:size])


def test_damaged_traces(fast: HostTarget) -> None:
    block = _block(fast)
    random = Random(1)
    refused = 0
    for _ in range(20_000):
        damaged = bytearray(block)
        for _ in range(random.choice((1, 1, 2, 8))):
            damaged[random.randrange(len(damaged))] ^= 1 << random.randrange(8)
        try:
            wire.decode(bytes(damaged))
        except wire.WireError:
            refused += 1
    assert refused > 2_000
    for _ in range(2_000):
        with pytest.raises(wire.WireError):
            wire.decode(random.randbytes(random.randrange(200)))


def test_random_programs_keep_the_format(fast: HostTarget) -> None:
    for seed in range(300):
        trace = fast.run(layout.build(random_program(Random(seed))))
        assert isinstance(trace, Trace)
        steps = [event.step for event in trace.events]
        assert steps == sorted(steps)
        assert trace.hints
        assert trace.tids == tuple(range(1000, 1000 + len(trace.tids)))


def test_hints_count_schedule_points(fast: HostTarget) -> None:
    # A step and its call: two points. A step that is no call: one. Atoms: four words and the first argument
    # pointer; each argument two more, which getpid has not; the handler; the store of the result.
    trace = run(fast, world(steps=(call("getpid"), Settle(), call(1000)))).trace
    assert trace.hints == (2 + 1 + 1,)
    entry = 2 + 2 + 1 + 3  # step and handler, head pair, ready list, new thread's pair and the cleared stack
    trace = run(fast, world(atom(0, "getpid"), steps=(submit(),))).trace
    assert trace.hints == (entry + 5 + 1 + 1,)
    trace = run(fast, world(atom(0, "getpid", flags=1), steps=(submit(), Settle()))).trace
    # The chain: its hand-over, handler, result; two ring words, the lock, then index, slot, slot, index.
    chain = entry + 5 + 1 + 1 + 1 + 2 + 1 + 4
    assert trace.hints == (chain, 1 << 16 | 1)
