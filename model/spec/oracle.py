# SPDX-License-Identifier: Apache-2.0
"""Where the answers of opaque calls come from: from a target's trace, or from what a program assumes (D152, D154)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from model.abi import MASK, WORD
from model.image import ARENA, BASE, Image
from model.opaque import BUFFERS, BY_NUMBER
from model.program import FOR_EVER
from model.trace import Blocked, Settled, Trace

if TYPE_CHECKING:
    from model.spec.state import State
    from model.spec.task import Task


class Reply(NamedTuple):
    """What comes of a call: its result (unsigned), how often it sleeps, and what is in its buffers at the end.

    It does not end before so many moments of rest were seen, nor before the clock shows `tick`.
    """

    value: int
    sleeps: int = 0
    rests: int = 0
    tick: int = 0
    written: tuple[tuple[int, bytes], ...] = ()


class Oracle(Protocol):
    """Answers."""

    told: bool
    """Whether a target tells."""

    def next(self, m: State, t: Task, nr: int, args: tuple[int, ...]) -> Reply | None:
        """What comes of the task's next opaque call, if this is the one; None: it does not return."""


class Assumptions:
    """What a program assumes; of other calls, that they give 0 at once and write nothing."""

    told = False

    def __init__(self, image: Image) -> None:
        self._assumed = {assumed.nr: assumed for assumed in image.assumed}

    def next(self, m: State, t: Task, nr: int, args: tuple[int, ...]) -> Reply | None:
        """See `Oracle`."""
        assumed = self._assumed.get(nr)
        if assumed is None:
            return Reply(0)
        if assumed.sleep == FOR_EVER:
            return None
        rests = m.rests + assumed.sleep - 1 if assumed.sleep else 0
        return Reply(assumed.value & MASK, min(assumed.sleep, 1), rests, 0, _written(nr, args, assumed.word))


def _written(nr: int, args: tuple[int, ...], word: int | None) -> tuple[tuple[int, bytes], ...]:
    """The word, where the first buffer lies."""
    place = next((i for i, x in enumerate(BY_NUMBER[nr].arguments) if x.what in BUFFERS), None)
    if word is None or place is None:
        return ()
    offset = args[place] - BASE & -WORD
    return ((offset, (word & MASK).to_bytes(WORD, "little")),) if 0 <= offset < ARENA else ()


class Answers:
    """What a trace tells, task by task. A call that it does not tell of is one that did not return."""

    told = True

    def __init__(self, trace: Trace) -> None:
        self._of: dict[int, list[tuple[int, tuple[int, ...], Reply]]] = {}
        rests = position = 0
        for answer in trace.opaque:
            while position < answer.at:
                rests += isinstance(trace.events[position], Settled | Blocked)
                position += 1
            told = Reply(answer.value & MASK, answer.sleeps, rests, answer.tick, answer.written)
            self._of.setdefault(answer.task, []).append((answer.nr, answer.args, told))

    def next(self, m: State, t: Task, nr: int, args: tuple[int, ...]) -> Reply | None:
        """See `Oracle`."""
        known = self._of.get(t.index, ())
        if t.asked >= len(known):
            return None
        number, given, told = known[t.asked]
        return told if number == nr and given == args else None


def oracle_of(image: Image, trace: Trace | None) -> Oracle | None:
    """The one to ask; None if the program has no opaque calls."""
    if not image.opaque:
        return None
    return Assumptions(image) if trace is None else Answers(trace)
