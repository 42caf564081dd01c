# SPDX-License-Identifier: Apache-2.0
"""The oracle judges anything that a target does."""

import os

import attrs
import pytest

from fuzz.findings import report
from fuzz.oracle import (
    MODEL_CLAUSE,
    TARGET_CLAUSE,
    Judgement,
    first_line,
    first_lines,
    judge,
    judge_trace,
    model_failure,
)
from fuzz.text import parse
from fuzz.text.tracefile import DoneRecord
from model import image as layout
from model.program import Program
from model.trace import Done, End, Ended, Result, Role, Trace
from model.variant import BadNrStores, Variant
from model.verdict import Alternative, Divergence, EventDiffers, Kind, Outcome, Verdict
from native.targets.host import Failure
from tests.fuzz.targets import ModelTarget, crash_on_exit

BAD_NUMBER = """\
syslet 1
head h0 ring=r0 slots=4 stack=top
atom a0 = nr(999)() -> w0

async_exec(a0, h0)
settle
"""


def program(text: str) -> Program:
    return parse(text, "<test>").program


def test_the_model_agrees_with_itself() -> None:
    judgement = judge(program(BAD_NUMBER), ModelTarget())
    assert judgement.verdict.outcome is Outcome.ALLOWED
    assert judgement.signature is None
    assert report.explain(judgement).startswith("allowed: all 3 events")


def test_another_reading_diverges_and_is_explained() -> None:
    judgement = judge(program(BAD_NUMBER), ModelTarget(Variant(bad_nr_stores=BadNrStores.YES)))
    assert judgement.verdict.outcome is Outcome.DIVERGENCE
    assert judgement.signature is not None
    clause, kind, _ = judgement.signature
    assert kind == "memory"
    text = report.explain(judgement)
    assert "w0 = -ENOSYS" in text
    assert f"clause {clause}:\n  {report.sentence(clause)}" in text
    assert "last common event" in text
    assert "allowed here" in text
    made = report.as_dict(judgement)
    assert made["divergence"]["clause"] == clause


@pytest.mark.parametrize("kind", [Kind.CRASH, Kind.HANG])
def test_a_failure_is_a_divergence_of_its_own(kind: Kind) -> None:
    target = ModelTarget(special=lambda _: Failure(kind, "ERROR: it broke at 0x1234\nmore"))
    judgement = judge(program(BAD_NUMBER), target)
    assert judgement.signature == (TARGET_CLAUSE, kind.value, "ERROR: it broke at …")
    assert judgement.trace is None
    assert "it broke at 0x1234" in report.explain(judgement)


def test_a_report_is_a_divergence_whatever_the_trace_says() -> None:
    trace = Trace((Result(0, 0), Ended(1, End.REPORT, None)), report="WARNING: leak of 3 tasks\n")
    judgement = judge_trace(program(BAD_NUMBER), layout.build(program(BAD_NUMBER)), trace)
    assert judgement.signature == (TARGET_CLAUSE, Kind.REPORT.value, "WARNING: leak of 3 tasks")
    assert judgement.verdict.explained == 1


def test_a_model_that_fails_is_a_finding_about_the_model() -> None:
    try:
        os.environ["NO SUCH VARIABLE"]
    except KeyError as error:
        judgement = model_failure(Program(), error)
    assert judgement.signature == (
        MODEL_CLAUSE,
        Kind.CRASH.value,
        "ERROR: KeyError in <frozen os>, __getitem__",
    )


def test_the_same_crash_has_the_same_signature() -> None:
    text = "syslet 1\nexit 3\n"
    judgement = judge(program(text), ModelTarget(special=crash_on_exit))
    assert judgement.signature == (
        TARGET_CLAUSE,
        "crash",
        "…ERROR: AddressSanitizer: heap-use-after-free on address … at …",
    )


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", "no report"),
        ("=====\n==12==ERROR: x\n", "…ERROR: x"),
        ("note\n/build/7/syslet.c:81:3: runtime error: shift by 70", "syslet.c:81:3: runtime error: shift by 70"),
        ("killed by signal 11", "killed by signal 11"),
    ],
)
def test_the_line_that_names_the_fault(text: str, line: str) -> None:
    assert first_line(text) == line


LOCKS = """\
WARNING: possible circular locking dependency detected
6.12.{version} #1 Not tainted
------------------------------------------------------
init/{pid} is trying to acquire lock:
{address} (&ctx->lock){{{usage}}}-{{2:2}}, at: {place}+0x4f/0x2a0

but task is already holding lock:
"""


def test_a_kernel_report_is_named_by_its_first_lines() -> None:
    one = LOCKS.format(version=94, pid=1000, address="00000000624a2820", usage="....", place="syslet_take_spare")
    again = LOCKS.format(version=117, pid=1003, address="000000006249ec20", usage="-.-.", place="syslet_take_spare")
    other = LOCKS.format(version=94, pid=1000, address="00000000624a2820", usage="....", place="syslet_finish_chain")
    assert first_lines(one) == first_lines(again)
    assert first_lines(one) != first_lines(other)
    assert first_lines(one).startswith("WARNING: possible circular locking dependency detected; init/…")
    signature = judge(program("syslet 1\n"), ModelTarget(special=lambda _: Failure(Kind.REPORT, one))).signature
    assert signature == (TARGET_CLAUSE, "kernel report", first_lines(one))


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("leak: a task is still there", "leak: a task is still there"),
        (
            "BUG: KASAN: out-of-bounds in f+0x29f/0x990\nRead of size 4 at addr 0000000061f95520 by task x/1000\n\nx",
            "BUG: KASAN: out-of-bounds in f+…/…; Read of size 4 at addr … by task x/…",
        ),
        (
            "WARNING: CPU: 0 PID: 1001 at kernel/syslet/syslet.c:81 f+0x1/0x2\nCPU: 0 UID: 0 PID: 1001 Comm: init",
            "WARNING: CPU: 0 PID: … at syslet.c:81 f+…/…",
        ),
    ],
)
def test_how_far_the_first_lines_of_a_report_go(text: str, lines: str) -> None:
    assert first_lines(text) == lines


def test_an_operation_that_differs_is_shown_with_its_script() -> None:
    text = "syslet 1\nf1: async_exec(a0, h0)\n\nthreadlet_exec(f1, s0, h0)\n"
    seen, allowed = Done(0, 0, 0x10000000, 0, Role.BUSY), Done(0, 0, -38, 1, Role.HEAD)
    detail = EventDiffers(allowed, seen)
    divergence = Divergence(Kind.VALUE, "MOVE-1", 0, seen, (Alternative(allowed, "MOVE-1", detail),))
    verdict = Verdict(Outcome.DIVERGENCE, divergence=divergence)
    judgement = Judgement(program(text), Trace((seen,)), verdict)
    assert judgement.signature == ("MOVE-1", "return value", "done")
    told = report.explain(judgement)
    assert "  f1[0] async_exec(a0, h0)  = a0 by task 0 (busy), threadlet of step 0\n" in told
    assert "  f1[0] async_exec(a0, h0)  = -ENOSYS by task 1 (head), threadlet of step 0\n" in told
    ours, theirs = "returns -ENOSYS in task 1, head", "returns a0 in task 0, busy"
    assert f"    f1[0] of step 0 {ours}, but seen was: f1[0] of step 0 {theirs} [MOVE-1]\n" in told
    odd = Alternative(allowed, "MOVE-1", EventDiffers(attrs.evolve(allowed, place=7), seen))
    strange = attrs.evolve(verdict, divergence=attrs.evolve(divergence, alternatives=(odd,)))
    assert f"    operation 7 of step 0 {ours}" in report.explain(attrs.evolve(judgement, verdict=strange))
    assert report.as_dict(judgement)["divergence"]["observed"] == DoneRecord(0, 0, 0x10000000, 0, "busy")
