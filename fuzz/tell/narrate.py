# SPDX-License-Identifier: Apache-2.0
"""Runs of the model that are told: the rules say what they do, and the teller listens."""

from fuzz.tell.ledger import states
from fuzz.tell.story import Part
from fuzz.tell.teller import Teller
from model import image as layout
from model.program import Program
from model.spec import steps
from model.spec.machine import Machine
from model.spec.run import Chosen, Recorder, play
from model.spec.state import Chooser
from model.trace import Trace
from model.variant import PINNED, Variant


def told_machine(
    program: Program, chooser: Chooser, variant: Variant, told: Trace | None = None, *, deep: bool = False
) -> tuple[Machine, Teller]:
    """A machine at the beginning of a program, and the teller that listens to it.

    `told` is the trace that it follows: it has the numbers of tasks, and what came of opaque calls.
    """
    image = layout.build(program)
    teller = Teller(program)
    tids = () if told is None else told.tids
    teller.machine = m = steps.start(
        image, Recorder(image), chooser, variant, tids=tids, listener=teller, deep=deep, answers=told
    )  # fmt: skip
    return m, teller


def narrate(program: Program, variant: Variant = PINNED, *, deep: bool = False) -> Part:
    """Run a program on the model, by its chooser, and tell what happens; `deep` as in `model.spec.run.run`."""
    chooser = Chosen(layout.build(program).choices)
    m, teller = told_machine(program, chooser, variant, deep=deep)
    before = states(m)
    play(m, chooser)
    teller.finish()
    return Part("the specification", tuple(teller.beats), before)
