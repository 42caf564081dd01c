# SPDX-License-Identifier: Apache-2.0
"""The atheris engine: our hooks are called, the shared map steers, and nothing a target does ends it."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from fuzz.campaign import engine_random, stats
from fuzz.campaign.job import DEFAULT_FLAGS
from fuzz.campaign.options import Options
from fuzz.campaign.session import Session
from fuzz.minimize import witness
from model.verdict import Kind
from native.targets.host import HostTarget
from native.targets.uml import target as uml

pytestmark = pytest.mark.slow

ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "NO_COLOR": "1"}


def fuzz(folder: Path, *arguments: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "fuzz.cli", "fuzz", "--json", "--seed", "1", "--findings", str(folder), *arguments],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    made: dict[str, Any] = json.loads(done.stdout)
    return made


def test_libfuzzer_waits_until_a_program_that_spins_is_minimized() -> None:
    (patience,) = (int(x.removeprefix("-timeout=")) for x in DEFAULT_FLAGS if x.startswith("-timeout="))
    runs = Options().reruns + witness._DEAR[Kind.HANG]
    assert patience > runs * max(uml._TIMEOUT.values())


def test_mutator_and_crossover_are_called_and_coverage_counts(tmp_path: Path) -> None:
    made = fuzz(tmp_path, "--runs", "1500")
    assert made["runs"] >= 1500
    assert made["mutations"] > 100
    assert made["crossovers"] > 10
    assert made["coverage"] > 300
    assert made["restarts"] == 0


def test_the_fuzzing_process_runs_the_same_package_whatever_lies_in_the_present_folder(tmp_path: Path) -> None:
    """In a clone, an installed command must not fuzz with the clone's sources."""
    for package in ("fuzz", "model"):
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").write_text("raise ImportError('not the package that was started')\n")
    command = [sys.executable, "-P", "-m", "fuzz.cli", "fuzz", "--json", "--runs", "200", "--seed", "1"]
    done = subprocess.run(command, env=ENVIRONMENT, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["runs"] >= 200


def test_a_planted_fault_is_found_and_minimized(tmp_path: Path) -> None:
    made = fuzz(tmp_path, "--runs", "20000", "--time", "60", "--fault", "EVENT_OF_FIRST_ATOM", "--strict")
    assert made["findings_new"] == 1
    (smallest,) = tmp_path.glob("*/smallest.syslet")
    lines = [x for x in smallest.read_text().splitlines() if x and not x.startswith(("#", "syslet"))]
    assert len(lines) < 10


def test_arguments_pass_through_to_libfuzzer(tmp_path: Path) -> None:
    assert fuzz(tmp_path, "--", "-runs=50")["runs"] < 1500


def test_the_evolved_corpus_can_be_kept(tmp_path: Path) -> None:
    fuzz(tmp_path / "findings", "--runs", "3000", "--corpus", str(tmp_path / "corpus"))
    assert len(list((tmp_path / "corpus").iterdir())) > 10


RUNS = 300_000
PUZZLE = """\
import mmap, os, sys, ctypes
from fuzz.campaign import hooks
atheris = hooks.load()
size = 1 << 16
shared = mmap.mmap(-1, size)
secret = b"ring"
bell, answer = os.pipe(), os.pipe()
words = mmap.mmap(-1, 64)
if os.fork() == 0:
    os.close(bell[1])
    while os.read(bell[0], 1):
        data = bytes(words[1 : 1 + words[0]])
        right = 0
        for a, b in zip(data, secret):
            if a != b:
                break
            right += 1
            shared[1000 * right] = 1
        os.write(answer[1], b"y" if right == len(secret) else b"n")
    os._exit(0)

def target(data):
    data = data[:63]
    words[0] = len(data)
    words[1 : 1 + len(data)] = data
    os.write(bell[1], b"r")
    if os.read(answer[0], 1) == b"y":
        os.write(1, b"solved")
        os._exit(0)

atheris.Setup([sys.argv[0], "-seed=1", "-max_len=16", "-runs=RUNS", "-len_control=0", "-entropic=0"], target,
    custom_mutator=lambda data, size, seed: atheris.Mutate(data, size),
    custom_crossover=lambda first, second, size, seed: (first[: len(first) // 2] + second[len(second) // 2 :])[:size])
if sys.argv[1] == "map":
    hooks.register_map(ctypes.addressof(ctypes.c_char.from_buffer(shared)), size)
atheris.Fuzz()
"""


@pytest.mark.parametrize(("mode", "solved"), [("map", True), ("none", False)])
def test_the_puzzle_is_solved_with_the_map_and_not_without(tmp_path: Path, mode: str, solved: bool) -> None:
    script = tmp_path / "puzzle.py"
    script.write_text(PUZZLE.replace("RUNS", str(RUNS)))
    done = subprocess.run(
        [sys.executable, str(script), mode], env=ENVIRONMENT, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert ("solved" in done.stdout) == solved, done.stderr[-2000:]
    assert solved or f"Done {RUNS} runs" in done.stderr


def test_the_random_engine_repeats_byte_for_byte_on_the_host(tmp_path: Path) -> None:
    """Findings, with traces of both sides and minimized programs, in two processes with two hash seeds."""
    outputs = []
    for hash_seed in ("1", "2"):
        folder = tmp_path / hash_seed
        command = [sys.executable, "-m", "fuzz.cli", "fuzz", "--engine", "random", "--runs", "400", "--seed", "4"]
        subprocess.run(
            [*command, "--fault", "LOST_EVENT_ON_WRAP", "--findings", str(folder)],
            env={**ENVIRONMENT, "PYTHONHASHSEED": hash_seed},
            capture_output=True,
            check=False,
        )
        outputs.append({str(x.relative_to(folder)): x.read_bytes() for x in folder.rglob("*") if x.is_file()})
    assert any(name.endswith("minimized.syslet") for name in outputs[0])
    assert outputs[0] == outputs[1]


def test_killing_the_executor_does_not_end_a_campaign(tmp_path: Path) -> None:
    options = Options(engine="random", findings=str(tmp_path))
    with HostTarget() as target:
        session = Session({"host": target}, options, stats.Stats.private())

        def go_on() -> bool:
            runs = session.stats.counters.runs
            if runs % 20 == 10:
                os.kill(target.pid, signal.SIGKILL)
            return bool(runs < 100)

        engine_random.drive(session, 1, go_on)
    assert session.stats.counters.runs == 100
    assert session.stats.counters.allowed >= 90
