# SPDX-License-Identifier: Apache-2.0
"""Minimizing a judged program: keep its signature, or, for one without a verdict, keep it unexplained."""

from collections.abc import Callable
from typing import Final

import attrs

from fuzz.minimize import Minimized, Predicate, minimize
from fuzz.oracle import Judgement, judge_safely
from model.program import Program
from model.verdict import Kind, Outcome
from native.targets.host import Target

DEFAULT_RUNS: Final = 6_000
_EFFORT: Final = 20_000
"""Blocks that the checks of one minimization may try, beyond three times what the first one needed.

Together with the runs it bounds the work by something that is the same on every machine."""
_LEAST_BUDGET: Final = 500
_DEAR: Final = {Kind.HANG: 60, Kind.CRASH: 1_000, Kind.REPORT: 1_000}
"""Runs that minimizing may cost where each one is dear: a hang waits for the watchdog, a crash for a new start."""
_PATIENCE: Final = 4
"""Tries for each question about a program that does not show its fault every time."""


@attrs.frozen
class Witness:
    """What re-running and minimizing came to.

    Attributes:
        same: how many of `reruns` showed the same thing again.
        result: None when not one did.
        judgement: of the minimized program.
        log: what the target said beside its traces while it was run again.
        late: whether the campaign's time was up before it was minimized.
    """

    same: int
    reruns: int
    result: Minimized | None = None
    judgement: Judgement | None = None
    log: str = ""
    late: bool = False


def work_up(
    judgement: Judgement,
    target: Target,
    *,
    reruns: int = 5,
    limit: int = DEFAULT_RUNS,
    late: Callable[[], bool] = lambda: False,
) -> Witness:
    """Run the program again for a stability figure, then minimize it until nothing helps.

    It ends before that when it is `late`, or when its allowance is used up; then the result is not complete. The
    allowance is `limit` runs, of rounds whose checks may cost so much each; a round that was cut is followed by another
    as long as each makes the program simpler, since the checks of a simpler one are cheaper.
    """
    budget = _budget(judgement)

    def again() -> bool:
        target.fresh()  # nothing that other programs left behind counts
        return shows(judge_safely(judgement.program, target, budget=budget, like=judgement), judgement)

    same = sum(again() for _ in range(reruns))
    log = target.log()
    if same == 0:
        return Witness(same, reruns, log=log)
    divergence = judgement.verdict.divergence
    dear = _DEAR.get(divergence.kind, limit) if divergence else limit
    rounds = _Rounds(judgement, target, same == reruns, min(limit, dear), late)
    simplest, result = rounds.go()
    return Witness(same, reruns, result, simplest, log, rounds.late)


def _budget(judgement: Judgement) -> int:
    """What a check of a simpler program may cost."""
    return max(_LEAST_BUDGET, 2 * judgement.verdict.effort)


class _Rounds:
    """Minimizing one witness; each round begins with what the one before came to."""

    def __init__(self, original: Judgement, target: Target, stable: bool, limit: int, late: Callable[[], bool]) -> None:
        self._original = original
        self._target = target
        self._stable = stable
        self._runs_left = limit
        self._asked = late
        self._taken: dict[str, int] = {}
        self._runs = 0
        self.late = False

    def go(self) -> tuple[Judgement | None, Minimized | None]:
        """The simplest program, judged, and how it was reached; None when it does not show it any more."""
        best = self._original
        while True:
            result = self._round(best)
            judged = self._judge(result.program, best)
            if judged is None:
                return (None, None) if best is self._original else (best, self._sum(best.program, complete=False))
            went_on, best = result.program != best.program, judged
            if result.complete or self.late or self._runs_left <= 0 or not went_on:
                return best, self._sum(best.program, complete=result.complete)

    def _sum(self, program: Program, *, complete: bool) -> Minimized:
        return Minimized(program, self._runs, self._taken, complete)

    def _judge(self, program: Program, best: Judgement) -> Judgement | None:
        for _ in range(1 if self._stable else 10 * _PATIENCE):
            final = judge_safely(program, self._target, budget=_budget(best))
            if shows(final, self._original):
                return final
        return None

    def _is_late(self) -> bool:
        self.late = self.late or self._asked()
        return self.late

    def _round(self, best: Judgement) -> Minimized:
        """Minimize until nothing helps, or this round's checks have cost too much."""
        budget, left = _budget(best), _EFFORT + 3 * best.verdict.effort

        def shows_it(program: Program) -> bool:
            nonlocal left
            late = self._is_late()
            candidate = judge_safely(program, self._target, budget=budget)
            left -= candidate.verdict.effort
            if left < 0 or late:
                predicate.stop()
            return shows(candidate, self._original)

        predicate = Predicate(shows_it, tries=1 if self._stable else _PATIENCE, limit=self._runs_left)
        start = best.program
        if self._stable and best.verdict.effort > _LEAST_BUDGET:
            start = _sketch(best, self._target, self._runs_left, self._is_late)
            if not predicate(start):
                start = best.program
        result = minimize(start, predicate)
        self._runs_left -= result.runs
        self._runs += result.runs
        for name, count in result.taken.items():
            self._taken[name] = self._taken.get(name, 0) + count
        return result


def _sketch(judgement: Judgement, target: Target, limit: int, late: Callable[[], bool]) -> Program:
    """A simpler program that probably shows the same, where being certain of each step would cost too much.

    Programs whose check ends without a verdict are taken if their hints tell of the same difference. Whether the
    last one truly shows it is for the caller to ask.
    """

    def may_show_it(program: Program) -> bool:
        if late():
            predicate.stop()
        verdict = judge_safely(program, target, budget=_LEAST_BUDGET).verdict
        found = verdict.divergence or verdict.suspect
        return found is not None and found.signature == judgement.signature

    predicate = Predicate(may_show_it, limit=limit // 4)
    return minimize(judgement.program, predicate).program


def shows(candidate: Judgement, original: Judgement) -> bool:
    """Whether the candidate shows what the original shows."""
    if original.verdict.outcome is Outcome.UNKNOWN:
        return candidate.verdict.outcome is not Outcome.ALLOWED
    return candidate.signature == original.signature
