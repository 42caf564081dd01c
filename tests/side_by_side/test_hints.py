# SPDX-License-Identifier: Apache-2.0
"""What a target logs of its way leads the checker through any schedule: a check costs one run, and no search."""

from pathlib import Path
from random import Random

import attrs
import pytest

from fuzz.generate import fresh
from fuzz.text.parser import parse
from model.check.follow import follow
from model.image import build
from model.program import Choice, Program
from model.trace import Trace
from model.variant import PINNED
from native.targets.host import HostTarget

_PROGRAMS = 250


def _in_some_order(program: Program, random: Random) -> Program:
    """With up to 30 choices that are near to each other, or far apart."""
    most = random.choice((2, 6, 20))
    choices = [Choice(random.randrange(most), random.choice((1, 1, 2, 3))) for _ in range(random.randint(1, 30))]
    return attrs.evolve(program, chooser=tuple(choices))


@pytest.mark.parametrize("seed", range(8))
def test_hints_lead_through_any_schedule(host: HostTarget, seed: int) -> None:
    random = Random(seed)
    corpus = [parse(path.read_text(encoding="utf-8")).program for path in sorted(Path("corpus").glob("*/*.syslet"))]
    corpus = [program for program in corpus if not build(program).opaque]
    followed = 0
    for _ in range(_PROGRAMS):
        program = fresh.program(random) if random.random() < 0.5 else random.choice(corpus)
        image = build(_in_some_order(program, random))
        trace = host.run(image)
        if isinstance(trace, Trace):
            assert follow(image, trace, PINNED) is None, program
            followed += 1
    assert followed > _PROGRAMS * 0.9
