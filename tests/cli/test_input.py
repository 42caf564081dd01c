# SPDX-License-Identifier: Apache-2.0
"""What may be given as a program: texts, encoded files, findings. What looks like something else is refused."""

import json
import os
import tempfile
from pathlib import Path

import pytest

from fuzz.generate import codec
from fuzz.text import parse
from tests.cli.test_commands import FAULT, GOOD, call

PRINTABLE = b"Abcd 123\nefgh"
LIBFUZZER = "crash-" + "0123456789abcdef" * 2 + "01234567"


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("stop.json", b'{"format": "syslet-trace", "version": 2, "events": [], "tids": []}', "this is a trace"),
        ("other.json", b'{"name": "x"}', "this is JSON"),
        ("list.json", b"[1, 2]", "this is JSON"),
        ("p.txt", b"# A program.\nsylset 1\nsettle\n", "p.txt:2:1: expected 'syslet 1'"),
        ("prog.c", b"#include <stdio.h>\nint main(void) { return 0; }\n", "not a program"),
        ("notes", "Übrigens: kein Programm".encode(), "not a program"),
        ("word", b"settle", "not a program"),
        ("nothing", b"", "empty"),
        ("blank.txt", b"\n \n", "empty"),
        ("nothing.syslet", b"", "expected 'syslet 1'"),
    ],
)
@pytest.mark.parametrize("command", ["run", "explain"])
def test_what_is_no_program_is_refused_and_told_what_it_is(
    command: str, name: str, data: bytes, says: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(data)
    result = call(command, str(tmp_path / name))
    assert result.exit_code == 2, result.output
    assert says in result.output
    assert "step 0" not in result.output


@pytest.mark.parametrize(("data", "says"), [(b"", "-: empty"), (b"sylset 1\nsettle\n", "-:1:1: expected 'syslet 1'")])
def test_standard_input_is_looked_at_as_well(data: bytes, says: str) -> None:
    result = call("explain", "-", stdin=data)
    assert result.exit_code == 2
    assert says in result.output


def test_bytes_are_a_program_and_printable_ones_under_a_name_for_bytes(tmp_path: Path) -> None:
    assert call("run", "-", stdin=b"\0\1\2\n").exit_code == 0
    for name in ("p.bin", LIBFUZZER, LIBFUZZER.removeprefix("crash-")):
        (tmp_path / name).write_bytes(PRINTABLE)
        assert call("run", str(tmp_path / name)).exit_code == 0
    (tmp_path / "p").write_bytes(PRINTABLE)
    refused = call("run", str(tmp_path / "p"))
    assert refused.exit_code == 2
    assert ".bin" in refused.output
    assert codec.decode(PRINTABLE).steps, "it is a program"


def test_what_libfuzzer_keeps_can_be_minimized(tmp_path: Path) -> None:
    crash = tmp_path / LIBFUZZER
    crash.write_bytes(codec.encode(parse(GOOD).program))
    result = call("minimize", str(crash), *FAULT)
    assert result.exit_code == 1
    assert parse(result.output).program.steps


def test_a_program_in_the_place_of_a_trace_is_called_one(tmp_path: Path) -> None:
    (tmp_path / "p.syslet").write_text(GOOD)
    (tmp_path / "t.json").write_text(call("run", str(tmp_path / "p.syslet"), "--json").output)
    result = call("check", str(tmp_path / "t.json"), str(tmp_path / "p.syslet"))
    assert result.exit_code == 2
    assert "PROG comes first" in result.output
    result = call("check", str(tmp_path / "p.syslet"), str(tmp_path / "p.syslet"))
    assert "this is a program" in result.output


@pytest.fixture
def findings(tmp_path: Path) -> Path:
    folder = tmp_path / "findings"
    arguments = ("--engine", "random", "--seed", "3", "--runs", "400", "--strict", "--findings", str(folder))
    assert call("fuzz", *arguments, "--fault", "EVENT_OF_FIRST_ATOM").exit_code == 1
    return folder


@pytest.mark.slow
def test_a_finding_is_given_by_its_folder(findings: Path) -> None:
    (group,) = (x.parent for x in findings.glob("*/signature.json"))
    (finding,) = (x for x in group.iterdir() if x.is_dir())
    for command in ("diff", "minimize"):
        told = [call(command, str(x), "--fault", "EVENT_OF_FIRST_ATOM") for x in (group, finding)]
        assert [x.exit_code for x in told] == [1, 1]
        whole = call(command, str(group / "smallest.syslet"), "--fault", "EVENT_OF_FIRST_ATOM")
        assert told[0].output == whole.output
    assert call("explain", str(finding)).exit_code == 0


@pytest.mark.slow
def test_a_finding_without_its_options_says_which_are_missing(findings: Path, tmp_path: Path) -> None:
    (group,) = (x.parent for x in findings.glob("*/signature.json"))
    (finding,) = (x for x in group.iterdir() if x.is_dir())
    line = "found with --fault EVENT_OF_FIRST_ATOM; this target has no fault: add --fault EVENT_OF_FIRST_ATOM"
    for place in (group, finding, group / "smallest.syslet"):
        assert call("diff", str(place)).output.splitlines()[-1] == line
        assert line in call("minimize", str(place)).stderr
    assert json.loads(call("diff", str(group), "--json").stdout)["hint"] == line
    assert f"    {line}\n" in call("triage", str(findings)).output
    assert json.loads(call("triage", str(findings), "--json").stdout)[0]["hint"] == line
    fault = ("--fault", "EVENT_OF_FIRST_ATOM")
    for command, place in (("diff", group), ("minimize", group), ("triage", findings)):
        assert "found with" not in call(command, str(place), *fault).output
    (tmp_path / "copy.syslet").write_bytes((group / "smallest.syslet").read_bytes())
    assert "found with" not in call("diff", str(tmp_path / "copy.syslet")).output


def test_a_finding_of_another_target_and_build_says_so(tmp_path: Path) -> None:
    (tmp_path / "program.syslet").write_bytes(Path("corpus/litmus/hello.syslet").read_bytes())
    (tmp_path / "finding.json").write_text(json.dumps({"version": 1, "target": "uml", "build": "asan", "fault": ""}))
    last = call("diff", str(tmp_path)).output.splitlines()[-1]
    assert last == (
        "found with --target uml --build asan; this target is host, this build is fast: add --target uml --build asan"
    )


@pytest.mark.slow
@pytest.mark.parametrize("command", ["diff", "show", "minimize"])
def test_a_folder_of_findings_says_what_to_pass(command: str, findings: Path, tmp_path: Path) -> None:
    (group,) = (x.parent for x in findings.glob("*/signature.json"))
    result = call(command, str(findings))
    assert result.exit_code == 2
    assert f"with one group; pass a group: {group}" in result.output
    (tmp_path / "empty").mkdir()
    nothing = call(command, str(tmp_path / "empty"))
    assert nothing.exit_code == 2
    assert "no finding" in nothing.output


def test_a_finding_says_in_which_mode_it_was_met(tmp_path: Path) -> None:
    text = Path("corpus/litmus/object-lock-makes-a-call-sleep.syslet").read_text()
    (tmp_path / "program.syslet").write_text(text.replace("#: preempt deep\n", ""))
    (tmp_path / "finding.json").write_text(json.dumps({"version": 1, "preempt": "deep"}))
    told = call("run", str(tmp_path)).output
    assert told == call("run", str(tmp_path / "program.syslet"), "--preempt", "deep").output
    assert told != call("run", str(tmp_path / "program.syslet"), "--preempt", "points").output


def test_a_program_that_the_guest_cannot_see_is_refused() -> None:
    with tempfile.NamedTemporaryFile(dir="/tmp") as program:
        result = call("boot", "--", program.name)
    assert result.exit_code == 2
    assert "lies below /tmp, and the guest has a /tmp of its own" in result.output


def test_what_never_ends_is_not_read_to_its_end(tmp_path: Path) -> None:
    (tmp_path / "p.syslet").write_text(GOOD)
    for arguments in (("check", str(tmp_path / "p.syslet"), "/dev/zero"), ("run", "/dev/zero")):
        result = call(*arguments)
        assert result.exit_code == 2
        assert "/dev/zero: more than" in result.output


def test_a_file_may_have_any_name(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"\xff.syslet")
    path.write_text(GOOD)
    assert json.loads(call("replay", str(path), "--json").stdout)[0]["verdict"] == "allowed"
    assert call("show", str(path), "-o", str(tmp_path / "p.html")).exit_code == 0


def test_the_mark_that_windows_puts_before_a_text_is_no_part_of_it(tmp_path: Path) -> None:
    for name in ("p.syslet", "p"):
        (tmp_path / name).write_text(GOOD, encoding="utf-8-sig")
        assert call("run", str(tmp_path / name)).exit_code == 0
