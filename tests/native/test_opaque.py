# SPDX-License-Identifier: Apache-2.0
"""Opaque calls on the real kernel: each definition is made as it says, litmus files hold, and planted faults show."""

from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest

from fuzz.oracle import judge
from fuzz.replay import FAILED, PASSED, SKIPPED, replay
from fuzz.text import parse
from model import abi, opaque
from model import image as layout
from model.opaque import What
from model.program import Arg, Atom, Call, Operand, Program, Settle, Space
from model.trace import Trace
from model.verdict import Outcome
from native.targets import wire
from native.targets.host import HostTarget, TargetUnavailable
from native.targets.uml import kernel
from native.targets.uml.target import UmlTarget
from tests.native.worlds import A, P, W, head, n, rd, submit

LITMUS = sorted((Path(__file__).parents[2] / "corpus" / "litmus").glob("opaque-*.syslet"))
NOT_NAMED = "opaque-number-that-no-text-names"
SHOWN_BY = {
    "POLL_STAYS": "opaque-sleep-hands-over",
    "OPAQUE_LIMIT_OF_32_BITS": "opaque-limit-looks-at-half-a-word",
    "OPAQUE_BUFFER_CUT": "opaque-buffer-is-read-by-the-next-atom",
    "NO_SUCH_CALL_OF_A_FILE": "opaque-error-of-the-wrong-kind-of-file",
}


def made(call: opaque.Opaque, place: Operand) -> Program:
    """A chain with the call, its plainest arguments and a buffer for what it writes; and the same as a step."""
    given = []
    for argument in call.arguments:
        if argument.what is What.DESCRIPTOR:
            given.append(rd(0))
        elif argument.what is What.VALUE:
            given.append(n(argument.values[0] if argument.values else min(argument.most, 16)))
        else:
            given.append(place)
    atom = Atom(1, call.nr, tuple(map(Arg, given)), ret=W(3))
    steps = (submit(A(1)), Call(call.nr, tuple(given)), Settle())
    return Program(heads=(head(),), pipes=(0,), atoms=(atom,), steps=steps)


@pytest.mark.kernel
@pytest.mark.parametrize("place", [P(3), P(5), P(7), Operand(Space.PAGE, 6, 4090)], ids=str)
def test_every_opaque_call_is_made_and_told_of(place: Operand) -> None:
    """As an atom and as a step, with buffers that can be written, cannot, are not there, or end behind the page."""
    with UmlTarget() as target:
        for call in opaque.OPAQUE:
            program = made(call, place)
            judgement = judge(program, target)
            assert judgement.verdict.outcome is Outcome.ALLOWED, call.name
            assert judgement.trace is not None
            told = judgement.trace.opaque
            if call.name == "select" and place == P(5):
                assert told == (), "it waits for nothing, and for ever"
                continue
            assert [x.nr for x in told] == [call.nr, call.nr], call.name
            assert all(x.value != -abi.ENOSYS for x in told), f"this kernel has no {call.name}"


@pytest.mark.kernel
def test_litmus_files_hold() -> None:
    with UmlTarget() as target:
        for path in LITMUS:
            result = replay(str(path), parse(path.read_text(), str(path)), target)
            assert result.came_to == PASSED, result


@pytest.mark.kernel
@pytest.mark.slow
@pytest.mark.parametrize("fault", SHOWN_BY)
def test_a_planted_fault_is_shown_by_a_litmus_file(fault: str) -> None:
    kernel.kernel(kernel.Flavour.FAST, fault)
    path = next(x for x in LITMUS if x.stem == SHOWN_BY[fault])
    with UmlTarget(fault=fault) as target:
        assert replay(str(path), parse(path.read_text(), str(path)), target).came_to == FAILED


def test_a_target_that_makes_none_skips_them_by_name(host: HostTarget) -> None:
    for path in LITMUS:
        case = parse(path.read_text(), str(path))
        result = replay(str(path), case, host)
        if path.stem == NOT_NAMED:
            assert result.came_to == PASSED
            continue
        assert result.came_to == SKIPPED
        assert all(opaque.BY_NUMBER[nr].name in result.problems[0] for nr in layout.build(case.program).opaque)
        assert judge(case.program, host).verdict.outcome is Outcome.SKIPPED
        with pytest.raises(TargetUnavailable, match="opaque calls"):
            host.run(layout.build(case.program))


def test_an_executor_that_makes_none_does_not_take_the_block(host: HostTarget) -> None:
    image = layout.build(parse("syslet 1\n\ngetuid()\n").program)
    host.put(image)
    with pytest.raises(wire.WireError, match="does not take"):
        host.execute()
    assert isinstance(host.run(attrs.evolve(image, opaque=())), Trace)


def blocks() -> Iterator[bytes]:
    yield wire.encode(layout.build(parse("syslet 1\n\ngetuid()\n").program))
    yield wire.encode(layout.build(parse("syslet 1\nchoose 1:1\n\npoll(w0, 1, 0)\ngetuid()\n").program))


def test_the_block_has_the_definitions_behind_the_choices() -> None:
    for block in blocks():
        assert int.from_bytes(block[4:6], "little") == wire.VERSION_OPAQUE
        assert len(block) % 8 == 0
    alone, two = blocks()
    assert len(alone) == wire.STEPS_AT + 64 + 8 + 296
    assert len(two) == wire.STEPS_AT + 2 * 64 + 8 + 8 + 2 * 296
