# SPDX-License-Identifier: Apache-2.0
"""All schedules of a program where they are few; where not, some of them, the same each time."""

from collections.abc import Iterator
from random import Random
from typing import Final

import attrs

from fuzz.schedule import draw
from fuzz.schedule.decisions import Options, Recorded, choose_words, options_of, play, taken, trimmed
from fuzz.schedule.sweep import deviations
from model.image import Image
from model.program import Program
from model.variant import PINNED, Variant

FEW: Final = 100
"""So many schedules are few: all of them are run. Of a program that has more, so many are."""
_ATTEMPTS: Final = 4
"""Of so many drawn schedules for each that is wanted, some were there before."""


@attrs.frozen(eq=False)
class Schedules:
    """Schedules of one program, each once, its own first.

    `all_of_them`: it has no other. Those that no `choose` line can say (over 64 choices, or a ninth of several tasks)
    are not here, and then these are not all.
    """

    options: tuple[Options, ...]
    all_of_them: bool


def schedules(
    program: Program, image: Image, few: int = FEW, variant: Variant = PINNED, *, deep: bool = False
) -> Schedules:
    """All schedules of the program, or `few` of them: the default, one preemption more, and drawn ones."""
    bare = attrs.evolve(image, choices=b"")
    own = trimmed(options_of(program))
    made: dict[Options, None] = {taken(play(bare, Recorded(own), variant, deep=deep)): None}
    every = []
    for options in _walk(bare, variant, deep):
        every.append(options)
        if len(every) > few:
            break
    if len(every) <= few:
        made.update(dict.fromkeys(every))
        sayable = tuple(options for options in made if choose_words(options) is not None)
        return Schedules(sayable, len(sayable) == len(made))
    _some(made, bare, few, variant, deep)
    return Schedules(tuple(made), all_of_them=False)


def _walk(image: Image, variant: Variant, deep: bool) -> Iterator[Options]:
    """Each schedule once: one that begins with `wanted` differs from all others in its last option that is chosen."""
    waiting: list[Options] = [()]
    while waiting:
        wanted = waiting.pop()
        log = play(image, Recorded(wanted), variant, deep=deep)
        yield wanted
        options = tuple([decision.taken for decision in log])
        for place in range(len(wanted), len(log)):
            waiting += [(*options[:place], option) for option in range(1, log[place].options)]


def _some(made: dict[Options, None], image: Image, few: int, variant: Variant, deep: bool) -> None:
    """Add schedules until there are `few`: half of them at most a preemption away, the others drawn."""
    random = Random(1)
    made[()] = None
    near = list(deviations((), play(image, Recorded(), variant, deep=deep)))
    random.shuffle(near)
    made.update(dict.fromkeys(near[: few // 2]))
    drawn = draw.stream(image, random, variant, deep=deep)
    for _ in range(_ATTEMPTS * few):
        if len(made) >= few:
            break
        options = next(drawn)
        if choose_words(options) is not None:
            made[options] = None
    for options in [options for options in made if choose_words(options) is None]:
        del made[options]
