# SPDX-License-Identifier: Apache-2.0
"""The counters by which a fuzzer is steered toward clauses, results and switches of tasks that it has not seen."""

from typing import Final

from model import abi
from model.image import ATOMS_AT, BASE, HEADS_AT, PAGE, RINGS_AT, WORDS_AT
from model.spec.names import COMPLETION_LOCK, LISTS, STEP, Location
from model.spec.state import FEATURES, SWITCHES_AT, State
from model.spec.task import Task

SIZE: Final = FEATURES
"""Bytes of the `features` array that `model.check.check` fills."""
_KINDS: Final = 24
_HEADS_END: Final = HEADS_AT + 8 * abi.AHU_BYTES


def note_switch(m: State, before: Task, after: Task) -> None:
    """Another task goes first at a point: what both are about to touch, and how many could have gone.

    A schedule that preempts somewhere else, between two reads of one structure, say, is new by this alone.
    """
    kind = kind_of(before.stopped_at) * _KINDS + kind_of(after.stopped_at)
    m.features[SWITCHES_AT + 3 * kind + min(len(m.runnable), 3) - 1] = 1


def kind_of(location: Location | None) -> int:
    """What is touched, as a number below 24: a field of an atom (1 to 11) or of a head (12 to 19), or what else."""
    if location is None:
        return 0
    if not isinstance(location, int):
        return 20 if location is COMPLETION_LOCK or location is LISTS else 21 if location is STEP else 22
    offset = location - BASE
    if ATOMS_AT <= offset < PAGE:
        return 1 + offset % abi.ATOM_BYTES // abi.WORD
    if HEADS_AT <= offset < _HEADS_END:
        return 12 + (offset - HEADS_AT) % abi.AHU_BYTES // abi.WORD
    return 23 if RINGS_AT <= offset < RINGS_AT + PAGE or WORDS_AT <= offset < RINGS_AT else 22
