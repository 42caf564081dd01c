# SPDX-License-Identifier: Apache-2.0
"""A trace that is not allowed: how far some run explains it, and what the runs that came so far had next."""

from typing import Any

import attrs

from fuzz.ask.state import print_state
from fuzz.findings import report
from fuzz.oracle import Judgement
from fuzz.text import symbols, tracefile
from model.check.search import Search
from model.image import Image
from model.spec.state import State
from model.trace import End, Ended, Event
from model.variant import PINNED
from model.verdict import Alternative, Outcome


@attrs.frozen
class Rejection:
    """What the search for an explanation left behind: the events that some run explains (`prefix`).

    `ends` are the states that the runs which came so far were in, with what each would have shown next.
    """

    judgement: Judgement
    prefix: tuple[Event, ...]
    ends: tuple[tuple[State, Alternative], ...]


def reject(judgement: Judgement, image: Image, budget: int) -> Rejection | None:
    """Search once more, without the hints, and keep what is left; None where events are not what is wrong.

    Of a target that died, what it showed before is searched for: what should have come next is of interest then too.
    """
    trace = judgement.trace
    if judgement.verdict.outcome is not Outcome.DIVERGENCE or trace is None:
        return None
    events = tuple(x for x in trace.events if not (isinstance(x, Ended) and x.end is End.REPORT))
    if not events:
        return None
    search = Search(image, attrs.evolve(trace, events=events), PINNED, budget, deep=judgement.deep)
    if search.decide() is not Outcome.DIVERGENCE:
        return None
    ends = tuple([(found.machine, found.alternative) for found in search.explanations()])
    return Rejection(judgement, events[: search.position], ends)


def print_rejection(rejection: Rejection) -> str:
    """The explained events, then each state with the event and the clause that come next in it."""
    judgement, program = rejection.judgement, rejection.judgement.program
    assert judgement.trace is not None
    count, total = len(rejection.prefix), len(judgement.trace.events)
    lines = [f"longest explained part: {count} of {total} event{'s' * (total != 1)}"]
    lines += [f"  {x}" for event in rejection.prefix for x in symbols.print_event(event, program).splitlines()]
    states = [print_state(m, program).splitlines() for m, _ in rejection.ends]
    lines += ["", f"{len(states)} state{'s' * (len(states) != 1)} left there:"]
    common: list[str] = []
    if len(states) > 1:
        common = [line for line in states[0] if all(line in other for other in states[1:])]
        lines += ["in all of them:", *common] if common else []
    for number, (state, (_, alternative)) in enumerate(zip(states, rejection.ends, strict=True), start=1):
        lines += [f"state {number}:", *(line for line in state if line not in common)]
        event = symbols.print_event(alternative.event, program).splitlines()[0]
        lines.append(f"  next by {alternative.clause}: {event}: {report.worded(alternative.detail, program)}")
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
