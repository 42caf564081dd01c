# SPDX-License-Identifier: Apache-2.0
"""`syslet show`: programs, targets, traces and findings as pictures."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from fuzz.cli import syslet
from fuzz.findings import Origin, Store
from fuzz.oracle import judge
from fuzz.text import parse
from native.target import HostTarget

FAULT = ("--target", "host", "--fault", "EVENT_OF_FIRST_ATOM")
PROGRAM = "corpus/litmus/async-second-atom-blocks.syslet"


def call(*arguments: str) -> Result:
    return CliRunner().invoke(syslet, list(arguments))


def test_a_program_is_shown_on_the_model_and_on_a_target() -> None:
    for options in ((), ("--target", "host")):
        result = call("show", PROGRAM, *options)
        assert result.exit_code == 0, result.output
        assert "hand-over: task 1 is the head now" in result.output
        assert "divergence" not in result.output


def test_both_sides_of_a_divergence_or_one() -> None:
    both = call("show", PROGRAM, *FAULT, "--width", "140").output
    assert "divergence: ring state" in both
    assert "the specification allows" in both
    assert "first difference" in both
    one = call("show", PROGRAM, *FAULT, "--against", "nothing").output
    assert "the specification allows" not in one
    assert "host shows" in one


@pytest.mark.parametrize("medium", ["svg", "html", "perfetto"])
def test_media_go_to_files(medium: str, tmp_path: Path) -> None:
    out = tmp_path / "picture"
    result = call("show", PROGRAM, *FAULT, "--as", medium, "-o", str(out))
    assert result.exit_code == 0, result.output
    assert result.output == ""
    written = out.read_text(encoding="utf-8")
    if medium == "svg":
        ElementTree.fromstring(written)
    elif medium == "perfetto":
        names = {e["args"]["name"] for e in json.loads(written)["traceEvents"] if e.get("name") == "process_name"}
        assert len(names) == 2
    else:
        assert written.startswith("<!doctype html>")


def test_traces_with_and_without_their_program(tmp_path: Path) -> None:
    trace = tmp_path / "trace.json"
    trace.write_text(call("run", PROGRAM, "--target", "host", "--json").output)
    assert "hand-over: task 1 is the head now" in call("show", PROGRAM, str(trace)).output
    assert "the program is not known" in call("show", str(trace)).output


def test_the_folder_of_a_finding_needs_nothing_else(tmp_path: Path) -> None:
    program = parse(Path(PROGRAM).read_text(encoding="utf-8")).program
    with HostTarget(fault="EVENT_OF_FIRST_ATOM") as target:
        judgement = judge(program, target)
    group = Store(tmp_path / "findings").write(judgement, Origin("random", 7, "build", 1)).parent
    trace = next(group.glob("*/target-trace.json"))
    for what in (group, trace.parent, trace):
        shown = call("show", str(what))
        assert shown.exit_code == 0, shown.output
        assert "first difference" in shown.output
    assert call("show", str(tmp_path)).exit_code == 2


def test_what_cannot_be_written_or_read_is_said(tmp_path: Path) -> None:
    assert call("show", PROGRAM, "-o", str(tmp_path / "no" / "folder")).exit_code == 2
    assert call("show", str(tmp_path / "nothing.syslet")).exit_code == 2
    assert call("show", PROGRAM, "--ascii").output.isascii()
