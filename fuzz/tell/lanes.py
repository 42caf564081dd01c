# SPDX-License-Identifier: Apache-2.0
"""The lanes of things: objects, stacks and cold pages, and what they hold."""

from typing import Final

from fuzz.tell.story import CLOCK, Lane, Way
from fuzz.text import symbols
from model import abi, calls
from model.image import OP_EXEC
from model.program import PageKind
from model.spec.state import State
from model.spec.world.objects import NUMBER_MASK, READ_END, WRITE_END, pipe_end

_EVENTFD_LANES: Final = 1 << 20
_PAGE_LANES: Final = 1 << 30
_FUTEX_LANES: Final = 1 << 40


def object_of(nr: int, args: tuple[int, ...], m: State) -> Lane | None:
    """What a call works on now, if it is an object."""
    if nr in calls.ON_OBJECTS:
        file = m.objects.descriptors.get(args[0] & NUMBER_MASK)
        return None if file is None else object_named(f"{file.thing.what[0]}{file.number}")
    if nr == abi.NR_FUTEX:
        return _futex(args[0] & abi.MASK)
    return CLOCK if nr in (abi.NR_NANOSLEEP, abi.NR_CLOCK_NANOSLEEP) else None


def object_named(name: str) -> Lane:
    """The lane of pipe `p0` or eventfd `e0`."""
    if name[0] == "p":
        return Lane(Way.OBJECT, int(name[1:]), f"pipe {name}")
    return Lane(Way.OBJECT, _EVENTFD_LANES + int(name[1:]), f"eventfd {name}")


def stack_lane(number: int) -> Lane:
    """The lane of stack `s0`."""
    return Lane(Way.STACK, number, f"stack s{number}")


def page_lane(number: int) -> Lane:
    """The lane of page `pg0`, cold at first."""
    return Lane(Way.OBJECT, _PAGE_LANES + number, f"page pg{number}")


def _futex(address: int) -> Lane:
    return Lane(Way.OBJECT, _FUTEX_LANES + address, f"futex {symbols.name_of(address, word=True)}")


def things(m: State) -> tuple[tuple[Lane, str], ...]:
    """What the objects of a program hold now, and its stacks and cold pages."""
    holders = {t.script.stack: f"f{t.script.threadlet}, by task {t.index}" for t in m.tasks if t.script is not None}
    stacks = sorted({step[2] for step in m.image.steps if step[0] == OP_EXEC})
    made = [(stack_lane(stack), holders.get(stack, "free")) for stack in stacks]
    for pipe, held in m.objects.buffers.items():
        count = sum([len(data) for _, data in held])
        words = f"{count} byte{'s' * (count != 1)}" if held else "empty"
        for end in (READ_END, WRITE_END):
            if not m.objects.references[pipe_end(pipe, end)]:
                words += f", {end} end closed"
        made.append((object_named(f"p{pipe}"), words))
    for number, counter in m.objects.counters.items():
        mode = ", semaphore" if m.objects.semaphores[number] else ""
        made.append((object_named(f"e{number}"), f"= {counter}{mode}"))
    for page, kind in enumerate(m.image.pages):
        if kind == PageKind.COLD:
            made.append((page_lane(page), "cold" if page in m.cold else "in"))
    for address in sorted({key[0] for key, _, _ in m.objects.futexes}):
        count = sum(key[0] == address for key, _, _ in m.objects.futexes)
        made.append((_futex(address), f"{count} wait{'s' * (count == 1)}"))
    return tuple(made)
