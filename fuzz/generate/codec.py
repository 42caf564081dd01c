# SPDX-License-Identifier: Apache-2.0
"""Programs as bytes. Every byte string is a program, and every program has a byte string.

The bytes are records: one byte of kind, then a payload whose length depends on the kind alone, so an edit
inside a record touches only that thing. The last record may be cut short; zeros follow. Kinds, spaces and
call numbers that do not exist are mapped to ones that do, numbers out of range are reduced, things over a
limit are dropped, and of two records with the same number the later one wins. A threadlet's operations are
records of their own, in their order.

Every record has a short form for what programs mostly hold; the wide forms hold anything. Records go through
bounded caches, because successive inputs of a campaign share most of theirs.
"""

from typing import Any, Final, TypeVar

from fuzz.generate.pack import encode_thing
from fuzz.generate.unpack import IS_STEP, LENGTHS, record
from fuzz.generate.wire import KINDS, Kind
from model import program as pg
from model.program import Atom, Choice, Eventfd, Head, Operation, Poke, Program, Threadlet, Timespec

T = TypeVar("T")


_KNOWN: dict[bytes, Program] = {}
_KNOWN_MOST: Final = 1 << 12


def decode(data: bytes) -> Program:
    """The program that these bytes mean. Total: raises nothing."""
    known = _KNOWN.get(data)
    if known is None:
        known = decode_anew(data)
        remember(data, known)
    return known


def remember(data: bytes, program: Program) -> None:
    """Spare the next `decode` of these bytes: a campaign decodes what it has just encoded, and its corpus."""
    if len(_KNOWN) >= _KNOWN_MOST:
        _KNOWN.clear()
    _KNOWN[data] = program


def decode_anew(data: bytes) -> Program:
    """`decode` without its memory."""
    pages = list(pg.DEFAULT_PAGES)
    steps: list[Any] = []
    pokes: list[Poke] = []
    choices: list[Choice] = []
    pipes: set[int] = set()
    eventfds: dict[int, Eventfd] = {}
    timespecs: dict[int, Timespec] = {}
    heads: dict[int, Head] = {}
    atoms: dict[int, Atom] = {}
    scripts: dict[int, list[Operation]] = {}
    numbered: dict[type, dict[int, Any]] = {
        Eventfd: eventfds,
        Timespec: timespecs,
        Head: heads,
        Atom: atoms,
    }
    position, size = 0, len(data)
    while position < size:
        code = data[position]
        kind = KINDS[code]
        after = position + 1 + LENGTHS[code]
        thing = record(kind, data[position:after])
        position = after
        if IS_STEP[code]:
            steps.append(thing)
        elif kind is Kind.CHOICE:
            choices.append(thing)
        elif kind is Kind.PIPE:
            pipes.add(thing)
        elif kind is Kind.PAGE:
            pages[thing[0]] = thing[1]
        elif kind is Kind.POKE or kind is Kind.WIDE_POKE:
            pokes.append(thing)
        elif kind > Kind.WIDE_THREADLET_EXEC:
            scripts.setdefault(thing[0], []).append(thing[1])
        elif kind is Kind.THREADLET:
            scripts.setdefault(thing, [])
        else:
            numbered[type(thing)][thing.index] = thing
    return Program(
        tuple(pages),
        tuple(sorted(pipes)),
        _by_number(eventfds),
        _by_number(timespecs),
        _by_number(heads),
        _by_number(atoms),
        tuple(pokes[: pg.MAX_POKES]),
        tuple([Threadlet(i, tuple(scripts[i][: pg.MAX_OPERATIONS])) for i in sorted(scripts)]),
        tuple(steps[: pg.MAX_STEPS]),
        tuple(choices[: pg.MAX_CHOICES]),
    )


def _by_number(things: dict[int, T]) -> tuple[T, ...]:
    return tuple([things[i] for i in sorted(things)])


def encode(program: Program) -> bytes:
    """The canonical bytes of a program: `decode(encode(p)) == p`."""
    parts = [
        bytes((Kind.PAGE, i, kind))
        for i, (kind, default) in enumerate(zip(program.pages, pg.DEFAULT_PAGES, strict=True))
        if kind is not default
    ]
    parts += [bytes((Kind.PIPE, pipe)) for pipe in program.pipes]
    for things in (
        program.eventfds, program.timespecs, program.heads, program.atoms, program.pokes, program.threadlets,
        program.chooser, program.steps,
    ):  # fmt: skip
        parts += map(encode_thing, things)
    return b"".join(parts)
