# SPDX-License-Identifier: Apache-2.0
"""Every file of the corpus: canonical, held by the model and by the host target, and explained by its hints alone.

Each switch a litmus file names must show there: under any other reading the target's trace is rejected.
"""

import re
from collections import Counter
from enum import Enum
from pathlib import Path
from typing import Any

import attrs
import pytest

from fuzz.generate import codec
from fuzz.text import Case, expect, parse, print_case
from fuzz.text.tracefile import from_json
from model.check.check import check
from model.clauses import CLAUSES
from model.image import build
from model.spec.features import SIZE
from model.spec.run import run
from model.trace import Trace
from model.variant import PINNED, FinishOrder, RefillFailure, Variant
from model.verdict import Outcome
from native.targets.host import HostTarget

CORPUS = Path(__file__).parents[2] / "corpus"
FILES = sorted(CORPUS.rglob("*.syslet"))
LITMUS = sorted((CORPUS / "litmus").glob("*.syslet"))
RECORDED = Path(__file__).parents[1] / "side_by_side" / "recorded"
"""`syslet run --target uml --json` of each file with opaque calls."""
WAKE_FIRST = "finish_order"
"""Allows more than the pinned reading, so no trace shows it; a run of that reading does."""


def _case(path: Path) -> Case:
    return parse(path.read_text(), path.name)


def _trace(host: HostTarget, case: Case) -> Trace:
    """Of the host; for opaque calls, which that does not make, what the real kernel once showed."""
    image = build(case.program)
    recorded = RECORDED / f"{Path(case.filename).stem}.json"
    trace = from_json(recorded.read_bytes()) if image.opaque else host.run(image)
    assert isinstance(trace, Trace), trace
    return trace


def test_there_is_a_corpus() -> None:
    assert len(FILES) > 200


def test_the_sides_are_explained() -> None:
    page = (CORPUS / "README.md").read_text()
    told = page[page.index("`side`:") :].split(".\n")[0]
    sides = {value for path in FILES for key, value in _case(path).meta if key == "side"}
    assert sides == {*re.findall(r"`(\w+)`", told)} - {"side"}


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_is_canonical(path: Path) -> None:
    case = _case(path)
    assert print_case(case) == path.read_text()
    assert codec.decode(codec.encode(case.program)) == case.program


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_holds_on_both_sides(path: Path, host: HostTarget) -> None:
    case = _case(path)
    trace = _trace(host, case)
    assert not expect.failures(case, run(build(case.program)))
    assert not expect.failures(case, trace)
    verdict = check(build(case.program), trace)
    assert verdict.outcome is Outcome.ALLOWED, verdict.divergence
    assert verdict.effort == 0, "the hints do not explain the trace: points are counted differently"


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_needs_no_hints(path: Path, host: HostTarget) -> None:
    """The hints are a short cut, never evidence: the search alone must find an explanation too."""
    case = _case(path)
    trace = attrs.evolve(_trace(host, case), hints=())
    assert check(build(case.program), trace).outcome is Outcome.ALLOWED


def _flips(case: Case) -> list[Variant]:
    flipped: list[Variant] = []
    for key, name in case.meta:
        if key != "switch":
            continue
        if name == "refused_calls":
            flipped.append(attrs.evolve(PINNED, refused_calls=frozenset()))
            continue
        pinned = getattr(PINNED, name)
        assert isinstance(pinned, Enum), f"{name} is no switch"
        others: list[Any] = [value for value in type(pinned) if value is not pinned and name != WAKE_FIRST]
        flipped += [attrs.evolve(PINNED, **{name: value}) for value in others]
    return flipped


SWITCHED = [p for p in FILES if _flips(_case(p))]
SAYING_WAKE_FIRST = [p for p in LITMUS if ("switch", WAKE_FIRST) in _case(p).meta]


@pytest.mark.parametrize("path", SWITCHED, ids=lambda p: p.stem)
def test_another_reading_rejects_the_trace(path: Path, host: HostTarget) -> None:
    case = _case(path)
    trace = _trace(host, case)
    for variant in _flips(case):
        assert check(build(case.program), trace, variant=variant).outcome is Outcome.DIVERGENCE, variant


def _litmus(key: str) -> Counter[str]:
    """How many litmus files name each clause, or each switch."""
    return Counter(value for path in LITMUS for value in {value for k, value in _case(path).meta if k == key})


def test_every_switch_has_two_litmus_files() -> None:
    """One file may tell two readings apart by an accident of its own."""
    shown = _litmus("switch")
    assert set(shown) == {field.name for field in attrs.fields(Variant)}
    assert not [name for name, files in shown.items() if files < 2]


def test_every_clause_has_two_litmus_files() -> None:
    shown = _litmus("clause")
    assert set(shown) == set(CLAUSES)
    assert not [name for name, files in shown.items() if files < 2]


@pytest.mark.parametrize("path", SAYING_WAKE_FIRST, ids=lambda p: p.stem)
def test_a_waiter_that_wakes_first_breaks_an_expectation(path: Path) -> None:
    """The other value of D30 allows more, so a trace cannot show it; a run of that reading can."""
    case = _case(path)
    first = attrs.evolve(PINNED, finish_order=FinishOrder.WAKE_FIRST)
    assert expect.failures(case, run(build(case.program), first))


def test_every_clause_is_met(host: HostTarget) -> None:
    """A clause without a case is a sentence nobody checks. (That a file meets those it names: tests/spec.)"""
    met = bytearray(SIZE)
    for path in FILES:
        case = _case(path)
        image, trace = build(case.program), _trace(host, case)
        check(image, trace, features=met)
        if any(value == "D5" for _, value in case.meta):
            check(image, trace, features=met, variant=attrs.evolve(PINNED, refill_failure=RefillFailure.RUN_SYNC))
        if ("preempt", "deep") in case.meta:
            run(image, deep=True, features=met)
    assert not [name for name, clause in CLAUSES.items() if not met[clause.number]]


def test_every_decision_has_a_case() -> None:
    """Those that concern programs: no signals, no credentials, no filters, and no mere boundary."""
    elsewhere = {1, 3, 16, 22, 23, 27, 28, 29, 32, 74, 95, 96, 97, 98}
    shown = {value for path in FILES for key, value in _case(path).meta if key == "decision"}
    assert {f"D{n}" for n in (*range(1, 75), *range(80, 100))} - {f"D{n}" for n in elsewhere} <= shown
