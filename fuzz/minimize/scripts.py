# SPDX-License-Identifier: Apache-2.0
"""Passes over threadlets: fewer scripts and operations, fewer threadlets and stacks, low numbers."""

from collections.abc import Callable, Iterator
from itertools import pairwise

import attrs

from fuzz.minimize.edit import chunks_removed, executions, map_operations, replaced, rewrite_operands, spots, without
from fuzz.text.names import STACKS
from model.program import MAX_STEPS, Exec, Operand, Program, Space, Step, Threadlet

Renumber = Callable[[Program, dict[int, int]], Program]

_TOPS = tuple(STACKS.values())


def drop_scripts(program: Program) -> Iterator[Program]:
    """Threadlets go, in pieces (their executions run nothing), then pieces of each script."""
    for threadlets in chunks_removed(program.threadlets):
        yield attrs.evolve(program, threadlets=threadlets)
    for position, threadlet in enumerate(program.threadlets):
        for script in chunks_removed(threadlet.script):
            changed = Threadlet(threadlet.index, script)
            yield attrs.evolve(program, threadlets=replaced(program.threadlets, position, changed))


def inline_scripts(program: Program) -> Iterator[Program]:
    """A threadlet that one step executes goes, and the head does what its script did."""
    executed = [x.threadlet for x in executions(program)]
    for position, step in enumerate(program.steps):
        if not isinstance(step, Exec) or executed.count(step.threadlet) > 1:
            continue
        script = next((x.script for x in program.threadlets if x.index == step.threadlet), ())
        if len(program.steps) - 1 + len(script) > MAX_STEPS:
            continue
        rest = tuple(x for x in program.threadlets if x.index != step.threadlet)
        steps = (*program.steps[:position], *script, *program.steps[position + 1 :])
        yield attrs.evolve(program, threadlets=rest, steps=steps)


def plainer_executions(program: Program) -> Iterator[Program]:
    """The cached way becomes the real one: all at once, then each alone."""
    yield _map_executions(program, lambda x: attrs.evolve(x, cached=False))
    for step, put in spots(program):
        if isinstance(step, Exec) and step.cached:
            yield put(attrs.evolve(step, cached=False))


def _map_executions(program: Program, change: Callable[[Exec], Exec]) -> Program:
    steps: tuple[Step, ...] = tuple(change(x) if isinstance(x, Exec) else x for x in program.steps)
    scripts = map_operations(program, lambda x: change(x) if isinstance(x, Exec) else x)
    return attrs.evolve(scripts, steps=steps)


def _renumber_threadlets(program: Program, mapping: dict[int, int]) -> Program:
    """Threadlets change their numbers. Where two get the same one, the first declaration stays."""
    moved = _map_executions(program, lambda x: attrs.evolve(x, threadlet=mapping.get(x.threadlet, x.threadlet)))
    kept: dict[int, Threadlet] = {}
    for threadlet in moved.threadlets:
        number = mapping.get(threadlet.index, threadlet.index)
        kept.setdefault(number, Threadlet(number, threadlet.script))
    return attrs.evolve(moved, threadlets=tuple(kept[i] for i in sorted(kept)))


def _renumber_stacks(program: Program, mapping: dict[int, int]) -> Program:
    tops = {_TOPS[old]: _TOPS[new] for old, new in mapping.items()}

    def rewrite(operand: Operand) -> Operand:
        if operand.space is Space.INT and operand.value in tops:
            return Operand(Space.INT, 0, tops[operand.value])
        return operand

    moved = _map_executions(program, lambda x: attrs.evolve(x, stack=mapping.get(x.stack, x.stack)))
    return rewrite_operands(moved, rewrite)


def _threadlets(program: Program) -> list[int]:
    return sorted({x.index for x in program.threadlets} | {x.threadlet for x in executions(program)})


def _stacks(program: Program) -> list[int]:
    return sorted({x.stack for x in executions(program)})


_NUMBERED: tuple[tuple[Callable[[Program], list[int]], Renumber], ...] = (
    (_threadlets, _renumber_threadlets),
    (_stacks, _renumber_stacks),
)


def merge_scripts(program: Program) -> Iterator[Program]:
    """One threadlet, or one stack, serves for two."""
    for numbers, renumber in _NUMBERED:
        used = numbers(program)
        for position, kept in enumerate(used):
            for gone in without(used, position, position + 1):
                yield renumber(program, {gone: kept})


def compact_scripts(program: Program) -> Iterator[Program]:
    """Threadlets and stacks are 0, 1, 2 … in order of use; of two orders the simpler one is canonical."""
    for numbers, renumber in _NUMBERED:
        used = numbers(program)
        yield renumber(program, {number: place for place, number in enumerate(used)})
        for number in used:
            free = next((x for x in range(number) if x not in used), number)
            yield renumber(program, {number: free})
        for first, second in pairwise(used):
            yield renumber(program, {first: second, second: first})
