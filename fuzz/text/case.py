# SPDX-License-Identifier: Apache-2.0
"""What a `.syslet` file holds: a program, what is expected of its run, facts about it, and its comments."""

from itertools import pairwise
from typing import Final, Self

import attrs

from model.program import Operand, Program
from model.trace import End, Role


@attrs.frozen
class ResultIs:
    """Step `step` returns one of `values`, or (`blocked`) never returns. Steps are numbered through (D130)."""

    step: int
    values: tuple[Operand, ...]
    blocked: bool = False
    line: int = attrs.field(default=0, eq=False)


@attrs.frozen
class DoneIs:
    """Operation `place` of a threadlet's script returns one of `values` each time it is executed.

    With `blocked` it may never return; `by` is who ran it: the head, or a busy task (None: either).
    """

    threadlet: int
    place: int
    values: tuple[Operand, ...]
    blocked: bool = False
    by: Role | None = None
    line: int = attrs.field(default=0, eq=False)


@attrs.frozen
class WordIs:
    """The word at `target` holds one of `values` in the last observation after `after` steps.

    As in all that follow, the step before belongs to the thread that is meant; with 0 it is thread 0.
    """

    after: int
    target: Operand
    values: tuple[Operand, ...]
    line: int = attrs.field(default=0, eq=False)


@attrs.frozen
class TasksAre:
    """`count` tasks of the thread's family have this role (and sleep in `call`, unless None) when last observed."""

    after: int
    role: Role
    count: int
    call: int | None = None
    line: int = attrs.field(default=0, eq=False)


@attrs.frozen
class HeadSleeps:
    """The head sleeps in a call (in `call`, unless None) in the last observation."""

    after: int
    call: int | None = None
    line: int = attrs.field(default=0, eq=False)


@attrs.frozen
class EndIs:
    """The program ends in this way."""

    after: int
    end: End
    line: int = attrs.field(default=0, eq=False)


Expectation = ResultIs | DoneIs | WordIs | TasksAre | HeadSleeps | EndIs

DEEP: Final = ("preempt", "deep")
"""The `#:` line of a program whose choices are meant for preemption inside objects (D77)."""

Key = tuple[str, int]
"""What a comment belongs to.

("atom", 3) by number; ("step", 0), ("init", 1), ("choose", 0), ("expect", 2) by position; ("operation", 35) is the
fourth of threadlet 2, ("threadlet", 2) says that its script is empty, ("thread", 1) that thread 1 has no steps;
("syslet", 0) is the first line, ("about", 0) the block below it, ("end", 0) what follows the last line.
"""


@attrs.frozen
class Note:
    """Layout of one line: the comment and blank lines above it, and the comment behind it."""

    key: Key
    above: tuple[str, ...] = ()
    behind: str = ""


@attrs.frozen
class Case:
    """A program text, understood.

    `expectations` are those of scripts by threadlet and place, then the others in the order of the text. `meta` are
    (key, value) of the lines `#: key value`, which stand in `meta_lines`. `notes` of a thing that is no longer there
    are not printed.
    """

    program: Program
    expectations: tuple[Expectation, ...] = ()
    meta: tuple[tuple[str, str], ...] = ()
    notes: tuple[Note, ...] = ()
    filename: str = attrs.field(default="<text>", eq=False)
    meta_lines: tuple[int, ...] = attrs.field(default=(), eq=False)

    @classmethod
    def of(cls, program: Program) -> Self:
        """A bare case in the usual layout: one blank line before the steps of each thread."""
        starts = program.first_steps
        notes = [Note(("step", first), above=("",)) for first, end in pairwise(starts) if first < end]
        empty = [Note(("thread", x.index), above=("",)) for x in program.threads if not x.steps]
        return cls(program, notes=(*notes, *empty))

    @property
    def deep(self) -> bool:
        """It was written for preemption inside objects (D77): `#: preempt deep`."""
        return DEEP in self.meta
