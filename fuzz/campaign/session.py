# SPDX-License-Identifier: Apache-2.0
"""One program after another: judge, count, keep what is found. Both engines drive this and nothing else.

A new finding is written down, run again, minimized and grouped on the spot; the rest of the campaign only counts
its signature, and searches every twentieth of its kind. Nothing here raises, unless the campaign is strict or its
findings cannot be written down.
"""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from fuzz.campaign.options import CampaignError, Options
from fuzz.campaign.stats import Stats
from fuzz.findings.group import Group
from fuzz.findings.store import Full, Origin, Store, slug
from fuzz.minimize.witness import work_up
from fuzz.oracle import Judgement, Signature, judge_further, judge_safely
from model.program import Program
from model.spec import features
from model.trace import End, Ended
from model.verdict import DEFAULT_BUDGET, Outcome
from native.targets.host import Target

_FIRST_BUDGET: Final = 1_500
"""Blocks of the first attempt at a verdict. On a tree that is broken most divergences are of a kind that was found
before, and deciding each to the end would leave no time for the next kind."""
_SEARCH_EVERY: Final = 20
"""Of the programs whose hints differ as those of a known finding do, how many there are for one that is searched."""
_NO_SEARCH: Final = 0


class StrictFinding(Exception):
    """Raised in strict campaigns at the first new finding that is confirmed; its text is the signature."""


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
        self._explained = frozenset(options.explained)
        self._alike: dict[Signature, int] = {}  # how hints differ where a finding is known, and how many did
        self._unsearched = False
        self.makes_opaque = any(target.opaque for target in targets.values())
        self._unfinished: dict[Signature, Path] = {}
        if not options.job:  # one of several is enough
            self._unfinished = {x.signature: x.broken_off for x in self.store.groups.values() if x.broken_off}
        for signature, folder in list(self._unfinished.items()):
            self._take_up(self.store.groups[signature], folder)
        stats.state = "fuzzing"

    def evaluate(self, program: Program) -> Judgement:
        """Judge one program on each target and account for it; returns the last judgement, or the first finding."""
        self.features[:] = self._blank
        self._unsearched = False
        judgements: dict[str, Judgement] = {}
        like: Judgement | None = None
        for name, target in self.targets.items():
            like = judgements[name] = self._judge(program, target, like)
        ran = [x for x in judgements.values() if x.verdict.outcome is not Outcome.SKIPPED] or [judgements[name]]
        told = next((x for x in ran if x.verdict.outcome is not Outcome.ALLOWED), ran[-1])
        self.found_new_feature = self.stats.note_features(self.features)
        self._count(told, judgements)
        for name, judgement in judgements.items():
            try:
                self._note(name, judgement)
            except OSError as error:
                where = error.filename or self.store.root
                raise FindingLost(f"{where}: a finding could not be written: {error.strerror or error}") from error
        return told

    def _judge(self, program: Program, target: Target, like: Judgement | None) -> Judgement:
        """Judge with a small budget first. Only what is not known already is worth the whole one."""
        if not self.store.groups and not self._explained:
            judgement = judge_safely(program, target, features=self.features, budget=_FIRST_BUDGET, like=like)
            return judgement if judgement is like else self._decide(judgement, None)
        judgement = judge_safely(program, target, features=self.features, budget=_NO_SEARCH, like=like)
        if judgement is like or judgement.verdict.outcome is not Outcome.UNKNOWN:
            return judgement
        suspect = None if judgement.verdict.suspect is None else judgement.verdict.suspect.signature
        if suspect in self._alike:
            self._alike[suspect] += 1
            if self._alike[suspect] % _SEARCH_EVERY:
                self._unsearched = True
                return judgement
        return self._decide(judge_further(judgement, _FIRST_BUDGET, self.features), suspect)

    def _decide(self, judgement: Judgement, suspect: Signature | None) -> Judgement:
        """With the whole budget, unless it looks like one that is known; and learn what those look like."""
        verdict = judgement.verdict
        if verdict.outcome is Outcome.UNKNOWN and (
            verdict.suspect is None or not self._is_known(verdict.suspect.signature)
        ):
            self.stats.state = "searching"
            judgement = judge_further(judgement, DEFAULT_BUDGET, self.features)
            self.stats.state = "fuzzing"
        if suspect is not None:
            if judgement.verdict.outcome is Outcome.ALLOWED:
                self._alike.pop(suspect, None)
            elif self._is_known(judgement.signature or suspect):
                self._alike.setdefault(suspect, 0)
        return judgement

    def _is_known(self, signature: Signature) -> bool:
        return signature in self._explained or self.store.is_known(signature)

    def _count(self, told: Judgement, judgements: Mapping[str, Judgement]) -> None:
        """The program once, and what happened on each target."""
        counters = self.stats.counters
        counters.runs += 1
        outcome = told.verdict.outcome
        counters.allowed += outcome is Outcome.ALLOWED
        counters.divergence += outcome is Outcome.DIVERGENCE
        counters.unknown += outcome is Outcome.UNKNOWN and not self._unsearched
        counters.unsearched += self._unsearched
        counters.effort += told.verdict.effort
        counters.skipped += sum([x.verdict.outcome is Outcome.SKIPPED for x in judgements.values()])
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
        if outcome in (Outcome.ALLOWED, Outcome.SKIPPED) or (outcome is Outcome.UNKNOWN and self._unsearched):
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
        counters = self.stats.counters
        known = self._is_known(signature)
        counters.findings_known += known
        counters.findings_new += not known
        self.stats.note_met(slug(signature))
        if signature in self._explained:
            return
        same = 1
        if not known or signature in self._unfinished or self.store.is_simpler(signature, judgement.program):
            try:
                folder = self.store.write(judgement, origin)
            except Full:
                counters.unwritten += 1
                return
            saved = bytes(self.steering.coverage)
            same = self._work_up(self.targets[origin.target], judgement, folder)
            self.steering.coverage[:] = saved
        if self.options.strict and not known and same:
            raise StrictFinding(": ".join(signature))

    def _work_up(self, target: Target, judgement: Judgement, folder: Path) -> int:
        """Stability, then the minimized witness; says how many starts showed it again."""
        options = self.options
        assert judgement.signature is not None
        self._unfinished.pop(judgement.signature, None)
        self.stats.state = "minimizing"
        witness = work_up(judgement, target, reruns=options.reruns, limit=options.minimize_runs, late=self._late)
        self.stats.state = "fuzzing"
        self.store.add_witness(folder, witness)
        return witness.same

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
