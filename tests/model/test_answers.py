# SPDX-License-Identifier: Apache-2.0
"""A rule that is stopped and run again comes to the same, and says what it does once."""

from pathlib import Path
from random import Random

import pytest

from fuzz.generate import build as builder
from fuzz.text import parse
from model.image import Image, build
from model.spec import events as ev
from model.spec import steps
from model.spec.names import Location
from model.spec.run import Recorder
from model.spec.state import Chooser, Listener, State
from model.spec.task import Task
from model.trace import Event

CORPUS = sorted((Path(__file__).parents[2] / "corpus").rglob("*.syslet"))
SCHEDULING = (ev.Runs, ev.Preempted, ev.PointPassed)

Heard = tuple[int | None, ev.Event]


class Ear:
    """Keeps what it hears, without what only tells who ran."""

    wants: frozenset[type[ev.Event]] | None = None

    def __init__(self) -> None:
        self.heard: list[Heard] = []

    def hear(self, machine: State, task: Task | None, event: ev.Event) -> None:
        if not isinstance(event, SCHEDULING):
            self.heard.append((None if task is None else task.index, event))

    def copy(self) -> "Ear":
        raise NotImplementedError


class Stopping(Chooser):
    """Stops a task at every point; nobody else goes on meanwhile."""

    def __init__(self) -> None:
        super().__init__(0)
        self.stops = 0

    def pauses(self, m: State, t: Task, location: Location, write: bool, follows: int) -> bool:
        if t.stopped_at is not None:
            return False
        self.stops += 1
        return True


def run(
    image: Image, chooser: Chooser, *, deep: bool, listener: Listener | None
) -> tuple[list[Event], list[object], bytes]:
    """What was observed, the state of each task after each of its blocks that ended in a sleep, and the marks."""
    recorder = Recorder(image)
    m = steps.start(image, recorder, chooser, deep=deep, listener=listener)
    states: list[object] = []
    while m.ended is None:
        able = m.able()
        if not able:
            steps.nothing_runs(m)
            continue
        task = able[0]
        m.run(task)
        while task.stopped_at is not None and m.ended is None:
            m.run(task)
        states.append((task.index, task.rule, task.given, task.answers, task.inside, task.armed))
    return recorder.events, states, bytes(m.hit)


def images() -> list[Image]:
    """The corpus, and programs that a generator makes."""
    found = [build(parse(path.read_text(), path.name).program) for path in CORPUS]
    return found + [build(builder.program(Random(seed))) for seed in range(300)]


@pytest.fixture(scope="module")
def all_images() -> list[Image]:
    return images()


@pytest.mark.parametrize("deep", [False, True], ids=["points", "deep"])
def test_a_rule_stopped_at_every_point_comes_to_the_same(all_images: list[Image], deep: bool) -> None:
    stops = 0
    for image in all_images:
        stopping = Stopping()
        assert run(image, stopping, deep=deep, listener=None) == run(image, Chooser(), deep=deep, listener=None)
        stops += stopping.stops
    assert stops > 10_000


@pytest.mark.parametrize("deep", [False, True], ids=["points", "deep"])
def test_what_is_said_is_said_once(all_images: list[Image], deep: bool) -> None:
    said = 0
    for image in all_images:
        plain, often = Ear(), Ear()
        once = run(image, Chooser(), deep=deep, listener=plain)
        assert run(image, Stopping(), deep=deep, listener=often) == once
        assert often.heard == plain.heard
        said += len(plain.heard)
    assert said > 10_000


def test_a_listener_changes_nothing(all_images: list[Image]) -> None:
    for image in all_images:
        heard = run(image, Chooser(), deep=False, listener=Ear())
        alone = run(image, Chooser(), deep=False, listener=None)
        assert (heard[0], heard[2]) == (alone[0], alone[2])
