# SPDX-License-Identifier: Apache-2.0
"""A program that a target cannot run is skipped there, by name, counted, and never passed (D155)."""

from pathlib import Path

from click.testing import CliRunner

from fuzz.campaign.options import Options
from fuzz.campaign.session import Session
from fuzz.campaign.stats import Stats
from fuzz.cli import status, syslet
from fuzz.text import parse
from native.targets.host import HostTarget, Target
from tests.fuzz.targets import ModelTarget

FILE = "corpus/litmus/opaque-sleep-hands-over.syslet"


def test_replay_counts_it_apart(tmp_path: Path) -> None:
    report = tmp_path / "r.xml"
    done = CliRunner().invoke(syslet, ["replay", FILE, "corpus/litmus/hello.syslet", "--junit-xml", str(report)])
    assert done.exit_code == status.FINE
    assert f"{FILE}: skipped" in done.output
    assert "it has opaque calls (poll), and this target makes none" in done.output
    assert done.output.endswith("1 passed, 0 failed, 1 skipped\n")
    assert 'skipped="1"' in report.read_text()


def test_one_program_is_told_of_and_has_a_status_of_its_own() -> None:
    for command in ("diff", "run"):
        done = CliRunner().invoke(syslet, [command, FILE, "--target", "host"])
        assert done.exit_code == status.UNAVAILABLE, command


def test_a_campaign_judges_it_where_it_can_be_run(host: HostTarget, tmp_path: Path) -> None:
    program = parse(Path(FILE).read_text()).program
    stats = Stats.private()
    both: dict[str, Target] = {"host": host, "model": ModelTarget()}
    session = Session(both, Options(findings=str(tmp_path), targets=tuple(both)), stats)
    session.evaluate(program)
    counters = stats.counters
    assert (counters.runs, counters.allowed, counters.skipped) == (1, 1, 1)
    alone = Stats.private()
    Session({"host": host}, Options(findings=str(tmp_path)), alone).evaluate(program)
    counters = alone.counters
    assert (counters.runs, counters.allowed, counters.skipped, counters.divergence) == (1, 0, 1, 0)
    assert not list(tmp_path.iterdir())
