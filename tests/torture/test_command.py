# SPDX-License-Identifier: Apache-2.0
"""`syslet torture` as a command: its exit status tells findings from trouble of the machine."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from fuzz.cli import syslet
from native.targets.host import TargetUnavailable
from native.targets.uml import torture
from native.targets.uml.torture import Told, World
from tests.torture.worlds import TABLE, told


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> "Run":
    return Run(tmp_path, monkeypatch)


class Run:
    """Boots that tell this, one after the other; then the machine cannot go on."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._folder = folder
        self._patch = monkeypatch

    def __call__(self, *boots: Told) -> Result:
        left = list(boots)

        def boot(_world: World, *_: object) -> Told:
            if not left:
                raise TargetUnavailable("no memory is left")
            return left.pop(0)

        self._patch.setattr(torture, "run", boot)
        self._patch.setattr(torture, "moves", lambda: TABLE)
        command = ["torture", "--findings", str(self._folder / "findings"), "--seed", "7", "--time", "500"]
        return CliRunner().invoke(syslet, command)


GOOD = told("move 1 chain", "done 4 processes 9 hand-overs 0 wrong")
WRONG = told("wrong signal lost: process 3: 9 of 10", "done 4 processes 9 hand-overs 1 wrong")


def test_trouble_of_the_machine_is_no_finding(run: Run) -> None:
    done = run(GOOD, GOOD)
    assert done.exit_code == 77
    assert "findings: none" in done.output
    assert "boots 2" in done.output


def test_a_machine_that_can_do_nothing_tells_no_numbers(run: Run) -> None:
    done = run()
    assert done.exit_code == 77
    assert "findings: none" not in done.output


def test_what_was_found_before_the_trouble_was_found(run: Run) -> None:
    done = run(GOOD, WRONG)
    assert done.exit_code == 1
    assert "oracle: signal lost" in done.output
