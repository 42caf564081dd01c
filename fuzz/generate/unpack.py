# SPDX-License-Identifier: Apache-2.0
"""From records to things."""

import struct
from collections.abc import Callable
from typing import Any, Final

from fuzz.generate.wire import CACHE_MOST, CALLS, KINDS, OPERATIONS, SHORT_ARGS, STEPS, Kind, operand_of, operands_of
from model import abi
from model import program as pg
from model.image import STACK_TOP
from model.program import (
    Advance,
    Arg,
    Atom,
    Call,
    Choice,
    Eventfd,
    Exec,
    Exit,
    Head,
    Operand,
    PageKind,
    Poke,
    Reap,
    Settle,
    Space,
    Store,
    Timespec,
)

_SETTLE: Final = Settle()


def _short_nr(data: bytes) -> int:
    value = data[0] | data[1] << 8
    return value & 0x7FFF if value & 0x8000 else CALLS[value % len(CALLS)]


def _call(data: bytes) -> Call:
    count = min(data[2] & 7, SHORT_ARGS)
    return Call(_short_nr(data), tuple(operands_of(data, 3, count, 4)))


def _wide_call(data: bytes) -> Call:
    count = min(data[8] & 7, abi.MAX_ARGS)
    return Call(int.from_bytes(data[:8], "little"), tuple(operands_of(data, 9, count, 10)))


def _atom(data: bytes) -> Atom:
    shape = data[4]
    args = enumerate(operands_of(data, 5, min(shape & 7, SHORT_ARGS), 4))
    after = 5 + 4 * SHORT_ARGS
    ret, then, private, at = operands_of(data, after, 4, 4)
    return Atom(
        data[0] % pg.MAX_ATOMS,
        _short_nr(data[1:3]),
        tuple(Arg(x, bool(shape >> 3 + i & 1)) for i, x in args),
        data[3],
        ret,
        then,
        private,
        at if shape & 0x80 else None,
    )


def _wide_atom(data: bytes) -> Atom:
    nr, flags, shape, via = struct.unpack_from("<QQBB", data, 1)
    args = enumerate(operands_of(data, 19, min(shape & 7, abi.MAX_ARGS), 10))
    ret, then, private, at = operands_of(data, 79, 4, 10)
    return Atom(
        data[0] % pg.MAX_ATOMS,
        nr,
        tuple(Arg(x, bool(via >> i & 1)) for i, x in args),
        flags,
        ret,
        then,
        private,
        at if shape & 0x80 else None,
    )


def _head_of(size: int) -> Callable[[bytes], Head]:
    def head(data: bytes) -> Head:
        ring, bytes_, kernel_idx, user_idx, stack, head_stack, at = operands_of(data, 2, 7, size)
        place = at if data[1] & 1 else None
        return Head(data[0] % pg.MAX_HEADS, ring, bytes_, kernel_idx, user_idx, stack, head_stack, place)

    return head


def _two(thing: Callable[[Operand, Operand], Any], size: int) -> Callable[[bytes], Any]:
    return lambda data: thing(operand_of(data[:size]), operand_of(data[size:]))


def _poke(target: Operand, value: Operand) -> Poke:
    if target.space in (Space.INT, Space.PIPE_READ, Space.PIPE_WRITE, Space.EVENTFD):
        target = Operand(Space.WORD, target.index)
    return Poke(target, value)


def _timespec(data: bytes) -> Timespec:
    ms = data[1] | data[2] << 8
    return Timespec(data[0] % pg.MAX_TIMESPECS, ms // 1000, ms % 1000 * 1_000_000)


def _wide_timespec(data: bytes) -> Timespec:
    return Timespec(data[0] % pg.MAX_TIMESPECS, *struct.unpack_from("<qq", data, 1))


def _exec(data: bytes) -> Call:
    atom, head = Operand(Space.ATOM, data[0] % pg.MAX_ATOMS), Operand(Space.HEAD, data[1] % pg.MAX_HEADS)
    return Call(abi.NR_ASYNC_EXEC, (atom, head))


def _refill(data: bytes) -> Store:
    stack = Operand(Space.HEAD, data[0] % pg.MAX_HEADS, abi.AHU_NEW_THREAD_STACK)
    return Store(stack, Operand(Space.INT, 0, STACK_TOP))


def _exec_of(data: bytes, head: Operand) -> Exec:
    shape = data[0]
    return Exec(shape & 7, shape >> 3 & 7, head, bool(shape & 0x40))


def _threadlet_exec(data: bytes) -> Exec:
    return _exec_of(data, Operand(Space.HEAD, data[1] % pg.MAX_HEADS))


def _wide_threadlet_exec(data: bytes) -> Exec:
    return _exec_of(data, operand_of(data[1:]))


#: For each kind: length of the payload, and what it means.
_FORMS: Final[dict[Kind, tuple[int, Callable[[bytes], Any]]]] = {
    Kind.SETTLE: (0, lambda _: _SETTLE),
    Kind.CALL: (19, _call),
    Kind.WIDE_CALL: (69, _wide_call),
    Kind.STORE: (8, _two(Store, 4)),
    Kind.WIDE_STORE: (20, _two(Store, 10)),
    Kind.REAP: (4, lambda d: Reap(operand_of(d))),
    Kind.WIDE_REAP: (10, lambda d: Reap(operand_of(d))),
    Kind.ADVANCE: (2, lambda d: Advance((d[0] | d[1] << 8) % pg.MAX_ADVANCE + 1)),
    Kind.EXIT: (1, lambda d: Exit(d[0])),
    Kind.REFILL: (1, _refill),
    Kind.EXEC: (2, _exec),
    Kind.CHOICE: (1, lambda d: Choice(d[0] >> 3, d[0] & 7)),
    Kind.POKE: (8, _two(_poke, 4)),
    Kind.WIDE_POKE: (20, _two(_poke, 10)),
    Kind.ATOM: (37, _atom),
    Kind.WIDE_ATOM: (119, _wide_atom),
    Kind.HEAD: (30, _head_of(4)),
    Kind.WIDE_HEAD: (72, _head_of(10)),
    Kind.TIMESPEC: (3, _timespec),
    Kind.WIDE_TIMESPEC: (17, _wide_timespec),
    Kind.PIPE: (1, lambda d: d[0] % pg.MAX_PIPES),
    Kind.EVENTFD: (
        6,
        lambda d: Eventfd(d[0] % pg.MAX_EVENTFDS, int.from_bytes(d[2:6], "little"), bool(d[1] & 1)),
    ),
    Kind.PAGE: (2, lambda d: (d[0] % pg.MAX_PAGES, PageKind(d[1] % len(PageKind)))),
    Kind.THREADLET: (1, lambda d: d[0] % pg.MAX_THREADLETS),
    Kind.THREADLET_EXEC: (2, _threadlet_exec),
    Kind.WIDE_THREADLET_EXEC: (11, _wide_threadlet_exec),
}


def _operation(make: Callable[[bytes], Any]) -> Callable[[bytes], Any]:
    return lambda data: (data[0] % pg.MAX_THREADLETS, make(data[1:]))


for _kind, _step in OPERATIONS.items():
    _FORMS[_kind] = (_FORMS[_step][0] + 1, _operation(_FORMS[_step][1]))
LENGTHS: Final = tuple(_FORMS[k][0] for k in KINDS)
IS_STEP: Final = tuple(k in STEPS for k in KINDS)
"""By kind byte: whether the record is a step."""
_RECORDS: dict[bytes, Any] = {}


def record(kind: Kind, data: bytes) -> Any:
    """What one record means: a step, a declaration, a number, (page, kind), or (threadlet, operation)."""
    found = _RECORDS.get(data)
    if found is None:
        length, make = _FORMS[kind]
        if len(_RECORDS) >= CACHE_MOST:
            _RECORDS.clear()
        found = _RECORDS[data] = make(data[1:].ljust(length, b"\0"))
    return found
