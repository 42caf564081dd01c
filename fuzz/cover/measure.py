# SPDX-License-Identifier: Apache-2.0
"""Replaying programs on both sides and counting what is exercised, all from the same runs."""

import tempfile
from collections.abc import Iterable
from pathlib import Path

import attrs

from fuzz.cover.lines import File, Lines, model_lines
from fuzz.cover.tally import Tally, all_events
from fuzz.spec.switches import reading
from fuzz.text import Case
from model import image as layout
from model.check.follow import follow
from model.clauses import BY_NUMBER, CLAUSES
from model.spec import run
from model.trace import Trace
from model.variant import PINNED
from native.targets import build, gcov
from native.targets.host import Target, TargetUnavailable, lacks


@attrs.frozen
class Coverage:
    """What a set of programs exercises.

    Attributes:
        programs: their paths, in order.
        clauses, transitions: how often each was exercised, by program.
        events: events of the vocabulary that no program came to.
        model, kernel: line coverage of the two sides, or why there is none.
    """

    programs: list[str]
    clauses: dict[str, dict[str, int]]
    transitions: dict[tuple[str, str], dict[str, int]]
    events: list[str]
    model: Lines
    kernel: Lines

    @property
    def never(self) -> list[str]:
        """Clauses that no program exercises."""
        return [clause.id for clause in BY_NUMBER if not self.clauses.get(clause.id)]


def measure(cases: Iterable[tuple[str, Case]]) -> Coverage:
    """Run each program on the host target, follow it with the model, and count.

    Where the host target cannot be built the model's own runs are counted instead. A program that names a clause which
    applies under another reading only is run by that reading as well, and one for deep preemption with it.
    """
    made = Coverage([], {clause.id: {} for clause in BY_NUMBER}, {}, [], Lines(), Lines())
    kernel = made.kernel
    with tempfile.TemporaryDirectory(prefix="syslet-cover-") as folder:
        target = _open(Path(folder), kernel)
        try:
            with model_lines() as model:
                for path, case in cases:
                    _replay(made, path, case, target)
        finally:
            if target is not None:
                target.close()
        if target is not None:
            _read_counters(Path(folder), kernel)
    seen = {event for transition in made.transitions for event in transition}
    return attrs.evolve(made, events=sorted(all_events() - seen), model=model)


def _open(folder: Path, kernel: Lines) -> Target | None:
    try:
        gcov.tool()
        return gcov.GcovTarget(folder)
    except (TargetUnavailable, build.NoCompiler, gcov.NoGcov) as problem:
        kernel.problem = str(problem)
        return None


def _replay(made: Coverage, path: str, case: Case, target: Target | None) -> None:
    tally = Tally()
    image = layout.build(case.program)
    answer = target.run(image) if target and not lacks(target, image) else None
    if not isinstance(answer, Trace) or follow(image, answer, PINNED, listener=tally.new_run()) is not None:
        run.run(image, listener=tally.new_run())
    named = [CLAUSES[value] for key, value in case.meta if key == "clause" and value in CLAUSES]
    for clause in named:
        if clause.only and "=" in clause.only:
            run.run(image, reading((clause.only,)), listener=tally.new_run())
    if case.deep:
        run.run(image, deep=True, listener=tally.new_run())
    made.programs.append(path)
    for name, count in tally.clauses.items():
        made.clauses[name][path] = count
    for transition, count in tally.transitions.items():
        made.transitions.setdefault(transition, {})[path] = count


def _read_counters(folder: Path, kernel: Lines) -> None:
    try:
        counted = gcov.counts(folder)
    except gcov.NoGcov as problem:
        kernel.problem = str(problem)
        return
    for name, lines in sorted(counted.items()):
        source = (build.ROOT / name).read_text(encoding="utf-8")
        kernel.files.append(File(f"native/{name}", lines, source))
