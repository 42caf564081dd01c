# SPDX-License-Identifier: Apache-2.0
"""The target of an existing engine, driven as its runner does: run, reproduce, merge; what is not there is said."""

import os
import re
import shutil
import subprocess
import sys
import traceback
import zipfile
from pathlib import Path

import coverage
import pytest

from fuzz.campaign import engine_mode
from fuzz.campaign.engine_mode import Divergence, raise_finding
from native.targets import build

ROOT = Path(__file__).parents[2]


def test_the_innermost_frames_bear_the_signature() -> None:
    with pytest.raises(Divergence, match="the text") as raised:
        raise_finding(("RING-1", "ring state", "settled"), "the text")
    frames = traceback.extract_tb(raised.value.__traceback__)
    assert [x.name for x in frames[-3:]] == ["settled", "ring_state", "RING_1"]
    assert frames[-1].filename == "clauses/RING_1.py"


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The target, moved as it is shipped."""
    return made_by_build(tmp_path_factory.mktemp("build"), "none")


def made_by_build(folder: Path, sanitizer: str) -> Path:
    """What build.sh makes, without packing."""
    src, made = folder / "src", folder / "out"
    src.mkdir()
    made.mkdir()
    (src / "syslets").symlink_to(ROOT)
    environment = {
        **os.environ, "SRC": str(src), "OUT": str(made), "PACK": "0", "PYTHON": sys.executable, "SANITIZER": sanitizer,
        "PYTHONPATH": str(ROOT),
    }  # fmt: skip
    subprocess.run([str(ROOT / ".clusterfuzzlite" / "build.sh")], env=environment, check=True, capture_output=True)
    moved = made.with_name("moved")
    made.rename(moved)
    return moved


def put(executor: Path, out: Path) -> None:
    """In place of the one that is there, which may still be ending."""
    aside = out / "aside"
    shutil.copy(executor, aside)
    aside.replace(out / engine_mode.NAME)


def run(out: Path, *arguments: str, executor: Path | None = None, **more: str) -> "subprocess.CompletedProcess[str]":
    """As the runner: in $OUT, with nothing of ours in the environment."""
    if executor is not None:
        put(executor, out)
    environment = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", **more}
    return subprocess.run(
        [str(out / "syslet_fuzz"), *arguments], env=environment, cwd=out, capture_output=True, text=True, check=False
    )


@pytest.mark.slow
def test_what_is_shipped_is_all_that_is_needed(out: Path) -> None:
    assert {x.name for x in out.iterdir()} >= {
        "syslet_fuzz", "syslet_executor", "syslet_fuzz.options", "syslet_fuzz_seed_corpus.zip",
    }  # fmt: skip
    assert "LLVMFuzzerTestOneInput" in (out / "syslet_fuzz").read_text()
    assert "LD_PRELOAD" in (out / "syslet_fuzz").read_text()
    assert re.fullmatch(r"\[libfuzzer\]\n(\w+=\d+\n)+", (out / "syslet_fuzz.options").read_text())


@pytest.mark.slow
def test_the_mutator_is_called_and_a_preloaded_library_does_not_matter(out: Path, tmp_path: Path) -> None:
    calls = tmp_path / "calls"
    (tmp_path / "corpus").mkdir()
    done = run(
        out, "-runs=300", "-seed=1", str(tmp_path / "corpus"), executor=build.executor(),
        SYSLET_CALLS=str(calls), LD_PRELOAD="/nonexistent/libfuzzer.so",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert calls.stat().st_size > 100, "the others of the 300 are crossovers"


@pytest.mark.slow
def test_a_finding_is_raised_at_once_and_reproduced_ten_times(out: Path, tmp_path: Path) -> None:
    seeds = tmp_path / "seeds"
    seeds.mkdir()
    shutil.unpack_archive(out / "syslet_fuzz_seed_corpus.zip", seeds)
    faulty = build.executor(fault="EVENT_OF_FIRST_ATOM")
    done = run(out, f"-artifact_prefix={tmp_path}/", "-max_total_time=25", str(seeds), executor=faulty)
    assert done.returncode != 0
    assert "clauses/" in done.stdout + done.stderr
    (crash,) = tmp_path.glob("crash-*")
    frames = set()
    for _ in range(10):
        again = run(out, str(crash))
        assert again.returncode != 0, again.stderr[-2000:]
        frames.add(re.findall(r'File "clauses/(\w+)\.py"', again.stdout + again.stderr)[-1])
    assert len(frames) == 1
    put(build.executor(), out)


@pytest.mark.slow
def test_corpora_are_merged(out: Path, tmp_path: Path) -> None:
    seeds, merged = tmp_path / "seeds", tmp_path / "merged"
    seeds.mkdir()
    merged.mkdir()
    shutil.unpack_archive(out / "syslet_fuzz_seed_corpus.zip", seeds)
    done = run(out, "-merge=1", str(merged), str(seeds), executor=build.executor())
    assert done.returncode == 0, done.stderr[-2000:]
    assert 10 < len(list(merged.iterdir())) <= len(list(seeds.iterdir()))


@pytest.mark.slow
@pytest.mark.skipif(os.environ.get("SYSLET_TESTED") == "compiled", reason="compiled code has no lines to count")
def test_lines_are_counted_as_their_runner_wants_them(tmp_path: Path) -> None:
    out = made_by_build(tmp_path, "coverage")
    assert [x.name for x in out.iterdir() if x.is_file() and os.access(x, os.X_OK)] == ["syslet_fuzz"]
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    shutil.unpack_archive(out / "syslet_fuzz_seed_corpus.zip", corpus)
    for path in sorted(corpus.iterdir())[20:]:
        path.unlink()
    done = run(out, str(corpus), "-atheris_runs=20")
    assert done.returncode == 0, done.stderr[-2000:]
    counted = coverage.CoverageData(str(out / ".coverage"))
    counted.read()
    (ring,) = [x for x in counted.measured_files() if x.endswith("model/spec/ring.py")]
    assert len(counted.lines(ring) or ()) > 5
    with zipfile.ZipFile(out / "syslet_fuzz.pkg.deps.zip") as sources:
        assert f"medio{ring}" in sources.namelist()


@pytest.mark.slow
def test_without_its_executor_it_says_so(out: Path) -> None:
    (out / "syslet_executor").rename(out / "elsewhere")
    done = run(out, "-runs=1")
    (out / "elsewhere").rename(out / "syslet_executor")
    assert done.returncode == 77
    assert "belongs beside the target" in done.stderr
    assert "Traceback" not in done.stderr
