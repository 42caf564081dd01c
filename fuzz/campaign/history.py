# SPDX-License-Identifier: Apache-2.0
"""What a campaign has counted in all of its runs, by the minute: `stats.jsonl`, a line for each.

A line holds sums since the campaign began, so the last one says all. The moment it stands for is the only clock reading
that a campaign stores; it is for the report, and nothing is compared by it. A line that was cut by a kill, or is
damaged, is passed over.
"""

import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec

from fuzz.campaign.stats import COUNTERS, GREATEST, IN_REACH, Stats, Totals

START: Final = "start"
MINUTE: Final = "minute"
END: Final = "end"
KILLED: Final = "killed"
"""In place of the end: the next run says it for one that was killed, when it has found what that one counted."""
Line = TypeVar("Line")


class Moment(msgspec.Struct, frozen=True):
    """A line of `stats.jsonl`.

    Attributes:
        at: seconds since 1970.
        event: what is told: a run's start or end, that it was killed, or that a minute has passed.
        run: number of the run, from 1.
        seconds: how long the campaign has run, in all of its runs.
        counted: sums of the counters that are not 0, by name.
        missed: clauses that no program has exercised yet.
        groups: groups of findings.
        jobs: how many were running.
    """

    at: int
    event: str
    run: int
    seconds: float
    counted: dict[str, int]
    missed: tuple[str, ...]
    groups: int = 0
    jobs: int = 0


class Lines:
    """A file with a JSON value on each line, which outlives being cut anywhere.

    Attributes:
        damaged: what was passed over when it was read, and what could not be written since.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.damaged: list[str] = []

    def read(self, kind: type[Line]) -> list[Line]:
        """All lines that are what they should be."""
        made = []
        try:
            data = self.path.read_bytes()
        except FileNotFoundError:
            return []
        except OSError as error:
            self.damaged.append(f"{self.path}: cannot be read: {error.strerror or error}")
            return []
        for number, line in enumerate(data.split(b"\n"), start=1):
            if not line.strip():
                continue
            try:
                made.append(msgspec.json.decode(line, type=kind))
            except (msgspec.DecodeError, ValueError):
                self.damaged.append(f"{self.path}:{number}: damaged line, passed over")
        return made

    def add(self, value: Any) -> bool:
        """Append a line, behind a line of its own where the last one was cut; says whether it could be written."""
        try:
            with self.path.open("ab+") as file:
                size = file.seek(0, os.SEEK_END)
                begin = b""
                if size:
                    file.seek(size - 1)
                    begin = b"" if file.read(1) == b"\n" else b"\n"
                file.write(begin + msgspec.json.encode(value) + b"\n")
        except OSError as error:
            told = f"{self.path}: could not be written: {error.strerror or error}"
            if told not in self.damaged:
                self.damaged.append(told)
            return False
        return True


class History:
    """The statistics of a campaign: read once, then added to.

    Attributes:
        run: the number of this run.
        moments: what earlier runs told.
    """

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        self._lines = Lines(path)
        self._clock = clock
        self.moments = self._lines.read(Moment)
        self.run = max((x.run for x in self.moments), default=0) + 1

    @property
    def trouble(self) -> list[str]:
        """Lines that were passed over, or could not be written."""
        return self._lines.damaged

    @property
    def last(self) -> Moment | None:
        """The last line."""
        return self.moments[-1] if self.moments else None

    def earlier(self) -> tuple[dict[str, int], set[str], float]:
        """What earlier runs came to: counters, clauses that were exercised, seconds."""
        if self.last is None:
            return {}, set(), 0.0
        return dict(self.last.counted), set(IN_REACH.difference(self.last.missed)), self.last.seconds

    def recover(self, left: list[Stats]) -> bool:
        """Take up what a run that was killed had counted since its last line; says whether there was one."""
        last = self.last
        if last is None or last.event in (END, KILLED):
            return False
        begun = next((x for x in reversed(self.moments) if x.run == last.run and x.event == START), None)
        counted, missed, seconds = dict(last.counted), set(last.missed), last.seconds
        if begun is not None and left:
            totals = Totals(left, begun.counted, IN_REACH.difference(begun.missed))
            counted = {name: max(value, totals.as_dict()[name]) for name, value in _all(counted).items()}
            missed &= set(IN_REACH - totals.clauses_hit())
            seconds = max(seconds, begun.seconds + max(x.seconds for x in left))
        self._note(KILLED, last.run, seconds, counted, missed, last.groups, 0)
        return True

    def note(self, event: str, seconds: float, totals: Totals, groups: int, jobs: int) -> None:
        """Add a line: `seconds` and `totals` are those of the whole campaign."""
        counted = {name: int(getattr(totals.counters, name)) for name in COUNTERS}
        self._note(event, self.run, seconds, counted, IN_REACH - totals.clauses_hit(), groups, jobs)

    def _note(
        self, event: str, run: int, seconds: float, counted: Mapping[str, int], missed: set[str] | frozenset[str],
        groups: int, jobs: int,
    ) -> None:  # fmt: skip
        told = {name: value for name, value in counted.items() if value}
        moment = Moment(int(self._clock()), event, run, round(seconds, 1), told, tuple(sorted(missed)), groups, jobs)
        self._lines.add(moment)
        self.moments.append(moment)


def _all(counted: Mapping[str, int]) -> dict[str, int]:
    return {name: counted.get(name, 0) for name in COUNTERS}


__all__ = ["END", "GREATEST", "KILLED", "MINUTE", "START", "History", "Lines", "Moment"]
