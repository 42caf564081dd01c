# SPDX-License-Identifier: Apache-2.0
"""Opaque calls in the model: what a target tells is followed; where it is told wrongly that shows (D150 to D154)."""

from pathlib import Path
from typing import Any

import attrs
import pytest

from fuzz.text import parse
from fuzz.text.expect import failures
from model import opaque
from model.check.check import check
from model.image import build
from model.spec.run import run
from model.trace import Trace
from model.verdict import Outcome

LITMUS = sorted((Path(__file__).parents[2] / "corpus" / "litmus").glob("opaque-*.syslet"))
SLEEPS = "opaque-sleep-hands-over"


def case_of(name: str) -> tuple[str, Trace]:
    text = (LITMUS[0].parent / f"{name}.syslet").read_text()
    return text, run(build(parse(text).program))


def outcome(text: str, trace: Trace, **answer: Any) -> Outcome:
    """Of the trace with its first answer changed."""
    first, *others = trace.opaque
    changed = attrs.evolve(trace, opaque=(attrs.evolve(first, **answer), *others), hints=())
    return check(build(parse(text).program), changed).outcome


@pytest.mark.parametrize("path", LITMUS, ids=lambda path: path.stem)
def test_a_file_holds_for_what_it_assumes_and_the_check_allows_that_run(path: Path) -> None:
    case = parse(path.read_text(), str(path))
    trace = run(build(case.program))
    assert failures(case, trace) == []
    assert check(build(case.program), trace).outcome is Outcome.ALLOWED


def test_what_is_told_is_what_the_run_did() -> None:
    _, trace = case_of(SLEEPS)
    (answer,) = trace.opaque
    assert (answer.task, answer.nr, answer.value, answer.sleeps) == (0, 7, 1, 1)
    assert answer.args[1:3] == (1, (1 << 64) - 1)
    assert answer.at == 3, "behind the write that woke it"


def test_a_sleep_that_hands_nothing_over_is_not_allowed_nor_a_hand_over_without_one() -> None:
    text, trace = case_of(SLEEPS)
    assert outcome(text, trace) is Outcome.ALLOWED
    assert outcome(text, trace, sleeps=0) is Outcome.DIVERGENCE
    assert outcome(text, trace, sleeps=3) is Outcome.ALLOWED, "only the first sleep can hand over"


@pytest.mark.parametrize(
    "wrong",
    [{"value": 2}, {"nr": 23}, {"args": (0,) * 6}, {"task": 1}, {"at": 0}, {"at": 1}, {"written": ((24, bytes(8)),)}],
    ids=str,
)
def test_what_does_not_fit_the_rest_of_the_trace_is_not_allowed(wrong: dict[str, Any]) -> None:
    """Its result is stored, its call is the atom's, its task makes it, and it ends between those moments of rest."""
    text, trace = case_of(SLEEPS)
    assert outcome(text, trace, **wrong) is Outcome.DIVERGENCE


def test_a_call_that_is_not_told_of_did_not_return_and_one_that_was_not_made_is_not_told_of() -> None:
    text, trace = case_of(SLEEPS)
    image = build(parse(text).program)
    assert check(image, attrs.evolve(trace, opaque=())).outcome is Outcome.DIVERGENCE
    twice = attrs.evolve(trace, opaque=(*trace.opaque, trace.opaque[0]))
    assert check(image, twice).outcome is Outcome.DIVERGENCE


def test_the_tick_of_an_end_is_a_limit() -> None:
    text, trace = case_of("opaque-sleep-that-ends-in-a-later-tick")
    (answer,) = trace.opaque
    assert outcome(text, trace) is Outcome.ALLOWED
    assert outcome(text, trace, tick=answer.tick + 100) is Outcome.DIVERGENCE


def test_buffers_are_memory_that_the_next_atom_reads() -> None:
    text, trace = case_of("opaque-buffer-is-read-by-the-next-atom")
    (answer,) = trace.opaque
    ((offset, _),) = answer.written
    assert outcome(text, trace, written=()) is Outcome.DIVERGENCE
    assert outcome(text, trace, written=((offset, (7).to_bytes(8, "little")),)) is Outcome.DIVERGENCE


def test_a_program_has_the_opaque_calls_that_it_names() -> None:
    image = build(parse("syslet 1\natom a0 = uname(pg3)\nf0: getcpu()\n\npoll(w0, 1, 0)\n\nu1: getuid()\n").program)
    assert image.opaque == tuple(sorted((63, 309, 7, 102)))
    assert build(parse("syslet 1\n\nnr(2)(0)\ngetpid()\n").program).opaque == ()
    every = "".join([f"{call.name}()\n" for call in opaque.BY_NUMBER.values()])
    assert build(parse(f"syslet 1\n\n{every}").program).opaque == tuple(sorted(opaque.BY_NUMBER))[:64]


def test_limits_are_those_of_the_decision() -> None:
    poll, ioctl = opaque.BY_NUMBER[7], opaque.BY_NUMBER[16]
    assert poll.allows((0, 4, 0, 0, 0, 0))
    assert poll.allows((0, 4, 0xFFFFFFFF, 0, 0, 0)), "a value is compared with the lower half"
    assert not poll.allows((0, 5, 0, 0, 0, 0))
    assert not poll.allows((0, 1 << 32, 0, 0, 0, 0)), "a greatest one with all of it"
    assert not poll.allows((0, 1, 10, 0, 0, 0))
    assert not ioctl.allows((100, 4, 0, 0, 0, 0))


def test_sizes_of_buffers() -> None:
    poll, select = opaque.BY_NUMBER[7], opaque.BY_NUMBER[23]
    assert poll.arguments[0].size((0, 3, 0)) == 24
    assert select.arguments[1].size((121, 0, 0, 0, 0)) == 16
    assert select.arguments[1].size((0, 0, 0, 0, 0)) == 0
