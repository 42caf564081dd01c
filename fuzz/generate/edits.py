# SPDX-License-Identifier: Apache-2.0
"""Structural edits of whole programs: steps, groups of steps, atoms, threadlets, the chooser."""

from random import Random
from typing import Any, Final

from fuzz.generate.build import Builder
from fuzz.generate.change import (
    Edit,
    alter,
    alter_script,
    alter_step,
    changed,
    is_execution,
    numbered,
    swap,
    with_steps,
)
from fuzz.generate.draft import free_number
from fuzz.generate.limit_edits import make_limit
from fuzz.generate.odd_edits import make_odd
from fuzz.generate.operands import TOP, number
from model import abi
from model import program as pg
from model.program import NULL, Call, Exec, Operand, Operation, Program, Settle, Space, Step, Store, Threadlet

_COUNTS: Final = (0, 1, 2, (1 << 32) - 1)
_TIMES: Final = (0, 1, 1, 2, 5, 10, 999, 1000)


def _delete_step(program: Program, random: Random) -> Program:
    if not program.steps:
        return program
    at = random.randrange(len(program.steps))
    return changed(program, steps=swap(program.steps, at, gone=random.choice((1, 1, 1, 2, 4))))


def _duplicate_steps(program: Program, random: Random) -> Program:
    if not program.steps:
        return program
    at = random.randrange(len(program.steps))
    some = program.steps[at : at + random.choice((1, 1, 2, 3))]
    to = random.randrange(len(program.steps) + 1)
    return with_steps(program, swap(program.steps, to, *some, gone=0))


def _move_step(program: Program, random: Random) -> Program:
    if len(program.steps) < 2:
        return program
    at = random.randrange(len(program.steps))
    rest = swap(program.steps, at)
    return changed(program, steps=swap(rest, random.randrange(len(rest) + 1), program.steps[at], gone=0))


def _insert_group(program: Program, random: Random) -> Program:
    """A meaningful group of steps: submit, execute, settle, reap, wait, wake."""
    head = Operand(Space.HEAD, random.choice(program.heads).index if program.heads else 0)
    refill = Store(Operand(Space.HEAD, head.index, abi.AHU_NEW_THREAD_STACK), TOP)
    atom = Operand(Space.ATOM, random.choice(program.atoms).index if program.atoms else 0)
    run: Step = Call(abi.NR_ASYNC_EXEC, (atom, head))
    if program.threadlets and random.random() < 0.5:
        threadlet = random.choice(program.threadlets).index
        run = Exec(threadlet, random.randrange(pg.MAX_STACKS), head, random.random() < 0.4)
    group: tuple[Step, ...]
    match random.randrange(7):
        case 0:
            group = (refill, run)
        case 1:
            group = (refill, run, Settle())
        case 2:
            group = (Settle(), pg.Reap(head))
        case 3:
            group = (Call(abi.NR_ASYNC_WAIT, (number(random.randrange(4)), number(random.randrange(3)), head)),)
        case 4:
            group = (pg.Advance(random.choice((1, 2, 5, 10))),)
        case 5:
            group = (Settle(),)
        case _:
            builder = Builder(random, program)
            call, wake = random.choice((builder.blocking, builder.quick))()
            builder.steps += wake or (call,)
            return builder.program(random.randrange(len(program.steps) + 1))
    return with_steps(program, swap(program.steps, random.randrange(len(program.steps) + 1), *group, gone=0))


def _splice(program: Program, random: Random) -> Program:
    """A freshly built chain or threadlet with what submits and wakes it."""
    builder = Builder(random, program)
    if not builder.heads or random.random() < 0.1:
        builder.head()
    is_threadlet = random.random() < (0.6 if program.threadlets else 0.15)
    builder.scene(0 if is_threadlet else 1, int(is_threadlet))
    return builder.program(random.randrange(len(program.steps) + 1))


def _trim(program: Program, random: Random) -> Program:
    """Some neighbouring steps go, and the atoms and threadlets that nothing names any more."""
    steps = swap(program.steps, random.randrange(len(program.steps) + 1), gone=random.randrange(1, 9))
    named = {x.index for s in steps if isinstance(s, Call) for x in s.args if x.space is Space.ATOM}
    waiting = list(named)
    atoms = {atom.index: atom for atom in program.atoms}
    while waiting:
        atom = atoms.get(waiting.pop())
        if atom is None:
            continue
        near = [atom.next, *(arg.operand for arg in atom.args), atom.ret]
        found = {x.index for x in near if x.space is Space.ATOM}
        if atom.flags & abi.SYSLET_SKIP_TO_NEXT_ON_STOP:
            found.add(atom.index + 1)
        waiting += found - named
        named |= found
    kept = tuple(a for a in program.atoms if a.index in named or a.at is not None)
    executed = {x.threadlet for x in steps if isinstance(x, Exec)}
    threadlets = tuple(x for x in program.threadlets if x.index in executed)
    return changed(program, steps=steps, atoms=kept, threadlets=threadlets)


def _change_execution(program: Program, random: Random) -> Program:
    """A threadlet is executed another way, on another stack, or another one is."""

    def change(step: Exec) -> Exec:
        kind = random.randrange(4)
        if kind < 2:
            return changed(step, cached=not step.cached)
        if kind == 2:
            used = sorted({x.stack for x in program.steps if isinstance(x, Exec)})
            return changed(step, stack=random.choice((*used, random.randrange(pg.MAX_STACKS))))
        known = [x.index for x in program.threadlets]
        return changed(step, threadlet=random.choice((*known, random.randrange(pg.MAX_THREADLETS))))

    return alter_step(program, random, is_execution, change)


def _retarget(program: Program, random: Random) -> Program:
    if not program.atoms:
        return program
    target = Operand(Space.ATOM, random.choice(program.atoms).index)
    return alter(program, random, "atoms", lambda _: {"next": random.choice((NULL, target, target))})


def _new_action(program: Program, random: Random) -> Program:
    """An atom makes another call."""
    builder = Builder(random, program)
    if not builder.atoms:
        return program
    call = builder.call(blocks=random.random() < 0.6)
    atom = builder.atoms[random.choice(sorted(builder.atoms))]
    builder.atoms[atom.index] = changed(atom, nr=call.nr, args=tuple(map(builder.argument, call.args)))
    return builder.program()


def _clone_atom(program: Program, random: Random) -> Program:
    """An atom's copy in the neighbouring place, where SKIP leads."""
    atom = random.choice(program.atoms) if program.atoms else None
    if atom is None or atom.index + 1 >= pg.MAX_ATOMS:
        return program
    return changed(program, atoms=numbered((*program.atoms, changed(atom, index=atom.index + 1, at=None))))


def _mode(program: Program, random: Random) -> Program:
    """An atom is made ASYNC, SYNC, silent, or plain."""
    flags = random.choice((0, abi.SYSLET_ASYNC, abi.SYSLET_ASYNC, abi.SYSLET_SYNC, abi.SYSLET_NO_COMPLETE))
    return alter(program, random, "atoms", lambda atom: {"flags": flags | atom.flags & ~7})


def _delete_operation(program: Program, random: Random) -> Program:
    """Some neighbouring operations of a script go."""

    def change(script: tuple[Operation, ...]) -> tuple[Operation, ...]:
        return swap(script, random.randrange(len(script) + 1), gone=random.choice((1, 1, 2)))

    return alter_script(program, random, change)


def _insert_operation(program: Program, random: Random) -> Program:
    """A script does one thing more, anywhere; what wakes it, if it blocks, goes to the end of the steps."""
    if not program.threadlets:
        return program
    builder = Builder(random, program)
    made = builder.sleeper() if random.random() < 0.5 else builder.operation()
    if builder.wakes and random.random() < 0.7:
        builder.steps += builder.wakes.pop()

    def change(script: tuple[Operation, ...]) -> tuple[Operation, ...]:
        return swap(script, random.randrange(len(script) + 1), made, gone=0)

    return alter_script(builder.program(), random, change)


def _move_operation(program: Program, random: Random) -> Program:
    """An operation goes elsewhere: within its script, to another, or to the head's steps; or a step comes."""
    steps: list[Any] = list(program.steps)
    scripts: list[list[Any]] = [list(x.script) for x in program.threadlets]
    if not scripts:
        return program
    kind = random.randrange(4)
    sources = [x for x in scripts if x] if kind else [steps]
    source = random.choice(sources) if kind and sources else steps
    places = [i for i, step in enumerate(source) if kind or isinstance(step, Call)]
    if not sources or not places:
        return program
    moved = source.pop(random.choice(places))
    target = steps if kind == 1 else source if kind == 3 else random.choice(scripts)
    target.insert(random.randrange(len(target) + 1), moved)
    given = [tuple(script[: pg.MAX_OPERATIONS]) for script in scripts]
    threadlets = tuple(changed(x, script=y) for x, y in zip(program.threadlets, given, strict=True))
    return with_steps(changed(program, threadlets=threadlets), tuple(steps))


def _chain_to_script(program: Program, random: Random) -> Program:
    """What a chain does, a threadlet does: each atom's call with its own arguments, in order."""
    index = free_number({x.index for x in program.threadlets}, pg.MAX_THREADLETS)
    if index is None:
        return program
    script: list[Operation] = []

    def change(step: Call) -> Exec:
        atoms = {x.index: x for x in program.atoms}
        place = step.args[0]
        while place.space is Space.ATOM and place.index in atoms and len(script) < pg.MAX_OPERATIONS:
            atom = atoms.pop(place.index)
            script.append(Call(atom.nr, tuple(x.operand for x in atom.args if not x.via)))
            place = atom.next
        return Exec(index, random.randrange(pg.MAX_STACKS), step.args[1], random.random() < 0.3)

    other = alter_step(program, random, _submits, change)
    if other is program:
        return program
    return changed(other, threadlets=numbered((*program.threadlets, Threadlet(index, tuple(script)))))


def _submits(step: Step) -> bool:
    """Whether it submits a chain whose first atom it names."""
    if not isinstance(step, Call) or step.nr != abi.NR_ASYNC_EXEC or len(step.args) != 2:
        return False
    return step.args[0].space is Space.ATOM


def _delete(kind: str) -> Edit:
    """One of the `kind` goes."""

    def edit(program: Program, random: Random) -> Program:
        things = getattr(program, kind)
        return changed(program, **{kind: swap(things, random.randrange(len(things)))}) if things else program

    return edit


def _choice(program: Program, random: Random) -> Program:
    made = pg.Choice(random.choice((0, 0, 1, 2, 3, 5, 8, 13)), random.randrange(8))
    at = random.randrange(len(program.chooser) + 1)
    kind = random.randrange(4)
    others = (made,) if kind else ()
    return changed(program, chooser=swap(program.chooser, at, *others, gone=kind < 2)[: pg.MAX_CHOICES])


def _heal_page(program: Program, random: Random) -> Program:
    page = random.randrange(pg.MAX_PAGES)
    return changed(program, pages=swap(program.pages, page, pg.DEFAULT_PAGES[page]))


def _heal_head(program: Program, random: Random) -> Program:
    """A head is as it should be again."""

    def change(head: pg.Head) -> dict[str, Any]:
        size = number(8 * random.choice((1, 2, 4, 8)))
        ring = Operand(Space.RING, head.index)
        return {"ring": ring, "size": size, "kernel_idx": NULL, "user_idx": NULL, "stack": TOP, "at": None}

    return alter(program, random, "heads", change)


def _objects(program: Program, random: Random) -> Program:
    """A pipe, eventfd or time comes, goes or changes."""
    kind = random.randrange(4)
    if kind == 0:
        return changed(program, pipes=tuple(sorted({*program.pipes} ^ {random.randrange(pg.MAX_PIPES)})))
    if kind == 1 and program.eventfds:
        return alter(
            program, random, "eventfds", lambda _: {"count": random.choice(_COUNTS), "semaphore": random.random() < 0.5}
        )

    def time(_: pg.Timespec) -> dict[str, Any]:
        if random.random() < 0.15:
            return {"nsec": random.choice((-1, 10**9, 10**9 - 1, 1, 999_999, pg.INT64_MAX))}
        sec, ms = divmod(random.choice(_TIMES), 1000)
        return {"sec": sec, "nsec": ms * 1_000_000}

    return alter(program, random, "timespecs", time)


#: Mostly edits that keep a program running; one in four leads it astray.
EDITS: Final[tuple[Edit, ...]] = (
    _delete_step, _delete_step, _trim, _trim, _duplicate_steps, _move_step, _move_step, _insert_group, _insert_group,
    _insert_group, _splice, _splice, _retarget, _new_action, _new_action, _clone_atom, _delete("atoms"),
    _delete("pokes"), _choice, _choice, _choice, _heal_page, _heal_head, _objects, _mode, _mode,
    _delete_operation, _insert_operation, _insert_operation, _move_operation, _change_execution, _change_execution,
    _chain_to_script,
    make_odd, make_odd, make_odd, make_odd, make_odd, make_odd, make_odd, make_odd,
    make_limit, make_limit, make_limit, make_limit, make_limit, make_limit, make_limit, make_limit, make_limit,
    make_limit, make_limit, make_limit,
)  # fmt: skip
