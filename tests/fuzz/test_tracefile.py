# SPDX-License-Identifier: Apache-2.0
"""Trace files: nothing is lost, old ones stay readable, others are refused with a reason."""

import contextlib
import json
from pathlib import Path

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fuzz.generate.strategies import programs
from fuzz.tracefile import TraceFileError, from_json, schema, to_json
from model import layout, run
from model.program import Program
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
        (b'{"format": "syslet-trace", "version": 3, "events": []}', "version 3; this program reads versions 1 and 2"),
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


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=64), st.integers(0, 2000), st.integers(0, 2000))
def test_garbage_is_refused(noise: bytes, start: int, stop: int) -> None:
    good = to_json(EVERYTHING)
    damaged = good[:start] + noise + good[stop:]
    with contextlib.suppress(TraceFileError):
        from_json(damaged)


def test_the_schema_in_the_docs_is_this_one() -> None:
    assert json.loads(SCHEMA.read_text()) == schema()
