# SPDX-License-Identifier: Apache-2.0
"""Whether a trace can be of this program at all: a wrong file is no divergence worth reading."""

from fuzz.text import symbols
from fuzz.text.printer import print_step
from model.program import Advance, Exit, Program, Settle
from model.trace import Done, End, Ended, Event, Result, Settled, Trace


def misfit(program: Program, trace: Trace) -> str:
    """The first thing in the trace that the program does not have, as a sentence; empty if there is none.

    A target with a fault could show such a thing as well, so what judges a target's own trace does not ask this.
    """
    return next((said for said in (_misfit(program, event) for event in trace.events) if said), "")


def _misfit(program: Program, event: Event) -> str:
    count = len(program.all_steps)
    has = f"the program has {count} step{'s' * (count != 1)}"
    if isinstance(event, Ended):
        may_leave = bool(program.threads) and any(isinstance(step, Exit) for step in program.all_steps)
        if event.step > count or (event.end is End.DONE and event.step != count and not may_leave):
            return f"the trace ends as {event.end.name.lower()} after {event.step}, and {has}"
        return ""
    if event.step >= count:
        return f"the trace has a step {event.step}, and {has}"
    step = program.all_steps[event.step]
    if isinstance(event, Done) and symbols.operation_of(program, event.step, event.place) is None:
        return (
            f"the trace has an operation {event.place} in step {event.step},"
            f" and {print_step(step)} executes no threadlet with that many"
        )
    waits = isinstance(step, Settle | Advance)
    if isinstance(event, Result) and waits:
        return f"in the trace step {event.step} returns something, and {print_step(step)} returns nothing"
    if isinstance(event, Settled) and not waits:
        return f"in the trace step {event.step} lets the others settle, and the program has {print_step(step)} there"
    return ""
