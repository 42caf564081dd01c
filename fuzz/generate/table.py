# SPDX-License-Identifier: Apache-2.0
"""The byte encoding of programs: the table of all records and their fields.

`codec` packs and unpacks by this table, and `docs/bytes.md` is made from it.
"""

from typing import Any, Final

from fuzz.generate.fields import Bits, CallNumber, Number, Packed, Place, Time, Whole, Word, Words
from fuzz.generate.operands import WIDE_BYTES
from fuzz.generate.record import Kind, Record, Section
from model import abi
from model import program as pg
from model.image import STACK_TOP
from model.program import (
    NULL,
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
    Operation,
    PageKind,
    Poke,
    Reap,
    Settle,
    Space,
    Store,
    Threadlet,
    Timespec,
)

# What a record's values are to its thing, where they are not simply its attributes.


def _call(values: list[Any]) -> Call:
    nr, (count,), args = values
    return Call(nr, args[:count])


def _call_values(call: Call) -> tuple[Any, ...]:
    return call.nr, (len(call.args),), call.args


def _exec_call(values: list[Any]) -> Call:
    return Call(abi.NR_ASYNC_EXEC, tuple(values))


def _exec_call_values(call: Call) -> tuple[Any, ...] | None:
    return call.args if call.nr == abi.NR_ASYNC_EXEC and len(call.args) == 2 else None


_FRESH_STACK: Final = Operand(Space.INT, 0, STACK_TOP)


def _refill(values: list[Any]) -> Store:
    return Store(values[0], _FRESH_STACK)


def _refill_values(store: Store) -> tuple[Any, ...] | None:
    return (store.target,) if store.value == _FRESH_STACK else None


def _exec(values: list[Any]) -> Exec:
    (threadlet, stack, cached), head = values
    return Exec(threadlet, stack, head, bool(cached))


def _exec_values(step: Exec) -> tuple[Any, ...]:
    return (step.threadlet, step.stack, step.cached), step.head


def _atom(values: list[Any]) -> Atom:
    index, nr, flags, (count, via, placed), operands, ret, then, private, at = values
    args = tuple([Arg(operand, bool(via >> i & 1)) for i, operand in enumerate(operands[:count])])
    return Atom(index, nr, args, flags, ret, then, private, at if placed else None)


def _atom_values(atom: Atom) -> tuple[Any, ...]:
    via = 0
    for i, arg in enumerate(atom.args):
        via |= arg.via << i
    shape = (len(atom.args), via, atom.at is not None)
    operands = tuple([arg.operand for arg in atom.args])
    return atom.index, atom.nr, atom.flags, shape, operands, atom.ret, atom.next, atom.private, atom.at or NULL


def _head(values: list[Any]) -> Head:
    index, (placed,), ring, size, kernel_idx, user_idx, stack, head_stack, at = values
    return Head(index, ring, size, kernel_idx, user_idx, stack, head_stack, at if placed else None)


def _head_values(head: Head) -> tuple[Any, ...]:
    return (
        head.index, (head.at is not None,), head.ring, head.size, head.kernel_idx, head.user_idx, head.stack,
        head.head_stack, head.at or NULL,
    )  # fmt: skip


_SETTLE: Final = Settle()
_INDEX: Final = "Its number."
_PLACED: Final = "Whether it lies at `at`; if not, it lies in its own slot."


def _bits(name: str, about: str, at: int, width: int, wide: tuple[int, int] | None = None) -> Bits:
    return Bits(name, about, (at, width), wide)


def _packed(*parts: Bits, wide: int = 1) -> Packed:
    return Packed(parts, wide)


_COUNT: Final = _bits("count", "How many arguments it has; at most as many as follow.", 0, 3)

#: The encoding. Among records of the same thing, the first that can say it does.
_STEPS: Final = (
    Record(
        Kind.SETTLE, Section.STEPS, Settle, "The step `settle`.", (),
        lambda _: _SETTLE, lambda _: (),
    ),
    Record(
        Kind.EXEC, Section.STEPS, Call, "The step `async_exec(atom, head)`, where both are named without an offset.",
        (
            Whole("atom", "The chain's first atom.", Space.ATOM),
            Whole("head", "The head.", Space.HEAD),
        ),
        _exec_call, _exec_call_values,
    ),
    Record(
        Kind.CALL, Section.STEPS, Call, "The head makes a system call.",
        (
            CallNumber("nr", "The number of the call."),
            _packed(_COUNT),
            Words("args", "The arguments."),
        ),
        _call, _call_values, Kind.WIDE_CALL,
    ),
    Record(
        Kind.REFILL, Section.STEPS, Store, "The step `refill`: the word `stack` of a head gets a stack.",
        (Whole("head", "The head.", Space.HEAD, abi.AHU_NEW_THREAD_STACK),),
        _refill, _refill_values,
    ),
    Record(
        Kind.STORE, Section.STEPS, Store, "The head writes a word of its memory.",
        (Word("target", "Where it is written."), Word("value", "What is written.")),
        lambda v: Store(v[0], v[1]), lambda x: (x.target, x.value), Kind.WIDE_STORE,
    ),
    Record(
        Kind.REAP, Section.STEPS, Reap, "The step `reap`.",
        (Word("head", "The head whose ring it is."),),
        lambda v: Reap(v[0]), lambda x: (x.head,), Kind.WIDE_REAP,
    ),
    Record(
        Kind.ADVANCE, Section.STEPS, Advance, "The step `advance`.",
        (Number("ticks", "How far the clock goes on.", 2, 2, pg.MAX_ADVANCE, 1),),
        lambda v: Advance(v[0]), lambda x: (x.ticks,),
    ),
    Record(
        Kind.EXIT, Section.STEPS, Exit, "The step `exit`.",
        (Number("code", "The exit status."),),
        lambda v: Exit(v[0]), lambda x: (x.code,),
    ),
    Record(
        Kind.THREADLET_EXEC, Section.STEPS, Exec, "The step `threadlet_exec`.",
        (
            _packed(
                _bits("threadlet", "The threadlet.", 0, 3),
                _bits("stack", "Its stack.", 3, 3),
                _bits("cached", "Whether the cached way is taken.", 6, 1),
            ),
            Whole("head", "The head.", Space.HEAD, wide=WIDE_BYTES),
        ),
        _exec, _exec_values, Kind.WIDE_THREADLET_EXEC,
    ),
)  # fmt: skip
_OTHERS: Final = (
    Record(
        Kind.CHOICE, Section.CHOOSER, Choice, "One choice.",
        (_packed(
            _bits("pick", "The option taken in the decision after those.", 0, 3),
            _bits("skip", "How many decisions go their default way.", 3, 5),
        ),),
        lambda v: Choice(v[0][1], v[0][0]), lambda x: ((x.pick, x.skip),),
    ),
    Record(
        Kind.POKE, Section.POKES, Poke, "A word's initial value.",
        (Place("target", "Where it is written."), Word("value", "What is written.")),
        lambda v: Poke(v[0], v[1]), lambda x: (x.target, x.value), Kind.WIDE_POKE,
    ),
    Record(
        Kind.ATOM, Section.ATOMS, Atom, "An atom.",
        (
            Number("index", _INDEX, count=pg.MAX_ATOMS),
            CallNumber("nr", "The number of the call."),
            Number("flags", "Its flags.", 1, 8),
            _packed(
                _COUNT,
                _bits("via", "A bit for each argument: set if it is the pointer itself, not the value.", 3, 4, (8, 6)),
                _bits("placed", _PLACED, 7, 1),
                wide=2,
            ),
            Words("args", "The arguments."),
            Word("ret", "Where the result goes."),
            Word("next", "The next atom."),
            Word("private", "The word `private`."),
            Word("at", "Where it lies."),
        ),
        _atom, _atom_values, Kind.WIDE_ATOM,
    ),
    Record(
        Kind.HEAD, Section.HEADS, Head, "A head: what its words hold at the start.",
        (
            Number("index", _INDEX, count=pg.MAX_HEADS),
            _packed(_bits("placed", _PLACED, 0, 1)),
            Word("ring", "The completion ring."),
            Word("size", "The size of the ring in bytes."),
            Word("kernel_idx", "The kernel's index."),
            Word("user_idx", "The user's index."),
            Word("stack", "The stack for a new spare (`new_thread_stack`)."),
            Word("head_stack", "The head's own stack."),
            Word("at", "Where it lies."),
        ),
        _head, _head_values, Kind.WIDE_HEAD,
    ),
    Record(
        Kind.TIMESPEC, Section.TIMESPECS, Timespec, "A timespec.",
        (Number("index", _INDEX, count=pg.MAX_TIMESPECS), Time("time", "The time.")),
        lambda v: Timespec(v[0], v[1][0], v[1][1]), lambda x: (x.index, (x.sec, x.nsec)), Kind.WIDE_TIMESPEC,
    ),
    Record(
        Kind.PIPE, Section.PIPES, int, "A pipe.",
        (Number("index", _INDEX, count=pg.MAX_PIPES),),
        lambda v: v[0], lambda x: (x,),
    ),
    Record(
        Kind.EVENTFD, Section.EVENTFDS, Eventfd, "An eventfd.",
        (
            Number("index", _INDEX, count=pg.MAX_EVENTFDS),
            _packed(_bits("semaphore", "Whether a read takes one only.", 0, 1)),
            Number("count", "Its counter.", 4, 4),
        ),
        lambda v: Eventfd(v[0], v[2], bool(v[1][0])), lambda x: (x.index, (x.semaphore,), x.count),
    ),
    Record(
        Kind.PAGE, Section.PAGES, PageKind, "A page that is not as it is by default.",
        (
            Number("page", "Its number.", count=pg.MAX_PAGES),
            Number("kind", "Absent, read-only, read-write or cold, in this order.", count=len(PageKind)),
        ),
        lambda v: (v[0], PageKind(v[1])), lambda x: x,
    ),
    Record(
        Kind.THREADLET, Section.SCRIPTS, Threadlet, "A threadlet; alone, one whose script is empty.",
        (Number("threadlet", _INDEX, count=pg.MAX_THREADLETS),),
        lambda v: (v[0], None), lambda x: (x.index,),
    ),
)  # fmt: skip


def _inside(kind: Kind, step: Kind, wide: Kind) -> Record:
    """The record of an operation: the threadlet's number, then what the same step has."""
    plain = next(record for record in _STEPS if record.forms[0].kind is step)

    def make(values: list[Any]) -> tuple[int, Operation]:
        return values[0], plain.make(values[1:])

    def values(operation: tuple[int, Operation]) -> tuple[Any, ...]:
        given = plain.values(operation[1])
        assert given is not None
        return operation[0], *given

    threadlet = Number("threadlet", "The threadlet whose script goes on.", count=pg.MAX_THREADLETS)
    fields = (threadlet, *plain.fields)
    about = f"In the script of a threadlet: {plain.about[0].lower()}{plain.about[1:]}"
    return Record(kind, Section.SCRIPTS, plain.of, about, fields, make, values, wide)


RECORDS: Final = (
    *_STEPS,
    *_OTHERS,
    _inside(Kind.CALL_IN, Kind.CALL, Kind.WIDE_CALL_IN),
    _inside(Kind.STORE_IN, Kind.STORE, Kind.WIDE_STORE_IN),
    _inside(Kind.THREADLET_EXEC_IN, Kind.THREADLET_EXEC, Kind.WIDE_THREADLET_EXEC_IN),
)
