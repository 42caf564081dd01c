# SPDX-License-Identifier: Apache-2.0
"""The whole set: whether any run of the model explains a trace, whatever task moves when (membership, never equality).

Only the order in which the alternatives are tried looks at the trace: a task that is about to post the event the trace
shows in that slot goes first. Nothing is left out by that.
"""

from typing import Final, NamedTuple

from model.abi import AHU_COMPLETION_RING, AHU_KERNEL_RING_IDX, WORD
from model.check.difference import Explained, explain
from model.check.explore import Block, Effort, Explorer, Run, Sharing, Spent, begin, blocks_of, walk
from model.check.match import Difference, Matcher
from model.image import ARENA, BASE, Image
from model.spec import steps
from model.spec.machine import Machine
from model.spec.names import COMPLETION_LOCK
from model.spec.ring import post
from model.spec.task import Task
from model.trace import Done, End, Ended, Result, Trace
from model.variant import Variant
from model.verdict import Outcome

MAX_ALTERNATIVES: Final = 8


class Question(NamedTuple):
    """What is asked of a search, and of the runs that explain its answer."""

    image: Image
    trace: Trace
    variant: Variant
    deep: bool = False


class Search:
    """One question: can the model produce this trace? `explanations` after `decide`.

    Attributes:
        effort: blocks run so far.
        position: events explained by the best run.
    """

    def __init__(self, image: Image, trace: Trace, variant: Variant, budget: int, *, deep: bool = False) -> None:
        self.question = Question(image, trace, variant, deep)
        self.position = -1
        self._effort = Effort(budget)
        self._matcher = Matcher(image, trace, explain=True)
        self._furthest: dict[str, tuple[Block, ...]] = {}
        self._operations = any(isinstance(event, Done) for event in trace.events)

    @property
    def effort(self) -> int:
        """Blocks run so far."""
        return self._effort.spent

    def decide(self) -> Outcome:
        """Search until nothing shared is left unsplit, an explanation is found, or the budget is spent."""
        sharing = Sharing()
        try:
            while True:
                sharing.grew = False
                if self._is_explained(sharing):
                    return Outcome.ALLOWED
                if not sharing.grew:
                    return Outcome.DIVERGENCE
        except Spent:
            return Outcome.UNKNOWN

    def explanations(self) -> list[Explained]:
        """What the runs that came furthest would have shown next, those that differ in words from all before."""
        found: list[Explained] = []
        for blocks in self._furthest.values():
            told = explain(self.question.image, self.question.trace, self.question.variant, blocks, self.question.deep)
            if all(told.alternative.detail != other.alternative.detail for other in found):
                found.append(told)
        return found[:MAX_ALTERNATIVES]

    def _is_explained(self, sharing: Sharing) -> bool:
        self.position = -1
        self._furthest.clear()
        for run in walk(self._start(sharing), self._effort, rank=self._rank):
            if run.difference is None:
                return True
            self._keep(run, run.difference)
        return False

    def _start(self, sharing: Sharing) -> Machine:
        asked = self.question
        last = asked.trace.events[-1]
        chooser = Explorer(sharing, fuel_matters=isinstance(last, Ended) and last.end is End.FUEL)
        m = steps.start(
            asked.image, self._matcher, chooser, asked.variant, tids=asked.trace.tids, deep=asked.deep,
            answers=asked.trace,
        )  # fmt: skip
        return begin(m)

    def _keep(self, run: Run, difference: Difference) -> None:
        """Remember how the runs that came furthest came there, one for each thing that they show next."""
        if difference.position < self.position:
            return
        if difference.position > self.position:
            self.position = difference.position
            self._furthest.clear()
        if len(self._furthest) < 4 * MAX_ALTERNATIVES:
            self._furthest.setdefault(repr(difference.produced), blocks_of(run.machine))

    def _rank(self, m: Machine, task: Task) -> int:
        """0 for a task about to post what the trace shows there, 2 if it shows something else, 1 for the others.

        Where operations of threadlets are seen, the task that shows the next event goes first as well.
        """
        if task.rule is not post or task.stopped_at != COMPLETION_LOCK:
            return 1 if self._next_shown(task) != task.index else 0
        ahu, event = task.given
        memory = self._matcher.memory.next(self._matcher.position_of_all(m))
        ring, index = m.load(ahu + AHU_COMPLETION_RING), m.load(ahu + AHU_KERNEL_RING_IDX)
        if memory is None or ring is None or index is None:
            return 1
        offset = ring + WORD * index - BASE
        if not 0 <= offset <= ARENA - WORD:
            return 1
        return 0 if int.from_bytes(memory[offset : offset + WORD], "little") == event else 2

    def _next_shown(self, task: Task) -> int | None:
        """The task of the family that makes its next operation in the trace, or the head for its next result."""
        position, events = self._matcher.position(task.family.thread), self.question.trace.events
        event = events[position] if self._operations and position < len(events) else None
        if isinstance(event, Done):
            return event.task
        return task.family.head.index if isinstance(event, Result) else None
