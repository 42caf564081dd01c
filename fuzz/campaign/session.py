# SPDX-License-Identifier: Apache-2.0
"""One program after another: judge, count, keep what is found. Both engines drive this and nothing else.

A new finding is written down, run again, minimized and grouped on the spot; the rest of the campaign only counts
its signature. Nothing here raises, unless the campaign is strict or its findings cannot be written down.
"""

from pathlib import Path
from typing import Final

from fuzz.campaign import stats as s
from fuzz.campaign.options import Options
from fuzz.findings import Origin, Store
from fuzz.minimize.witness import work_up
from fuzz.oracle import Judgement, judge_safely
from model import features
from model.program import Program
from model.verdict import Outcome
from native.target import Target

_COUNTER: Final = {
    Outcome.ALLOWED: s.ALLOWED,
    Outcome.DIVERGENCE: s.DIVERGENCE,
    Outcome.UNKNOWN: s.UNKNOWN,
}


_FIRST_BUDGET: Final = 1_500
"""Blocks of the first attempt at a verdict. On a tree that is broken most divergences are of a kind that was found
before, and deciding each to the end would leave no time for the next kind."""


class StrictFinding(Exception):
    """Raised in strict campaigns at the first finding; its text is the signature."""


class FindingLost(Exception):
    """A finding could not be written down: a campaign that goes on would lose the next ones as well."""


class Session:
    """A target, a store of findings, and counters."""

    def __init__(self, target: Target, options: Options, stats: s.Stats) -> None:
        self.target = target
        self.options = options
        self.stats = stats
        self.store = Store(Path(options.findings))
        self.features = bytearray(features.SIZE)
        self.found_new_feature = False
        self._blank = bytes(features.SIZE)
        self.last: Judgement | None = None

    def evaluate(self, program: Program) -> Judgement:
        """Judge one program and account for it."""
        self.features[:] = self._blank
        judgement = self._judge(program)
        self.last = judgement
        self.found_new_feature = self.stats.note_features(self.features)
        self._count(judgement)
        outcome = judgement.verdict.outcome
        try:
            if outcome is Outcome.DIVERGENCE:
                self._found(judgement)
            elif outcome is Outcome.UNKNOWN:
                self.store.write_unknown(judgement, self._origin())
        except OSError as error:
            raise FindingLost(f"a finding could not be written: {error}") from error
        return judgement

    def _judge(self, program: Program) -> Judgement:
        """Judge with a small budget first. Only what is not known already is worth the whole one."""
        judgement = judge_safely(program, self.target, features=self.features, budget=_FIRST_BUDGET)
        verdict = judgement.verdict
        if verdict.outcome is not Outcome.UNKNOWN:
            return judgement
        if verdict.suspect is not None and self.store.is_known(verdict.suspect.signature):
            return judgement
        return judge_safely(program, self.target, features=self.features)

    def _count(self, judgement: Judgement) -> None:
        counters = self.stats.counters
        counters[s.RUNS] += 1
        outcome = judgement.verdict.outcome
        counters[_COUNTER[outcome]] += 1
        counters[s.EFFORT] += judgement.verdict.effort
        trace = judgement.trace
        if trace is not None:
            counters[s.ATOMS] += trace.atoms
            counters[s.HANDOVERS] += trace.handovers
            counters[s.WITH_ATOM] += trace.atoms > 0
            counters[s.WITH_HANDOVER] += trace.handovers > 0

    def _origin(self) -> Origin:
        options, run = self.options, self.stats.counters[s.RUNS]
        return Origin(options.engine, options.seed, self.target.build_id, run, options.build, options.fault or "")

    def _found(self, judgement: Judgement) -> None:
        signature = judgement.signature
        assert signature is not None
        known = self.store.is_known(signature)
        self.stats.counters[s.KNOWN if known else s.NEW] += 1
        if not known or self.store.is_simpler(signature, judgement.program):
            folder = self.store.write(judgement, self._origin())
            saved = bytes(self.target.coverage)
            self._work_up(judgement, folder)
            self.target.coverage[:] = saved
        if self.options.strict:
            raise StrictFinding(": ".join(signature))

    def _work_up(self, judgement: Judgement, folder: Path) -> None:
        """Stability, then the minimized witness."""
        options = self.options
        witness = work_up(judgement, self.target, reruns=options.reruns, limit=options.minimize_runs)
        self.store.add_stability(folder, witness.same, witness.reruns)
        if witness.judgement is not None and witness.result is not None:
            self.store.add_minimized(folder, witness.judgement, witness.result.runs)
