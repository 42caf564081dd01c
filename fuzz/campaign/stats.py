# SPDX-License-Identifier: Apache-2.0
"""What a campaign counts, in memory that the fuzzing process and the one with the panel share.

libFuzzer leaves without a word to Python, so counters live in a mapped file and outlast the process.
"""

import ctypes
import hashlib
import mmap
from pathlib import Path
from typing import Any, Final, Self

from model.clauses import CLAUSES
from model.spec import features

COUNTERS: Final = (
    "runs", "allowed", "divergence", "unknown", "findings_new", "findings_known", "with_atom", "with_handover", "atoms",
    "handovers", "mutations", "crossovers", "coverage", "corpus", "effort", "restarts", "preemptions", "stuck",
)  # fmt: skip
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
        ("minimizing", ctypes.c_uint64),
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
        with path.open("a+b") as file:
            file.truncate(ctypes.sizeof(_Shared))
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
    def minimizing(self) -> bool:
        """Whether a finding is being minimized: no program is run meanwhile."""
        return bool(self._shared.minimizing)

    @minimizing.setter
    def minimizing(self, now: bool) -> None:
        self._shared.minimizing = now

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

    def share(self, name: str) -> float:
        """A counter as a share of the programs, 0 when none was run."""
        runs = self.counters.runs
        return getattr(self.counters, name) / runs if runs else 0.0

    def as_dict(self) -> dict[str, Any]:
        """All of it, for scripts."""
        hit = self.clauses_hit()
        return {
            **{name: getattr(self.counters, name) for name in COUNTERS},
            "clauses_hit": len(hit),
            "clauses": len(IN_REACH),
            "clauses_missed": sorted(IN_REACH - hit),
        }
