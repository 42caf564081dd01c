# SPDX-License-Identifier: Apache-2.0
"""Fresh programs: the builder's, some of them with further threads."""

from random import Random
from typing import Final

from fuzz.generate import build
from fuzz.generate.thread_edits import add_thread
from model import program as pg
from model.program import Program

_ONE_MORE: Final = 0.125
"""How probable another thread is."""


def program(random: Random) -> Program:
    """A program that makes sense, spoilt a little; one in eight has a second thread, and some of those a third."""
    made = build.program(random)
    while random.random() < _ONE_MORE and len(made.threads) < pg.MAX_THREADS - 1:
        made = add_thread(made, random)
    return made
