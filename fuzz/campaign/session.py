# SPDX-License-Identifier: Apache-2.0
"""One program after another: judge, count, keep what is found. Both engines drive this and nothing else.

A new finding is written down, run again, minimized and grouped on the spot; the rest of the campaign only counts
its signature. Nothing here raises, unless the campaign is strict or its findings cannot be written down.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from fuzz.campaign import stats as s
from fuzz.campaign.options import Options
from fuzz.findings.store import Origin, Store, slug
from fuzz.minimize.witness import work_up
from fuzz.oracle import Judgement, judge_safely
from model.program import Program
from model.spec import features
from model.trace import End, Ended, Trace
from model.verdict import Outcome
from native.targets.host import Target

_COUNTER: Final = {
    Outcome.ALLOWED: s.ALLOWED,
    Outcome.DIVERGENCE: s.DIVERGENCE,
    Outcome.UNKNOWN: s.UNKNOWN,
}


_FIRST_BUDGET: Final = 1_500
"""Blocks of the first attempt at a verdict. On a tree that is broken most divergences are of a kind that was found
before, and deciding each to the end would leave no time for the next kind."""


def _worst(judgements: Iterable[Judgement]) -> Judgement:
    """The first that is not allowed, else the last."""
    for judgement in judgements:
        if judgement.verdict.outcome is not Outcome.ALLOWED:
            return judgement
    return judgement


class StrictFinding(Exception):
    """Raised in strict campaigns at the first finding; its text is the signature."""


class FindingLost(Exception):
    """A finding could not be written down: a campaign that goes on would lose the next ones as well."""


class Session:
    """Targets, a store of findings, and counters."""

    def __init__(self, targets: Mapping[str, Target], options: Options, stats: s.Stats) -> None:
        self.targets = targets
        self.steering = list(targets.values())[-1]
        self.options = options
        self.stats = stats
        self.store = Store(Path(options.findings))
        self.features = bytearray(features.SIZE)
        self.found_new_feature = False
        self._blank = bytes(features.SIZE)
        self.last: Judgement | None = None

    def evaluate(self, program: Program) -> Judgement:
        """Judge one program on each target and account for it; returns the last judgement, or the first finding."""
        self.features[:] = self._blank
        judgements: dict[str, Judgement] = {}
        like: Judgement | None = None
        for name, target in self.targets.items():
            like = judgements[name] = self._judge(program, target, like)
            self._count_trace(like.trace)
        self.last = _worst(judgements.values())
        self.found_new_feature = self.stats.note_features(self.features)
        self._count(self.last)
        for name, judgement in judgements.items():
            self._note(name, judgement)
        return self.last

    def _note(self, name: str, judgement: Judgement) -> None:
        outcome = judgement.verdict.outcome
        try:
            if outcome is Outcome.DIVERGENCE:
                self._found(name, judgement)
            elif outcome is Outcome.UNKNOWN:
                self.store.write_unknown(judgement, self._origin(name))
        except OSError as error:
            raise FindingLost(f"a finding could not be written: {error}") from error

    def _judge(self, program: Program, target: Target, like: Judgement | None) -> Judgement:
        """Judge with a small budget first. Only what is not known already is worth the whole one."""
        judgement = judge_safely(program, target, features=self.features, budget=_FIRST_BUDGET, like=like)
        verdict = judgement.verdict
        if verdict.outcome is not Outcome.UNKNOWN:
            return judgement
        if verdict.suspect is not None and self.store.is_known(verdict.suspect.signature):
            return judgement
        return judge_safely(program, target, features=self.features)

    def _count(self, judgement: Judgement) -> None:
        """Once a program."""
        counters = self.stats.counters
        counters[s.RUNS] += 1
        counters[_COUNTER[judgement.verdict.outcome]] += 1
        counters[s.EFFORT] += judgement.verdict.effort
        trace = judgement.trace
        if trace is not None:
            counters[s.WITH_ATOM] += trace.atoms > 0
            counters[s.WITH_HANDOVER] += trace.handovers > 0
            last = trace.events[-1]
            counters[s.STUCK] += isinstance(last, Ended) and last.end is End.STUCK

    def _count_trace(self, trace: Trace | None) -> None:
        """Once for each target."""
        if trace is None:
            return
        counters = self.stats.counters
        counters[s.ATOMS] += trace.atoms
        counters[s.HANDOVERS] += trace.handovers
        counters[s.PREEMPTIONS] += trace.preemptions

    def _origin(self, name: str) -> Origin:
        options, run, build_id = self.options, self.stats.counters[s.RUNS], self.targets[name].build_id
        fault = options.fault or ""
        return Origin(options.engine, options.seed, build_id, run, options.build, fault, name, options.preempt)

    def _found(self, name: str, judgement: Judgement) -> None:
        signature = judgement.signature
        assert signature is not None
        known = self.store.is_known(signature)
        self.stats.counters[s.KNOWN if known else s.NEW] += 1
        self.stats.note_met(slug(signature))
        if not known or self.store.is_simpler(signature, judgement.program):
            folder = self.store.write(judgement, self._origin(name))
            saved = bytes(self.steering.coverage)
            self._work_up(self.targets[name], judgement, folder)
            self.steering.coverage[:] = saved
        if self.options.strict:
            raise StrictFinding(": ".join(signature))

    def _work_up(self, target: Target, judgement: Judgement, folder: Path) -> None:
        """Stability, then the minimized witness."""
        options = self.options
        witness = work_up(judgement, target, reruns=options.reruns, limit=options.minimize_runs)
        self.store.add_stability(folder, witness.same, witness.reruns)
        if witness.log:
            self.store.add_log(folder, witness.log)
        if witness.judgement is not None and witness.result is not None:
            self.store.add_minimized(folder, witness.judgement, witness.result.runs)
