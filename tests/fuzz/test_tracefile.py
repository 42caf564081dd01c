# SPDX-License-Identifier: Apache-2.0
"""Trace files: nothing is lost, old ones stay readable, others are refused with a reason."""

import contextlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from types import NoneType
from typing import Any, Final

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fuzz.generate.strategies import programs
from fuzz.text.tracefile import Impossible, TraceFileError, from_json, schema, to_json
from model import image as layout
from model.program import Program
from model.spec import run
from model.trace import FAULT, NO_CALL, Blocked, Done, End, Ended, Observation, Result, Role, Settled, TaskView, Trace

HERE = Path(__file__).parent
SCHEMA = HERE.parents[1] / "docs" / "trace.schema.json"

SEEN = Observation((TaskView(0, Role.HEAD, 463), TaskView(1, Role.BUSY, NO_CALL)), ((6912, bytes(range(8))),))
EVERYTHING = Trace(
    (Result(0, -14), Settled(1, SEEN), Blocked(2, SEEN), Ended(2, End.STUCK, SEEN)),
    tids=(1000, 1001),
    hints=(0x01000003,),
    report="",
    handovers=1,
    atoms=2,
)

FAULTING = Observation((TaskView(0, Role.BUSY, FAULT), TaskView(1, Role.HEAD, NO_CALL)), ())
THREADLETS = attrs.evolve(
    EVERYTHING,
    events=(Result(0, 0), Done(0, 2, -38, 0, Role.BUSY), Settled(1, FAULTING), *EVERYTHING.events[2:]),
    preemptions=3,
)


def test_the_golden_file_of_version_1_is_readable() -> None:
    assert from_json((HERE / "trace-v1.json").read_bytes()) == EVERYTHING


def test_the_golden_file_of_version_2_is_readable() -> None:
    assert from_json((HERE / "trace-v2.json").read_bytes()) == THREADLETS


def test_what_is_written_today_is_version_2() -> None:
    assert to_json(THREADLETS) == (HERE / "trace-v2.json").read_bytes()


def test_a_file_from_before_preemptions_were_counted_is_read() -> None:
    assert from_json((HERE / "trace-v1-early.json").read_bytes()) == EVERYTHING


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(programs())
def test_nothing_is_lost(program: Program) -> None:
    trace = run.run(layout.build(program))
    assert from_json(to_json(trace)) == trace


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "not a trace file"),
        (b"syslet 1\n", "not a trace file"),
        (b"[]", "not a trace file"),
        (b"{}", "not a trace file"),
        (b'{"format": "syslet-trace", "version": 5, "events": []}', "version 5; this program reads versions 1 to 4"),
        (b'{"format": "syslet-trace", "version": 1}', "damaged"),
        (b'{"format": "syslet-trace", "version": 2}', "damaged"),
        (b'{"format": "syslet-trace", "version": 1, "events": [{"event": "odd"}], "tids": [], "hints": []}', "damaged"),
        (to_json(EVERYTHING).replace(b'"stuck"', b'"odd"'), "damaged"),
        (to_json(THREADLETS).replace(b'"fault"', b'"read"'), "damaged"),
        (to_json(EVERYTHING).replace(b'"0001', b'"0x01'), "damaged"),
    ],
)
def test_other_files_are_refused_with_a_reason(data: bytes, says: str) -> None:
    with pytest.raises(TraceFileError, match=says):
        from_json(data)


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("6912", "-8", "$.events[1].seen.changes[0][0]"),
        ("6912", "40000", "$.events[1].seen.changes[0][0]"),
        ("6912", "32764", "$.events[1].seen.changes[0]"),
        ("-14", str(2**63), "$.events[0].value"),
        ('"step": 0', '"step": -1', "$.events[0].step"),
        ('"call": 463', '"call": -1', "$.events[1].seen.tasks[0].call"),
        ("1001", str(1 << 32), "$.tids[1]"),
        (",\n  1001", "", "$.events[1]"),
        ('"report": ""', '"report": "KASAN"', "$.report"),
        ('"stuck"', '"fuel"', "$.events[3].seen"),
        ('"atoms": 2', '"atoms": -2', "$.atoms"),
    ],
)
def test_what_cannot_be_is_refused_with_its_field(old: str, new: str, field: str) -> None:
    text = to_json(EVERYTHING).decode()
    assert old in text
    with pytest.raises(TraceFileError, match=re.escape(f"at `{field}")):
        from_json(text.replace(old, new, 1).encode())


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=64), st.integers(0, 2000), st.integers(0, 2000))
def test_garbage_is_refused(noise: bytes, start: int, stop: int) -> None:
    good = to_json(EVERYTHING)
    damaged = good[:start] + noise + good[stop:]
    with contextlib.suppress(TraceFileError):
        read = from_json(damaged)
        assert from_json(to_json(read)) == read


def test_the_schema_in_the_docs_is_this_one(golden: Callable[[Path, str], None]) -> None:
    golden(SCHEMA, json.dumps(schema(), indent=1) + "\n")


RULES = schema()


def meets(value: Any, rule: dict[str, Any]) -> bool:
    """JSON Schema, as far as ours goes."""
    named = {"null": NoneType, "integer": int, "string": str, "array": list, "object": dict}
    said: dict[str, Callable[[Any], bool]] = {
        "$ref": lambda x: meets(value, RULES["$defs"][x.rsplit("/", 1)[1]]),
        "type": lambda x: isinstance(value, named[x]) and not isinstance(value, bool),
        "enum": lambda x: value in x and not isinstance(value, bool),
        "anyOf": lambda x: any(meets(value, one) for one in x),
        "pattern": lambda x: re.search(x.replace("$", r"\Z"), value) is not None,
        "items": lambda x: not x or all(meets(one, x) for one in value),
        "prefixItems": lambda x: all(map(meets, value, x)),
        "minimum": lambda x: value >= x,
        "maximum": lambda x: value <= x,
        "exclusiveMaximum": lambda x: value < x,
        "minItems": lambda x: len(value) >= x,
        "maxItems": lambda x: len(value) <= x,
        "properties": lambda x: all(meets(one, x[name]) for name, one in value.items() if name in x),
        "required": lambda x: set(x) <= set(value),
        "additionalProperties": lambda _: set(value) <= set(rule["properties"]),
    }
    about = {"$schema", "$defs", "title", "description", "default", "discriminator"}
    order = [key for key in said if key in rule]
    assert set(rule) <= {*said, *about}, "a keyword that this does not know"
    return all(said[key](rule[key]) for key in order)


def places(document: Any) -> list[tuple[Any, Any]]:
    """Each place in a document: what holds it, and its name or number there."""
    keys = list(document) if isinstance(document, dict) else range(len(document)) if isinstance(document, list) else ()
    return [place for key in keys for place in ((document, key), *places(document[key]))]


ODD: Final[tuple[Any, ...]] = (
    None, True, 0, 1, 2, 3, -1, 2**63, 1.5, "", "7", "head", "Head", "HEAD", "busy", "busy ", "7\n", "\u0663", "+7",
    "stuck", "STUCK", "report", "fault", "Fault", "read", "00", "0A", "00 00", "00\n", "0", "0x00", "syslet-trace",
    "result", "settled", [], {}, [0, "00"], [0, "00", 1], [[0, "00"]],
)  # fmt: skip


@pytest.mark.slow
@settings(max_examples=500, deadline=None)
@given(st.sampled_from([EVERYTHING, THREADLETS]), st.data())
def test_the_schema_takes_what_the_reader_takes(trace: Trace, data: st.DataObject) -> None:
    document = json.loads(to_json(trace))
    assert meets(document, RULES)
    holder, key = data.draw(st.sampled_from(places(document)))
    match data.draw(st.sampled_from(["other", "gone", "more"])):
        case "other":
            holder[key] = data.draw(st.sampled_from(ODD))
        case "gone":
            del holder[key]
        case _ if isinstance(holder, dict):
            holder["more"] = 0
        case _:
            holder.append(data.draw(st.sampled_from(ODD)))
    try:
        from_json(json.dumps(document).encode())
    except Impossible:
        assert meets(document, RULES), "two fields do not fit together, which no schema tells"
    except TraceFileError:
        assert not meets(document, RULES)
    else:
        assert meets(document, RULES)


def test_the_ends_and_roles_of_a_file_are_those_of_a_trace() -> None:
    rules = RULES["$defs"]
    assert rules["EndedRecord"]["properties"]["end"]["enum"] == sorted(end.name.lower() for end in End)
    for name in [*(role.name.lower() for role in Role if role is not Role.DEAD), "17"]:
        assert meets(name, rules["TaskRecord"]["properties"]["role"])
