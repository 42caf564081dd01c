# SPDX-License-Identifier: Apache-2.0
"""Edits that take values from what the rules compare with (`limits`)."""

from random import Random
from typing import Any, Final

from fuzz.generate import limits
from fuzz.generate.change import Edit, alter, alter_script, changed, numbered, swap, with_steps
from fuzz.generate.descriptor_edits import DESCRIPTOR_EDITS
from fuzz.generate.draft import Draft
from fuzz.generate.flight_edits import FLIGHT_EDITS
from fuzz.generate.operands import number
from model import abi
from model import program as pg
from model.image import PAGE
from model.program import Arg, Atom, Call, Operand, Operation, Program, Space, Store


def _argument(program: Program, random: Random) -> Program:
    """One argument of one call, of an atom, a script or a step, is what the call compares it with."""
    kinds = [kind for kind, some in (("atoms", program.atoms), ("steps", program.steps)) if some]
    if program.threadlets:
        kinds.append("threadlets")
    if not kinds:
        return program
    kind = random.choice(kinds)
    if kind == "atoms":
        return alter(program, random, "atoms", lambda atom: {"args": _atom_arguments(program, atom, random)})
    if kind == "steps":
        places = [i for i, step in enumerate(program.steps) if isinstance(step, Call) and limits.takes(step.nr)]
        if not places:
            return program
        at = random.choice(places)
        return changed(program, steps=swap(program.steps, at, _call(program, program.steps[at], random)))

    def change(threadlet: pg.Threadlet) -> dict[str, Any]:
        places = [i for i, x in enumerate(threadlet.script) if isinstance(x, Call) and limits.takes(x.nr)]
        if not places:
            return {}
        at = random.choice(places)
        return {"script": swap(threadlet.script, at, _call(program, threadlet.script[at], random))}

    return alter(program, random, "threadlets", change)


def _call(program: Program, call: Any, random: Random) -> Any:
    position = random.randrange(limits.takes(call.nr))
    args = (*call.args, *[number(0)] * (position + 1 - len(call.args)))
    return Call(call.nr, swap(args, position, limits.argument(program, call.nr, args, position, random)))


def _atom_arguments(program: Program, atom: Atom, random: Random) -> tuple[Arg, ...]:
    if not limits.takes(atom.nr):
        return atom.args
    position = random.randrange(limits.takes(atom.nr))
    args = (*atom.args, *[Arg(number(0))] * (position + 1 - len(atom.args)))
    plain = [arg.operand for arg in args]
    return swap(args, position, Arg(limits.argument(program, atom.nr, plain, position, random)))


def _new_call(program: Program, random: Random) -> Program:
    """A call more, of an atom or as a step, that makes sense but for one argument."""
    draft = Draft(random, program)
    call = draft.some_call()
    if not limits.takes(call.nr):
        return program
    made = _call(draft.program(), call, random)
    if random.random() < 0.3:
        made = _call(draft.program(), made, random)
    if program.atoms and random.random() < 0.6:
        atom = random.choice(program.atoms)
        draft.atoms[atom.index] = changed(atom, nr=made.nr, args=tuple(map(Arg, made.args)))
    else:
        draft.steps.append(made)
    return draft.program(random.randrange(len(program.steps) + 1))


def _odd_step(program: Program, random: Random) -> Program:
    """The head itself makes a call that makes sense elsewhere, or none at all."""
    nr = random.choice((
        abi.NR_ASYNC_THREAD, abi.NR_THREADLET_OFF, abi.NR_TABLE, abi.NR_TABLE - 1, 2, 57, 462, abi.MASK,
        abi.NR_GETPID + limits.HALF,
    ))  # fmt: skip
    at = random.randrange(len(program.steps) + 1)
    return with_steps(program, (*program.steps[:at], Call(nr), *program.steps[at:]))


def _odd_operation(program: Program, random: Random) -> Program:
    """The same in a script."""
    call = Call(limits.call_number(random))

    def change(script: tuple[Operation, ...]) -> tuple[Operation, ...]:
        return swap(script, random.randrange(len(script) + 1), call, gone=0)

    return alter_script(program, random, change)


def _odd_store(program: Program, random: Random) -> Program:
    """The head, or a threadlet, stores where nothing can be stored, or nothing is."""
    page = Operand(Space.PAGE, random.choice((5, 7, 6)), random.choice((0, 8, PAGE - 8, PAGE - 4)))
    store = Store(random.choice((page, page, limits.extreme(random))), number(random.randrange(3)))
    if not program.threadlets or random.random() < 0.3:
        at = random.randrange(len(program.steps) + 1)
        return with_steps(program, (*program.steps[:at], store, *program.steps[at:]))

    def change(script: tuple[Operation, ...]) -> tuple[Operation, ...]:
        return swap(script, random.randrange(len(script) + 1), store, gone=0)

    return alter_script(program, random, change)


def _overflow(program: Program, random: Random) -> Program:
    """The head writes to an eventfd what just fits, or does not."""
    if not program.eventfds or len(program.pokes) >= pg.MAX_POKES:
        return program
    eventfd = random.choice(program.eventfds)
    word = Operand(Space.WORD, random.randrange(pg.MAX_WORDS))
    value = random.choice((-2, -1, 0)) - eventfd.count
    call = Call(abi.NR_WRITE, (Operand(Space.EVENTFD, eventfd.index), word, number(8)))
    made = changed(program, pokes=(*program.pokes, pg.Poke(word, Operand.number(value))))
    at = random.randrange(len(program.steps) + 1)
    return with_steps(made, (*program.steps[:at], call, *program.steps[at:]))


def _break_pipe(program: Program, random: Random) -> Program:
    """A reading end is closed while a large write waits, or before it."""
    if not program.pipes:
        return program
    pipe = random.choice(program.pipes)
    size = random.choice((PAGE + 1, 2 * PAGE, 2 * PAGE + 1))
    write = Call(abi.NR_WRITE, (Operand(Space.PIPE_WRITE, pipe), Operand(Space.PAGE, 3), number(size)))
    close = Call(abi.NR_CLOSE, (Operand(Space.PIPE_READ, pipe),))
    made = program
    if program.atoms and random.random() < 0.7:
        made = alter(program, random, "atoms", lambda _: {"nr": write.nr, "args": tuple(map(Arg, write.args))})
    at = random.randrange(len(made.steps) + 1)
    return with_steps(made, (*made.steps[:at], close, *made.steps[at:]))


def _more_arguments(program: Program, random: Random) -> Program:
    """An atom has more arguments than its call takes, up to all six; the last pointer may be one to nowhere."""

    def change(atom: Atom) -> dict[str, Any]:
        most = random.choice((len(atom.args) + 1, abi.MAX_ARGS, abi.MAX_ARGS))
        more = [Arg(number(random.randrange(3))) for _ in range(min(most, abi.MAX_ARGS) - len(atom.args))]
        if more and random.random() < 0.5:
            nowhere = random.choice((Operand(Space.PAGE, 7, 8), number(8), Operand(Space.WORD, random.randrange(8))))
            more[-1] = Arg(nowhere, True)
        return {"args": (*atom.args, *more)}

    return alter(program, random, "atoms", change)


def _number(program: Program, random: Random) -> Program:
    return alter(program, random, "atoms", lambda _: {"nr": limits.call_number(random)})


def _flags(program: Program, random: Random) -> Program:
    """Two stop conditions, ASYNC with SYNC, bits that mean nothing."""
    both = random.choice(limits.FLAGS) | random.choice(limits.FLAGS)
    return alter(program, random, "atoms", lambda atom: {"flags": atom.flags ^ both})


def _head_field(program: Program, random: Random) -> Program:
    name = random.choice(tuple(limits.OF_HEAD))
    return alter(program, random, "heads", lambda _: {name: limits.OF_HEAD[name](program, (), random)})


def _indices(program: Program, random: Random) -> Program:
    """Both indices of a ring are equal, or the last and the first, and a slot may be taken: full, empty, wrapping."""
    if not program.heads:
        return program
    head = random.choice(program.heads)
    slots = head.size.value // 8 if head.size.space is Space.INT and 8 <= head.size.value <= 512 else 1
    kernel, user = random.choice(((0, 0), (slots - 1, slots - 1), (slots - 1, 0), (0, slots - 1), (slots // 2, 0)))
    other = changed(head, kernel_idx=number(kernel), user_idx=number(user))
    made = changed(program, heads=numbered((*program.heads, other)))
    if head.ring.space is not Space.RING or len(program.pokes) >= pg.MAX_POKES or random.random() < 0.4:
        return made
    slot = Operand(Space.RING, head.ring.index, 8 * random.choice((kernel, user)))
    return changed(made, pokes=(*made.pokes, pg.Poke(slot, Operand(Space.ATOM, random.randrange(8)))))


def _word(program: Program, random: Random) -> Program:
    """A word that a call reads at the start is what it is compared with: of an eventfd, a futex, a sum, an argument."""
    used: list[tuple[Operand, Operand]] = []
    for nr, args in limits.calls_of(program):
        if nr == abi.NR_WRITE and len(args) > 1 and args[0].space is Space.EVENTFD:
            held = next((e.count for e in program.eventfds if e.index == args[0].index), 0)
            value = random.choice((0, 1, -1, -2, -2 - held, -1 - held, -3 - held, 1 << 63))
            used.append((args[1], Operand.number(value)))
        elif nr == abi.NR_FUTEX and len(args) > 2:
            high = random.choice((0, 0, limits.HALF))
            used.append((args[0], Operand.number(args[2].value + high + random.choice((0, 0, 1, -1)))))
        elif nr == abi.NR_UMEM_ADD and len(args) > 1:
            used.append((args[0], Operand.number(random.choice((0, -1, -14, -513, 1 << 31, 1 << 63)) - args[1].value)))
    used = [pair for pair in used if pair[0].space in (Space.WORD, Space.PAGE, Space.RING)]
    if not used or len(program.pokes) >= pg.MAX_POKES:
        return program
    return changed(program, pokes=(*program.pokes, pg.Poke(*random.choice(used))))


def _time(program: Program, random: Random) -> Program:
    """A time is at a limit, or ends at the tick at which another one does."""
    if len(program.timespecs) > 1 and random.random() < 0.5:
        other = random.choice(program.timespecs)
        return alter(program, random, "timespecs", lambda _: {"sec": other.sec, "nsec": other.nsec})
    nsec, sec = random.choice(limits.NANOSECONDS), random.choice(limits.SECONDS)
    if random.random() < 0.15:
        sec, nsec = limits.LONGEST[0], limits.LONGEST[1] + random.choice((0, 1, -1))
    return alter(program, random, "timespecs", lambda _: {"sec": sec, "nsec": nsec})


def _eventfd(program: Program, random: Random) -> Program:
    count = random.choice((0, 1, 2, (1 << 32) - 1, (1 << 32) - 2, 1 << 31))
    return alter(program, random, "eventfds", lambda _: {"count": count, "semaphore": random.random() < 0.4})


def _fill(program: Program, random: Random) -> Program:
    """Before all else some bytes are written to a pipe: so many that a later write fills it exactly, or nearly."""
    if not program.pipes:
        return program
    end = Operand(Space.PIPE_WRITE, random.choice(program.pipes))
    left = limits.room_left(program, (end, number(0), number(0))) or PAGE
    count = left + random.choice((0, 0, 0, 1, -1))
    call = Call(abi.NR_WRITE, (end, Operand(Space.PAGE, 3), number(count)))
    return with_steps(program, (call, *program.steps))


LIMIT_EDITS: Final[tuple[Edit, ...]] = (
    *6 * (_argument, _new_call),
    *2 * (_head_field, _indices, _word, _time, _fill, _odd_store, _break_pipe, _odd_operation, _overflow),
    _odd_step, _more_arguments, _number, _flags, _eventfd,
    *FLIGHT_EDITS,
    *DESCRIPTOR_EDITS,
)  # fmt: skip


def make_limit(program: Program, random: Random) -> Program:
    """One of the edits of this module, or of those that bring tasks together."""
    return random.choice(LIMIT_EDITS)(program, random)
