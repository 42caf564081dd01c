# SPDX-License-Identifier: Apache-2.0
"""The real kernel as a target: the corpus, determinism, and what happens when it reports on itself."""

import itertools
import random

import pytest

from fuzz.campaign.seeds import corpus_files
from fuzz.generate import build as generate
from fuzz.oracle import judge
from fuzz.text import parse
from model import layout
from model.program import PageKind, Store
from model.trace import Trace
from model.verdict import Kind, Outcome
from native import targets
from native.target import Failure, TargetUnavailable
from native.uml import kernel, report
from native.uml.target import UmlTarget
from tests.native.random_programs import with_threadlets
from tests.native.worlds import P, n, world

NAMES = [name for name in targets.NAMES if name != "host"]


def corpus_images() -> list[layout.Image]:
    return [layout.build(parse(x.read_text(), str(x)).program) for x in corpus_files()]


@pytest.mark.kernel
@pytest.mark.parametrize("name", NAMES)
def test_two_boots_give_the_same_traces(name: str) -> None:
    images = corpus_images()
    with targets.open_target(name) as first, targets.open_target(name) as second:
        for image in images:
            assert first.run(image) == second.run(image)


@pytest.mark.kernel
def test_programs_do_not_depend_on_those_before() -> None:
    images = corpus_images()
    with targets.open_target("uml") as target:
        alone = {}
        for number in range(0, len(images), 9):
            target.fresh()
            alone[number] = target.run(images[number])
        shuffled = list(range(len(images)))
        random.Random(1).shuffle(shuffled)
        for number in shuffled:
            trace = target.run(images[number])
            assert alone.get(number, trace) == trace


@pytest.mark.kernel
def test_a_page_that_came_in_is_gone_afterwards() -> None:
    store = (Store(P(6), n(1)),)
    ready = [PageKind.READ_WRITE] * 6
    images = [
        layout.build(world(steps=store, pages=(*ready, kind, PageKind.READ_WRITE)))
        for kind in (PageKind.COLD, PageKind.ABSENT, PageKind.COLD, PageKind.READ_ONLY, PageKind.COLD, PageKind.COLD)
    ]
    with targets.open_target("uml") as target:
        for image in images:
            assert target.run(image) == _alone(image)


def _alone(image: layout.Image) -> Trace | Failure:
    with targets.open_target("uml") as target:
        return target.run(image)


@pytest.mark.kernel
@pytest.mark.parametrize("name", NAMES)
def test_threadlets_go_as_on_the_host(name: str) -> None:
    """Where the objects are asked in the same order, the real kernel gives the very events that the host gives."""
    images = [layout.build(with_threadlets(random.Random(seed))) for seed in range(1_000)]
    with targets.open_target(name) as target, targets.open_target("host") as host:
        same = [_events(target.run(image)) == _events(host.run(image)) for image in images]
    assert sum(same) > 950


def _events(answer: Trace | Failure) -> object:
    assert isinstance(answer, Trace), answer
    assert not answer.report
    return answer.events


@pytest.mark.kernel
@pytest.mark.parametrize("name", NAMES)
def test_random_programs_are_explained(name: str) -> None:
    with targets.open_target(name) as target:
        for seed in range(300):
            judgement = judge(generate.program(random.Random(seed)), target)
            assert judgement.verdict.outcome is Outcome.ALLOWED, seed


@pytest.mark.kernel
@pytest.mark.parametrize(
    ("fault", "headline"),
    [("HOOK_INVERTS_LOCKS", "possible circular locking dependency"), ("SPARE_FREED_EARLY", "KASAN")],
)
def test_the_debug_kernel_reports(fault: str, headline: str) -> None:
    with UmlTarget(kernel.Flavour.DEBUG, fault=fault, build=True) as target:
        answers = (target.run(image) for image in itertools.islice(corpus_images(), 60))
        failure = next(x for x in answers if isinstance(x, Failure))
        assert failure.kind is Kind.REPORT
        assert headline in failure.text.splitlines()[0] or headline in failure.text.splitlines()[1]


@pytest.mark.kernel
def test_a_kernel_that_spins_is_a_hang() -> None:
    with UmlTarget(fault="FULL_RING_SPINS", timeout=1.0, build=True) as target:
        answers = [target.run(image) for image in corpus_images()]
        hangs = [x for x in answers if isinstance(x, Failure)]
        assert hangs
        assert {x.kind for x in hangs} == {Kind.HANG}
        assert not isinstance(answers[-1], Failure)


def test_a_kernel_that_is_not_built_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel, "built", lambda *_: None)
    with pytest.raises(TargetUnavailable, match="syslet kernel debug"):
        targets.open_target("uml-debug")


LOCKDEP = """\
[    0.020000] random noise
[    0.020000]
[    0.020000] ======================================================
[    0.020000] WARNING: possible circular locking dependency detected
[    0.020000] 6.12.94 #1 Not tainted
"""


def test_a_report_starts_with_its_headline() -> None:
    found = report.find(LOCKDEP)
    assert found is not None
    assert found.splitlines()[0] == "WARNING: possible circular locking dependency detected"
    assert report.find("[    0.010000] process 'init' started\n") is None
