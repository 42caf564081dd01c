# SPDX-License-Identifier: Apache-2.0
"""Tasks that are made to meet: they are ready at once, and schedules drawn around that show races."""

from itertools import islice
from random import Random

import attrs
import pytest

from fuzz.generate import build, codec
from fuzz.generate.change import changed
from fuzz.generate.meetings import PLACES, meet
from fuzz.oracle import judge_safely
from fuzz.schedule import draw
from fuzz.schedule.decisions import Recorded, chooser_of, play
from fuzz.schedule.plan import Plan
from model import image as layout
from model.program import Program
from model.verdict import Outcome
from native.targets.host import HostTarget

RACES = {
    "ADD_GIVES_THE_WORD": "word",
    "EVENTFD_QUEUES_LATE": "eventfd",
    "FUTEX_QUEUES_LATE": "futex",
    "LOCK_QUEUES_LATE": "ring",
    "PAGE_READ_TWICE": "page",
    "TIMEOUT_BEATS_WAKE": "time",
}


@pytest.mark.parametrize("place", PLACES)
def test_several_tasks_are_ready_at_once(place: str) -> None:
    programs = [meet(Program(), Random(seed), place) for seed in range(60)]
    assert [codec.decode(codec.encode(program)) for program in programs] == programs
    logs = [play(attrs.evolve(layout.build(program), choices=b""), Recorded()) for program in programs]
    assert sum(len(log) > 4 for log in logs) > 20


def test_what_was_there_stays_behind() -> None:
    before = build.program(Random(4))
    after = meet(before, Random(4))
    assert set(before.steps) <= set(after.steps)
    assert set(before.atoms) <= set(after.atoms)
    assert meet(before, Random(4)) == after


@pytest.mark.slow
@pytest.mark.parametrize("fault", RACES)
def test_a_race_is_drawn_where_tasks_meet(fault: str) -> None:
    """Fresh programs alone, without the corpus."""
    with HostTarget(fault=fault) as host:
        for seed in range(400):
            random = Random(seed)
            program = meet(Program(), random, RACES[fault])
            bare = attrs.evolve(layout.build(program), choices=b"")
            for options in islice(draw.stream(bare, random), 4):
                tried = changed(program, chooser=chooser_of(options) or ())
                if judge_safely(tried, host, budget=1_500).verdict.outcome is Outcome.DIVERGENCE:
                    return
    pytest.fail("no schedule shows it")


def test_now_and_then_tasks_meet_in_a_mutant() -> None:
    """Then schedules of it wait to be tried; else it stays as it is."""
    plan, random = Plan(), Random(3)
    data = codec.encode(build.program(Random(1)))
    made = [plan.made(data, random, 4096) for _ in range(240)]
    other = [x for x in made if x != data]
    assert 2 <= len(other) <= 30
    assert all(len(x) <= 4096 for x in other)
    assert plan.waiting >= 4 * len(other)
