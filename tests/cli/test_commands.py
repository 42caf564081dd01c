# SPDX-License-Identifier: Apache-2.0
"""The command line: exit status, help with an example, JSON, and errors for people."""

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from fuzz.bench import measure
from fuzz.campaign import engine_random
from fuzz.campaign.options import Options
from fuzz.cli import syslet
from fuzz.cli.campaign import next_steps
from fuzz.findings.group import Group
from fuzz.findings.store import Origin, Store
from fuzz.generate import codec
from fuzz.minimize import order
from fuzz.oracle import judge
from fuzz.text import parse
from fuzz.text.tracefile import from_json
from native.targets import faults
from native.targets.host import HostTarget

GOOD = """\
syslet 1
head h0 ring=r0 slots=4 stack=top
atom a0 = nr(999)() -> w0
init w0 = 5

async_exec(a0, h0)      => a0
settle
expect w0 = 5
"""
COMMANDS = ("fuzz", "replay", "run", "check", "diff", "show", "minimize", "triage", "bench", "spec", "explain", "cover")
FAULT = ("--fault", "BAD_NR_STORES")


HELLO = "corpus/litmus/hello.syslet"


def call(*arguments: str, stdin: bytes | None = None) -> Result:
    return CliRunner().invoke(syslet, list(arguments), input=stdin)


@pytest.fixture
def good(tmp_path: Path) -> str:
    path = tmp_path / "good.syslet"
    path.write_text(GOOD)
    return str(path)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(command: str) -> None:
    result = call(command, "--help")
    assert result.exit_code == 0
    assert f"syslet {command}" in result.output.split("Example", 1)[1]


def test_help_names_every_command_and_status() -> None:
    result = call("--help")
    assert all(f"\n  {command} " in result.output for command in COMMANDS)
    assert "77" in result.output


@pytest.mark.parametrize("target", ["model", "host"])
def test_run_prints_the_trace(good: str, target: str) -> None:
    result = call("run", good, "--target", target)
    assert result.exit_code == 0, result.output
    assert "async_exec(a0, h0)  = a0" in result.output
    assert "end done" in result.output


def test_run_takes_text_bytes_and_standard_input(good: str, tmp_path: Path) -> None:
    encoded = tmp_path / "encoded"
    encoded.write_bytes(codec.encode(parse(GOOD).program))
    outputs = {
        call("run", good).output,
        call("run", str(encoded)).output,
        call("run", "-", stdin=GOOD.encode()).output,
        call("run", "-", stdin=encoded.read_bytes()).output,
    }
    assert len(outputs) == 1


def test_a_trace_passes_through_a_file(good: str, tmp_path: Path) -> None:
    made = call("run", good, "--target", "host", "--json")
    trace = tmp_path / "trace.json"
    trace.write_text(made.output)
    assert call("check", good, str(trace)).exit_code == 0
    changed = tmp_path / "changed.json"
    changed.write_text(made.output.replace('"step": 0,\n   "value": ', '"step": 0,\n   "value": 1'))
    assert from_json(changed.read_bytes()) != from_json(trace.read_bytes())
    result = call("check", good, str(changed), "--json")
    assert result.exit_code == 1
    assert json.loads(result.output)["divergence"]["kind"] == "return value"


def test_diff_tells_the_difference(good: str) -> None:
    assert call("diff", good).exit_code == 0
    result = call("diff", good, *FAULT)
    assert result.exit_code == 1
    for part in ("last common event", "first difference", "clause ", "allowed here"):
        assert part in result.output
    made = json.loads(call("diff", good, *FAULT, "--json").output)
    assert made["outcome"] == "divergence"
    assert "; fact sheet " in made["divergence"]["sentence"]


def test_minimize_prints_the_smallest_program(tmp_path: Path) -> None:
    path = tmp_path / "long.syslet"
    path.write_text(GOOD.replace("settle", "settle\nadvance 5\nsettle").replace("expect w0 = 5\n", ""))
    result = call("minimize", str(path), *FAULT)
    assert result.exit_code == 1
    assert "advance" not in result.output
    assert len(parse(result.output).program.steps) < 4
    again = tmp_path / "again.syslet"
    again.write_text(result.output)
    assert call("minimize", str(again), *FAULT).output == result.output
    fine = call("minimize", str(path))
    assert fine.exit_code == 0
    assert "nothing to minimize" in fine.output


def test_replay_holds_both_sides_to_the_expectations(good: str, tmp_path: Path) -> None:
    report = tmp_path / "junit.xml"
    assert call("replay", good).output.endswith("\n1 passed, 0 failed\n")
    Path(good).write_text(GOOD.replace("expect w0 = 5", "expect w0 = 6"))
    result = call("replay", str(tmp_path), "--junit-xml", str(report))
    assert result.exit_code == 1
    assert "allowed, but not as expected" in result.output
    assert "on both sides" in result.output
    suite = ElementTree.parse(report).getroot()[0]
    assert (suite.get("tests"), suite.get("failures")) == ("1", "1")
    assert [x.get("message") for x in suite.iter("failure")] == ["not as expected"]


@pytest.mark.slow
def test_a_campaign_its_findings_and_triage(tmp_path: Path) -> None:
    folder = str(tmp_path / "findings")
    result = call("fuzz", "--engine", "random", "--seed", "1", "--runs", "600", "--findings", folder, *FAULT)
    assert result.exit_code == 1, result.output
    assert "findings: " in result.output
    rows = json.loads(call("triage", folder, *FAULT, "--json").output)
    assert rows
    assert {row["now"] for row in rows} == {"still there"}
    mended = call("triage", folder)
    assert mended.exit_code == 0
    assert "allowed" in mended.output


def test_a_campaign_speaks_json(tmp_path: Path) -> None:
    folder = str(tmp_path / "findings")
    result = call("fuzz", "--engine", "random", "--seed", "1", "--runs", "40", "--findings", folder, "--json")
    made = json.loads(result.stdout)
    assert made["runs"] == 40
    assert made["seed"] == 1
    assert made["clauses_hit"] > 10


@pytest.mark.parametrize(
    ("arguments", "stdin", "says"),
    [
        (("run", "/nowhere/p.syslet"), None, "/nowhere/p.syslet: No such file"),
        (("run", "-"), b"syslet 1\nadvanse 3\n", "2:1"),
        (("run", "-"), b"syslet 1\n\xff\n", "not UTF-8"),
        (("check", "-", "/nowhere/t.json"), b"syslet 1\nsettle\n", "/nowhere/t.json: No such file"),
        (("replay", "/nowhere"), None, "/nowhere: No such file"),
        (("replay", "-", "--junit-xml", "/nowhere/x"), b"syslet 1\nsettle\n", "/nowhere/x: No such file"),
        (("diff", "x", "--fault", "nonsense"), None, "no fault is called 'nonsense': `--fault list` lists them"),
        (("diff", "x", "--fault", "EVENT_OF_FIRST_ATON"), None, "did you mean 'EVENT_OF_FIRST_ATOM'?"),
        (("diff", "x", "--budget", "abc"), None, "'abc' is not what is expected: a whole number, at least 1"),
        (("fuzz", "--seed", "-3"), None, "a whole number, 0 to 2147483647"),
        (("fuzz", "--engine", "random", "--", "-x=1"), None, "libFuzzer"),
        (("fuzz", "--runs", "0"), None, "--runs"),
        (("odd",), None, "No such command 'odd': there are fuzz, pull-request, replay,"),
        (("explian", "x"), None, "No such command 'explian': did you mean 'explain'?"),
    ],
)
def test_errors_are_for_people(arguments: tuple[str, ...], stdin: bytes | None, says: str) -> None:
    result = call(*arguments, stdin=stdin)
    assert result.exit_code == 2
    assert says in result.output
    assert "Traceback" not in result.output


@pytest.mark.slow
def test_without_a_compiler_it_says_what_to_install(good: str, tmp_path: Path) -> None:
    environment = {
        "PATH": str(tmp_path),
        "SYSLET_CACHE": str(tmp_path / "cache"),
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    for arguments in (["diff", good], ["fuzz", "--time", "1"], ["bench", "--quick"], ["replay", good]):
        done = subprocess.run(
            [sys.executable, "-m", "fuzz.cli", *arguments],
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 77, done.stderr
        assert "install" in done.stderr
        assert "Traceback" not in done.stderr


def test_faults_can_be_listed() -> None:
    result = call("diff", "-", "--fault", "list")
    assert result.exit_code == 0
    assert "BAD_NR_STORES" in result.output


def test_faults_are_listed_with_what_they_do() -> None:
    lines = call("fuzz", "--fault", "list").output.splitlines()
    assert len(lines) == len(faults.load())
    assert all(len(line.split()) > 3 for line in lines), lines


def test_help_says_each_command_in_a_whole_line() -> None:
    assert "..." not in call("--help").output.split("Commands:")[1]


RACE = """\
syslet 1
head h0 ring=r0 slots=4 stack=top
atom a0 = umem_add(w0, *w1) [ASYNC]
atom a1 = umem_add(w0, *w1)
init w1 = 1
choose 0:1 2:1 0:1

async_exec(a0, h0)
refill h0
async_exec(a1, h0)
settle
"""


@pytest.fixture
def undecided(tmp_path: Path) -> tuple[str, str]:
    """A program and its trace without hints, which only a search can explain."""
    program = tmp_path / "race.syslet"
    program.write_text(RACE)
    made = json.loads(call("run", str(program), "--target", "host", "--json").output)
    trace = tmp_path / "race.json"
    trace.write_text(json.dumps({**made, "hints": []}))
    return str(program), str(trace)


def test_a_spent_budget_is_unknown_and_status_3(undecided: tuple[str, str]) -> None:
    result = call("check", *undecided, "--budget", "1")
    assert result.exit_code == 3, result.output
    assert "unknown" in result.output
    assert "--budget" in result.output
    assert json.loads(call("check", *undecided, "--budget", "1", "--json").output)["outcome"] == "unknown"
    assert call("check", *undecided).exit_code == 0


def test_findings_that_cannot_be_written_stop_a_campaign_before_it_begins(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    folder = tmp_path / "file" / "findings"
    for arguments in (("--findings", str(folder)), ("--corpus", str(folder), "--findings", str(tmp_path / "f"))):
        result = call("fuzz", "--engine", "random", "--runs", "1", *arguments)
        assert result.exit_code == 2
        assert f"{folder}: cannot be written" in result.output


def test_a_campaign_without_findings_leaves_no_folder(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    assert call("fuzz", "--engine", "random", "--seed", "1", "--runs", "3", "--findings", str(folder)).exit_code == 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_the_summary_tells_new_findings_from_old_ones_and_what_to_do_next(tmp_path: Path) -> None:
    folder = str(tmp_path / "findings")
    arguments = ("fuzz", "--engine", "random", "--seed", "3", "--runs", "400", "--strict", "--findings", folder)
    first = call(*arguments, "--fault", "EVENT_OF_FIRST_ATOM")
    assert first.exit_code == 1, first.output
    assert "1 group in" in first.output
    assert "1 of them new" in first.output
    command = next(line for line in first.output.splitlines() if line.startswith("  syslet diff ")).split()[1:]
    assert "EVENT_OF_FIRST_ATOM" in command
    shown = call(*command)
    assert shown.exit_code == 1
    assert "not a" in shown.output.splitlines()[-1], "names, not numbers"
    assert "met again" not in first.output
    (count,) = re.findall(r"^(\d+) programs in", first.output, re.MULTILINE)
    repeated = ("fuzz", "--engine", "random", "--seed", "3", "--runs", count, "--strict", "--findings", folder)
    met = call(*repeated, "--fault", "EVENT_OF_FIRST_ATOM")
    assert met.exit_code == 0, "it is known"
    assert call(*repeated, "--fault", "EVENT_OF_FIRST_ATOM", "--fail-on", "any").exit_code == 1
    assert "0 of them new" in met.output
    assert "a known group, met again" in met.output
    assert f"  syslet {' '.join(command)}\n" in met.output
    again = call("fuzz", "--engine", "random", "--runs", "3", "--findings", folder).output
    assert "met again" not in again
    assert "0 of them new" in again
    assert "syslet diff" not in again, "an old finding is not what this campaign found"
    assert again.endswith(f"next, since all these findings are of earlier campaigns:\n  syslet triage {folder}\n")
    assert call("triage", folder).exit_code == 0
    triaged = call("triage", folder, "--fault", "EVENT_OF_FIRST_ATOM")
    assert triaged.exit_code == 1
    assert triaged.output.endswith("1 group, 1 finding\n")


def group_in(folder: Path) -> Group:
    return Group(("RING-1", "ring state", "settled"), folder, order.key(parse(GOOD).program))


def test_what_to_do_next_begins_with_what_is_new(tmp_path: Path) -> None:
    old, new = (group_in(tmp_path / name) for name in ("old", "new"))
    diff = next_steps([old, new], [new], Options(fault="LOST_EVENT_ON_WRAP"))[1]
    assert diff == f"  syslet diff {tmp_path / 'new'}/smallest.syslet --fault LOST_EVENT_ON_WRAP"


def test_what_to_do_next_can_be_pasted(tmp_path: Path) -> None:
    group = group_in(tmp_path / "it's a folder")
    assert shlex.split(next_steps([group], [group], Options())[1])[2] == str(group.smallest)


def test_minimize_answers_scripts_when_there_is_nothing_to_do(good: str) -> None:
    result = call("minimize", good, "--json")
    assert result.exit_code == 0
    made = json.loads(result.stdout)
    assert made["signature"] is None
    assert parse(made["program"]).program == parse(GOOD).program


@pytest.mark.slow
def test_ctrl_c_ends_a_campaign_with_its_summary(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "fuzz.cli", "fuzz", "--time", "100", "--findings", str(tmp_path / "findings")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        [*command, "--fault", "EVENT_OF_FIRST_ATOM"], env=environment, stdout=subprocess.PIPE, text=True, cwd=tmp_path
    ) as process:
        assert process.stdout is not None
        deadline = time.monotonic() + 60
        while not list(tmp_path.glob("findings/*/signature.json")):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        text = process.stdout.read()
    assert process.returncode == 1
    assert "exercised:" in text
    assert "smallest.syslet" in text


@pytest.mark.parametrize("command", ["run", "diff", "replay", "minimize"])
def test_the_host_cannot_be_preempted_inside_objects(command: str, good: str) -> None:
    result = call(command, good, "--target", "host", "--preempt", "deep")
    assert result.exit_code == 2
    assert "--target uml" in result.output


def test_a_campaign_with_the_host_cannot_be_preempted_inside_objects(tmp_path: Path) -> None:
    result = call("fuzz", "--target", "uml,host", "--preempt", "deep", "--findings", str(tmp_path / "f"))
    assert result.exit_code == 2
    assert "--target host" in result.output
    assert not (tmp_path / "f").exists()


def test_a_trace_is_checked_in_the_mode_it_was_made_in(tmp_path: Path) -> None:
    case = "corpus/litmus/object-lock-makes-a-call-sleep.syslet"
    trace = tmp_path / "trace.json"
    trace.write_text(call("run", case, "--preempt", "deep", "--json").output)
    assert call("check", case, str(trace), "--preempt", "points").exit_code == 1
    assert call("check", case, str(trace), "--preempt", "deep").exit_code == 0


def test_a_trace_that_breaks_off_has_no_first_difference(tmp_path: Path) -> None:
    whole = json.loads(call("run", "corpus/litmus/hello.syslet", "--json").output)
    path = tmp_path / "trace.json"
    for events, said in ((whole["events"][:1], "breaks off behind:\n  step 0"), ([], "the target showed nothing")):
        path.write_text(json.dumps({**whole, "events": events}))
        output = call("check", "corpus/litmus/hello.syslet", str(path)).output
        assert said in output
        assert "first difference" not in output


def test_a_program_says_in_which_mode_it_is_meant(tmp_path: Path) -> None:
    case = "corpus/litmus/object-lock-makes-a-call-sleep.syslet"
    trace = tmp_path / "trace.json"
    trace.write_text(call("run", case, "--json").output)
    assert trace.read_text() == call("run", case, "--preempt", "deep", "--json").output
    assert trace.read_text() != call("run", case, "--preempt", "points", "--json").output
    assert call("check", case, str(trace)).exit_code == 0
    assert call("diff", case, "--target", "host").exit_code == 0, "the host cannot, and was not asked to"


def test_what_to_do_next_repeats_the_mode(tmp_path: Path) -> None:
    record = {"version": 1, "engine": "random", "target": "uml", "preempt": "deep"}
    (tmp_path / "group" / "finding").mkdir(parents=True)
    (tmp_path / "group" / "finding" / "finding.json").write_text(json.dumps(record))
    groups = [group_in(tmp_path / "group")]
    lines = next_steps(groups, groups, Options(targets=("uml",), preempt="deep"))
    assert all(line.endswith("--target uml --preempt deep") for line in lines[1:])


def process(*arguments: str, **environment: str) -> subprocess.Popen[str]:
    """The command as a process of its own."""
    path = [environment.pop("first", ""), *sys.path]
    return subprocess.Popen(
        [sys.executable, "-m", "fuzz.cli", *arguments],
        env={**os.environ, **environment, "PYTHONPATH": os.pathsep.join(filter(None, path))},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
    )


COMMAND_LINES = (
    ("--help",),
    ("run", HELLO, "--json"),
    ("explain", HELLO),
    ("fuzz", "--engine", "random", "--runs", "1"),
)


@pytest.mark.parametrize("arguments", COMMAND_LINES, ids=lambda x: x[0])
def test_output_that_cannot_be_written_is_no_divergence(arguments: tuple[str, ...], tmp_path: Path) -> None:
    own = ("--findings", str(tmp_path / "f")) if arguments[0] == "fuzz" else ()
    command = shlex.join([sys.executable, "-m", "fuzz.cli", *arguments, *own])
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    environment.pop("PYTHONUNBUFFERED", None)  # nothing would be left for Python to write when it ends
    for output, status, said in ((">/dev/full", "2", "No space left on device"), ("| true", "141", "")):
        line = f"{{ {command}; echo $? >{tmp_path}/status; }} {output}"
        done = subprocess.run(line, shell=True, env=environment, capture_output=True, text=True, check=False)
        assert (tmp_path / "status").read_text().strip() == status, done.stderr
        assert said in done.stderr
        assert "Traceback" not in done.stderr
        assert len(done.stderr.splitlines()) == bool(said)
    line = f"{{ {shlex.join([sys.executable, '-m', 'fuzz.cli', 'bogus'])}; echo $? >{tmp_path}/status; }} 2>/dev/full"
    subprocess.run(line, shell=True, env=environment, check=False)
    assert (tmp_path / "status").read_text().strip() == "2", "a message that cannot be written"


@pytest.mark.interpreted
@pytest.mark.parametrize(
    ("arguments", "printed"),
    [
        (("cover", "--html"), "clauses"),
        (("replay", "--junit-xml"), "1 passed"),
        (("show", "-o"), ""),
        (("minimize", *FAULT, "-o"), "async_exec"),
    ],
)
def test_what_does_not_fit_into_a_file_is_not_lost(arguments: tuple[str, ...], printed: str, good: str) -> None:
    result = call(*arguments, "/dev/full", good)
    assert result.exit_code == 2, result.output
    assert "/dev/full: No space left on device" in result.stderr
    assert printed in result.stdout


@pytest.mark.parametrize("command", [*COMMANDS, "kernel", "boot"])
def test_ctrl_c_is_no_divergence(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("click.Command.invoke", interrupted)
    words = {"kernel": (), "boot": ("true",), "triage": (".",)}.get(
        command, (HELLO, HELLO) if command == "check" else ()
    )
    result = call(command, *(words or ((HELLO,) if command in ("run", "diff", "show", "minimize") else ())))
    assert (result.exit_code, result.stderr) == (130, "interrupted\n")


def test_ctrl_c_ends_a_measurement_without_a_figure(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(engine_random, "drive", interrupted)
    with pytest.raises(KeyboardInterrupt):
        measure._campaign(Options(engine="random", findings=str(tmp_path)))


@pytest.mark.parametrize("module", ["click", "msgspec", "fuzz_imports"])
def test_ctrl_c_during_the_imports_shows_no_traceback(module: str, tmp_path: Path) -> None:
    (tmp_path / f"{'attrs' if module == 'fuzz_imports' else module}.py").write_text("raise KeyboardInterrupt\n")
    with process("run", HELLO, first=str(tmp_path)) as command:
        assert "Traceback" not in command.communicate()[1]
    assert command.returncode == 130


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "ascii"])
def test_letters_that_the_output_does_not_have_are_replaced(encoding: str) -> None:
    with process("explain", "corpus/litmus/umem-add-race.syslet", PYTHONIOENCODING=encoding) as command:
        text, errors = command.communicate()
    assert (command.returncode, errors) == (0, "")
    assert "expectations:" in text


@pytest.mark.parametrize("arguments", [("run", ""), ("replay", ""), ("triage", ""), ("fuzz", "--findings=")])
def test_an_empty_argument_is_told(arguments: tuple[str, ...]) -> None:
    result = call(*arguments)
    assert result.exit_code == 2
    assert "An argument is empty" in result.output


def test_a_target_that_is_not_there_is_told_before_the_campaign_begins(tmp_path: Path) -> None:
    result = call("fuzz", "--target", str(tmp_path / "nothing"), "--findings", str(tmp_path / "f"))
    assert (result.exit_code, result.stdout) == (77, "")


@pytest.fixture
def broken_off(tmp_path: Path) -> Path:
    """A folder of findings as a campaign leaves it that is killed before it minimizes."""
    with HostTarget(fault=FAULT[1]) as target:
        judgement = judge(parse(GOOD + "settle\n").program, target)
    Store(tmp_path / "findings").write(judgement, Origin("random", 7, "build", 1, fault=FAULT[1]))
    return tmp_path / "findings"


def test_triage_minimizes_what_was_not(broken_off: Path) -> None:
    assert "still there" not in call("triage", str(broken_off)).output
    assert not list(broken_off.glob("*/*/stability.json")), "this target does not show it"
    (text,) = [x.read_text() for x in broken_off.glob("*/smallest.syslet")]
    first = call("triage", str(broken_off), *FAULT)
    assert first.exit_code == 1, first.output
    (smaller,) = [x.read_text() for x in broken_off.glob("*/smallest.syslet")]
    assert len(smaller) < len(text)
    assert list(broken_off.glob("*/*/stability.json"))
    assert "minimized from" in first.output
    again = call("triage", str(broken_off), *FAULT)
    assert "minimized from" not in again.output
    assert again.exit_code == 1


@pytest.mark.parametrize(
    ("name", "content"),
    [("signature.json", "{}"), ("signature.json", ""), ("signature.json", "[1]"), ("smallest.syslet", "")],
)
def test_a_damaged_group_is_named_and_the_others_are_looked_at(name: str, content: str, broken_off: Path) -> None:
    (good,) = broken_off.glob("[!.]*")
    bad = broken_off / "bad"
    shutil.copytree(good, bad)
    (bad / name).write_text(content)
    result = call("triage", str(broken_off))
    assert result.exit_code == 2
    assert f"{bad / name}: damaged, passed over: " in result.stderr
    assert "1 group, 1 finding" in result.stdout
    (bad / name).write_text(content)
    campaign = ("fuzz", "--engine", "random", "--runs", "1", "--findings", str(broken_off))
    goes_on = call(*campaign)
    assert f"{bad / name}: damaged" in goes_on.stderr
    assert goes_on.exit_code == 1, "the campaign that met it was stopped, and told of nothing"
    assert call(*campaign).exit_code == 0


def test_a_group_that_lost_its_signature_is_no_empty_folder(broken_off: Path) -> None:
    (record,) = broken_off.glob("*/signature.json")
    text = record.read_bytes()
    record.unlink()
    assert "1 group, 1 finding" in call("triage", str(broken_off)).output
    assert record.read_bytes() == text


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("syslet expl", "explain"),
        ("syslet spec RING-1", "RING-1"),
        ("syslet fuzz --fault EVENT_OF_F", "EVENT_OF_FIRST_ATOM"),
        ("syslet explain x --variant bad_", "bad_nr_stores="),
        ("syslet explain x --variant bad_nr_stores=y", "bad_nr_stores=yes"),
    ],
)
def test_the_shell_completes_values(words: str, first: str) -> None:
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(sys.path),
        "_SYSLET_COMPLETE": "bash_complete",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split()) - 1),
    }
    command = [sys.executable, "-c", "from fuzz.cli import main; main()"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.stdout.splitlines()[0] == f"plain,{first}", done.stderr


def test_errors_begin_in_one_way(tmp_path: Path) -> None:
    (tmp_path / "hello.syslet").write_text("syslet 1\nadvanse 1\n")
    for arguments in (("run", "/nowhere/p.syslet"), ("fuzz", "--runs", "0"), ("odd",), ("spec", "RING-99")):
        assert call(*arguments).stderr.startswith("syslet: "), arguments
    assert call("run", str(tmp_path / "hello.syslet")).stderr.startswith(f"{tmp_path / 'hello.syslet'}:2:1: ")
    assert "did you mean 'hello.syslet'?" in call("run", str(tmp_path / "helo.syslet")).stderr
