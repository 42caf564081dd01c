# SPDX-License-Identifier: Apache-2.0
"""Small edits that take a program off the beaten path: odd places, aliases, edges, faults, bad numbers."""

from collections.abc import Callable
from random import Random
from typing import Any, Final

from fuzz.generate.change import Edit, alter, alter_script, alter_step, changed, is_execution, swap, with_steps
from fuzz.generate.operands import TOP, number
from model import abi
from model import program as pg
from model.image import PAGE
from model.program import NULL, Arg, Atom, Call, Exec, Operand, Operation, PageKind, Program, Space, Step, Store

ODD_NUMBERS: Final = (
    0, 1, -1, 7, 8, 12, 4, 64, 512, 1 << 20, 1 << 31, 1 << 32, pg.INT64_MAX, pg.INT64_MIN, -8, TOP.value,
    4095, 4096, 4097, -abi.EFAULT, 0x7FFFFFFFF000,
)  # fmt: skip
ODD_CALLS: Final = (
    abi.NR_TABLE, abi.NR_TABLE - 1, abi.NR_THREADLET_ON, abi.NR_ASYNC_THREAD, abi.NR_ASYNC_EXEC,
    abi.NR_ASYNC_WAIT, abi.NR_GETTID, abi.NR_SCHED_YIELD, 57, 60, 231, 15, 105, 2, 999, (1 << 64) - 1, 1 << 32,
)  # fmt: skip
ATOM_FIELDS: Final = tuple(range(0, abi.ATOM_BYTES, abi.WORD))
HEAD_FIELDS: Final = tuple(range(0, abi.AHU_BYTES, abi.WORD))
#: Kinds that a page may get, by page.
PAGES: Final = (0, 1, 1, 2, 2, 3, 4, 6)
#: Distances from a page's end: whole atoms, atoms without arguments or with one, and less than they need.
EDGES: Final = (88, 88, 40, 48, 32, 8, 80, 44, 84)
_SIZES: Final = (0, 8, 8, 16, 12, 4, -8, 1 << 20, 4096, pg.INT64_MIN, -1)
_INDICES: Final = (1, 2, 3, 4, 7, 8, 63, -1, 1 << 61, 1 << 32)


def odd_number(random: Random) -> Operand:
    """A number at some edge."""
    return number(random.choice(ODD_NUMBERS))


_PLACES: Final[tuple[Callable[[Random], Operand], ...]] = (
    lambda r: Operand(Space.PAGE, 7, 8 * r.randrange(4)),  # absent
    lambda r: Operand(Space.PAGE, 5, 8 * r.randrange(4)),  # read-only
    lambda r: Operand(Space.PAGE, r.choice((6, 4, 1, 2)), PAGE - r.choice((8, 4, 1, 16))),  # at an edge
    lambda r: Operand(Space.WORD, r.randrange(4), r.choice((1, 4, 7))),  # misaligned
    odd_number,  # nowhere
    lambda r: Operand(Space.RING, r.randrange(2), 8 * r.randrange(4)),
    lambda r: Operand(Space.HEAD, r.randrange(2), r.choice(HEAD_FIELDS)),
)


def odd_place(random: Random) -> Operand:
    """An address that is absent, read-only, at an edge, misaligned, or nowhere."""
    return random.choice(_PLACES)(random)


def field_of(program: Program, random: Random) -> Operand:
    """The address of a field of one of the program's atoms or heads."""
    if program.atoms and random.random() < 0.8:
        return Operand(Space.ATOM, random.choice(program.atoms).index, random.choice(ATOM_FIELDS))
    if program.heads:
        return Operand(Space.HEAD, random.choice(program.heads).index, random.choice(HEAD_FIELDS))
    return Operand(Space.WORD, random.randrange(4))


def _one(kind: str, values: Callable[[Program, Random], dict[str, Any]]) -> Edit:
    """One of the `kind` gets these values, which do not depend on it."""

    def edit(program: Program, random: Random) -> Program:
        given = values(program, random)
        return alter(program, random, kind, lambda _: given)

    return edit


def _stack(program: Program, random: Random) -> Program:
    name = random.choice(("stack", "stack", "head_stack"))
    return alter(program, random, "heads", lambda _: {name: random.choice((NULL, odd_place(random)))})


def _head_place(program: Program, random: Random) -> Program:
    """The head lies at an edge or on a read-only page, and the steps still find it (mostly)."""
    if not program.heads:
        return program
    head = random.choice(program.heads)
    page = random.choice((6, 6, 5, 4))
    place = Operand(Space.PAGE, page, random.choice((0, PAGE - 64, PAGE - 32, PAGE - 24, PAGE - 56, 4)))
    return _placed(program, "heads", head, Operand(Space.HEAD, head.index), place)


def _atom_place(program: Program, random: Random) -> Program:
    """An atom lies elsewhere: at an edge, packed into another, on a read-only page."""
    if not program.atoms:
        return program
    atom = random.choice(program.atoms)
    if random.randrange(4) == 0:
        place = Operand(Space.ATOM, random.choice(program.atoms).index, random.choice((40, 48, 56, 8, -48)))
    else:
        page = random.choice((6, 6, 5, 3))
        place = Operand(Space.PAGE, page, random.choice((0, *(PAGE - edge for edge in EDGES))))
    return _placed(program, "atoms", atom, Operand(Space.ATOM, atom.index), place)


def _placed(program: Program, kind: str, thing: Atom | pg.Head, old: Operand, new: Operand) -> Program:
    """The thing lies elsewhere, also for successors, the arguments of steps, and executions of threadlets."""

    def moved(step: Step) -> Step:
        if isinstance(step, Call) and old in step.args:
            return Call(step.nr, tuple(new if x == old else x for x in step.args))
        return changed(step, head=new) if isinstance(step, Exec) and step.head == old else step

    things = tuple(changed(x, at=new) if x is thing else x for x in getattr(program, kind))
    threads = tuple(changed(x, steps=tuple(map(moved, x.steps))) for x in program.threads)
    program = changed(program, **{kind: things, "steps": tuple(map(moved, program.steps)), "threads": threads})
    return changed(program, atoms=tuple(changed(a, next=new) if a.next == old else a for a in program.atoms))


def _with_poke(program: Program, target: Operand, value: Operand) -> Program:
    return changed(program, pokes=(*program.pokes, pg.Poke(target, value)))


def _taken_slot(program: Program, random: Random) -> Program:
    heads = [h for h in program.heads if h.ring.space is Space.RING]
    if not heads or len(program.pokes) >= pg.MAX_POKES:
        return program
    slots = max(1, min(64, random.choice(heads).size.value // 8))
    target = Operand(Space.RING, random.choice(heads).ring.index, 8 * random.randrange(slots))
    return _with_poke(program, target, Operand(Space.ATOM, random.randrange(8)))


def _poke(program: Program, random: Random) -> Program:
    if len(program.pokes) >= pg.MAX_POKES:
        return program
    value = random.choice((odd_place(random), field_of(program, random), number(random.randrange(9))))
    return _with_poke(program, field_of(program, random), value)


def _read_into_atom(program: Program, random: Random) -> Program:
    """A call's buffer, counter or futex is an atom, a head or a ring."""
    target = random.choice((field_of(program, random), odd_place(random)))

    def change(atom: Atom) -> dict[str, Any]:
        if not atom.args:
            return {"args": (Arg(target),)}
        position = 1 if atom.nr in (abi.NR_READ, abi.NR_WRITE) and len(atom.args) > 1 else 0
        return {"args": swap(atom.args, position, Arg(target))}

    return alter(program, random, "atoms", change)


def _argument(program: Program, random: Random) -> Program:
    """One argument is odd, or its word is elsewhere or nowhere."""

    def change(atom: Atom) -> dict[str, Any]:
        if not atom.args:
            return {"args": (Arg(odd_place(random), random.random() < 0.5),)}
        position = random.randrange(len(atom.args))
        kind = random.randrange(4)
        old = atom.args[position].operand
        if kind == 0:
            arg = Arg(random.choice((NULL, odd_place(random))), True)
        elif kind == 1 and old.space is Space.INT:
            arg = Arg(Operand.number(old.value + random.choice((-1, 1, 8, -8, 4096))))
        elif kind == 2:
            arg = Arg(field_of(program, random), True)
        else:
            arg = Arg(odd_number(random))
        return {"args": swap(atom.args, position, arg)}

    return alter(program, random, "atoms", change)


def _flags(program: Program, random: Random) -> Program:
    bit = 1 << random.choice((0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 7, 8, 63))
    return alter(program, random, "atoms", lambda atom: {"flags": atom.flags ^ bit})


def _close(program: Program, random: Random) -> Program:
    """An atom closes an end of a pipe."""
    if not program.pipes:
        return program
    end = Operand(random.choice((Space.PIPE_READ, Space.PIPE_WRITE)), random.choice(program.pipes))
    return alter(program, random, "atoms", lambda _: {"nr": abi.NR_CLOSE, "args": (Arg(end),)})


def _page(program: Program, random: Random) -> Program:
    page = random.choice(PAGES)
    kind = random.choice((PageKind.READ_ONLY, PageKind.READ_ONLY, PageKind.ABSENT, PageKind.COLD))
    return changed(program, pages=swap(program.pages, page, kind))


def _exit(program: Program, random: Random) -> Program:
    """The head exits while work is outstanding."""
    position = random.randrange(len(program.steps) // 2, len(program.steps) + 1)
    return with_steps(program, swap(program.steps, position, pg.Exit(random.randrange(3)), gone=0))


def _step_store(program: Program, random: Random) -> Program:
    """The head rewrites a field while chains are in flight."""
    value = random.choice((NULL, number(random.randrange(9)), field_of(program, random)))
    position = random.randrange(len(program.steps) + 1)
    return with_steps(program, swap(program.steps, position, Store(field_of(program, random), value), gone=0))


def _odd_argument(call: Call, random: Random, value: Operand) -> Call:
    return Call(call.nr, swap(call.args, random.randrange(len(call.args)), value))


def _step_argument(program: Program, random: Random) -> Program:
    def change(call: Call) -> Call:
        return _odd_argument(call, random, random.choice((odd_place(random), odd_number(random))))

    return alter_step(program, random, lambda step: isinstance(step, Call) and bool(step.args), change)


def _step_head(program: Program, random: Random) -> Program:
    """A threadlet's head is nowhere, read-only, or at an edge."""
    return alter_step(program, random, is_execution, lambda step: changed(step, head=odd_place(random)))


def _operation(program: Program, random: Random) -> Program:
    """An operation of a script is refused, or touches an odd place."""

    def change(script: tuple[Operation, ...]) -> tuple[Operation, ...]:
        if not script:
            return (Call(random.choice(ODD_CALLS)),)
        at = random.randrange(len(script))
        operation = script[at]
        value = random.choice((odd_place(random), odd_number(random)))
        if isinstance(operation, Call) and operation.args and random.random() < 0.7:
            return swap(script, at, _odd_argument(operation, random, value))
        store = Store(random.choice((odd_place(random), field_of(program, random))), value)
        return swap(script, at, random.choice((Call(random.choice(ODD_CALLS)), store)))

    return alter_script(program, random, change)


_ring: Final = _one(
    "heads",
    lambda _, random: {
        "ring": random.choice((NULL, odd_place(random), Operand(Space.RING, 0), Operand(Space.ATOM, 0)))
    },
)
_size: Final = _one("heads", lambda _, random: {"size": number(random.choice(_SIZES))})
_index: Final = _one(
    "heads", lambda _, random: {random.choice(("kernel_idx", "user_idx")): number(random.choice(_INDICES))}
)
#: An atom's result rewrites an atom or a head.
_result_into_atom: Final = _one("atoms", lambda program, random: {"ret": field_of(program, random)})
_pointer: Final = _one("atoms", lambda _, random: {random.choice(("ret", "ret", "next")): odd_place(random)})
_number: Final = _one("atoms", lambda _, random: {"nr": random.choice(ODD_CALLS)})

ODD_EDITS: Final[tuple[Edit, ...]] = (
    _ring, _size, _size, _index, _index, _stack, _head_place, _atom_place, _atom_place, _taken_slot,
    _poke, _result_into_atom, _result_into_atom, _read_into_atom, _argument, _argument, _pointer, _number,
    _flags, _flags, _flags, _close, _page, _exit, _step_store, _step_argument,
    _step_head, _operation, _operation,
)  # fmt: skip


def make_odd(program: Program, random: Random) -> Program:
    """One of the edits of this module."""
    return random.choice(ODD_EDITS)(program, random)
