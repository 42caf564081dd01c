# SPDX-License-Identifier: Apache-2.0
"""The Hypothesis engine: programs of its strategies alone, without a corpus and without any steering.

It is what a campaign is compared with (`syslet bench --faults`), and needs the package `hypothesis`.
"""

from collections.abc import Callable
from importlib.util import find_spec
from typing import Final

from fuzz.campaign.options import CampaignError
from fuzz.campaign.session import Session, StrictFinding
from model.program import Program

_ROUND: Final = 2_000
"""Examples from one beginning; Hypothesis repeats itself more and more."""


class _Over(Exception):
    """The time or the runs are used up."""


def drive(session: Session, seed: int, go_on: Callable[[], bool]) -> None:
    """Evaluate programs for as long as `go_on` says. Raises CampaignError without Hypothesis, and StrictFinding."""
    if find_spec("hypothesis") is None:
        raise CampaignError("--engine hypothesis needs the package hypothesis: pip install hypothesis")
    import hypothesis

    from fuzz.generate import strategies

    def evaluate(program: Program) -> None:
        if not go_on():
            raise _Over
        session.evaluate(program)

    while True:
        given = hypothesis.given(strategies.sensible_programs() | strategies.programs())(evaluate)
        limited = hypothesis.settings(
            max_examples=_ROUND,
            database=None,
            deadline=None,
            phases=[hypothesis.Phase.generate],
            suppress_health_check=list(hypothesis.HealthCheck),
            report_multiple_bugs=False,
        )(given)
        try:
            hypothesis.seed(seed)(limited)()
        except (_Over, StrictFinding) as over:
            if isinstance(over, StrictFinding):
                raise
            return
        seed += 1
