# SPDX-License-Identifier: Apache-2.0
"""The passes, in the order in which they are tried: what removes most, first.

A pass maps a program to proposals. It need not know whether a proposal is smaller (the order decides) or still
shows the fault (the predicate does), so a pass is only a way of looking at programs.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from itertools import pairwise
from typing import Any, Final

from fuzz.generate.change import changed, swap
from fuzz.generate.operands import TOP
from fuzz.minimize import values
from fuzz.minimize.edit import executions, mentioned, pieces_removed, rewritten, spots
from fuzz.minimize.numbering import KINDS, OF_SCRIPTS, compact_numbers, compacted, merged
from model.program import (
    DEFAULT_PAGES,
    NULL,
    Call,
    Exec,
    Head,
    Operand,
    Program,
    ProgramError,
    Space,
    Step,
    Thread,
)

Pass = Callable[[Program], Iterator[Program]]

_ATOMS: Final = ("atoms.*",)
_OPERATIONS: Final = ("steps.*", "threadlets.*.script.*", "threads.*.steps.*")


def _each(rule: Callable[[Any], Iterator[Any]], *paths: str) -> Pass:
    """What lies at these paths is exchanged, one after another, for what the rule proposes for it."""

    def proposals(program: Program) -> Iterator[Program]:
        for path in paths:
            for found, put in spots(program, path):
                yield from map(put, rule(found))

    return proposals


def _drop(*paths: str) -> Pass:
    """Pieces of these tuples go, large ones first, the last things first."""
    return _each(pieces_removed, *paths)


def _drop_threads(program: Program) -> Iterator[Program]:
    """Threads go, all at once and then each; or their steps go to the end of the steps of the one before."""
    for kept in pieces_removed(program.threads):
        yield _with_threads(program, program.steps, [x.steps for x in kept])
    for position in range(len(program.threads)):
        joined = [program.steps, *(x.steps for x in program.threads)]
        joined[position : position + 2] = [joined[position] + joined[position + 1]]
        first, *others = joined
        with suppress(ProgramError):  # there may be too many in one
            yield _with_threads(program, first, others)


def _with_threads(program: Program, steps: tuple[Step, ...], others: list[tuple[Step, ...]]) -> Program:
    return changed(program, steps=steps, threads=tuple(Thread(i, x) for i, x in enumerate(others, 1)))


def _drop_unmentioned(program: Program) -> Iterator[Program]:
    """Everything that no operand names goes, all in one proposal."""
    pipes = mentioned(program, Space.PIPE_READ, Space.PIPE_WRITE)
    named = {
        "eventfds": mentioned(program, Space.EVENTFD),
        "timespecs": mentioned(program, Space.TIMESPEC),
        "heads": mentioned(program, Space.HEAD),
        "atoms": mentioned(program, Space.ATOM),
        "threadlets": {x.threadlet for x in executions(program)},
    }
    kept = {name: tuple(x for x in getattr(program, name) if x.index in used) for name, used in named.items()}
    yield changed(program, pages=DEFAULT_PAGES, pipes=tuple(x for x in program.pipes if x in pipes), **kept)


def _drop_declarations(program: Program) -> Iterator[Program]:
    """Initial words, objects, heads, timespecs go, in pieces; pages return to their defaults."""
    yield from _drop("pokes", "heads", "timespecs", "pipes", "eventfds", "assumed")(program)
    for number, kind in enumerate(DEFAULT_PAGES):
        yield changed(program, pages=swap(program.pages, number, kind))


def _inline_scripts(program: Program) -> Iterator[Program]:
    """A threadlet that one step executes goes, and the head does what its script did."""
    executed = [x.threadlet for x in executions(program)]
    lists = [program.steps, *(x.steps for x in program.threads)]
    for number, position in [(i, k) for i, steps in enumerate(lists) for k in range(len(steps))]:
        step = lists[number][position]
        if not isinstance(step, Exec) or executed.count(step.threadlet) > 1:
            continue
        script = next((x.script for x in program.threadlets if x.index == step.threadlet), ())
        rest = changed(program, threadlets=tuple(x for x in program.threadlets if x.index != step.threadlet))
        joined = (*lists[number][:position], *script, *lists[number][position + 1 :])
        made = [*lists[:number], joined, *lists[number + 1 :]]
        with suppress(ProgramError):  # there may be too many
            yield _with_threads(rest, made[0], made[1:])


def _redirected(old: Operand, new: Operand, thing: Any) -> Any:
    return rewritten(thing, lambda x: new if x == old else x)


def _bypass_atoms(program: Program) -> Iterator[Program]:
    """An atom goes, and what pointed at it points at its successor."""
    for atom in program.atoms:
        own = Operand(Space.ATOM, atom.index)
        if atom.next == own:
            continue
        redirected = partial(_redirected, own, atom.next)
        rest = changed(program, atoms=tuple(x for x in program.atoms if x is not atom))
        with suppress(ProgramError):  # an initial value of the atom might have no place any more
            yield redirected(rest)
        # Only the chain is mended: who else names the atom (a completion, a store) goes on naming its place.
        yield changed(
            rest,
            atoms=tuple(changed(x, next=redirected(x.next)) for x in rest.atoms),
            steps=tuple(redirected(x) if isinstance(x, Call) else x for x in rest.steps),
            threads=tuple(changed(x, steps=redirected(x.steps)) for x in rest.threads),
        )


def _stacks_from_the_start(program: Program) -> Iterator[Program]:
    """An initial word somewhere in a head may be there since it is a spare's stack: then the head has one."""
    for position, poke in enumerate(program.pokes):
        if poke.target.space is Space.HEAD:
            index = poke.target.index
            old = next((x for x in program.heads if x.index == index), Head(index))
            others = [x for x in program.heads if x.index != index]
            heads = tuple(sorted([*others, changed(old, stack=TOP)], key=lambda x: x.index))
            yield changed(program, pokes=(*program.pokes[:position], *program.pokes[position + 1 :]), heads=heads)


def _shorten_chains(program: Program) -> Iterator[Program]:
    """An atom's successor becomes its successor's successor, or NULL."""
    by_place = {Operand(Space.ATOM, x.index): x for x in program.atoms}
    for atom, put in spots(program, "atoms.*"):
        if atom.next != NULL:
            yield put(changed(atom, next=NULL))
            successor = by_place.get(atom.next)
            if successor is not None and successor is not atom:
                yield put(changed(atom, next=successor.next))


def _real_executions(program: Program) -> Iterator[Program]:
    """The cached way becomes the real one: all at once, then each alone."""
    yield rewritten(program, lambda x: changed(x, cached=False) if isinstance(x, Exec) else x)
    yield from _each(values.real_execution, *_OPERATIONS)(program)


def _simplify_choices(program: Program) -> Iterator[Program]:
    """Choices come earlier and pick less; two neighbours may become one."""
    yield from _each(values.plainer_fields, "chooser.*")(program)
    for position, (first, second) in enumerate(pairwise(program.chooser)):
        skip = first.skip + 1 + second.skip
        if skip < 32:
            joined = changed(second, skip=skip)
            yield changed(program, chooser=(*program.chooser[:position], joined, *program.chooser[position + 2 :]))


PASSES: Final[dict[str, Pass]] = {
    "drop_threads": _drop_threads,
    "drop_steps": _drop("steps", "threads.*.steps"),
    "drop_scripts": _drop("threadlets", "threadlets.*.script"),
    "drop_atoms": _drop("atoms"),
    "drop_unmentioned": _drop_unmentioned,
    "drop_choices": _drop("chooser"),
    "drop_declarations": _drop_declarations,
    "inline_scripts": _inline_scripts,
    "bypass_atoms": _bypass_atoms,
    "shorten_chains": _shorten_chains,
    "clear_flags": _each(values.fewer_flags, *_ATOMS),
    "default_fields": _each(values.default_fields, *_ATOMS),
    "plainer_executions": _real_executions,
    "plainer_stores": _each(values.plainer_store, *_OPERATIONS),
    "stacks_from_the_start": _stacks_from_the_start,
    "merge_things": partial(merged, kinds=KINDS),
    "merge_scripts": partial(merged, kinds=OF_SCRIPTS),
    "shorter_arguments": _each(values.fewer_arguments, *_ATOMS, *_OPERATIONS),
    "inline_offsets": _each(values.without_offsets, *_ATOMS),
    "plainer_calls": _each(values.plainer_calls, *_ATOMS, *_OPERATIONS),
    "plainer_atom_operands": _each(values.plainer_fields, *_ATOMS),
    "plainer_heads": _each(values.plainer_fields, "heads.*"),
    "plainer_pokes": _each(values.plainer_fields, "pokes.*"),
    "plainer_step_operands": _each(values.plainer_fields, *_OPERATIONS),
    "plainer_objects": _each(values.plainer_fields, "eventfds.*", "timespecs.*"),
    "simplify_choices": _simplify_choices,
    "compact_numbers": compact_numbers,
    "compact_scripts": partial(compacted, kinds=OF_SCRIPTS),
}
