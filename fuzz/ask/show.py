# SPDX-License-Identifier: Apache-2.0
"""Answers for people and for scripts."""

import textwrap
from collections.abc import Callable, Iterator, Sequence
from difflib import SequenceMatcher
from typing import Any, Final

import attrs

from fuzz.ask import certainty, expected
from fuzz.ask.answer import Answer, Freedom, Outcome
from fuzz.ask.facts import Fact, besides, common, facts, kept, print_facts, tell_apart
from fuzz.ask.orders import DEFAULT_MOST, print_order, print_orders
from fuzz.ask.outcomes import key
from fuzz.ask.readings import Reading
from fuzz.ask.warnings import every_warning
from fuzz.columns import room
from fuzz.tell.lines import heading, print_lines
from fuzz.text import Case, names, tracefile
from fuzz.text.symbols import print_result
from model.program import Call, Exec, Program
from model.trace import Result

_WIDTH: Final = 110


@attrs.frozen
class Wish:
    """How much of an answer is printed: at `most` so many outcomes, orders and likely clauses, one by one.

    `shared`: what all of several outcomes show as well. `brief`: nothing of the run, nor of what all orders of moves
    show, but the results of a single outcome's calls.
    """

    most: int = DEFAULT_MOST
    shared: bool = False
    brief: bool = False


def print_answer(case: Case, answer: Answer, wish: Wish = Wish(), readings: Sequence[Reading] | None = None) -> str:
    """Warnings, the told run with its free points, the outcomes by themselves and by order, what they rest on."""
    warned = every_warning(answer.program, deep=answer.deep)
    orders = print_orders([x.orders for x in answer.outcomes], answer.program, wish.most, complete=answer.complete)
    grounds = certainty.print_grounds(answer, wish.most, readings, brief=wish.brief)
    parts = (
        warned if wish.brief else [*warned, _run(answer)],
        [_outcomes(answer, wish)],
        orders,
        [*grounds, *certainty.print_certain(answer)],
        expected.print_held(case, answer),
    )
    return "\n\n".join("\n".join(part) for part in parts if part)


def _run(answer: Answer) -> str:
    marks: dict[int, list[Freedom]] = {}
    for free in answer.freedom:
        marks.setdefault(free.line, []).append(free)
    first = min(marks, default=-1)

    def note(position: int) -> str:
        if position not in marks:
            return ""
        turns = _by_task(marks[position])
        if position == first:
            return "from here on another task may go first: " + "; ".join(_turn(free, "") for free in turns)
        return "; ".join(_turn(free, " may go first") for free in turns)

    return print_lines(list(answer.lines), answer.program, note)


def _by_task(free: list[Freedom]) -> list[list[Freedom]]:
    """Turns to the same task are told as one."""
    tasks = dict.fromkeys(x.other for x in free)
    return [[x for x in free if x.other == task] for task in tasks]


def _turn(free: list[Freedom], may: str) -> str:
    numbers = ", ".join(str(x.outcome + 1) for x in free)
    return f"task {free[0].other}{may} (outcome {numbers})"


def _reach(answer: Answer) -> str:
    blocks = f"{answer.effort:,} block{'s' * (answer.effort != 1)}"
    if answer.complete:
        return f"complete after {blocks}"
    return f"CUT after {blocks}: there may be more; --budget says how far to look"


def _outcomes(answer: Answer, wish: Wish) -> str:
    told = [facts(x.events, answer.program) for x in answer.outcomes]
    shared = common(told)
    count = len(told)
    if count == 1:
        what = "one outcome, in every order of moves" if answer.complete else "one outcome so far"
        below = _results(answer) if wish.brief else print_facts(shared)
        return "\n".join([f"{what} ({_reach(answer)}):", *below])
    lines = [f"{count} outcomes ({_reach(answer)})" + ("" if wish.brief else "; all of them show:")]
    if wish.shared:
        lines += print_facts(shared)
    elif not wish.brief:
        lines.append(f"  (left out: {_lines(len(print_facts(shared)))} that are the same in all; --all prints them)")
    apart = tell_apart([x.events for x in answer.outcomes], answer.program, room(_WIDTH))
    for number, (outcome, shown) in enumerate(zip(answer.outcomes, apart, strict=True), start=1):
        if number > wish.most:
            lines += ["", f"… and {count - wish.most} more outcomes (--all prints them)"]
            break
        lines += ["", f"outcome {number}, {_how(outcome, number, wish)}:"]
        lines += shown
    return "\n".join([*lines, *_about_choose(answer)])


def _results(answer: Answer) -> list[str]:
    """What the calls of the only outcome return, in one line: `step 0 async_exec = NULL, step 1 write = 8`."""
    told = []
    for event in answer.outcomes[0].events:
        if isinstance(event, Result) and isinstance(call := answer.program.all_steps[event.step], Call | Exec):
            name = names.call_name(call.nr) if isinstance(call, Call) else names.EXEC
            told.append(f"step {event.step} {name} = {print_result(call, event.value, answer.program)}")
    return textwrap.wrap(
        ", ".join(told) or "no call returns", room(_WIDTH), initial_indent="  ", subsequent_indent="    "
    )


def _lines(count: int) -> str:
    return f"{count} line{'s' * (count != 1)}"


def _about_choose(answer: Answer) -> list[str]:
    """What such a line means: the second number is easily taken for a task."""
    if not any(x.choose for x in answer.outcomes[1:]):
        return []
    return [
        "",
        "(choose N:K: take the default N times; at the next choice take the K-th task after the default one.",
        " K counts places, it is not a task number. A program has the line below `syslet 1`; an option: --choose N:K)",
    ]


def _how(outcome: Outcome, number: int, wish: Wish) -> str:
    if outcome.choose is None:
        return "which no `choose` line can reach"
    if number == 1:
        run = "the program's own run" if wish.brief else "the run above"
        return f"{run} ({outcome.choose or 'no choice'})"
    return outcome.choose or "without any choice"


def print_change(pinned: Answer, other: Answer, reading: str, most: int = DEFAULT_MOST) -> str:
    """What another reading changes: lines of the told run, outcomes, and orders of completion."""
    lines = list(_changed_lines(pinned, other))
    before = {key(x.events): x for x in pinned.outcomes}
    after = {key(x.events): x for x in other.outcomes}
    gone = [x for name, x in before.items() if name not in after]
    come = [x for name, x in after.items() if name not in before]
    complete = pinned.complete and other.complete
    orders = list(_changed_orders(pinned, other))
    if not lines and not gone and not come and not orders:
        sure = "" if complete else " (as far as was looked)"
        return f"{reading} changes nothing here{sure}"
    made = [f"what {reading} changes (- pinned, + {reading}):", *lines]
    if gone or come:
        shared = common([facts(x.events, pinned.program) for x in (*before.values(), *after.values())])
        old, new = ([besides(facts(x.events, pinned.program), shared) for x in outcomes] for outcomes in (gone, come))
        made += _outcome_change("-", "no longer possible", gone, old, _lacking(pinned.program, "+", new), most)
        made += _outcome_change("+", "now possible", come, new, _lacking(pinned.program, "-", old), most)
    else:
        other_ways = any(before[name].choose != after[name].choose for name in before)
        what = "the same outcomes, reached by other choices" if other_ways else "the outcomes are the same"
        made += ["", f"{what}{'' if complete else ', as far as was looked'}"]
    made += ["", *orders] if orders else []
    if not complete:
        made += ["", f"the exploration was cut: pinned {_reach(pinned)}, {reading} {_reach(other)}"]
    return "\n".join(made)


def _changed_orders(pinned: Answer, other: Answer) -> Iterator[str]:
    """Orders in which things complete under one of the two only."""
    ours, theirs = (list(dict.fromkeys(order for x in a.outcomes for order in x.orders)) for a in (pinned, other))
    for sign, title, here, there in (
        ("-", "no longer an order of completion", ours, theirs),
        ("+", "now an order of completion", theirs, ours),
    ):
        for order in here:
            if order not in there and (order.posts or order.threadlets):
                yield f"{sign} {title}: {print_order(order, pinned.program)}"


def _changed_lines(pinned: Answer, other: Answer) -> Iterator[str]:
    ours, theirs = [(x.step, str(x)) for x in pinned.lines], [(x.step, str(x)) for x in other.lines]
    told = -1
    for tag, a, b, c, d in SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        for sign, (step, text) in (*[("-", x) for x in ours[a:b]], *[("+", x) for x in theirs[c:d]]):
            if step != told:
                told = step
                yield heading(step, pinned.program)
            yield f"{sign} {text}"


_Lacking = Callable[[Outcome, str], list[str]]
"""Lines about an outcome that shows nothing of its own, behind this indent."""


def _lacking(program: Program, sign: str, others: list[list[Fact]]) -> _Lacking:
    """Such an outcome keeps what those of the other side change."""
    changed = list(dict.fromkeys(fact for other in others for fact in other))

    def told(outcome: Outcome, indent: str) -> list[str]:
        if not changed:
            return [f"{indent}one with the same events in another order"]
        stays = kept(outcome.events, program, changed)
        lines = print_facts(stays, indent, room(_WIDTH))
        return [*lines[:-1], f"{lines[-1]} (as before)"] if lines else [f"{indent}one that has nothing marked {sign}"]

    return told


def _outcome_change(
    sign: str, title: str, outcomes: list[Outcome], told: list[list[Fact]], lacking: _Lacking, most: int
) -> Iterator[str]:
    for outcome, found in list(zip(outcomes, told, strict=True))[:most]:
        how = f", {outcome.choose}" if outcome.choose else ""
        yield ""
        yield f"{sign} {title}{how}:"
        yield from print_facts(found, f"{sign}   ", room(_WIDTH)) or lacking(outcome, f"{sign}   ")
    if len(outcomes) > most:
        yield f"{sign} … and {len(outcomes) - most} more (--all prints them)"


def as_dict(case: Case, answer: Answer, readings: Sequence[Reading] | None = None) -> dict[str, Any]:
    """The answer as plain data; events as in trace files. Outcomes count from 1, as in the text."""
    return {
        "warnings": every_warning(answer.program, deep=answer.deep),
        "run": [{"step": x.step, "who": x.who, "text": x.text, "clauses": x.clauses} for x in answer.lines],
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
        "rests_on": certainty.as_list(answer, readings),
        "certain": [{"id": x.id, "confidence": x.confidence.value} for x in certainty.certain(answer)],
        "expectations": expected.as_list(case, answer),
    }
