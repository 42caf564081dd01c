# SPDX-License-Identifier: Apache-2.0
"""The real kernel as a target: the corpus, determinism, and what happens when it reports on itself."""

import io
import itertools
import json
import random
from pathlib import Path

import attrs
import pytest
from rich.console import Console

from fuzz.campaign import run as campaign
from fuzz.campaign.options import Options
from fuzz.campaign.seeds import corpus_files
from fuzz.generate import build as generate
from fuzz.minimize import order
from fuzz.oracle import judge
from fuzz.text import Case, parse
from model import clauses
from model import image as layout
from model.check.check import check
from model.program import PageKind, Store
from model.spec.features import SIZE
from model.trace import Trace
from model.verdict import Kind, Outcome
from native.targets import known as targets
from native.targets.host import ExecutorTarget, Failure, TargetUnavailable
from native.targets.uml import kernel, report
from native.targets.uml.target import UmlTarget
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


OBJECTS = {
    "pipe": ("pipe p0", "read(p0.r, w1, 8)", "write(p0.w, w2, 8)"),
    "eventfd": ("eventfd e0 = 0\ninit w2 = 1", "read(e0, w1, 8)", "write(e0, w2, 8)"),
    "futex": ("", "futex(w0, WAIT, 0)", "futex(w0, WAKE, 1)"),
}


@pytest.mark.kernel
@pytest.mark.parametrize("name", NAMES)
def test_coverage_of_objects_whichever_task_runs(name: str) -> None:
    """A chain that went asynchronous reaches code of the object that its head never calls."""

    def places(target: ExecutorTarget, text: str) -> set[int]:
        target.coverage[:] = bytes(len(target.coverage))
        trace = target.run(layout.build(parse(text, "<test>").program))
        assert isinstance(trace, Trace)
        return {at for at, count in enumerate(target.coverage[:0xF000]) if count}

    with targets.open_target(name) as target:
        reached = {}
        for kind, (declared, sleeps, wakes) in OBJECTS.items():
            head = f"syslet 1\n{declared}\nhead h0 ring=r0 slots=4 stack=top\natom a0 = {sleeps}\n\n"
            submitted = places(target, f"{head}async_exec(a0, h0)\n")
            woken = places(target, f"{head}async_exec(a0, h0)\nsettle\n{wakes}\nsettle\n")
            assert woken - submitted
            reached[kind] = woken
        for kind, woken in reached.items():
            assert woken - set().union(*(x for other, x in reached.items() if other != kind)), kind


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


def deep_cases() -> list[Case]:
    """Litmus files that show something only where objects are no obstacle to preemption (D77)."""
    cases = [parse(x.read_text(), str(x)) for x in corpus_files()]
    return [case for case in cases if ("preempt", "deep") in case.meta]


@pytest.mark.kernel
@pytest.mark.parametrize("name", NAMES)
def test_deep_mode_shows_what_only_it_allows(name: str) -> None:
    met = bytearray(SIZE)
    with targets.open_target(name) as plain, targets.open_target(name, preempt="deep") as deep:
        for case in deep_cases():
            image = layout.build(case.program)
            before, after = plain.run(image), deep.run(image)
            assert isinstance(before, Trace)
            assert isinstance(after, Trace)
            assert check(image, before).outcome is Outcome.ALLOWED
            assert check(image, after).outcome is Outcome.DIVERGENCE
            verdict = check(image, after, deep=True, features=met)
            assert verdict.outcome is Outcome.ALLOWED
            assert verdict.effort == 0, "the hints do not explain the trace: points are counted differently"
            assert check(image, attrs.evolve(after, hints=()), deep=True).outcome is Outcome.ALLOWED
    assert met[clauses.OBJECT_1]
    assert met[clauses.OBJECT_2]


@pytest.mark.kernel
def test_a_lock_makes_a_chain_go_async() -> None:
    case = next(x for x in deep_cases() if ("clause", "OBJECT-1") in x.meta)
    image = layout.build(case.program)
    with targets.open_target("uml") as plain, targets.open_target("uml", preempt="deep") as deep:
        before, after = plain.run(image), deep.run(image)
    assert isinstance(before, Trace)
    assert isinstance(after, Trace)
    assert (before.handovers, after.handovers) == (1, 2)


@pytest.mark.kernel
@pytest.mark.parametrize("name", NAMES)
def test_deep_mode_is_repeatable_and_explained(name: str) -> None:
    with (
        targets.open_target(name, preempt="deep") as first,
        targets.open_target(name, preempt="deep") as second,
    ):
        for seed in range(200):
            program = generate.program(random.Random(seed))
            judgement = judge(program, first)
            assert judgement.verdict.outcome is Outcome.ALLOWED, seed
            assert second.run(layout.build(program)) == judgement.trace


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
@pytest.mark.parametrize(
    ("name", "fault", "kinds"),
    [
        ("uml-debug", "SPARE_FREED_EARLY", {"kernel report"}),
        ("uml-debug", "HOOK_INVERTS_LOCKS", {"kernel report"}),
        # A head that nobody woke, or whatever it should have done next: what was met first.
        ("uml", "SPARE_MISSES_WAKEUP", {"lost wake-up", "blocking"}),
    ],
)
def test_a_campaign_finds_what_only_the_real_kernel_shows(
    name: str, fault: str, kinds: set[str], tmp_path: Path
) -> None:
    kernel.kernel(kernel.Flavour.DEBUG if name == "uml-debug" else kernel.Flavour.FAST, fault)
    options = Options(
        engine="random", seed=1, runs=10_000, strict=True, fault=fault, targets=(name,), findings=str(tmp_path)
    )
    outcome = campaign.run(options, Console(file=io.StringIO()))
    (group,) = outcome.groups
    witness = parse((group.folder / "smallest.syslet").read_text(), fault).program
    assert json.loads((group.folder / "signature.json").read_text())["kind"] in kinds
    assert order.lines(witness) <= 8
    (finding,) = group.folder.glob("*/finding.json")
    assert json.loads((finding.parent / "stability.json").read_text()) == {"same": 5, "runs": 5}
    assert "[    0." in (finding.parent / "target.log").read_text()


@pytest.mark.kernel
def test_no_task_of_the_kernel_runs_in_a_program() -> None:
    """One that did might take the next process number. With the planted fault every thousandth program sees one."""
    with UmlTarget(fault="LENDS_THE_PROCESSOR", build=True) as target:
        answers = (target.run(image) for image in itertools.cycle(corpus_images()))
        reports = (x.report for x in itertools.islice(answers, 20_000) if isinstance(x, Trace) and x.report)
        assert next(reports) == "a task of the kernel ran in a program"


@pytest.mark.kernel
def test_a_kernel_that_spins_is_a_hang() -> None:
    with UmlTarget(fault="FULL_RING_SPINS", timeout=2.0, build=True) as target:
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
