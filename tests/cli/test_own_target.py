# SPDX-License-Identifier: Apache-2.0
"""`--target ./program`: an executor of the user's."""

import sys
from pathlib import Path

import pytest

from native.targets import build
from native.targets.host import HostTarget, TargetUnavailable
from tests.cli.test_commands import call

CORPUS = Path(__file__).parents[2] / "corpus"
CASE = str(CORPUS / "litmus" / "hello.syslet")


@pytest.fixture
def program(tmp_path: Path) -> str:
    """Our own executor under a name that says nothing."""
    path = tmp_path / "mine"
    path.write_bytes(build.executor(build.Flavour.FAST, None).read_bytes())
    path.chmod(0o755)
    return str(path)


def test_it_runs_programs_like_any_target(program: str) -> None:
    assert call("run", CASE, "--target", program).output == call("run", CASE, "--target", "host").output
    assert call("replay", CASE, "--target", program).output.endswith("\n1 passed, 0 failed\n")
    assert call("diff", CASE, "--target", program).exit_code == 0


def test_a_campaign_names_it_where_it_tells_how_to_go_on(tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.write_bytes(build.executor(build.Flavour.FAST, "EVENT_OF_FIRST_ATOM").read_bytes())
    broken.chmod(0o755)
    arguments = ["fuzz", "--engine", "random", "--seed", "1", "--runs", "2000", "--strict", "--target", str(broken)]
    done = call(*arguments, "--findings", str(tmp_path / "findings"))
    assert done.exit_code == 1, done.output
    assert f"--target {broken}" in done.output


def test_what_cannot_be_one_is_told(tmp_path: Path, program: str) -> None:
    missing = call("run", CASE, "--target", str(tmp_path / "nothing"))
    assert missing.exit_code == 77
    assert "cannot be read" in missing.output
    Path(program).chmod(0o644)
    assert "chmod +x" in call("run", CASE, "--target", program).output
    assert "no target is called 'mine'" in call("run", CASE, "--target", "mine").output
    Path(program).chmod(0o755)
    planted = call("run", CASE, "--target", program, "--fault", "EVENT_OF_FIRST_ATOM")
    assert planted.exit_code == 77
    assert "not built from it" in planted.output
    silent = call("run", CASE, "--target", "/bin/true")
    assert silent.exit_code == 77, silent.output


REFUSES = """\
import os
import sys
given = dict(x[2:].split("=") for x in sys.argv[1:])
while byte := os.read(int(given["in-fd"]), 1):
    os.write(int(given["out-fd"]), b"p" if byte == b"p" else b"b")
"""


@pytest.mark.parametrize("command", ["run", "diff", "replay", "show", "minimize"])
def test_one_that_takes_no_program_is_told(command: str, tmp_path: Path) -> None:
    path = tmp_path / "refuses"
    path.write_text(f"#!{sys.executable} -S\n{REFUSES}")
    path.chmod(0o755)
    result = call(command, CASE, "--target", str(path))
    assert result.exit_code == (0 if command == "show" else 1), result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)
    if command in ("run", "diff", "replay"):
        assert "does not take this program" in result.output


def test_a_damaged_build_says_how_to_get_rid_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "executor").touch(0o755)
    monkeypatch.setenv("SYSLET_CACHE", str(tmp_path))
    monkeypatch.setattr(build, "executor", lambda *_: tmp_path / "executor")
    with pytest.raises(TargetUnavailable, match=f"delete the folder {tmp_path}"), HostTarget():
        pass
