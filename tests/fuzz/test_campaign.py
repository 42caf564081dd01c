# SPDX-License-Identifier: Apache-2.0
"""Campaigns on targets without a compiler: nothing ends them, all is counted and kept, a seed repeats it."""

import io
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from fuzz.campaign import engine_random
from fuzz.campaign import stats as s
from fuzz.campaign.options import Options
from fuzz.campaign.panel import LINE_EVERY, Progress, summary
from fuzz.campaign.session import Session, StrictFinding
from fuzz.oracle import MODEL_CLAUSE, TARGET_CLAUSE
from fuzz.text import parse
from model import image as layout
from model.check import check
from model.clauses import CLAUSES
from model.trace import Trace
from model.variant import BadNrStores, Variant
from model.verdict import Kind, Outcome, Verdict
from native.targets.host import Failure
from tests.fuzz.targets import ModelTarget, crash_on_exit
from tests.fuzz.test_oracle import BAD_NUMBER, program

EXIT = program("syslet 1\nexit 3\n")


def session(tmp_path: Path, target: ModelTarget, *, strict: bool = False) -> Session:
    options = Options(engine="random", findings=str(tmp_path), strict=strict)
    return Session({"host": target}, options, s.Stats.private())


def for_runs(counted: Session, runs: int) -> Callable[[], bool]:
    return lambda: counted.stats.counters.runs < runs


def test_a_finding_is_kept_minimized_and_then_only_counted(tmp_path: Path) -> None:
    run = session(tmp_path, ModelTarget(Variant(bad_nr_stores=BadNrStores.YES)))
    longer = program(BAD_NUMBER + "settle\nadvance 7\n")
    for _ in range(3):
        run.evaluate(longer)
    counters = run.stats.counters
    assert (counters.runs, counters.divergence, counters.findings_new, counters.findings_known) == (3, 2, 1, 1)
    assert counters.unsearched == 1, "its hints differ as those of the one before, which was searched and is known"
    (smallest,) = tmp_path.glob("*/smallest.syslet")
    text = smallest.read_text()
    assert "advance" not in text
    assert "nr(" in text
    (stability,) = tmp_path.glob("*/*/stability.json")
    assert '"same": 5' in stability.read_text()


@pytest.mark.parametrize(
    ("kind", "text"), [(Kind.CRASH, "killed by signal 11"), (Kind.HANG, "no answer in 1 s"), (Kind.REPORT, "BUG")]
)
def test_no_failure_of_a_target_ends_the_campaign(tmp_path: Path, kind: Kind, text: str) -> None:
    def fail_on_exit(image: layout.Image) -> Failure | None:
        return Failure(kind, text) if crash_on_exit(image) else None

    run = session(tmp_path, ModelTarget(special=fail_on_exit))
    run.evaluate(EXIT)
    run.evaluate(program(BAD_NUMBER))
    assert run.stats.counters.allowed == 1
    assert list(run.store.groups) == [(TARGET_CLAUSE, kind.value, text)]
    assert (tmp_path.glob("*/*/minimized.syslet")).__next__().read_text().endswith("exit 0\n")


class BreaksOff(ModelTarget):
    """Somebody ends the campaign when it has run so many programs."""

    def run(self, image: layout.Image) -> Trace | Failure:
        if self.runs == 8:
            raise KeyboardInterrupt
        return super().run(image)


@pytest.mark.parametrize("how", ["interrupted", "late"])
@pytest.mark.parametrize("again", ["begun", "met"])
def test_what_was_not_minimized_is_taken_up_by_the_next_campaign(tmp_path: Path, how: str, again: str) -> None:
    reading, longer = Variant(bad_nr_stores=BadNrStores.YES), program(BAD_NUMBER + "settle\nadvance 7\n")
    if how == "interrupted":
        with pytest.raises(KeyboardInterrupt):
            session(tmp_path, BreaksOff(reading)).evaluate(longer)
    else:
        options = Options(engine="random", findings=str(tmp_path), until=0.0)
        late = Session({"host": ModelTarget(reading)}, options, s.Stats.private())
        late.evaluate(longer)
        assert "not minimized yet" in summary(s.Totals([late.stats]), 1.0, tmp_path, late.store.groups.values())
    (smallest,) = tmp_path.glob("*/smallest.syslet")
    assert "advance" in smallest.read_text()
    assert not list(tmp_path.glob("*/*/stability.json"))
    session(tmp_path, ModelTarget())
    assert not list(tmp_path.glob("*/*/stability.json")), "a target that does not show it"
    if again == "met":
        answers = iter([Failure(Kind.CRASH, "killed by signal 9")])
        run = session(tmp_path, ModelTarget(reading, special=lambda _: next(answers, None)))
        assert "advance" in smallest.read_text()
        run.evaluate(longer)
    else:
        run = session(tmp_path, ModelTarget(reading))
    assert "advance" not in smallest.read_text()
    assert list(tmp_path.glob("*/*/stability.json"))
    assert "not minimized" not in summary(s.Totals([run.stats]), 1.0, tmp_path, run.store.groups.values())


def test_a_line_says_what_goes_on_and_nothing_that_is_not_known_yet() -> None:
    stats, out, now = s.Stats.private(), io.StringIO(), [0.0]
    progress = Progress(s.Totals([stats]), Console(file=out), "title", clock=lambda: now[0])
    for stats.state, stats.counters.coverage in (("fuzzing", 0), ("minimizing", 7)):
        now[0] += LINE_EVERY
        progress.tick()
    first, second = out.getvalue().splitlines()
    assert "coverage" not in first
    assert "minimizing" not in first
    assert "now minimizing" in second
    assert "coverage 7 features" in second


def test_a_target_that_fails_once_leaves_its_artifact(tmp_path: Path) -> None:
    answers = iter([Failure(Kind.CRASH, "killed by signal 9")])
    run = session(tmp_path, ModelTarget(special=lambda _: next(answers, None)))
    run.evaluate(EXIT)
    (stability,) = tmp_path.glob("*/*/stability.json")
    assert '"same": 0' in stability.read_text()
    assert list(tmp_path.glob("*/*/program.syslet"))
    assert "NOT CONFIRMED" in summary(s.Totals([run.stats]), 1.0, tmp_path, run.store.groups.values())


def test_the_log_is_that_of_the_runs_that_confirmed_it(tmp_path: Path) -> None:
    class Talking(ModelTarget):
        def log(self) -> str:
            return f"log of run {self.runs}"

    run = session(tmp_path, Talking(special=crash_on_exit))
    run.evaluate(EXIT)
    (log,) = tmp_path.glob("*/*/target.log")
    assert log.read_text() == f"log of run {1 + run.options.reruns}"
    assert "NOT CONFIRMED" not in summary(s.Totals([run.stats]), 1.0, tmp_path, run.store.groups.values())


def test_a_model_that_fails_does_not_end_the_campaign(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> Verdict:
        raise IndexError("no such task")

    monkeypatch.setattr(check, "check", fails)
    run = session(tmp_path, ModelTarget())
    assert run.evaluate(EXIT).signature == (MODEL_CLAUSE, "crash", "ERROR: IndexError in test_campaign.py, fails")
    assert list(tmp_path.glob("model-*/*/minimized.syslet"))


def test_unknown_programs_are_kept_but_are_no_findings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, "check", lambda *_, **__: Verdict(Outcome.UNKNOWN, effort=9, explained=1))
    run = session(tmp_path, ModelTarget())
    run.evaluate(EXIT)
    assert run.stats.counters.unknown == 1
    assert not run.store.groups
    assert list(tmp_path.glob("unknown/*/program.syslet"))


def test_a_strict_campaign_stops_at_the_first_finding(tmp_path: Path) -> None:
    run = session(tmp_path, ModelTarget(special=crash_on_exit), strict=True)
    run.evaluate(program(BAD_NUMBER))
    with pytest.raises(StrictFinding, match="heap-use-after-free"):
        run.evaluate(EXIT)
    assert list(tmp_path.glob("*/smallest.syslet"))


def test_working_on_a_finding_leaves_the_coverage_of_its_program(tmp_path: Path) -> None:
    target = ModelTarget(special=crash_on_exit)
    run = session(tmp_path, target)
    target.coverage[5] = 77
    run.evaluate(EXIT)
    assert target.coverage[5] == 77


def test_the_summary_says_what_was_exercised_and_where_findings_lie(tmp_path: Path) -> None:
    run = session(tmp_path, ModelTarget(Variant(bad_nr_stores=BadNrStores.YES)))
    run.evaluate(program(BAD_NUMBER))
    text = summary(s.Totals([run.stats]), 2.0, tmp_path, run.store.groups.values())
    assert "1 program in 2.0 s" in text
    assert "1 atom," in text
    assert f"findings: 1 group in {tmp_path}, 1 of them new" in text
    assert f" of the {len(s.IN_REACH)} clauses in reach here (of {len(CLAUSES)}), " in text
    assert "smallest.syslet" in text
    assert "memory" in text


def test_groups_that_were_met_are_remembered_across_processes(tmp_path: Path) -> None:
    one, other = (s.Stats.shared(tmp_path / "stats") for _ in range(2))
    for group in ("a", "b", "a"):
        one.note_met(group)
    assert [other.was_met(x) for x in ("a", "b", "c")] == [True, True, False]
    for number in range(100):
        one.note_met(str(number))
    assert other.was_met("a")
    assert not other.was_met("99"), "more than are remembered"
    assert not any(bytes(other.counters))
    assert not any(other.seen)


@pytest.mark.slow
def test_a_random_campaign_finds_another_reading(tmp_path: Path) -> None:
    run = session(tmp_path, ModelTarget(Variant(bad_nr_stores=BadNrStores.YES)))
    engine_random.drive(run, 1, for_runs(run, 800))  # most of the first ones sweep the corpus
    assert run.stats.counters.findings_new >= 1
    sizes = [len(parse(path.read_text()).program.steps) for path in tmp_path.glob("*/smallest.syslet")]
    assert min(sizes) <= 4


REPEAT = """\
import sys
from pathlib import Path
from fuzz.campaign import engine_random, stats
from fuzz.campaign.options import Options
from fuzz.campaign.session import Session
from model.variant import BadNrStores, Variant
from tests.fuzz.targets import ModelTarget
target = ModelTarget(Variant(bad_nr_stores=BadNrStores.YES))
run = Session({"host": target}, Options(engine="random", findings=sys.argv[1]), stats.Stats.private())
engine_random.drive(run, 2, lambda: run.stats.counters.runs < (2000 if not run.store.groups else 150))
print(bytes(run.stats.counters).hex(), bytes(run.stats.seen).hex())
"""


@pytest.mark.slow
def test_two_processes_with_different_hash_seeds_do_the_same(tmp_path: Path) -> None:
    outputs = []
    for hash_seed in ("1", "2"):
        folder = tmp_path / hash_seed
        done = subprocess.run(
            [sys.executable, "-c", REPEAT, str(folder)],
            env={**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            check=True,
        )
        files = {str(x.relative_to(folder)): x.read_bytes() for x in sorted(folder.rglob("*")) if x.is_file()}
        assert files
        outputs.append((done.stdout, files))
    assert outputs[0] == outputs[1]
