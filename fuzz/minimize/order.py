# SPDX-License-Identifier: Apache-2.0
"""What "simplest" means: a total order on programs, compared in this sequence.

1. lines of text; 2. fields that differ from their default, choices included; 3. how far numbers are from 0, calls from
the plainest, and stores from a refill; 4. the numbers of things, so that compact, low numbering wins; 5. everything,
spelled out, so that two different programs are never equal.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final

from fuzz.generate.change import FIELDS
from fuzz.generate.operands import TOP
from fuzz.minimize.edit import SECTIONS, parts
from model import abi, calls
from model import program as pg
from model.program import DEFAULT_PAGES, NULL, Arg, Atom, Call, Exec, Head, Operand, Program, Space

Key = tuple[int, int, int, int, tuple[Any, ...]]

_CALL_COST: Final = {call.nr: cost for cost, call in enumerate(calls.ALL)}
_UNUSUAL_CALL: Final = len(calls.ALL)
_STEPS: Final = (pg.Settle, pg.Advance, Call, pg.Store, pg.Reap, pg.Exit, Exec)
_SPELLED: Final = FIELDS | {
    Arg: ("via", "operand"),
    Atom: ("index", "nr", "flags", "args", "ret", "next", "private", "at"),
    Exec: ("cached", "threadlet", "stack", "head"),
}


def lines(program: Program) -> int:
    """Lines of the program's text, without its header."""
    pages = sum(a is not b for a, b in zip(program.pages, DEFAULT_PAGES, strict=True))
    lists = (program.pipes, program.eventfds, program.timespecs, program.heads, program.atoms, program.pokes)
    scripts = sum(max(1, len(x.script)) for x in program.threadlets)
    threads = sum(max(1, len(x.steps)) for x in program.threads)
    own = len(program.steps) + threads + len(program.assumed) + bool(program.chooser)
    return pages + sum(map(len, lists)) + scripts + own


def key(program: Program) -> Key:
    """The program's place in the order: smaller is simpler."""
    fields = numbers = numbering = 0
    spelled: list[Any] = [program.pages]
    for name in SECTIONS:
        things = getattr(program, name)
        spelled.append(len(things))
        for thing in things:
            weight = _weigh(thing)
            fields += weight[0]
            numbers += weight[1]
            numbering += weight[2]
            spelled.append(weight[3])
    return lines(program), fields, numbers, numbering, tuple(spelled)


@lru_cache(1 << 14)
def _weigh(thing: Any) -> tuple[int, int, int, tuple[int, ...]]:
    """What a thing and all in it add to the sums of the order, and the thing spelled out.

    A program that is proposed shares most things with the one before, so they are remembered.
    """
    if isinstance(thing, int):
        return 0, 0, thing, (thing,)
    if _is_refill(thing):
        return 0, 1, thing.target.index, tuple(_spell(thing))
    own = [_own(part) for part in parts(thing)]
    fields, numbers, numbering = map(sum, zip(*own, strict=True))
    if isinstance(thing, pg.Poke) and thing.target.space is Space.HEAD:
        fields += 2  # the head's own line says it in words
    return fields, numbers, numbering, tuple(_spell(thing))


def _is_refill(thing: Any) -> bool:
    """A step with a word of its own reads better than the store that it is."""
    if not isinstance(thing, pg.Store) or thing.value != TOP:
        return False
    return thing.target.space is Space.HEAD and thing.target.value == abi.AHU_NEW_THREAD_STACK


def _own(thing: Any) -> tuple[int, int, int]:
    """What a thing's own fields add: fields that say something, how far numbers are from the plainest, its number."""
    match thing:
        case Operand(space, index, value):
            return 0, 1 if thing == TOP else _magnitude(value) + (space is not Space.INT), index
        case Arg(via=via):
            return 1 + via, 0, 0
        case Atom(index, nr, _, flags, ret, next_, private, at):
            said = sum(x != NULL for x in (ret, next_, private)) + 2 * (at is not None) + flags.bit_count()
            return said, _call_cost(nr) + flags.bit_length(), index
        case Head():
            operands = [getattr(thing, name) for name in FIELDS[Head][1:]]
            return sum(x not in (NULL, None) for x in operands) + (thing.at is not None), 0, thing.index
        case Call(nr, args):
            return len(args), _call_cost(nr), 0
        case Exec(threadlet, stack, _, cached):
            return cached, 0, threadlet + stack
        case pg.Advance(number) | pg.Exit(number):
            return 0, _magnitude(number), 0
        case pg.Eventfd(index, count, semaphore):
            return (count != 0) + semaphore, _magnitude(count), index
        case pg.Timespec(index, sec, nsec):
            return 0, _magnitude(sec) + _magnitude(nsec), index
        case pg.Threadlet(index) | pg.Thread(index):
            return int(isinstance(thing, pg.Thread)), 0, index
        case pg.Choice(skip, pick):
            return 1, skip + pick, 0
    return 0, 0, 0


def _magnitude(value: int) -> int:
    """A number's cost: 0 for 0, then growing slowly, so that no single number outweighs the rest."""
    return 2 * abs(value).bit_length() + (value < 0) if value else 0


def _call_cost(nr: int) -> int:
    return _CALL_COST.get(nr, _UNUSUAL_CALL + nr.bit_length())


def _spell(value: Any) -> Iterator[int]:
    match value:
        case None:
            yield 0
        case int():
            yield from (value < 0, abs(value))
        case tuple():
            yield len(value)
            for item in value:
                yield from _spell(item)
        case Operand(space, index, number):
            yield from (1 + space, index, number < 0, abs(number))
        case _:
            if isinstance(value, _STEPS):
                yield _STEPS.index(type(value))
            for name in _SPELLED[type(value)]:
                if name == "nr":
                    yield _call_cost(value.nr)
                yield from _spell(getattr(value, name))
