# SPDX-License-Identifier: Apache-2.0
"""`check`: a trace of another program is called one."""

import json
from pathlib import Path

import attrs
import pytest

from fuzz.text import parse
from fuzz.text.misfit import misfit
from model import image as layout
from model.spec.run import run
from model.trace import Ended
from tests.cli.test_commands import GOOD, call

CORPUS = Path("corpus/litmus")
HELLO = "syslet 1\nhead h0 ring=r0 slots=4 stack=top\n\nasync_exec(a0, h0)\nsettle\n"
THREADLET = "syslet 1\nhead h0 stack=top\nf0: getpid()\nf0: gettid()\n\nthreadlet_exec(f0, s0, h0)\nsettle\n"


@pytest.mark.parametrize(
    ("program", "other", "says"),
    [
        (HELLO, HELLO + "settle\n", "the trace has a step 2, and the program has 2 steps"),
        (HELLO + "settle\n", HELLO, "the trace ends as done after 2, and the program has 3 steps"),
        (HELLO, THREADLET, "the trace has an operation 0 in step 0, and async_exec(a0, h0) executes no threadlet"),
        (THREADLET.replace("f0: gettid()\n", ""), THREADLET, "the trace has an operation 1 in step 0"),
        (HELLO, "syslet 1\ngetpid()\ngetpid()\n", "step 1 returns something, and settle returns nothing"),
        ("syslet 1\ngetpid()\ngetpid()\n", HELLO, "step 1 lets the others settle, and the program has getpid()"),
    ],
)
def test_a_trace_of_another_program_is_called_one(program: str, other: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "p.syslet").write_text(program)
    (tmp_path / "other.syslet").write_text(other)
    trace = tmp_path / "other.json"
    trace.write_text(call("run", str(tmp_path / "other.syslet"), "--json").output)
    told = call("check", str(tmp_path / "p.syslet"), str(trace))
    assert told.exit_code == 2
    assert told.stdout == ""
    assert "other.json does not fit" in told.stderr
    assert says in told.stderr
    scripted = call("check", str(tmp_path / "p.syslet"), str(trace), "--json")
    assert scripted.exit_code == 2
    made = json.loads(scripted.stdout)
    assert made["outcome"] == "misfit"
    assert says in made["misfit"]


def test_a_trace_of_the_program_fits(tmp_path: Path) -> None:
    for path in sorted(CORPUS.glob("*.syslet")):
        program = parse(path.read_text()).program
        trace = run(layout.build(program))
        assert misfit(program, trace) == "", path
        assert isinstance(trace.events[-1], Ended)
        assert misfit(program, attrs.evolve(trace, events=trace.events[:-1])) == "", path
    (tmp_path / "p.syslet").write_text(GOOD)
    (tmp_path / "t.json").write_text(call("run", str(tmp_path / "p.syslet"), "--json").output)
    assert "fit" not in call("check", str(tmp_path / "p.syslet"), str(tmp_path / "t.json")).output
