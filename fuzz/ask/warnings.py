# SPDX-License-Identifier: Apache-2.0
"""Warnings: names that nothing was declared for, arguments left out, choices that no run makes, rings too long.

All of it is allowed: memory that nothing was put into is zero, and zeros are a call, a head, an argument. It is rarely
meant. A script that is not declared is empty (D87), and that often is.
"""

from collections.abc import Iterator
from typing import Final

from fuzz.ask import overlap
from fuzz.ask.choices import Guide
from fuzz.ask.overlap import operations, writes
from fuzz.schedule.decisions import options_of
from fuzz.text import names
from fuzz.text.printer import print_step
from model import abi, calls
from model import image as layout
from model.image import BASE, RING_BYTES, resolve
from model.program import RING_SLOTS, Call, Exec, Operand, Program, Reap, Space, Step, Store
from model.variant import PINNED

_BYTES: Final = {Space.ATOM: abi.ATOM_BYTES, Space.HEAD: abi.AHU_BYTES, Space.TIMESPEC: 2 * abi.WORD}
_IS: Final = {
    Space.ATOM: "an atom of zeros is read(0, NULL, 0)",
    Space.HEAD: "a head of zeros has no stack and no ring",
    Space.TIMESPEC: "it is no time",
    Space.PIPE_READ: "it is a bad descriptor",
    Space.PIPE_WRITE: "it is a bad descriptor",
    Space.EVENTFD: "it is a bad descriptor",
}


def every_warning(program: Program, *, deep: bool = False) -> list[str]:
    """Those of `fuzz.ask.overlap` first."""
    return [*overlap.warnings(program), *warnings(program, deep=deep)]


def warnings(program: Program, *, deep: bool = False) -> list[str]:
    """A line for each; usually none. `deep`: choices are made inside objects as well (D77)."""
    found = (
        *_undeclared(program), *_missing(program), *_rings(program), *_waits(program), *_choices(program, deep=deep),
        *_unknown(program),
    )  # fmt: skip
    return [f"warning: {line}" for line in dict.fromkeys(found)]


def _undeclared(program: Program) -> Iterator[str]:
    memory = layout.build(program).memory
    written = [(write.start, write.start + write.count) for write in writes(program)]
    declared = _declared(program)
    placed = {(Space.ATOM, x.index) for x in program.atoms} | {(Space.HEAD, x.index) for x in program.heads}
    for who, operand in _named(program):
        if operand.space not in declared or operand.value or operand.index in declared[operand.space]:
            continue
        start, size = resolve(operand), _BYTES.get(operand.space, 0)
        filled = any(memory[start - BASE : start - BASE + size]) if size else False
        if not filled and not any(begin < start + size and start < end for begin, end in written):
            thing = names.operand(operand).split(".")[0]
            where = "lies elsewhere" if (operand.space, operand.index) in placed else "is not declared"
            yield f"{who} names {thing}, which {where}: {_IS[operand.space]}"


def _declared(program: Program) -> dict[Space, set[int]]:
    """Numbers of what is in its own place, or open, when the program starts."""
    return {
        Space.ATOM: {x.index for x in program.atoms if x.at is None},
        Space.HEAD: {x.index for x in program.heads if x.at is None},
        Space.TIMESPEC: {x.index for x in program.timespecs},
        Space.PIPE_READ: set(program.pipes),
        Space.PIPE_WRITE: set(program.pipes),
        Space.EVENTFD: {x.index for x in program.eventfds},
    }


def _named(program: Program) -> Iterator[tuple[str, Operand]]:
    """Operands that are followed, and who does."""
    for atom in program.atoms:
        who = f"a{atom.index}"
        yield who, atom.next
        for argument in atom.args:
            if not argument.via:
                yield who, argument.operand
    for step in operations(program):
        if isinstance(step, Call):
            yield from ((print_step(step), operand) for operand in step.args)
        elif isinstance(step, Reap | Exec):
            yield print_step(step), step.head
        elif isinstance(step, Store):
            yield print_step(step), step.value


def _missing(program: Program) -> Iterator[str]:
    made = [(f"the {names.call_name(x.nr)} of a{x.index}", x.nr, len(x.args)) for x in program.atoms]
    made += [(print_step(x), x.nr, len(x.args)) for x in operations(program) if isinstance(x, Call)]
    for who, nr, given in made:
        needed = calls.BY_NUMBER[nr].needed if nr in calls.BY_NUMBER else 0
        if given < needed:
            yield f"{who} has {given} of {needed} arguments; those that are missing are 0"


def _rings(program: Program) -> Iterator[str]:
    for head in program.heads:
        size = resolve(head.size)
        if head.ring.space is Space.RING and not head.ring.value and size > RING_BYTES:
            yield (
                f"h{head.index} has a ring of {size // abi.WORD} slots; a place for one has {RING_SLOTS},"
                " and what lies behind it may be written over"
            )


def _waits(program: Program) -> Iterator[str]:
    """Of several threads: a wait is for the caller's own chains and threadlets, whatever ring is passed (D132)."""
    threads = [("thread 0", program.steps), *[(f"u{x.index}", x.steps) for x in program.threads]]
    for who, steps in threads if program.threads else ():
        if any(isinstance(step, Exec) or _calls(step, abi.NR_ASYNC_EXEC) for step in steps):
            continue
        waits = [step for step in steps if _calls(step, abi.NR_ASYNC_WAIT)]
        if waits:
            yield f"{print_step(waits[0])} waits for nothing: {who} submits nothing, and no other thread counts"


def _calls(step: Step, nr: int) -> bool:
    return isinstance(step, Call) and step.nr == nr


def _unknown(program: Program) -> Iterator[str]:
    """What the specification does not know, and nothing was said of (D154)."""
    for nr in sorted(set(layout.build(program).opaque) - {x.nr for x in program.assumed}):
        name = names.call_name(nr)
        yield f"what {name} gives is not known here: 0 is assumed (`assume {name} => …` says otherwise)"


def _choices(program: Program, *, deep: bool) -> Iterator[str]:
    """Each run has so many decisions; what is chosen for more of them is never looked at."""
    if not program.chooser:
        return
    chooser = Guide(layout.build(program), PINNED, deep=deep)
    decisions = len(chooser.take(options_of(program)).log)
    place, used = 0, 0
    for choice in program.chooser:
        place += choice.skip + 1
        used += place <= decisions
    left = len(program.chooser) - used
    if left:
        which = f"the last {left} choices are" if left > 1 else "the last choice is"
        yield f"{which} never asked for: the run has {decisions} decision{'s' * (decisions != 1)}"
