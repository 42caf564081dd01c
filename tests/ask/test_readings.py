# SPDX-License-Identifier: Apache-2.0
"""Which other readings change an answer, how little of it may be printed, and what fails with `--strict`."""

import json
from pathlib import Path

import attrs
import pytest
from click.testing import CliRunner, Result

from fuzz.ask.answer import answer
from fuzz.ask.certainty import print_grounds
from fuzz.ask.outcomes import key
from fuzz.ask.readings import Reading, other_readings
from fuzz.cli import syslet
from fuzz.text import parse
from model import image as layout
from model.clauses import BY_NUMBER, CLAUSES
from model.program import Program
from model.variant import PINNED
from tests.ask.texts import ONE_SLOT

LITMUS = Path(__file__).parents[2] / "corpus" / "litmus"
FULL = LITMUS / "second-atom-blocks-and-the-ring-is-full.syslet"
THREE = LITMUS / "three-completions-in-any-order.syslet"
RACE = LITMUS / "umem-add-race.syslet"


def explain(path: Path, *options: str) -> Result:
    return CliRunner().invoke(syslet, ["explain", str(path), *options])


def program(path: Path) -> Program:
    return parse(path.read_text()).program


@pytest.fixture
def one_slot(tmp_path: Path) -> Path:
    path = tmp_path / "one-slot.syslet"
    path.write_text(ONE_SLOT)
    return path


def test_what_changes_the_outcome_comes_first_and_what_does_not_is_one_line() -> None:
    output = explain(FULL).output
    assert (
        "(`syslet spec ID` tells why):\n"
        "  likely: RING-3 A slot that is not NULL: the event is lost, slot and index stay (D11)\n"
        "    another reading gives other outcomes: --variant ring_full=overwrite\n"
    ) in output
    assert (
        "\n  also used; no other reading of them changes an outcome: STOP-6 (open), POOL-2 (open), ENTRY-1, MOVE-4\n"
        in output
    )
    assert "open: STOP-6" not in output


@pytest.mark.parametrize("path", [FULL, THREE, RACE], ids=lambda path: path.stem)
def test_what_is_said_of_a_reading_is_what_a_whole_answer_by_it_shows(path: Path) -> None:
    ours = answer(program(path))
    readings = other_readings(ours)
    assert readings
    variants = {f"{switch}={value}": variant for switch, value, variant in PINNED.others()}
    for reading in readings:
        theirs = answer(program(path), variants[str(reading)])
        assert theirs.complete
        same = {key(x.events) for x in theirs.outcomes} == {key(x.events) for x in ours.outcomes}
        assert reading.outcomes is not same, reading


def test_only_readings_of_clauses_that_applied_are_tried() -> None:
    ours = answer(program(THREE))
    applied = {BY_NUMBER[number].switch for number in ours.met}
    assert {x.switch for x in other_readings(ours) or ()} <= applied
    data = json.loads(explain(FULL, "--json").output)["rests_on"]
    (ring,) = (x["readings"] for x in data if x["id"] == "RING-3")
    assert ring == [{"switch": "ring_full", "value": "overwrite", "outcomes": True, "orders": False, "complete": True}]


def test_orders_of_completion_are_compared_too(one_slot: Path) -> None:
    output = explain(one_slot, "--variant", "ring_full=overwrite").output
    assert "\nthe same outcomes, reached by other choices\n" in output
    assert "\n- no longer an order of completion: r0: a0\n" in output
    assert "\n+ now an order of completion: r0: a0, a1\n" in output
    assert "other orders, in the same outcomes: --variant ring_full=overwrite\n" in explain(one_slot).output


def test_of_a_search_that_was_cut_nothing_is_claimed() -> None:
    output = explain(THREE, "--budget", "60").output
    assert "the search was cut, so whether another reading changes an outcome was not looked at\n" in output
    assert "consulted" not in output
    assert other_readings(answer(program(THREE), budget=60)) is None


def test_a_reading_that_was_cut_is_only_said_to_have_changed_nothing_so_far() -> None:
    ours = answer(program(THREE))
    readings = other_readings(ours, budget=20)
    assert readings
    assert not any(x.changes or x.complete for x in readings)
    assert "no other reading of them changes an outcome as far as was looked: " in "\n".join(
        print_grounds(ours, readings=readings)
    )


def test_each_clause_says_only_what_its_own_switch_changes() -> None:
    ours = attrs.evolve(answer(program(FULL)), met=frozenset({CLAUSES["RING-3"].number, CLAUSES["STOP-6"].number}))
    readings = [
        Reading("resched_truncates", "yes", outcomes=True, orders=False, complete=True),
        Reading("ring_full", "overwrite", outcomes=False, orders=False, complete=True),
    ]
    assert print_grounds(ours, readings=readings)[1:] == [
        "  open: STOP-6 A pending reschedule does not truncate a chain (D7)",
        "    another reading gives other outcomes: --variant resched_truncates=yes",
        "  also used; no other reading of them changes an outcome: RING-3",
    ]


def test_brief_is_what_the_tail_of_an_answer_was_wanted_for() -> None:
    lines = explain(THREE, "--brief").output.splitlines()
    assert lines[0] == "6 outcomes (complete after 184 blocks)"
    assert "completions may arrive in 6 orders:" in lines
    assert lines[-1] == "expectations: all 12 hold in every outcome"
    assert not [line for line in lines if "task 0" in line or "left out" in line]


def test_brief_keeps_the_results_of_the_only_outcome() -> None:
    first = "one outcome, in every order of moves (complete after 10 blocks):\n"
    assert explain(FULL, "--brief").output.startswith(f"{first}  step 0 async_exec = NULL, step 2 write = 8\n\n")
    asleep = explain(LITMUS / "threadlet-sleeps-in-a-page-fault.syslet", "--brief").output
    assert "\n  step 0 threadlet_exec = 0\n\n" in asleep


def test_brief_has_warnings(tmp_path: Path) -> None:
    path = tmp_path / "p.syslet"
    path.write_text("syslet 1\npipe p0\natom a0 = read(p0.r, pg0, 8)\n\nsettle\n")
    assert explain(path, "--brief").output.startswith("warning: the read of a0 may write over a0")


def test_what_all_outcomes_show_is_left_out_unless_all_is_asked_for() -> None:
    output = explain(THREE).output
    whole = explain(THREE, "--all").output
    left = "  (left out: 28 lines that are the same in all; --all prints them)\n"
    assert left in output
    assert left not in whole
    assert len(whole.splitlines()) == len(output.splitlines()) + 28 - 1


def test_an_expectation_that_is_false_somewhere_fails_if_that_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "p.syslet"
    path.write_text(THREE.read_text().replace("r0[1] = a0 | a1 | a2", "r0[1] = a1"))
    assert CliRunner().invoke(syslet, ["replay", str(path)]).exit_code == 0, "it holds in the run without choices"
    assert explain(path).exit_code == 0
    failed = explain(path, "--strict")
    assert failed.exit_code == 1
    assert "FALSE in outcomes 2, 3, 4, 6 of 6" in failed.output
    assert explain(path, "--strict", "--json").exit_code == 1
    assert explain(THREE, "--strict").exit_code == 0
    assert explain(THREE, "--strict", "--budget", "60").exit_code == 3


def test_an_expectation_that_another_reading_does_not_meet_is_told() -> None:
    path = LITMUS / "full-ring-loses-the-second-event.syslet"
    result = explain(path, "--strict", "--variant", "ring_full=overwrite")
    assert result.exit_code == 1
    assert "\nwith ring_full=overwrite:\nexpectations: " in result.output
    assert "  FALSE in the only outcome: " in result.output
    assert explain(path, "--strict", "--variant", "half_posted=undo").exit_code == 0
    assert "expectations" not in explain(path, "--variant", "ring_full=overwrite").output


def test_a_choice_goes_another_way(tmp_path: Path) -> None:
    output = explain(RACE, "--choose", "2:1").output
    assert "outcome 1, the run above (choose 2:1):\n  step 1  umem_add(w0, 1)  = 1\n" in output
    pasted = tmp_path / "p.syslet"
    pasted.write_text(RACE.read_text().replace("syslet 1\n", "syslet 1\nchoose 2:1\n"))
    line = "expectations: "
    assert output.split(line)[0] == explain(pasted).output.split(line)[0]


def test_with_a_choice_the_run_without_any_is_called_so() -> None:
    output = explain(THREE, "--choose", "9:2").output
    assert "\noutcome 1, the run above (choose 9:2):\n" in output
    assert "\noutcome 2, without any choice:\n  step 9  settle: r0[0] = a0, r0[1] = a1, r0[2] = a2\n" in output
    assert "choose 0:1" not in output


def test_choices_replace_those_of_the_file_and_may_be_several() -> None:
    path = LITMUS / "umem-add-is-not-atomic.syslet"
    assert program(path).chooser
    other = explain(path, "--choose", "0:1 0:0", "--choose", "1:0").output
    assert "outcome 1, the run above (choose 0:1)" in other


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("2", "'2' is no choice; it is N:K"),
        ("a:1", "is no choice"),
        ("32:1", "choice skip 32"),
        ("0:8", "choice pick 8"),
    ],
)
def test_what_is_no_choice_is_said(words: str, told: str) -> None:
    result = explain(RACE, "--choose", words)
    assert result.exit_code == 2
    assert told in result.output.replace("\n", " ")


def test_by_hand_nothing_else_chooses() -> None:
    assert explain(RACE, "--interactive", "--choose", "0:1").exit_code == 2
    assert explain(RACE, "--interactive", "--strict").exit_code == 2


def test_other_readings_go_the_way_of_the_programs_own_choices() -> None:
    """The other readings run the program that was asked about, with its own choices."""
    path = LITMUS / "umem-add-is-not-atomic.syslet"
    assert layout.build(program(path)).choices
    assert not [x for x in other_readings(answer(program(path))) or () if x.outcomes]


def test_an_outcome_that_is_no_longer_possible_is_a_change_if_nothing_was_cut() -> None:
    ours = answer(program(THREE))
    lost = attrs.evolve(ours.outcomes[0], events=ours.outcomes[0].events[:-1])
    more = attrs.evolve(ours, outcomes=(*ours.outcomes, lost))
    assert all(x.outcomes for x in other_readings(more) or ())
    assert not any(x.outcomes for x in other_readings(more, budget=20) or ())
