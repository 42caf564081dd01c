# SPDX-License-Identifier: Apache-2.0
"""What a judgement says, for people and for scripts."""

import re
from typing import Any, Final

from fuzz.oracle import MODEL_CLAUSE, TARGET_CLAUSE, Judgement
from fuzz.text import names, symbols, tracefile
from model.clauses import CLAUSES
from model.trace import Event, Trace
from model.verdict import Alternative, Divergence, Outcome

_SENTENCES: Final = {
    TARGET_CLAUSE: "The target answers every program with a trace: it does not crash, hang or report on itself.",
    MODEL_CLAUSE: "The model explains or rejects every trace: it does not fail.",
}
_SHOWN: Final = 5
_WORD: Final = re.compile(r"(?P<place>0x[0-9a-f]+): (?P<ours>0x[0-9a-f]+), not (?P<theirs>0x[0-9a-f]+)")
_RETURN: Final = re.compile(
    r"(operation (?P<place>\d+) of )?step (?P<step>\d+) "
    r"returns (?P<ours>-?0x[0-9a-f]+)(, not (?P<theirs>-?0x[0-9a-f]+))?"
)


def sentence(clause: str) -> str:
    """What a divergence blames: the sentence of a clause, or that of a target or model that failed."""
    return CLAUSES[clause].cited if clause in CLAUSES else _SENTENCES.get(clause, "(no sentence)")


def explain(judgement: Judgement) -> str:
    """The verdict in words: last common event, first difference, the clause, what was allowed there."""
    verdict = judgement.verdict
    trace = judgement.trace
    if verdict.outcome is Outcome.ALLOWED:
        events = len(trace.events) if trace else 0
        how = f"after a search of {_blocks(verdict.effort)}" if verdict.effort else "no search was needed"
        return f"allowed: all {events} events have an explanation ({how})\n"
    if verdict.outcome is Outcome.UNKNOWN:
        events = len(trace.events) if trace else 0
        return (
            f"unknown: the budget was spent after a search of {_blocks(verdict.effort)}; "
            f"{verdict.explained} of {events} events are explained; a larger --budget may decide it\n"
        )
    divergence = verdict.divergence
    assert divergence is not None
    lines = [f"divergence: {divergence.kind.value}"]
    if divergence.clause == TARGET_CLAUSE:
        lines += _last_seen(judgement)
    elif trace is not None:
        lines += _first_difference(judgement, trace, divergence)
    lines += ["", f"clause {divergence.clause}:", f"  {sentence(divergence.clause)}"]
    if divergence.reading:
        lines += [f"  Under another reading, {divergence.reading}, the whole trace would be allowed."]
    if divergence.alternatives:
        lines += ["", "allowed here:"]
        for alternative in divergence.alternatives[:_SHOWN]:
            lines += _indented(_event(judgement, alternative.event))
            lines += [f"    {detail(judgement, alternative)} [{alternative.clause}]"]
        if len(divergence.alternatives) > _SHOWN:
            lines += [f"  … and {len(divergence.alternatives) - _SHOWN} more"]
    if judgement.report:
        lines += ["", "report:", *_indented(judgement.report.rstrip())]
    return "\n".join(lines) + "\n"


def _first_difference(judgement: Judgement, trace: Trace, divergence: Divergence) -> list[str]:
    lines = []
    if 0 < divergence.position <= len(trace.events):
        common = trace.events[divergence.position - 1]
        lines += ["", "last common event:", *_indented(_event(judgement, common))]
    observed = divergence.observed
    lines += ["", "first difference:"]
    return lines + (["  the trace ends here"] if observed is None else _indented(_event(judgement, observed)))


def _last_seen(judgement: Judgement) -> list[str]:
    """Nothing was compared: what the target showed before it failed."""
    observed = judgement.verdict.divergence.observed if judgement.verdict.divergence else None
    if observed is None:
        return ["", "the target showed nothing"]
    return ["", "the trace breaks off behind:", *_indented(_event(judgement, observed))]


def _event(judgement: Judgement, event: Event) -> str:
    return symbols.print_event(event, judgement.program)


def _blocks(effort: int) -> str:
    return f"{effort:,} block{'s' * (effort != 1)}"


def detail(judgement: Judgement, alternative: Alternative) -> str:
    """The detail of an alternative with the program's names instead of numbers."""

    def word(found: re.Match[str]) -> str:
        place = int(found["place"], 16)
        pointer = names.holds_pointer(symbols.operand_of(place))
        ours, theirs = (
            symbols.name_of(int(found[x], 16), judgement.program, pointer=pointer) for x in ("ours", "theirs")
        )
        return f"{symbols.name_of(place, word=True)} = {ours}, not {theirs}"

    def result(found: re.Match[str]) -> str:
        program, number = judgement.program, int(found["step"])
        made: object = program.steps[number] if number < len(program.steps) else None
        who = f"step {number}"
        if found["place"]:
            place = int(found["place"])
            inside = symbols.operation_of(program, number, place)
            made = inside[1] if inside else None
            who = f"f{inside[0]}[{place}] of {who}" if inside else f"operation {place} of {who}"
        values = [int(found[x], 16) for x in ("ours", "theirs") if found[x]]
        named = ", not ".join(symbols.print_result(made, value, program) for value in values)
        return f"{who} returns {named}"

    return _RETURN.sub(result, _WORD.sub(word, alternative.detail))


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
            "reading": divergence.reading,
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
