# SPDX-License-Identifier: Apache-2.0
"""The planted faults: does replay notice each, how long do campaigns take to find it, and what do baselines find."""

import io
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any, Final

import attrs
from rich.console import Console

from fuzz import replay
from fuzz.campaign import run as campaign
from fuzz.campaign.opened import choose
from fuzz.campaign.options import Options
from fuzz.campaign.seeds import corpus_files
from fuzz.text import Case, parse
from native.targets import faults
from native.targets import known as targets

SEEDS: Final = 5
BASELINES: Final = ("random", "hypothesis")
_BASELINE_SECONDS: Final = 20
_TENTH: Final = 10


@attrs.frozen
class Tried:
    """One planted fault.

    Attributes:
        replayed: the first file of the corpus by which `replay` notices it; None if it does not.
        seconds: of each seed's campaign until the finding was there, minimized; None where there was none.
        baselines: the same of the engines that it is compared with; empty where replay notices the fault.
    """

    fault: str
    replayed: str | None
    seconds: tuple[float | None, ...]
    baselines: dict[str, float | None]


def tried(name: str, cases: Sequence[tuple[str, Case]], *, seeds: int, seconds: int, target: str = "host") -> Tried:
    """Replay the corpus with the fault; run a campaign for each seed; and, if replay misses it, the baselines."""
    replayed = _replayed(name, cases, target)
    took = tuple([_campaign(name, seed, seconds, target, "atheris") for seed in range(1, seeds + 1)])
    compared: dict[str, float | None] = {}
    if replayed is None and target == "host":
        compared = {engine: _campaign(name, 1, _BASELINE_SECONDS, target, engine) for engine in BASELINES}
    return Tried(name, replayed, took, compared)


def _replayed(name: str, cases: Sequence[tuple[str, Case]], target: str) -> str | None:
    with targets.open_target(target, fault=name, cpu=choose()) as native:
        for path, case in cases:
            if replay.replay(path, case, native).came_to != replay.PASSED:
                return Path(path).stem
    return None


def _campaign(name: str, seed: int, seconds: int, target: str, engine: str) -> float | None:
    """Seconds until the first finding was written down and minimized; None if there was none."""
    with tempfile.TemporaryDirectory() as folder:
        options = Options(
            seed=seed, seconds=seconds, findings=folder, strict=True, fault=name, engine=engine, targets=(target,)
        )  # fmt: skip
        started = time.perf_counter()
        outcome = campaign.run(options, Console(file=io.StringIO()))
        if outcome.interrupted:
            raise KeyboardInterrupt
        return time.perf_counter() - started if outcome.groups else None


def corpus() -> list[tuple[str, Case]]:
    """The corpus, read."""
    return [(str(path), parse(path.read_text(encoding="utf-8"), str(path))) for path in corpus_files()]


def chosen(names: Sequence[str], tenth: int | None) -> list[str]:
    """All names, or a tenth of them: drawn by the number, so that ten numbers in a row have them all."""
    if tenth is None:
        return list(names)
    shuffled = list(names)
    Random(tenth // _TENTH).shuffle(shuffled)
    return sorted(shuffled[tenth % _TENTH :: _TENTH])


def measure(
    note: Callable[[str], None],
    *,
    seconds: int = 60,
    seeds: int = SEEDS,
    target: str = "host",
    tenth: int | None = None,
) -> list[Tried]:
    """Every fault that the target can show, one after another; on a real kernel only those that the host cannot."""
    on_host = faults.on_host()
    names = on_host if target == "host" else [x for x in faults.load() if target in faults.load()[x].targets]
    if target != "host":
        names = [name for name in names if name not in on_host]
    cases = corpus()
    made = []
    for name in chosen(names, tenth):
        note(f"planted fault {name}")
        made.append(tried(name, cases, seeds=seeds if target == "host" else 1, seconds=seconds, target=target))
    return made


def summary(made: Sequence[Tried]) -> dict[str, Any]:
    """Figures over all: found, found by every seed though replay misses it, the median and the worst of the times."""
    missed = [x for x in made if x.replayed is None]
    times = [seconds for x in made for seconds in x.seconds if seconds is not None]
    return {
        "faults": len(made),
        "found": sum(any(s is not None for s in x.seconds) or x.replayed is not None for x in made),
        "by_replay": len(made) - len(missed),
        "missed_by_replay": len(missed),
        "of_these_by_every_seed": sum(all(s is not None for s in x.seconds) for x in missed),
        "median_seconds": statistics.median(times) if times else None,
        "worst_seconds": max(times, default=None),
        "baselines": {engine: sum(x.baselines.get(engine) is not None for x in missed) for engine in BASELINES},
    }


def table(made: Sequence[Tried]) -> str:
    """The faults in words, and the summary."""
    lines = [f"{'planted fault':30}{'replay':9}{'campaigns: seconds by seed':44}baselines"]
    for x in made:
        times = " ".join("  none" if s is None else f"{s:6.1f}" for s in x.seconds)
        compared = ", ".join(f"{name} {'none' if s is None else f'{s:.1f}'}" for name, s in x.baselines.items())
        lines.append(f"{x.fault:30}{'notices' if x.replayed else '-':9}{times:44}{compared}".rstrip())
    told = summary(made)
    compared = ", ".join(f"{name} {count}" for name, count in told["baselines"].items())
    lines += ["", f"{told['found']} of {told['faults']} found; replay notices {told['by_replay']}"]
    every = told["of_these_by_every_seed"]
    lines.append(f"of the other {told['missed_by_replay']} every seed found {every}; baselines: {compared}")
    if told["median_seconds"] is not None:
        lines.append(f"median {told['median_seconds']:.1f} s, worst {told['worst_seconds']:.1f} s")
    return "\n".join(lines)
