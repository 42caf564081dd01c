# SPDX-License-Identifier: Apache-2.0
"""The byte encoding of programs: the table of all records and their fields.

`codec` packs and unpacks by this table, and `docs/bytes.md` is made from it. Kinds are part of the encoding.
"""

from operator import itemgetter
from typing import Any, Final

from fuzz.generate.fields import bits, call_number, number, place, time, whole, word, words
from fuzz.generate.operands import TOP, WIDE_BYTES
from fuzz.generate.record import Form, Record
from model import abi
from model import program as pg
from model.program import NULL, Arg, Atom, Call, Exec, Head, Operand, Operation, Space, Store


def _atom(count: int, via: int, placed: bool, args: tuple[Operand, ...], at: Operand, **same: Any) -> Atom:
    given = tuple([Arg(operand, bool(via >> i & 1)) for i, operand in enumerate(args[:count])])
    return Atom(args=given, at=at if placed else None, **same)


def _via(atom: Atom) -> int:
    via = 0
    for i, arg in enumerate(atom.args):
        via |= arg.via << i
    return via


def _operands(atom: Atom) -> tuple[Operand, ...]:
    return tuple([arg.operand for arg in atom.args])


def _head(placed: bool, at: Operand, **same: Any) -> Head:
    return Head(at=at if placed else None, **same)


def _assumed(nr: int, sleep: int, writes: int, value: int, word: int) -> pg.Assumed:
    if sleep == pg.FOR_EVER:
        return pg.Assumed(nr, sleep=sleep)
    return pg.Assumed(nr, Operand.number(value).value, sleep, Operand.number(word).value if writes else None)


def _timespec(index: int, time: tuple[int, int]) -> pg.Timespec:
    return pg.Timespec(index, *time)


def _is_placed(thing: Atom | Head) -> bool:
    return thing.at is not None


_INDEX: Final = "Its number."
_PLACED: Final = "Whether it lies at `at`; if not, it lies in its own slot."
_CALL: Final = call_number("nr", "The number of the call.")
_COUNT: Final = bits("count", "How many arguments it has; at most as many as follow.", (0, 3), of=lambda x: len(x.args))
_AT: Final = word("at", "Where it lies.", of=lambda x: x.at or NULL)

#: Among records of the same thing, the first that can say it does.
_PLAIN: Final = (
    Record(0, "SETTLE", "steps", pg.Settle, "The step `settle`."),
    Record(
        10, "EXEC", "steps", Call, "The step `async_exec(atom, head)`, where both are named without an offset.",
        whole("atom", "The chain's first atom.", Space.ATOM, of=lambda call: call.args[0]),
        whole("head", "The head.", Space.HEAD, of=lambda call: call.args[1]),
        make=lambda atom, head: Call(abi.NR_ASYNC_EXEC, (atom, head)),
        when=lambda call: call.nr == abi.NR_ASYNC_EXEC and len(call.args) == 2,
    ),
    Record(
        1, "CALL", "steps", Call, "The head makes a system call.",
        _CALL,
        _COUNT,
        words("args", "The arguments."),
        make=lambda nr, count, args: Call(nr, args[:count]),
        wide=True,
    ),
    Record(
        9, "REFILL", "steps", Store, "The step `refill`: the word `stack` of a head gets a stack.",
        whole("head", "The head.", Space.HEAD, abi.AHU_NEW_THREAD_STACK, of=lambda store: store.target),
        make=lambda head: Store(head, TOP),
        when=lambda store: store.value == TOP,
    ),
    Record(
        3, "STORE", "steps", Store, "The head writes a word of its memory.",
        word("target", "Where it is written."),
        word("value", "What is written."),
        wide=True,
    ),
    Record(5, "REAP", "steps", pg.Reap, "The step `reap`.", word("head", "The head whose ring it is."), wide=True),
    Record(
        7, "ADVANCE", "steps", pg.Advance, "The step `advance`.",
        number("ticks", "How far the clock goes on.", 2, count=pg.MAX_ADVANCE, low=1),
    ),
    Record(8, "EXIT", "steps", pg.Exit, "The step `exit`.", number("code", "The exit status.")),
    Record(
        24, "THREADLET_EXEC", "steps", Exec, "The step `threadlet_exec`.",
        bits("threadlet", "The threadlet.", (0, 3)),
        bits("stack", "Its stack.", (3, 3)),
        bits("cached", "Whether the cached way is taken.", (6, 1)),
        whole("head", "The head.", Space.HEAD, wide=WIDE_BYTES),
        wide=True,
    ),
    Record(
        11, "CHOICE", "chooser", pg.Choice, "One choice.",
        bits("pick", "The option taken in the decision after those.", (0, 3)),
        bits("skip", "How many decisions go their default way.", (3, 5)),
    ),
    Record(
        12, "POKE", "pokes", pg.Poke, "A word's initial value.",
        place("target", "Where it is written."),
        word("value", "What is written."),
        wide=True,
    ),
    Record(
        14, "ATOM", "atoms", Atom, "An atom.",
        number("index", _INDEX, count=pg.MAX_ATOMS),
        _CALL,
        number("flags", "Its flags.", 1, 8),
        _COUNT,
        bits("via", "A bit for each argument: set if it is the pointer itself, not the value.", (3, 4), (8, 6), _via),
        bits("placed", _PLACED, (7, 1), of=_is_placed),
        words("args", "The arguments.", _operands),
        word("ret", "Where the result goes."),
        word("next", "The next atom."),
        word("private", "The word `private`."),
        _AT,
        make=_atom,
        wide=True,
    ),
    Record(
        16, "HEAD", "heads", Head, "A head: what its words hold at the start.",
        number("index", _INDEX, count=pg.MAX_HEADS),
        bits("placed", _PLACED, (0, 1), of=_is_placed),
        word("ring", "The completion ring."),
        word("size", "The size of the ring in bytes."),
        word("kernel_idx", "The kernel's index."),
        word("user_idx", "The user's index."),
        word("stack", "The stack for a new spare (`new_thread_stack`)."),
        word("head_stack", "The head's own stack."),
        _AT,
        make=_head,
        wide=True,
    ),
    Record(
        18, "TIMESPEC", "timespecs", pg.Timespec, "A timespec.",
        number("index", _INDEX, count=pg.MAX_TIMESPECS),
        time("time", "The time.", lambda timespec: (timespec.sec, timespec.nsec)),
        make=_timespec,
        wide=True,
    ),
    Record(
        20, "PIPE", "pipes", int, "A pipe.",
        number("index", _INDEX, count=pg.MAX_PIPES, of=int),
        make=lambda index: index,
    ),
    Record(
        21, "EVENTFD", "eventfds", pg.Eventfd, "An eventfd.",
        number("index", _INDEX, count=pg.MAX_EVENTFDS),
        bits("semaphore", "Whether a read takes one only.", (0, 1)),
        number("count", "Its counter.", 4),
    ),
    Record(
        22, "PAGE", "pages", pg.PageKind, "A page that is not as it is by default.",
        number("page", "Its number.", count=pg.MAX_PAGES, of=itemgetter(0)),
        number("kind", "Absent, read-only, read-write or cold, in this order.", count=4, of=itemgetter(1)),
        make=lambda page, kind: (page, pg.PageKind(kind)),
    ),
    Record(
        23, "THREADLET", "threadlets", pg.Threadlet, "A threadlet; alone, one whose script is empty.",
        number("threadlet", _INDEX, count=pg.MAX_THREADLETS, of=lambda threadlet: threadlet.index),
        make=lambda threadlet: (threadlet, None),
    ),
)  # fmt: skip


_THREAD: Final = Record(
    64, "THREAD", "steps", pg.Thread, "The steps behind it, up to the next such record, are those of a further thread.",
    number("index", "Its number. Threads are numbered anew, without gaps.", count=pg.MAX_THREADS - 1, low=1),
)  # fmt: skip


_ASSUMED: Final = Record(
    196, "ASSUMED", "assumed", pg.Assumed, "What an opaque call is assumed to do where no target says so.",
    number("nr", "The number of the call.", 2, count=abi.NR_TABLE),
    number("sleep", "0 if it does not sleep, 255 if it does not return; else it sleeps through one rest less."),
    number("writes", "Odd if it writes.", count=2, of=lambda x: x.word is not None),
    number("value", "What it gives, as a word.", 8, of=lambda x: x.value & abi.MASK),
    number("word", "What it writes to its first buffer.", 8, of=lambda x: (x.word or 0) & abi.MASK),
    make=_assumed,
)  # fmt: skip


def _inside(kind: int, name: str) -> Record:
    """The record of an operation: the kind, the threadlet's number, then what the record of the same step has."""
    plain = next(record for record in _PLAIN if record.forms[0].name == name)

    def make(script: int, **values: Any) -> tuple[int, Operation]:
        return script, plain.make(**values)

    about = f"In the script of a threadlet: {plain.about[0].lower()}{plain.about[1:]}"
    script = number("script", "The threadlet whose script goes on.", count=pg.MAX_THREADLETS)
    fields = (script, *plain.fields)
    return Record(kind, f"{name}_IN", "threadlets", plain.of, about, *fields, make=make, wide=len(plain.forms) > 1)


_INSIDE: Final = (_inside(26, "CALL"), _inside(28, "STORE"), _inside(30, "THREADLET_EXEC"))
RECORDS: Final = (*_PLAIN, *_INSIDE, _THREAD, _ASSUMED)
FORMS: Final = {form.name: form for record in RECORDS for form in record.forms}
INSIDE: Final = {FORMS[form.name.removesuffix("_IN")].kind: form.kind for x in _INSIDE for form in x.forms}
"""By the kind of a step's record, that of the same operation's record, if there is one."""

OF_THING: Final[dict[type, list[Record]]] = {}
"""By a thing's type, the records that may say it: the first that can does."""
for _record in (*_PLAIN, _THREAD, _ASSUMED):
    OF_THING.setdefault(_record.of, []).append(_record)

#: What the remaining values of a kind byte (modulo 64) stand for: records that make a random program go.
_MORE: Final = (
    *2 * ("EXEC", "EXEC", "ATOM", "ATOM", "CALL", "HEAD", "SETTLE", "REFILL", "POKE"),
    "THREADLET_EXEC", "THREADLET_EXEC", "CALL_IN", "CALL_IN", "SETTLE", "STORE_IN",
    "SETTLE", "CALL", "WIDE_CALL", "STORE", "WIDE_STORE", "REAP", "WIDE_REAP", "ADVANCE",
)  # fmt: skip


KIND_BYTES: Final = 64
"""Modulo this a kind byte is taken, unless it is one of the kinds from here on, which came later."""


def _of_code() -> tuple[Form, ...]:
    by_kind = sorted(FORMS.values(), key=lambda form: form.kind)
    codes = 4 * [*[form for form in by_kind if form.kind < KIND_BYTES], *[FORMS[name] for name in _MORE]]
    for form in by_kind:
        codes[form.kind] = form
    return tuple(codes)


OF_CODE: Final = _of_code()
"""What each byte of kind stands for."""
