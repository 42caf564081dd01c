# SPDX-License-Identifier: Apache-2.0
"""Memory at observations: comparing what has changed gives what comparing all of it would."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from model import image as layout
from model.check.seen import SeenMemory
from model.image import ARENA, BASE, PAGE, PAGES
from model.program import PageKind, Program
from model.spec.memory import Memory
from model.trace import Event, Observation, Result, Settled

_NEAR = 64
"""Everything happens in the first bytes of a page, so that runs meet."""
_RUNS = st.lists(st.tuples(st.integers(0, _NEAR), st.binary(min_size=1, max_size=20)), max_size=4)
_PAST = st.sampled_from([(-4, b"12345678"), (ARENA - 4, b"12345678"), (ARENA, b"1")])
"""Runs that no arena has: a trace may come from anywhere."""


def _memory() -> tuple[Any, Memory]:
    image = layout.build(Program())
    memory = Memory(image)
    memory.pages = bytes([PageKind.READ_WRITE] * PAGES)
    return image, memory


def _settled(runs: list[tuple[int, bytes]]) -> Event:
    return Settled(0, Observation((), tuple((PAGE * 3 + at if 0 <= at < PAGE else at, data) for at, data in runs)))


@given(st.lists(st.tuples(_RUNS, st.none() | _RUNS, st.lists(_PAST, max_size=1)), min_size=1, max_size=5))
def test_what_changed_decides_as_the_whole_does(steps: list[tuple[Any, Any, Any]]) -> None:
    image, memory = _memory()
    events: list[Event] = []
    for shown, _, past in steps:
        events += [Result(0, 0), _settled([*shown, *past])]
    seen = SeenMemory(image, tuple(events))
    expected = bytearray(image.memory)
    for number, (shown, written, _) in enumerate(steps):
        for at, data in shown if written is None else written:
            memory.put(BASE + PAGE * 3 + at, data)
        for at, data in shown:
            expected[PAGE * 3 + at : PAGE * 3 + at + len(data)] = data
        position = 2 * number + 1
        assert seen.at(position) == seen.next(position - 1) == seen.before(position + 1) == expected
        assert not seen.same(memory, position - 1), "nothing is observed there"
        same = seen.same(memory, position)
        assert same == (memory.memory == expected)
        if not same:
            return
        assert not memory.written


def test_a_word_that_is_written_back_has_not_changed() -> None:
    image, memory = _memory()
    events = (_settled([(8, b"first456")]), _settled([]), _settled([(16, b"x")]))
    seen = SeenMemory(image, events)
    memory.put(BASE + PAGE * 3 + 8, b"first456")
    assert seen.same(memory, 0)
    memory.put(BASE + PAGE * 3 + 8, b"second56")
    assert not seen.same(memory, 1)
    memory.put(BASE + PAGE * 3 + 8, b"first456")
    assert seen.same(memory, 1)
    memory.put(BASE + PAGE * 3 + 8, b"second56")
    memory.put(BASE + PAGE * 3 + 16, b"x")
    assert not seen.same(memory, 2)


def test_after_the_last_observation_there_is_none() -> None:
    image, _ = _memory()
    seen = SeenMemory(image, (_settled([]), Result(0, 0)))
    assert seen.next(0) == image.memory
    assert seen.next(1) is None
    assert seen.at(1) is None
