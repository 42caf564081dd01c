# SPDX-License-Identifier: Apache-2.0
"""Values that the rules compare with, for each argument of a call and each field of a structure.

A rule is wrong by one, or in the high half of a word, much more often than anywhere else. So a value is drawn from
where it is compared: the room that is left, the slots of the ring, the value that another word holds, the last byte
of a page; that, one less and one more, and the same with bits above the lower half.
"""

from collections.abc import Callable, Sequence
from random import Random
from typing import Final

from fuzz.generate.operands import TOP, number
from model import abi, calls
from model import program as pg
from model.calls import Kind
from model.image import EVENTFD_FD, PAGE, PIPE_FD, resolve
from model.program import NULL, Call, Exec, Operand, Program, Space, Step

HALF: Final = 1 << 32
_EXTREME: Final = (-1, -2, pg.INT64_MIN, pg.INT64_MAX, HALF, HALF - 1, 1 << 31, (1 << 31) - 1)
_USER_LIMIT: Final = 0x7FFFFFFFF000
NANOSECONDS: Final = (0, 1, 999_999, 1_000_000, 1_000_001, 999_999_999, 10**9, -1)
"""Around what is no time, one tick, the next tick, a second, and what is none."""
SECONDS: Final = (0, 0, 0, 1, -1, -2, 9_223_372_036, 9_223_372_037, pg.INT64_MAX)
LONGEST: Final = divmod(pg.INT64_MAX, 10**9)
"""Seconds and nanoseconds of the longest time whose nanoseconds are a number of 64 bits."""
_TAKES: Final = {**{call.nr: len(call.arguments) for call in calls.CALLS}, abi.NR_THREADLET_ON: 3}
FLAGS: Final = tuple(1 << bit for bit in (0, 1, 2, 3, 4, 5, 6, 7, 8, 32, 63))

Draw = Callable[[Program, Sequence[Operand], Random], Operand]
"""A value for one argument of a call with these arguments."""


def near(random: Random, *values: int) -> Operand:
    """One of the values, one less or one more; sometimes with a bit above the lower half, which may be cut off."""
    value = random.choice(values) + random.choice((0, 0, 0, -1, 1))
    return Operand.number(value + (HALF if random.random() < 0.08 else 0))


def extreme(random: Random) -> Operand:
    """A number that is negative, enormous, or at an edge of what a word or half of it holds."""
    return number(random.choice(_EXTREME))


def takes(nr: int) -> int:
    """How many arguments a call looks at."""
    return _TAKES.get(nr, 0)


def value_of(program: Program, place: Operand) -> int:
    """What a word holds at the start, as far as a poke tells."""
    value = next((poke.value for poke in reversed(program.pokes) if poke.target == place), NULL)
    return value.value if value.space is Space.INT else 0


def calls_of(program: Program) -> list[tuple[int, tuple[Operand, ...]]]:
    """Every call of the program with its arguments: of atoms, scripts and steps."""
    made = [(atom.nr, tuple([arg.operand for arg in atom.args])) for atom in program.atoms]
    made += [(x.nr, x.args) for threadlet in program.threadlets for x in threadlet.script if isinstance(x, Call)]
    return made + [(step.nr, step.args) for step in program.steps if isinstance(step, Call)]


def submissions(steps: Sequence[Step]) -> int:
    """How many chains and threadlets the head submits."""
    return sum([isinstance(x, Exec) or (isinstance(x, Call) and x.nr == abi.NR_ASYNC_EXEC) for x in steps])


def slots_of(program: Program, random: Random) -> int:
    """The slots of one of the rings."""
    sizes = [head.size.value // 8 for head in program.heads if head.size.space is Space.INT and head.size.value > 0]
    return min(random.choice(sizes), pg.INT64_MAX >> 4) if sizes else 1


# One function for each kind of argument


def buffer(program: Program, args: Sequence[Operand], random: Random) -> Operand:
    """A buffer that ends exactly at a limit: of a page, of the arena, of the addresses; or a byte before or behind."""
    count = args[2].value if len(args) > 2 and args[2].space is Space.INT else 8
    count = count if 0 <= count <= PAGE else 8
    by = random.choice((0, 0, 0, 1, -1))
    if random.random() < 0.15:
        return number(_USER_LIMIT - count + by)
    pages = program.pages
    edges = [i for i in range(pg.MAX_PAGES) if i + 1 == pg.MAX_PAGES or pages[i + 1] is not pages[i]]
    return Operand(Space.PAGE, random.choice(edges or [6]), PAGE - count + by)


def room_left(program: Program, args: Sequence[Operand]) -> int:
    """Bytes that are still free in a pipe if all others write what they say, once."""
    told = [other[2].value for nr, other in calls_of(program) if nr == abi.NR_WRITE and _same(other, args)]
    return (PAGE - sum([x for x in told if 0 < x < PAGE])) % PAGE


def _same(other: Sequence[Operand], args: Sequence[Operand]) -> bool:
    return len(other) > 2 and other is not args and other[0] == args[0] and other[2].space is Space.INT


def count(program: Program, args: Sequence[Operand], random: Random) -> Operand:
    """A number of bytes: none, those of a word, of a page, exactly the room that is left in the pipe, or enormous."""
    if random.random() < 0.15:
        return extreme(random)
    if args and args[0].space is Space.EVENTFD:
        return near(random, 8, 8, 0, 16)
    return near(random, 0, 1, 8, PAGE, 2 * PAGE, room_left(program, args) if args else PAGE)


def descriptor(program: Program, args: Sequence[Operand], random: Random) -> Operand:
    """An end of a pipe or an eventfd, also with bits above the lower half, one that is made, or the number of none."""
    ends = ends_of(program)
    kind = random.random()
    if ends and kind < 0.7:
        return random.choice(ends)
    if kind < 0.9:
        return Operand.number(random.choice((PIPE_FD, PIPE_FD + 1, EVENTFD_FD)) + random.choice((HALF, 0, -HALF)))
    return descriptor_to_be(program, args, random)


def ends_of(program: Program) -> list[Operand]:
    """The descriptors that a program begins with."""
    ends = [Operand(space, i) for i in program.pipes for space in (Space.PIPE_READ, Space.PIPE_WRITE)]
    return ends + [Operand(Space.EVENTFD, eventfd.index) for eventfd in program.eventfds]


def free_descriptors(program: Program) -> list[int]:
    """The numbers that are free at first."""
    taken = {resolve(end) for end in ends_of(program)}
    return [x for x in range(PIPE_FD, EVENTFD_FD + pg.MAX_EVENTFDS) if x not in taken]


def descriptor_to_be(program: Program, args: Sequence[Operand], random: Random) -> Operand:
    """The lowest numbers that are free, the first and the last of all, and what is beyond them."""
    free = free_descriptors(program)
    return near(random, PIPE_FD, EVENTFD_FD + pg.MAX_EVENTFDS - 1, 0, *free[:1], *free[:3])


def file_flags(program: Program, args: Sequence[Operand], random: Random) -> Operand:
    """Each flag that some call knows, two of them, and those that none does."""
    known = (abi.EFD_SEMAPHORE, abi.O_NONBLOCK, abi.O_APPEND, abi.O_CLOEXEC, abi.O_DIRECT, abi.O_EXCL, abi.O_ASYNC, 4)
    value = random.choice((0, abi.O_NONBLOCK, random.choice(known), random.choice(known) | random.choice(known)))
    return Operand.number(value + (HALF if random.random() < 0.08 else 0))


def file_command(program: Program, args: Sequence[Operand], random: Random) -> Operand:
    """To tell flags, to set them, and operations that programs do not have."""
    return near(random, abi.F_GETFL, abi.F_SETFL, abi.F_SETFL)


def pair_place(program: Program, args: Sequence[Operand], random: Random) -> Operand:
    """Where two numbers fit, one of them, or none."""
    edge = Operand(Space.PAGE, random.choice((4, 6)), PAGE - random.choice((8, 8, 4, 2)))
    return random.choice((Operand(Space.WORD, random.randrange(8)), edge, Operand(Space.PAGE, 5), NULL))


def counter(program: Program, args: Sequence[Operand], random: Random) -> Operand:
    """A counter of 32 bits, at its limits."""
    return near(random, 0, 1, HALF - 1, HALF)


def waited_word(program: Program, args: Sequence[Operand], random: Random) -> Operand:
    """A word that another call waits on or wakes, its neighbouring half, or one that cannot be reached."""
    words = [other[0] for nr, other in calls_of(program) if nr == abi.NR_FUTEX and other]
    kind = random.random()
    if words and kind < 0.3:
        return random.choice(words)
    if kind < 0.5:
        return Operand(Space.WORD, random.randrange(4), random.choice((1, 2, 4, 4, 8)))
    if kind < 0.75:
        return number(_USER_LIMIT + random.choice((-8, -4, -4, 0, 0, 4)))
    return Operand(Space.PAGE, random.choice((5, 7, 7, 6)), random.choice((0, 8, PAGE - 4)))


def command(program: Program, args: Sequence[Operand], random: Random) -> Operand:
    """All operations that programs have, mostly private, with other bits, and what is none."""
    value = random.choice((0, 1, 128, 129, 128, 129, 131, 132, 137, 138, 3, 4, 9, 10, 2, 5, 256, 384, -1))
    return Operand.number(value + (HALF if random.random() < 0.15 else 0))


def expected(program: Program, args: Sequence[Operand], random: Random) -> Operand:
    """The value that is waited on, what the word holds, or how many are to be woken: as many as wait, one more."""
    if random.random() < 0.15:
        return extreme(random)
    waiters = sum([nr == abi.NR_FUTEX and other[:1] == tuple(args[:1]) for nr, other in calls_of(program)])
    return near(random, 0, 1, 2, 3, waiters, value_of(program, args[0]) if args else 0)


def time_place(program: Program, args: Sequence[Operand], random: Random) -> Operand:
    """A time: none, one that is there, one that ends at a page's end or is only half there."""
    known = [Operand(Space.TIMESPEC, timespec.index) for timespec in program.timespecs]
    edge = Operand(Space.PAGE, random.choice((4, 6, 6)), PAGE - random.choice((16, 8, 8)))
    return random.choice((NULL, edge, *known, *known))


def clock(program: Program, args: Sequence[Operand], random: Random) -> Operand:
    """The one clock, mostly; another, and bits above the lower half, which are cut off."""
    return Operand.number(random.choice((1, 1, 1, 1, 0, 7, -1)) + (HALF if random.random() < 0.15 else 0))


def sleep_flags(program: Program, args: Sequence[Operand], random: Random) -> Operand:
    """A time or a moment, with bits that mean nothing."""
    return Operand.number(random.choice((0, 1, 1, 1, 2, 3, -1, HALF)))


def limit(program: Program, args: Sequence[Operand], random: Random) -> Operand:
    """A time, or how many are moved: none, some, as many as wait, one more; -1 is refused."""
    if random.random() < 0.5:
        return time_place(program, args, random)
    waiters = sum([nr == abi.NR_FUTEX and other[:1] == tuple(args[:1]) for nr, other in calls_of(program)])
    return near(random, 0, 0, 1, 2, waiters)


def bits(program: Program, args: Sequence[Operand], random: Random) -> Operand:
    """A set: empty, of one bit, of all; or what the word holds, which is compared."""
    held = value_of(program, args[0]) if args else 0
    return Operand.number(random.choice((0, 1, 2, 3, 1 << 31, 0xFFFFFFFF, HALF, held, held)))


def added(program: Program, args: Sequence[Operand], random: Random) -> Operand:
    """What makes a sum zero, negative, an error number, or goes beyond the word or its lower half; or nothing."""
    if random.random() < 0.25:
        return extreme(random)
    held = value_of(program, args[0]) if args else 0
    total = random.choice((0, 1, -1, -14, -512, -514, -516, -4095, -4096, HALF, 1 << 31, pg.INT64_MIN, held))
    return Operand.number(total - held + random.choice((0, 0, 0, 1, -1)))


def place(program: Program, args: Sequence[Operand], random: Random) -> Operand:
    """A word that something else reads or writes: of an atom, a head, a ring, or one that others have as argument."""
    kind = random.random()
    if program.heads and kind < 0.35:
        head = random.choice(program.heads)
        return Operand(Space.HEAD, head.index, random.randrange(0, abi.AHU_BYTES, abi.WORD))
    if program.atoms and kind < 0.6:
        atom = random.choice(program.atoms)
        return Operand(Space.ATOM, atom.index, random.randrange(0, abi.ATOM_BYTES, abi.WORD))
    if kind < 0.8:
        return Operand(Space.RING, random.randrange(2), 8 * random.randrange(slots_of(program, random) % 8 + 1))
    return Operand(Space.PAGE, random.choice((5, 6, 7)), random.choice((0, PAGE - 8, PAGE - 7, PAGE - 4)))


def events(program: Program, args: Sequence[Operand], random: Random) -> Operand:
    """A number of events: none, as many as are in flight, as the ring has slots, one more; negative or enormous."""
    if random.random() < 0.3:
        return extreme(random)
    return near(random, 0, 1, 2, submissions(program.steps), slots_of(program, random))


def ring_index(program: Program, args: Sequence[Operand], random: Random) -> Operand:
    """An index of a ring: the first, the last, just behind, the other index, or one that wraps an address."""
    if random.random() < 0.2:
        return random.choice((extreme(random), number(1 << 61)))
    others = [x.value for head in program.heads for x in (head.kernel_idx, head.user_idx) if x.space is Space.INT]
    return near(random, 0, slots_of(program, random), *others)


def ring_size(program: Program, args: Sequence[Operand], random: Random) -> Operand:
    """A size of a ring: of a slot less or more, no multiple, none, enormous, up to the end of the page."""
    slots = slots_of(program, random)
    if random.random() < 0.3:
        return random.choice((extreme(random), number(-8), number(1 << 20), Operand.number(8 * slots + HALF)))
    return near(random, 0, 8, 8 * slots, 8 * (slots - 1), 8 * (slots + 1), 512)


def ring_place(program: Program, args: Sequence[Operand], random: Random) -> Operand:
    """A ring: another, none, one slot further, at the end of a page, over an atom."""
    return random.choice((
        NULL, Operand(Space.RING, random.randrange(3)), Operand(Space.RING, random.randrange(2), 8),
        Operand(Space.PAGE, random.choice((4, 6)), PAGE - 8 * random.randrange(1, 4)), Operand(Space.PAGE, 5, 0),
        Operand(Space.RING, 0, 4), place(program, args, random),
    ))  # fmt: skip


def stack_place(program: Program, args: Sequence[Operand], random: Random) -> Operand:
    """A stack: none, the usual one, or any other number, which nothing looks at."""
    return random.choice((NULL, NULL, TOP, number(8), extreme(random)))


def head_place(program: Program, args: Sequence[Operand], random: Random) -> Operand:
    """A head: another, none, one that ends at the end of a page, or is cut off by it."""
    known = [Operand(Space.HEAD, head.index) for head in program.heads]
    edge = Operand(Space.PAGE, random.choice((4, 6)), PAGE - random.choice((64, 32, 24, 56)))
    return random.choice((*known, *known, *known, edge, NULL, Operand(Space.PAGE, 5)))


_OF_KIND: Final[dict[Kind, Draw]] = {
    Kind.DESCRIPTOR: descriptor, Kind.SOURCE: buffer, Kind.TARGET: buffer, Kind.COUNT: count, Kind.TIME: time_place,
    Kind.WAIT_WORD: waited_word, Kind.COMMAND: command, Kind.EXPECTED: expected, Kind.ADD_WORD: place,
    Kind.LIMIT: limit, Kind.BITS: bits, Kind.ADDEND: added, Kind.HEAD: head_place, Kind.EVENTS: events,
    Kind.INDEX: ring_index, Kind.CLOCK: clock, Kind.SLEEP_FLAGS: sleep_flags, Kind.MOMENT: time_place,
    Kind.NUMBER: descriptor_to_be, Kind.FILE_FLAGS: file_flags,
    Kind.FILE_COMMAND: file_command, Kind.PAIR: pair_place, Kind.COUNTER: counter,
}  # fmt: skip
_OF_ARGUMENT: Final = calls.of_arguments(_OF_KIND)

OF_HEAD: Final[dict[str, Draw]] = {
    "ring": ring_place, "size": ring_size, "kernel_idx": ring_index, "user_idx": ring_index, "stack": stack_place,
    "head_stack": stack_place,
}  # fmt: skip
"""By the name of a head's field."""
FIELD_AT: Final = {
    "ring": abi.AHU_COMPLETION_RING, "size": abi.AHU_RING_SIZE_BYTES, "kernel_idx": abi.AHU_KERNEL_RING_IDX,
    "user_idx": abi.AHU_USER_RING_IDX, "stack": abi.AHU_NEW_THREAD_STACK, "head_stack": abi.AHU_HEAD_STACK,
}  # fmt: skip
"""Where it lies."""


def argument(program: Program, nr: int, args: Sequence[Operand], position: int, random: Random) -> Operand:
    """A value for this argument of this call; what the call does not look at is anything."""
    draw = _OF_ARGUMENT.get((nr, position))
    if draw is not None:
        return draw(program, args, random)
    return random.choice((extreme(random), place(program, args, random), number(random.randrange(4))))


def call_number(random: Random) -> int:
    """The number of a call: the last, the first that is none, one of the others with bits above the lower half."""
    kind = random.random()
    if kind < 0.4:
        return random.choice((abi.NR_TABLE - 1, abi.NR_TABLE, abi.NR_TABLE + 1, abi.MASK, 1 << 63, HALF - 1))
    if kind < 0.8:
        return random.choice((abi.NR_GETPID, abi.NR_UMEM_ADD, abi.NR_READ, abi.NR_SCHED_YIELD)) + HALF
    return random.choice(tuple(abi.REFUSED_CALLS.values()))
