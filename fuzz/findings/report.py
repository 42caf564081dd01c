# SPDX-License-Identifier: Apache-2.0
"""What a judgement says, for people and for scripts."""

from collections.abc import Iterator
from typing import Any, Final

from fuzz.oracle import MODEL_CLAUSE, TARGET_CLAUSE, Judgement
from fuzz.text import names, symbols, tracefile
from model.clauses import CLAUSES
from model.program import Program
from model.trace import NO_CALL, Done, Ended, Event, Result, Role, TaskView
from model.verdict import (
    Detail,
    Divergence,
    EndDiffers,
    EventDiffers,
    NothingDiffers,
    NothingObserved,
    Outcome,
    ResultDiffers,
    TaskCountDiffers,
    TaskDiffers,
    TraceEnds,
    WordsDiffer,
)  # fmt: skip

_SENTENCES: Final = {
    TARGET_CLAUSE: "The target answers every program with a trace: it does not crash, hang or report on itself.",
    MODEL_CLAUSE: "The model explains or rejects every trace: it does not fail.",
}
_SHOWN: Final = 5


def sentence(clause: str) -> str:
    """What a divergence blames: the sentence of a clause, or that of a target or model that failed."""
    return CLAUSES[clause].cited if clause in CLAUSES else _SENTENCES.get(clause, "(no sentence)")


def counted(number: int, what: str) -> str:
    """`1 line`, `2 lines`."""
    return f"{number:,} {what}{'s' * (number != 1)}"


def explain(judgement: Judgement) -> str:
    """The verdict in words: last common event, first difference, the clause, what was allowed there."""
    verdict = judgement.verdict
    events = len(judgement.trace.events) if judgement.trace else 0
    search = f"after a search of {counted(verdict.effort, 'block')}"
    if verdict.outcome is Outcome.ALLOWED:
        how = search if verdict.effort else "no search was needed"
        every = "its one event has" if events == 1 else f"all {events} events have"
        return f"allowed: {every} an explanation ({how})\n"
    if verdict.outcome is Outcome.SKIPPED:
        return f"skipped: {judgement.report}\n"
    if verdict.outcome is Outcome.UNKNOWN:
        return (
            f"unknown: the budget was spent {search}; "
            f"{verdict.explained} of {counted(events, 'event')} explained; a larger --budget may decide it\n"
        )
    assert verdict.divergence is not None
    return "\n".join(_divergence(judgement, verdict.divergence)) + "\n"


def _divergence(judgement: Judgement, divergence: Divergence) -> Iterator[str]:
    program, clause = judgement.program, divergence.clause
    yield f"divergence: {divergence.kind.value}"
    yield from _where(judgement, divergence)
    yield from ("", f"clause {clause}:", f"  {sentence(clause)}")
    if divergence.reading:
        yield f"  Under another reading, {divergence.reading}, the whole trace would be allowed."
    if divergence.alternatives:
        yield from ("", "allowed here:")
    for alternative in divergence.alternatives[:_SHOWN]:
        yield from _event(alternative.event, program)
        yield f"    {worded(alternative.detail, program)} [{alternative.clause}]"
    if len(divergence.alternatives) > _SHOWN:
        yield f"  … and {len(divergence.alternatives) - _SHOWN} more"
    if judgement.report:
        yield from ("", "report:", *_indented(judgement.report.rstrip()))


def _where(judgement: Judgement, divergence: Divergence) -> Iterator[str]:
    """The last event before what is wrong, and what was seen instead; nothing is compared where a target failed."""
    program, trace, observed = judgement.program, judgement.trace, divergence.observed
    if divergence.clause == TARGET_CLAUSE:
        yield from ("", "the target showed nothing" if observed is None else "the trace breaks off behind:")
    elif trace is None:
        return
    else:
        if 0 < divergence.position <= len(trace.events):
            yield from ("", "last common event:", *_event(trace.events[divergence.position - 1], program))
        yield from ("", "first difference:")
        if observed is None:
            yield "  the trace ends here"
    if observed is not None:
        yield from _event(observed, program)


def _event(event: Event, program: Program) -> list[str]:
    return _indented(symbols.print_event(event, program))


def _indented(text: str) -> list[str]:
    return [f"  {line}" for line in text.splitlines()]


def worded(detail: Detail, program: Program | None = None) -> str:
    """What differs, in words: with the names of the program, or with plain numbers without one."""
    match detail:
        case TraceEnds():
            return "the trace ends too early"
        case ResultDiffers(step, ours, theirs):
            made = program.all_steps[step] if program is not None and step < len(program.all_steps) else None
            return f"step {step} returns {_value(made, ours, program)}, not {_value(made, theirs, program)}"
        case EventDiffers(ours, theirs):
            return f"{_described(ours, program)}, but seen was: {_described(theirs, program)}"
        case EndDiffers(ours, theirs):
            return f"the program ends {ours.name.lower()}, not {theirs.name.lower()}"
        case NothingObserved():
            return "nothing was observed at the end"
        case WordsDiffer(words):
            return "; ".join(_word(*word, program) for word in words)
        case TaskCountDiffers(ours, theirs):
            return f"{ours} tasks, not {theirs}"
        case TaskDiffers(ours, theirs):
            return f"task {ours.index} is {_view(ours)}, not {_view(theirs)}"
        case NothingDiffers():
            return "the same"


def _word(address: int, ours: int, theirs: int, program: Program | None) -> str:
    if program is None:
        return f"{address:#x}: {ours:#x}, not {theirs:#x}"
    pointer = names.holds_pointer(symbols.operand_of(address))
    mine, seen = (symbols.name_of(x, program, pointer=pointer) for x in (ours, theirs))
    return f"{symbols.name_of(address, word=True)} = {mine}, not {seen}"


def _value(made: object, value: int, program: Program | None) -> str:
    return f"{value:#x}" if program is None else symbols.print_result(made, value, program)


def _described(event: Event, program: Program | None) -> str:
    """An event without what was observed."""
    match event:
        case Result(step, value):
            made = program.all_steps[step] if program is not None and step < len(program.all_steps) else None
            return f"step {step} returns {_value(made, value, program)}"
        case Done(step, place, value, task, role):
            inside = None if program is None else symbols.operation_of(program, step, place)
            which = f"operation {place} of step {step}" if inside is None else f"f{inside[0]}[{place}] of step {step}"
            result = _value(inside[1] if inside else None, value, program)
            return f"{which} returns {result} in task {task}, {_view(TaskView(task, role, NO_CALL))}"
        case Ended(step, end):
            return f"the program ends {end.name.lower()} after {step} steps"
    return f"step {event.step} is {type(event).__name__.lower()}"


def _view(task: TaskView) -> str:
    role = Role(task.role).name.lower() if task.role in (0, 1, 2) else f"role {task.role}"
    return role if task.call == NO_CALL else f"{role} in call {task.call}"


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
                {"clause": x.clause, "detail": worded(x.detail), "event": tracefile.event_record(x.event)}
                for x in divergence.alternatives
            ],
        }
    if judgement.report:
        made["report"] = judgement.report
    return made
