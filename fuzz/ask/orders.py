# SPDX-License-Identifier: Apache-2.0
"""In which order things complete: events in each ring, and threadlets that slept. Outcomes are grouped by it."""

from collections.abc import Sequence
from typing import Final

import attrs

from fuzz.text.symbols import name_of
from model.program import Exec, Program
from model.spec import events as ev
from model.spec.state import State
from model.spec.task import Task
from model.trace import Done, Event, Role

Posts = tuple[tuple[int, tuple[int, ...]], ...]
"""The events posted in each ring, in their order: (address of the ring, addresses of atoms), rings by address.

Which of two rings is first is not told: no program can see it.
"""

DEFAULT_MOST: Final = 12
"""Orders and outcomes that are printed one by one."""


class Posting:
    """A listener that remembers what was posted."""

    wants: frozenset[type[ev.Event]] | None = frozenset({ev.EventPosted, ev.IndexFaults})

    def __init__(self, posts: Posts = ()) -> None:
        self.posts = posts

    def hear(self, machine: State, task: Task | None, event: ev.Event) -> None:
        """See `Listener`."""
        if isinstance(event, ev.EventPosted):
            self._set(event.ring, (*self._in(event.ring), event.atom))
        elif isinstance(event, ev.IndexFaults) and event.undone:
            self._set(event.ring, self._in(event.ring)[:-1])

    def copy(self) -> "Posting":
        """See `Listener`."""
        return Posting(self.posts)

    def _in(self, ring: int) -> tuple[int, ...]:
        return dict(self.posts).get(ring, ())

    def _set(self, ring: int, events: tuple[int, ...]) -> None:
        self.posts = tuple(sorted({**dict(self.posts), ring: events}.items()))


@attrs.frozen(order=True)
class Order:
    """What completed in which order: events in rings, without those that got none, and threadlets.

    Of a threadlet that came to its end in a busy task it is (number, step that executed it).
    """

    posts: Posts
    threadlets: tuple[tuple[int, int], ...]


def order_of(events: Sequence[Event], posts: Posts, program: Program) -> Order:
    """The order behind an outcome."""
    lengths = {x.index: len(x.script) for x in program.threadlets}
    ended = []
    for event in events:
        if isinstance(event, Done) and event.role == Role.BUSY:
            step = program.all_steps[event.step]
            if isinstance(step, Exec) and event.place + 1 == lengths.get(step.threadlet):
                ended.append((step.threadlet, event.step))
    return Order(tuple(post for post in posts if post[1]), tuple(ended))


def print_order(order: Order, program: Program) -> str:
    """`r0: a0, a2; threadlets: f0, f1`."""
    parts = [
        f"{name_of(ring)}: {', '.join(name_of(atom, program, pointer=True) for atom in atoms)}"
        for ring, atoms in order.posts
    ]
    if order.threadlets:
        parts.append(f"threadlets: {', '.join(_threadlet(x, program) for x in order.threadlets)}")
    return "; ".join(parts) or "nothing completes"


def _threadlet(ended: tuple[int, int], program: Program) -> str:
    number, step = ended
    executed = sum(isinstance(x, Exec) and x.threadlet == number for x in program.all_steps)
    return f"f{number}" if executed == 1 else f"f{number} of step {step}"


def print_orders(
    outcomes: Sequence[Sequence[Order]], program: Program, most: int = DEFAULT_MOST, *, complete: bool = True
) -> list[str]:
    """Each order with the outcomes that have it, counted from 1, in their order; says so where nothing completes."""
    having: dict[Order, list[int]] = {}
    for number, orders in enumerate(outcomes, start=1):
        for order in orders:
            having.setdefault(order, []).append(number)
    found = list(having)
    if not any(order.posts or order.threadlets for order in found):
        return [f"no completion arrives{'' if complete else ', as far as was looked'}"]
    so_far = "" if complete else " found so far"
    if len(found) == 1:
        return [f"completions arrive in one order{so_far}: {print_order(found[0], program)}"]
    lines = [f"completions may arrive in {len(found)} orders{so_far}:"]
    texts = [print_order(order, program) for order in found[:most]]
    width = max(map(len, texts))
    for text, order in zip(texts, found, strict=False):
        where = "(cannot be told from the trace)" if len(outcomes) == 1 else print_numbers(having[order])
        lines.append(f"  {text:<{width}}  {where}")
    if len(found) > most:
        lines.append(f"  … and {len(found) - most} more orders (--all prints them)")
    return lines


def print_numbers(numbers: Sequence[int], shown: int = 8) -> str:
    """Some outcomes by their numbers."""
    more = f" and {len(numbers) - shown} more" if len(numbers) > shown else ""
    return f"outcome{'s' * (len(numbers) > 1)} {', '.join(map(str, numbers[:shown]))}{more}"
