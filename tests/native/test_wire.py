# SPDX-License-Identifier: GPL-2.0
"""The protocol's bytes: programs as the page says, traces or a WireError, never anything else."""

from random import Random
from struct import pack

import attrs
import pytest

from model import image as layout
from model.program import (
    DEFAULT_PAGES,
    Advance,
    Choice,
    Eventfd,
    Exec,
    Operand,
    PageKind,
    Settle,
    Space,
    Store,
    Threadlet,
)
from model.trace import Answer, Done, End, Ended, Observation, Trace
from native.targets import wire
from native.targets.host import HostTarget
from tests.native.random_programs import program as random_program
from tests.native.random_programs import with_threadlets
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
    assert block[:8] == pack("<IHH", 0x4C535953, 2, 192)
    assert block[8:16] == image.pages
    assert block[16:20] == bytes((0b11, 0b1010, 0b0010, 0))
    assert block[20:24] == pack("<HH", 2, 2)
    assert block[24:56] == pack("<8I", 0, 5, 0, 9, 0, 0, 0, 0)
    assert block[64 : 64 + 32768] == image.memory
    assert block[32832:32896] == pack("<II7Q", 1, 2, 0, 100, layout.resolve(W(1)), 0, 0, 0, 0)
    assert block[32896:32960] == pack("<II7Q", 5, 1, 7, 0, 0, 0, 0, 0, 0)
    assert block[32960:] == bytes((3 << 3 | 2, 7))
    assert block[56:64] == bytes(8)
    room = memoryview(bytearray(wire.PROGRAM_ROOM))
    assert wire.encode_into(image, room) == len(block)
    assert bytes(room[: len(block)]) == block


def test_scripts_lie_behind_the_steps() -> None:
    head = Operand(Space.HEAD, 1)
    scripts = (Threadlet(1, (call("read", rd(0)), Store(W(2), n(7)))), Threadlet(7, (Exec(1, 2, head, True),)))
    pages = (*DEFAULT_PAGES[:6], PageKind.COLD, PageKind.ABSENT)
    program = attrs.evolve(world(steps=(Exec(7, 3, head),)), threadlets=scripts, pages=pages)
    block = wire.encode(layout.build(program))
    assert block[8:16] == bytes((2, 2, 2, 2, 2, 1, 3, 0))
    assert block[20:24] == pack("<HH", 1, 0)
    assert block[56:64] == bytes((0, 2, 0, 0, 0, 0, 0, 1))
    address = layout.resolve(head)
    assert block[32832:] == b"".join((
        pack("<II7Q", 7, 4, 7, 3, address, 0, 0, 0, 0),
        pack("<II7Q", 1, 1, 0, 100, 0, 0, 0, 0, 0),
        pack("<II7Q", 2, 2, layout.resolve(W(2)), 7, 0, 0, 0, 0, 0),
        pack("<II7Q", 7, 4, 1, 2, address, 1, 0, 0, 0),
    ))  # fmt: skip


def _trace_with(event: bytes, *, version: int = 2) -> bytes:
    events = event + pack("<BBHI", 4, 0, 1, 8) + bytes(8)
    return pack("<IHHIIIIIHH", 0x52545953, version, 1, len(events), 0, 2, 0, 0, 0, 0) + events + pack("<2I", 9, 10)


def test_result_of_an_operation() -> None:
    good = pack("<BBHIqBBB5x", 5, 0, 3, 16, -38, 15, 1, 2)
    trace = wire.decode(_trace_with(good))
    assert trace.events[0] == Done(3, 15, -38, 1, 2)
    assert trace.tids == (9, 10)
    for wrong in (
        pack("<BBHIqBBB5x", 5, 0, 3, 16, -38, 16, 1, 2),
        pack("<BBHIqBBB5x", 5, 0, 3, 16, -38, 0, 2, 2),
        pack("<BBHIqBBB5x", 5, 0, 3, 16, -38, 0, 1, 3),
        pack("<BBHIqBBB4xB", 5, 0, 3, 16, -38, 0, 1, 2, 1),
        pack("<BBHIqBBB5x", 5, 1, 3, 16, -38, 0, 1, 2),
        pack("<BBHIq", 5, 0, 3, 8, -38),
        pack("<BBHIqBBB13x", 5, 0, 3, 24, -38, 0, 1, 2),
        pack("<BBHIqBBB5x", 6, 0, 3, 16, -38, 0, 1, 2),
    ):
        with pytest.raises(wire.WireError):
            wire.decode(_trace_with(wrong))
    with pytest.raises(wire.WireError, match="version 1"):
        wire.decode(_trace_with(good, version=1))


def _answer(*, runs: int = 1, step: int = 0, offset: int = 16, task: int = 1) -> bytes:
    words = pack("<qQ6QBBHI", -9, 3, *range(6), task, runs, 2, 7) + pack("<II", offset, 8) + bytes(range(8))
    return pack("<BBHI", 6, 0, step, len(words)) + words


def test_what_came_of_an_opaque_call() -> None:
    trace = wire.decode(_trace_with(_answer(), version=4))
    assert trace.opaque == (Answer(0, 3, 1, 7, tuple(range(6)), -9, 2, ((16, bytes(range(8))),)),)
    assert len(trace.events) == 1, "it is no event"
    for wrong in (_answer(runs=2), _answer(runs=0), _answer(step=1), _answer(offset=4), _answer(task=2)):
        with pytest.raises(wire.WireError):
            wire.decode(_trace_with(wrong, version=4))
    for version in (2, 3):
        with pytest.raises(wire.WireError, match="event of kind 6"):
            wire.decode(_trace_with(_answer(), version=version))


def test_what_was_good_elsewhere_is_refused_where_it_is_wrong() -> None:
    operation = pack("<BBHIqBBB5x", 5, 0, 3, 16, -38, 15, 1, 2)
    seen = pack("<BBHIHHI", 2, 0, 1, 16, 1, 0, 0) + pack("<BBHI", 1, 2, 0, 0)
    for event in (operation, seen):
        block = bytearray(_trace_with(event))
        first = wire.decode(bytes(block))
        assert wire.decode(bytes(block)) == first
        block[16:20] = pack("<I", 1)
        with pytest.raises(wire.WireError):
            wire.decode(bytes(block))
        block[16:20] = pack("<I", 2)
        block[6:8] = pack("<H", End.STUCK)
        stuck = wire.decode(bytes(block))
        assert stuck.events == (*first.events[:-1], Ended(1, End.STUCK, Observation((), ())))
        block[6:8] = pack("<H", End.FUEL)
        with pytest.raises(wire.WireError):
            wire.decode(bytes(block))


def test_a_full_memory_changes_nothing(fast: HostTarget, monkeypatch: pytest.MonkeyPatch) -> None:
    programs = [kind(Random(seed)) for kind in (random_program, with_threadlets) for seed in range(30)]
    images = [layout.build(program) for program in programs]
    blocks = [wire.encode(image) for image in images]
    traces = [fast.run(image) for image in images]
    monkeypatch.setattr(wire, "_MOST", 2)
    monkeypatch.setattr(layout, "_CACHED", 2)
    assert [attrs.astuple(layout.build(program)) for program in programs] == [*map(attrs.astuple, images)]
    assert [wire.encode(image) for image in images] == blocks
    assert [fast.run(image) for image in images] == traces


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
        {"scripts": ((),) * 7},
        {"scripts": (((1, 39),) * 17, *((),) * 7)},
        {"scripts": (((4,),), *((),) * 7)},
        {"scripts": (((),), *((),) * 7)},
        {"scripts": (((7, 0, 0, 1 << 64, 0),), *((),) * 7)},
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
        trace = fast.run(layout.build((random_program, with_threadlets)[seed % 2](Random(seed))))
        assert isinstance(trace, Trace)
        steps = [event.step for event in trace.events if not isinstance(event, Done)]
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
