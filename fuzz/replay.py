# SPDX-License-Identifier: Apache-2.0
"""One file of the corpus run again: by its own choices, then by all its schedules, or by many of them."""

from collections.abc import Iterator
from typing import Final

import attrs

from fuzz.ask.choices import Guide
from fuzz.ask.outcomes import Found, explore, key
from fuzz.findings import report
from fuzz.oracle import judge, judge_answer, judge_trace
from fuzz.schedule.decisions import Options, choice_bytes, choose_line, chooser_of
from fuzz.schedule.every import schedules
from fuzz.spec import promises
from fuzz.text import Case, expect
from model import image as layout
from model.check.match import in_order
from model.spec import run
from model.spec.features import SIZE
from model.trace import Trace
from model.variant import PINNED
from model.verdict import Outcome
from native.targets.host import Target, lacks

PASSED: Final = "passed"
FAILED: Final = "failed"
UNREADABLE: Final = "unreadable"
SKIPPED: Final = Outcome.SKIPPED.value
_EXPLORED: Final = 1_000
"""Blocks that listing the outcomes of a file may run; of the corpus, four files have more."""


@attrs.frozen
class Replayed:
    """One file: its verdict on the target, or that it is unreadable, and what else is wrong, in words.

    Attributes:
        verdict: of the file's own choices, or of the first other schedule that has a worse one.
        warnings: are about what it says of itself; it passes all the same.
        schedules: how many were run; `every`: it has no others.
        outcomes: how many the specification allows, all of which were seen; None if they were not listed.
    """

    path: str
    verdict: str
    problems: tuple[str, ...]
    warnings: tuple[str, ...] = ()
    schedules: int = 0
    every: bool = False
    outcomes: int | None = None

    @property
    def came_to(self) -> str:
        """Whether it passed: allowed, and every expectation held; or was skipped, since the target cannot run it."""
        if self.verdict in (UNREADABLE, SKIPPED):
            return self.verdict
        return FAILED if self.problems or self.verdict != Outcome.ALLOWED.value else PASSED


def replay(path: str, case: Case, native: Target) -> Replayed:
    """Run a file by its own choices and hold both sides to its expectations; then run its other schedules."""
    image = layout.build(case.program)
    if lacking := lacks(native, image):
        return Replayed(path, SKIPPED, (lacking,))
    met = bytearray(SIZE)
    judgement = judge(case.program, native, features=met)
    outcome = judgement.verdict.outcome
    problems = [] if outcome is Outcome.ALLOWED else [report.explain(judgement)]
    own = run.run(image, deep=native.deep, features=met)
    # Choices count points, so a case with choices is held to its expectations only in the mode it was written for.
    if not native.deep or not case.program.chooser or case.deep:
        there = expect.failures(case, judgement.trace) if judgement.trace is not None else []
        here = expect.failures(case, own)
        problems += [f"on {'both sides' if failure in here else 'the target'}: {failure}" for failure in there]
        problems += [f"on the model: {failure}" for failure in here if failure not in there]
    if judge_trace(case.program, image, own, deep=native.deep).verdict.outcome is not Outcome.ALLOWED:
        problems.append("the model rejects its own trace")
    warned = tuple(promises.broken(case, met))
    if outcome is not Outcome.ALLOWED:
        return Replayed(path, outcome.value, tuple(problems), warned, 1)
    search = _Search(case, image, native)
    search.run()
    worst = search.worst or outcome
    every, allowed = search.every, search.outcomes
    return Replayed(path, worst.value, (*problems, *search.problems), warned, search.runs, every, allowed)


class _Search:
    """The schedules of one file on one target. Equal traces are judged once; it ends with the first that is wrong."""

    def __init__(self, case: Case, image: layout.Image, native: Target) -> None:
        self.program, self.native = case.program, native
        self.image = attrs.evolve(image, choices=b"")
        self.seen: dict[str, tuple[Trace, Options]] = {}
        self.problems: list[str] = []
        self.worst: Outcome | None = None
        self.runs = 0
        self.every = False
        self.outcomes: int | None = None

    def run(self) -> None:
        """All of it."""
        found = schedules(self.program, self.image, deep=self.native.deep)
        self.every = found.all_of_them
        for options in found.options:
            if not self._try(options):
                self.every = False
                return
        self._hold_outcomes()

    def _try(self, options: Options) -> Trace | None:
        """What the target shows with this schedule; None if that is not allowed."""
        choices = choice_bytes(options)
        assert choices is not None
        self.runs += 1
        image = attrs.evolve(self.image, choices=choices)
        answer = self.native.run(image)
        if isinstance(answer, Trace):
            shown = key(in_order(self.image, answer.events))
            if shown in self.seen and answer.tids == self.seen[shown][0].tids:
                return answer
            self.seen.setdefault(shown, (answer, options))
        chosen = attrs.evolve(self.program, chooser=chooser_of(options) or ())
        judgement = judge_answer(chosen, image, answer, deep=self.native.deep)
        if judgement.verdict.outcome is Outcome.ALLOWED:
            return judgement.trace
        self.worst = judgement.verdict.outcome
        self.problems.append(f"with {choose_line(options) or 'no choice'}:\n{report.explain(judgement)}")
        return None

    def _hold_outcomes(self) -> None:
        """Every outcome that the specification allows is seen, and no other. What opaque calls give is not listed."""
        if (
            self.image.opaque
            or self.native.deep
            or not all(_numbered_as_here(trace) for trace, _ in self.seen.values())
        ):
            return
        found = explore(self.image, PINNED, _EXPLORED)
        if not found.complete:
            return
        guide = Guide(self.image, PINNED)
        for wanted, (_, way) in found.outcomes.items():
            if wanted in self.seen:
                continue
            options = guide.follow(way).options
            if choice_bytes(options) is None or self._try(options) is None:
                return
            if wanted not in self.seen:
                line = choose_line(options) or "no choice"
                self.problems.append(
                    f"with {line}: what the model shows then is allowed, and no schedule shows it here"
                )
                return
        self.outcomes = len(found.outcomes)
        self.problems += _others(found, self.seen)


def _numbered_as_here(trace: Trace) -> bool:
    """Whether tasks have the numbers that the model gives them: results can be compared only then."""
    return trace.tids == tuple(range(1000, 1000 + len(trace.tids)))


def _others(found: Found, seen: dict[str, tuple[Trace, Options]]) -> Iterator[str]:
    """What the check allows, and the list of all outcomes does not have: one of the two is wrong."""
    for shown, (_, options) in seen.items():
        if shown not in found.outcomes:
            yield f"seen with {choose_line(options) or 'no choice'}: allowed, though no run that was listed shows it"
