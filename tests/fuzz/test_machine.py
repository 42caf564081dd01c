# SPDX-License-Identifier: Apache-2.0
"""Findings for machines: JUnit and SARIF say what, where, how sure, and whether it fails."""

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from fuzz.findings.group import Group
from fuzz.findings.machine import Row, code_of, junit, sarif
from fuzz.findings.store import Store
from tests.cli.test_commands import FAULT, call
from tests.fuzz.test_findings import ORIGIN, finding

ROOT = Path(__file__).parents[2]


@pytest.fixture
def group(tmp_path: Path) -> Group:
    store = Store(tmp_path)
    store.write(finding(), ORIGIN)
    return next(iter(store.groups.values()))


def check_sarif(text: str) -> list[dict[str, Any]]:
    """What the schema of SARIF 2.1.0 demands of the parts that we write; gives the results."""
    log = json.loads(text)
    assert set(log) == {"$schema", "version", "runs"}
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    assert set(run) <= {"tool", "results", "columnKind"}
    driver = run["tool"]["driver"]
    assert driver["name"] == "syslet"
    assert len({x["id"] for x in driver["rules"]}) == len(driver["rules"])
    for result in run["results"]:
        assert set(result) <= {
            "ruleId", "ruleIndex", "level", "message", "locations", "partialFingerprints",
        }  # fmt: skip
        assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in {"none", "note", "warning", "error"}
        assert result["message"]["text"]
        (location,) = result["locations"]
        physical = location["physicalLocation"]
        assert "\\" not in physical["artifactLocation"]["uri"]
        assert not physical["artifactLocation"]["uri"].startswith("/")
        assert physical["region"]["startLine"] >= 1
        assert all(isinstance(x, str) for x in result["partialFingerprints"].values())
    results: list[dict[str, Any]] = run["results"]
    return results


def test_the_code_of_a_clause_is_where_it_is_named() -> None:
    place = code_of("RING-1")
    assert place is not None
    lines = (ROOT / place.path).read_text().splitlines()
    assert place.name in " ".join(lines[place.line - 1 : place.line + 2])
    assert code_of("TARGET") is None


def test_sarif_has_a_rule_a_place_and_a_level(group: Group) -> None:
    new, known = check_sarif(sarif("1.0", [Row(group, True, "new"), Row(group, False, "NOT CONFIRMED")]))
    assert (new["level"], known["level"]) == ("error", "note")
    assert new["ruleId"] == group.signature[0]
    assert new["partialFingerprints"]["signature/v1"] == group.folder.name
    assert "NOT CONFIRMED" in known["message"]["text"]
    assert check_sarif(sarif("1.0", [])) == []
    (nowhere,) = check_sarif(sarif("1.0", [Row(group, True, "new")], where=lambda _: None))
    assert nowhere["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": "smallest.syslet"}


def test_junit_counts_and_times(group: Group) -> None:
    data = junit("syslet fuzz", [Row(group, True, "new", 1.25), Row(group, False, "a known group, met again")], 3.0)
    (suite,) = ElementTree.fromstring(data)
    assert [suite.get(x) for x in ("tests", "failures", "skipped", "errors", "time")] == ["2", "1", "1", "0", "3.000"]
    first, second = suite
    assert (first.get("time"), first.get("file", "").split("/")[0]) == ("1.250", "native")
    assert int(first.get("line", "0")) > 0
    assert [x.tag for x in first] == ["failure"]
    assert [x.tag for x in second] == ["skipped"]
    (fine,) = ElementTree.fromstring(junit("syslet fuzz", [], 3.0))
    assert (fine.get("tests"), [x.tag for x in fine]) == ("1", ["testcase"])


def test_text_that_xml_cannot_hold_is_replaced(group: Group) -> None:
    group.mended = group.smallest.read_bytes() + b"# \x1b[31m\n"
    assert b"\x1b" not in junit("x", [Row(group, True, "new")], 0.0)


@pytest.mark.slow
def test_a_campaign_and_triage_write_both(tmp_path: Path) -> None:
    files = ("--junit-xml", str(tmp_path / "j.xml"), "--sarif", str(tmp_path / "s.sarif"))
    campaign = ("fuzz", "--engine", "random", "--seed", "1", "--runs", "600", "--findings", str(tmp_path / "f"))
    assert call(*campaign, *FAULT, *files).exit_code == 1
    results = check_sarif((tmp_path / "s.sarif").read_text())
    assert results
    assert {x["level"] for x in results} == {"error"}
    assert call(*campaign, *FAULT, *files).exit_code == 0
    assert {x["level"] for x in check_sarif((tmp_path / "s.sarif").read_text())} <= {"note"}
    assert call("triage", str(tmp_path / "f"), *FAULT, *files).exit_code == 1
    (suite,) = ElementTree.parse(tmp_path / "j.xml").getroot()
    assert int(suite.get("failures", "0")) == len(results)
    assert all(float(x.get("time", "0")) > 0 for x in suite)
    assert call("triage", str(tmp_path / "f"), *FAULT, "--sarif", "/nowhere/x").exit_code == 2
