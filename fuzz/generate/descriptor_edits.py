# SPDX-License-Identifier: Apache-2.0
"""Edits around the table of descriptors: numbers that an atom makes and a later one uses, numbers that are used again,
flags that change while a task sleeps, and pipes of several buffers.
"""

from random import Random
from typing import Final

from fuzz.generate.change import Edit, with_steps
from fuzz.generate.draft import Draft, free_number
from fuzz.generate.limits import ends_of, free_descriptors
from fuzz.generate.operands import TOP, number
from model import abi
from model import program as pg
from model.program import NULL, Arg, Call, Operand, Program, Settle, Space, Step, Store

_PAGE: Final = Operand(Space.PAGE, 3)
_BUFFER: Final = Operand(Space.PAGE, 6)
_SIZES: Final = (1, 8, 8, 4095, 4096, 4097, 8192)
_NONBLOCK: Final = number(abi.O_NONBLOCK)


def _flags(random: Random) -> Operand:
    return number(random.choice((0, 0, 0, abi.O_NONBLOCK, abi.O_CLOEXEC, abi.O_NONBLOCK | abi.O_CLOEXEC)))


def _made(draft: Draft, word: Operand) -> tuple[Call, Operand]:
    """A call that makes descriptors, and where its result goes so that `word` holds one of them."""
    r = draft.random
    kind = r.randrange(4)
    if kind == 0:
        return Call(abi.NR_PIPE2, (word, _flags(r))), NULL
    if kind == 1:
        ends = ends_of(draft.program())
        return Call(abi.NR_DUP, (r.choice(ends) if ends else draft.eventfd(),)), word
    flags = number(r.choice((0, 0, 1, abi.O_NONBLOCK, 1 | abi.O_NONBLOCK)))
    return Call(abi.NR_EVENTFD2, (number(r.choice((0, 0, 1, 3))), flags)), word


def _uses(draft: Draft, word: Operand, pair: bool) -> list[tuple[Call, int]]:
    """Calls on a descriptor that a word holds, as atoms make them: which argument is the word itself."""
    r = draft.random
    other = Operand(Space.WORD, word.index, 4)
    count = number(r.choice(_SIZES) if pair else 8)
    source = _PAGE if pair else draft.word(r.choice((1, 2)))
    uses = [
        Call(abi.NR_READ, (word, _BUFFER, count)),
        Call(abi.NR_WRITE, (other if pair else word, source, count)),
        Call(abi.NR_READ, (word, _BUFFER, count)),
        Call(r.choice((abi.NR_CLOSE, abi.NR_DUP)), (r.choice((word, other)) if pair else word,)),
        Call(abi.NR_FCNTL, (word, number(abi.F_SETFL), r.choice((_NONBLOCK, NULL)))),
    ]
    return [(call, 0) for call in r.choices(uses, k=r.choice((1, 2, 2, 3)))]


def _chain(draft: Draft, parts: list[tuple[Call, int, Operand]]) -> Operand | None:
    """A new chain of these calls; the argument at the number given, if it is one, is a pointer to a word."""
    numbers: list[int] = []
    for _ in parts:
        free = free_number({*draft.atoms, *numbers}, pg.MAX_ATOMS)
        if free is None:
            return None
        numbers.append(free)
    for place, (call, via, ret) in enumerate(parts):
        following = Operand(Space.ATOM, numbers[place + 1]) if place + 1 < len(parts) else NULL
        args = tuple([Arg(value, position == via) for position, value in enumerate(call.args)])
        draft.atoms[numbers[place]] = pg.Atom(numbers[place], call.nr, args, 0, ret=ret, next=following)
    return Operand(Space.ATOM, numbers[0])


def _submitted(draft: Draft, atom: Operand) -> list[Step]:
    head = draft.random.choice(sorted(draft.heads)) if draft.heads else draft.head()
    place = Operand(Space.HEAD, head)
    return [Store(Operand(Space.HEAD, head, abi.AHU_NEW_THREAD_STACK), TOP), Call(abi.NR_ASYNC_EXEC, (atom, place))]


def _made_and_used(program: Program, random: Random) -> Program:
    """A chain makes a descriptor and uses it; the head may use it, too, by the number that it should have."""
    draft = Draft(random, program)
    word = draft.word()
    maker, ret = _made(draft, word)
    pair = maker.nr == abi.NR_PIPE2
    uses = [(call, via, draft.word()) for call, via in _uses(draft, word, pair)]
    atom = _chain(draft, [(maker, -1, ret), *uses])
    if atom is None:
        return program
    free = free_descriptors(program)
    draft.steps += _submitted(draft, atom)
    if random.random() < 0.7:
        draft.steps.append(Settle())
    source = _PAGE if pair else draft.word(1)
    for fd in free[1:2] if pair else free[:1]:
        draft.steps.append(Call(abi.NR_WRITE, (number(fd), source, number(8))))
    draft.steps.append(Settle())
    return draft.program(random.randrange(len(program.steps) + 1))


def _used_again(program: Program, random: Random) -> Program:
    """While work is in flight a number is closed, or replaced, and a new file has it; then the old name is used."""
    ends = ends_of(program)
    if not ends:
        return program
    end, word = random.choice(ends), Operand(Space.WORD, random.randrange(4, 8))
    steps: list[Step] = [Call(abi.NR_CLOSE, (end,))]
    kind = random.random()
    if kind < 0.3:
        steps = [Call(abi.NR_DUP2, (random.choice(ends), end))]
    elif kind < 0.6:
        steps.append(Call(abi.NR_EVENTFD2, (number(random.choice((0, 1))), NULL)))
    elif kind < 0.8:
        steps.append(Call(abi.NR_PIPE2, (word, _flags(random))))
    else:
        steps.append(Call(abi.NR_DUP, (random.choice(ends),)))
    nr = random.choice((abi.NR_WRITE, abi.NR_READ, abi.NR_CLOSE))
    steps.append(Call(nr, (end,) if nr == abi.NR_CLOSE else (end, _BUFFER, number(8))))
    if random.random() < 0.4:
        steps.insert(random.randrange(len(steps) + 1), Settle())
    at = random.randrange(len(program.steps) + 1)
    return with_steps(program, (*program.steps[:at], *steps, *program.steps[at:]))


def _flags_change(program: Program, random: Random) -> Program:
    """O_NONBLOCK comes or goes, before a sleep or during one."""
    ends = ends_of(program)
    if not ends:
        return program
    end = random.choice(ends)
    flags = random.choice((_NONBLOCK, _NONBLOCK, NULL, number(abi.O_APPEND)))
    steps: list[Step] = [Call(abi.NR_FCNTL, (end, number(abi.F_SETFL), flags))]
    if random.random() < 0.3:
        steps.append(Call(abi.NR_FCNTL, (end, number(abi.F_GETFL))))
    at = random.randrange(len(program.steps) + 1)
    return with_steps(program, (*program.steps[:at], *steps, *program.steps[at:]))


def _several_buffers(program: Program, random: Random) -> Program:
    """A pipe that the program makes is filled by several writes, and read across its buffers."""
    draft = Draft(random, program)
    free = free_descriptors(program)
    if len(free) < 4:
        return program
    word, at = draft.word(), 2 * (random.random() < 0.3)
    ends = number(free[at]), number(free[at + 1])
    places = (_PAGE, _PAGE, _BUFFER, Operand(Space.PAGE, 6, 8), Operand(Space.PAGE, 4, 4088), Operand(Space.PAGE, 7))
    sizes = (*_SIZES, 16384, 20000)
    if at:
        draft.steps.append(Call(abi.NR_PIPE2, (draft.word(), NULL)))
    draft.steps.append(Call(abi.NR_PIPE2, (word, _flags(random))))
    moves = []
    for _ in range(random.choice((2, 3, 4, 6, 9))):
        reads = random.random() < 0.4
        given = ends[not reads], random.choice(places), number(random.choice(sizes))
        moves.append(Call(abi.NR_READ if reads else abi.NR_WRITE, given))
    atom = _chain(draft, [(random.choice(moves), -1, draft.word())]) if random.random() < 0.6 else None
    if atom is not None:
        moves.insert(random.randrange(len(moves)), Call(abi.NR_GETPID))
    for move in moves:
        draft.steps += _submitted(draft, atom) if move.nr == abi.NR_GETPID and atom is not None else [move]
    draft.steps.append(Settle())
    return draft.program(0 if random.random() < 0.7 else random.randrange(len(program.steps) + 1))


def _two_names(program: Program, random: Random) -> Program:
    """A descriptor gets a second number; flags are set by one of the two, and told, or obeyed, by the other."""
    ends, free = ends_of(program), free_descriptors(program)
    if not ends or not free:
        return program
    end = random.choice(ends)
    names = [end, number(free[0])]
    random.shuffle(names)
    steps: list[Step] = [Call(abi.NR_DUP, (end,)), Call(abi.NR_FCNTL, (names[0], number(abi.F_SETFL), _NONBLOCK))]
    steps.append(random.choice((
        Call(abi.NR_FCNTL, (names[1], number(abi.F_GETFL))),
        Call(abi.NR_READ, (names[1], _BUFFER, number(8))),
        Call(abi.NR_CLOSE, (names[1],)),
    )))  # fmt: skip
    return with_steps(program, (*steps, *program.steps))


def _slept_through(program: Program, random: Random) -> Program:
    """O_NONBLOCK comes while chains sleep on a pipe; then something happens there that wakes them, perhaps in vain."""
    draft = Draft(random, program)
    pipe = draft.pipe()
    read_end, write_end = Operand(Space.PIPE_READ, pipe), Operand(Space.PIPE_WRITE, pipe)
    reads = random.random() < 0.5
    if reads:
        call = Call(abi.NR_READ, (read_end, _BUFFER, number(8)))
        wake = Call(abi.NR_WRITE, (write_end, random.choice((_PAGE, Operand(Space.PAGE, 7))), number(8)))
    else:
        call = Call(abi.NR_WRITE, (write_end, Operand(Space.PAGE, 2), number(random.choice((8192, 12288)))))
        wake = Call(abi.NR_READ, (read_end, _BUFFER, number(4096)))
    for _ in range(random.choice((1, 2))):
        atom = _chain(draft, [(call, -1, draft.word())])
        if atom is None:
            return program
        draft.steps += _submitted(draft, atom)
    draft.steps.append(Settle())
    draft.steps.append(Call(abi.NR_FCNTL, (read_end if reads else write_end, number(abi.F_SETFL), _NONBLOCK)))
    draft.steps += [wake, *random.choice(((), (Settle(),), (wake,)))]
    return draft.program(random.choice((0, len(program.steps))))


def _none_left(program: Program, random: Random) -> Program:
    """So many descriptors are made that few are left, or none; that takes a chain which comes back to itself."""
    draft = Draft(random, program)
    ends = ends_of(program)
    end = random.choice(ends) if ends else draft.eventfd()
    makers = (Call(abi.NR_DUP, (end,)), Call(abi.NR_EVENTFD2, (NULL, NULL)), Call(abi.NR_PIPE2, (draft.word(), NULL)))
    maker = random.choice(makers)
    index = free_number(draft.atoms, pg.MAX_ATOMS)
    if index is None:
        return program
    place = Operand(Space.ATOM, index)
    args = tuple(map(Arg, maker.args))
    draft.atoms[index] = pg.Atom(
        index,
        maker.nr,
        args,
        abi.SYSLET_STOP_ON_NEGATIVE,
        ret=draft.word() if random.random() < 0.6 else NULL,
        next=place,
    )
    draft.steps += _submitted(draft, place)
    draft.steps.append(random.choice(makers))
    return draft.program(random.randrange(len(program.steps) + 1))


def _full_eventfd(program: Program, random: Random) -> Program:
    """An eventfd that the program makes is filled to its limit, and written to once more."""
    draft = Draft(random, program)
    free = free_descriptors(program)
    if not free:
        return program
    place, one = number(free[0]), draft.word(1)
    most = draft.word(random.choice((-2, -2, -3)))
    draft.steps.append(Call(abi.NR_EVENTFD2, (NULL, random.choice((_NONBLOCK, _NONBLOCK, NULL)))))
    draft.steps += [Call(abi.NR_WRITE, (place, value, number(8))) for value in (most, one, one)]
    return draft.program(0)


DESCRIPTOR_EDITS: Final[tuple[Edit, ...]] = (
    *2 * (_made_and_used, _used_again, _flags_change, _several_buffers, _slept_through),
    _two_names, _none_left, _full_eventfd,
)  # fmt: skip
