# SPDX-License-Identifier: Apache-2.0
"""What a campaign counts, in memory that the fuzzing process and the one with the panel share.

libFuzzer leaves without a word to Python, so counters live in a mapped file and outlast the process.
"""

import hashlib
import mmap
from pathlib import Path
from typing import Final, Self

from model.clauses import CLAUSES
from model.spec import features

(
    RUNS, ALLOWED, DIVERGENCE, UNKNOWN, NEW, KNOWN, WITH_ATOM, WITH_HANDOVER, ATOMS, HANDOVERS, MUTATIONS,
    CROSSOVERS, EDGES, CORPUS, EFFORT, RESTARTS, PREEMPTIONS, STUCK,
) = range(18)  # fmt: skip

_COUNTERS: Final = 32
_MET: Final = 64
"""Known groups whose meeting is remembered; a tree with more is broken enough."""
_BYTES: Final = (_COUNTERS + _MET) * 8 + features.SIZE


IN_REACH: Final = frozenset(name for name, clause in CLAUSES.items() if clause.only is None)
"""Clauses that can apply under the pinned reading."""


def _number(group: str) -> int:
    """A name as a number that fits a counter and is the same in every process; never 0."""
    return int.from_bytes(hashlib.sha256(group.encode()).digest()[:8], "little") | 1


class Stats:
    """Counters by position (the names above), and which features of the model were ever seen."""

    def __init__(self, memory: mmap.mmap) -> None:
        self._memory = memory
        view = memoryview(memory)
        self.counters = view[: _COUNTERS * 8].cast("Q")
        self._met = view[_COUNTERS * 8 : (_COUNTERS + _MET) * 8].cast("Q")
        self.seen = view[(_COUNTERS + _MET) * 8 :]
        self._ever = int.from_bytes(self.seen, "little")

    @classmethod
    def private(cls) -> Self:
        """Counters of this process alone."""
        return cls(mmap.mmap(-1, _BYTES))

    @classmethod
    def shared(cls, path: Path) -> Self:
        """Counters in a file, made if it is not there."""
        with path.open("a+b") as file:
            file.truncate(_BYTES)
            return cls(mmap.mmap(file.fileno(), _BYTES))

    def note_features(self, counters: bytearray) -> bool:
        """Remember the features of one run; says whether one was new. One process alone may do this."""
        # A counter's bits stand for how often: the log keeps all that were ever set, which is enough for "ever".
        both = self._ever | int.from_bytes(counters, "little")
        if both == self._ever:
            return False
        self._ever = both
        self.seen[:] = both.to_bytes(features.SIZE, "little")
        return True

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

    def share(self, part: int, whole: int = RUNS) -> float:
        """One counter as a share of another, 0 when nothing was counted."""
        return self.counters[part] / self.counters[whole] if self.counters[whole] else 0.0

    def as_dict(self) -> dict[str, int | float | list[str]]:
        """All of it, for scripts."""
        names = (
            "runs", "allowed", "divergence", "unknown", "findings_new", "findings_known", "with_atom",
            "with_handover", "atoms", "handovers", "mutations", "crossovers", "coverage", "corpus", "effort",
            "restarts", "preemptions", "stuck",
        )  # fmt: skip
        hit = self.clauses_hit()
        return {
            **{name: self.counters[place] for place, name in enumerate(names)},
            "clauses_hit": len(hit),
            "clauses": len(IN_REACH),
            "clauses_missed": sorted(IN_REACH - hit),
        }
