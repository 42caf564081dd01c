# SPDX-License-Identifier: Apache-2.0
"""The oracle's question: is this trace allowed? (docs/design/checker.md)

First the target's hints are followed: they say who ran how far, and if that explains the trace the answer is
"allowed" at the cost of one run. If not, the whole set is searched (`model.search`), as if there were no hints: they
are never evidence, and a wrong one costs time only.
"""

from typing import Final

from model import clauses, steps
from model.blame import explain
from model.explorer import Explorer, Sharing
from model.layout import Image
from model.machine import Machine, Task
from model.matcher import Difference, Matcher
from model.search import Search
from model.trace import End, Ended, Role, Trace
from model.variant import PINNED, Variant
from model.verdict import DEFAULT_BUDGET, Alternative, Divergence, Kind, Outcome, Verdict

_ANY_DISTANCE: Final = 1 << 30
_FITS_ANYTHING: Final = ("resched_truncates",)
"""A chain that may end after any atom explains too much to be a useful hint at what is wrong."""


def check(
    image: Image,
    trace: Trace,
    *,
    budget: int = DEFAULT_BUDGET,
    variant: Variant = PINNED,
    features: bytearray | None = None,
) -> Verdict:
    """Whether `trace` is a behaviour the specification allows for the program of `image`.

    Args:
        image: the program.
        trace: what a target showed.
        budget: blocks a search may run before the answer is unknown.
        variant: the reading of v3 to judge by.
        features: counters to fill (`model.features.SIZE` bytes) with clauses and results the model met.

    Raises nothing on traces that a reader of the protocol accepted.
    """
    failed = _target_failed(trace)
    if failed is not None:
        return Verdict(Outcome.DIVERGENCE, divergence=failed, explained=len(trace.events) - 1)
    if len(set(trace.tids)) != len(trace.tids):
        position = 0
        blame = Divergence(Kind.VALUE, clauses.BY_NUMBER[clauses.IDENT_1].id, position, trace.events[0])
        return Verdict(Outcome.DIVERGENCE, divergence=blame)
    guided = _follow(Machine, image, trace, variant, features, explaining=False)
    if guided is None:
        return Verdict(Outcome.ALLOWED, explained=len(trace.events))
    search = Search(image, trace, variant, budget)
    outcome = search.decide()
    if outcome is Outcome.ALLOWED:
        return Verdict(outcome, search.effort, explained=len(trace.events))
    if outcome is Outcome.UNKNOWN:
        return Verdict(outcome, search.effort, explained=max(search.position, guided.position))
    return Verdict(outcome, search.effort, _divergence(search, image, trace, variant), search.position)


def _target_failed(trace: Trace) -> Divergence | None:
    last = trace.events[-1] if trace.events else None
    if isinstance(last, Ended) and last.end is not End.REPORT:
        return None
    kind = Kind.REPORT if isinstance(last, Ended) else Kind.CRASH
    return Divergence(kind, clauses.TARGET, max(len(trace.events) - 1, 0), last)


def _divergence(search: Search, image: Image, trace: Trace, variant: Variant) -> Divergence:
    """Blame the run that the hints describe, if it came as far as any; the others are alternatives."""
    found = search.alternatives
    told = _follow(Explorer, image, trace, variant, None, explaining=True)
    if isinstance(told, _Explained) and told.position == search.position:
        rest = [x for x in found if x[1].detail != told.alternative.detail]
        found = [(told.kind, told.alternative), *rest]
    kind, first = found[0]
    position = search.position
    observed = trace.events[position] if position < len(trace.events) else None
    clause, reading = _other_reading(image, trace, variant)
    return Divergence(kind, clause or first.clause, position, observed, tuple(a for _, a in found), reading)


def _other_reading(image: Image, trace: Trace, variant: Variant) -> tuple[str, str]:
    """The clause whose switch, set otherwise, lets the hints explain the whole trace, and that setting."""
    for switch, value, reading in variant.others():
        if switch not in _FITS_ANYTHING and _follow(Machine, image, trace, reading, None, explaining=False) is None:
            clause = next(c.id for c in clauses.BY_NUMBER if c.switch == switch)
            return clause, f"{switch}={value}"
    return "", ""


class _Explained:
    """A difference with its explanation."""

    def __init__(self, position: int, kind: Kind, alternative: Alternative) -> None:
        self.position = position
        self.kind = kind
        self.alternative = alternative


class _Told(Explorer):
    """A machine that follows hints like `Machine`, and remembers who wrote what like `Explorer`."""

    def pause(self, task: Task, location: int, write: bool, lists: bool = False) -> bool:
        """See `Machine.pause`."""
        return Machine.pause(self, task, location, write, lists)

    def pause_call(self, task: Task) -> bool:
        """See `Machine.pause`."""
        return Machine.pause_call(self, task)

    def pick(self, candidates: list[int]) -> int:
        """See `Machine.pick`."""
        return Machine.pick(self, candidates)


def _follow(
    machine: type[Machine],
    image: Image,
    trace: Trace,
    variant: Variant,
    features: bytearray | None,
    *,
    explaining: bool,
) -> Difference | _Explained | None:
    """Follow the hints; None when they lead through the whole trace, else where they stopped doing so."""
    matcher = Matcher(image, trace, explain=explaining)
    m = steps.start(_Told if explaining else machine, image, matcher, variant, trace.tids, features)
    if isinstance(m, _Told):
        m.sharing, m.writers, m.withheld, m.running = Sharing(), {}, {}, m.head
    try:
        _run_hints(m, trace.hints)
    except Difference as difference:
        if isinstance(m, _Told):
            return _Explained(difference.position, *explain(m, matcher, difference))
        return difference
    return None


def _run_hints(m: Machine, hints: tuple[int, ...]) -> None:
    """Let the tasks run in the hinted order; where the hints make no sense, first in, first out."""
    others, run_task = steps.others, steps.run_task
    position, last = 0, len(hints)
    picks: list[int] = []
    while m.ended is None:
        able = m.runnable if not m.settling else others(m)
        if not able:
            steps.nothing_runs(m)
            continue
        task, m.quantum = able[0], _ANY_DISTANCE
        while position < last:
            hint = hints[position]
            if hint >> 24:
                picks.append(hint >> 16 & 0xFF)
                position += 1
                continue
            hinted = hint >> 16 & 0xFF
            if hinted < len(m.tasks) and m.tasks[hinted] in able:
                task, m.quantum = m.tasks[hinted], hint & 0xFFFF
                m.picks = picks
                picks = []
                position += 1
            elif hinted >= len(m.tasks) or not _waits_its_turn(m, m.tasks[hinted]):
                position += 1
                continue
            break
        if isinstance(m, Explorer):
            m.running = task
        run_task(m, task)


def _waits_its_turn(m: Machine, task: Task) -> bool:
    """The hinted task is the head, which settles: the others come first, hinted or not."""
    return m.settling and task.role == Role.HEAD
