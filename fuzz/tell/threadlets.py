# SPDX-License-Identifier: Apache-2.0
"""What threadlets do, as beats: stacks, arming, the operations of a script, and the end of it."""

from typing import Final

from fuzz.tell import words
from fuzz.tell.noted import NotedTeller
from fuzz.tell.story import Beat, Kind, task_lane
from fuzz.tell.words import id_of
from fuzz.text import symbols
from model import abi, clauses
from model.program import Exec, Store
from model.spec.machine import Script, Task, Way
from model.trace import Done, Role

_ARMED: Final[dict[Way, tuple[str, str, int]]] = {
    Way.REAL: ("threadlet_on = 0", "armed: if it sleeps, the first spare goes on for its caller", clauses.THREAD_2),
    Way.CACHED: ("", "a spare is ready: armed by a store, without a call", clauses.THREAD_19),
    Way.UNARMED: ("", "no spare, and no stack for one: it runs unarmed, and hands nothing over", clauses.THREAD_20),
}
_WHY: Final[dict[int, str]] = {
    clauses.THREAD_3: "a threadlet inside a threadlet is refused",
    clauses.THREAD_14: "the stack is taken",
    clauses.THREAD_17: "refused inside a threadlet",
    clauses.THREAD_18: "there is no such call",
    clauses.ENTRY_7: "refused inside a threadlet",
}


class ThreadletTeller(NotedTeller):
    """Turns what is told of threadlets into beats."""

    def stack_taken(self, task: Task, script: Script) -> None:
        """THREAD-15: `threadlet_exec` has begun."""
        beat = self._open.get(task.index)
        if beat is not None:
            beat.arrow = (task_lane(task.index), words.stack_lane(script.stack))

    def armed(self, task: Task, script: Script) -> None:
        """The script may begin."""
        title, text, clause = _ARMED[script.way]
        label = "unarmed" if script.way is Way.UNARMED else "armed"
        beat = self._begin(Kind.ARM, task, title, text, label)
        step = self.program.steps[script.step]
        if script.way is Way.REAL and isinstance(step, Exec) and step.cached:
            beat.say("no spare was ready, so the call was needed")
            beat.cite(id_of(clauses.THREAD_21))
        beat.cite(id_of(clause))

    def operation_begins(self, task: Task) -> None:
        """The next operation of a script."""
        assert task.script is not None
        found = symbols.operation_of(self.program, task.script.step, task.script.place)
        if found is not None:
            title, _ = words.operation_text(self.program, task.script.step, task.script.place, 0)
            self._begin(Kind.OPERATION, task, title, label=words.step_label(found[1]))

    def operation_done(self, event: Done) -> Beat:
        """An operation of a script returned to user mode; the beat that shows it."""
        task = self.machine.tasks[event.task]
        title, result = words.operation_text(self.program, event.step, event.place, event.value)
        found = symbols.operation_of(self.program, event.step, event.place)
        is_store = found is not None and isinstance(found[1], Store)
        beat = self._open.pop(task.index, None)
        if beat is None or beat.kind is not Kind.OPERATION:
            beat = self.add(Kind.RETURN, task, title)
            beat.boxes[task_lane(task.index)] = "stored" if is_store and not event.value else f"= {words.short(result)}"
            if task.nr == abi.NR_READ and not is_store:
                self._brings(task, beat)
            if task.role == Role.BUSY:
                beat.cite(id_of(clauses.THREAD_5))
        if not is_store:
            beat.title += f" = {result}"
        elif event.value:
            beat.say(f"fails: {result}")
        if task.done in _WHY:
            beat.say(_WHY[task.done])
        self._failed(task, beat)
        if task.done == clauses.THREAD_14 and found is not None and isinstance(found[1], Exec):
            beat.arrow = (task_lane(task.index), words.stack_lane(found[1].stack))
        beat.cite(id_of(task.done))
        self._objects.pop(task.index, None)
        return beat

    def stack_free(self, task: Task, script: Script) -> None:
        """THREAD-8, THREAD-15: a threadlet that went async is over; one with a caller shows it with its result."""
        if task.ret:
            return
        text = f"f{script.threadlet} is over and went async: its stack is free, and task {task.index} parks itself"
        beat = self.add(Kind.RETURN, task, "threadlet_off = 0", text)
        beat.boxes[task_lane(task.index)] = "over"
        beat.arrow = (task_lane(task.index), words.stack_lane(script.stack))
        beat.cite(id_of(clauses.THREAD_8))
        beat.cite(id_of(clauses.THREAD_15))
        self._open.pop(task.index, None)

    def page_in(self, task: Task, page: int) -> None:
        """PAGE-3: the task that slept for a page goes on."""
        beat = self.add(Kind.PAGE, task, text=f"pg{page} is in: an ordinary page from here on, for everybody")
        beat.boxes[task_lane(task.index)] = "goes on"
        beat.arrow = (words.page_lane(page), task_lane(task.index))
        beat.cite(id_of(clauses.PAGE_3))
        self._objects.pop(task.index, None)

    def threadlet_returns(self, head: Task, step: Exec, value: int, beat: Beat) -> None:
        """`threadlet_exec` returned: what its result says. Where it is 0 the stack is not the head's to speak of."""
        meaning = _result_meaning(step, value)
        if value < 0:
            beat.text = meaning
        else:
            beat.say(meaning)
        if value == 1:
            beat.cite(id_of(clauses.THREAD_13))
        elif value < 0 and value != -abi.EBUSY:
            beat.cite(id_of(clauses.THREAD_16))
        if value and beat.arrow is None:
            beat.arrow = (task_lane(head.index), words.stack_lane(step.stack))


def _result_meaning(step: Exec, value: int) -> str:
    """What the result of `threadlet_exec` says."""
    if value == 0:
        return f"f{step.threadlet} goes on without its caller"
    if value == -abi.EBUSY:
        return f"s{step.stack} is taken: nothing runs"
    if value < 0:
        return "nothing of the script has run"
    how = ", unarmed" if value > 1 else ""
    return f"f{step.threadlet} ran to its end in the caller{how}; its stack is free"
