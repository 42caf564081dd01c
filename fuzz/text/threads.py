# SPDX-License-Identifier: Apache-2.0
"""The lines of several threads, which may be mixed in a text: from a place in a thread to one in the program (D130)."""

from collections.abc import Sequence
from itertools import accumulate
from typing import Final

import attrs

from fuzz.text.case import DoneIs, EndIs, Expectation, HeadSleeps, Note, ResultIs, TasksAre, WordIs
from fuzz.text.line import Line
from model.program import Step

_THREAD: Final = 1 << 16
"""Above all steps of a thread: what tells threads apart while the text is read."""
_OF_THREAD: Final = ("step", "expect")


def local(thread: int, place: int) -> int:
    """A place among the steps, or the expectations, of a thread."""
    return thread * _THREAD + place


class Actions:
    """The steps of one thread as far as they were read, and what is expected of them.

    Attributes:
        line: the first one, None for thread 0.
        expect_lines: how many of the expectations have a line of their own.
        is_empty: it is declared without steps.
    """

    def __init__(self, line: Line | None = None) -> None:
        self.line = line
        self.steps: list[Step] = []
        self.expectations: list[Expectation] = []
        self.expect_lines = 0
        self.is_empty = False


class Numbering:
    """Numbers steps and expectations through, thread by thread."""

    def __init__(self, threads: Sequence[Actions]) -> None:
        self._steps = list(accumulate([len(x.steps) for x in threads], initial=0))
        self._expects = list(accumulate([x.expect_lines for x in threads], initial=0))

    def expectation(self, thread: int, expectation: Expectation) -> Expectation:
        """One of a thread, with the number of its step in the program."""
        if not thread:
            return expectation
        first = self._steps[thread]
        match expectation:
            case ResultIs():
                return attrs.evolve(expectation, step=first + expectation.step)
            case WordIs() | TasksAre() | HeadSleeps() | EndIs():
                return attrs.evolve(expectation, after=first + expectation.after)
            case DoneIs():
                return expectation

    def note(self, note: Note) -> Note:
        """A note with its key as it is in the program."""
        kind, number = note.key
        if kind not in _OF_THREAD:
            return note
        thread, place = divmod(number, _THREAD)
        firsts = self._steps if kind == "step" else self._expects
        return attrs.evolve(note, key=(kind, firsts[thread] + place))
