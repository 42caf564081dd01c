# SPDX-License-Identifier: Apache-2.0
"""What the checker answers: allowed, divergence, or unknown when its budget is spent."""

from enum import Enum
from typing import Final

import attrs

from model.trace import End, Event, TaskView

DEFAULT_BUDGET: Final = 20_000
"""Blocks (one task from one split to the next) a check may try before it answers unknown."""


class Outcome(Enum):
    """The three verdicts, and that there is none: the target cannot run the program."""

    ALLOWED = "allowed"
    DIVERGENCE = "divergence"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"


class Kind(Enum):
    """What kind of thing differs."""

    ORDER = "completion order"
    VALUE = "return value"
    RING = "ring state"
    MEMORY = "memory"
    BLOCKING = "blocking"
    LOST_WAKEUP = "lost wake-up"
    CRASH = "crash"
    HANG = "hang"
    REPORT = "kernel report"


@attrs.frozen
class TraceEnds:
    """The trace ends before the model does."""


@attrs.frozen
class ResultDiffers:
    """A step returns another value: `ours` is the model's, both signed."""

    step: int
    ours: int
    theirs: int


@attrs.frozen
class EventDiffers:
    """Another event comes next than the model's."""

    ours: Event
    theirs: Event


@attrs.frozen
class EndDiffers:
    """The program ends in another way."""

    ours: End
    theirs: End


@attrs.frozen
class NothingObserved:
    """One side observed memory and tasks where the other did not."""


@attrs.frozen
class WordsDiffer:
    """Words of memory differ: (address, the model's, the trace's), at most four."""

    words: tuple[tuple[int, int, int], ...]


@attrs.frozen
class TaskCountDiffers:
    """There are more tasks, or fewer."""

    ours: int
    theirs: int


@attrs.frozen
class TaskDiffers:
    """A task has another role, or sleeps in another call."""

    ours: TaskView
    theirs: TaskView


@attrs.frozen
class NothingDiffers:
    """Only what is not observed can differ."""


Detail = (
    TraceEnds
    | ResultDiffers
    | EventDiffers
    | EndDiffers
    | NothingObserved
    | WordsDiffer
    | TaskCountDiffers
    | TaskDiffers
    | NothingDiffers
)
"""What differs; `fuzz.findings.report` has words for it."""


@attrs.frozen
class Alternative:
    """One thing the specification would have allowed at the first difference.

    Attributes:
        event: the event one of the remaining states would have produced.
        clause: id of the clause that produced the difference.
        detail: the difference.
    """

    event: Event
    clause: str
    detail: Detail


@attrs.frozen
class Divergence:
    """Where and how a trace leaves the specification.

    Attributes:
        kind: what differs.
        clause: id of the clause to blame first.
        position: index in `Trace.events` of the first event that no state explains.
        observed: that event, or None when the trace ends too early.
        alternatives: what the specification allowed there, most likely first.
        reading: `switch=value` of another reading of v3 under which the whole trace would be allowed; the clause is
            then the one that the switch decides. Empty if there is none.
    """

    kind: Kind
    clause: str
    position: int
    observed: Event | None
    alternatives: tuple[Alternative, ...] = ()
    reading: str = ""

    @property
    def signature(self) -> tuple[str, str, str]:
        """(clause, kind, event at the first difference): equal for findings that are probably one fault."""
        event = type(self.observed).__name__.lower() if self.observed else "nothing"
        return (self.clause, self.kind.value, event)


@attrs.frozen
class Verdict:
    """The answer for one trace.

    Attributes:
        outcome: the verdict.
        effort: blocks tried (0 when the target's hints led straight through).
        divergence: set exactly when the outcome is a divergence.
        explained: number of events of the trace that some run of the model explains.
        suspect: for an unknown, what the answer would be if the hints told the truth. Never a verdict.
    """

    outcome: Outcome
    effort: int = 0
    divergence: Divergence | None = None
    explained: int = 0
    suspect: Divergence | None = None
