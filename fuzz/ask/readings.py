# SPDX-License-Identifier: Apache-2.0
"""Whether another reading of what is not certain would change an answer: each is tried, one switch at a time."""

from collections.abc import Iterator
from typing import Final

import attrs

from fuzz.ask.answer import Answer
from fuzz.ask.orders import Order, Posts, order_of
from fuzz.ask.outcomes import DEFAULT_BUDGET, explore, key
from model import image as layout
from model.clauses import BY_NUMBER, Confidence
from model.image import Image
from model.spec.run import run
from model.trace import Event
from model.variant import Variant

UNCERTAIN: Final = (Confidence.OPEN, Confidence.LIKELY)


@attrs.frozen
class Reading:
    """Another value of a switch: it has other outcomes, or the same in which things complete in other orders.

    `complete`: nothing was left to look at, so no change means that there is none.
    """

    switch: str
    value: str
    outcomes: bool
    orders: bool
    complete: bool

    @property
    def changes(self) -> bool:
        """Whether it makes a difference that was found."""
        return self.outcomes or self.orders

    def __str__(self) -> str:
        return f"{self.switch}={self.value}"


def other_readings(answer: Answer, budget: int = DEFAULT_BUDGET) -> list[Reading] | None:
    """Try each other value of the switches behind the open and likely clauses that applied.

    None if the answer itself was cut: then not all of its outcomes are known, and there is nothing to compare with.
    Each reading may try as many blocks as the answer could; where the program's own run differs, none is needed.
    """
    return list(_tried(answer, budget)) if answer.complete else None


def _tried(answer: Answer, budget: int) -> Iterator[Reading]:
    met = (BY_NUMBER[number] for number in answer.met)
    switches = {clause.switch for clause in met if clause.confidence in UNCERTAIN}
    image = layout.build(answer.program)
    ours = {key(outcome.events): frozenset(outcome.orders) for outcome in answer.outcomes}
    for switch, value, variant in answer.variant.others():
        if switch in switches:
            yield _try(answer, image, ours, (switch, value, variant), budget)


def _try(
    answer: Answer,
    image: Image,
    ours: dict[str, frozenset[Order]],
    other: tuple[str, str, Variant],
    budget: int,
) -> Reading:
    switch, value, variant = other
    if key(run(image, variant, deep=answer.deep).events) not in ours:
        return Reading(switch, value, outcomes=True, orders=False, complete=True)
    found = explore(image, variant, budget, deep=answer.deep)
    theirs = {
        name: _orders(answer, events, found.posts.get(name, set())) for name, (events, _) in found.outcomes.items()
    }
    outcomes = not theirs.keys() <= ours.keys() or (found.complete and theirs.keys() != ours.keys())
    orders = not outcomes and any(
        not theirs[name] <= ours[name] or (found.complete and theirs[name] != ours[name]) for name in theirs
    )
    return Reading(switch, value, outcomes=outcomes, orders=orders, complete=found.complete)


def _orders(answer: Answer, events: tuple[Event, ...], posts: set[Posts]) -> frozenset[Order]:
    return frozenset(order_of(events, x, answer.program) for x in posts)
