# SPDX-License-Identifier: Apache-2.0
"""Threadlets and the checker: every run is accepted, lies are not, and the search sees what brute force sees."""

from collections import Counter
from collections.abc import Callable
from random import Random

import attrs
import pytest

from fuzz.text import parse
from model import abi
from model.check.check import check
from model.check.explore import Explorer
from model.check.follow import follow
from model.image import build
from model.program import Advance, Arg, Atom, Call, Choice, Exec, Operand, Poke, Program, Settle, Space, Store
from model.spec.run import run
from model.trace import Done, End, Ended, Result
from model.variant import PINNED, ThreadletEvent
from model.verdict import Kind, Outcome
from tests.model.outcomes import EverySplit, TooBig, outcomes
from tests.model.perturb import lies
from tests.model.threadlets import (
    COLD,
    EVENT,
    GETTID,
    TOP,
    add,
    ahu,
    chain,
    head,
    number,
    program,
    racing_program,
    random_program,
    read,
    sleep,
    stack_word,
    word,
    write,
)
from tests.model.wander import wander

REFILL = Store(stack_word(), number(TOP))
BOTH = Call(abi.NR_WRITE, (EVENT, word(10), number(8)))
TWO = (Poke(word(10), number(2)),)
SLEEPER = read(word(1))
SUBMIT = Call(abi.NR_ASYNC_EXEC, (Operand(Space.ATOM, 0), ahu(1)))

CASES: dict[str, Program] = {
    "two-threadlets-show-operations-in-any-order": program(
        Exec(0, 0, ahu()), REFILL, Exec(0, 1, ahu()), BOTH, Settle(), scripts=((SLEEPER, GETTID),), pokes=TWO
    ),
    "operations-and-results-in-any-order": program(
        Exec(0, 0, ahu()), write(), GETTID, GETTID, Settle(), scripts=((SLEEPER, GETTID, Call(57), Call(999)),)
    ),
    "a-stack-comes-free-under-the-eyes-of-the-head": program(
        Exec(0, 0, ahu()), write(), Exec(1, 0, ahu()), Exec(1, 0, ahu(), True), Settle(), scripts=((SLEEPER,), ())
    ),
    "a-stack-comes-free-under-the-eyes-of-a-threadlet": program(
        Exec(0, 0, ahu()),
        REFILL,
        Exec(1, 1, ahu()),
        BOTH,
        Settle(),
        scripts=((SLEEPER,), (SLEEPER, Exec(0, 0, ahu()))),
        pokes=TWO,
    ),
    "a-spare-turns-up-before-the-cached-way-looks": program(
        Exec(0, 0, ahu()), write(), Exec(1, 1, ahu(), True), Settle(), scripts=((SLEEPER,), (sleep(1),))
    ),
    "a-page-comes-in-while-the-kernel-looks": program(
        Exec(0, 0, ahu()),
        REFILL,
        SUBMIT,
        sleep(1),
        Call(abi.NR_UMEM_ADD, (COLD, number(1))),
        read(COLD),
        Settle(),
        heads=(head(), head(1)),
        scripts=((Store(COLD, number(1)),),),
        atoms=chain(0, sleep(1), Call(abi.NR_WRITE, (EVENT, Operand(Space.PAGE, 6), number(8))), write()),
        cold=True,
    ),
    "a-stack-is-free-before-its-task-is-a-spare": program(
        Exec(0, 0, ahu()), write(), Exec(1, 0, ahu(), True), Settle(), scripts=((SLEEPER,), ())
    ),
    "a-page-comes-in-between-two-atoms": program(
        Exec(0, 0, ahu()),
        SUBMIT,
        Advance(1),
        heads=(head(), head(1)),
        scripts=((Store(COLD, number(1)),),),
        atoms=chain(0, sleep(1), *[Call(abi.NR_UMEM_ADD, (Operand(Space.PAGE, 6, 16), number(1)))] * 2),
        cold=True,
    ),
    "a-page-comes-in-between-two-calls-that-look-without-a-point": program(
        Exec(0, 0, ahu()),
        SUBMIT,
        Advance(1),
        heads=(head(), head(1)),
        scripts=((Store(COLD, number(1)),),),
        atoms=chain(0, sleep(1), *[Call(abi.NR_FUTEX, (Operand(Space.PAGE, 6, 16), number(1), number(1)))] * 2),
        cold=True,
    ),
    "two-sleep-for-a-page": program(
        Exec(0, 0, ahu()),
        REFILL,
        Exec(0, 1, ahu()),
        Advance(1),
        scripts=((Store(COLD, number(1)), Call(abi.NR_UMEM_ADD, (COLD, number(1)))),),
        cold=True,
    ),
    "a-stack-for-a-spare-turns-up": program(
        Exec(0, 0, ahu()),
        write(),
        Exec(1, 1, ahu(), True),
        Settle(),
        scripts=((SLEEPER, Store(stack_word(), number(TOP))), (GETTID,)),
    ),
    "a-chain-reads-the-time-that-a-threadlet-writes": program(
        Exec(0, 0, ahu()),
        SUBMIT,
        BOTH,
        Settle(),
        Advance(2),
        heads=(head(), head(1)),
        scripts=((SLEEPER, add(2), Store(Operand(Space.TIMESPEC, 2, 8), number(3_000_000))),),
        atoms=(
            Atom(0, abi.NR_READ, tuple(Arg(x) for x in (EVENT, word(3), number(8))), next=Operand(Space.ATOM, 1)),
            Atom(1, abi.NR_UMEM_ADD, (Arg(word(2)), Arg(number(1))), ret=word(4), next=Operand(Space.ATOM, 2)),
            Atom(2, abi.NR_NANOSLEEP, (Arg(Operand(Space.TIMESPEC, 2)),), ret=word(5)),
        ),
        pokes=TWO,
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_the_search_sees_what_brute_force_sees(name: str) -> None:
    everything, brute = outcomes(CASES[name], EverySplit)
    found, effort = outcomes(CASES[name], Explorer)
    assert found == everything
    assert len(found) > 1
    assert effort <= brute


@pytest.mark.slow
def test_the_search_sees_what_brute_force_sees_of_random_programs() -> None:
    compared = rich = 0
    for seed in range(30):
        subject = racing_program(Random(seed), 1)
        try:
            everything, _ = outcomes(subject, EverySplit, limit=5000)
        except TooBig:
            continue
        found, _ = outcomes(subject, Explorer)
        assert found == everything, seed
        compared += 1
        rich += len(found) > 1
    assert compared >= 5
    assert rich >= 2


@pytest.mark.slow
@pytest.mark.parametrize("source", [random_program, racing_program])
def test_every_run_is_accepted_with_hints_and_without(source: Callable[[Random], Program]) -> None:
    """What the model does its own checker allows."""
    found = Counter[Outcome]()
    for seed in range(60):
        random = Random(seed)
        image = build(source(random))
        for trace in (run(image), wander(image, random)):
            if trace.hints:
                assert follow(image, trace, PINNED) is None, seed
            verdict = check(image, attrs.evolve(trace, hints=()))
            assert verdict.outcome is not Outcome.DIVERGENCE, (seed, verdict.divergence)
            found[verdict.outcome] += 1
    assert found[Outcome.ALLOWED] > 0.98 * found.total()


def test_no_reading_makes_the_model_fail() -> None:
    """Whatever switch is flipped it comes to an end, and its own checker agrees with it."""
    for seed in range(30):
        random = Random(seed)
        image = build(random_program(random))
        for switch, value, reading in PINNED.others():
            trace = wander(image, random, reading)
            assert isinstance(trace.events[-1], Ended)
            assert follow(image, trace, reading) is None, (seed, switch, value)


@pytest.mark.slow
def test_lies_are_rejected() -> None:
    """Lies about operations among them."""
    counts: Counter[tuple[str, Outcome]] = Counter()
    for seed in range(40):
        random = Random(seed)
        image = build((random_program, racing_program)[seed % 2](random))
        trace = wander(image, random)
        for name, lie in list(lies(trace))[seed % 9 :: 9]:
            counts[name, check(image, attrs.evolve(lie, hints=()), budget=1000).outcome] += 1
    total = counts.total()
    accepted = {name: n for (name, outcome), n in counts.items() if outcome is Outcome.ALLOWED}
    rejected = sum(n for (_, outcome), n in counts.items() if outcome is Outcome.DIVERGENCE)
    print(f"\n{total} lies: {rejected} rejected, behaviours of their own: {accepted}")
    assert {"operation value", "operation place", "operation task", "operation role"} <= {name for name, _ in counts}
    assert rejected > 0.8 * total
    assert not {"steps", "dropped", "doubled", "operation place", "operation role"} & set(accepted)


FUEL = """syslet 1
eventfd e0 = 0
head h0 ring=r0 slots=4 stack=top
atom a0 = read(e0, pg3, 8) next=a1
atom a1 = sched_yield() next=a1
init w0 = 1

async_exec(a0, h0)
write(e0, w0, 8)
getpid()
getpid()
"""


@pytest.mark.parametrize("skip", range(6))
def test_results_before_the_fuel_is_spent(skip: int) -> None:
    """However many results the head has before another task burns the last fuel, it is a run."""
    subject = parse(FUEL, "fuel").program
    image = build(attrs.evolve(subject, chooser=(Choice(skip, 1),)))
    trace = run(image)
    last = trace.events[-1]
    assert isinstance(last, Ended)
    assert last.end is End.FUEL or skip > 3
    assert check(image, trace).outcome is Outcome.ALLOWED


def test_another_order_of_operations_is_told_from_an_impossible_one() -> None:
    image = build(CASES["two-threadlets-show-operations-in-any-order"])
    trace = run(image)
    done = [i for i, e in enumerate(trace.events) if isinstance(e, Done)]
    firsts = [i for i in done if getattr(trace.events[i], "place", -1) == 0]
    events = list(trace.events)
    events[firsts[0]], events[firsts[1]] = events[firsts[1]], events[firsts[0]]
    rest = [e for i, e in enumerate(trace.events) if i in done and i not in firsts]
    swapped = [*events[: done[0]], events[firsts[0]], events[firsts[1]], *rest, *events[done[-1] + 1 :]]
    assert check(image, attrs.evolve(trace, events=tuple(swapped))).outcome is Outcome.ALLOWED
    backwards = [*events[: done[0]], *rest, events[firsts[0]], events[firsts[1]], *events[done[-1] + 1 :]]
    verdict = check(image, attrs.evolve(trace, events=tuple(backwards)))
    assert verdict.divergence is not None
    assert verdict.divergence.kind is Kind.ORDER


BLAMED = {
    "the heir resumes with 1": ("THREAD-24", 0, 1),
    "a caller that never slept resumes with 0": ("THREAD-7", 1, 0),
}


@pytest.mark.parametrize(("clause", "honest", "seen"), BLAMED.values(), ids=BLAMED)
def test_a_wrong_result_of_threadlet_exec_is_blamed(clause: str, honest: int, seen: int) -> None:
    image = build(program(Exec(0, 0, ahu()), scripts=(() if honest else (SLEEPER,),)))
    trace = run(image)
    assert trace.events[0] == Result(0, honest)
    events = (Result(0, seen), *trace.events[1:])
    verdict = check(image, attrs.evolve(trace, events=events))
    assert verdict.divergence is not None
    assert (verdict.divergence.clause, verdict.divergence.kind) == (clause, Kind.BLOCKING)


def test_nesting_that_is_allowed_is_blamed() -> None:
    image = build(program(Exec(0, 0, ahu()), scripts=((Exec(1, 1, ahu()),), ())))
    trace = run(image)
    first = trace.events[0]
    assert isinstance(first, Done)
    events = (attrs.evolve(first, value=1), *trace.events[1:])
    verdict = check(image, attrs.evolve(trace, events=events))
    assert verdict.divergence is not None
    assert (verdict.divergence.clause, verdict.divergence.kind) == ("THREAD-3", Kind.VALUE)


def test_an_event_of_a_threadlet_is_blamed_on_its_clause() -> None:
    """And the reading of v4 is named as the one that would explain it."""
    image = build(program(Exec(0, 0, ahu()), write(), Settle(), scripts=((SLEEPER,),)))
    posted = wander(image, Random(1), attrs.evolve(PINNED, threadlet_event=ThreadletEvent.POSTED))
    verdict = check(image, posted)
    assert verdict.divergence is not None
    assert verdict.divergence.clause == "THREAD-10"
    assert verdict.divergence.reading == "threadlet_event=posted"
    without = check(image, attrs.evolve(posted, hints=(), events=posted.events))
    assert without.outcome is Outcome.DIVERGENCE
