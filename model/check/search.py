# SPDX-License-Identifier: Apache-2.0
"""The whole set: whether any run of the model explains a trace, whoever moves when (membership, never equality).

Depth first over blocks (`model.check.explore`), states that were visited are not visited again, and the budget is
counted inside. Only the order in which the alternatives are tried looks at the trace: a task that is about to post
the event the trace shows in that slot goes first. Nothing is left out by that.
"""

from contextlib import suppress

from model.abi import AHU_COMPLETION_RING, AHU_KERNEL_RING_IDX
from model.check.difference import explain
from model.check.explore import Explorer, Sharing
from model.check.match import Difference, Matcher
from model.image import ARENA, BASE, Image
from model.spec import steps
from model.spec.machine import NOBODY, Task
from model.spec.ring import take_lock
from model.trace import Done, End, Ended, Result, Trace
from model.variant import Variant
from model.verdict import Alternative, Kind, Outcome

MAX_ALTERNATIVES = 8


class Search:
    """One question: can the model produce this trace? `answer` after `decide`.

    Attributes:
        effort: blocks run so far. position: events explained by the best run.
        alternatives: what the runs that came furthest would have shown instead, with its kind.
        left: the state each of them was in.
    """

    def __init__(self, image: Image, trace: Trace, variant: Variant, budget: int, *, deep: bool = False) -> None:
        self.image = image
        self.trace = trace
        self.variant = variant
        self.budget = budget
        self.deep = deep
        self.effort = 0
        self.position = -1
        self.alternatives: list[tuple[Kind, Alternative]] = []
        self.left: list[Explorer] = []
        self._matcher = Matcher(image, trace, explain=True)
        self._operations = any(isinstance(event, Done) for event in trace.events)

    def decide(self) -> Outcome:
        """Search until nothing shared is left unsplit, an explanation is found, or the budget is spent."""
        sharing = Sharing()
        while True:
            sharing.grew = False
            outcome = self._once(sharing)
            if outcome is not Outcome.DIVERGENCE or not sharing.grew:
                return outcome

    def _start(self, sharing: Sharing) -> Explorer:
        m = steps.start(Explorer, self.image, self._matcher, self.variant, self.trace.tids)
        assert isinstance(m, Explorer)
        m.deep = self.deep
        last = self.trace.events[-1]
        m.fuel_matters = isinstance(last, Ended) and last.end is End.FUEL
        m.prepare(sharing)
        m.writers = {}
        return m

    def _once(self, sharing: Sharing) -> Outcome:
        self.position = -1
        self.alternatives.clear()
        self.left.clear()
        visited: set[int] = set()
        stack: list[tuple[Explorer, int]] = [(self._start(sharing), NOBODY)]
        while stack:
            m, mover = stack.pop()
            while True:
                if self.effort >= self.budget:
                    return Outcome.UNKNOWN
                if not self._move(m, mover):
                    break
                if m.ended is not None:
                    return Outcome.ALLOWED
                mover = NOBODY
                branches = self._branches(m)
                if branches is None:
                    continue
                if not branches:
                    able = steps.others(m)
                    mover = able[0].index if able else NOBODY
                    continue
                state = m.state()
                if state in visited:
                    break
                visited.add(state)
                stack.extend(reversed(branches[1:]))
                m, mover = branches[0]
        return Outcome.DIVERGENCE

    def _move(self, m: Explorer, mover: int) -> bool:
        """Run one block, or let time pass; False when the run left the trace."""
        self.effort += 1 + len(m.tasks) // 16  # a state of many tasks costs more to copy and to compare
        try:
            if mover != NOBODY:
                m.go(m.tasks[mover])
            elif not steps.others(m):
                steps.nothing_runs(m)
        except Difference as difference:
            self._note(m, difference)
            self._probe(m)
            return False
        return True

    def _probe(self, m: Explorer) -> None:
        """Let each task that could have run instead touch what it would have touched, after a run was cut short.

        Without this a conflict could stay unknown because the run that shows it never gets that far.
        """
        for task in steps.others(m):
            if task is not m.running:
                self.effort += 1
                other = m.copy()
                with suppress(Difference):
                    other.go(other.tasks[task.index])

    def _branches(self, m: Explorer) -> list[tuple[Explorer, int]] | None:
        """The alternatives from here; none when there is only one mover, None when nobody can move."""
        if m.undecided is not None:
            branches = []
            for candidate in m.undecided:
                other = m.copy()
                other.undecided = None
                other.picks = [candidate]
                branches.append((other, m.running.index))
            return branches
        able = steps.others(m)
        if not able:
            return None
        if len(able) == 1:
            return []
        movers = sorted(able, key=lambda t: self._rank(m, t))
        return [(m.copy(), task.index) for task in movers]

    def _rank(self, m: Explorer, task: Task) -> int:
        """0 for a task about to post what the trace shows there, 2 if it shows something else, 1 for the others.

        Where operations of threadlets are seen, whoever shows the next event goes first as well.
        """
        if task.phase is not take_lock:
            return 1 if self._next_shown(m) != task.index else 0
        memory = next((x for x in self._matcher.memories[m.position : -1] if x is not None), None)
        ring, index = m.load(task.ahu + AHU_COMPLETION_RING), m.load(task.ahu + AHU_KERNEL_RING_IDX)
        if memory is None or ring is None or index is None:
            return 1
        offset = ring + 8 * index - BASE
        if not 0 <= offset <= ARENA - 8:
            return 1
        return 0 if int.from_bytes(memory[offset : offset + 8], "little") == task.atom else 2

    def _next_shown(self, m: Explorer) -> int:
        """The task that makes the trace's next operation, or the head for its next result."""
        event = self.trace.events[m.position] if self._operations and m.position < len(self.trace.events) else None
        if isinstance(event, Done):
            return event.task
        return m.head.index if isinstance(event, Result) else NOBODY

    def _note(self, m: Explorer, difference: Difference) -> None:
        """Keep what the runs that came furthest would have shown."""
        if difference.position < self.position:
            return
        if difference.position > self.position:
            self.position = difference.position
            self.alternatives.clear()
            self.left.clear()
        if len(self.alternatives) < MAX_ALTERNATIVES:
            found = explain(m, self._matcher, difference)
            if all(found[1].detail != other.detail for _, other in self.alternatives):
                self.alternatives.append(found)
                self.left.append(m)
