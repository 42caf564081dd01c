# SPDX-License-Identifier: Apache-2.0
"""Runs of the model that are told: the rules say what they do, and a teller listens (`fuzz.tell.teller`)."""

from fuzz.tell.ledger import states
from fuzz.tell.story import Beat, Part
from fuzz.tell.teller import Teller
from model import image as layout
from model.image import Image
from model.program import Program
from model.spec import steps
from model.spec.machine import Machine
from model.spec.run import Chosen, Recorder, play
from model.spec.state import Chooser, State
from model.spec.task import Task
from model.trace import End, Event
from model.variant import PINNED, Variant


class ToldRecorder(Recorder):
    """Tells what it writes down, while the machine stands as it was observed.

    `shown` has, for each event of the trace, the beat that shows it and how many beats there were then.
    """

    def __init__(self, image: Image, teller: Teller) -> None:
        super().__init__(image)
        self.teller = teller
        self.shown: list[tuple[Event, Beat, int]] = []

    def result(self, machine: State, value: int) -> None:
        """See `Observer`."""
        super().result(machine, value)
        self._tell(machine)

    def done(self, machine: State, task: Task, value: int) -> None:
        """See `Observer`."""
        super().done(machine, task, value)
        self._tell(machine)

    def settled(self, machine: State) -> None:
        """See `Observer`."""
        super().settled(machine)
        self._tell(machine)

    def blocked(self, machine: State) -> None:
        """See `Observer`."""
        super().blocked(machine)
        self._tell(machine)

    def ended(self, machine: State, end: End) -> None:
        """See `Observer`."""
        super().ended(machine, end)
        self._tell(machine)

    def _tell(self, machine: State) -> None:
        self.teller.machine = machine
        beat = self.teller.observed(self.events[-1])
        self.shown.append((self.events[-1], beat, len(self.teller.beats)))


def told_machine(
    program: Program, chooser: Chooser, variant: Variant, tids: tuple[int, ...] = (), *, deep: bool = False
) -> tuple[Machine, Teller, ToldRecorder]:
    """A machine at the beginning of a program, with those that it is told to."""
    image = layout.build(program)
    teller = Teller(program)
    recorder = ToldRecorder(image, teller)
    m = steps.start(image, recorder, chooser, variant, tids=tids, listener=teller, deep=deep)
    return m, teller, recorder


def narrate(program: Program, variant: Variant = PINNED, *, deep: bool = False) -> Part:
    """Run a program on the model, by its chooser, and tell what happens; `deep` as in `model.spec.run.run`."""
    chooser = Chosen(layout.build(program).choices)
    m, teller, _ = told_machine(program, chooser, variant, deep=deep)
    before = states(m)
    play(m, chooser)
    teller.close()
    teller.rings.fill(bytearray(m.image.memory), teller.beats)
    return Part("the specification", tuple(teller.beats), before)
