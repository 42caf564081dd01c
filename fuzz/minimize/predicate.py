# SPDX-License-Identifier: Apache-2.0
"""The minimizer's only question, asked as seldom as possible: does this program still show the same thing?"""

from collections.abc import Callable
from typing import Final

from model.program import Program

Test = Callable[[Program], bool]

DEFAULT_LIMIT: Final = 20_000


class Predicate:
    """A yes-or-no test on programs: memoised, counted, limited, and patient with flakes.

    A program passes when one of at most `tries` runs of the test says yes. After `limit` runs every new program
    fails, so minimizing ends in bounded work; that bound is a number of runs, never a time.
    """

    def __init__(self, test: Test, *, tries: int = 1, limit: int = DEFAULT_LIMIT) -> None:
        self._test = test
        self._tries = tries
        self._known: dict[Program, bool] = {}
        self.limit = limit
        self.runs = 0

    @property
    def spent(self) -> bool:
        """Whether the limit of runs is reached."""
        return self.runs >= self.limit

    def stop(self) -> None:
        """No more runs: the budget is spent."""
        self.limit = self.runs

    def __call__(self, program: Program) -> bool:
        """Whether the program shows it. Asked twice, it answers the same."""
        known = self._known.get(program)
        if known is not None:
            return known
        return not self.spent and self._known.setdefault(program, self._ask(program))

    def _ask(self, program: Program) -> bool:
        for _ in range(self._tries):
            self.runs += 1
            if self._test(program):
                return True
        return False
