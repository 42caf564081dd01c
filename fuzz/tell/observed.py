# SPDX-License-Identifier: Apache-2.0
"""What can be observed of a run, as beats: results of steps and operations, moments of rest, the end."""

from typing import Final

from fuzz.tell import lanes, words
from fuzz.tell.ledger import Ledger
from fuzz.tell.story import Beat, Kind, task_lane
from fuzz.text import symbols
from model import abi, clauses
from model.program import Advance, Exec, Program, Store
from model.spec.run import Recorder
from model.trace import Blocked, Done, End, Ended, Event, Result, Role, Settled

_ENDS: Final = {
    End.DONE: "all steps are done and nothing can run",
    End.STUCK: "the program is stuck: the head sleeps and no timer is left",
    End.EXITED: "every task is gone",
    End.FUEL: "the fuel of atoms is spent",
    End.REPORT: "the target reports on itself",
}
_ALSO: Final = {
    clauses.EXEC_1: clauses.EXEC_3,
    **dict.fromkeys((clauses.THREAD_7, clauses.THREAD_19, clauses.THREAD_20), clauses.THREAD_13),
}
"""What a result shows as well: that what was submitted ran to its end in the caller."""


class ObservedTeller(Ledger):
    """Turns what an observer outside sees into beats.

    Attributes:
        shown: for each event of the trace the beat that shows it, and how many beats there were then.
        given: for each task the last result of its script's operations, as a word, and the clause behind it.
    """

    def __init__(self, program: Program) -> None:
        super().__init__(program)
        self.shown: list[tuple[Event, Beat, int]] = []
        self.given: dict[int, tuple[int, int]] = {}

    def look(self) -> None:
        """Tell what the machine's recorder wrote down since."""
        assert isinstance(self.machine.observer, Recorder)
        for event in self.machine.observer.events[len(self.shown) :]:
            beat = self._observed(event)
            self.shown.append((event, beat, len(self.beats)))

    def finish(self) -> None:
        """The run is over."""
        self.look()
        self.close()
        self.rings.fill(bytearray(self.machine.image.memory), self.beats)

    def _observed(self, event: Event) -> Beat:
        match event:
            case Result(number, value):
                beat = self._returns(number, value)
            case Done():
                return self._done(event)
            case Settled(number):
                beat = self._settled(number)
            case Blocked(number):
                beat = self.add(Kind.OBSERVED, self.head_of(number), label="blocked")
                beat.step = number
                beat.say("the head sleeps and nothing can run")
            case Ended(finished, end):
                beat = self.add(Kind.END, None, f"end: {end.name.lower()}")
                beat.say(f"{_ENDS[end]}, after {finished} of {len(self.program.all_steps)} steps", self.machine.why)
        if isinstance(event, Settled | Blocked | Ended) and event.seen is not None:
            beat.observed = tuple(symbols.print_observation(event.seen, self.program))
        return beat

    def _settled(self, number: int) -> Beat:
        head, step = self.head_of(number), self.program.all_steps[number]
        beat = self.end(head)
        if beat is None or beat is not self.beats[-1] or beat.kind is not Kind.STEP:
            beat = self.add(Kind.OBSERVED, head, f"{symbols.print_numbered(self.program, number)}: over", "settled")
            beat.say("nothing else can run", self.machine.why)
        else:
            beat.cite(self.machine.why)
        beat.step = number
        if isinstance(step, Advance):
            beat.say(f"the clock shows {self.machine.now} ms")
        return beat

    def _returns(self, number: int, value: int) -> Beat:
        head, step, why = self.head_of(number), self.program.all_steps[number], self.machine.why
        result = symbols.print_result(step, value, self.program)
        beat = self._gives_of(step, head.index, symbols.print_numbered(self.program, number), result, value & abi.MASK)
        beat.step = number
        beat.cite(why, _ALSO.get(why))
        if beat.kind is Kind.RETURN or isinstance(step, Exec):
            meaning = words.result_meaning(step, value)
            if meaning:
                beat.say(meaning)
        if isinstance(step, Exec) and value and beat.arrow is None:
            beat.arrow = (task_lane(head.index), lanes.stack_lane(step.stack))
        return beat

    def _done(self, event: Done) -> Beat:
        """An operation of a script returned to user mode."""
        task = self.machine.tasks[event.task]
        deed, result = words.operation_text(self.program, event.step, event.place, event.value)
        found = symbols.operation_of(self.program, event.step, event.place)
        operation = None if found is None else found[1]
        value, why = self.given.pop(task.index)
        beat = self._gives_of(operation, task.index, deed, result, value)
        if why == clauses.THREAD_14 and isinstance(operation, Exec):
            beat.arrow = (task_lane(task.index), lanes.stack_lane(operation.stack))
        beat.cite(why, clauses.THREAD_5 if event.role == Role.BUSY else None)
        return beat

    def _gives_of(self, made: object, task: int, deed: str, result: str, value: int) -> Beat:
        """The result of a step or an operation; that of a store goes without saying, unless it fails."""
        stored = isinstance(made, Store) and not value
        beat = self.gives(
            self.machine.tasks[task], deed, "" if stored else result, value, "stored" if stored else ""
        )  # fmt: skip
        self._open.pop(task, None)
        return beat
