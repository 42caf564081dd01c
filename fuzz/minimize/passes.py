# SPDX-License-Identifier: Apache-2.0
"""The passes, in the order in which they are tried: what removes most, first.

A pass maps a program to proposals. It need not know whether a proposal is smaller (the order decides) or still
shows the fault (the predicate does), so a pass is only a way of looking at programs.
"""

from collections.abc import Callable, Iterator
from typing import Final

import attrs

from fuzz.minimize.edit import (
    chunks_removed,
    executions,
    mentioned,
    replaced,
    rewrite_atom,
    rewrite_operands,
    rewrite_step,
    with_fields,
)
from fuzz.minimize.numbering import compact_numbers, merge_things
from fuzz.minimize.scripts import compact_scripts, drop_scripts, inline_scripts, merge_scripts, plainer_executions
from fuzz.minimize.values import (
    plainer_atom_operands,
    plainer_calls,
    plainer_heads,
    plainer_objects,
    plainer_pokes,
    plainer_step_operands,
    shorter_arguments,
)
from model.program import DEFAULT_PAGES, NULL, Atom, Call, Operand, Program, Space

Pass = Callable[[Program], Iterator[Program]]


def drop_unmentioned(program: Program) -> Iterator[Program]:
    """Everything that no operand names goes, all in one proposal."""
    named = {space: set(mentioned(program, space)) for space in Space}
    executed = {x.threadlet for x in executions(program)}
    pipes = named[Space.PIPE_READ] | named[Space.PIPE_WRITE]
    yield attrs.evolve(
        program,
        pages=DEFAULT_PAGES,
        pipes=tuple(x for x in program.pipes if x in pipes),
        eventfds=tuple(x for x in program.eventfds if x.index in named[Space.EVENTFD]),
        timespecs=tuple(x for x in program.timespecs if x.index in named[Space.TIMESPEC]),
        heads=tuple(x for x in program.heads if x.index in named[Space.HEAD]),
        atoms=tuple(x for x in program.atoms if x.index in named[Space.ATOM]),
        threadlets=tuple(x for x in program.threadlets if x.index in executed),
    )


def drop_steps(program: Program) -> Iterator[Program]:
    """Pieces of the steps go, large ones first, the last steps first."""
    for steps in chunks_removed(program.steps):
        yield attrs.evolve(program, steps=steps)


def drop_atoms(program: Program) -> Iterator[Program]:
    """Pieces of the atoms go; what pointed at them points at zeros."""
    for atoms in chunks_removed(program.atoms):
        yield attrs.evolve(program, atoms=atoms)


def drop_choices(program: Program) -> Iterator[Program]:
    """Pieces of the chooser go."""
    for choices in chunks_removed(program.chooser):
        yield attrs.evolve(program, chooser=choices)


def drop_declarations(program: Program) -> Iterator[Program]:
    """Initial words, objects, heads, timespecs go, in pieces; pages return to their defaults."""
    for pokes in chunks_removed(program.pokes):
        yield attrs.evolve(program, pokes=pokes)
    for heads in chunks_removed(program.heads):
        yield attrs.evolve(program, heads=heads)
    for timespecs in chunks_removed(program.timespecs):
        yield attrs.evolve(program, timespecs=timespecs)
    for pipes in chunks_removed(program.pipes):
        yield attrs.evolve(program, pipes=pipes)
    for eventfds in chunks_removed(program.eventfds):
        yield attrs.evolve(program, eventfds=eventfds)
    for number, kind in enumerate(DEFAULT_PAGES):
        yield attrs.evolve(program, pages=replaced(program.pages, number, kind))


def bypass_atoms(program: Program) -> Iterator[Program]:
    """An atom goes, and what pointed at it points at its successor."""
    for atom in program.atoms:
        own = Operand(Space.ATOM, atom.index)
        if atom.next == own:
            continue

        def redirect(operand: Operand, own: Operand = own, successor: Operand = atom.next) -> Operand:
            return successor if operand == own else operand

        rest = attrs.evolve(program, atoms=tuple(x for x in program.atoms if x is not atom))
        yield rewrite_operands(rest, redirect)
        # Only the chain is mended: who else names the atom (a completion, a store) goes on naming its place.
        yield attrs.evolve(
            rest,
            atoms=tuple(attrs.evolve(x, next=redirect(x.next)) for x in rest.atoms),
            steps=tuple(rewrite_step(x, redirect) if isinstance(x, Call) else x for x in rest.steps),
        )


def shorten_chains(program: Program) -> Iterator[Program]:
    """An atom's successor becomes its successor's successor, or NULL."""
    by_place = {Operand(Space.ATOM, x.index): x for x in program.atoms}
    for position, atom in enumerate(program.atoms):
        if atom.next == NULL:
            continue
        yield _with_atom(program, position, attrs.evolve(atom, next=NULL))
        successor = by_place.get(atom.next)
        if successor is not None and successor is not atom:
            yield _with_atom(program, position, attrs.evolve(atom, next=successor.next))


def clear_flags(program: Program) -> Iterator[Program]:
    """All flags of an atom go, or all but one, or one."""
    for position, atom in enumerate(program.atoms):
        bits = [1 << n for n in range(atom.flags.bit_length()) if atom.flags >> n & 1]
        for flags in (0, *bits, *(atom.flags & ~bit for bit in bits)):
            if flags != atom.flags:
                yield _with_atom(program, position, attrs.evolve(atom, flags=flags))


def default_fields(program: Program) -> Iterator[Program]:
    """Atoms lose their private word, result pointer and unusual place; eventfds and steps their extras."""
    for position, atom in enumerate(program.atoms):
        for name, value in (("at", None), ("private", NULL), ("ret", NULL)):
            yield _with_atom(program, position, with_fields(atom, {name: value}))
        for place, arg in enumerate(atom.args):
            if arg.via:
                args = replaced(atom.args, place, attrs.evolve(arg, via=False))
                yield _with_atom(program, position, attrs.evolve(atom, args=args))


def simplify_choices(program: Program) -> Iterator[Program]:
    """Choices come earlier and pick less; two neighbours may become one."""
    for position, choice in enumerate(program.chooser):
        for skip in sorted({0, choice.skip // 2, max(choice.skip - 1, 0)}):
            changed = attrs.evolve(choice, skip=skip)
            yield attrs.evolve(program, chooser=replaced(program.chooser, position, changed))
        for pick in range(choice.pick):
            changed = attrs.evolve(choice, pick=pick)
            yield attrs.evolve(program, chooser=replaced(program.chooser, position, changed))
    for position, (first, second) in enumerate(zip(program.chooser, program.chooser[1:], strict=False)):
        skip = first.skip + 1 + second.skip
        if skip < 32:
            joined = attrs.evolve(second, skip=skip)
            chooser = (*program.chooser[:position], joined, *program.chooser[position + 2 :])
            yield attrs.evolve(program, chooser=chooser)


def inline_offsets(program: Program) -> Iterator[Program]:
    """All offsets of an atom's operands go at once."""
    for position, atom in enumerate(program.atoms):
        yield _with_atom(program, position, rewrite_atom(atom, _plain))


def _plain(operand: Operand) -> Operand:
    return operand if operand.space is Space.INT else attrs.evolve(operand, value=0)


def _with_atom(program: Program, position: int, atom: Atom) -> Program:
    return attrs.evolve(program, atoms=replaced(program.atoms, position, atom))


PASSES: Final[tuple[Pass, ...]] = (
    drop_steps,
    drop_scripts,
    drop_atoms,
    drop_unmentioned,
    drop_choices,
    drop_declarations,
    inline_scripts,
    bypass_atoms,
    shorten_chains,
    clear_flags,
    default_fields,
    plainer_executions,
    merge_things,
    merge_scripts,
    shorter_arguments,
    inline_offsets,
    plainer_calls,
    plainer_atom_operands,
    plainer_heads,
    plainer_pokes,
    plainer_step_operands,
    plainer_objects,
    simplify_choices,
    compact_numbers,
    compact_scripts,
)
