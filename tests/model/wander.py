# SPDX-License-Identifier: Apache-2.0
"""A run whose decisions are all random, with the log of who ran how far that a target would write."""

from random import Random

from model.image import Image
from model.spec import steps
from model.spec.machine import Machine, Task
from model.spec.run import Recorder
from model.trace import Trace
from model.variant import PINNED, Variant


class _Wanderer(Machine):
    """Stops at any point with some probability."""

    unasked = 0
    random: Random
    passed = 0
    stopped_at: int = -1
    hints: list[int]
    waiting_at_a_point: set[int]

    def pause(self, task: Task, location: int, write: bool, lists: bool = False) -> bool:
        if self.stopped_at != task.index and len(steps.others(self)) > 1 and self.random.random() < 0.2:
            self.stopped_at = task.index
            return True
        self.stopped_at = -1
        self.passed += 1
        return False

    def pick(self, candidates: list[int]) -> int:
        chosen = self.random.choice(candidates)
        self.hints.append(1 << 24 | chosen << 16)
        return chosen


def wander(image: Image, random: Random, variant: Variant = PINNED, *, deep: bool = False) -> Trace:
    """One run, with hints; `deep` if tasks may be preempted inside objects."""
    recorder = Recorder(image)
    m = steps.start(_Wanderer, image, recorder, variant)
    assert isinstance(m, _Wanderer)
    m.random, m.hints, m.waiting_at_a_point, m.deep = random, [], set(), deep
    while m.ended is None:
        able = steps.others(m)
        if not able:
            steps.nothing_runs(m)
            continue
        task = random.choice(able)
        m.passed = 0
        m.stopped_at = task.index if task.index in m.waiting_at_a_point else -1
        m.waiting_at_a_point.discard(task.index)
        steps.run_task(m, task)
        if m.stopped_at == task.index:
            m.waiting_at_a_point.add(task.index)
        if deep and task.asleep:
            m.hints.append(2 << 24)
        m.hints.append(task.index << 16 | m.passed)
    tids = tuple(m.tid_of(t.index) for t in m.tasks)
    return Trace(tuple(recorder.events), tids, tuple(m.hints), handovers=m.handovers)
