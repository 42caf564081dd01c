# SPDX-License-Identifier: Apache-2.0
"""What makes one thing of a program plainer: its flags, arguments, operands, calls, sizes, counts.

Each function maps a thing (an atom, a step …) to plainer ones of its kind, and one of another kind to nothing.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final

from fuzz.generate.change import changed
from fuzz.generate.operands import TOP
from fuzz.minimize.edit import rewritten, spots
from model import abi
from model import program as pg
from model.calls import CALLS
from model.program import INT64_MAX, NULL, OFFSET_MAX, Atom, Call, Exec, Operand, Space

Options = Callable[[Any], Iterator[Any]]


def _numbers(value: int, lowest: int = 0) -> Iterator[int]:
    """Numbers to try instead of `value`: the lowest, small ones, a half, and nearer ones down to the next.

    The distance halves each time: to go down one by one from a million would be a million runs.
    """
    seen = {value}
    nearer = [1 << bit for bit in reversed(range(max(1, abs(value).bit_length() - 1)))]
    steps = [value - by if value > 0 else value + by for by in nearer]
    for number in (lowest, 1, 8, min(abs(value), INT64_MAX), value // 2, *steps):
        if number not in seen and number >= min(lowest, value):
            seen.add(number)
            yield number


def _operands(operand: Operand) -> Iterator[Operand]:
    """Operands to try instead: NULL, the same without offset, smaller numbers."""
    if operand != NULL:
        yield NULL
    for number in _numbers(operand.value) if operand.value else ():
        if operand.space is Space.INT or number <= OFFSET_MAX:
            yield changed(operand, value=number)


def _head_places(operand: Operand) -> Iterator[Operand | None]:
    yield None
    yield from _operands(operand)


def _head_stacks(operand: Operand) -> Iterator[Operand]:
    yield TOP
    yield from _operands(operand)


def _whole_millisecond(timespec: pg.Timespec) -> Iterator[pg.Timespec]:
    """The same length in the other unit: one whole millisecond reads better than a second or a nanosecond."""
    if timespec.sec > 0 or timespec.nsec > 0:
        yield changed(timespec, sec=0, nsec=1_000_000)


_FIELDS: Final[dict[type, tuple[tuple[str, Options], ...]]] = {
    Atom: tuple((path, _operands) for path in ("args.*.operand", "ret", "next", "private", "at")),
    pg.Head: (
        ("at", _head_places),
        ("head_stack", _operands),
        ("stack", _head_stacks),
        *((path, _operands) for path in ("user_idx", "kernel_idx", "size", "ring")),
    ),
    pg.Poke: (("value", _operands),),
    Call: (("args.*", _operands),),
    pg.Store: (("target", _operands), ("value", _operands)),
    pg.Reap: (("head", _operands),),
    Exec: (("head", _operands),),
    pg.Advance: (("ticks", lambda ticks: _numbers(ticks, 1)),),
    pg.Exit: (("code", _numbers),),
    pg.Eventfd: (("semaphore", lambda semaphore: iter((False,) * semaphore)), ("count", _numbers)),
    pg.Timespec: (("sec", _numbers), ("nsec", _numbers), ("", _whole_millisecond)),
    pg.Choice: (
        ("skip", lambda skip: iter(sorted({0, skip // 2, max(skip - 1, 0)}))),
        ("pick", lambda pick: iter(range(pick))),
    ),
}
"""By type, paths to what may become plainer, and how."""


def plainer_fields(thing: Any) -> Iterator[Any]:
    """One operand or number becomes plainer."""
    for path, options in _FIELDS.get(type(thing), ()):
        for found, put in spots(thing, path):
            yield from map(put, options(found))


def fewer_flags(atom: Atom) -> Iterator[Atom]:
    """All flags go, or all but one, or one."""
    bits = [1 << n for n in range(atom.flags.bit_length()) if atom.flags >> n & 1]
    for flags in (0, *bits, *(atom.flags & ~bit for bit in bits)):
        if flags != atom.flags:
            yield changed(atom, flags=flags)


def default_fields(atom: Atom) -> Iterator[Atom]:
    """An unusual place, the private word, the result pointer go; a shared argument becomes its own."""
    yield from (changed(atom, at=None), changed(atom, private=NULL), changed(atom, ret=NULL))
    for via, put in spots(atom, "args.*.via"):
        if via:
            yield put(False)


def without_offsets(atom: Atom) -> Iterator[Atom]:
    """All offsets of its operands go at once."""
    yield rewritten(atom, lambda x: changed(x, value=0) if isinstance(x, Operand) and x.space is not Space.INT else x)


def fewer_arguments(thing: Any) -> Iterator[Any]:
    """Arguments go, from the last one."""
    if isinstance(thing, Atom | Call):
        for count in range(len(thing.args)):
            yield changed(thing, args=thing.args[:count])


def plainer_calls(thing: Any) -> Iterator[Any]:
    """Calls become getpid without arguments; those of atoms also a plainer call with the same ones."""
    if isinstance(thing, Atom | Call):
        yield changed(thing, nr=CALLS[0].nr, args=())
    if isinstance(thing, Atom):
        for call in CALLS:
            if call.nr == thing.nr:
                break
            yield changed(thing, nr=call.nr)


def real_execution(step: Any) -> Iterator[Exec]:
    """The cached way becomes the real one."""
    if isinstance(step, Exec) and step.cached:
        yield changed(step, cached=False)


def refill_of(head: int) -> pg.Store:
    """The step that a text calls `refill`."""
    return pg.Store(Operand(Space.HEAD, head, abi.AHU_NEW_THREAD_STACK), TOP)


def plainer_store(step: Any) -> Iterator[pg.Store]:
    """A store somewhere into a head may be there since it gives a spare a stack: that is a refill."""
    if isinstance(step, pg.Store) and step.target.space is Space.HEAD and step != refill_of(step.target.index):
        yield refill_of(step.target.index)
