# SPDX-License-Identifier: Apache-2.0
"""What can be observed of a run, as beats: results of steps and operations, moments of rest, the end."""

from typing import Final

from fuzz.tell import words
from fuzz.tell.story import Beat, Kind, task_lane
from fuzz.tell.threadlets import ThreadletTeller
from fuzz.tell.words import id_of
from fuzz.text import symbols
from fuzz.text.printer import print_step
from model import abi, clauses
from model.program import Advance, Call, Exec, Step, Store
from model.trace import Blocked, Done, End, Ended, Event, Result, Settled

_ENDS: Final[dict[End, str]] = {
    End.DONE: "all steps are done and nothing can run",
    End.STUCK: "the head sleeps for ever",
    End.EXITED: "every task is gone",
    End.FUEL: "the fuel of atoms is spent",
    End.REPORT: "the target reports on itself",
}


class ObservedTeller(ThreadletTeller):
    """Turns what an observer outside sees into beats."""

    def observed(self, event: Event) -> Beat:
        """An event of the trace; returns the beat that shows it."""
        head = self.machine.family.head
        match event:
            case Result(number, value):
                return self._returns(number, value)
            case Done():
                return self.operation_done(event)
            case Settled(_, seen):
                beat = self._settled()
                beat.observed = tuple(symbols.print_observation(seen, self.program))
            case Blocked(_, seen):
                beat = self.add(Kind.OBSERVED, head, text="the head sleeps and nothing can run")
                beat.boxes[task_lane(head.index)] = "blocked"
                beat.observed = tuple(symbols.print_observation(seen, self.program))
            case Ended(finished, end, maybe):
                text = f"{_ENDS[end]}, after {finished} of {len(self.program.steps)} steps"
                beat = self.add(Kind.END, None, f"end: {end.name.lower()}", text)
                if maybe is not None:
                    beat.observed = tuple(symbols.print_observation(maybe, self.program))
                beat.cite(id_of(self.machine.why))
        return beat

    def _settled(self) -> Beat:
        head = self.machine.family.head
        beat = self._open.get(head.index)
        step = self._step()
        if beat is None or beat is not self.beats[-1] or beat.kind is not Kind.STEP:
            title = print_step(step) if step is not None else "settle"
            beat = self.add(Kind.OBSERVED, head, f"{title}: over")
            beat.boxes[task_lane(head.index)] = "settled"
            beat.text = "nothing else can run"
        if isinstance(step, Advance):
            beat.say(f"the clock shows {self.machine.now} ms")
        beat.cite(id_of(self.machine.why))
        self._open.pop(head.index, None)
        return beat

    def _returns(self, number: int, value: int) -> Beat:
        head = self.machine.family.head
        step = self.program.steps[number]
        result = symbols.print_result(step, value, self.program)
        beat = self._open.pop(head.index, None)
        if beat is None or beat.kind is not Kind.STEP:
            beat = self.add(Kind.RETURN, head, f"{print_step(step)} = {result}")
            beat.boxes[task_lane(head.index)] = f"= {words.short(result)}"
            if isinstance(step, Call) and step.nr == abi.NR_READ:
                self._brings(head, beat, value & abi.MASK)
        elif isinstance(step, Store):
            beat.text = f"fails: {result}" if value else beat.text
        else:
            beat.title += f" = {result}"
            self._failed(value & abi.MASK, beat)
        if isinstance(step, Exec):
            self.threadlet_returns(head, step, value, beat)
        elif beat.kind is Kind.RETURN:
            beat.text = _return_meaning(step, value)
        self._objects.pop(head.index, None)
        beat.cite(id_of(self.machine.why))
        if self.machine.why == clauses.EXEC_1:
            beat.cite(id_of(clauses.EXEC_3))
        return beat


def _return_meaning(step: Step, value: int) -> str:
    match step:
        case Call(abi.NR_ASYNC_EXEC, _) if not value:
            return "the chain goes on without the caller"
        case Call(abi.NR_ASYNC_EXEC, _) if value > 0:
            return "the chain ran to its end in the caller: its last atom"
    return ""
