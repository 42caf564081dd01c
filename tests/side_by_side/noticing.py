# SPDX-License-Identifier: Apache-2.0
"""What notices that the rules are wrong: imported anew for each fault, with the rules that have it (`planting`)."""

from collections.abc import Callable, Sequence
from typing import Final

import attrs

from model.check.check import check
from model.check.explore import Explorer
from model.spec.run import run
from model.spec.state import Chooser
from model.verdict import Outcome
from tests.model.outcomes import TooBig, outcomes
from tests.model.test_answers import Ear, Stopping
from tests.model.test_answers import run as run_by
from tests.side_by_side.planting import BRUTE, Experiment

Seen = Sequence[Experiment]


def rejects(seen: Seen) -> bool:
    """A trace of the honest kernel file is not allowed any more."""
    return any(check(x.image, x.trace, budget=2000).outcome is Outcome.DIVERGENCE for x in seen)


def runs_otherwise(seen: Seen) -> bool:
    """The model's own run, first in, first out, is another than that of the kernel file."""
    return any(run(x.image).events != x.trace.events for x in seen)


def minds_stops(seen: Seen) -> bool:
    """A rule that is stopped at every point comes to something else."""
    return any(
        run_by(x.image, Stopping(), deep=deep, listener=None) != run_by(x.image, Chooser(), deep=deep, listener=None)
        for deep in (False, True)
        for x in seen
    )


def repeats_itself(seen: Seen) -> bool:
    """A rule that is stopped says again what it said."""
    for x in seen:
        plain, often = Ear(), Ear()
        run_by(x.image, Chooser(), deep=False, listener=plain)
        run_by(x.image, Stopping(), deep=False, listener=often)
        if plain.heard != often.heard:
            return True
    return False


def needs_hints(seen: Seen) -> bool:
    """A search that is told nothing of who ran when does not find the trace of the honest kernel file."""
    return any(check(x.image, attrs.evolve(x.trace, hints=()), budget=300).outcome is Outcome.DIVERGENCE for x in seen)


def overlooks(seen: Seen) -> bool:
    """The search sees another set of behaviours than brute force, or keeps looking."""
    for x in seen:
        if x.everything is not None:
            try:
                if outcomes(x.program, Explorer, 2 * BRUTE)[0] != x.everything:
                    return True
            except TooBig:
                return True
    return False


WAYS: Final[tuple[Callable[[Seen], bool], ...]] = (
    rejects,
    minds_stops,
    repeats_itself,
    runs_otherwise,
    needs_hints,
    overlooks,
)


def noticed_by(seen: Seen) -> str | None:
    """The first way in which the rules are seen to be wrong; a rule that fails is as good."""
    for way in WAYS:
        try:
            if way(seen):
                return way.__name__
        except (AssertionError, AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
            return f"{way.__name__}, by {type(error).__name__}"
    return None
