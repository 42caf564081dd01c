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

from fuzz.generate.operands import CACHE_MOST
from fuzz.generate.record import KINDS, Kind, Record, Section
from fuzz.generate.table import RECORDS
from model import program as pg
from model.program import Operation, Program, Threadlet

_FORMS: Final = {form.kind: (record, form) for record in RECORDS for form in record.forms}
_OF_CODE: Final = tuple([_FORMS[kind] for kind in KINDS])
_SIZES: Final = tuple([form.size for _, form in _OF_CODE])
_SECTIONS: Final = tuple([int(record.section) for record, _ in _OF_CODE])


def _by_type(inside: bool) -> dict[type, list[Record]]:
    found: dict[type, list[Record]] = {}
    for record in RECORDS:
        if (record.section is Section.SCRIPTS) == inside:
            found.setdefault(record.of, []).append(record)
    return found


#: By a thing's type, and by the type of an operation of a script, the records that may say it: the first that can does.
_OF_THING: Final = _by_type(inside=False)
_OF_OPERATION: Final = _by_type(inside=True)
#: By the kind byte of a step's record, that of the same operation's record, if there is one.
_INSIDE: Final = {int(kind): int(Kind[f"{kind.name}_IN"]) for kind in Kind if f"{kind.name}_IN" in Kind.__members__}


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
    record, form = _OF_CODE[data[0]]
    made = record.make(form.take(data))
    if len(_THINGS) >= CACHE_MOST:
        _THINGS.clear()
    _THINGS[data] = made
    return made


def decode_anew(data: bytes) -> Program:
    """`decode` without its memory of programs."""
    sections: list[list[Any]] = [[], [], [], [], [], [], [], [], [], []]
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
    return Program(
        _pages(sections[Section.PAGES]),
        tuple(sorted(set(sections[Section.PIPES]))),
        _numbered(sections[Section.EVENTFDS]),
        _numbered(sections[Section.TIMESPECS]),
        _numbered(sections[Section.HEADS]),
        _numbered(sections[Section.ATOMS]),
        tuple(sections[Section.POKES][: pg.MAX_POKES]),
        _threadlets(sections[Section.SCRIPTS]),
        tuple(sections[Section.STEPS][: pg.MAX_STEPS]),
        tuple(sections[Section.CHOOSER][: pg.MAX_CHOICES]),
    )


def _pages(given: list[tuple[int, pg.PageKind]]) -> tuple[pg.PageKind, ...]:
    if not given:
        return pg.DEFAULT_PAGES
    pages = list(pg.DEFAULT_PAGES)
    for page, kind in given:
        pages[page] = kind
    return tuple(pages)


def _numbered(things: list[Any]) -> tuple[Any, ...]:
    """Sorted by number; of several with one number, the last."""
    last = -1
    for thing in things:
        index: int = thing.index
        if index <= last:
            by_number = {thing.index: thing for thing in things}
            return tuple([by_number[i] for i in sorted(by_number)])
        last = index
    return tuple(things)


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
    data = b"" if program.pages is pg.DEFAULT_PAGES else _pages_bytes(program.pages)
    return (
        data
        + _section_bytes(program.pipes)
        + _section_bytes(program.eventfds)
        + _section_bytes(program.timespecs)
        + _section_bytes(program.heads)
        + _section_bytes(program.atoms)
        + _section_bytes(program.pokes)
        + _section_bytes(program.threadlets)
        + _section_bytes(program.chooser)
        + _section_bytes(program.steps)
    )


def _pages_bytes(pages: tuple[pg.PageKind, ...]) -> bytes:
    return b"".join(
        [
            _new_bytes(_OF_THING[pg.PageKind], (i, kind))
            for i, (kind, default) in enumerate(zip(pages, pg.DEFAULT_PAGES, strict=True))
            if kind is not default
        ]
    )


# Both by identity, and with a reference, so that the identity stays taken: hashing a thing costs more.
_OF_TUPLE: Final[dict[int, tuple[tuple[Any, ...], bytes]]] = {}
_OF_ONE: Final[dict[int, tuple[object, bytes]]] = {}


def _section_bytes(things: tuple[Any, ...]) -> bytes:
    """The records of all these."""
    if not things:
        return b""
    found = _OF_TUPLE.get(id(things))
    if found is not None:
        return found[1]
    data = b"".join([thing_bytes(thing) for thing in things])
    if len(_OF_TUPLE) >= CACHE_MOST // 2:
        _OF_TUPLE.clear()
    _OF_TUPLE[id(things)] = (things, data)
    return data


def thing_bytes(thing: Any) -> bytes:
    """The record of one thing of a program; the records of one threadlet."""
    found = _OF_ONE.get(id(thing))
    if found is not None:
        return found[1]
    data = _threadlet_bytes(thing) if isinstance(thing, Threadlet) else _new_bytes(_OF_THING[type(thing)], thing)
    if len(_OF_ONE) >= CACHE_MOST:
        _OF_ONE.clear()
    _OF_ONE[id(thing)] = (thing, data)
    return data


def _new_bytes(records: list[Record], thing: Any) -> bytes:
    for record in records:
        data = record.put(thing)
        if data is not None:
            return data
    raise TypeError(f"no record says {thing!r}")


def _threadlet_bytes(threadlet: Threadlet) -> bytes:
    if not threadlet.script:
        return _new_bytes(_OF_OPERATION[Threadlet], threadlet)
    return b"".join([_operation_bytes(threadlet.index, operation) for operation in threadlet.script])


def _operation_bytes(index: int, operation: Operation) -> bytes:
    # Mostly the step's bytes are known already.
    data = thing_bytes(operation)
    kind = _INSIDE.get(data[0])
    if kind is None:
        return _new_bytes(_OF_OPERATION[type(operation)], (index, operation))
    return bytes((kind, index)) + data[1:]
