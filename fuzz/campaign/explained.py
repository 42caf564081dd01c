# SPDX-License-Identifier: Apache-2.0
"""Findings that are known: whether their witnesses still show what they were kept for."""

from collections.abc import Mapping, Sequence

import attrs

from fuzz.findings.known import Entry
from fuzz.oracle import Judgement, judge_safely
from native.targets.host import Target


@attrs.frozen
class Looked:
    """An entry, and what its witness came to now; None where its target is not among those that were opened."""

    entry: Entry
    now: Judgement | None

    @property
    def stale(self) -> bool:
        """Whether the witness was run and does not show its signature any more."""
        return self.now is not None and self.now.signature != self.entry.signature

    def __str__(self) -> str:
        entry, now = self.entry, self.now
        name = f"{entry.witness}: {', '.join(entry.signature)}"
        if now is None:
            return f"{name}: not run, since it needs --target {entry.target}"
        if not self.stale:
            return f"{name}: still there, known since {entry.date}: {entry.reason}"
        came = ", ".join(now.signature) if now.signature else now.verdict.outcome.value
        return f"{name}: the witness no longer shows this ({came}); remove the entry"


def look(entries: Sequence[Entry], targets: Mapping[str, Target]) -> list[Looked]:
    """Run each witness on its target. Raises KnownError where one cannot be read."""
    return [
        Looked(x, judge_safely(x.case().program, targets[x.target]) if x.target in targets else None) for x in entries
    ]
