# SPDX-License-Identifier: Apache-2.0
"""Edits of threads: one comes, goes, or gives steps to another; two meet; two heads share a ring (F26).

All other edits change the steps of thread 0. Here one of them may change those of another thread.
"""

from random import Random
from typing import Final

from fuzz.generate.build import Builder
from fuzz.generate.change import Edit, changed, swap
from fuzz.generate.edits import EDITS
from fuzz.generate.operands import TOP
from model import abi
from model import program as pg
from model.program import Call, Operand, Program, Settle, Space, Step, Store, Thread


def with_threads(program: Program, threads: list[tuple[Step, ...]]) -> Program:
    """The program with these further threads, numbered anew and cut to what there may be."""
    room, made = pg.MAX_STEPS, []
    for number, steps in enumerate(threads[: pg.MAX_THREADS - 1], 1):
        made.append(Thread(number, steps[:room]))
        room -= len(made[-1].steps)
    return changed(program, threads=tuple(made))


def _steps(program: Program) -> list[tuple[Step, ...]]:
    return [thread.steps for thread in program.threads]


def add_thread(program: Program, random: Random) -> Program:
    """A thread that submits something on a head of its own or on one that is there, wakes, waits; or just settles."""
    if len(program.threads) == pg.MAX_THREADS - 1:
        return program
    builder = Builder(random, changed(program, steps=(), threads=()))
    if not builder.heads or random.random() < 0.5:
        builder.head()
    if random.random() < 0.4:
        builder.steps.append(Settle())  # it lets thread 0 begin
    if random.random() < 0.75:
        builder.scene(random.choice((0, 1, 1, 2)), int(random.random() < 0.3))
    else:
        builder.steps += [builder.call(blocks=random.random() < 0.4) for _ in range(random.choice((1, 1, 2, 3)))]
    if random.random() < 0.1:
        builder.steps.append(pg.Exit(random.randrange(4)))
    made = builder.program()
    threads = [*_steps(program), made.steps]
    return with_threads(changed(made, steps=program.steps), threads)


def _drop_thread(program: Program, random: Random) -> Program:
    if not program.threads:
        return program
    threads = _steps(program)
    del threads[random.randrange(len(threads))]
    return with_threads(program, threads)


def _edit_in_thread(program: Program, random: Random) -> Program:
    """What other edits do with the steps of thread 0."""
    if not program.threads:
        return program
    at = random.randrange(len(program.threads))
    edited = random.choice(EDITS)(changed(program, steps=program.threads[at].steps, threads=()), random)
    threads = _steps(program)
    threads[at] = edited.steps
    return with_threads(changed(edited, steps=program.steps), threads)


def _hand_steps_over(program: Program, random: Random) -> Program:
    """Some steps of one thread go to another."""
    if not program.threads:
        return program
    threads = [program.steps, *_steps(program)]
    source, target = random.sample(range(len(threads)), 2)
    if not threads[source]:
        return program
    at, count = random.randrange(len(threads[source])), random.choice((1, 1, 2, 3))
    some = threads[source][at : at + count]
    threads[source] = swap(threads[source], at, gone=count)
    threads[target] = swap(threads[target], random.randrange(len(threads[target]) + 1), *some, gone=0)
    return with_threads(changed(program, steps=threads[0][: pg.MAX_STEPS]), threads[1:])


def _meet(program: Program, random: Random) -> Program:
    """Thread 0 and another settle, and go on from there together."""
    if not program.threads or len(program.steps) == pg.MAX_STEPS:
        return program
    threads = _steps(program)
    at = random.randrange(len(threads))
    threads[at] = swap(threads[at], random.randrange(len(threads[at]) + 1), Settle(), gone=0)
    steps = swap(program.steps, random.randrange(len(program.steps) + 1), Settle(), gone=0)
    return with_threads(changed(program, steps=steps), threads)


def share_head(program: Program, random: Random) -> Program:
    """A thread submits a chain on a head that thread 0 uses."""
    if not program.threads or not program.heads or not program.atoms:
        return program
    head, atom = random.choice(program.heads).index, random.choice(program.atoms).index
    place = Operand(Space.HEAD, head)
    group = (
        Store(Operand(Space.HEAD, head, abi.AHU_NEW_THREAD_STACK), TOP),
        Call(abi.NR_ASYNC_EXEC, (Operand(Space.ATOM, atom), place)),
    )
    threads = _steps(program)
    at = random.randrange(len(threads))
    threads[at] = swap(threads[at], random.randrange(len(threads[at]) + 1), *group, gone=0)
    return with_threads(program, threads)


THREAD_EDITS: Final[tuple[Edit, ...]] = (
    add_thread, _drop_thread, _edit_in_thread, _edit_in_thread, _edit_in_thread, _hand_steps_over, _meet, share_head,
)  # fmt: skip
