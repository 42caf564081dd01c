# SPDX-License-Identifier: Apache-2.0
"""All behaviours of a small program, by brute force or with the search's own splits: for comparing the two."""

from collections.abc import Hashable

from model.check.explore import Effort, Explorer, Sharing, Spent, begin, walk
from model.check.match import in_order
from model.image import build
from model.program import Program
from model.spec import steps
from model.spec.machine import Machine
from model.spec.names import Location
from model.spec.run import Recorder
from model.spec.state import State
from model.spec.task import Task


class TooBig(Exception):
    """The program has more behaviours than brute force should visit."""


class EverySplit(Explorer):
    """Splits before every access, whether another task may notice or not."""

    def pauses(self, m: State, t: Task, location: Location, write: bool, follows: int) -> bool:
        return t.stopped_at is None and len(m.able()) > 1

    def pauses_at_call(self, m: State, t: Task, follows: int) -> bool:
        return t.stopped_at is None and len(m.able()) > 1


def history(m: Machine) -> str:
    """What was observed so far; between families there is no order (D135)."""
    assert isinstance(m.observer, Recorder)
    return repr(in_order(m.image, m.observer.events))


def _identity(m: Machine) -> Hashable:
    return m.state(), history(m)


def outcomes(program: Program, explorer: type[Explorer], limit: int = 200_000) -> tuple[set[str], int]:
    """Every distinct history, and how many blocks it took."""
    image = build(program)
    sharing = Sharing()
    effort = Effort(limit)
    while True:
        sharing.grew = False
        start = steps.start(image, Recorder(image), explorer(sharing))
        try:
            found = {history(run.machine) for run in walk(begin(start), effort, _identity)}
        except Spent:
            raise TooBig from None
        if not sharing.grew:
            return found, effort.spent
