# SPDX-License-Identifier: Apache-2.0
"""Where things lie: from a Program to the flat image that the model and every target run.

The arena has 8 pages at `BASE` (D52). Each numbered thing has its own place, so images of similar programs
are similar, and removing a thing leaves a hole of zeros.
"""

import struct
from collections.abc import Callable
from typing import Final, TypeVar

import attrs

from model import abi, opaque
from model.program import (
    MAX_THREADLETS,
    Advance,
    Assumed,
    Atom,
    Call,
    Exec,
    Exit,
    Head,
    Operand,
    PageKind,
    Poke,
    Program,
    Reap,
    Settle,
    Space,
    Step,
    Store,
    Threadlet,
    Timespec,
)

BASE: Final = 0x10000000
PAGE: Final = 4096
PAGES: Final = 8
ARENA: Final = PAGE * PAGES
FUEL: Final = 192
"""Atom fetches a program may make (D57)."""

ATOMS_AT: Final = 0
ARGS_AT: Final = 1 * PAGE
HEADS_AT: Final = 1 * PAGE + 0x900
WORDS_AT: Final = 1 * PAGE + 0xB00
TIMESPECS_AT: Final = 1 * PAGE + 0xD00
RINGS_AT: Final = 2 * PAGE
RING_BYTES: Final = 512
DATA_AT: Final = 3 * PAGE
DATA_BYTES: Final = 2 * PAGE

PIPE_FD: Final = 100
EVENTFD_FD: Final = 120

#: Value of `new_thread_stack` that a refilling user stores; never dereferenced by the kernel.
STACK_TOP: Final = 0x70000000
HEAD_IP: Final = 0x400000
NEW_THREAD_IP: Final = 0x400100

OP_CALL: Final = 1
OP_STORE: Final = 2
OP_REAP: Final = 3
OP_SETTLE: Final = 4
OP_ADVANCE: Final = 5
OP_EXIT: Final = 6
OP_EXEC: Final = 7

#: Top of stack `s0`, and what lies between two tops. Nobody reads or writes there; only the numbers are seen.
STACKS_AT: Final = 0x60010000
STACK_BYTES: Final = 0x10000

_PLACES: Final = (
    (0, 0),  # Space.INT
    (BASE + ATOMS_AT, abi.ATOM_BYTES),
    (BASE + HEADS_AT, abi.AHU_BYTES),
    (BASE + WORDS_AT, abi.WORD),
    (BASE + TIMESPECS_AT, 16),
    (BASE + RINGS_AT, RING_BYTES),
    (BASE, PAGE),
    (PIPE_FD, 2),
    (PIPE_FD + 1, 2),
    (EVENTFD_FD, 1),
)
"""First place and stride of each space, by its number (a tuple: this is asked for every operand of every run)."""

_CACHED: Final = 1 << 14
"""Things whose bytes are remembered: successive programs of a campaign share most of theirs."""

_ATOM_WORDS: Final = struct.Struct("<11Q")
_HEAD_WORDS: Final = struct.Struct("<8Q")
_WORD: Final = struct.Struct("<Q")
_TIMESPEC: Final = struct.Struct("<qq")


def _blank_arena() -> bytes:
    arena = bytearray(ARENA)
    # Every data byte tells its place (a period that is prime to the page), so a shifted copy shows.
    arena[DATA_AT : DATA_AT + DATA_BYTES] = bytes((7 * i + 3) % 251 for i in range(DATA_BYTES))
    return bytes(arena)


BLANK: Final = _blank_arena()


NO_SCRIPTS: Final[tuple[tuple[tuple[int, ...], ...], ...]] = ((),) * MAX_THREADLETS


@attrs.frozen(eq=False)
class Image:
    """A program with all names resolved to numbers: what is run.

    Attributes:
        memory: initial content of the arena, `ARENA` bytes.
        pages: one `PageKind` value for each page.
        pipes: numbers of the pipes that exist.
        eventfds: (number, initial counter, semaphore mode) of the eventfds that exist.
        steps: (op, words...) for each step, words as in the protocol; those of all threads, numbered through.
        scripts: the same for the operations of each threadlet, by its number.
        choices: chooser bytes.
        opaque: numbers of the opaque calls that it names, in order (D150).
        assumed: what opaque calls are assumed to do.
        first_steps: for each thread the number of its first step, and behind them how many steps there are; empty
            for the one thread that every program has (`starts`).
    """

    memory: bytes
    pages: bytes
    pipes: tuple[int, ...]
    eventfds: tuple[tuple[int, int, bool], ...]
    steps: tuple[tuple[int, ...], ...]
    choices: bytes
    scripts: tuple[tuple[tuple[int, ...], ...], ...] = NO_SCRIPTS
    first_steps: tuple[int, ...] = ()
    opaque: tuple[int, ...] = ()
    assumed: tuple[Assumed, ...] = ()

    @property
    def starts(self) -> tuple[int, ...]:
        """`first_steps` of any image."""
        return self.first_steps or (0, len(self.steps))


_Known = TypeVar("_Known")


def _remember(known: dict[int, _Known], thing: object, parts: _Known) -> None:
    """Things are known by identity, since to compare them would cost more than their parts, and never change.

    What is remembered keeps its thing alive, so that no other can have its identity.
    """
    if len(known) >= _CACHED:
        known.clear()
    known[id(thing)] = parts


def resolve(operand: Operand) -> int:
    """The operand's value as an unsigned 64-bit word."""
    base, stride = _PLACES[operand.space]
    return (base + stride * operand.index + operand.value) & abi.MASK


def argument_address(atom: int, position: int) -> int:
    """Address of the word that keeps an immediate argument of an atom."""
    return BASE + ARGS_AT + (atom * abi.MAX_ARGS + position) * abi.WORD


Patch = tuple[int, int, bytes]
"""First offset in the arena, the one behind the last, and the bytes between."""


def _patch(address: int, data: bytes) -> Patch:
    """Initial bytes, cut to the arena; page kinds do not matter before the program starts."""
    start = address - BASE
    if start < 0:
        data, start = data[-start:], 0
    end = min(start + len(data), ARENA)
    return (start, end, data[: end - start]) if end > start else (0, 0, b"")


_Placed = Atom | Head | Timespec | Poke
_PATCHES: dict[int, tuple[_Placed, tuple[Patch, ...]]] = {}
_WORDS: dict[int, tuple[Step, tuple[int, ...]]] = {}


def _patches(thing: _Placed) -> tuple[Patch, ...]:
    """What a thing puts into the arena, in this order."""
    known = _PATCHES.get(id(thing))
    if known is None:
        known = thing, _patches_of(thing)
        _remember(_PATCHES, thing, known)
    return known[1]


def _patches_of(thing: _Placed) -> tuple[Patch, ...]:
    match thing:
        case Atom():
            return _atom_patches(thing)
        case Head():
            data = _HEAD_WORDS.pack(
                resolve(thing.kernel_idx), resolve(thing.user_idx), resolve(thing.ring), resolve(thing.size),
                resolve(thing.head_stack), HEAD_IP, resolve(thing.stack), NEW_THREAD_IP,
            )  # fmt: skip
            return (_patch(resolve(thing.at or Operand(Space.HEAD, thing.index)), data),)
        case Timespec(index, sec, nsec):
            return (_patch(resolve(Operand(Space.TIMESPEC, index)), _TIMESPEC.pack(sec, nsec)),)
        case Poke(target, value):
            return (_patch(resolve(target), _WORD.pack(resolve(value))),)


def _atom_patches(atom: Atom) -> tuple[Patch, ...]:
    """The words of its immediate arguments, and the atom."""
    pointers = [0] * abi.MAX_ARGS
    patches = []
    for position, arg in enumerate(atom.args):
        value = resolve(arg.operand)
        if arg.via:
            pointers[position] = value
        else:
            pointers[position] = address = argument_address(atom.index, position)
            patches.append(_patch(address, _WORD.pack(value)))
    data = _ATOM_WORDS.pack(
        atom.flags, atom.nr, resolve(atom.ret), resolve(atom.next), *pointers, resolve(atom.private)
    )
    return (*_joined(patches), _patch(resolve(atom.at or Operand(Space.ATOM, atom.index)), data))


def _joined(patches: list[Patch]) -> list[Patch]:
    """The same with neighbours in one: the arguments of an atom lie side by side."""
    joined: list[Patch] = []
    for start, end, data in patches:
        if joined and joined[-1][1] == start:
            first, _, before = joined.pop()
            joined.append((first, end, before + data))
        else:
            joined.append((start, end, data))
    return joined


def _step_words(step: Step) -> tuple[int, ...]:
    known = _WORDS.get(id(step))
    if known is None:
        known = step, _words_of(step)
        _remember(_WORDS, step, known)
    return known[1]


def _words_of(step: Step) -> tuple[int, ...]:
    match step:
        case Call(nr, args):
            return (OP_CALL, nr, *map(resolve, args))
        case Store(target, value):
            return (OP_STORE, resolve(target), resolve(value))
        case Reap(head):
            return (OP_REAP, resolve(head))
        case Settle():
            return (OP_SETTLE,)
        case Advance(ticks):
            return (OP_ADVANCE, ticks)
        case Exit(code):
            return (OP_EXIT, code)
        case Exec(threadlet, stack, head, cached):
            return (OP_EXEC, threadlet, stack, resolve(head), int(cached))


_Words = tuple[tuple[int, ...], ...]
"""A tuple of words for each step, or operation."""
_Group = tuple[object, ...]
"""Tuples of things of a program."""
_RECENT: Final = 64
"""Parts of images that are remembered whole; an arena has 32 KiB."""
_ARENAS: dict[tuple[int, ...], tuple[_Group, bytes]] = {}
_STEPS: dict[tuple[int, ...], tuple[_Group, _Words]] = {}
_SCRIPTS: dict[tuple[int, ...], tuple[_Group, tuple[_Words, ...]]] = {}


def _recent(known: dict[tuple[int, ...], tuple[_Group, _Known]], make: Callable[..., _Known], *group: object) -> _Known:
    """What `make` makes of these tuples. A mutant shares whole tuples with its parent, and with another schedule all.

    They are known by identity as well, and the oldest ones are forgotten.
    """
    key = tuple([id(things) for things in group])
    found = known.get(key)
    if found is None:
        if len(known) >= _RECENT:
            del known[next(iter(known))]
        found = known[key] = group, make(*group)
    return found[1]


def _arena(*group: tuple[_Placed, ...]) -> bytes:
    arena = bytearray(BLANK)
    for things in group:
        for thing in things:
            for start, end, data in _patches(thing):
                arena[start:end] = data
    return bytes(arena)


def _all_words(steps: tuple[Step, ...]) -> _Words:
    return tuple(map(_step_words, steps))


def _scripts(threadlets: tuple[Threadlet, ...]) -> tuple[_Words, ...]:
    scripts = list(NO_SCRIPTS)
    for threadlet in threadlets:
        scripts[threadlet.index] = tuple(map(_step_words, threadlet.script))
    return tuple(scripts)


_OPAQUE: Final = frozenset(opaque.BY_NUMBER)


def _named(atoms: tuple[Atom, ...], steps: _Words, scripts: tuple[_Words, ...]) -> tuple[int, ...]:
    """The opaque calls among those that atoms, steps and scripts name: so many at most (D150)."""
    numbers = {atom.nr for atom in atoms}
    numbers.update([words[1] for words in steps if words[0] == OP_CALL])
    if scripts is not NO_SCRIPTS:
        numbers.update([words[1] for script in scripts for words in script if words[0] == OP_CALL])
    found = numbers & _OPAQUE
    return tuple(sorted(found)[: opaque.MAX_CALLS]) if found else ()


def build(program: Program) -> Image:
    """Resolve every name. Placed in this order, later ones on top: timespecs, heads, atoms, initial values."""
    steps = _all_words(program.all_steps) if program.threads else _recent(_STEPS, _all_words, program.steps)
    scripts = _recent(_SCRIPTS, _scripts, program.threadlets) if program.threadlets else NO_SCRIPTS
    return Image(
        memory=_recent(_ARENAS, _arena, program.timespecs, program.heads, program.atoms, program.pokes),
        pages=bytes(program.pages),
        pipes=program.pipes,
        eventfds=tuple([(e.index, e.count, e.semaphore) for e in program.eventfds]),
        steps=steps,
        choices=bytes([c.skip << 3 | c.pick for c in program.chooser]),
        scripts=scripts,
        first_steps=program.first_steps if program.threads else (),
        opaque=_named(program.atoms, steps, scripts),
        assumed=program.assumed,
    )


def is_writable(pages: bytes, address: int) -> bool:
    """Whether the byte at `address` lies in a writable page of the arena."""
    offset = address - BASE
    return 0 <= offset < ARENA and pages[offset // PAGE] == PageKind.READ_WRITE
