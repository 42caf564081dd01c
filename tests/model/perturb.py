# SPDX-License-Identifier: Apache-2.0
"""Small lies about a trace: each changes one thing that was observed."""

from collections.abc import Iterator
from typing import Any

import attrs

from model.trace import Done, Ended, Event, Observation, Result, Trace


def lies(trace: Trace) -> Iterator[tuple[str, Trace]]:
    """Every single perturbation of a trace, named."""
    events = trace.events
    for position, event in enumerate(events):
        for name, changed in _lies_about(event):
            yield name, _with(trace, (*events[:position], changed, *events[position + 1 :]))
        if position + 1 < len(events):
            yield "dropped", _with(trace, (*events[:position], *events[position + 1 :]))
            yield "doubled", _with(trace, (*events[:position], event, *events[position:]))
        if position + 2 < len(events):
            yield "swapped", _with(trace, (*events[:position], events[position + 1], event, *events[position + 2 :]))


def _with(trace: Trace, events: tuple[Event, ...]) -> Trace:
    return attrs.evolve(trace, events=events)


def _lies_about(event: Any) -> Iterator[tuple[str, Event]]:
    if isinstance(event, Result):
        yield "value", Result(event.step, event.value + 1)
        yield "value", Result(event.step, event.value - 1)
        return
    if isinstance(event, Done):
        yield "operation value", attrs.evolve(event, value=event.value + 1)
        yield "operation place", attrs.evolve(event, place=event.place + 1)
        yield "operation task", attrs.evolve(event, task=event.task + 1)
        yield "operation role", attrs.evolve(event, role=2 - event.role)
        return
    seen: Observation | None = event.seen
    if seen is None:
        return
    for position, (offset, data) in enumerate(seen.changes):
        rest = seen.changes[:position], seen.changes[position + 1 :]
        word = (int.from_bytes(data[:8], "little") + 1) % (1 << 64)
        for name, runs in (
            ("word", ((offset, word.to_bytes(8, "little") + data[8:]),)),
            ("lost", ()),
            ("moved", ((offset + 8 if offset < 32000 else offset - 8, data),)),
        ):
            yield name, attrs.evolve(event, seen=attrs.evolve(seen, changes=(*rest[0], *runs, *rest[1])))
    for position, task in enumerate(seen.tasks):
        others = seen.tasks[:position], seen.tasks[position + 1 :]
        lied = attrs.evolve(task, role=(task.role + 1) % 3)
        yield "role", attrs.evolve(event, seen=attrs.evolve(seen, tasks=(*others[0], lied, *others[1])))
        yield "gone", attrs.evolve(event, seen=attrs.evolve(seen, tasks=(*others[0], *others[1])))
    if isinstance(event, Ended):
        yield "steps", attrs.evolve(event, step=event.step + 1)
