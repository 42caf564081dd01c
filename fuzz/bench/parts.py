# SPDX-License-Identifier: Apache-2.0
"""Where the time of a cycle goes: its parts, one after another, on programs like those of a campaign.

All parts are timed in one run, so that their ratios hold on a machine that is not idle; the rest is what a
whole cycle under atheris takes beyond them.
"""

import random
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any, Final

from fuzz.campaign.options import MAX_BYTES
from fuzz.campaign.stats import Stats
from fuzz.generate import codec, mutate
from fuzz.schedule.plan import Plan
from model import image as layout
from model.check import check
from model.program import Program
from model.spec import features
from model.trace import End, Ended, Trace
from model.verdict import Outcome
from native.targets.host import ExecutorTarget

PARTS: Final = ("mutate", "schedules", "decode", "build", "write", "native", "parse", "check", "features")
"""`schedules`: drawing, sweeping, and taking one; `features`: what they add to a check, and telling the new ones."""
_CHECK: Final = "check"
_NOTING: Final = "check with features"
_CHECKS: Final = (_CHECK, _NOTING)
_DEPTH: Final = 5
"""Mutations, one upon another, that libFuzzer makes of an input before it takes the next."""


class BenchmarkError(Exception):
    """A program that is timed does not do what it should: no figure would mean anything."""


class _Stopwatch:
    """Seconds by part, and by how the program ended."""

    def __init__(self) -> None:
        self.part: defaultdict[str, float] = defaultdict(float)
        self.native: defaultdict[End, float] = defaultdict(float)
        self.check: defaultdict[End, float] = defaultdict(float)
        self.programs: Counter[End] = Counter()
        self._last = 0.0

    def start(self) -> None:
        self._last = time.perf_counter()

    def lap(self, part: str) -> float:
        now = time.perf_counter()
        took, self._last = now - self._last, now
        self.part[part] += took
        return took


def _inputs(pool: list[bytes], plan: Plan, watch: _Stopwatch) -> Iterator[bytes]:
    """As libFuzzer makes them: half of them from two parents, and others' schedules instead while there are any."""
    rng = random.Random(1)
    while True:
        data = rng.choice(pool)
        for _ in range(_DEPTH):
            other, seed, crossed = rng.choice(pool), rng.getrandbits(32), rng.random() < 0.5
            watch.start()
            planned = plan.take(None if crossed else codec.decode(data), rng, MAX_BYTES)
            watch.lap("schedules")
            if planned is not None:
                data = planned
            else:
                data = (
                    mutate.crossover(data, other, MAX_BYTES, seed) if crossed else mutate.mutate(data, MAX_BYTES, seed)
                )
                watch.lap("mutate")
                data = plan.made(data, rng, MAX_BYTES)
                watch.lap("schedules")
            yield data


def _one(program: Program, target: ExecutorTarget, watch: _Stopwatch, counters: bytearray) -> None:
    image = layout.build(program)
    watch.lap("build")
    target.put(image)
    watch.lap("write")
    failure = target.execute()
    native = watch.lap("native")
    trace = failure or target.observed()
    watch.lap("parse")
    if not isinstance(trace, Trace):
        raise BenchmarkError(f"the target failed on a program of the campaign: {trace.text}")
    laps = {}
    for part in sorted(_CHECKS, reverse=bool(watch.programs.total() & 1)):  # in turn, since the second finds all warm
        verdict = check.check(image, trace, features=counters if part == _NOTING else None, deep=target.deep)
        laps[part] = watch.lap(part)
    if verdict.outcome is Outcome.DIVERGENCE:
        raise BenchmarkError("a program of the campaign diverges: no figure means anything")
    last = trace.events[-1]
    assert isinstance(last, Ended)
    watch.programs[last.end] += 1
    watch.native[last.end] += native
    watch.check[last.end] += laps[_CHECK]


def parts(target: ExecutorTarget, pool: list[bytes], programs: int, cycle: float) -> dict[str, Any]:
    """Microseconds a program of each part; of the ends of programs, their share and what they cost.

    `pool` are the inputs that a campaign kept, `programs` is how many to time, and `cycle` the seconds of a whole cycle
    under atheris.
    """
    stats, counters, plan = Stats.private(), bytearray(features.SIZE), Plan()
    for data in pool:  # what the campaign had seen and decoded
        _one(codec.decode(data), target, _Stopwatch(), counters)
        stats.note_features(counters)
    watch = _Stopwatch()
    for count, data in enumerate(_inputs(pool, plan, watch), 1):
        counters[:] = bytes(features.SIZE)
        watch.start()
        program = codec.decode(data)
        watch.lap("decode")
        _one(program, target, watch, counters)
        is_new = stats.note_features(counters)
        watch.lap("features")
        if is_new:
            plan.entered(program)
            watch.lap("schedules")
        if count == programs:
            break
    watch.part["features"] += watch.part.pop(_NOTING) - watch.part[_CHECK]
    each = {name: watch.part[name] / programs * 1e6 for name in PARTS}
    whole = sum(watch.part.values())
    ends = {
        end.name.lower(): {
            "programs": count / programs,
            "native": watch.native[end] / count * 1e6,
            "check": watch.check[end] / count * 1e6,
            "of_parts": (watch.native[end] + watch.check[end]) / whole,
        }
        for end, count in sorted(watch.programs.items())
    }
    return {"microseconds": {**each, "rest": cycle * 1e6 - sum(each.values())}, "ends": ends}


def table(made: dict[str, Any]) -> list[str]:
    """The parts in words."""
    each = made["microseconds"]
    whole = sum(each.values())
    lines = [f"{'part of a cycle':34}{'us':>8}{'share':>8}"]
    lines += [f"{name:34}{figure:8.1f}{figure / whole:8.0%}" for name, figure in each.items()]
    lines += ["", f"{'programs that end':18}{'share':>8}{'native us':>11}{'check us':>10}{'of the parts':>14}"]
    lines += [
        f"{name:18}{end['programs']:8.1%}{end['native']:11.1f}{end['check']:10.1f}{end['of_parts']:14.1%}"
        for name, end in made["ends"].items()
    ]
    return lines
