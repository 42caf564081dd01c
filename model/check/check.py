# SPDX-License-Identifier: Apache-2.0
"""The oracle's question: is this trace allowed? (docs/design/checker.md)

First the target's hints are followed: they say who ran how far, and if that explains the trace the answer is
"allowed" at the cost of one run. If not, the whole set is searched (`model.check.search`), as if there were no hints:
they are never evidence, and a wrong one costs time only.
"""

from typing import Final

from model import clauses
from model.check.difference import explain_hints
from model.check.follow import follow
from model.check.search import Search
from model.image import Image
from model.trace import End, Ended, Event, Trace
from model.variant import PINNED, Variant
from model.verdict import DEFAULT_BUDGET, Divergence, Kind, Outcome, Verdict

_FITS_ANYTHING: Final = ("resched_truncates",)
"""A chain that may end after any atom explains too much to be a useful hint at what is wrong."""


def check(
    image: Image,
    trace: Trace,
    *,
    budget: int = DEFAULT_BUDGET,
    variant: Variant = PINNED,
    features: bytearray | None = None,
    deep: bool = False,
) -> Verdict:
    """Whether `trace` is a behaviour the specification allows for the program of `image`.

    Args:
        image: the program.
        trace: what a target showed.
        budget: blocks a search may run before the answer is unknown.
        variant: the reading of v3 to judge by.
        features: counters to fill (`model.spec.features.SIZE` bytes) with clauses and results the model met.
        deep: tasks could be preempted inside the code of objects (D77).

    Raises nothing on traces that a reader of the protocol accepted.
    """
    failed = _target_failed(trace)
    if failed is not None:
        return Verdict(Outcome.DIVERGENCE, divergence=failed, explained=len(trace.events) - 1)
    if len(set(trace.tids)) != len(trace.tids):
        position = 0
        blame = Divergence(Kind.VALUE, clauses.BY_NUMBER[clauses.IDENT_1].id, position, trace.events[0])
        return Verdict(Outcome.DIVERGENCE, divergence=blame)
    guided = follow(image, trace, variant, features, deep=deep)
    if guided is None:
        return Verdict(Outcome.ALLOWED, explained=len(trace.events))
    search = Search(image, trace, variant, budget, deep=deep)
    outcome = search.decide()
    if outcome is Outcome.ALLOWED:
        return Verdict(outcome, search.effort, explained=len(trace.events))
    if outcome is Outcome.UNKNOWN:
        explained = max(search.position, guided.position)
        return Verdict(outcome, search.effort, None, explained, _suspect(image, trace, variant, deep))
    return Verdict(outcome, search.effort, _divergence(search, image, trace, variant, deep), search.position)


def _target_failed(trace: Trace) -> Divergence | None:
    last = trace.events[-1] if trace.events else None
    if isinstance(last, Ended) and last.end is not End.REPORT:
        return None
    kind = Kind.REPORT if isinstance(last, Ended) else Kind.CRASH
    return Divergence(kind, clauses.TARGET, max(len(trace.events) - 1, 0), last)


def _suspect(image: Image, trace: Trace, variant: Variant, deep: bool) -> Divergence | None:
    told = explain_hints(image, trace, variant, deep=deep)
    if told is None:
        return None
    alternative = told.alternative
    return Divergence(told.kind, alternative.clause, told.position, _event_at(trace, told.position), (alternative,))


def _divergence(search: Search, image: Image, trace: Trace, variant: Variant, deep: bool) -> Divergence:
    """Blame the run that the hints describe, if it came as far as any; the others are alternatives."""
    found = search.explanations()
    told = explain_hints(image, trace, variant, deep=deep)
    if told is not None and told.position == search.position:
        found = [told, *(x for x in found if x.alternative.detail != told.alternative.detail)]
    first = found[0]
    observed = _event_at(trace, search.position)
    clause, reading = _other_reading(image, trace, variant, deep)
    alternatives = tuple([x.alternative for x in found])
    blamed = clause or first.alternative.clause
    return Divergence(first.kind, blamed, search.position, observed, alternatives, reading)


def _event_at(trace: Trace, position: int) -> Event | None:
    return trace.events[position] if position < len(trace.events) else None


def _other_reading(image: Image, trace: Trace, variant: Variant, deep: bool) -> tuple[str, str]:
    """The clause whose switch, set otherwise, lets the hints explain the whole trace, and that setting."""
    for switch, value, reading in variant.others():
        if switch not in _FITS_ANYTHING and follow(image, trace, reading, deep=deep) is None:
            clause = next(c.id for c in clauses.BY_NUMBER if c.switch == switch)
            return clause, f"{switch}={value}"
    return "", ""
