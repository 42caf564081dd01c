# SPDX-License-Identifier: Apache-2.0
"""Machines that tell what they do: the rules run unchanged, a teller looks on (`fuzz.tell.teller`).

Runs that nobody looks at are not slowed down: everything here hangs on subclasses, and on the names of phases.
"""

from collections.abc import Callable

from fuzz.tell.ledger import states
from fuzz.tell.story import Beat, Change, Part
from fuzz.tell.teller import Teller
from fuzz.tell.words import id_of
from model import image as layout
from model.image import BASE
from model.program import Program
from model.spec import chain, script, steps
from model.spec import ring as completion
from model.spec.calls import make_call
from model.spec.machine import Machine, Script, Task
from model.spec.parking import threadlet_complete
from model.spec.run import Chosen, Recorder, play
from model.trace import End, Event
from model.variant import PINNED, Variant


class Narrator(Machine):
    """A machine with somebody who looks on; mixed into one that decides who moves."""

    teller: Teller
    mover: Task | None = None
    _key: int | None = None
    _handing = False

    def tell(self, teller: Teller) -> None:
        """From now on tell it all."""
        self.teller = teller
        teller.machine = self

    def sleep(self, task: Task, call: int) -> bool:
        """See `Machine`."""
        self.teller.sleeps(task, call)
        return super().sleep(task, call)

    def hand_over(self, task: Task) -> bool:
        """See `Machine`."""
        if self.ready:
            self.teller.hands_over(task, self.ready[0])
        self._handing = True
        done = super().hand_over(task)
        self._handing = False
        return done

    def wake(self, key: int) -> None:
        """See `Machine`."""
        self._key = key
        super().wake(key)
        self._key = None

    def wake_task(self, task: Task) -> None:
        """See `Machine`."""
        if task.asleep and not self._handing:
            self.teller.wakes(task, self.mover, self._key)
        super().wake_task(task)

    def fire_timers(self, clock: int) -> None:
        """See `Machine`."""
        mover, self.mover = self.mover, None
        self.teller.time_passes(clock)
        super().fire_timers(clock)
        self.mover = mover

    def store(self, address: int, value: int, clause: int) -> bool:
        """See `Machine`."""
        before = bytes(self.memory[address - BASE : address - BASE + 8])
        done = super().store(address, value, clause)
        if done:
            self._changed(address, before, value.to_bytes(8, "little"), clause)
        return done

    def put(self, address: int, data: bytes, clause: int) -> None:
        """See `Machine`."""
        before = bytes(self.memory[address - BASE : address - BASE + len(data)])
        super().put(address, data, clause)
        if data:
            self._changed(address, before, data, clause)

    def _changed(self, address: int, before: bytes, after: bytes, clause: int) -> None:
        assert self.mover is not None
        self.teller.stored(self.mover, Change(address - BASE, before, after, id_of(clause)), clause)

    def withhold(self, address: int, clause: int) -> None:
        """See `Machine`."""
        assert self.mover is not None
        self.teller.withheld(self.mover, clause)
        super().withhold(address, clause)

    def decided(self, task: Task, clause: int) -> None:
        """See `Machine`."""
        self.teller.decided(task, clause)
        super().decided(task, clause)


class _ChosenNarrator(Narrator, Chosen):
    """Decisions from the program's chooser."""


class _Heard:
    """An observer that passes all on to a recorder; each event is told at once, while the machine is as it was seen."""

    def __init__(self, recorder: Recorder, hear: Callable[[Event], None]) -> None:
        self._recorder = recorder
        self._hear = hear

    def result(self, machine: Machine, value: int) -> None:
        """See `Observer`."""
        self._recorder.result(machine, value)
        self._hear(self._recorder.events[-1])

    def done(self, machine: Machine, task: Task, value: int) -> None:
        """See `Observer`."""
        self._recorder.done(machine, task, value)
        self._hear(self._recorder.events[-1])

    def settled(self, machine: Machine) -> None:
        """See `Observer`."""
        self._recorder.settled(machine)
        self._hear(self._recorder.events[-1])

    def blocked(self, machine: Machine) -> None:
        """See `Observer`."""
        self._recorder.blocked(machine)
        self._hear(self._recorder.events[-1])

    def ended(self, machine: Machine, end: End) -> None:
        """See `Observer`."""
        self._recorder.ended(machine, end)
        self._hear(self._recorder.events[-1])


class Looker:
    """Looks on while tasks run: phases are what there is to see, and what the recorder writes down.

    `shown` has, for each event of the trace, the beat that shows it and how many beats there were then.
    """

    def __init__(self, machine: Narrator, recorder: Recorder, teller: Teller) -> None:
        self.machine, self.teller = machine, teller
        self.shown: list[tuple[Event, Beat, int]] = []
        machine.observer = _Heard(recorder, self._hear)

    def _hear(self, event: Event) -> None:
        beat = self.teller.observed(event)
        self.shown.append((event, beat, len(self.teller.beats)))

    def run_task(self, m: Machine, task: Task) -> None:
        """As `steps.run_task`, with a look before and after each phase."""
        self.machine.mover = task
        self.teller.runs(task)
        phase = task.phase
        more = True
        while phase is not None and more:
            if phase is completion.finish:
                self.teller.finishes(task)
            elif phase is chain.after_atom:
                self.teller.atom_ends(task)
            tasks, executed, inside, cold = len(m.tasks), task.script, task.inside, m.cold
            self.teller.look_away()
            more = phase(m, task)
            if len(m.tasks) > tasks:
                self.teller.spare_made(task, m.tasks[-1])
            if executed is not task.script or inside is not task.inside:
                self._threadlet(task, executed, inside=inside)
            if cold is not m.cold:
                self.teller.page_in(task, min(cold - m.cold))
            if more:
                self._after(phase, task)
            self.teller.look_back(task)
            phase = task.phase
        self.teller.stops(task)
        self.machine.mover = None

    def _after(self, phase: object, task: Task) -> None:
        if phase is steps.begin_step:
            self.teller.step_begins(task)
        elif phase is chain.fetch:
            if task.phase is chain.execute:
                self.teller.atom_begins(task)
            else:
                self.teller.fetch_faults(task)
        elif phase is script.next_operation:
            if task.phase is not threadlet_complete:
                self.teller.operation_begins(task)
        elif phase is make_call:
            self.teller.call_begins(task)

    def _threadlet(self, task: Task, before: Script | None, *, inside: bool) -> None:
        """What user mode does around a script can be seen by what it leaves in the task."""
        if before is None:
            if task.script is not None:
                self.teller.stack_taken(task, task.script)
        elif task.script is None:
            self.teller.stack_free(task, before)
        elif task.inside and not inside:
            self.teller.armed(task, task.script)


def narrate(program: Program, variant: Variant = PINNED, *, deep: bool = False) -> Part:
    """Run a program on the model, by its chooser, and tell what happens; `deep` as in `model.spec.run.run`."""
    image = layout.build(program)
    recorder = Recorder(image)
    m = steps.start(_ChosenNarrator, image, recorder, variant)
    assert isinstance(m, _ChosenNarrator)
    m.deep = deep
    teller = Teller(program)
    m.tell(teller)
    before = states(m)
    play(m, Looker(m, recorder, teller).run_task)
    teller.close()
    teller.rings.fill(bytearray(image.memory), teller.beats)
    return Part("the specification", tuple(teller.beats), before)
