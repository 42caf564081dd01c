# SPDX-License-Identifier: Apache-2.0
"""Structural edits of whole programs: steps, groups of steps, atoms, the chooser."""

from random import Random
from typing import Final

from fuzz.generate.build import Builder
from fuzz.generate.change import Edit, alter, changed, swap
from fuzz.generate.draft import TOP
from fuzz.generate.odd_edits import make_odd
from fuzz.generate.script_edits import (
    chain_to_script,
    change_execution,
    delete_operation,
    insert_operation,
    move_operation,
)
from model import abi
from model import program as pg
from model.program import (
    NULL,
    Advance,
    Call,
    Choice,
    Eventfd,
    Exec,
    Head,
    Operand,
    Program,
    Reap,
    Settle,
    Space,
    Step,
    Store,
    Timespec,
)

_TIMES: Final = (0, 1, 1, 2, 5, 10, 999, 1000)


def _with_steps(program: Program, steps: tuple[Step, ...]) -> Program:
    return changed(program, steps=steps[: pg.MAX_STEPS])


def _delete_step(program: Program, random: Random) -> Program:
    if not program.steps:
        return program
    at = random.randrange(len(program.steps))
    return _with_steps(program, program.steps[:at] + program.steps[at + random.choice((1, 1, 1, 2, 4)) :])


def _duplicate_steps(program: Program, random: Random) -> Program:
    if not program.steps:
        return program
    at = random.randrange(len(program.steps))
    some = program.steps[at : at + random.choice((1, 1, 2, 3))]
    to = random.randrange(len(program.steps) + 1)
    return _with_steps(program, program.steps[:to] + some + program.steps[to:])


def _move_step(program: Program, random: Random) -> Program:
    if len(program.steps) < 2:
        return program
    steps = list(program.steps)
    step = steps.pop(random.randrange(len(steps)))
    steps.insert(random.randrange(len(steps) + 1), step)
    return _with_steps(program, tuple(steps))


def _head_of(program: Program, random: Random) -> Operand:
    index = random.choice(program.heads).index if program.heads else 0
    return Operand(Space.HEAD, index)


def _insert_group(program: Program, random: Random) -> Program:
    """A meaningful group of steps: submit, execute, settle, reap, wait, wake."""
    head = _head_of(program, random)
    refill = Store(Operand(Space.HEAD, head.index, abi.AHU_NEW_THREAD_STACK), TOP)
    atom = Operand(Space.ATOM, random.choice(program.atoms).index if program.atoms else 0)
    run: Step = Call(abi.NR_ASYNC_EXEC, (atom, head))
    if program.threadlets and random.random() < 0.5:
        threadlet = random.choice(program.threadlets).index
        run = Exec(threadlet, random.randrange(pg.MAX_STACKS), head, random.random() < 0.4)
    kind = random.randrange(7)
    group: tuple[Step, ...]
    if kind < 2:
        group = (refill, run, Settle()) if kind else (refill, run)
    elif kind == 2:
        group = (Settle(), Reap(head))
    elif kind == 3:
        numbers = [Operand(Space.INT, 0, n) for n in (random.randrange(4), random.randrange(3))]
        group = (Call(abi.NR_ASYNC_WAIT, (*numbers, head)),)
    elif kind == 4:
        group = (Advance(random.choice((1, 2, 5, 10))),)
    elif kind == 5:
        group = (Settle(),)
    else:
        builder = Builder(random, program)
        action = random.choice((builder.blocking, builder.quick))()
        builder.steps += action.wake or (Call(action.nr, action.args),)
        return builder.program(random.randrange(len(program.steps) + 1))
    at = random.randrange(len(program.steps) + 1)
    return _with_steps(program, program.steps[:at] + group + program.steps[at:])


def _splice(program: Program, random: Random) -> Program:
    """A freshly built chain or threadlet with what submits and wakes it."""
    builder = Builder(random, program)
    if not builder.heads or random.random() < 0.1:
        builder.head()
    is_threadlet = random.random() < (0.6 if program.threadlets else 0.15)
    builder.scene(0 if is_threadlet else 1, int(is_threadlet))
    return builder.program(random.randrange(len(program.steps) + 1))


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
    action = builder.blocking() if random.random() < 0.6 else builder.quick()
    atom = builder.atoms[random.choice(sorted(builder.atoms))]
    args = tuple(map(builder.argument, action.args))
    builder.atoms[atom.index] = changed(atom, nr=action.nr, args=args)
    return builder.program()


def _clone_atom(program: Program, random: Random) -> Program:
    """An atom's copy in the neighbouring place, where SKIP leads."""
    if not program.atoms:
        return program
    atom = random.choice(program.atoms)
    index = atom.index + 1
    if index >= pg.MAX_ATOMS:
        return program
    copy = changed(atom, index=index, at=None)
    others = {a.index: a for a in program.atoms} | {index: copy}
    return changed(program, atoms=tuple(others[i] for i in sorted(others)))


def _delete_atom(program: Program, random: Random) -> Program:
    if not program.atoms:
        return program
    at = random.randrange(len(program.atoms))
    return changed(program, atoms=program.atoms[:at] + program.atoms[at + 1 :])


def _trim(program: Program, random: Random) -> Program:
    """Some neighbouring steps go, and the atoms and threadlets that nothing names any more."""
    at = random.randrange(len(program.steps) + 1)
    steps = program.steps[:at] + program.steps[at + random.randrange(1, 9) :]
    named = {x.index for s in steps if isinstance(s, Call) for x in s.args if x.space is Space.ATOM}
    waiting = sorted(named)
    atoms = {atom.index: atom for atom in program.atoms}
    while waiting:
        atom = atoms.get(waiting.pop())
        if atom is None:
            continue
        near = [atom.next, *(arg.operand for arg in atom.args), atom.ret]
        found = {x.index for x in near if x.space is Space.ATOM}
        if atom.flags & abi.SYSLET_SKIP_TO_NEXT_ON_STOP:
            found.add(atom.index + 1)
        waiting += sorted(found - named)
        named |= found
    kept = tuple(a for a in program.atoms if a.index in named or a.at is not None)
    executed = {x.threadlet for x in steps if isinstance(x, Exec)}
    threadlets = tuple(x for x in program.threadlets if x.index in executed)
    return changed(program, steps=steps, atoms=kept, threadlets=threadlets)


def _delete_poke(program: Program, random: Random) -> Program:
    if not program.pokes:
        return program
    at = random.randrange(len(program.pokes))
    return changed(program, pokes=program.pokes[:at] + program.pokes[at + 1 :])


def _choice(program: Program, random: Random) -> Program:
    made = Choice(random.choice((0, 0, 1, 2, 3, 5, 8, 13)), random.randrange(8))
    choices = program.chooser
    at = random.randrange(len(choices) + 1)
    kind = random.randrange(4)
    if kind == 0:
        choices = choices[:at] + choices[at + 1 :]
    elif kind == 1 and at < len(choices):
        choices = swap(choices, at, made)
    else:
        choices = (*choices[:at], made, *choices[at:])[: pg.MAX_CHOICES]
    return changed(program, chooser=choices)


def _heal_page(program: Program, random: Random) -> Program:
    page = random.randrange(pg.MAX_PAGES)
    return changed(program, pages=swap(program.pages, page, pg.DEFAULT_PAGES[page]))


def _heal_head(program: Program, random: Random) -> Program:
    """A head is as it should be again."""

    def change(head: Head) -> dict[str, Operand | None]:
        size = Operand(Space.INT, 0, 8 * random.choice((1, 2, 4, 8)))
        return {"ring": Operand(Space.RING, head.index), "size": size, "kernel_idx": NULL, "user_idx": NULL,
                "stack": TOP, "at": None}  # fmt: skip

    return alter(program, random, "heads", change)


def _objects(program: Program, random: Random) -> Program:
    """A pipe, eventfd or time comes, goes or changes."""
    kind = random.randrange(4)
    if kind == 0:
        pipes = set(program.pipes) ^ {random.randrange(pg.MAX_PIPES)}
        return changed(program, pipes=tuple(sorted(pipes)))
    if kind == 1 and program.eventfds:

        def change(_: Eventfd) -> dict[str, int]:
            return {"count": random.choice((0, 1, 2, (1 << 32) - 1)), "semaphore": random.random() < 0.5}

        return alter(program, random, "eventfds", change)

    def time(_: Timespec) -> dict[str, int]:
        if random.random() < 0.15:
            return {"nsec": random.choice((-1, 10**9, 10**9 - 1, 1, 999_999, pg.INT64_MAX))}
        ms = random.choice(_TIMES)
        return {"sec": ms // 1000, "nsec": ms % 1000 * 1_000_000}

    return alter(program, random, "timespecs", time)


def _mode(program: Program, random: Random) -> Program:
    """An atom is made ASYNC, SYNC, silent, or plain."""
    flags = random.choice((0, abi.SYSLET_ASYNC, abi.SYSLET_ASYNC, abi.SYSLET_SYNC, abi.SYSLET_NO_COMPLETE))
    return alter(program, random, "atoms", lambda atom: {"flags": flags | atom.flags & ~7})


#: Mostly edits that keep a program running; one in four leads it astray.
EDITS: Final[tuple[Edit, ...]] = (
    _delete_step, _delete_step, _trim, _trim, _duplicate_steps, _move_step, _move_step, _insert_group, _insert_group,
    _insert_group, _splice, _splice, _retarget, _new_action, _new_action, _clone_atom, _delete_atom,
    _delete_poke, _choice, _choice, _choice, _heal_page, _heal_head, _objects, _mode, _mode,
    delete_operation, insert_operation, insert_operation, move_operation, change_execution, change_execution,
    chain_to_script,
    make_odd, make_odd, make_odd, make_odd, make_odd, make_odd, make_odd, make_odd,
)  # fmt: skip
