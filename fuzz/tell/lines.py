# SPDX-License-Identifier: Apache-2.0
"""Beats as lines, every word of them with its clause: the medium of `explain`."""

from collections.abc import Callable, Iterable, Sequence
from itertools import chain, repeat
from typing import Self

import attrs

from fuzz.tell.story import Beat, Kind, Said
from fuzz.text.symbols import print_numbered, role_name
from model.program import Program


@attrs.frozen
class Line:
    """One thing that happened, during a step of the program.

    Attributes:
        who: `task 0 (head)`, or empty: it is about the program as a whole, or says itself whom it is about.
    """

    step: int
    who: str
    deed: str
    said: tuple[Said, ...]

    @property
    def text(self) -> str:
        """The words alone."""
        return _joined(self.deed, (piece.words for piece in self.said))

    @property
    def clauses(self) -> tuple[str, ...]:
        """Ids of the clauses behind it."""
        return tuple(dict.fromkeys(clause for piece in self.said for clause in piece.clauses))

    def __str__(self) -> str:
        worded = [piece for piece in self.said if piece.words]
        explained = {clause for piece in worded for clause in piece.clauses}
        deed = self.deed + _ids(x for x in self.clauses if x not in explained)
        told = _joined(deed, (piece.words + _ids(piece.clauses) for piece in worded))
        return f"{self.who}: {told}" if self.who else told

    def since(self, before: Self) -> Self:
        """What is new of it."""
        said = tuple(piece for piece in self.said if piece not in before.said)
        return attrs.evolve(self, deed="" if self.deed == before.deed else self.deed, said=said)


def _joined(deed: str, words: Iterable[str]) -> str:
    return " — ".join(filter(None, (deed, "; ".join(filter(None, words)))))


def _ids(clauses: Iterable[str]) -> str:
    found = ", ".join(clauses)
    return f" [{found}]" if found else ""


def lines_of(beats: Sequence[Beat]) -> list[Line | None]:
    """The line of each beat; None where there is nothing to say, or not yet: a call that is being made."""
    return [None if beat.unsaid and beat is beats[-1] else _line(beat) for beat in beats]


def _line(beat: Beat) -> Line | None:
    """What a step is for is left out: it has a heading."""
    if beat.kind is Kind.STEP and beat.unsaid:
        return None
    said = tuple(piece for piece in beat.said if piece.clauses or beat.kind is not Kind.STEP)
    named = beat.task < 0 or (not beat.deed and beat.text.startswith("task "))
    who = "" if named else f"task {beat.task} ({role_name(beat.role)})"
    return Line(beat.step, who, beat.title, said)


def news(beats: Sequence[Beat], before: Sequence[Line | None]) -> list[Line]:
    """The lines of beats, or what is new of them; `before` has the line of each at an earlier time."""
    old = chain(before, repeat(None))
    pairs = zip(lines_of(beats), old, strict=False)
    return [line.since(known) if known else line for line, known in pairs if line is not None and line != known]


def heading(step: int, program: Program) -> str:
    """What stands above the lines of a step."""
    return f"step {step}  {print_numbered(program, step)}" if step < len(program.all_steps) else "the end"


def print_lines(lines: Sequence[Line], program: Program, note: Callable[[int], str]) -> str:
    """Lines below the step in which they happened. `note` may add a line before the one at a position.

    Steps of several threads go on by turns, so each has its heading whenever it is another one than before.
    """
    made: list[str] = []
    step = -1
    for position, line in enumerate(lines):
        for number in (line.step,) if program.threads else range(step + 1, line.step + 1):
            if number != step:
                made.append(heading(number, program))
            step = number
        extra = note(position)
        if extra:
            made.append(f"  ◇ {extra}")
        made.append(f"  {line}")
    return "\n".join(made)
