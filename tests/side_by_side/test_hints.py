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
from model.trace import End, Ended, Trace
from model.variant import PINNED
from native.targets.host import HostTarget

_PROGRAMS = 250
FUEL_BEFORE_SPARES = """syslet 1
pipe p0
atom a0 = umem_add(w0, -1) [STOP_ON_ZERO] next=a0
atom a1 = read(p0.r, NULL, 1)
init w0 = 1

refill h0
async_exec(NULL, h0)
refill h0
async_exec(a1, NULL)
refill h0
async_exec(a0, h0)

u1: async_exec(a0, h0)
u1: exit 0
"""
"""A thread exits, and its spare has still to end when another chain spends the fuel. Either may count (D159)."""


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


def test_a_thread_that_exits_when_the_fuel_is_spent_needs_no_search(host: HostTarget) -> None:
    image = build(parse(FUEL_BEFORE_SPARES).program)
    trace = host.run(image)
    assert isinstance(trace, Trace)
    end = trace.events[-1]
    assert isinstance(end, Ended)
    assert end.end is End.FUEL
    assert follow(image, trace, PINNED) is None
    for step, allowed in ((4, False), (5, False), (6, True), (7, True), (8, False)):
        told = attrs.evolve(trace, events=(*trace.events[:-1], attrs.evolve(end, step=step)))
        assert (follow(image, told, PINNED) is None) == allowed, step
