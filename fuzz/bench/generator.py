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
    """How many of the programs met something: a clause, an outcome of a test, or a side of a comparison."""

    kind: str
    what: str
    programs: int


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
    """The rows in words, and which are too rare."""
    rare = [row for row in rows if row.programs <= FLOOR]
    width = max(len(row.what) for row in rows)
    lines = [f"{row.kind:10}{row.what:{width}}{row.programs:8,}" for row in rows]
    kinds = Counter(row.kind for row in rows)
    told = ", ".join(f"{count} rows of {kind}" for kind, count in sorted(kinds.items()))
    return "\n".join([*lines, "", f"{programs:,} fresh programs: {told}; {len(rare)} met by {FLOOR} or fewer"])


def _count(programs: int) -> Iterator[Met]:
    from fuzz.bench import branches
    from fuzz.bench.unreachable import REASONS

    marks = branches.install()
    from fuzz.campaign.stats import IN_REACH
    from fuzz.generate import build
    from model import image as layout
    from model.clauses import CLAUSES
    from model.spec.features import SIZE
    from model.spec.run import run

    clauses: Counter[str] = Counter()
    rows: Counter[int] = Counter()
    names = {name: CLAUSES[name].number for name in IN_REACH}
    for seed in range(programs):
        features = bytearray(SIZE)
        marks.met.clear()
        run(layout.build(build.program(Random(seed))), features=features)
        clauses.update([name for name, number in names.items() if features[number]])
        rows.update(marks.met)
    found = [Met("clause", name, clauses[name]) for name in names]
    for number, (module, line, text, outcome) in enumerate(marks.rows):
        kind = "branch" if outcome in ("true", "false") else "side"
        if (module, text, outcome) not in REASONS:
            found.append(Met(kind, f"{module}:{line}: {text}: {outcome}", rows[number]))
    yield from sorted(found, key=lambda row: (row.programs, row.kind, row.what))


def _main(arguments: list[str]) -> None:
    rows: list[Any] = list(_count(int(arguments[0])))
    sys.stdout.buffer.write(msgspec.json.encode(rows))


if __name__ == "__main__":
    _main(sys.argv[1:])
