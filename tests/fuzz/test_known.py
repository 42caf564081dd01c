# SPDX-License-Identifier: Apache-2.0
"""Findings that are known: the list, what it explains, and that it cannot rot."""

from pathlib import Path

import pytest

from fuzz.campaign import stats
from fuzz.campaign.explained import look
from fuzz.campaign.options import Options
from fuzz.campaign.session import _SEARCH_EVERY, Session
from fuzz.findings import known
from fuzz.findings.store import Store
from fuzz.text import parse
from model.variant import BadNrStores, Variant
from tests.cli.test_commands import FAULT, GOOD, call
from tests.fuzz.targets import ModelTarget
from tests.fuzz.test_findings import ORIGIN, finding
from tests.fuzz.test_oracle import BAD_NUMBER, program

READING = Variant(bad_nr_stores=BadNrStores.YES)


@pytest.fixture
def listed(tmp_path: Path) -> Path:
    """A list with one entry, added from a folder of findings."""
    Store(tmp_path / "findings").write(finding(), ORIGIN)
    file = tmp_path / "known.toml"
    made = call("known", "add", str(tmp_path / "findings"), "--reason", 'it is "so"', "--known", str(file))
    assert made.exit_code == 0, made.output
    assert "1 added, 1 in all" in made.output
    return file


def test_what_is_added_is_read_back(listed: Path) -> None:
    (entry,) = known.load(listed)
    assert entry.signature == finding().signature
    assert entry.reason == 'it is "so"'
    assert entry.case().program == finding().program
    again = call("known", "add", str(listed.parent / "findings"), "--reason", "x", "--known", str(listed))
    assert "0 added, 1 in all" in again.output


def test_one_group_alone_is_added(tmp_path: Path) -> None:
    Store(tmp_path / "findings").write(finding(), ORIGIN)
    (group,) = (tmp_path / "findings").glob("*-*")
    made = call("known", "add", str(group), "--reason", "x", "--known", str(tmp_path / "k.toml"))
    assert "1 added" in made.output, made.output


def test_a_known_finding_is_counted_and_written_nowhere(tmp_path: Path) -> None:
    signature = finding().signature
    assert signature is not None
    options = Options(findings=str(tmp_path / "f"), explained=(signature,), strict=True)
    run = Session({"host": ModelTarget(READING)}, options, stats.Stats.private())
    run.evaluate(program(BAD_NUMBER))
    assert run.stats.counters.findings_known == 1
    assert run.stats.counters.findings_new == 0
    assert not (tmp_path / "f").exists()


def test_of_its_kind_every_twentieth_is_searched(tmp_path: Path) -> None:
    signature = finding().signature
    assert signature is not None
    options = Options(findings=str(tmp_path / "f"), explained=(signature,))
    run = Session({"host": ModelTarget(READING)}, options, stats.Stats.private())
    for number in range(2 * _SEARCH_EVERY + 1):
        run.evaluate(program(BAD_NUMBER + f"advance {number + 1}\n"))
    counters = run.stats.counters
    assert counters.divergence == counters.findings_known == 3, "the first one, and every twentieth"
    assert counters.unsearched == 2 * _SEARCH_EVERY - 2
    assert counters.unknown == 0
    assert counters.runs == counters.divergence + counters.unsearched


def test_an_entry_that_no_longer_diverges_is_told_of(listed: Path) -> None:
    entries = known.load(listed)
    (there,) = look(entries, {"host": ModelTarget(READING)})
    assert not there.stale
    (gone,) = look(entries, {"host": ModelTarget()})
    assert gone.stale
    assert "no longer shows this (allowed); remove the entry" in str(gone)
    assert not look(entries, {})[0].stale, "its target is not there"


@pytest.mark.slow
def test_the_command_checks_the_list_and_a_campaign_goes_by_it(tmp_path: Path) -> None:
    findings, file = str(tmp_path / "findings"), str(tmp_path / "known.toml")
    campaign = ("fuzz", "--engine", "random", "--seed", "1", "--runs", "600", *FAULT)
    first = call(*campaign, "--findings", findings)
    assert first.exit_code == 1, first.output
    assert call("known", "add", findings, "--reason", "planted", "--known", file).exit_code == 0
    assert call("known", "check", "--known", file, *FAULT).exit_code == 0
    stale = call("known", "check", "--known", file)
    assert stale.exit_code == 4
    assert "remove the entry" in stale.output
    again = call(*campaign, "--findings", str(tmp_path / "other"), "--known", file)
    assert again.exit_code == 0, again.output
    assert call(*campaign, "--findings", str(tmp_path / "more"), "--known", file, "--fail-on", "any").exit_code == 1
    clean = call("fuzz", "--engine", "random", "--runs", "5", "--findings", str(tmp_path / "clean"), "--known", file)
    assert clean.exit_code == 0
    assert "remove the entry" in clean.output


WRONG = {
    "": "`version = 1` is missing",
    "version = 2\n": "another version",
    "version = 1\nother = 1\n": "nothing else",
    "version = 1\n[[known]]\nwitness = 'x'\n": "entry 1 needs",
    "version = 1\n[[known]]\nwitness='x'\nsignature=['a']\nreason='r'\ndate=2007-01-01\n": "a signature is three texts",
    "version = 1\n[[known]]\nwitness='x'\nsignature=['a','b','c']\nreason='r'\ndate='2007'\n": "without quotes",
    "version = 1\n[[known]]\nwitness='x'\nsignature=['a','b','c']\nreason=' '\ndate=2007-01-01\n": "reason has to be",
    "version =\n": "line 1",
}


@pytest.mark.parametrize(("text", "says"), WRONG.items())
def test_a_list_that_is_wrong_says_where(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "known.toml"
    file.write_text(text)
    result = call("known", "check", "--known", str(file))
    assert result.exit_code == 2
    assert says in result.output
    assert str(file) in result.output


def test_a_witness_that_is_not_there_says_so(listed: Path) -> None:
    for witness in (listed.parent / "known").iterdir():
        witness.unlink()
    result = call("known", "check", "--known", str(listed))
    assert result.exit_code == 2
    assert "No such file" in result.output


def test_witnesses_are_programs_that_replay_takes(listed: Path) -> None:
    (witness,) = (listed.parent / "known").iterdir()
    assert parse(witness.read_text()).program.steps
    assert parse(GOOD).program.steps
