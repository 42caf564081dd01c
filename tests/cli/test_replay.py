# SPDX-License-Identifier: Apache-2.0
"""`replay`: what it says of files that cannot be read, of failed expectations, and of promises that are not kept."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.cli.test_commands import FAULT, GOOD, call

WRONG = GOOD.replace("expect w0 = 5", "expect w0 = 6")


def test_a_file_that_cannot_be_read_stops_no_other(tmp_path: Path) -> None:
    for name, text in (("a", "syslet 1\nsetle\n"), ("b", GOOD), ("c", "")):
        (tmp_path / f"{name}.syslet").write_text(text)
    (tmp_path / "d.syslet").write_bytes(b"syslet 1\n\xff\n")
    report = tmp_path / "junit.xml"
    result = call("replay", str(tmp_path), "/nowhere", "--junit-xml", str(report))
    assert result.exit_code == 2
    assert "a.syslet: unreadable" in result.output
    assert "a.syslet:2:1: unknown word 'setle'" in result.output
    assert "/nowhere: No such file" in result.output
    assert result.output.endswith("1 passed, 0 failed, 4 unreadable\n")
    suite = ElementTree.parse(report).getroot()[0]
    assert [suite.get(x) for x in ("tests", "failures", "errors")] == ["5", "0", "4"]
    assert len(suite.findall("testcase/error")) == 4


def test_what_fails_weighs_more_than_what_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "a.syslet").write_text("")
    (tmp_path / "b.syslet").write_text(WRONG)
    result = call("replay", str(tmp_path), "--json")
    assert result.exit_code == 1
    assert [x["verdict"] for x in json.loads(result.stdout)] == ["unreadable", "allowed"]


def test_an_expectation_that_fails_alike_is_told_once(tmp_path: Path) -> None:
    (tmp_path / "p.syslet").write_text(WRONG)
    output = call("replay", str(tmp_path)).output
    assert output.count("expected w0 = 6, saw 5") == 1
    assert "on both sides: " in output
    differs = call("replay", str(tmp_path), *FAULT).output
    assert "on the model: " in differs
    assert "on the target: " in differs
    assert "on both sides" not in differs


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("clause NOSUCH-99", "no clause is called 'NOSUCH-99'"),
        ("clause RING-33", "did you mean 'RING-3'?"),
        ("clause RING-3", "the run does not meet RING-3"),
        ("switch ring_ful", "did you mean 'ring_full'?"),
    ],
)
def test_a_promise_that_is_not_kept_is_warned_of(line: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "p.syslet").write_text(GOOD.replace("syslet 1\n", f"syslet 1\n#: decision D1\n#: {line}\n"))
    report = tmp_path / "junit.xml"
    result = call("replay", str(tmp_path / "p.syslet"), "--junit-xml", str(report))
    assert result.exit_code == 0
    assert "p.syslet:3: " in result.stderr
    assert says in result.stderr
    assert result.stdout.endswith("\n1 passed, 0 failed\n")
    suite = ElementTree.parse(report).getroot()[0]
    assert says in str(suite.findtext("testcase/system-err"))


def test_a_promise_that_is_kept_is_not() -> None:
    """By the run itself, by another reading, or in the mode that the file is meant for."""
    result = call("replay", "corpus/litmus")
    assert result.exit_code == 0
    assert result.stderr == ""


def test_a_finding_tells_what_was_broken_and_promises_nothing(tmp_path: Path) -> None:
    (tmp_path / "p.syslet").write_text(GOOD.replace("syslet 1\n", "syslet 1\n#: clause RING-3\n#: kind ring state\n"))
    assert call("replay", str(tmp_path)).stderr == ""
