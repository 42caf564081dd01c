# SPDX-License-Identifier: Apache-2.0
"""All outcomes, and the choices that lead to them: against brute force, and by running what was chosen."""

from pathlib import Path
from random import Random

import attrs
import pytest

from fuzz.ask.answer import Answer, answer
from fuzz.ask.choices import Guide
from fuzz.ask.outcomes import explore, key
from fuzz.cover.tally import Tally
from fuzz.schedule.decisions import choose_line, choose_words
from fuzz.text import parse, print_program
from model import clauses
from model import image as layout
from model.clauses import CLAUSES
from model.program import MAX_CHOICES, Program
from model.spec import run
from model.trace import End, Ended, Trace
from model.variant import PINNED, RefillFailure
from native.targets.host import HostTarget
from tests.model.outcomes import EverySplit, outcomes
from tests.native.random_programs import program as random_program

CORPUS = Path(__file__).parents[2] / "corpus"
RACES = (
    "litmus/umem-add-race",
    "litmus/umem-add-is-not-atomic",
    "litmus/two-timers-in-one-tick",
    "litmus/futex-wakes-so-many",
    "litmus/pipe-two-readers-one-wins",
    "litmus/three-completions-in-any-order",
    "litmus/two-structures-share-a-ring",
)
SMALL = ("litmus/umem-add-race", "litmus/two-timers-in-one-tick", "litmus/hello")


def program(name: str) -> Program:
    return parse((CORPUS / f"{name}.syslet").read_text()).program


def with_choice(answered: Answer, line: str) -> Program:
    """The program with that line pasted into its text."""
    bare = attrs.evolve(answered.program, chooser=())
    text = print_program(bare).replace("syslet 1\n", f"syslet 1\n{line}\n", 1)
    return parse(text).program


@pytest.mark.parametrize("name", SMALL)
def test_as_many_as_by_brute_force(name: str) -> None:
    found = explore(layout.build(program(name)), PINNED)
    everything, _ = outcomes(program(name), EverySplit)
    assert found.complete
    assert len(found.outcomes) == len(everything)


@pytest.mark.parametrize("name", RACES)
def test_each_choice_leads_to_its_outcome(name: str) -> None:
    answered = answer(program(name))
    assert answered.complete
    assert len({key(x.events) for x in answered.outcomes}) == len(answered.outcomes)
    for outcome in answered.outcomes:
        assert outcome.choose is not None
        again = run.run(layout.build(with_choice(answered, outcome.choose)))
        assert key(again.events) == key(outcome.events)


@pytest.mark.parametrize("name", RACES)
def test_each_choice_leads_a_target_there_as_well(name: str, host: HostTarget) -> None:
    answered = answer(program(name))
    for outcome in answered.outcomes:
        assert outcome.choose is not None
        trace = host.run(layout.build(with_choice(answered, outcome.choose)))
        assert isinstance(trace, Trace)
        assert trace.events == outcome.events


@pytest.mark.parametrize("name", RACES)
def test_each_path_leads_to_its_outcome(name: str) -> None:
    image = layout.build(program(name))
    for events, path in explore(image, PINNED).outcomes.values():
        chooser = Guide(image, PINNED)
        taken = chooser.follow(path)
        assert key(taken.events) == key(events)
        assert key(chooser.take(taken.options).events) == key(events)
        short = chooser.shorten(taken.options, key(events))
        assert sum(map(bool, short)) <= sum(map(bool, taken.options))
        assert key(chooser.take(short).events) == key(events)


@pytest.mark.parametrize("seed", [1033, 1098, *range(12)])
def test_paths_of_random_programs_lead_to_their_outcomes(seed: int) -> None:
    """Heads that sleep and go on by themselves, wake-ups to choose, whole stretches of time."""
    image = layout.build(random_program(Random(seed)))
    chooser = Guide(image, PINNED)
    for events, path in explore(image, PINNED, budget=400).outcomes.values():
        assert key(chooser.follow(path).events) == key(events)


def test_three_completions_come_in_any_order() -> None:
    answered = answer(program("litmus/three-completions-in-any-order"))
    assert len(answered.outcomes) == 6
    assert {free.outcome for free in answered.freedom} == {1, 2, 3, 4, 5}
    assert answered.outcomes[0].choose == ""


def test_the_told_run_is_the_one_of_the_programs_own_choices() -> None:
    bare = program("litmus/umem-add-race")
    other = next(x for x in answer(bare).outcomes if x.choose)
    assert other.choose
    chosen = with_choice(answer(bare), other.choose)
    assert key(answer(chosen).outcomes[0].events) == key(other.events)


def test_with_choices_of_its_own_the_run_without_any_is_reached_by_none() -> None:
    chosen = with_choice(answer(program("litmus/three-completions-in-any-order")), "choose 9:2")
    first, second, *rest = [x.choose for x in answer(chosen).outcomes]
    assert (first, second) == ("choose 9:2", "")
    assert all(rest)


@pytest.mark.slow
@pytest.mark.parametrize("path", sorted(CORPUS.rglob("*.syslet")), ids=lambda path: path.stem)
def test_no_clause_of_a_run_is_lost(path: Path) -> None:
    """What applies in the told run, or in one that goes another way once, is what the answer rests on."""
    asked = parse(path.read_text()).program
    image = layout.build(asked)
    met = answer(asked, budget=300).met
    turned = [] if image.choices else [attrs.evolve(image, choices=bytes([skip << 3 | 1])) for skip in range(0, 12, 3)]
    for each in (image, *turned):
        tally = Tally()
        run.run(each, listener=tally)
        assert {CLAUSES[name].number for name in tally.clauses} <= met


def test_a_sleep_that_no_trace_shows_counts() -> None:
    for name in ("three-completions-in-any-order", "two-timers-in-one-tick", "pipe-close-wakes-the-writer"):
        assert clauses.MOVE_3 in answer(program(f"litmus/{name}")).met, name


def test_a_search_that_was_cut_says_so() -> None:
    answered = answer(program("litmus/three-completions-in-any-order"), budget=20)
    assert not answered.complete
    assert answered.effort == 20


def test_no_freedom_is_one_outcome() -> None:
    answered = answer(program("litmus/loop-counts-down"))
    assert (len(answered.outcomes), answered.freedom, answered.complete) == (1, (), True)


@pytest.mark.slow
def test_fuel_is_competed_for() -> None:
    answered = answer(program("regressions/two-chains-share-the-fuel"))
    ends = [x.events[-1] for x in answered.outcomes]
    assert all(isinstance(x, Ended) and x.end is End.FUEL for x in ends)
    assert len(ends) > 1


def test_another_reading_has_other_outcomes() -> None:
    refused = program("litmus/no-spare-and-no-stack-is-refused")
    pinned = answer(refused)
    other = answer(refused, attrs.evolve(PINNED, refill_failure=RefillFailure.RUN_SYNC))
    assert key(pinned.outcomes[0].events) != key(other.outcomes[0].events)


def test_choices_are_written_as_the_grammar_has_them() -> None:
    assert choose_line(()) == ""
    assert choose_line((0, 0, 1, 2, 0)) == "choose 2:1 0:2"
    assert choose_words((*[0] * 40, 3)) == ((31, 0), (8, 3))
    assert choose_line((8,)) is None
    assert choose_line((1,) * (MAX_CHOICES + 1)) is None
