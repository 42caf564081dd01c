# SPDX-License-Identifier: Apache-2.0
"""Edits that bring tasks together: stores while work is in flight, several waiters, time-outs of one tick, no rest."""

from random import Random
from typing import Final

from fuzz.generate import limits
from fuzz.generate.change import Edit, alter_script, changed, numbered, swap, with_steps
from fuzz.generate.draft import REQUEUE, WAIT, WAKE, free_number
from fuzz.generate.meetings import meet
from fuzz.generate.operands import TOP, number
from model import abi
from model import program as pg
from model.program import Advance, Arg, Atom, Call, Exec, Operand, Operation, Program, Settle, Space, Step, Store


def _busy_from(program: Program) -> int:
    """The step behind the first submission: work may be in flight."""
    for at, step in enumerate(program.steps):
        if isinstance(step, Exec) or (isinstance(step, Call) and step.nr == abi.NR_ASYNC_EXEC):
            return at + 1
    return 0


def _store(program: Program, random: Random) -> Program:
    """While work is in flight the head stores a field of a head: a ring, a size, an index, a stack.

    Later it may put back what was there.
    """
    if not program.heads:
        return program
    head = random.choice(program.heads)
    name = random.choice(("ring", "size", "kernel_idx", "user_idx", "stack", "ring", "size", "kernel_idx"))
    target = Operand(Space.HEAD, head.index, limits.FIELD_AT[name])
    return _stored(program, random, target, limits.OF_HEAD[name](program, (), random), getattr(head, name))


def _store_atom(program: Program, random: Random) -> Program:
    """While work is in flight the head stores a field of an atom: flags, number, result, successor, an argument."""
    if not program.atoms:
        return program
    atom = random.choice(program.atoms)
    field = random.choice((abi.ATOM_FLAGS, abi.ATOM_NR, abi.ATOM_RET_PTR, abi.ATOM_NEXT, abi.ATOM_NEXT))
    old = {abi.ATOM_FLAGS: atom.flags, abi.ATOM_NR: atom.nr}
    was = Operand.number(old[field]) if field in old else atom.next if field == abi.ATOM_NEXT else atom.ret
    other = Operand(Space.ATOM, random.choice(program.atoms).index)
    value = {
        abi.ATOM_FLAGS: Operand.number(atom.flags ^ random.choice(limits.FLAGS)),
        abi.ATOM_NR: Operand.number(random.choice((abi.NR_GETPID, limits.call_number(random)))),
        abi.ATOM_RET_PTR: random.choice((number(0), limits.place(program, (), random))),
        abi.ATOM_NEXT: random.choice((number(0), other, other)),
    }[field]
    return _stored(program, random, Operand(Space.ATOM, atom.index, field), value, was)


def _store_word(program: Program, random: Random) -> Program:
    """While work is in flight the head stores a word that a call has as argument, or a slot of a ring."""
    words = [x for _, args in limits.calls_of(program) for x in args if x.space in (Space.WORD, Space.RING, Space.PAGE)]
    target = random.choice(words) if words else Operand(Space.WORD, random.randrange(4))
    if random.random() < 0.3:
        target = Operand(Space.RING, random.randrange(2), 8 * random.randrange(4))
    value = random.choice((number(0), number(1), number(7), Operand(Space.ATOM, random.randrange(4))))
    return _stored(program, random, target, value, number(limits.value_of(program, target)))


def _stored(program: Program, random: Random, target: Operand, value: Operand, was: Operand) -> Program:
    """Without a settle around it, so that it may come between any two accesses of a task."""
    steps = program.steps
    start = _busy_from(program)
    at = random.randrange(start, len(steps) + 1)
    made: list[Step] = [*steps[:at], Store(target, value), *steps[at:]]
    if random.random() < 0.4:
        made.insert(random.randrange(at + 1, len(made) + 1), Store(target, was))
    return with_steps(program, tuple(made))


_TOGETHER: Final = (
    ("ring", "size"), ("size", "kernel_idx"), ("ring", "kernel_idx"), ("user_idx", "kernel_idx"), ("stack", "ring"),
)  # fmt: skip
"""Fields of a head that one rule reads one after another."""


def _pair(program: Program, random: Random) -> tuple[tuple[Operand, Operand], ...]:
    """Two stores to one structure, in either order: who reads both words in between sees one of them only."""
    stores: tuple[tuple[Operand, Operand], ...]
    if program.atoms and random.random() < 0.4:
        index = random.choice(program.atoms).index
        fields = (abi.ATOM_NR, abi.ATOM_RET_PTR, abi.ATOM_FLAGS, abi.ATOM_NEXT)
        values: dict[int, tuple[Operand, ...]] = {
            abi.ATOM_NR: tuple(map(number, (abi.NR_GETPID, abi.NR_SCHED_YIELD, abi.NR_TABLE))),
            abi.ATOM_RET_PTR: (number(0), Operand(Space.WORD, random.randrange(8, 16))),
            abi.ATOM_FLAGS: tuple(map(number, (0, abi.SYSLET_NO_COMPLETE, abi.SYSLET_STOP_ON_NONZERO))),
            abi.ATOM_NEXT: (number(0), Operand(Space.ATOM, random.choice(program.atoms).index)),
        }
        stores = tuple([(Operand(Space.ATOM, index, at), random.choice(values[at])) for at in random.sample(fields, 2)])
    else:
        head = random.choice(program.heads).index if program.heads else 0
        names = random.choice(_TOGETHER)
        stores = tuple(
            [
                (Operand(Space.HEAD, head, limits.FIELD_AT[name]), limits.OF_HEAD[name](program, (), random))
                for name in names
            ]
        )
    return stores if random.random() < 0.5 else stores[::-1]


def _store_pair(program: Program, random: Random) -> Program:
    """While work is in flight the head stores two words that a rule reads one after another."""
    at = random.randrange(_busy_from(program), len(program.steps) + 1)
    both = [Store(target, value) for target, value in _pair(program, random)]
    return with_steps(program, (*program.steps[:at], *both, *program.steps[at:]))


def _script_pair(program: Program, random: Random) -> Program:
    """A threadlet that has slept stores them, while the head or a chain reads."""
    both = [Store(target, value) for target, value in _pair(program, random)]
    at_end = random.random() < 0.7

    def change(script: tuple[Operation, ...]) -> tuple[Operation, ...]:
        at = len(script) if at_end else random.randrange(len(script) + 1)
        return swap(script, at, *both, gone=0)

    return alter_script(program, random, change)


def _several_waiters(program: Program, random: Random) -> Program:
    """A few more chains do what one does that sleeps: several wait on one word, pipe or eventfd, and one call wakes."""
    sleepy = [a for a in program.atoms if a.nr in (abi.NR_FUTEX, abi.NR_READ, abi.NR_WRITE) and a.args]
    if not program.atoms:
        return program
    if not sleepy or random.random() < 0.4:
        word = Operand(Space.WORD, random.randrange(8))
        waits = (Arg(word), Arg(number(WAIT)), Arg(number(limits.value_of(program, word))))
        sleepy = [changed(random.choice(program.atoms), nr=abi.NR_FUTEX, args=waits)]
        program = changed(program, atoms=numbered((*program.atoms, *sleepy)))
    atom = random.choice(sleepy)
    head = Operand(Space.HEAD, random.choice(program.heads).index if program.heads else 0)
    refill = Store(Operand(Space.HEAD, head.index, abi.AHU_NEW_THREAD_STACK), TOP)
    again: list[Step] = []
    for _ in range(random.choice((1, 1, 2, 3))):
        again += [refill, Call(abi.NR_ASYNC_EXEC, (Operand(Space.ATOM, atom.index), head))]
    at = random.randrange(_busy_from(program), len(program.steps) + 1)
    made = [*program.steps[:at], *again, *program.steps[at:]]
    if atom.nr == abi.NR_FUTEX:
        wake = (atom.args[0].operand, number(WAKE), number(random.choice((1, 2, 3, 4, 0, -1, -1))))
        if random.random() < 0.25:
            word = Operand(Space.WORD, random.randrange(8))
            moves = (wake[0], number(REQUEUE), number(random.choice((0, 0, 1))), number(random.choice((1, 2, 3))), word)
            made += [Call(abi.NR_FUTEX, moves)]
        made += [Call(abi.NR_FUTEX, wake), Settle()]
    return with_steps(program, tuple(made))


def _race(program: Program, random: Random) -> Program:
    """Several chains or threadlets that sleep go on at one moment: the steps between their submissions and the first
    rest make no rest of their own."""
    start = _busy_from(program)
    steps = [step for at, step in enumerate(program.steps) if at < start or not isinstance(step, Settle)]
    if len(steps) == len(program.steps) or not program.heads:
        return program
    head = Operand(Space.HEAD, random.choice(program.heads).index)
    waits = [Call(abi.NR_ASYNC_WAIT, (number(random.randrange(1, 3)), number(0), head))] * random.randrange(3)
    return with_steps(program, (*steps, *waits, Settle()))


def _same_tick(program: Program, random: Random) -> Program:
    """Two chains sleep until the same tick, and then meet: on a futex that one waits on with that time-out."""
    numbers = [free_number({x.index for x in program.atoms}, pg.MAX_ATOMS)]
    taken = {x.index for x in program.atoms}
    for _ in range(2):
        taken.add(numbers[-1] if numbers[-1] is not None else -1)
        numbers.append(free_number(taken, pg.MAX_ATOMS))
    time = free_number({x.index for x in program.timespecs}, pg.MAX_TIMESPECS)
    first, second, third = numbers
    if first is None or second is None or third is None or time is None or not program.heads:
        return program
    word = Operand(Space.WORD, random.randrange(8))
    when = Operand(Space.TIMESPEC, time)
    sleeps = random.random() < 0.6
    waits = (word, number(WAIT), number(limits.value_of(program, word)), when)
    atoms = (
        Atom(first, abi.NR_FUTEX, tuple(map(Arg, waits)), ret=Operand(Space.WORD, random.randrange(8, 16))),
        Atom(second, abi.NR_NANOSLEEP, (Arg(when), Arg(number(0))), next=Operand(Space.ATOM, third)),
        Atom(third, abi.NR_FUTEX, (Arg(word), Arg(number(WAKE)), Arg(number(1)))),
    )
    if not sleeps:
        atoms = (atoms[0], changed(atoms[0], index=second), atoms[2])
    head = Operand(Space.HEAD, random.choice(program.heads).index)
    refill = Store(Operand(Space.HEAD, head.index, abi.AHU_NEW_THREAD_STACK), TOP)
    ms = random.choice((1, 2, 5))
    group: list[Step] = []
    for index in random.choice(((first, second), (second, first))):
        group += [refill, Call(abi.NR_ASYNC_EXEC, (Operand(Space.ATOM, index), head))]
    group += random.choice(
        (
            (Advance(ms),),
            (Advance(ms + 1),),
            (Call(abi.NR_ASYNC_WAIT, (number(random.choice((1, 2))), number(0), head)),),
        )
    )
    made = changed(
        program,
        atoms=numbered((*program.atoms, *atoms)),
        timespecs=numbered((*program.timespecs, pg.Timespec(time, 0, ms * 1_000_000))),
    )
    at = random.randrange(len(program.steps) + 1)
    return with_steps(made, (*program.steps[:at], *group, *program.steps[at:]))


FLIGHT_EDITS: Final[tuple[Edit, ...]] = (
    *3 * (_store, _several_waiters),
    *4 * (meet,),
    *2 * (_store_pair, _race),
    _store_atom, _store_word, _script_pair, _same_tick,
)  # fmt: skip
