# SPDX-License-Identifier: Apache-2.0
"""The oracle: one program, one target, one judgement. It knows nothing of where programs come from."""

import re
import traceback
from pathlib import PurePath
from typing import Final

import attrs

from model import image as layout
from model.check import check
from model.program import Program
from model.trace import End, Ended, Trace
from model.verdict import DEFAULT_BUDGET, Divergence, Kind, Outcome, Verdict
from native.targets.host import Failure, Target, TargetUnavailable, lacks

TARGET_CLAUSE: Final = "TARGET"
"""Blamed when the target did not answer with a trace to compare: it crashed, hung or reported on itself."""
MODEL_CLAUSE: Final = "MODEL"
"""Blamed when the model itself failed: that is a finding about the specification."""

Signature = tuple[str, str, str]
"""Clause, kind, and the event at the first difference. Findings with the same one are probably one fault."""


@attrs.frozen
class Judgement:
    """What came of one program on one target.

    Attributes:
        trace: None when the target died or hung.
        deep: tasks could be preempted inside objects (D77).
    """

    program: Program
    trace: Trace | None
    verdict: Verdict
    report: str = ""
    deep: bool = False

    @property
    def signature(self) -> Signature | None:
        """The divergence's signature, or None when there is none."""
        divergence = self.verdict.divergence
        if divergence is None:
            return None
        if divergence.clause in (TARGET_CLAUSE, MODEL_CLAUSE):
            named = first_lines if divergence.kind is Kind.REPORT else first_line
            return (divergence.clause, divergence.kind.value, named(self.report))
        return divergence.signature


_VARYING: Final = re.compile(r"==\d+==|0x[0-9a-f]+|\b[0-9a-f]{12,}\b|\bpid:? \d+\b|\bpc \S+|\b\d{3,}\b|\{[-.+?]{4,}\}-")
_MORE_LINES: Final = 2
_MACHINE: Final = re.compile(r"$|CPU:|Modules linked|Stack:|Call Trace:|\(")
_HEADLINE: Final = re.compile(r"ERROR:|runtime error:|BUG|WARNING|panic|deadlock|assert|signal|leak", re.IGNORECASE)


def first_line(report: str) -> str:
    """The line that names a report's fault, without what differs between runs (addresses, process numbers)."""
    lines = [line.strip() for line in report.splitlines() if line.strip(" =")]
    return _lasting(next((x for x in lines if _HEADLINE.search(x)), lines[0] if lines else "no report"))


def first_lines(report: str) -> str:
    """The line that names a kernel's fault and the two below it: they tell which lock, or what was done to memory.

    No further than to the end of the paragraph, or to where it tells of the machine instead.
    """
    headline = first_line(report)
    lines = [line.strip() for line in report.splitlines()]
    start = next((n for n, line in enumerate(lines) if line and _lasting(line) == headline), len(lines))
    told = [headline]
    for line in lines[start + 1 :]:
        if len(told) == 1 + _MORE_LINES or _MACHINE.match(line):
            break
        if re.search(r"\w", line) and "ainted" not in line:
            told.append(_lasting(line))
    return "; ".join(told)


def _lasting(line: str) -> str:
    """Without what differs between runs and builds."""
    line = re.sub(r"\S*/(?=[^/\s]+\.[ch]\b)", "", line)
    return " ".join(_VARYING.sub("…", line).split())[:120]


def model_failure(program: Program, error: Exception, *, deep: bool = False) -> Judgement:
    """The model failed on this program. Its report starts with the place that raised: one bug, one signature."""
    innermost = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{PurePath(innermost.filename).name}, {innermost.name}"
    text = "".join(traceback.format_exception(error))
    divergence = Divergence(Kind.CRASH, MODEL_CLAUSE, 0, None)
    verdict = Verdict(Outcome.DIVERGENCE, divergence=divergence)
    return Judgement(program, None, verdict, f"ERROR: {type(error).__name__} in {place}\n{text}", deep)


def _target_fault(kind: Kind, trace: Trace | None) -> Verdict:
    position = len(trace.events) - 1 if trace else 0
    observed = trace.events[-1] if trace else None
    divergence = Divergence(kind, TARGET_CLAUSE, position, observed)
    return Verdict(Outcome.DIVERGENCE, divergence=divergence, explained=position)


def judge(
    program: Program,
    target: Target,
    *,
    budget: int = DEFAULT_BUDGET,
    features: bytearray | None = None,
    like: Judgement | None = None,
) -> Judgement:
    """Run the program on the target and ask the model about what was observed.

    Where the target repeats the trace of `like`, a judgement of the same program, its verdict holds again and
    nothing is searched. A program that the target cannot run is skipped.
    """
    image = layout.build(program)
    if lacking := lacks(target, image):
        return Judgement(program, None, Verdict(Outcome.SKIPPED), lacking, target.deep)
    answer = target.run(image)
    if like is not None and answer == like.trace:
        return like
    return judge_answer(program, image, answer, budget=budget, features=features, deep=target.deep)


def judge_answer(
    program: Program,
    image: layout.Image,
    answer: Trace | Failure,
    *,
    budget: int = DEFAULT_BUDGET,
    features: bytearray | None = None,
    deep: bool = False,
) -> Judgement:
    """Judge what a target answered: a trace, or why there is none."""
    if isinstance(answer, Failure):
        return Judgement(program, None, _target_fault(answer.kind, None), answer.text, deep)
    return judge_trace(program, image, answer, budget=budget, features=features, deep=deep)


def judge_safely(
    program: Program,
    target: Target,
    *,
    budget: int = DEFAULT_BUDGET,
    features: bytearray | None = None,
    like: Judgement | None = None,
) -> Judgement:
    """As `judge`, and a model that fails becomes a finding too. For campaigns and minimizing."""
    try:
        return judge(program, target, budget=budget, features=features, like=like)
    except TargetUnavailable:
        raise
    except Exception as error:  # noqa: BLE001
        return model_failure(program, error, deep=target.deep)


def judge_further(judgement: Judgement, budget: int, features: bytearray | None = None) -> Judgement:
    """As `judge_safely`, about what was observed already: where a smaller budget left it open."""
    if judgement.trace is None or judgement.verdict.outcome is not Outcome.UNKNOWN:
        return judgement
    program = judgement.program
    try:
        image = layout.build(program)
        return judge_trace(program, image, judgement.trace, budget=budget, features=features, deep=judgement.deep)
    except Exception as error:  # noqa: BLE001
        return model_failure(program, error, deep=judgement.deep)


def judge_trace(
    program: Program,
    image: layout.Image,
    trace: Trace,
    *,
    budget: int = DEFAULT_BUDGET,
    features: bytearray | None = None,
    deep: bool = False,
) -> Judgement:
    """Ask the model about a trace that is already there."""
    last = trace.events[-1] if trace.events else None
    if isinstance(last, Ended) and last.end is End.REPORT:
        return Judgement(program, trace, _target_fault(Kind.REPORT, trace), trace.report, deep)
    verdict = check.check(image, trace, budget=budget, features=features, deep=deep)
    return Judgement(program, trace, verdict, deep=deep)
