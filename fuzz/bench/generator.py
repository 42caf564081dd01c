# SPDX-License-Identifier: Apache-2.0
"""What fresh programs meet: clauses, branches of the rules, sides of comparisons. A process of its own counts."""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import Any, Final

import msgspec

PROGRAMS: Final = 12_000
"""Fresh programs, from the seeds 0, 1, 2 and so on."""
FLOOR: Final = 10
"""So many of them meet each row, or more."""


class Met(msgspec.Struct, frozen=True):
    """How many of the programs met something: a clause, an outcome of a test, or a side of a comparison.

    `reason` says why none can meet it; it is empty for what programs can meet.
    """

    kind: str
    what: str
    programs: int
    reason: str = ""

    @property
    def is_fine(self) -> bool:
        """Whether enough programs met it, or none where none can."""
        return not self.programs if self.reason else self.programs > FLOOR


def measure(programs: int = PROGRAMS) -> list[Met]:
    """All rows, the rarest first. Raises subprocess.CalledProcessError."""
    done = subprocess.run(
        [sys.executable, "-m", __name__, str(programs)],
        env={**os.environ, "SYSLET_PURE": "1", "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        check=True,
    )
    return msgspec.json.decode(done.stdout, type=list[Met])


def table(rows: list[Met], programs: int) -> str:
    """The rows in words, what cannot be met behind them, and how many are not as they should be."""
    can, cannot = [row for row in rows if not row.reason], [row for row in rows if row.reason]
    width = max(len(row.what) for row in rows)
    lines = [f"{row.kind:10}{row.what:{width}}{row.programs:8,}  {row.reason}".rstrip() for row in (*can, *cannot)]
    kinds = Counter(row.kind for row in can)
    told = ", ".join(f"{count} rows of {kind}" for kind, count in sorted(kinds.items()))
    rare, refuted = [sum(not row.is_fine for row in some) for some in (can, cannot)]
    lines += ["", f"{programs:,} fresh programs: {told}; {rare} met by {FLOOR} or fewer"]
    lines.append(f"{len(cannot)} rows that no program can meet, with the reason; {refuted} met all the same")
    return "\n".join(lines)


def _count(programs: int) -> Iterator[Met]:
    from fuzz.bench import branches
    from fuzz.bench.unreachable import reason_for

    marks = branches.install()
    from fuzz.generate import fresh
    from model import image as layout
    from model.clauses import CLAUSES
    from model.spec.features import SIZE
    from model.spec.run import run

    clauses: Counter[str] = Counter()
    rows: Counter[int] = Counter()
    names = {name: clause.number for name, clause in CLAUSES.items()}
    for seed in range(programs):
        features = bytearray(SIZE)
        marks.met.clear()
        run(layout.build(fresh.program(Random(seed), opaque=True)), features=features)
        clauses.update([name for name, number in names.items() if features[number]])
        rows.update(marks.met)
    found = [
        Met("clause", name, clauses[name], f"only with {clause.only}" if clause.only else "")
        for name, clause in CLAUSES.items()
    ]
    places: Counter[tuple[str, str, str]] = Counter()
    for number, (module, line, text, outcome) in enumerate(marks.rows):
        kind = "branch" if outcome in ("true", "false") else "side"
        reason = reason_for(module, text, outcome, places[module, text, outcome])
        places[module, text, outcome] += 1
        found.append(Met(kind, f"{module}:{line}: {text}: {outcome}", rows[number], reason))
    yield from sorted(found, key=lambda row: (row.programs, row.kind, row.what))


def _main(arguments: list[str]) -> None:
    rows: list[Any] = list(_count(int(arguments[0])))
    sys.stdout.buffer.write(msgspec.json.encode(rows))


if __name__ == "__main__":
    _main(sys.argv[1:])
