# SPDX-License-Identifier: Apache-2.0
"""The measurements. Every one returns plain numbers; `fuzz.bench.show` gives them words and floors."""

import io
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import cycle as cycled
from itertools import islice
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from fuzz import form
from fuzz.bench.parts import BenchmarkError, parts
from fuzz.bench.programs import in_flight, typical
from fuzz.campaign import run as campaign
from fuzz.campaign.opened import choose
from fuzz.campaign.options import Options
from fuzz.campaign.seeds import corpus_files, seed_programs
from fuzz.generate import codec, mutate
from fuzz.oracle import judge
from fuzz.text import expect, parse
from model import image as layout
from model.check import check
from model.spec import run
from model.trace import Trace
from model.verdict import Outcome
from native.targets import known as targets
from native.targets import library
from native.targets.host import ExecutorTarget, Failure, Target

CURVE: Final = (1, 2, 4, 8, 16, 32, 64)
_EMPTY: Final = """
import sys, time
import atheris
count, started = 0, time.perf_counter()
def target(data):
    global count
    count += 1
    if count == 300_000:
        sys.stdout.write(str(count / (time.perf_counter() - started)))
        sys.stdout.flush()
        import os; os._exit(0)
atheris.Setup([sys.argv[0], "-max_len=4096", "-len_control=0", "-seed=1"], target)
atheris.Fuzz()
"""


def rate(work: Callable[[], object], seconds: float) -> float:
    """How often per second `work` can be done."""
    work()
    count, batch = 0, 1
    started = time.perf_counter()
    while (passed := time.perf_counter() - started) < seconds:
        for _ in range(batch):
            work()
        count += batch
        batch = min(batch * 2, 256)
    return count / passed


def machine() -> dict[str, str]:
    """What this was measured on."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    named = (x.split(":", 1)[1].strip() for x in lines if x.startswith("model name"))
    return {
        "processor": next(named, platform.processor() or platform.machine()),
        "processors": str(os.cpu_count()),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "model": form.describe(),
    }


def empty_atheris() -> float:
    """Executions per second of an atheris target that does nothing."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "empty.py"
        script.write_text(_EMPTY)
        done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1])


def _trace(target: Target, image: layout.Image) -> Trace:
    answer = target.run(image)
    if isinstance(answer, Failure):
        raise BenchmarkError(f"the target failed on a benchmark program: {answer.text}")
    return answer


def singles(target: ExecutorTarget, seconds: float) -> dict[str, float]:
    """The parts of the cycle, each alone, on the typical program."""
    program = typical()
    image = layout.build(program)
    data = codec.encode(program)
    trace = _trace(target, image)
    if check.check(image, trace).outcome is not Outcome.ALLOWED:
        raise BenchmarkError("the typical program diverges: no figure means anything")
    return {
        "ping": rate(target.ping, seconds),
        "native": rate(lambda: target.run(image), seconds),
        "model": rate(lambda: run.run(image), seconds),
        "check": rate(lambda: check.check(image, trace), seconds),
        "decode": rate(lambda: codec.decode_anew(data), seconds),
        "build": rate(lambda: layout.build(program), seconds),
        "judge": rate(lambda: judge(program, target), seconds),
    }


def check_curve(target: Target, seconds: float) -> list[dict[str, float]]:
    """Time of a check against the number of syslets in flight."""
    rows = []
    for count in CURVE:
        image = layout.build(in_flight(count))
        trace = _trace(target, image)
        verdict = check.check(image, trace)
        each = 1 / rate(lambda image=image, trace=trace: check.check(image, trace), seconds)  # type: ignore[misc]
        rows.append(
            {
                "in_flight": count,
                "handovers": trace.handovers,
                "allowed": verdict.outcome is Outcome.ALLOWED,
                "effort": verdict.effort,
                "microseconds": each * 1e6,
                "per_syslet": each * 1e6 / count,
            }
        )
    return rows


def mutator_shares(target: Target, programs: int) -> dict[str, float]:
    """How many of the mutator's programs execute an atom, and how many see a hand-over."""
    rng = random.Random(1)
    pool = [codec.encode(x) for x in seed_programs()]
    atoms = handovers = 0
    for _ in range(programs):
        data = rng.choice(pool)
        for _ in range(rng.randrange(1, 6)):
            data = mutate.mutate(data, 4096, rng.getrandbits(32))
        answer = target.run(layout.build(codec.decode(data)))
        if isinstance(answer, Trace):
            atoms += answer.atoms > 0
            handovers += answer.handovers > 0
    return {"programs": programs, "atom": atoms / programs, "handover": handovers / programs}


def _campaign(options: Options) -> tuple[campaign.Outcome, float]:
    started = time.perf_counter()
    outcome = campaign.run(options, Console(file=io.StringIO()))
    if outcome.interrupted:
        raise KeyboardInterrupt
    return outcome, time.perf_counter() - started


def _boot(target: ExecutorTarget, times: int = 10) -> float:
    """Seconds from starting a kernel to its first answer: the median."""
    taken = []
    for _ in range(times):
        target.fresh()
        started = time.perf_counter()
        target.ping()
        taken.append(time.perf_counter() - started)
    return statistics.median(taken)


def kernel(name: str, seconds: float, cycle_seconds: int) -> dict[str, Any]:
    """The real kernel as a target: start, round trip, a typical program, the cycle, and the whole corpus once."""
    image = layout.build(typical())
    with targets.open_target(name, cpu=choose()) as target:
        _trace(target, image)
        made: dict[str, Any] = {
            "boot": _boot(target),
            "ping": rate(target.ping, seconds),
            "native": rate(lambda: target.run(image), seconds),
            "replay": replay(target, len(corpus_files())),
        }
    return {**made, "cycle": cycle(cycle_seconds, (name,))}


def threadlets() -> dict[str, float]:
    """Nanoseconds of a cached threadlet, and of what it is compared with, inside the fast kernel on one processor."""
    program = library.cached_program(library.LIBRARY / "bench" / "cost.c")
    command = [sys.executable, "-m", "fuzz.cli", "boot", "--real-time", "--", str(program)]
    cpu = choose()
    place = None if cpu is None else lambda: os.sched_setaffinity(0, {cpu})
    done = subprocess.run(command, capture_output=True, text=True, check=False, preexec_fn=place)
    if done.returncode:
        raise BenchmarkError(f"the threadlets could not be measured: {done.stderr}")
    return {name: float(figure) for name, figure in map(str.split, done.stdout.splitlines())}


def cycle(seconds: int, names: tuple[str, ...] = ("host",), programs: int = 5_000) -> dict[str, Any]:
    """The full differential cycle under atheris with the coverage map, and its parts on the last target."""
    with tempfile.TemporaryDirectory() as folder:
        inputs = Path(folder) / "inputs"
        options = Options(seed=1, seconds=seconds, findings=f"{folder}/findings", targets=names, corpus=str(inputs))
        outcome, took = _campaign(options)
        pool = [path.read_bytes() for path in sorted(inputs.iterdir())]
    counted = outcome.counted
    runs = max(counted["runs"], 1)
    with targets.open_target(names[-1], cpu=choose()) as target:
        divided = parts(target, pool, programs, took / runs)
    return {
        "per_second": runs / took,
        "unknown": counted["unknown"] / runs,
        "atom": counted["with_atom"] / runs,
        "handover": counted["with_handover"] / runs,
        "divergence": counted["divergence"],
        "parts": divided,
    }


def fault(name: str, seconds: int) -> dict[str, Any]:
    """Seconds until a planted fault is found and its witness minimized."""
    with tempfile.TemporaryDirectory() as folder:
        outcome, took = _campaign(Options(seed=1, seconds=seconds, findings=folder, strict=True, fault=name))
    if not outcome.groups:
        return {"fault": name, "found": False, "seconds": took}
    group = outcome.groups[0]
    clause, kind, _ = group.signature
    return {
        "fault": name,
        "found": True,
        "seconds": took,
        "programs": outcome.counted["runs"],
        "lines": group.lines,
        "clause": clause,
        "kind": kind,
    }


def replay(target: Target, cases: int = 500) -> dict[str, float]:
    """Seconds to replay that many corpus cases (the corpus again and again until there are enough)."""
    files = corpus_files()
    started = time.perf_counter()
    for path in islice(cycled(files), cases):
        case = parse(path.read_text(encoding="utf-8"), str(path))
        judgement = judge(case.program, target)
        if judgement.trace is not None:
            expect.failures(case, judgement.trace)
        expect.failures(case, run.run(layout.build(case.program)))
    return {"cases": cases, "files": len(files), "seconds": time.perf_counter() - started}
