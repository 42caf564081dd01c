# SPDX-License-Identifier: Apache-2.0
"""Structural edits of threadlets: operations, scripts, and how they are executed."""

from random import Random

from fuzz.generate.build import Builder
from fuzz.generate.change import alter, changed, swap
from model import abi
from model import program as pg
from model.program import Call, Exec, Operand, Operation, Program, Space, Step, Threadlet


def _with_script(program: Program, position: int, script: tuple[Operation, ...]) -> Program:
    other = Threadlet(program.threadlets[position].index, script[: pg.MAX_OPERATIONS])
    return changed(program, threadlets=swap(program.threadlets, position, other))


def delete_operation(program: Program, random: Random) -> Program:
    """Some neighbouring operations of a script go."""

    def change(threadlet: Threadlet) -> dict[str, tuple[Operation, ...]]:
        at = random.randrange(len(threadlet.script) + 1)
        return {"script": threadlet.script[:at] + threadlet.script[at + random.choice((1, 1, 2)) :]}

    return alter(program, random, "threadlets", change)


def insert_operation(program: Program, random: Random) -> Program:
    """A script does one thing more, anywhere; what wakes it, if it blocks, goes to the end of the steps."""
    if not program.threadlets:
        return program
    builder = Builder(random, program)
    made = builder.sleeper() if random.random() < 0.5 else builder.operation()
    if builder.wakes and random.random() < 0.7:
        builder.steps += builder.wakes.pop()
    other = builder.program()
    position = random.randrange(len(other.threadlets))
    script = other.threadlets[position].script
    at = random.randrange(len(script) + 1)
    return _with_script(other, position, (*script[:at], made, *script[at:]))


def move_operation(program: Program, random: Random) -> Program:
    """An operation goes elsewhere: within its script, to another, or to the head's steps; or a step comes."""
    steps: list[Step] = list(program.steps)
    scripts = [list(x.script) for x in program.threadlets]
    sources: list[list[Operation]] = [x for x in scripts if x]
    if not scripts:
        return program
    kind = random.randrange(4)
    if kind == 0:
        calls = [i for i, step in enumerate(steps) if isinstance(step, Call)]
        if not calls:
            return program
        moved = steps.pop(random.choice(calls))
        assert isinstance(moved, Call)
        script = random.choice(scripts)
        script.insert(random.randrange(len(script) + 1), moved)
    elif not sources:
        return program
    else:
        script = random.choice(sources)
        operation = script.pop(random.randrange(len(script)))
        if kind == 1:
            steps.insert(random.randrange(len(steps) + 1), operation)
        else:
            target = random.choice(scripts) if kind == 2 else script
            target.insert(random.randrange(len(target) + 1), operation)
    threadlets = tuple(
        Threadlet(x.index, tuple(script[: pg.MAX_OPERATIONS]))
        for x, script in zip(program.threadlets, scripts, strict=True)
    )
    return changed(program, steps=tuple(steps[: pg.MAX_STEPS]), threadlets=threadlets)


def change_execution(program: Program, random: Random) -> Program:
    """A threadlet is executed another way, on another stack, or another one is."""
    places = [i for i, step in enumerate(program.steps) if isinstance(step, Exec)]
    if not places:
        return program
    at = random.choice(places)
    step = program.steps[at]
    assert isinstance(step, Exec)
    kind = random.randrange(4)
    if kind < 2:
        other = changed(step, cached=not step.cached)
    elif kind == 2:
        used = sorted({x.stack for x in program.steps if isinstance(x, Exec)})
        other = changed(step, stack=random.choice((*used, random.randrange(pg.MAX_STACKS))))
    else:
        known = [x.index for x in program.threadlets]
        other = changed(step, threadlet=random.choice((*known, random.randrange(pg.MAX_THREADLETS))))
    return changed(program, steps=swap(program.steps, at, other))


def chain_to_script(program: Program, random: Random) -> Program:
    """What a chain does, a threadlet does: each atom's call with its own arguments, in order."""
    index = next((i for i in range(pg.MAX_THREADLETS) if i not in {x.index for x in program.threadlets}), None)
    places = [i for i, step in enumerate(program.steps) if _submitted(step) is not None]
    if index is None or not places:
        return program
    at = random.choice(places)
    atoms = {x.index: x for x in program.atoms}
    number, script = _submitted(program.steps[at]), list[Operation]()
    while number in atoms and len(script) < pg.MAX_OPERATIONS:
        atom = atoms.pop(number)
        script.append(Call(atom.nr, tuple(x.operand for x in atom.args if not x.via)))
        number = atom.next.index if atom.next.space is Space.ATOM else None
    threadlets = {x.index: x for x in program.threadlets} | {index: Threadlet(index, tuple(script))}
    step = program.steps[at]
    assert isinstance(step, Call)
    run = Exec(index, random.randrange(pg.MAX_STACKS), step.args[1], random.random() < 0.3)
    return changed(
        program,
        threadlets=tuple(threadlets[i] for i in sorted(threadlets)),
        steps=swap(program.steps, at, run),
    )


def _submitted(step: Step) -> int | None:
    """The number of the atom that a step submits, if it names one."""
    if isinstance(step, Call) and step.nr == abi.NR_ASYNC_EXEC and len(step.args) == 2:
        atom: Operand = step.args[0]
        return atom.index if atom.space is Space.ATOM else None
    return None
