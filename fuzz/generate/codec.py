# SPDX-License-Identifier: Apache-2.0
"""Programs as bytes, by the table of `table`. Every byte string is a program, and every program has a byte string.

The bytes are records: one byte of kind, then fields whose lengths depend on the kind alone, so an edit inside a
record touches only its thing. The last record may be cut short; zeros follow. Kinds, spaces and call numbers that
do not exist are mapped to ones that do, numbers out of range are reduced, what is over a limit is dropped, and of
two records of one kind with the same number the later one wins.

Successive inputs of a campaign share most of their things. So what a record means, what a thing's record is, and
what a whole tuple of things is in bytes are remembered, in bounded caches.
"""

from typing import Any, Final

from fuzz.generate.change import numbered
from fuzz.generate.operands import CACHE_MOST
from fuzz.generate.record import SECTIONS
from fuzz.generate.table import INSIDE, OF_CODE, OF_THING
from model import program as pg
from model.program import Operation, Program, Step, Thread, Threadlet

_SIZES: Final = tuple([form.size for form in OF_CODE])
_SECTIONS: Final = tuple([SECTIONS.index(form.record.section) for form in OF_CODE])


class _Memory:
    """Programs by their bytes: those of the last some thousand calls."""

    def __init__(self) -> None:
        self.young: dict[bytes, Program] = {}
        self.old: dict[bytes, Program] = {}

    def add(self, data: bytes, program: Program) -> None:
        if len(self.young) >= _KNOWN_MOST:
            self.old, self.young = self.young, {}
        self.young[data] = program


_KNOWN_MOST: Final = 1 << 12
_KNOWN: Final = _Memory()


def decode(data: bytes) -> Program:
    """The program that these bytes mean. Total: raises nothing."""
    known = _KNOWN.young.get(data)
    if known is None:
        known = _KNOWN.old.get(data)
        if known is None:
            known = decode_anew(data)
        _KNOWN.add(data, known)
    return known


def remember(data: bytes, program: Program) -> None:
    """Spare the next `decode` of these bytes: a campaign decodes what it has just encoded, and its corpus."""
    _KNOWN.add(data, program)


_THINGS: Final[dict[bytes, Any]] = {}
"""What a record means, by its bytes."""


def _thing(data: bytes) -> Any:
    made = OF_CODE[data[0]].thing(data)
    if len(_THINGS) >= CACHE_MOST:
        _THINGS.clear()
    _THINGS[data] = made
    return made


def decode_anew(data: bytes) -> Program:
    """`decode` without its memory of programs."""
    sections: list[list[Any]] = [[] for _ in SECTIONS]
    known = _THINGS
    position, size = 0, len(data)
    while position < size:
        code = data[position]
        after = position + _SIZES[code]
        record = data[position:after]
        thing = known.get(record)
        if thing is None:
            thing = _thing(record)
        sections[_SECTIONS[code]].append(thing)
        position = after
    pages, pipes, eventfds, timespecs, heads, atoms, pokes, operations, chooser, steps, _, assumed = sections
    threads: tuple[Thread, ...] = ()
    if Thread in map(type, steps):
        steps, threads = _threads(steps)
    return Program(
        _pages(pages),
        tuple(sorted(set(pipes))),
        numbered(eventfds),
        numbered(timespecs),
        numbered(heads),
        numbered(atoms),
        tuple(pokes[: pg.MAX_POKES]),
        _threadlets(operations),
        tuple(steps[: pg.MAX_STEPS]),
        tuple(chooser[: pg.MAX_CHOICES]),
        threads,
        _by_number(assumed),
    )


def _by_number(given: list[pg.Assumed]) -> tuple[pg.Assumed, ...]:
    """The last of those on one call."""
    return tuple([x for _, x in sorted({x.nr: x for x in given}.items())]) if given else ()


def _threads(given: list[Any]) -> tuple[list[Any], tuple[Thread, ...]]:
    """The steps of thread 0, and the other threads with theirs."""
    steps: dict[int, list[Step]] = {0: []}
    mine, room = steps[0], pg.MAX_STEPS
    for thing in given:
        if isinstance(thing, Thread):
            mine = steps.setdefault(thing.index, [])
        elif mine is steps[0] or room:
            mine.append(thing)
            room -= mine is not steps[0]
    first, *others = [steps[index] for index in sorted(steps)]
    return first, tuple([Thread(number, tuple(other)) for number, other in enumerate(others, 1)])


def _pages(given: list[tuple[int, pg.PageKind]]) -> tuple[pg.PageKind, ...]:
    if not given:
        return pg.DEFAULT_PAGES
    pages = list(pg.DEFAULT_PAGES)
    for page, kind in given:
        pages[page] = kind
    return tuple(pages)


def _threadlets(operations: list[tuple[int, Operation | None]]) -> tuple[Threadlet, ...]:
    if not operations:
        return ()
    scripts: dict[int, list[Operation]] = {}
    for index, operation in operations:
        script = scripts.setdefault(index, [])
        if operation is not None:
            script.append(operation)
    return tuple([Threadlet(i, tuple(scripts[i][: pg.MAX_OPERATIONS])) for i in sorted(scripts)])


def encode(program: Program) -> bytes:
    """The canonical bytes of a program: `decode(encode(p)) == p`."""
    data = b""
    if program.pages is not pg.DEFAULT_PAGES:
        for page in enumerate(program.pages):
            if page[1] is not pg.DEFAULT_PAGES[page[0]]:
                data += _new_bytes(pg.PageKind, page)
    for section in SECTIONS[1:]:
        things = getattr(program, section)
        if things:
            data += thing_bytes(things)
    return data


# By identity, and with a reference, so that the identity stays taken: hashing a thing costs more.
_BYTES: Final[dict[int, tuple[object, bytes]]] = {}


def thing_bytes(thing: Any) -> bytes:
    """The record of one thing of a program; the records of a threadlet, of a thread, or of a whole tuple of things."""
    found = _BYTES.get(id(thing))
    if found is not None:
        return found[1]
    if isinstance(thing, tuple):
        data = b"".join([thing_bytes(each) for each in thing])
    elif isinstance(thing, Threadlet):
        data = _threadlet_bytes(thing)
    elif isinstance(thing, Thread):
        data = _new_bytes(Thread, thing) + thing_bytes(thing.steps)
    else:
        data = _new_bytes(type(thing), thing)
    if len(_BYTES) >= 2 * CACHE_MOST:
        _BYTES.clear()
    _BYTES[id(thing)] = (thing, data)
    return data


def _new_bytes(kind: type, thing: Any) -> bytes:
    for record in OF_THING[kind]:
        data = record.put(thing)
        if data is not None:
            return data
    raise TypeError(f"no record says {thing!r}")


def _threadlet_bytes(threadlet: Threadlet) -> bytes:
    if not threadlet.script:
        return _new_bytes(Threadlet, threadlet)
    return b"".join([_operation_bytes(threadlet.index, operation) for operation in threadlet.script])


def _operation_bytes(index: int, operation: Operation) -> bytes:
    data = thing_bytes(operation)  # mostly known already
    if data[0] not in INSIDE:
        plain = next(record for record in OF_THING[type(operation)] if record.forms[0].kind in INSIDE)
        data = plain.put(operation) or data
    return bytes((INSIDE[data[0]], index)) + data[1:]
