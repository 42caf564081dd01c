# SPDX-License-Identifier: Apache-2.0
"""A run whose decisions are all random, with the log of who ran how far that a target would write."""

from random import Random

from model.image import Image
from model.spec import steps
from model.spec.names import Location
from model.spec.run import Recorder
from model.spec.state import Chooser, Listener, State
from model.spec.task import Task
from model.trace import Trace
from model.variant import PINNED, Variant


class Wanderer(Chooser):
    """Stops at any point with some probability."""

    def __init__(self, random: Random) -> None:
        super().__init__(0)
        self.random = random
        self.passed = 0
        self.stopped_at: int | None = None
        self.stopped: set[int] = set()
        self.hints: list[int] = []

    def pauses(self, m: State, t: Task, location: Location, write: bool, follows: int) -> bool:
        if self.stopped_at != t.index and len(m.able()) > 1 and self.random.random() < 0.2:
            self.stopped_at = t.index
            return True
        self.stopped_at = None
        self.passed += 1
        return False

    def pick(self, m: State, candidates: list[int]) -> int | None:
        chosen = self.random.choice(candidates)
        self.hints.append(1 << 24 | chosen << 16)
        return chosen


def wander(
    image: Image, random: Random, variant: Variant = PINNED, *, deep: bool = False, listener: Listener | None = None
) -> Trace:
    """One run, with hints; `deep` if tasks may be preempted inside objects."""
    recorder = Recorder(image)
    chooser = Wanderer(random)
    m = steps.start(image, recorder, chooser, variant, deep=deep, listener=listener)
    while m.ended is None:
        able = m.able()
        if not able:
            steps.nothing_runs(m)
            continue
        task = random.choice(able)
        chooser.passed = 0
        chooser.stopped_at = task.index if task.index in chooser.stopped else None
        chooser.stopped.discard(task.index)
        m.run(task)
        if chooser.stopped_at == task.index:
            chooser.stopped.add(task.index)
        if deep and task.asleep:
            chooser.hints.append(2 << 24)
        chooser.hints.append(task.index << 16 | chooser.passed)
    tids = tuple([m.tid_of(t.index) for t in m.tasks])
    return Trace(tuple(recorder.events), tids, tuple(chooser.hints), handovers=m.handovers)
