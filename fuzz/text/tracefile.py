# SPDX-License-Identifier: Apache-2.0
"""Traces as JSON: for the records of a finding, and for scripts. The form is versioned: old ones stay readable.

Numbers are as in the trace; memory is hexadecimal text. `docs/trace.schema.json` is made from these records.
"""

from typing import Annotated, Any, Final, Literal

import msgspec

from model import trace as t

FORMAT: Final = "syslet-trace"
VERSION: Final = 2
_READ: Final = (1, 2)
"""Version 2 added results of operations, and the call "fault"."""
_ROLES: Final = frozenset(int(role) for role in t.Role)

Version = Literal[1, 2]
RoleName = Annotated[str, msgspec.Meta(pattern="^(head|ready|busy|[0-9]+)$")]
"""A target may answer with a role that does not exist; that must be on record too, by its number."""
Bytes = Annotated[str, msgspec.Meta(pattern="^([0-9a-fA-F]{2})*(?!\\n)$")]
EndName = Literal["done", "stuck", "exited", "fuel", "report"]
_ENDS: Final[dict[t.End, EndName]] = {
    t.End.DONE: "done", t.End.STUCK: "stuck", t.End.EXITED: "exited", t.End.FUEL: "fuel", t.End.REPORT: "report",
}  # fmt: skip


class TraceFileError(ValueError):
    """Not a trace file, or one of a version that this reader does not know."""


class TaskRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A live task; `call` is null when it sleeps in none, "fault" when in a page fault of user mode."""

    index: int
    role: RoleName
    call: int | Literal["fault"] | None


class SeenRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An observation; changes are [offset in the arena, bytes in hexadecimal]."""

    tasks: list[TaskRecord]
    changes: list[tuple[int, Bytes]]


class ResultRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="result", tag_field="event"):
    """A step returned a value."""

    step: int
    value: int


class DoneRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="done", tag_field="event"):
    """An operation of the script that this step executes returned a value, in this task."""

    step: int
    place: int
    value: int
    task: int
    role: RoleName


class SettledRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="settled", tag_field="event"):
    """A `settle` or `advance` is over."""

    step: int
    seen: SeenRecord


class BlockedRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="blocked", tag_field="event"):
    """The head sleeps and nothing can run."""

    step: int
    seen: SeenRecord


class EndedRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="ended", tag_field="event"):
    """The end of the program."""

    step: int
    end: EndName
    seen: SeenRecord | None


EventRecord = ResultRecord | DoneRecord | SettledRecord | BlockedRecord | EndedRecord


class TraceRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One run of one program on one target."""

    format: Literal["syslet-trace"]
    version: Version
    events: list[EventRecord]
    tids: list[int]
    hints: list[int] = []
    report: str = ""
    handovers: int = 0
    atoms: int = 0
    preemptions: int = 0


class _Header(msgspec.Struct):
    format: str = ""
    version: int = 0


def _role_name(role: int) -> str:
    return t.Role(role).name.lower() if role in _ROLES else str(role)


def _role_number(name: str) -> int:
    return int(name) if name.isdecimal() else t.Role[name.upper()]


def _call_record(call: int) -> int | Literal["fault"] | None:
    if call == t.FAULT:
        return "fault"
    return None if call == t.NO_CALL else call


def _call(record: int | Literal["fault"] | None) -> int:
    if record == "fault":
        return t.FAULT
    return t.NO_CALL if record is None else record


def _seen_record(seen: t.Observation) -> SeenRecord:
    return SeenRecord(
        [TaskRecord(x.index, _role_name(x.role), _call_record(x.call)) for x in seen.tasks],
        [(offset, data.hex()) for offset, data in seen.changes],
    )


def _seen(record: SeenRecord) -> t.Observation:
    tasks = tuple(t.TaskView(x.index, _role_number(x.role), _call(x.call)) for x in record.tasks)
    return t.Observation(tasks, tuple((offset, bytes.fromhex(data)) for offset, data in record.changes))


def event_record(event: t.Event) -> EventRecord:
    """One event as it stands in the file."""
    match event:
        case t.Result(step, value):
            return ResultRecord(step, value)
        case t.Done(step, place, value, task, role):
            return DoneRecord(step, place, value, task, _role_name(role))
        case t.Settled(step, seen):
            return SettledRecord(step, _seen_record(seen))
        case t.Blocked(step, seen):
            return BlockedRecord(step, _seen_record(seen))
        case t.Ended(step, end, maybe):
            return EndedRecord(step, _ENDS[t.End(end)], None if maybe is None else _seen_record(maybe))


def _event(record: EventRecord) -> t.Event:
    match record:
        case ResultRecord(step, value):
            return t.Result(step, value)
        case DoneRecord(step, place, value, task, role):
            return t.Done(step, place, value, task, _role_number(role))
        case SettledRecord(step, seen):
            return t.Settled(step, _seen(seen))
        case BlockedRecord(step, seen):
            return t.Blocked(step, _seen(seen))
        case EndedRecord(step, end, maybe):
            return t.Ended(step, t.End[end.upper()], None if maybe is None else _seen(maybe))


def to_json(trace: t.Trace) -> bytes:
    """The trace as one JSON document, indented, with a line feed at its end."""
    record = TraceRecord(
        FORMAT,
        VERSION,
        [event_record(x) for x in trace.events],
        list(trace.tids),
        list(trace.hints),
        trace.report,
        trace.handovers,
        trace.atoms,
        trace.preemptions,
    )
    return msgspec.json.format(msgspec.json.encode(record), indent=1) + b"\n"


def from_json(data: bytes) -> t.Trace:
    """Read a trace file. Raises TraceFileError when it is none, or of an unknown version."""
    try:
        header = msgspec.json.decode(data, type=_Header)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise TraceFileError(f"not a trace file: {error}") from None
    if header.format != FORMAT:
        raise TraceFileError(f'not a trace file: its "format" is not "{FORMAT}"')
    if header.version not in _READ:
        raise TraceFileError(f"trace file of version {header.version}; this program reads versions 1 and 2")
    try:
        record = msgspec.json.decode(data, type=TraceRecord)
        events = tuple(_event(x) for x in record.events)
    except (msgspec.ValidationError, KeyError, ValueError) as error:
        raise TraceFileError(f"damaged trace file: {error}") from None
    counts = (record.handovers, record.atoms, record.preemptions)
    return t.Trace(events, tuple(record.tids), tuple(record.hints), record.report, *counts)


def schema() -> dict[str, Any]:
    """JSON Schema of the file."""
    made = msgspec.json.schema(TraceRecord)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"syslet trace, version {VERSION}",
        **made,
    }
