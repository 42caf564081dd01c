# SPDX-License-Identifier: Apache-2.0
"""Outcomes compared: what all of them show, what each shows besides, and what tells apart those that print the same."""

from collections.abc import Iterator, Sequence
from itertools import groupby

import attrs

from fuzz.text import symbols
from model import abi
from model import image as layout
from model.abi import WORD
from model.image import BLANK, DATA_AT, DATA_BYTES, PAGE
from model.program import Program
from model.trace import Blocked, Done, Ended, Event, Observation, Result, Settled

_NOTHING_SEEN = Observation((), ())


Moment = tuple[object, ...]
"""An event without what was observed, hashable."""


@attrs.frozen
class Fact:
    """An event (its `moment`), or one thing that was observed with it: a part of memory, by its offset, or a task.

    `where` is the event in words, and `what` is shown, empty for the event itself.
    """

    moment: Moment
    part: tuple[int, bytes] | None
    task: tuple[int, ...] | None
    where: str = attrs.field(eq=False)
    what: str = attrs.field(eq=False)


def facts(events: Sequence[Event], program: Program) -> list[Fact]:
    """What a trace shows, event by event."""
    return [fact for event in events for fact in _facts_of(event, program)]


def _facts_of(event: Event, program: Program, *, whole: bool = False) -> Iterator[Fact]:
    """One event and what was observed with it; `whole`: each word of long data."""
    seen = _seen(event)
    bare = event if isinstance(event, Result | Done) or seen is None else attrs.evolve(event, seen=_NOTHING_SEEN)
    where = symbols.print_event(bare, program)
    moment = (type(event).__name__, *(x for x in attrs.astuple(event, recurse=False) if not isinstance(x, Observation)))
    yield Fact(moment, None, None, where, "")
    if seen is not None:
        for run in seen.changes:
            for offset, data in symbols.parts_of_run(*run, whole=whole):
                yield Fact(moment, (offset, data), None, where, _filled(offset, data, program))
        for task in seen.tasks:
            yield Fact(moment, None, attrs.astuple(task), where, symbols.print_task(task))


def _seen(event: Event) -> Observation | None:
    return event.seen if isinstance(event, Settled | Blocked | Ended) else None


def _filled(offset: int, data: bytes, program: Program) -> str:
    """Data that lay in a page from the beginning says so: a number or bytes that no reader would know again."""
    line = symbols.print_part(offset, data, program)
    shown = data[: symbols.SHOWN_BYTES]
    value = int.from_bytes(data, "little")
    if len(data) <= WORD and symbols.name_of(value, program) != f"{value:#x}":
        return line  # it has a name
    place = BLANK.find(shown, DATA_AT, DATA_AT + DATA_BYTES)
    if place < 0 or len(shown) < abi.WORD:
        return line
    page = next((x for x in range(DATA_AT, DATA_AT + DATA_BYTES, PAGE) if BLANK.startswith(shown, x)), None)
    return f"{line} (what {'data pages have' if page is None else f'pg{page // PAGE} has'} at first)"


def kept(events: Sequence[Event], program: Program, others: Sequence[Fact]) -> list[Fact]:
    """For each word of these facts its value in this outcome at the same moment; facts of other kinds are left out."""
    memory = bytearray(layout.build(program).memory)
    wanted = {(x.moment, x.part[0]) for x in others if x.part is not None and len(x.part[1]) <= WORD}
    found: list[Fact] = []
    for event in events:
        first, *_ = _facts_of(event, program)
        seen = _seen(event)
        for offset, data in seen.changes if seen else ():
            memory[offset : offset + len(data)] = data
        for offset in sorted(offset for where, offset in wanted if where == first.moment):
            data = bytes(memory[offset : offset + WORD])
            found.append(attrs.evolve(first, part=(offset, data), what=symbols.print_part(offset, data, program)))
    return found


def common(outcomes: Sequence[Sequence[Fact]]) -> list[Fact]:
    """Facts of all outcomes, in the order of the first."""
    first, *others = outcomes
    rest = [set(other) for other in others]
    return [fact for fact in first if all(fact in other for other in rest)]


def besides(outcome: Sequence[Fact], shared: Sequence[Fact]) -> list[Fact]:
    """Facts of one outcome that are not shared."""
    known = set(shared)
    return [fact for fact in outcome if fact not in known]


def sequences(outcomes: Sequence[Sequence[Fact]]) -> list[list[str]]:
    """The order of events in each outcome, without what all of them begin and end with."""
    lines = [[fact.where for fact in outcome if not fact.what] for outcome in outcomes]
    shortest = min(map(len, lines))
    same = [len({tuple(x[place:][:1]) for x in lines}) == 1 for place in range(shortest)]
    front = next((place for place, equal in enumerate(same) if not equal), shortest)
    back = next((n for n in range(shortest - front) if len({x[-1 - n] for x in lines}) > 1), shortest - front)
    return [x[front : len(x) - back] for x in lines]


def print_facts(found: Sequence[Fact], indent: str = "  ", width: int = 0) -> list[str]:
    """Each event with what belongs to it below, or behind it where that fits into `width`."""
    lines: list[str] = []
    for where, belonging in groupby(found, key=lambda fact: fact.where):
        below = [fact.what for fact in belonging if fact.what]
        folded = f"{indent}{where}: {', '.join(below)}"
        if below and len(folded) <= width:
            lines.append(folded)
        else:
            lines += [f"{indent}{where}", *(f"{indent}  {what}" for what in below)]
    return lines


def in_order(events: Sequence[str]) -> list[str]:
    """Events whose order tells an outcome from others."""
    return ["  in this order:", *(f"    {event}" for event in events)] if events else ["  nothing else"]


def tell_apart(outcomes: Sequence[Sequence[Event]], program: Program, width: int) -> list[list[str]]:
    """What each of several outcomes shows, line by line: no two the same.

    That is what not all of them show; where it is the same for two, the order of their events as well; and where that
    is the same too, what was observed, word by word and at each event by itself.
    """
    told = [facts(events, program) for events in outcomes]
    shared, orders = common(told), sequences(told)
    lines = [print_facts(besides(x, shared), width=width) or in_order(y) for x, y in zip(told, orders, strict=True)]
    for same in _alike(lines):
        for number, order in zip(same, sequences([told[x] for x in same]), strict=True):
            lines[number] = lines[number] + (in_order(order) if order else [])
    for same in _alike(lines):
        for number, seen in zip(same, _observed_apart([outcomes[x] for x in same], program, width), strict=True):
            lines[number] = lines[number] + seen
    return lines


def _alike(lines: Sequence[list[str]]) -> list[list[int]]:
    """The numbers of those that are the same, several of a kind."""
    having: dict[tuple[str, ...], list[int]] = {}
    for number, text in enumerate(lines):
        having.setdefault(tuple(text), []).append(number)
    return [same for same in having.values() if len(same) > 1]


def _observed_apart(outcomes: Sequence[Sequence[Event]], program: Program, width: int) -> list[list[str]]:
    """Of outcomes with the same events in the same order: what was observed that is not the same in all."""
    lines: list[list[str]] = [[] for _ in outcomes]
    for events in zip(*outcomes, strict=True):
        told = [list(_facts_of(event, program, whole=True)) for event in events]
        shared = common(told)
        for made, found in zip(lines, told, strict=True):
            made += print_facts(besides(found, shared), width=width)
    return lines
