# SPDX-License-Identifier: Apache-2.0
"""Each call is one of four, and the page says which and why; an opaque call is one definition that all tables share."""

from collections.abc import Callable
from pathlib import Path

from fuzz.spec import every_call
from fuzz.text import parse, print_program
from model import abi, calls, opaque
from model.image import build

PAGE = Path(__file__).parents[2] / "docs" / "spec" / "calls.md"


def test_the_page_is_up_to_date(golden: Callable[[Path, str], None]) -> None:
    golden(PAGE, every_call.page())


def test_every_number_is_there_once_and_has_a_reason() -> None:
    rows = list(every_call.rows())
    assert len({row.number for row in rows}) == len(rows)
    assert all(len(row.why) > 3 for row in rows)
    assert {row.number for row in rows if row.kind == every_call.OPAQUE} == set(opaque.BY_NUMBER)
    refused = {row.number for row in rows if row.kind == every_call.REFUSED}
    assert refused == set(abi.REFUSED_CALLS.values())
    modelled = {call.nr for call in calls.CALLS} - refused
    assert {row.number for row in rows if row.kind == every_call.MODELLED} == modelled


def test_an_opaque_call_has_the_name_and_number_of_linux_and_none_twice() -> None:
    named = {row.number: row.name for row in every_call.rows()}
    assert {call.nr: call.name for call in opaque.OPAQUE} == {call.nr: named[call.nr] for call in opaque.OPAQUE}
    assert len(opaque.BY_NUMBER) == len(opaque.OPAQUE)
    assert not set(opaque.BY_NUMBER) & {call.nr for call in calls.CALLS}
    assert not set(opaque.BY_NUMBER) & set(abi.REFUSED_CALLS.values())


def test_limits_fit_the_protocol() -> None:
    for call in opaque.OPAQUE:
        for argument in call.arguments:
            assert len(argument.values) <= opaque.MAX_VALUES
            assert (argument.what in opaque.BUFFERS) == bool(argument.unit)
            if argument.counted_by is not None:
                counting = call.arguments[argument.counted_by]
                assert counting.most, f"{call.name}: nothing limits the buffer"
                assert argument.unit * -(-counting.most // argument.per) <= opaque.MAX_OUT, call.name
            assert argument.unit <= opaque.MAX_OUT, call.name


def test_a_definition_is_all_that_text_and_image_need() -> None:
    """A program that names an opaque call as atom, step and operation: each tells the image, and is printed by name."""
    for call in opaque.OPAQUE:
        given = ", ".join(["0"] * len(call.arguments))
        for line in (f"atom a0 = {call.name}({given})", f"{call.name}({given})", f"f0: {call.name}({given})"):
            program = parse(f"syslet 1\n{line}\n").program
            assert build(program).opaque == (call.nr,)
            assert f"{call.name}(" in print_program(program)
