# SPDX-License-Identifier: Apache-2.0
"""Several threads on the host, and in the protocol: what a target does is explained by its hints alone."""

from random import Random

import attrs
import pytest

from fuzz.generate import build as builder
from fuzz.generate.thread_edits import add_thread
from fuzz.text import parse
from model import program as pg
from model.check.check import check
from model.image import build
from model.program import Choice, Program
from model.spec.run import run
from model.trace import Ended, Trace
from model.verdict import Outcome
from native.targets import wire
from native.targets.host import HostTarget

TWO = "syslet 1\n\nsettle\n\nu1: getpid()\nu1: settle\n"


def _program(seed: int) -> Program:
    """A program of two to four threads with choices."""
    random = Random(seed)
    made = builder.program(random)
    for _ in range(random.randrange(1, pg.MAX_THREADS)):
        made = add_thread(made, random)
    picks = [Choice(random.choice((0, 0, 1, 2, 5)), random.randrange(8)) for _ in range(random.choice((0, 4, 20, 60)))]
    return attrs.evolve(made, chooser=tuple(picks))


@pytest.mark.parametrize("seed", range(60))
def test_hints_explain_what_the_host_does_with_threads(seed: int, host: HostTarget) -> None:
    image = build(_program(seed))
    trace = host.run(image)
    assert isinstance(trace, Trace), trace
    verdict = check(image, trace)
    assert verdict.outcome is Outcome.ALLOWED, verdict.divergence
    assert verdict.effort == 0, "the hints do not explain the trace: points are counted differently"


def test_without_choices_the_host_does_what_the_model_does(host: HostTarget) -> None:
    """But for time-outs at one tick, which may end in any order (D25)."""
    programs = [attrs.evolve(_program(seed), chooser=()) for seed in range(60)]
    same = []
    for program in programs:
        image = build(program)
        trace = host.run(image)
        assert isinstance(trace, Trace)
        same.append(trace.events == run(image).events)
    assert same.count(False) <= 3


def test_only_a_program_of_several_threads_is_of_version_3() -> None:
    one, two = build(parse("syslet 1\n\nsettle\n").program), build(parse(TWO).program)
    assert wire.encode(one)[4:6] == b"\2\0"
    block = wire.encode(two)
    assert block[4:6] == b"\3\0"
    assert block[19] == 1
    assert block[20] == 3
    assert [block[wire.STEPS_AT + 64 * i + 6] for i in range(3)] == [0, 1, 1]


def test_a_thread_may_have_no_steps(host: HostTarget) -> None:
    image = build(parse("syslet 1\n\nu1:\n\nu2: getpid()\n\nu3:\n").program)
    trace = host.run(image)
    assert isinstance(trace, Trace)
    assert trace.events == run(image).events


def _answer(host: HostTarget, family: int, version: int) -> bytes:
    """What the host's trace of two threads would be with this version, and all tasks of this family."""
    trace = host.run(build(parse(TWO).program))
    assert isinstance(trace, Trace)
    tasks = b"".join(bytes((i, 0, family, 0)) + b"\xff\xff\xff\xff" for i in range(2))
    seen = (2).to_bytes(2, "little") + bytes(6) + tasks
    event = bytes((4, 0, 0, 0)) + len(seen).to_bytes(4, "little") + seen
    head = wire.TRACE_MAGIC.to_bytes(4, "little") + bytes((version, 0, 1, 0)) + len(event).to_bytes(4, "little")
    tids = (1000).to_bytes(4, "little") + (1001).to_bytes(4, "little")
    return head + bytes(4) + (2).to_bytes(4, "little") + bytes(12) + event + tids


def test_a_family_is_read_in_version_3_only(host: HostTarget) -> None:
    last = wire.decode(_answer(host, 3, 3)).events[-1]
    assert isinstance(last, Ended)
    assert last.seen is not None
    assert [view.family for view in last.seen.tasks] == [3, 3]
    assert wire.decode(_answer(host, 0, 2)).events
    for family, version in ((1, 2), (4, 3)):
        with pytest.raises(wire.WireError, match=f"of family {family}"):
            wire.decode(_answer(host, family, version))
