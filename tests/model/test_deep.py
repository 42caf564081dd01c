# SPDX-License-Identifier: Apache-2.0
"""Preemption inside objects (D77): what the checker allows then, and only then."""

import random

import attrs
import pytest

from fuzz.text import parse
from model.check.check import check
from model.image import Image, build
from model.spec.run import run
from model.trace import NO_CALL, End, Ended, Observation, Result, Role, TaskView, Trace
from model.verdict import Outcome

# No ring and no result words: what memory shows is the same whoever sleeps.
LOCK = """syslet 1
pipe p0
pipe p1
head h0 stack=top
atom a0 = {call} [ASYNC]
atom a1 = write(p0.w, pg3, 1)
choose 2:1

async_exec(a0, h0)
refill h0
async_exec(a1, h0)
"""
OVERTAKEN = """syslet 1
page pg5 rw
pipe p0
head h0 stack=top
atom a0 = read(p0.r, pg5, 4096)
atom a1 = write(p0.w, pg3, {bytes})

async_exec(a0, h0)
refill h0
async_exec(a1, h0)
"""


def image_of(text: str) -> Image:
    return build(parse(text, "text").program)


def told(image: Image, results: tuple[int, ...], head: int) -> Trace:
    """A trace of these results, in which this task is head at the end and the others are ready."""
    end = run(image).events[-1]
    assert isinstance(end, Ended)
    assert end.seen is not None
    tasks = tuple(TaskView(i, Role.HEAD if i == head else Role.READY, NO_CALL) for i in range(3))
    events = [Result(step, value) for step, value in enumerate(results)]
    return Trace((*events, Ended(3, End.DONE, Observation(tasks, end.seen.changes))), (1000, 1001, 1002))


def outcomes(image: Image, trace: Trace) -> tuple[Outcome, Outcome]:
    """What is said of the trace without and with preemption inside objects."""
    return check(image, trace).outcome, check(image, trace, deep=True).outcome


def blamed(image: Image, trace: Trace, *, deep: bool) -> int | None:
    """The event that is not allowed."""
    divergence = check(image, trace, deep=deep).divergence
    return None if divergence is None else divergence.position


def test_a_call_on_a_pipe_that_somebody_is_inside_may_hand_over() -> None:
    image = image_of(LOCK.format(call="write(p0.w, pg3, 1)"))
    trace = told(image, (0, 0, 0), 2)
    assert blamed(image, trace, deep=False) == 2
    assert check(image, trace, deep=True).outcome is Outcome.ALLOWED


@pytest.mark.parametrize("call", ["write(p1.w, pg3, 1)", "getpid()", "write(p0.w, pg3, 0)"])
def test_a_call_on_a_pipe_that_nobody_is_inside_may_not(call: str) -> None:
    image = image_of(LOCK.format(call=call))
    trace = told(image, (0, 0, 0), 2)
    assert blamed(image, trace, deep=False) == blamed(image, trace, deep=True) == 2


def test_who_is_overtaken_before_it_falls_asleep_does_not_hand_over() -> None:
    image = image_of(OVERTAKEN.format(bytes=8192))
    trace = told(image, (0, 0, image.steps[2][2]), 1)
    assert blamed(image, trace, deep=False) == 2
    assert check(image, trace, deep=True).outcome is Outcome.ALLOWED


def lies(trace: Trace, rng: random.Random) -> Trace:
    """With hints that say anything at all."""
    hints = tuple(rng.randrange(3) << 24 | rng.randrange(4) << 16 | rng.randrange(30) for _ in range(30))
    return attrs.evolve(trace, hints=hints)


def test_hints_of_sleeps_are_no_evidence() -> None:
    rng = random.Random(1)
    image = image_of(LOCK.format(call="write(p0.w, pg3, 1)"))
    other = image_of(LOCK.format(call="write(p1.w, pg3, 1)"))
    for _ in range(30):
        assert check(image, lies(told(image, (0, 0, 0), 2), rng), deep=True).outcome is Outcome.ALLOWED
        assert check(other, lies(told(other, (0, 0, 0), 2), rng), deep=True).outcome is Outcome.DIVERGENCE


def contention(seed: int) -> Image:
    """A few chains on one pipe, one eventfd and one futex, with many choices."""
    rng = random.Random(seed)
    calls = (
        "write(p0.w, pg3, 1)", "write(p0.w, pg3, 8192)", "read(p0.r, pg4, 8)", "read(p0.r, pg4, 4096)", "close(p0.r)",
        "close(p0.w)", "read(e0, w1, 8)", "write(e0, w2, 8)", "futex(w0, WAIT, 0)", "futex(w0, WAKE, 2)",
    )  # fmt: skip
    atoms = [f"atom a{n} = {rng.choice(calls)} -> w{8 + n}{rng.choice(('', ' [ASYNC]'))}" for n in range(3)]
    choices = " ".join(f"{rng.choice((0, 0, 1, 2, 4))}:{rng.randrange(3)}" for _ in range(12))
    steps = [f"async_exec(a{n}, h0)\nrefill h0" for n in range(3)]
    head = "page pg4 rw\npipe p0\neventfd e0 = 1 semaphore\nhead h0 ring=r0 slots=4 stack=top\ninit w2 = 1"
    return image_of("\n".join(("syslet 1", head, *atoms, f"choose {choices}", "", *steps, "settle", "")))


@pytest.mark.parametrize("seed", range(40))
def test_deep_mode_allows_its_own_runs_and_those_without_it(seed: int) -> None:
    image = contention(seed)
    for trace in (run(image, deep=True), run(image)):
        assert check(image, trace, deep=True, budget=50_000).outcome is Outcome.ALLOWED


def test_the_chooser_reaches_what_only_deep_mode_shows() -> None:
    image = image_of(LOCK.format(call="write(p0.w, pg3, 1)"))
    assert outcomes(image, run(image)) == (Outcome.ALLOWED, Outcome.ALLOWED)
    assert outcomes(image, run(image, deep=True)) == (Outcome.DIVERGENCE, Outcome.ALLOWED)
