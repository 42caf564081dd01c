# SPDX-License-Identifier: Apache-2.0
"""Answers for people and for scripts."""

from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Any, Final

from fuzz import tracefile
from fuzz.explain import expected, grounds
from fuzz.explain.answer import Answer, Freedom, Outcome
from fuzz.explain.facts import Fact, besides, common, facts, print_facts, sequences
from fuzz.explain.orders import DEFAULT_MOST, print_order, print_orders
from fuzz.explain.outcomes import key
from fuzz.explain.overlap import warnings
from fuzz.explain.tell import print_lines
from fuzz.text import Case
from fuzz.text.printer import print_step

_WIDTH: Final = 110


def print_answer(case: Case, answer: Answer, most: int = DEFAULT_MOST) -> str:
    """Warnings, the told run with its free points, the outcomes by themselves and by order, what they rest on."""
    warned = warnings(answer.program)
    orders = print_orders([x.orders for x in answer.outcomes], answer.program, most, complete=answer.complete)
    parts = [
        "\n".join([*warned, _run(answer)]),
        _outcomes(answer, most),
        "\n".join(orders),
        "\n".join(grounds.print_grounds(answer, most)),
        "\n".join(expected.print_held(case, answer)),
    ]
    return "\n\n".join(part for part in parts if part)


def _run(answer: Answer) -> str:
    marks: dict[int, list[Freedom]] = {}
    for free in answer.freedom:
        marks.setdefault(free.line, []).append(free)
    first = min(marks, default=-1)

    def note(position: int) -> str:
        if position not in marks:
            return ""
        begins = "freedom begins here: " if position == first else ""
        return begins + "; ".join(_turn(free) for free in _by_task(marks[position]))

    return print_lines(list(answer.lines), answer.program, note)


def _by_task(free: list[Freedom]) -> list[list[Freedom]]:
    """Turns to the same task are told as one."""
    tasks = dict.fromkeys(x.other for x in free)
    return [[x for x in free if x.other == task] for task in tasks]


def _turn(free: list[Freedom]) -> str:
    numbers = ", ".join(str(x.outcome + 1) for x in free)
    return f"task {free[0].other} may go first (outcome {numbers})"


def _reach(answer: Answer) -> str:
    blocks = f"{answer.effort:,} block{'s' * (answer.effort != 1)}"
    if answer.complete:
        return f"complete after {blocks}"
    return f"CUT after {blocks}: there may be more; --budget says how far to look"


def _outcomes(answer: Answer, most: int) -> str:
    told = [facts(x.events, answer.program) for x in answer.outcomes]
    shared = common(told)
    count = len(told)
    if count == 1:
        what = "one outcome, whoever moves first" if answer.complete else "one outcome so far"
        return "\n".join([f"{what} ({_reach(answer)}):", *print_facts(shared)])
    lines = [f"{count} outcomes ({_reach(answer)}); all of them show:", *print_facts(shared)]
    order = sequences(told)
    for number, (outcome, found) in enumerate(zip(answer.outcomes, told, strict=True), start=1):
        if number > most:
            lines += ["", f"… and {count - most} more outcomes (--all prints them)"]
            break
        lines += ["", f"outcome {number}, {_how(outcome, number)}:"]
        lines += print_facts(besides(found, shared), width=_WIDTH) or _in_order(order[number - 1])
    return "\n".join(lines)


def _in_order(events: list[str]) -> list[str]:
    """Of an outcome that shows nothing besides what all show."""
    return ["  in this order:", *(f"    {event}" for event in events)] if events else ["  nothing else"]


def _how(outcome: Outcome, number: int) -> str:
    if outcome.choose is None:
        return "which no `choose` line can reach"
    if number == 1:
        return f"the run above ({outcome.choose or 'no choice'})"
    return outcome.choose or "without any choice"


def print_change(pinned: Answer, other: Answer, reading: str, most: int = DEFAULT_MOST) -> str:
    """What another reading changes: lines of the told run, and outcomes."""
    lines = list(_changed_lines(pinned, other))
    before = {key(x.events): x for x in pinned.outcomes}
    after = {key(x.events): x for x in other.outcomes}
    gone = [x for name, x in before.items() if name not in after]
    come = [x for name, x in after.items() if name not in before]
    complete = pinned.complete and other.complete
    if not lines and not gone and not come:
        sure = "" if complete else " (as far as was looked)"
        return f"{reading} changes nothing here{sure}"
    made = [f"what {reading} changes (- pinned, + {reading}):", *lines]
    if gone or come:
        shared = common([facts(x.events, pinned.program) for x in (*before.values(), *after.values())])
        old, new = ([besides(facts(x.events, pinned.program), shared) for x in outcomes] for outcomes in (gone, come))
        made += _outcome_change("-", "no longer possible", gone, old, _lacking("+", new), most)
        made += _outcome_change("+", "now possible", come, new, _lacking("-", old), most)
    else:
        made += ["", f"the outcomes are the same{'' if complete else ', as far as was looked'}"]
    if not complete:
        made += ["", f"the exploration was cut: pinned {_reach(pinned)}, {reading} {_reach(other)}"]
    return "\n".join(made)


def _changed_lines(pinned: Answer, other: Answer) -> Iterator[str]:
    ours, theirs = [(x.step, str(x)) for x in pinned.lines], [(x.step, str(x)) for x in other.lines]
    steps = pinned.program.steps
    told = -1
    for tag, a, b, c, d in SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        for sign, (step, text) in (*[("-", x) for x in ours[a:b]], *[("+", x) for x in theirs[c:d]]):
            if step != told:
                told = step
                yield f"step {step}  {print_step(steps[step])}" if step < len(steps) else "the end"
            if text:
                yield f"{sign} {text}"


def _lacking(sign: str, others: list[list[Fact]]) -> str:
    """What to say of an outcome that shows nothing of its own, given those of the other side."""
    return f"one without what is marked {sign}" if any(others) else "one with the same events in another order"


def _outcome_change(
    sign: str, title: str, outcomes: list[Outcome], told: list[list[Fact]], lacking: str, most: int
) -> Iterator[str]:
    for outcome, found in list(zip(outcomes, told, strict=True))[:most]:
        how = f", {outcome.choose}" if outcome.choose else ""
        yield ""
        yield f"{sign} {title}{how}:"
        yield from print_facts(found, f"{sign}   ", _WIDTH) or [f"{sign}   {lacking}"]
    if len(outcomes) > most:
        yield f"{sign} … and {len(outcomes) - most} more (--all prints them)"


def as_dict(case: Case, answer: Answer) -> dict[str, Any]:
    """The answer as plain data; events as in trace files. Outcomes count from 1, as in the text."""
    return {
        "warnings": warnings(answer.program),
        "run": [{"step": x.step, "who": x.who, "text": x.text, "clauses": x.clauses} for x in answer.lines if x.parts],
        "freedom": [
            {"before_line": x.line, "tasks": x.tasks, "other": x.other, "outcome": x.outcome + 1}
            for x in answer.freedom
        ],
        "complete": answer.complete,
        "effort": answer.effort,
        "outcomes": [
            {
                "choose": x.choose,
                "orders": [print_order(order, answer.program) for order in x.orders],
                "events": [tracefile.event_record(event) for event in x.events],
            }
            for x in answer.outcomes
        ],
        "rests_on": grounds.as_list(answer),
        "expectations": expected.as_list(case, answer),
    }
