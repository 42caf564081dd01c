# SPDX-License-Identifier: Apache-2.0
"""`--target ./program`: an executor of the user's."""

from pathlib import Path

import pytest

from native.targets import build
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
    assert call("replay", CASE, "--target", program).output == "1 passed, 0 failed\n"
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
