# SPDX-License-Identifier: Apache-2.0
"""What a campaign counts, in memory that the fuzzing process and the one with the panel share.

libFuzzer leaves without a word to Python, so counters live in a mapped file and outlast the process.
"""

import ctypes
import hashlib
import mmap
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Self

from model.clauses import CLAUSES
from model.spec import features

COUNTERS: Final = (
    "runs", "allowed", "divergence", "unknown", "findings_new", "findings_known", "with_atom", "with_handover", "atoms",
    "handovers", "mutations", "crossovers", "coverage", "corpus", "effort", "restarts", "preemptions", "stuck",
    "unsearched", "unwritten", "skipped",
)  # fmt: skip
GREATEST: Final = frozenset({"coverage", "corpus"})
"""Counters of which several jobs, and several runs, have the greatest; of the others they have the sum."""
STATES: Final = ("starting", "fuzzing", "searching", "minimizing")
"""What a job does at the moment."""
_MET: Final = 64
"""Known groups whose meeting is remembered; a tree with more is broken enough."""
IN_REACH: Final = frozenset(name for name, clause in CLAUSES.items() if clause.only is None)
"""Clauses that can apply under the pinned reading."""


class Counters(ctypes.Structure):
    """A number for each name of `COUNTERS`."""

    _fields_ = tuple((name, ctypes.c_uint64) for name in COUNTERS)


class _Shared(ctypes.Structure):
    _fields_ = (
        ("counters", Counters),
        ("state", ctypes.c_uint64),
        ("seconds", ctypes.c_double),
        ("met", ctypes.c_uint64 * _MET),
        ("seen", ctypes.c_uint8 * features.SIZE),
    )


def _number(group: str) -> int:
    """A name as a number that fits a counter and is the same in every process; never 0."""
    return int.from_bytes(hashlib.sha256(group.encode()).digest()[:8], "little") | 1


class Stats:
    """Counters, and which features of the model were ever seen."""

    def __init__(self, memory: mmap.mmap) -> None:
        shared = _Shared.from_buffer(memory)
        self.counters: Counters = shared.counters
        self._shared = shared
        self._met = shared.met
        self.seen = memoryview(shared.seen).cast("B")
        self._ever = int.from_bytes(self.seen, "little")

    @classmethod
    def private(cls) -> Self:
        """Counters of this process alone."""
        return cls(mmap.mmap(-1, ctypes.sizeof(_Shared)))

    @classmethod
    def shared(cls, path: Path) -> Self:
        """Counters in a file, made if it is not there."""
        size = ctypes.sizeof(_Shared)
        with path.open("a+b") as file:
            try:
                os.posix_fallocate(file.fileno(), 0, size)  # on a full disk, writing to memory would be our death
            except OSError as error:
                raise OSError(error.errno, error.strerror, str(path)) from None
            file.truncate(size)
            return cls(mmap.mmap(file.fileno(), ctypes.sizeof(_Shared)))

    def note_features(self, counters: bytearray) -> bool:
        """Remember the features of one run; says whether one was new. One process alone may do this."""
        # A counter's bits stand for how often: the log keeps all that were ever set, which is enough for "ever".
        both = self._ever | int.from_bytes(counters, "little")
        if both == self._ever:
            return False
        self._ever = both
        self.seen[:] = both.to_bytes(features.SIZE, "little")
        return True

    @property
    def state(self) -> str:
        """What is done now, one of `STATES`."""
        return STATES[self._shared.state] if self._shared.state < len(STATES) else STATES[0]

    @state.setter
    def state(self, now: str) -> None:
        self._shared.state = STATES.index(now)

    @property
    def seconds(self) -> float:
        """How long the run that these are counted in has lasted, as it noted itself."""
        return float(self._shared.seconds)

    @seconds.setter
    def seconds(self, now: float) -> None:
        self._shared.seconds = now

    def note_met(self, group: str) -> None:
        """Remember that a finding of this group, known by its folder's name, was met."""
        number = _number(group)
        for place, met in enumerate(self._met):
            if met in (0, number):
                self._met[place] = number
                return

    def was_met(self, group: str) -> bool:
        """Whether a finding of this group was met."""
        return _number(group) in self._met

    def clauses_hit(self) -> set[str]:
        """Ids of the clauses that some run exercised."""
        return {name for name in IN_REACH if self.seen[CLAUSES[name].number]}


class Totals:
    """What several jobs have counted, and earlier runs of the campaign before them.

    Args:
        jobs: the counters of each.
        earlier: counters of earlier runs, by name.
        hit: clauses that earlier runs exercised.
    """

    def __init__(
        self, jobs: Sequence[Stats], earlier: Mapping[str, int] | None = None, hit: Iterable[str] = ()
    ) -> None:
        self.jobs = jobs
        self._earlier = dict(earlier or {})
        self._hit = IN_REACH.intersection(hit)

    @property
    def counters(self) -> Counters:
        """The sum, or the greatest, of each counter."""
        return Counters(*(self._whole(name) for name in COUNTERS))

    def _whole(self, name: str) -> int:
        each = [self._earlier.get(name, 0), *(int(getattr(x.counters, name)) for x in self.jobs)]
        return max(each) if name in GREATEST else sum(each)

    def was_met(self, group: str) -> bool:
        """Whether a finding of this group was met, in this run."""
        return any(job.was_met(group) for job in self.jobs)

    def clauses_hit(self) -> set[str]:
        """Ids of the clauses that some run exercised."""
        return set(self._hit).union(*(job.clauses_hit() for job in self.jobs))

    def share(self, name: str) -> float:
        """A counter as a share of the programs, 0 when none was run."""
        runs = self._whole("runs")
        return self._whole(name) / runs if runs else 0.0

    def as_dict(self) -> dict[str, Any]:
        """All of it, for scripts."""
        hit = self.clauses_hit()
        return {
            **{name: self._whole(name) for name in COUNTERS},
            "clauses_hit": len(hit),
            "clauses": len(IN_REACH),
            "clauses_missed": sorted(IN_REACH - hit),
        }
