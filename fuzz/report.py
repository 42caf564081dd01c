# SPDX-License-Identifier: Apache-2.0
"""What a judgement says, for people and for scripts."""

from typing import Any, Final

from fuzz import tracefile
from fuzz.oracle import MODEL_CLAUSE, TARGET_CLAUSE, Judgement
from fuzz.text import symbols
from model.clauses import CLAUSES
from model.trace import Event
from model.verdict import Outcome

_SENTENCES: Final = {
    TARGET_CLAUSE: "The target answers every program with a trace: it does not crash, hang or report on itself.",
    MODEL_CLAUSE: "The model explains or rejects every trace: it does not fail.",
}
_SHOWN: Final = 5


def sentence(clause: str) -> str:
    """The clause's sentence, with its confidence and source."""
    if clause in CLAUSES:
        known = CLAUSES[clause]
        return f"{known.text} ({known.confidence.value}; {known.source})"
    return _SENTENCES.get(clause, "(no sentence)")


def explain(judgement: Judgement) -> str:
    """The verdict in words: last common event, first difference, the clause, what was allowed there."""
    verdict = judgement.verdict
    trace = judgement.trace
    if verdict.outcome is Outcome.ALLOWED:
        events = len(trace.events) if trace else 0
        return f"allowed: all {events} events have an explanation ({verdict.effort} transitions tried)\n"
    if verdict.outcome is Outcome.UNKNOWN:
        events = len(trace.events) if trace else 0
        return (
            f"unknown: the budget was spent after {verdict.effort} transitions; "
            f"{verdict.explained} of {events} events are explained\n"
        )
    divergence = verdict.divergence
    assert divergence is not None
    lines = [f"divergence: {divergence.kind.value}"]
    if trace is not None:
        if 0 < divergence.position <= len(trace.events):
            common = trace.events[divergence.position - 1]
            lines += ["", "last common event:", *_indented(_event(judgement, common))]
        lines += ["", "first difference:"]
        observed = divergence.observed
        lines += ["  the trace ends here"] if observed is None else _indented(_event(judgement, observed))
    lines += ["", f"clause {divergence.clause}:", f"  {sentence(divergence.clause)}"]
    if divergence.alternatives:
        lines += ["", "allowed here:"]
        for alternative in divergence.alternatives[:_SHOWN]:
            lines += _indented(_event(judgement, alternative.event))
            lines += [f"    {alternative.detail} [{alternative.clause}]"]
        if len(divergence.alternatives) > _SHOWN:
            lines += [f"  … and {len(divergence.alternatives) - _SHOWN} more"]
    if judgement.report:
        lines += ["", "report:", *_indented(judgement.report.rstrip())]
    return "\n".join(lines) + "\n"


def _event(judgement: Judgement, event: Event) -> str:
    return symbols.print_event(event, judgement.program)


def _indented(text: str) -> list[str]:
    return [f"  {line}" for line in text.splitlines()]


def as_dict(judgement: Judgement) -> dict[str, Any]:
    """The verdict as plain data; events as in trace files."""
    verdict = judgement.verdict
    made: dict[str, Any] = {
        "outcome": verdict.outcome.value,
        "effort": verdict.effort,
        "explained": verdict.explained,
    }
    divergence = verdict.divergence
    if divergence is not None:
        made["divergence"] = {
            "kind": divergence.kind.value,
            "clause": divergence.clause,
            "sentence": sentence(divergence.clause),
            "position": divergence.position,
            "signature": judgement.signature,
            "observed": None if divergence.observed is None else tracefile.event_record(divergence.observed),
            "allowed": [
                {"clause": x.clause, "detail": x.detail, "event": tracefile.event_record(x.event)}
                for x in divergence.alternatives
            ],
        }
    if judgement.report:
        made["report"] = judgement.report
    return made
