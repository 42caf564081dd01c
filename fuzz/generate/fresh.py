# SPDX-License-Identifier: Apache-2.0
"""Fresh programs: the builder's, some of them with further threads that meet."""

from random import Random
from typing import Final

from fuzz.generate import build
from fuzz.generate.change import changed
from fuzz.generate.opaque_edits import put_opaque
from fuzz.generate.thread_edits import add_thread, share_head
from model import program as pg
from model.program import Program

_ONE_MORE: Final = 0.125
"""How probable another thread is."""
_MEETINGS: Final = 24
"""At most so many more times another task goes first, for threads that are to meet."""
_OPAQUE: Final = 0.25


def program(random: Random, *, opaque: bool = False) -> Program:
    """A program that makes sense, spoilt a little; one in eight has a second thread, and some of those a third.

    With `opaque` one in four has opaque calls.
    """
    made = build.program(random)
    while random.random() < _ONE_MORE and len(made.threads) < pg.MAX_THREADS - 1:
        made = add_thread(made, random)
    if made.threads and random.random() < 0.75:
        made = _meeting(share_head(made, random), random)
    if opaque and random.random() < _OPAQUE:
        made = put_opaque(made, random)
    return made


def _meeting(made: Program, random: Random) -> Program:
    """Another task goes first here and there: two families meet only in the middle of what they do."""
    most = random.choice((2, 6, 20))
    more = [pg.Choice(random.randrange(most), 1) for _ in range(random.randint(1, _MEETINGS))]
    return changed(made, chooser=(*made.chooser, *more)[: pg.MAX_CHOICES])
