# SPDX-License-Identifier: Apache-2.0
"""What a program expects, held to every outcome: `replay` only sees the run that a target makes."""

from typing import Any

import attrs

from fuzz.ask.answer import Answer
from fuzz.ask.orders import print_numbers
from fuzz.text import Case, DoneIs, Expectation, ResultIs, expect
from fuzz.text.printer import print_expectation, print_result, print_step
from fuzz.text.symbols import print_numbered
from model.trace import Trace


@attrs.frozen
class Held:
    """An expectation, the numbers (from 1) of outcomes in which it does not hold, and what the first of them shows."""

    expectation: Expectation
    fails: tuple[int, ...]
    message: str = ""


def hold(case: Case, answer: Answer) -> list[Held]:
    """Each expectation of the case, in the order of the text."""
    found = [expect.complaints(case, Trace(outcome.events)) for outcome in answer.outcomes]
    made = []
    for place, expectation in enumerate(case.expectations):
        fails = tuple(number for number, complaints in enumerate(found, start=1) if complaints[place])
        message = "; ".join(found[fails[0] - 1][place]) if fails else ""
        made.append(Held(expectation, fails, message))
    return sorted(made, key=lambda held: held.expectation.line)


def print_held(case: Case, answer: Answer) -> list[str]:
    """How many hold, and a line for each that does not; empty where nothing is expected."""
    every = hold(case, answer)
    if not every:
        return []
    count, so_far = len(answer.outcomes), "" if answer.complete else " found so far"
    everywhere = f"every outcome{so_far}" if count > 1 or so_far else "the only outcome"
    bad = [held for held in every if held.fails]
    if not bad:
        return [f"expectations: {_all(len(every))} in {everywhere}"]
    lines = [f"expectations: {len(every) - len(bad)} of {len(every)} hold in {everywhere}"]
    for held in bad:
        where = f"line {held.expectation.line}: {held.message}"
        if len(held.fails) == count:
            lines.append(f"  FALSE in {everywhere}: {where}")
        else:
            lines.append(f"  FALSE in {print_numbers(held.fails)} of {count}{so_far}: {where}")
    if case.program.chooser and not any(1 in held.fails for held in bad):
        lines.append(f"  All hold in outcome 1, to which `{answer.outcomes[0].choose or 'choose'}` leads.")
    return lines


def _all(count: int) -> str:
    return f"all {count} hold" if count > 2 else "both hold" if count > 1 else "it holds"


def as_list(case: Case, answer: Answer) -> list[dict[str, Any]]:
    """The same as plain data."""
    return [
        {
            "line": held.expectation.line,
            "expectation": _text(case, held.expectation),
            "fails_in": held.fails,
            "holds": "some" if 0 < len(held.fails) < len(answer.outcomes) else "none" if held.fails else "all",
            "message": held.message,
        }
        for held in hold(case, answer)
    ]


def _text(case: Case, expectation: Expectation) -> str:
    if isinstance(expectation, ResultIs):
        step = case.program.all_steps[expectation.step]
        return f"{print_numbered(case.program, expectation.step)} => {print_result(step, expectation)}"
    if isinstance(expectation, DoneIs):
        script = next(x.script for x in case.program.threadlets if x.index == expectation.threadlet)
        operation = script[expectation.place]
        return f"f{expectation.threadlet}: {print_step(operation)} => {print_result(operation, expectation)}"
    return print_expectation(expectation)
