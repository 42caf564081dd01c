# SPDX-License-Identifier: Apache-2.0
"""What makes a campaign fail, and what is said of minimizing that was cut: it goes on later, and says plain words."""

from pathlib import Path

import pytest

from fuzz.campaign import stats as s
from fuzz.campaign.options import Options
from fuzz.campaign.panel import summary
from fuzz.campaign.run import Outcome
from fuzz.campaign.session import Session
from fuzz.findings.group import Group
from fuzz.findings.store import Store
from fuzz.minimize import Predicate, minimize
from fuzz.minimize.witness import work_up
from fuzz.oracle import judge
from fuzz.text import parse, print_program
from model import image as layout
from model.program import Program
from model.spec import run
from model.variant import BadNrStores, Variant
from model.verdict import Kind
from native.targets.host import Failure
from tests.fuzz.targets import ModelTarget
from tests.fuzz.test_oracle import BAD_NUMBER, program

READING = Variant(bad_nr_stores=BadNrStores.YES)
LONG = BAD_NUMBER + "settle\nadvance 7\nsettle\nadvance 9\nsettle\n"


def outcome(groups: list[Group], *, new: bool = True, unwritten: int = 0) -> Outcome:
    counted = {"unwritten": unwritten, "findings_known": 0}
    return Outcome(counted, {}, groups, groups if new else [], [] if new else groups, "", 1.0, {}, [])


def found(folder: Path, target: ModelTarget, text: str) -> list[Group]:
    session = Session({"host": target}, Options(findings=str(folder)), s.Stats.private())
    session.evaluate(program(text))
    return list(Store(folder).groups.values())


@pytest.mark.parametrize(
    ("fail_on", "new", "known"), [("new", True, False), ("any", True, True), ("none", False, False)]
)
def test_what_fails_is_asked_for(tmp_path: Path, fail_on: str, new: bool, known: bool) -> None:
    groups = found(tmp_path, ModelTarget(READING), BAD_NUMBER)
    assert outcome(groups).fails(fail_on) is new
    assert outcome(groups, new=False).fails(fail_on) is known
    assert not outcome([]).fails(fail_on)


def test_what_was_not_confirmed_fails_nothing_and_says_how_sure_it_is(tmp_path: Path) -> None:
    answers = iter([Failure(Kind.CRASH, "killed by signal 9")])
    groups = found(tmp_path, ModelTarget(special=lambda _: next(answers, None)), "syslet 1\nexit 3\n")
    assert [group.starts for group in groups] == [(0, 5)]
    assert not any(outcome(groups).fails(x) for x in ("new", "any", "none"))
    stats = s.Stats.private()
    stats.counters.runs = 1
    text = summary(s.Totals([stats]), 1.0, tmp_path, groups)
    assert "NOT CONFIRMED: none of 5 fresh starts" in text


def test_a_new_finding_that_had_no_room_fails_all_the_same() -> None:
    assert outcome([], unwritten=1).fails("new")
    assert not outcome([], unwritten=1).fails("none")


def test_a_strict_campaign_goes_on_over_what_is_not_confirmed(tmp_path: Path) -> None:
    answers = iter([Failure(Kind.CRASH, "killed by signal 9")])
    target = ModelTarget(special=lambda _: next(answers, None))
    session = Session({"host": target}, Options(findings=str(tmp_path), strict=True), s.Stats.private())
    session.evaluate(program("syslet 1\nexit 3\n"))
    assert session.stats.counters.findings_new == 1


def test_what_was_cut_is_said_and_goes_on_to_the_same_end(tmp_path: Path) -> None:
    target = ModelTarget(READING)
    options = Options(findings=str(tmp_path), minimize_runs=2)
    session = Session({"host": target}, options, s.Stats.private())
    session.evaluate(program(LONG))
    (group,) = Store(tmp_path).groups.values()
    assert group.cut is not None
    assert group.broken_off is None
    assert "cut: minimizing used up its allowance" in summary(s.Totals([session.stats]), 1.0, tmp_path, [group])
    store = Store(tmp_path)
    store.add_witness(group.cut, work_up(judge(group.program, target), target))
    (group,) = Store(tmp_path).groups.values()
    assert group.cut is None
    at_once = work_up(judge(program(LONG), target), target).judgement
    assert at_once is not None
    assert group.program == at_once.program


@pytest.mark.parametrize("line", ["\nstore h0+0x2d = 0x7000000000", "init h0+0x2d = 0x7000000000\n"])
def test_a_stack_is_said_in_plain_words(line: str) -> None:
    text = f"timespec t0 = 5ms\nhead h0 ring=r0 slots=4\natom a0 = nanosleep(t0)\n{line}\nasync_exec(a0, h0)\n"

    def hands_over(candidate: Program) -> bool:
        return run.run(layout.build(candidate)).handovers > 0

    start = parse(f"syslet 1\n{text}").program
    assert hands_over(start)
    smallest = print_program(minimize(start, Predicate(hands_over)).program)
    assert "h0+" not in smallest
    assert "refill h0" in smallest or "stack=top" in smallest
