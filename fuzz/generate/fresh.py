# SPDX-License-Identifier: Apache-2.0
"""Fresh programs: the builder's, some of them with further threads."""

from random import Random
from typing import Final

from fuzz.generate import build
from fuzz.generate.opaque_edits import put_opaque
from fuzz.generate.thread_edits import add_thread
from model import program as pg
from model.program import Program

_ONE_MORE: Final = 0.125
"""How probable another thread is."""
_OPAQUE: Final = 0.25


def program(random: Random, *, opaque: bool = False) -> Program:
    """A program that makes sense, spoilt a little; one in eight has a second thread, and some of those a third.

    With `opaque` one in four has opaque calls.
    """
    made = build.program(random)
    while random.random() < _ONE_MORE and len(made.threads) < pg.MAX_THREADS - 1:
        made = add_thread(made, random)
    if opaque and random.random() < _OPAQUE:
        made = put_opaque(made, random)
    return made
