# SPDX-License-Identifier: Apache-2.0
"""Schedules: all of a program, those one step away, and drawn ones; each goes the same way wherever it is taken."""

from collections import Counter
from pathlib import Path
from random import Random

import attrs
import pytest

from fuzz.generate import codec
from fuzz.schedule import draw
from fuzz.schedule.decisions import (
    Decision,
    Options,
    Recorded,
    choice_bytes,
    choose_words,
    chooser_of,
    options_of,
    play,
    taken,
    trimmed,
)
from fuzz.schedule.every import FEW, schedules
from fuzz.schedule.plan import Plan
from fuzz.schedule.sweep import deviations
from fuzz.text import parse
from model import image as layout
from model.check.check import check
from model.image import Image
from model.program import Program
from model.spec.run import run
from model.trace import Trace
from model.verdict import Outcome
from native.targets.host import HostTarget

LITMUS = Path(__file__).parents[2] / "corpus" / "litmus"
SMALL = ("threadlet-wakes-another", "blocked-task-keeps-its-tid", "two-threadlets-outlive-their-head")
MANY = ("umem-add-race", "futex-wake-may-come-late", "three-completions-in-any-order")


def _program(name: str) -> Program:
    return parse((LITMUS / f"{name}.syslet").read_text(), name).program


def _bare(program: Program) -> Image:
    return attrs.evolve(layout.build(program), choices=b"")


def _all_of(image: Image, before: Options = ()) -> set[Options]:
    """By asking at each decision for each option, from the front."""
    log = play(image, Recorded(before))
    if len(log) <= len(before):
        return {trimmed(before)}
    found = set()
    for option in range(log[len(before)].options):
        found |= _all_of(image, (*before, option))
    return found


@pytest.mark.parametrize("name", SMALL)
def test_all_schedules_are_those_that_there_are(name: str) -> None:
    program = _program(name)
    found = schedules(program, layout.build(program))
    assert found.all_of_them
    assert len(set(found.options)) == len(found.options)
    assert set(found.options) == _all_of(_bare(program))


@pytest.mark.parametrize("name", MANY)
def test_of_many_so_many_are_taken_the_same_each_time(name: str) -> None:
    program = _program(name)
    found = schedules(program, layout.build(program))
    assert not found.all_of_them
    assert len(found.options) == len(set(found.options)) == FEW
    assert () in found.options
    assert trimmed(options_of(program)) in found.options
    again = schedules(program, layout.build(program))
    assert (again.options, again.all_of_them) == (found.options, found.all_of_them)


@pytest.mark.parametrize("name", [*SMALL, *MANY])
def test_choices_go_where_the_options_went(name: str, host: HostTarget) -> None:
    """In the model, and on the host."""
    program = _program(name)
    bare = _bare(program)
    for options in schedules(program, bare).options[:40]:
        chooser = chooser_of(options)
        assert chooser is not None
        image = layout.build(attrs.evolve(program, chooser=chooser))
        assert image.choices == choice_bytes(options)
        went = run(bare, chooser=Recorded(options))
        assert run(image).events == went.events
        seen = host.run(image)
        assert isinstance(seen, Trace)
        assert seen.events == went.events


def test_what_a_line_cannot_say_has_no_choices() -> None:
    assert choose_words((8,)) is None
    assert chooser_of((0,) * 40 + (8,)) is None
    assert chooser_of((1,) * 65) is None
    assert chooser_of((0,) * 31 + (2,)) is not None
    assert choice_bytes((0, 0, 3)) == bytes([2 << 3 | 3])


def test_a_step_away() -> None:
    log = [Decision(2, 0), Decision(3, 1), Decision(2, 0)]
    near = set(deviations((0, 1), log))
    added = {(1, 1), (0, 2), (0, 1, 1)}
    assert near == {*added, (1,), (), (0, 0, 1)}
    assert list(deviations((), [])) == []


def test_a_step_away_is_never_where_it_is() -> None:
    log = [Decision(2, 1), Decision(2, 1)]
    assert (1, 1) not in set(deviations((1, 1), log))


@pytest.mark.parametrize("name", MANY)
def test_each_draw_is_a_schedule(name: str) -> None:
    bare = _bare(_program(name))
    drawn = draw.stream(bare, Random(3))
    for _ in range(40):
        options = next(drawn)
        log = play(bare, Recorded(options))
        assert taken(log) == options
    assert [next(draw.stream(bare, Random(5))) for _ in range(2)] == [next(draw.stream(bare, Random(5)))] * 2


def test_priorities_reach_each_outcome_as_often_as_they_promise(host: HostTarget) -> None:
    """Of n tasks and k decisions, at depth d: with a probability of at least 1 / (n * k ** (d - 1))."""
    program = _program("umem-add-race")
    bare = _bare(program)
    length = len(play(bare, Recorded()))
    seen: Counter[str] = Counter()
    for seed in range(400):
        log = draw.by_priority(bare, Random(seed), 2, length)
        seen[repr(run(bare, chooser=Recorded(taken(log))).events)] += 1
    tasks = 3
    assert len(seen) >= 2
    assert min(seen.values()) >= 400 / (tasks * length) / 2


@pytest.mark.parametrize("seed", range(20))
def test_the_highest_priority_goes_first_until_it_falls(seed: int) -> None:
    """Behind all others, and behind those that fell before it; without a fall nothing changes."""
    falls = draw.ByPriority(Random(seed), frozenset({2, 4}))
    order = [falls.decide([0, 1, 2]) for _ in range(6)]
    first, second, third = order[0], order[2], order[4]
    assert sorted((first, second, third)) == [0, 1, 2]
    assert order == [first, first, second, second, third, third]
    assert falls.decide([first, second]) == falls.decide([second, first]) == first, "the second fell later"


def test_partial_order_takes_both_orders_of_two_accesses() -> None:
    bare = _bare(_program("umem-add-race"))
    seen = {repr(run(bare, chooser=Recorded(taken(draw.by_access(bare, Random(s))))).events) for s in range(60)}
    assert len(seen) == 3


def test_a_program_that_enters_is_swept() -> None:
    program = _program("threadlet-wakes-another")
    plan = Plan([program])
    near = list(deviations((), play(_bare(program), Recorded())))
    assert plan.waiting == len(near) > 0
    random = Random(1)
    tried = []
    while plan.waiting:
        data = plan.take(None, random, 4096)
        if data is not None:
            tried.append(codec.decode(data))
    assert [x.chooser for x in tried] == [chooser_of(options) for options in near]
    assert {attrs.evolve(x, chooser=()) for x in tried} == {attrs.evolve(program, chooser=())}


def test_where_no_two_tasks_are_ready_nothing_waits() -> None:
    program = _program("loop-counts-down")
    plan = Plan([program])
    plan.around(program, Random(1))
    assert plan.waiting == 0
    assert plan.take(None, Random(1), 4096) is None


def test_a_swept_program_with_another_schedule_is_swept_in_part() -> None:
    program = _program("preemption-does-not-cut-a-chain")
    plan = Plan([program])
    first = plan.waiting
    chooser = chooser_of((0, 0, 1))
    assert chooser is not None
    plan.entered(attrs.evolve(program, chooser=chooser))
    assert 0 < plan.waiting - first < first


def test_too_long_ones_are_left_out() -> None:
    plan = Plan([_program("threadlet-wakes-another")])
    random = Random(1)
    assert {plan.take(None, random, 8) for _ in range(200)} == {None}


def test_drawn_schedules_are_allowed_on_the_host(host: HostTarget) -> None:
    program = _program("three-completions-in-any-order")
    bare = _bare(program)
    drawn = draw.stream(bare, Random(1))
    for _ in range(20):
        choices = choice_bytes(next(drawn))
        if choices is None:
            continue
        image = attrs.evolve(bare, choices=choices)
        trace = host.run(image)
        assert isinstance(trace, Trace)
        verdict = check(image, trace)
        assert (verdict.outcome, verdict.effort) == (Outcome.ALLOWED, 0)
