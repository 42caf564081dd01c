# SPDX-License-Identifier: Apache-2.0
"""`pull-request`: what the base shows as well is not the change's."""

import json
import shutil
from pathlib import Path

import pytest

from fuzz.cli import change
from fuzz.cli.reading import program_files
from tests.cli.test_commands import call

ROOT = Path(__file__).parents[2]
FAULT = "EVENT_OF_FIRST_ATOM"
SHOWS_FAULT = "async-flag-in-the-middle"
PATCH = ROOT / "native" / "faults" / f"{FAULT}.patch"


@pytest.fixture(autouse=True)
def _few_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some files stand for the corpus: `replay` has it whole (test_replay)."""
    every = program_files(())
    few = [x for i, x in enumerate(every) if not i % 12 or Path(x).stem == SHOWS_FAULT]
    monkeypatch.setattr(change, "program_files", lambda given: few)


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """A clone of the kernel code, as it is."""
    for name in ("native", "model"):
        shutil.copytree(ROOT / name, tmp_path / "base" / name, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path / "base"


@pytest.mark.slow
def test_a_change_that_changes_nothing_is_fine(base: Path) -> None:
    result = call("pull-request", str(base), "--runs", "60")
    assert result.exit_code == 0, result.output
    assert "0 files of the corpus fail now, 0 new groups of findings, 0 were there before" in result.output


@pytest.mark.slow
def test_what_is_new_is_told_and_what_was_there_is_not(base: Path, tmp_path: Path) -> None:
    arguments = ("pull-request", str(base), "--runs", "150", "--fault", FAULT, "--json")
    result = call(*arguments, "--sarif", str(tmp_path / "s.sarif"))
    assert result.exit_code == 1, result.output
    made = json.loads(result.stdout)
    assert made["files"]
    assert {x["signature"][0] for x in made["findings"]} >= {"RING-1"}
    assert json.loads((tmp_path / "s.sarif").read_text())["runs"][0]["results"]
    _plant(base)
    made = json.loads(call(*arguments).stdout)
    assert made["files"] == []
    assert made["findings"] == []
    assert made["there_before"]


def _plant(base: Path) -> None:
    from native.targets import faults

    for path, text in faults.named(FAULT, faults.on_host()).planted().items():
        (base / path).write_text(text)


def test_a_base_that_is_none_says_so(tmp_path: Path) -> None:
    for wrong, says in (("no-such-revision", "neither a folder nor a revision"), (str(tmp_path), "cannot be built")):
        result = call("pull-request", wrong)
        assert result.exit_code == 2
        assert says in result.output
