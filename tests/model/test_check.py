# SPDX-License-Identifier: Apache-2.0
"""What the checker says of single traces: kinds, clauses, other readings, and what it suspects when it gives up."""

import attrs
import pytest

from fuzz.text import parse
from model import clauses
from model.check.check import check
from model.check.difference import Deeds
from model.image import BASE, Image, build, resolve
from model.program import Operand, Space
from model.spec.run import run
from model.trace import Blocked, End, Ended, Event, Observation, Result, Role, Settled, TaskView, Trace
from model.variant import PINNED, BadNrStores, RingFull
from model.verdict import Kind, Outcome

WOKEN = """syslet 1
pipe p0
head h0 ring=r0 slots=4 stack=top
atom a0 = read(p0.r, pg3, 8) next=a1
atom a1 = nr(999)() -> w0

async_exec(a0, h0)
write(p0.w, pg4, 8)
async_wait(1, 0, h0)
reap h0
"""


def image_of(text: str) -> Image:
    return build(parse(text, "text").program)


def replaced(trace: Trace, position: int, event: Event) -> Trace:
    events = (*trace.events[:position], event, *trace.events[position + 1 :])
    return attrs.evolve(trace, events=events)


def test_a_wrong_result_is_blamed_on_its_call() -> None:
    image = image_of(WOKEN)
    verdict = check(image, replaced(run(image), 1, Result(1, 7)))
    assert verdict.divergence is not None
    assert (verdict.divergence.kind, verdict.divergence.clause) == (Kind.VALUE, "PIPE-6")
    assert verdict.explained == 1


def test_a_wait_that_never_ends_is_a_lost_wake_up() -> None:
    image = image_of(WOKEN)
    trace = run(image)
    tasks = (TaskView(0, Role.READY, 0xFFFFFFFF), TaskView(1, Role.HEAD, 464))
    stuck = Observation(tasks, ())
    lost = attrs.evolve(trace, events=(*trace.events[:2], Blocked(2, stuck), Ended(2, End.STUCK, stuck)))
    verdict = check(image, lost)
    assert verdict.divergence is not None
    assert verdict.divergence.kind is Kind.LOST_WAKEUP
    assert verdict.divergence.clause in ("WAIT-7", "WAIT-8")


def test_another_reading_that_would_explain_it_is_named() -> None:
    image = image_of(WOKEN)
    other = run(image, attrs.evolve(PINNED, bad_nr_stores=BadNrStores.YES))
    verdict = check(image, other)
    assert verdict.divergence is not None
    assert verdict.divergence.reading == "bad_nr_stores=yes"
    assert verdict.divergence.clause == "ATOM-4"


def test_a_trace_that_ends_too_early_is_no_run() -> None:
    image = image_of(WOKEN)
    trace = run(image)
    assert check(image, attrs.evolve(trace, events=trace.events[:-1])).outcome is Outcome.DIVERGENCE
    assert check(image, attrs.evolve(trace, events=())).outcome is Outcome.DIVERGENCE


def test_two_tasks_never_share_a_number() -> None:
    image = image_of(WOKEN)
    verdict = check(image, attrs.evolve(run(image), tids=(1000, 1000)))
    assert verdict.divergence is not None
    assert verdict.divergence.clause == "IDENT-1"


@pytest.mark.parametrize("budget", [1, 2])
def test_whoever_gives_up_says_what_he_suspects(budget: int) -> None:
    text = """syslet 1
eventfd e0 = 0 semaphore
head h0 ring=r0 slots=1 stack=top
atom a0 = read(e0, pg3, 8)
atom a1 = read(e0, pg4, 8)
init w0 = 2
init r0[0] = 7

async_exec(a0, h0)
refill h0
async_exec(a1, h0)
write(e0, w0, 8)
settle
"""
    image = image_of(text)
    overwritten = run(image, attrs.evolve(PINNED, ring_full=RingFull.OVERWRITE))
    unknown, decided = check(image, overwritten, budget=budget), check(image, overwritten)
    assert unknown.outcome is Outcome.UNKNOWN
    assert unknown.suspect is not None
    assert decided.divergence is not None
    assert unknown.suspect.kind is decided.divergence.kind


POSTS_THEN_LOSES = """syslet 1
eventfd e0 = 0 semaphore
head h0 ring=r0 slots=4 stack=top
head h1 ring=r1 size=12 stack=top
atom a0 = read(e0, pg3, 8)
atom a1 = read(e0, pg4, 8)
init pg6 = 1

async_exec(a0, h0)
write(e0, pg6, 8)
settle
refill h0
async_exec(a1, h1)
write(e0, pg6, 8)
settle
async_exec(a1, h1)
write(e0, pg6, 8)
settle
"""


def test_an_event_lost_in_one_ring_withholds_nothing_from_another() -> None:
    """Task 0 posts in r0, and later loses an event because h1 has no whole number of slots: r0 has no part in that."""
    image = image_of(POSTS_THEN_LOSES)
    deeds = Deeds()
    trace = run(image, listener=deeds)
    slot = resolve(Operand(Space.RING, 0)) - BASE
    assert deeds.lost == clauses.RING_4
    assert deeds.writers[slot >> 3] == clauses.RING_1
    assert not deeds.withheld
    settled = max(place for place, event in enumerate(trace.events) if isinstance(event, Settled))
    honest = trace.events[settled]
    assert isinstance(honest, Settled)
    for seen in (bytes(8), b"\1" * 8):
        lie = attrs.evolve(honest, seen=attrs.evolve(honest.seen, changes=((slot, seen),)))
        divergence = check(image, replaced(trace, settled, lie)).divergence
        assert divergence is not None
        assert (divergence.position, divergence.clause) == (settled, "RING-1")
        assert all(x.clause != "RING-4" for x in divergence.alternatives)
