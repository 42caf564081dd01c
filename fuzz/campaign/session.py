# SPDX-License-Identifier: Apache-2.0
"""One program after another: judge, count, keep what is found. Both engines drive this and nothing else.

A new finding is written down, run again, minimized and grouped on the spot; the rest of the campaign only counts
its signature. Nothing here raises, unless the campaign is strict or its findings cannot be written down.
"""

import time
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from fuzz.campaign.options import CampaignError, Options
from fuzz.campaign.stats import Stats
from fuzz.findings.store import Group, Origin, Store, slug
from fuzz.minimize.witness import work_up
from fuzz.oracle import Judgement, Signature, judge_safely
from model.program import Program
from model.spec import features
from model.trace import End, Ended
from model.verdict import Outcome
from native.targets.host import Target

_FIRST_BUDGET: Final = 1_500
"""Blocks of the first attempt at a verdict. On a tree that is broken most divergences are of a kind that was found
before, and deciding each to the end would leave no time for the next kind."""

_UNDECIDED: Final = 2
"""So often the whole budget is spent without a verdict on what looks alike; then the small one is enough."""


class StrictFinding(Exception):
    """Raised in strict campaigns at the first finding; its text is the signature."""


class FindingLost(CampaignError):
    """A finding could not be written down: a campaign that goes on would lose the next ones as well."""


class Session:
    """Targets, a store of findings, and counters."""

    def __init__(
        self, targets: Mapping[str, Target], options: Options, stats: Stats, tick: Callable[[], None] = lambda: None
    ) -> None:
        self.targets = targets
        self.steering = list(targets.values())[-1]
        self.options = options
        self.stats = stats
        self.store = Store(Path(options.findings))
        self.features = bytearray(features.SIZE)
        self.found_new_feature = False
        self._blank = bytes(features.SIZE)
        self._tick = tick
        self._undecided: Counter[Signature] = Counter()
        self._unfinished = {x.signature: x.unfinished for x in self.store.groups.values() if x.unfinished}
        for signature, folder in list(self._unfinished.items()):
            self._take_up(self.store.groups[signature], folder)

    def evaluate(self, program: Program) -> Judgement:
        """Judge one program on each target and account for it; returns the last judgement, or the first finding."""
        self.features[:] = self._blank
        judgements: dict[str, Judgement] = {}
        like: Judgement | None = None
        for name, target in self.targets.items():
            like = judgements[name] = self._judge(program, target, like)
        told = next((x for x in judgements.values() if x.verdict.outcome is not Outcome.ALLOWED), judgements[name])
        self.found_new_feature = self.stats.note_features(self.features)
        self._count(told, judgements)
        for name, judgement in judgements.items():
            try:
                self._note(name, judgement)
            except OSError as error:
                raise FindingLost(f"a finding could not be written: {error}") from error
        return told

    def _judge(self, program: Program, target: Target, like: Judgement | None) -> Judgement:
        """Judge with a small budget first. Only what is not known already is worth the whole one."""
        judgement = judge_safely(program, target, features=self.features, budget=_FIRST_BUDGET, like=like)
        verdict = judgement.verdict
        if verdict.outcome is not Outcome.UNKNOWN:
            return judgement
        suspect = verdict.suspect.signature if verdict.suspect is not None else None
        if suspect is not None and (self.store.is_known(suspect) or self._undecided[suspect] >= _UNDECIDED):
            return judgement
        judgement = judge_safely(program, target, features=self.features)
        if suspect is not None and judgement.verdict.outcome is Outcome.UNKNOWN:
            self._undecided[suspect] += 1
        return judgement

    def _count(self, told: Judgement, judgements: Mapping[str, Judgement]) -> None:
        """The program once, and what happened on each target."""
        counters = self.stats.counters
        counters.runs += 1
        outcome = told.verdict.outcome
        counters.allowed += outcome is Outcome.ALLOWED
        counters.divergence += outcome is Outcome.DIVERGENCE
        counters.unknown += outcome is Outcome.UNKNOWN
        counters.effort += told.verdict.effort
        if told.trace is not None:
            counters.with_atom += told.trace.atoms > 0
            counters.with_handover += told.trace.handovers > 0
            last = told.trace.events[-1]
            counters.stuck += isinstance(last, Ended) and last.end is End.STUCK
        for trace in (x.trace for x in judgements.values() if x.trace is not None):
            counters.atoms += trace.atoms
            counters.handovers += trace.handovers
            counters.preemptions += trace.preemptions

    def _note(self, name: str, judgement: Judgement) -> None:
        """Keep what was found, and what has no verdict."""
        options, outcome = self.options, judgement.verdict.outcome
        if outcome is Outcome.ALLOWED:
            return
        origin = Origin(
            engine=options.engine,
            seed=options.seed,
            build_id=self.targets[name].build_id,
            run=self.stats.counters.runs,
            build=options.build,
            fault=options.fault or "",
            target=name,
            preempt=options.preempt,
        )
        if outcome is Outcome.UNKNOWN:
            self.store.write_unknown(judgement, origin)
        else:
            self._found(judgement, origin)

    def _found(self, judgement: Judgement, origin: Origin) -> None:
        signature = judgement.signature
        assert signature is not None
        known = self.store.is_known(signature)
        self.stats.counters.findings_known += known
        self.stats.counters.findings_new += not known
        self.stats.note_met(slug(signature))
        if not known or signature in self._unfinished or self.store.is_simpler(signature, judgement.program):
            folder = self.store.write(judgement, origin)
            saved = bytes(self.steering.coverage)
            self._work_up(self.targets[origin.target], judgement, folder)
            self.steering.coverage[:] = saved
        if self.options.strict:
            raise StrictFinding(": ".join(signature))

    def _work_up(self, target: Target, judgement: Judgement, folder: Path) -> None:
        """Stability, then the minimized witness."""
        options = self.options
        assert judgement.signature is not None
        self._unfinished.pop(judgement.signature, None)
        self.stats.minimizing = True
        witness = work_up(judgement, target, reruns=options.reruns, limit=options.minimize_runs, late=self._late)
        self.stats.minimizing = False
        self.store.add_witness(folder, witness)

    def _take_up(self, group: Group, folder: Path) -> None:
        """Go on where a campaign was broken off, if this target shows what that one did."""
        target = self.targets.get(group.target)
        if target is not None:
            judgement = judge_safely(group.program, target)
            if judgement.signature == group.signature:
                self._work_up(target, judgement, folder)

    def _late(self) -> bool:
        """Whether minimizing must end, since the campaign's time is up; is asked for each run."""
        self._tick()
        return self.options.until is not None and time.monotonic() > self.options.until
