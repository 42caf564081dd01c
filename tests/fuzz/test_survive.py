# SPDX-License-Identifier: Apache-2.0
"""A campaign's folder: counters, inputs and findings outlive whatever ends a run."""

import errno
import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from fuzz.campaign import inputs, stats, workspace
from fuzz.campaign.engine_atheris import flags_of, manages
from fuzz.campaign.folder import Folder, runs_of
from fuzz.campaign.history import END, KILLED, MINUTE, START, History, Moment
from fuzz.campaign.options import CampaignError, Options
from fuzz.campaign.signals import ending_like_ctrl_c
from fuzz.campaign.stats import IN_REACH, Stats, Totals
from tests.cli.test_commands import call

ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "NO_COLOR": "1"}


def counted(runs: int, coverage: int = 0, seconds: float = 0.0, at: Path | None = None) -> Stats:
    made = Stats.private() if at is None else Stats.shared(at)
    made.counters.runs, made.counters.coverage, made.seconds = runs, coverage, seconds
    return made


def test_several_jobs_have_the_sum_and_the_greatest() -> None:
    first, second = counted(5, 70), counted(6, 60)
    first.seen[1] = 1
    totals = Totals([first, second], {"runs": 100, "coverage": 65}, ["RING-1"])
    assert totals.counters.runs == 111
    assert totals.counters.coverage == 70
    assert "RING-1" in totals.clauses_hit()
    assert totals.as_dict()["clauses_hit"] == len(totals.clauses_hit()) >= 1


def test_what_is_noted_is_read_by_the_next_run(tmp_path: Path) -> None:
    path = tmp_path / "stats.jsonl"
    first = History(path, clock=lambda: 7.0)
    first.note(START, 0.0, Totals([]), 0, 1)
    first.note(END, 12.5, Totals([counted(5)], hit=["RING-1"]), 2, 0)
    second = History(path)
    assert second.run == 2
    earlier, hit, seconds = second.earlier()
    assert (earlier, hit, seconds) == ({"runs": 5}, {"RING-1"}, 12.5)
    assert not second.recover([counted(9)]), "that run had ended"
    assert [x.event for x in second.moments] == [START, END]


def test_a_run_that_was_killed_is_taken_up_once(tmp_path: Path) -> None:
    path = tmp_path / "stats.jsonl"
    first = History(path, clock=lambda: 7.0)
    first.note(START, 10.0, Totals([], {"runs": 100}), 0, 2)
    left = [counted(5, 30, 42.0), counted(6, 20)]
    second = History(path, clock=lambda: 8.0)
    assert second.recover(left)
    assert second.last is not None
    assert second.last.event == KILLED
    assert second.last.counted == {"runs": 111, "coverage": 30}
    assert second.last.seconds == 52.0
    third = History(path)
    assert not third.recover(left), "killed again before it had removed what was left"
    assert third.earlier()[0]["runs"] == 111
    assert third.run == 2


@pytest.mark.parametrize("cut", range(0, 400, 37))
def test_a_file_that_was_cut_anywhere_is_read_without_its_last_line(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "stats.jsonl"
    history = History(path, clock=lambda: 7.0)
    everything = Totals([counted(1)], hit=IN_REACH)
    for _ in range(4):
        history.note(END, 1.0, everything, 0, 0)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) - cut])
    second = History(path, clock=lambda: 8.0)
    whole = data[: len(data) - cut].count(b"\n") + (cut == 1)
    assert len(second.moments) == whole
    second.note(END, 2.0, everything, 0, 0)
    assert len(History(path).moments) == whole + 1
    assert all(f"{path}:" in x for x in History(path).trouble)


def test_statistics_that_cannot_be_written_are_told_once(tmp_path: Path) -> None:
    (tmp_path / "stats.jsonl").mkdir()
    history = History(tmp_path / "stats.jsonl")
    history.note(END, 1.0, Totals([]), 0, 0)
    history.note(END, 2.0, Totals([]), 0, 0)
    assert len([x for x in history.trouble if "could not be written" in x]) == 1


def test_a_folder_is_for_one_campaign_at_a_time(tmp_path: Path) -> None:
    held = Folder(tmp_path)
    with pytest.raises(CampaignError, match=f"process {os.getpid()} is running this campaign"):
        Folder(tmp_path)
    held.begin(Options(seed=7), {"host": "fast-1"})
    held.close()
    Folder(tmp_path).close()
    (run,) = runs_of(tmp_path)
    assert run.options == {"seed": 7}
    assert run.builds == {"host": "fast-1"}


def test_a_run_that_was_killed_before_it_counted_has_a_number_of_its_own(tmp_path: Path) -> None:
    for number in (1, 2):
        held = Folder(tmp_path)
        assert held.history.run == number
        held.begin(Options(seed=10 + number), {})
        held.close()
    assert [(x.run, x.options["seed"]) for x in runs_of(tmp_path)] == [(1, 11), (2, 12)]
    last = Folder(tmp_path)
    last.history.note(START, 0.0, Totals([]), 0, 1)
    last.close()
    assert Folder(tmp_path).history.run == 4


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_what_comes_before_a_campaign_ends_like_ctrl_c(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fuzz.cli.campaign._check", lambda _: os.kill(os.getpid(), number))
    signal.signal(number, signal.SIG_DFL)  # a shell that runs the tests behind it has left it ignored
    ended = call("fuzz", "--runs", "1", "--engine", "random")
    assert ended.exit_code == 130
    assert ended.stderr == "interrupted\n"


def test_a_run_that_ends_for_trouble_was_not_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def trouble(_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "somewhere")

    monkeypatch.setattr("fuzz.campaign.run._here", trouble)
    for _ in range(2):
        ended = call("fuzz", "--runs", "1", "--engine", "random", "--campaign", str(tmp_path / "c"))
        assert ended.exit_code == 2
        assert "was killed" not in ended.stderr
    assert [x.event for x in History(tmp_path / "c" / "stats.jsonl").moments] == [END, END]


@pytest.mark.slow
def test_an_executor_that_may_not_be_run_is_a_target_that_is_not_there(tmp_path: Path) -> None:
    environment = {**ENVIRONMENT, "SYSLET_CACHE": str(tmp_path / "cache")}
    command = [sys.executable, "-m", "fuzz.cli", "fuzz", "--runs", "5", "--campaign", str(tmp_path / "c")]

    def fuzz() -> "subprocess.CompletedProcess[str]":
        return subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert fuzz().returncode == 0
    (executor,) = (tmp_path / "cache").glob("fast-*/executor")
    executor.chmod(0o644)
    ended = fuzz()
    assert ended.returncode == 77, ended.stderr
    assert "cannot be run: Permission denied; if its file system is mounted noexec, set $SYSLET_CACHE" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_what_jobs_left_is_collected_and_what_was_cut_is_not(tmp_path: Path) -> None:
    mine = workspace.Workspace(tmp_path / "jobs")
    (mine.folder(0) / "corpus").mkdir()
    other = tmp_path / "jobs" / "99999-0"
    (other / "corpus").mkdir(parents=True)
    inputs.put(other / "corpus", b"one")
    (other / "corpus" / inputs.name_of(b"two")).write_bytes(b"t")
    assert list(mine.left_behind()) == [other], "ours is not left behind"
    corpus = inputs.Corpus(tmp_path / "corpus")
    assert workspace.collect(other, corpus) == (1, 1)
    assert [x.name for x in corpus.look()] == [inputs.name_of(b"one")]
    assert not other.exists()
    mine.close()
    assert not (tmp_path / "jobs").exists()


def test_what_cannot_be_collected_stays(tmp_path: Path) -> None:
    left = tmp_path / "1-0"
    (left / "corpus").mkdir(parents=True)
    inputs.put(left / "corpus", b"one")
    (tmp_path / "corpus").write_text("a file where the folder should be")
    corpus = inputs.Corpus(tmp_path / "corpus")
    assert workspace.collect(left, corpus) == (0, 0)
    assert left.exists()
    assert "1 inputs of the corpus could not be written" in corpus.trouble()[0]


def test_a_corpus_passes_over_what_is_cut_and_says_so(tmp_path: Path) -> None:
    inputs.put(tmp_path, b"one")
    (tmp_path / "named-by-hand").write_bytes(b"two")
    (tmp_path / inputs.name_of(b"three")).write_bytes(b"thr")
    corpus = inputs.Corpus(tmp_path)
    assert sorted(x.read_bytes() for x in corpus.look()) == [b"one", b"two"]
    (line,) = corpus.trouble()
    assert inputs.name_of(b"three") in line
    assert "damaged" in line


def test_a_corpus_that_is_too_large_is_sampled_by_the_seed() -> None:
    paths = [Path(str(number)) for number in range(3000)]
    assert inputs.sampled(paths, None, 1) == paths
    assert inputs.sampled(paths, 60, 1) == paths
    some = inputs.sampled(paths, 10, 1)
    assert len(some) == 10 * inputs.READ_IN_A_SECOND
    assert some == inputs.sampled(paths, 10, 1) != inputs.sampled(paths, 10, 2)


def test_what_libfuzzer_writes_to_comes_first_whatever_is_given_behind_the_dashes() -> None:
    options = Options(arguments=("-use_value_profile=1", "elsewhere"))
    flags = flags_of(options, 5, 7, Path("ours"), Path("place"))
    folders = [x for x in flags if not x.startswith("-")]
    assert folders == ["ours", "elsewhere"]
    assert not manages(options)
    assert manages(Options(arguments=("-merge=1", "x")))


def lines_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(x) for x in path.read_text().splitlines()]


def moments_of(folder: Path) -> list[dict[str, Any]]:
    """What its statistics tell but for each minute: on a busy machine one may have passed."""
    return [x for x in lines_of(folder / "stats.jsonl") if x["event"] != MINUTE]


def start(folder: Path, *arguments: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "fuzz.cli", "fuzz", "--campaign", str(folder), "--seed", "1", *arguments]
    return subprocess.Popen(
        command, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=folder.parent
    )


def written_by_jobs(folder: Path) -> set[str]:
    """The names of the whole programs that the jobs wrote."""
    return {x.name for x in folder.glob("jobs/*/corpus/*") if inputs.whole(x) is not None}


def wait_for_programs(folder: Path, least: int) -> list[Path]:
    """Until each of two jobs has run so many, and one wrote one; gives their counters' files.

    The number alone would not do: libFuzzer runs all seeds first, and writes none of them.
    """
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        files = sorted(folder.glob("jobs/*-*/counters"))
        started = len(files) == 2 and all(x.stat().st_size and Stats.shared(x).counters.runs > least for x in files)
        if started and written_by_jobs(folder):
            return files
        time.sleep(0.2)
    raise AssertionError("the jobs did not start, or wrote nothing")


@pytest.mark.slow
def test_a_campaign_that_is_killed_loses_and_doubles_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "campaign"
    with start(folder, "--jobs", "2", "--time", "100") as process:
        files = wait_for_programs(folder, 300)
        process.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 30
    before = -1
    while before != (before := sum(Stats.shared(x).counters.runs for x in files)):
        assert time.monotonic() < deadline, "jobs end with who started them"
        time.sleep(1.0)
    written = written_by_jobs(folder)
    assert written
    with start(folder, "--runs", "600", "--jobs", "2") as process:
        assert process.stdout is not None
        text = process.stdout.read()
    assert process.returncode == 0, text
    assert f"{folder}: the last run was killed" in text
    moments = moments_of(folder)
    assert [(x["event"], x["run"]) for x in moments] == [("start", 1), ("killed", 1), ("start", 2), ("end", 2)]
    assert moments[1]["counted"]["runs"] == moments[2]["counted"]["runs"] == before
    assert moments[3]["counted"]["runs"] >= before + 600
    kept = {x.name for x in (folder / "corpus").iterdir()}
    assert written <= kept
    assert all(inputs.whole(x) is not None for x in (folder / "corpus").iterdir())
    assert not (folder / "jobs").exists()
    assert [x["run"] for x in lines_of(folder / "runs.jsonl")] == [1, 2]
    over = call("fuzz", "--campaign", str(folder), "--total-time", "1")
    assert over.exit_code == 2
    assert "--total-time is 1" in over.output


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_a_campaign_with_its_summary(tmp_path: Path, number: signal.Signals) -> None:
    folder = tmp_path / "campaign"
    with start(folder, "--time", "100", "--engine", "random") as process:
        deadline = time.monotonic() + 60
        while not any(x.stat().st_size and Stats.shared(x).counters.runs for x in folder.glob("jobs/*-*/counters")):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        process.send_signal(number)
        assert process.stdout is not None
        text = process.stdout.read()
    assert process.returncode == 0, text
    assert "exercised:" in text
    assert [x["event"] for x in moments_of(folder)] == [START, END]


@pytest.mark.slow
def test_jobs_share_what_they_find_and_one_that_dies_is_started_again(tmp_path: Path) -> None:
    folder = tmp_path / "campaign"
    with start(folder, "--jobs", "2", "--runs", "6000") as process:
        wait_for_programs(folder, 100)
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        os.kill(int(children[0]), signal.SIGKILL)
        assert process.stdout is not None
        text = process.stdout.read()
    assert process.returncode == 0, text
    assert "the fuzzing process was started again, 1 time" in text
    last = lines_of(folder / "stats.jsonl")[-1]
    assert last["counted"]["restarts"] == 1
    assert last["counted"]["runs"] >= 6000
    assert len(list((folder / "corpus").iterdir())) > 10


def test_counters_have_room_before_they_are_written(tmp_path: Path) -> None:
    path = tmp_path / "counters"
    Stats.shared(path)
    assert path.stat().st_blocks * 512 >= path.stat().st_size > 0, "memory on a full disk would be our death"
    assert stats.STATES[0] == Stats.shared(path).state
    assert Moment.__struct_fields__[0] == "at"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_that_comes_in_a_callback_is_not_lost(number: signal.Signals) -> None:
    """What is raised in a destructor is told of, and goes no further."""

    class Deaf:
        def __del__(self) -> None:
            with suppress(KeyboardInterrupt):
                signal.raise_signal(number)

    # A campaign that was ended in this process, or a shell that runs the tests behind it, has left them ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for each in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_DFL)
    before = {x: signal.getsignal(x) for x in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}

    def end() -> None:
        with ending_like_ctrl_c() as check:
            check()
            Deaf()
            check()

    try:
        with pytest.raises(KeyboardInterrupt):
            end()
        assert signal.getsignal(signal.SIGINT) == before[signal.SIGINT]
        assert signal.getsignal(signal.SIGTERM) == signal.SIG_IGN
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
    with ending_like_ctrl_c() as check:
        check()
    assert {x: signal.getsignal(x) for x in before} == before
