# SPDX-License-Identifier: Apache-2.0
"""What a machine does not tell, but counts: clauses that were met on the way, and show in what happens or does not."""

from typing import Final

from fuzz.tell.ledger import Ledger
from fuzz.tell.story import CLOCK, Beat, Kind, task_lane
from fuzz.tell.words import id_of
from model import clauses
from model.spec.machine import Task

NOTED: Final[dict[int, str]] = {
    clauses.ENTRY_2: "a spare is ready",
    clauses.ENTRY_6: "its stack word cannot be cleared, and stays",
    clauses.ATOM_2: "",
    clauses.ATOM_3: "",
    clauses.STOP_1: "",
    clauses.STOP_2: "",
    clauses.STOP_3: "",
    clauses.STOP_4: "",
    clauses.STOP_5: "two stop bits never stop",
    clauses.MOVE_2: "no spare is ready, so the head sleeps with it",
    clauses.MOVE_3: "it is busy already, and the head stays",
    clauses.THREAD_6: "it is busy already, and the head stays",
    clauses.WAIT_5: "",
    clauses.WAIT_6: "equal indices over a full slot: every slot has an event",
    clauses.EXIT_1: "",
    clauses.PIPE_2: "",
    clauses.PIPE_10: "the empty buffer that a failed write left is dropped",
    clauses.TIME_3: "",
    clauses.PAGE_2: "the page is cold: the kernel's access fails",
    clauses.OBJECT_2: "what it waits for is there already: it does not sleep",
}
"""What to say where a clause is met; without words its id says it, beside what is told anyway."""
_NO_DEEDS: Final = (Kind.HANDOVER, Kind.WAKE, Kind.PREEMPT)
"""Beats that tell what becomes of a task."""


class NotedTeller(Ledger):
    """Turns what is counted into words on beats."""

    def look_away(self) -> None:
        """Forget what was met so far."""
        for clause in NOTED:
            self.machine.hit[clause] = 0

    def look_back(self, task: Task) -> None:
        """Tell what `task` has met since."""
        for clause, text in NOTED.items():
            if self.machine.hit[clause]:
                beat = self._not_asleep(task) if clause == clauses.OBJECT_2 else self._latest(task)
                if beat is not None and id_of(clause) not in beat.clauses:
                    if text:
                        beat.say(text)
                    beat.cite(id_of(clause))

    def _latest(self, task: Task) -> Beat | None:
        """The last thing that the task did."""
        mine = (beat for beat in reversed(self.beats) if beat.task == task.index and beat.kind not in _NO_DEEDS)
        return self._open.get(task.index) or next(mine, None)

    def _not_asleep(self, task: Task) -> Beat:
        """OBJECT-2: a beat of its own, since the task may have been interrupted on its way to sleep."""
        self._open.pop(task.index, None)
        beat = self.add(Kind.AWAKE, task)
        beat.boxes[task_lane(task.index)] = "goes on"
        lane = self._objects.get(task.index)
        if lane is not None and lane is not CLOCK:
            beat.arrow = (lane, task_lane(task.index))
        return beat
