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
        cut: whether the time was up before it was minimized.
    """

    same: int
    reruns: int
    result: Minimized | None = None
    judgement: Judgement | None = None
    log: str = ""
    cut: bool = False


def work_up(
    judgement: Judgement,
    target: Target,
    *,
    reruns: int = 5,
    limit: int = DEFAULT_RUNS,
    late: Callable[[], bool] = lambda: False,
) -> Witness:
    """Run the program again for a stability figure, then minimize it, until it is `late`."""

    budget = max(_LEAST_BUDGET, 2 * judgement.verdict.effort)
    left = _EFFORT + 3 * judgement.verdict.effort
    cut = False

    def shows_it(program: Program) -> bool:
        nonlocal left, cut
        cut = late()
        candidate = judge_safely(program, target, budget=budget)
        left -= candidate.verdict.effort
        if left < 0 or cut:
            predicate.stop()
        return shows(candidate, judgement)

    def again() -> bool:
        target.fresh()  # nothing that other programs left behind counts
        return shows(judge_safely(judgement.program, target, budget=budget, like=judgement), judgement)

    same = sum(again() for _ in range(reruns))
    log = target.log()
    if same == 0:
        return Witness(same, reruns, log=log)
    stable = same == reruns
    divergence = judgement.verdict.divergence
    dear = _DEAR.get(divergence.kind, limit) if divergence else limit
    predicate = Predicate(shows_it, tries=1 if stable else _PATIENCE, limit=min(limit, dear))
    start = judgement.program
    if stable and judgement.verdict.effort > _LEAST_BUDGET:
        start = _sketch(judgement, target, limit, late)
        if not predicate(start):
            start = judgement.program
    result = minimize(start, predicate)
    for _ in range(1 if stable else 10 * _PATIENCE):
        final = judge_safely(result.program, target, budget=budget)
        if shows(final, judgement):
            return Witness(same, reruns, result, final, log, cut)
    return Witness(same, reruns, log=log, cut=cut)


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
