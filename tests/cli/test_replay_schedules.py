# SPDX-License-Identifier: Apache-2.0
"""`replay` runs all schedules of a program where they are few, many where not, and holds outcomes to those allowed."""

import json
from pathlib import Path

from tests.cli.test_commands import GOOD, call

LITMUS = Path(__file__).parents[2] / "corpus" / "litmus"
RACE = str(LITMUS / "futex-wake-may-come-late.syslet")
FEW = str(LITMUS / "threadlet-wakes-another.syslet")


def _told(*args: str) -> dict[str, object]:
    (told,) = json.loads(call("replay", *args, "--json").stdout)
    assert isinstance(told, dict)
    return told


def test_all_schedules_are_run_where_they_are_few() -> None:
    told = _told(FEW)
    assert told["every"] is True
    assert isinstance(told["schedules"], int)
    assert told["schedules"] > 3
    assert told["outcomes"] == 3


def test_some_are_run_where_they_are_many_the_same_each_time() -> None:
    told = _told(RACE)
    assert told["every"] is False
    assert told["schedules"] == 100
    assert told["outcomes"] == 4
    assert _told(RACE) == told


def test_it_says_how_many(tmp_path: Path) -> None:
    (tmp_path / "p.syslet").write_text(GOOD)
    assert call("replay", str(tmp_path)).stdout == "1 schedule run: all of 1 file\n1 passed, 0 failed\n"
    assert "or fewer of the many of 1 file\n" in call("replay", RACE).stdout


def test_a_fault_that_only_another_schedule_shows_is_found() -> None:
    """The file's own schedule does not show it, and it names the schedule that does."""
    result = call("replay", RACE, "--fault", "TIMEOUT_BEATS_WAKE")
    assert result.exit_code == 1
    assert "clause FUTEX-3:" in result.output
    assert "with choose " in result.output
