# SPDX-License-Identifier: Apache-2.0
"""The decisions of a run, and the choices of a program that take them again on any target."""

from collections.abc import Callable
from typing import Final, NamedTuple

from mypy_extensions import mypyc_attr

from model.image import Image
from model.program import MAX_CHOICES, Choice, Program
from model.spec.run import Chosen, run
from model.variant import PINNED, Variant

MAX_SKIP: Final = 31
MAX_PICK: Final = 7

Options = tuple[int, ...]
"""The option taken at each decision of a run."""


class Decision(NamedTuple):
    """One decision of a run: how many options there were, and which was taken."""

    options: int
    taken: int


@mypyc_attr(allow_interpreted_subclasses=True)
class Recorded(Chosen):
    """Takes the given options, then the first ones; `log` tells every decision, and `turning` hears of it before."""

    def __init__(self, wanted: Options = (), turning: Callable[[int, list[int]], None] | None = None) -> None:
        super().__init__(b"", 0)
        self.wanted, self.turning = wanted, turning
        self.log: list[Decision] = []

    def has_choices(self) -> bool:
        """Always: it is asked at every point."""
        return True

    def decide(self, tasks: list[int]) -> int:
        """See `Chosen`."""
        if len(tasks) < 2:
            return tasks[0]
        place = len(self.log)
        if self.turning is not None:
            self.turning(place, tasks)
        return self.take(tasks, self.wanted[place] % len(tasks) if place < len(self.wanted) else 0)

    def take(self, tasks: list[int], option: int) -> int:
        """Take this option, and write it down where there are others."""
        if len(tasks) > 1:
            self.log.append(Decision(len(tasks), option))
        return tasks[option]


def play(image: Image, chooser: Recorded, variant: Variant = PINNED, *, deep: bool = False) -> list[Decision]:
    """The decisions of a run that `chooser` decides."""
    run(image, variant, chooser=chooser, deep=deep)
    return chooser.log


def taken(log: list[Decision]) -> Options:
    """The options that were taken, without the defaults at the end."""
    return trimmed(tuple([decision.taken for decision in log]))


def trimmed(options: Options) -> Options:
    """Without the defaults at the end, which need not be chosen."""
    end = len(options)
    while end and not options[end - 1]:
        end -= 1
    return options[:end]


def options_of(program: Program) -> Options:
    """The options that the program's own `choose` lines take."""
    return tuple([option for choice in program.chooser for option in (*[0] * choice.skip, choice.pick)])


def choose_words(options: Options) -> tuple[tuple[int, int], ...] | None:
    """The (skip, pick) pairs of a `choose` line; None when it cannot say this."""
    words: list[tuple[int, int]] = []
    skipped = 0
    for option in trimmed(options):
        if not option and skipped < MAX_SKIP:
            skipped += 1
            continue
        if option > MAX_PICK:
            return None
        words.append((skipped, option))
        skipped = 0
    return tuple(words) if len(words) <= MAX_CHOICES else None


def choose_line(options: Options) -> str | None:
    """The line for a program text; empty for no choice at all, None when there is no such line."""
    words = choose_words(options)
    if words is None:
        return None
    return f"choose {' '.join(f'{skip}:{pick}' for skip, pick in words)}" if words else ""


def chooser_of(options: Options) -> tuple[Choice, ...] | None:
    """The choices of a program that take these options; None when there are none that do."""
    words = choose_words(options)
    return None if words is None else tuple([Choice(skip, pick) for skip, pick in words])


def choice_bytes(options: Options) -> bytes | None:
    """The same as an image has them (docs/protocol.md)."""
    words = choose_words(options)
    return None if words is None else bytes([skip << 3 | pick for skip, pick in words])
