# SPDX-License-Identifier: Apache-2.0
"""What an outcome shows by changing nothing: the words that others change, with the values that they keep."""

from collections.abc import Iterator, Sequence

from fuzz.ask.facts import Fact
from fuzz.text import names, symbols
from model import image as layout
from model.abi import WORD
from model.image import BASE
from model.program import Program
from model.trace import Blocked, Ended, Event, Observation, Settled


def kept(events: Sequence[Event], program: Program, others: Sequence[Fact]) -> list[Fact]:
    """For each word of these facts its value in this outcome at the same moment; facts of other kinds are left out."""
    memory = bytearray(layout.build(program).memory)
    wanted = dict.fromkeys((where, what.partition(" = ")[0]) for where, what in others if " = " in what)
    found: list[Fact] = []
    for event in events:
        seen = _seen(event)
        for offset, data in seen.changes if seen else ():
            memory[offset : offset + len(data)] = data
        label = symbols.print_event(event, program).split("\n")[0]
        here = {name for where, name in wanted if where == label}
        if here:
            found += [(label, text) for name, text in _words(memory, program) if name in here]
    return found


def _seen(event: Event) -> Observation | None:
    return event.seen if isinstance(event, Settled | Blocked | Ended) else None


def _words(memory: bytearray, program: Program) -> Iterator[tuple[str, str]]:
    for offset in range(0, layout.ARENA, WORD):
        name = symbols.name_of(BASE + offset, word=True)
        value = int.from_bytes(memory[offset : offset + WORD], "little")
        pointer = names.holds_pointer(symbols.operand_of(BASE + offset))
        yield name, f"{name} = {symbols.name_of(value, program, pointer=pointer)}"
