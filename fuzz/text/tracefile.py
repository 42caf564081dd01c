# SPDX-License-Identifier: Apache-2.0
"""Traces as JSON: for the records of a finding, and for scripts. The form is versioned: old ones stay readable.

Numbers are as in the trace; memory is hexadecimal text. `docs/trace.schema.json` is made from these records.
"""

from collections.abc import Callable, Iterator
from typing import Annotated, Any, Final, Literal

import attrs
import msgspec

from model import trace as t
from model.abi import MASK, MAX_ARGS, WORD
from model.image import ARENA
from model.program import INT64_MAX, INT64_MIN, MAX_OPERATIONS, Operand

FORMAT: Final = "syslet-trace"
VERSION: Final = 4
_READ: Final = (1, 2, 3, 4)
"""Version 2 added results of operations, and the call "fault"; version 3 the families of tasks; version 4 what came of
opaque calls.

A trace is written as the oldest of the last three that has words for it."""
_ROLES: Final = frozenset(int(role) for role in t.Role)

Version = Literal[1, 2, 3, 4]
RoleName = Annotated[str, msgspec.Meta(pattern="^(head|ready|busy|[0-9]+)$")]
"""A target may answer with a role that does not exist; that must be on record too, by its number."""
Bytes = Annotated[str, msgspec.Meta(pattern="^([0-9a-fA-F]{2})*(?!\\n)$")]
Number = Annotated[int, msgspec.Meta(ge=0, le=(1 << 32) - 1)]
Tick = Annotated[int, msgspec.Meta(ge=0, le=INT64_MAX)]
Value = Annotated[int, msgspec.Meta(ge=INT64_MIN, le=INT64_MAX)]
Place = Annotated[int, msgspec.Meta(ge=0, lt=MAX_OPERATIONS)]
Offset = Annotated[int, msgspec.Meta(ge=0, le=ARENA)]
EndName = Literal["done", "stuck", "exited", "fuel", "report"]


class TraceFileError(ValueError):
    """Not a trace file, or one of a version that this reader does not know."""


class TaskRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A live task; `call` is null when it sleeps in none, "fault" when in a page fault of user mode.

    `family` is the number of its thread.
    """

    index: Number
    role: RoleName
    call: Number | Literal["fault"] | None
    family: Number = 0


class SeenRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An observation; changes are [offset in the arena, bytes in hexadecimal]."""

    tasks: list[TaskRecord]
    changes: list[tuple[Offset, Bytes]]


class ResultRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="result", tag_field="event"):
    """A step returned a value."""

    step: Number
    value: Value


class DoneRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="done", tag_field="event"):
    """An operation of the script that this step executes returned a value, in this task."""

    step: Number
    place: Place
    value: Value
    task: Number
    role: RoleName


class SettledRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="settled", tag_field="event"):
    """A `settle` or `advance` is over."""

    step: Number
    seen: SeenRecord


class BlockedRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="blocked", tag_field="event"):
    """The head sleeps and nothing can run."""

    step: Number
    seen: SeenRecord


class EndedRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="ended", tag_field="event"):
    """The end of the program. Nothing is observed at an end of the kinds `fuel` and `report`."""

    step: Number
    end: EndName
    seen: SeenRecord | None


EventRecord = ResultRecord | DoneRecord | SettledRecord | BlockedRecord | EndedRecord


class AnswerRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What came of an opaque call, which ended behind the first `at` events, at this tick.

    Arguments are signed; `written` are [offset in the arena, bytes in hexadecimal] that its buffers held then.
    """

    at: Number
    tick: Tick
    task: Number
    nr: Number
    args: Annotated[list[Value], msgspec.Meta(min_length=MAX_ARGS, max_length=MAX_ARGS)]
    value: Value
    sleeps: Number
    written: list[tuple[Offset, Bytes]]


class TraceRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One run of one program on one target. A file without opaque calls has no `opaque`."""

    format: Literal["syslet-trace"]
    version: Version
    events: list[EventRecord]
    tids: list[Number]
    hints: list[Number] = []
    report: str = ""
    handovers: Number = 0
    atoms: Number = 0
    preemptions: Number = 0
    opaque: list[AnswerRecord] = []


class _Header(msgspec.Struct):
    format: str = ""
    version: int | None = None


class Impossible(TraceFileError):
    """Each field is as the schema says, and they do not fit together."""


def _role_name(role: int) -> str:
    return t.Role(role).name.lower() if role in _ROLES else str(role)


def _role_number(name: str) -> int:
    return int(name) if name.isdecimal() else t.Role[name.upper()]


_CALLS: Final[dict[Any, Any]] = {t.FAULT: "fault", t.NO_CALL: None}
_CALL_NUMBERS: Final[dict[Any, Any]] = {name: number for number, name in _CALLS.items()}
_FIELDS: Final[dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]]] = {
    "role": (_role_name, _role_number),
    "call": (lambda call: _CALLS.get(call, call), lambda call: _CALL_NUMBERS.get(call, call)),
    "end": (lambda end: t.End(end).name.lower(), lambda name: t.End[name.upper()]),
    "seen": (lambda seen: seen and _record(seen), lambda record: record and _thing(record)),
    "tasks": (lambda tasks: [_record(x) for x in tasks], lambda records: tuple(_thing(x) for x in records)),
    "changes": (
        lambda changes: [(offset, data.hex()) for offset, data in changes],
        lambda changes: tuple((offset, bytes.fromhex(data)) for offset, data in changes),
    ),
    "events": (lambda events: [_record(x) for x in events], lambda records: tuple(_thing(x) for x in records)),
    "written": (
        lambda written: [(offset, data.hex()) for offset, data in written],
        lambda written: tuple((offset, bytes.fromhex(data)) for offset, data in written),
    ),
    "args": (lambda args: [Operand.number(x).value for x in args], lambda args: tuple(x & MASK for x in args)),
    "opaque": (lambda answers: [_record(x) for x in answers], lambda records: tuple(_thing(x) for x in records)),
    "tids": (list, tuple),
    "hints": (list, tuple),
}
"""What a field of that name becomes in the file, and back; others stay as they are."""
_RECORDS: Final[dict[type, type]] = {
    t.TaskView: TaskRecord, t.Observation: SeenRecord, t.Result: ResultRecord, t.Done: DoneRecord,
    t.Settled: SettledRecord, t.Blocked: BlockedRecord, t.Ended: EndedRecord,
    t.Answer: AnswerRecord,
}  # fmt: skip
_THINGS: Final = {**{record: thing for thing, record in _RECORDS.items()}, TraceRecord: t.Trace}


def _told(thing: Any) -> dict[str, Any]:
    """The fields of a trace or of a part of it, as they stand in the file."""
    given = attrs.asdict(thing, recurse=False)
    return {name: _FIELDS[name][0](value) if name in _FIELDS else value for name, value in given.items()}


def _record(thing: Any) -> Any:
    return _RECORDS[type(thing)](**_told(thing))


def _thing(record: Any) -> Any:
    kind = _THINGS[type(record)]
    given = {field.name: getattr(record, field.name) for field in attrs.fields(kind)}
    return kind(**{name: _FIELDS[name][1](value) if name in _FIELDS else value for name, value in given.items()})


def event_record(event: t.Event) -> EventRecord:
    """One event as it stands in the file."""
    record: EventRecord = _record(event)
    return record


def to_json(trace: t.Trace) -> bytes:
    """The trace as one JSON document, indented, with a line feed at its end."""
    version: Version = VERSION if trace.opaque else 3 if _has_families(trace) else 2
    record = msgspec.to_builtins(TraceRecord(FORMAT, version, **_told(trace)))
    if not trace.opaque:
        del record["opaque"]  # older versions have no such field
    return msgspec.json.format(msgspec.json.encode(record), indent=1) + b"\n"


def _has_families(trace: t.Trace) -> bool:
    seen = [event.seen for event in trace.events if not isinstance(event, t.Result | t.Done)]
    return any(task.family for view in seen if view is not None for task in view.tasks)


def from_json(data: bytes) -> t.Trace:
    """Read a trace file. Raises TraceFileError when it is none, or of an unknown version."""
    try:
        header = msgspec.json.decode(data, type=_Header)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise TraceFileError(f"not a trace file: {error}") from None
    if header.format != FORMAT:
        raise TraceFileError(f'not a trace file: its "format" is not "{FORMAT}"')
    if header.version is None:
        raise TraceFileError('damaged trace file: its "version" is missing')
    if header.version not in _READ:
        raise TraceFileError(f"trace file of version {header.version}; this program reads versions 1 to 4")
    try:
        trace: t.Trace = _thing(msgspec.json.decode(data, type=TraceRecord))
    except (msgspec.ValidationError, KeyError, ValueError) as error:
        raise TraceFileError(f"damaged trace file: {error}") from None
    if wrong := next(_impossible(trace), None):
        raise Impossible(f"damaged trace file: {wrong}")
    return trace


def _impossible(trace: t.Trace) -> Iterator[str]:
    """What no target can have shown, though each field is fine by itself."""
    last = trace.events[-1] if trace.events else None
    if trace.report and not (isinstance(last, t.Ended) and last.end is t.End.REPORT):
        yield 'there is a report, and the last event is no end of the kind "report" - at `$.report`'
    for number, event in enumerate(trace.events):
        at, seen = f"at `$.events[{number}]", None
        tasks = []
        if isinstance(event, t.Done):
            tasks = [event.task]
        elif not isinstance(event, t.Result):
            seen = event.seen
        if isinstance(event, t.Ended) and (seen is None) != (event.end in (t.End.FUEL, t.End.REPORT)):
            yield f'memory and tasks are seen at each end but "fuel" and "report", and never there - {at}.seen`'
        if seen is not None:
            tasks = [view.index for view in seen.tasks]
            for place, (offset, data) in enumerate(seen.changes):
                if offset + len(data) > ARENA:
                    yield f"the change ends behind the memory, which has {ARENA} bytes - {at}.seen.changes[{place}]`"
        if tasks and max(tasks) >= len(trace.tids):
            yield f"task {max(tasks)}, and there are {len(trace.tids)} thread numbers in `tids` - {at}`"
    yield from _impossible_answers(trace)


def _impossible_answers(trace: t.Trace) -> Iterator[str]:
    before = 0
    for number, answer in enumerate(trace.opaque):
        at = f"at `$.opaque[{number}]"
        if not before <= answer.at <= len(trace.events):
            yield f"it ended behind {answer.at} events of {len(trace.events)}, one before it behind {before} - {at}.at`"
        if answer.task >= len(trace.tids):
            yield f"task {answer.task}, and there are {len(trace.tids)} thread numbers in `tids` - {at}.task`"
        for offset, data in answer.written:
            if offset % WORD or len(data) % WORD or offset + len(data) > ARENA:
                yield f"{len(data)} bytes at {offset} are no words of the memory - {at}.written`"
        before = answer.at


def schema() -> dict[str, Any]:
    """JSON Schema of the file."""
    made = msgspec.json.schema(TraceRecord)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"syslet trace, version {VERSION}",
        **made,
    }
