# SPDX-License-Identifier: Apache-2.0
"""Coverage of the specification for a terminal and for scripts."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePath
from typing import Any, Final

from fuzz.cover.lines import File, Lines
from fuzz.cover.measure import Coverage
from fuzz.findings.report import counted
from fuzz.spec.cases import litmus_of
from model.clauses import BY_NUMBER

_RULES: Final = ("calls", "chain", "ring", "entry", "machine", "steps", "wait")
"""Modules of the model with rules in them, beside those of its world; the others drive, search and explain."""


def is_rule(path: str) -> bool:
    """Whether a file of the model holds rules of the specification."""
    return path.startswith("model/spec/world/") or PurePath(path).stem in _RULES


def example(clause: str, programs: Mapping[str, int]) -> str:
    """The program to look at first: one that says it shows the clause, else the one that needs it most."""
    named = {PurePath(shown.path).name for shown in litmus_of(clause)}
    return next((x for x in programs if PurePath(x).name in named), "") or most(programs)


def most(programs: Mapping[str, int]) -> str:
    """The program that exercises it most often, the first one of those."""
    return max(programs, key=lambda path: programs[path])


def share(files: Sequence[File]) -> str:
    """`330 of 354 lines (93.2 %)`."""
    covered, lines = sum(x.covered for x in files), sum(len(x.counts) for x in files)
    return f"{covered:,} of {lines:,} lines ({100 * covered / lines if lines else 100:.1f} %)"


def ranges(numbers: Sequence[int]) -> str:
    """`3, 7-9`: neighbouring line numbers joined."""
    parts: list[list[int]] = []
    for number in numbers:
        if parts and number == parts[-1][-1] + 1:
            parts[-1] = [parts[-1][0], number]
        else:
            parts.append([number])
    return ", ".join("-".join(map(str, part)) for part in parts)


def print_coverage(covered: Coverage, *, whole: bool = True) -> str:
    """Clauses, transitions and lines; what was never exercised last, where it is seen; only counted if not `whole`."""
    return "\n".join(_told(covered, whole=whole))


def _told(covered: Coverage, *, whole: bool) -> Iterator[str]:
    yield from (counted(len(covered.programs), "program"), "", "clauses: times, programs, one of them")
    for clause, programs in covered.clauses.items():
        if programs:
            yield _row(f"{clause:<11}", programs, example(clause, programs))
        elif whole:
            yield f"  {clause:<11} never"
    yield from ("", "transitions: times, programs, the one that makes it most often")
    for (before, after), programs in sorted(covered.transitions.items()):
        yield _row(f"{f'{before} → {after}':<52}", programs, most(programs))
    yield ""
    for what, lines in (("model", covered.model), ("kernel files", covered.kernel)):
        yield _side(what, lines)
        if whole and not lines.problem:
            yield from (_file(file) for file in lines.files if file.counts)
    never, all_of_them = covered.never, len(BY_NUMBER)
    transitions = counted(len(covered.transitions), "transition")
    yield from ("", f"{all_of_them - len(never)} of {all_of_them} clauses, {transitions}")
    if not whole:
        events = counted(len(covered.events), "event")
        yield f"never: {counted(len(never), 'clause')}, {events} (--all lists them, and lines)"
        return
    if covered.events:
        yield f"events never said: {', '.join(covered.events)}"
    if never:
        yield f"clauses never exercised: {', '.join(never)}"


def _row(name: str, programs: Mapping[str, int], one: str) -> str:
    return f"  {name} {sum(programs.values()):>6} {len(programs):>4}  {one}"


def _side(what: str, lines: Lines) -> str:
    if lines.problem:
        return f"lines of the {what}: not measured: {lines.problem}"
    rules = [x for x in lines.files if is_rule(x.path)]
    of_rules = f"; of its rules: {share(rules)}" if rules else ""
    return f"lines of the {what}: {share(lines.files)}{of_rules}"


def _file(file: File) -> str:
    missed = f"  never: {ranges(file.missed)}" if file.missed else ""
    return f"  {file.path:<34} {file.covered:>4} of {len(file.counts):>4}{missed}"


def as_dict(covered: Coverage) -> dict[str, Any]:
    """Everything as plain data."""
    return {
        "programs": covered.programs,
        "clauses": covered.clauses,
        "never": covered.never,
        "transitions": [{"from": a, "to": b, "programs": x} for (a, b), x in sorted(covered.transitions.items())],
        "events_never_said": covered.events,
        "model": _lines_dict(covered.model),
        "kernel": _lines_dict(covered.kernel),
    }


def _lines_dict(lines: Lines) -> dict[str, Any]:
    if lines.problem:
        return {"problem": lines.problem}
    return {"files": {x.path: {"covered": x.covered, "lines": len(x.counts), "never": x.missed} for x in lines.files}}
