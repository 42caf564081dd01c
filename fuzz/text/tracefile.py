# SPDX-License-Identifier: Apache-2.0
"""Traces as JSON: for the records of a finding, and for scripts. The form is versioned: old ones stay readable.

Numbers are as in the trace; memory is hexadecimal text. `docs/trace.schema.json` is made from these records.
"""

from collections.abc import Callable
from typing import Annotated, Any, Final, Literal

import attrs
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
    "tids": (list, tuple),
    "hints": (list, tuple),
}
"""What a field of that name becomes in the file, and back; others stay as they are."""
_RECORDS: Final[dict[type, type]] = {
    t.TaskView: TaskRecord, t.Observation: SeenRecord, t.Result: ResultRecord, t.Done: DoneRecord,
    t.Settled: SettledRecord, t.Blocked: BlockedRecord, t.Ended: EndedRecord,
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
    return msgspec.json.format(msgspec.json.encode(TraceRecord(FORMAT, VERSION, **_told(trace))), indent=1) + b"\n"


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
        trace: t.Trace = _thing(msgspec.json.decode(data, type=TraceRecord))
    except (msgspec.ValidationError, KeyError, ValueError) as error:
        raise TraceFileError(f"damaged trace file: {error}") from None
    return trace


def schema() -> dict[str, Any]:
    """JSON Schema of the file."""
    made = msgspec.json.schema(TraceRecord)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"syslet trace, version {VERSION}",
        **made,
    }
