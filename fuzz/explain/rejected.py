# SPDX-License-Identifier: Apache-2.0
"""A trace that is not allowed: how far some run explains it, and what the runs that came so far had next."""

from typing import Any

import attrs

from fuzz import report, tracefile
from fuzz.explain.state import print_state
from fuzz.oracle import Judgement
from fuzz.text import symbols
from model.explorer import Explorer
from model.layout import Image
from model.search import Search
from model.trace import Event
from model.variant import PINNED
from model.verdict import Alternative, Outcome


@attrs.frozen
class Rejection:
    """What the search for an explanation left behind.

    Attributes:
        prefix: the events that some run explains.
        ends: the states that the runs which came so far were in, with what each would have shown next.
    """

    judgement: Judgement
    prefix: tuple[Event, ...]
    ends: tuple[tuple[Explorer, Alternative], ...]


def reject(judgement: Judgement, image: Image, budget: int) -> Rejection | None:
    """Search once more, without the hints, and keep what is left; None for a trace that was not searched for."""
    trace, divergence = judgement.trace, judgement.verdict.divergence
    if judgement.verdict.outcome is not Outcome.DIVERGENCE or trace is None or divergence is None:
        return None
    if not divergence.alternatives:
        return None
    search = Search(image, trace, PINNED, budget, deep=judgement.deep)
    search.decide()
    alternatives = [alternative for _, alternative in search.alternatives]
    ends = tuple(zip(search.left, alternatives, strict=True))
    return Rejection(judgement, trace.events[: search.position], ends)


def print_rejection(rejection: Rejection) -> str:
    """The explained events, then each state with the event and the clause that come next in it."""
    judgement, program = rejection.judgement, rejection.judgement.program
    assert judgement.trace is not None
    count, total = len(rejection.prefix), len(judgement.trace.events)
    lines = [f"longest explained part: {count} of {total} events"]
    lines += [f"  {x}" for event in rejection.prefix for x in symbols.print_event(event, program).splitlines()]
    states = len(rejection.ends)
    lines += ["", f"{states} state{'s' * (states != 1)} left there:"]
    for number, (m, alternative) in enumerate(rejection.ends, start=1):
        lines += [f"state {number}:", print_state(m, program)]
        event = symbols.print_event(alternative.event, program).splitlines()[0]
        lines.append(f"  next by {alternative.clause}: {event}: {report.detail(judgement, alternative)}")
    return "\n".join(lines)


def as_dict(rejection: Rejection) -> dict[str, Any]:
    """The same as plain data."""
    return {
        "prefix": [tracefile.event_record(event) for event in rejection.prefix],
        "states": [
            {
                "state": print_state(m, rejection.judgement.program).splitlines(),
                "next": tracefile.event_record(alternative.event),
                "clause": alternative.clause,
            }
            for m, alternative in rejection.ends
        ],
    }
