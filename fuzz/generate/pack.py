# SPDX-License-Identifier: Apache-2.0
"""From things to records, short where possible."""

import struct
from collections.abc import Callable
from typing import Any, Final

from fuzz.generate.wire import CACHE_MOST, CALL_AT, OPERATION_OF, SHORT_ARGS, Kind, short, shorts, wide
from model import abi
from model.image import STACK_TOP
from model.program import (
    NULL,
    Advance,
    Atom,
    Call,
    Choice,
    Eventfd,
    Exec,
    Exit,
    Head,
    Operand,
    Operation,
    Poke,
    Reap,
    Settle,
    Space,
    Store,
    Threadlet,
    Timespec,
)


def _nr_bytes(nr: int) -> bytes | None:
    at = CALL_AT.get(nr, nr | 0x8000)
    return at.to_bytes(2, "little") if nr < 0x8000 else None


def _encode_call(call: Call) -> bytes:
    nr, args = call.nr, call.args
    if nr == abi.NR_ASYNC_EXEC and len(args) == 2:
        atom, head = args
        if atom.space is Space.ATOM and head.space is Space.HEAD and atom.value == head.value == 0:
            return bytes((Kind.EXEC, atom.index, head.index))
    return _call_record(call)


def _call_record(call: Call) -> bytes:
    nr, args = call.nr, call.args
    brief = shorts(args) if len(args) <= SHORT_ARGS else None
    number = _nr_bytes(nr)
    if brief is None or number is None:
        given = b"".join(map(wide, args))
        return (bytes((Kind.WIDE_CALL,)) + nr.to_bytes(8, "little") + bytes((len(args),)) + given).ljust(70, b"\0")
    return (bytes((Kind.CALL, *number, len(args))) + brief).ljust(20, b"\0")


def _encode_atom(atom: Atom) -> bytes:
    given = [arg.operand for arg in atom.args]
    tail = (atom.ret, atom.next, atom.private, atom.at or NULL)
    via = sum(1 << i for i, arg in enumerate(atom.args) if arg.via)
    placed = 0x80 if atom.at is not None else 0
    number = _nr_bytes(atom.nr)
    if number is not None and len(given) <= SHORT_ARGS and atom.flags < 256:
        head, rest = shorts(given), shorts(tail)
        if head is not None and rest is not None:
            shape = len(given) | via << 3 | placed
            start = bytes((Kind.ATOM, atom.index, *number, atom.flags, shape))
            return start + head.ljust(4 * SHORT_ARGS, b"\0") + rest
    start = struct.pack("<BBQQBB", Kind.WIDE_ATOM, atom.index, atom.nr, atom.flags, len(given) | placed, via)
    args = b"".join(map(wide, given)).ljust(10 * abi.MAX_ARGS, b"\0")
    return start + args + b"".join(map(wide, tail))


def _encode_head(head: Head) -> bytes:
    fields = (
        head.ring,
        head.size,
        head.kernel_idx,
        head.user_idx,
        head.stack,
        head.head_stack,
        head.at or NULL,
    )
    start = (head.index, head.at is not None)
    brief = shorts(fields)
    if brief is not None:
        return bytes((Kind.HEAD, *start)) + brief
    return bytes((Kind.WIDE_HEAD, *start)) + b"".join(map(wide, fields))


def _encode_two(kind: Kind, target: Operand, value: Operand) -> bytes:
    brief = shorts((target, value))
    return bytes((kind,)) + brief if brief else bytes((kind + 1,)) + wide(target) + wide(value)


_FRESH_STACK: Final = Operand(Space.INT, 0, STACK_TOP)


def _encode_store(store: Store) -> bytes:
    target, value = store.target, store.value
    if target.space is Space.HEAD and target.value == abi.AHU_NEW_THREAD_STACK and value == _FRESH_STACK:
        return bytes((Kind.REFILL, target.index))
    return _encode_two(Kind.STORE, target, value)


def _encode_reap(reap: Reap) -> bytes:
    brief = short(reap.head)
    return bytes((Kind.REAP,)) + brief if brief else bytes((Kind.WIDE_REAP,)) + wide(reap.head)


def _encode_exec(step: Exec) -> bytes:
    shape, head = step.threadlet | step.stack << 3 | step.cached << 6, step.head
    if head.space is Space.HEAD and head.value == 0:
        return bytes((Kind.THREADLET_EXEC, shape, head.index))
    return bytes((Kind.WIDE_THREADLET_EXEC, shape)) + wide(head)


def _encode_operation(index: int, operation: Operation) -> bytes:
    match operation:
        case Call():
            record = _call_record(operation)
        case Store(target, value):
            record = _encode_two(Kind.STORE, target, value)
        case Exec():
            record = _encode_exec(operation)
    return bytes((OPERATION_OF[Kind(record[0])], index)) + record[1:]


def _encode_threadlet(threadlet: Threadlet) -> bytes:
    operations = b"".join(_encode_operation(threadlet.index, x) for x in threadlet.script)
    return operations or bytes((Kind.THREADLET, threadlet.index))


def _encode_timespec(time: Timespec) -> bytes:
    ms = time.sec * 1000 + time.nsec // 1_000_000
    if 0 <= ms < 1 << 16 and 0 <= time.nsec < 10**9 and time.nsec % 1_000_000 == 0:
        return bytes((Kind.TIMESPEC, time.index, ms & 255, ms >> 8))
    return struct.pack("<BBqq", Kind.WIDE_TIMESPEC, time.index, time.sec, time.nsec)


_ENCODERS: Final[dict[type, Callable[[Any], bytes]]] = {
    Settle: lambda _: bytes((Kind.SETTLE,)),
    Call: _encode_call,
    Store: _encode_store,
    Reap: _encode_reap,
    Advance: lambda a: bytes((Kind.ADVANCE,)) + (a.ticks - 1).to_bytes(2, "little"),
    Exit: lambda e: bytes((Kind.EXIT, e.code)),
    Exec: _encode_exec,
    Threadlet: _encode_threadlet,
    Choice: lambda c: bytes((Kind.CHOICE, c.skip << 3 | c.pick)),
    Poke: lambda p: _encode_two(Kind.POKE, p.target, p.value),
    Atom: _encode_atom,
    Head: _encode_head,
    Timespec: _encode_timespec,
    Eventfd: lambda e: bytes((Kind.EVENTFD, e.index, e.semaphore)) + e.count.to_bytes(4, "little"),
}
_ENCODED: dict[int, tuple[object, bytes]] = {}


def encode_thing(thing: object) -> bytes:
    """The record of one step, poke, choice, atom, head, timespec or eventfd; the records of one threadlet."""
    # By identity, and with a reference, so that the identity stays taken: hashing a thing costs more.
    found = _ENCODED.get(id(thing))
    if found is not None and found[0] is thing:
        return found[1]
    if len(_ENCODED) >= CACHE_MOST:
        _ENCODED.clear()
    made = _ENCODERS[type(thing)](thing)
    _ENCODED[id(thing)] = (thing, made)
    return made
