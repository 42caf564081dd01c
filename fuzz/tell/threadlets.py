# SPDX-License-Identifier: Apache-2.0
"""What threadlets do, as beats: stacks, arming, the operations of a script, and the end of it."""

from fuzz.tell import words
from fuzz.tell.ledger import Ledger
from fuzz.tell.story import Beat, Kind, task_lane
from fuzz.tell.wording import worded
from fuzz.tell.words import id_of
from fuzz.text import symbols
from model import abi, clauses
from model.program import Exec, Program, Store
from model.spec import events as ev
from model.spec.task import Task, Way
from model.trace import Done, Role

Arming = ev.Armed | ev.ArmedByToken | ev.RunsUnarmed


class ThreadletTeller(Ledger):
    """Turns what is said of threadlets into beats."""

    def __init__(self, program: Program) -> None:
        super().__init__(program)
        self._arming: dict[int, Arming] = {}
        self._returned: dict[int, ev.OperationReturns] = {}

    def stack_taken(self, task: Task, event: ev.StackTaken) -> None:
        """THREAD-15: `threadlet_exec` has begun."""
        beat = self._open.get(task.index)
        if beat is not None:
            beat.arrow = (task_lane(task.index), words.stack_lane(event.stack))

    def arming(self, task: Task, event: Arming) -> None:
        """How the threadlet is armed; told when its script begins."""
        self._arming[task.index] = event

    def script_begins(self, task: Task, event: ev.ScriptBegins) -> None:
        """The script may begin."""
        how = self._arming.pop(task.index)
        unarmed = isinstance(how, ev.RunsUnarmed)
        title = "threadlet_on = 0" if isinstance(how, ev.Armed) else ""
        beat = self._begin(Kind.ARM, task, title, worded(how, self.words), "unarmed" if unarmed else "armed")
        assert task.script is not None
        step = self.program.steps[task.script.step]
        if event.way == Way.REAL and isinstance(step, Exec) and step.cached:
            beat.say("no spare was ready, so the call was needed")
            beat.cite(id_of(clauses.THREAD_21))
        assert how.clause is not None
        beat.cite(id_of(how.clause))

    def operation_begins(self, task: Task, event: ev.OperationBegins) -> None:
        """The next operation of a script."""
        assert task.script is not None
        found = symbols.operation_of(self.program, task.script.step, event.place)
        if found is not None:
            title, _ = words.operation_text(self.program, task.script.step, event.place, 0)
            self._begin(Kind.OPERATION, task, title, label=words.step_label(found[1]))

    def operation_returns(self, task: Task, event: ev.OperationReturns) -> None:
        """Shown when it is observed (`operation_done`)."""
        self._returned[task.index] = event

    def operation_done(self, event: Done) -> Beat:
        """An operation of a script returned to user mode; the beat that shows it."""
        task = self.machine.tasks[event.task]
        returned = self._returned.pop(task.index)
        title, result = words.operation_text(self.program, event.step, event.place, event.value)
        found = symbols.operation_of(self.program, event.step, event.place)
        is_store = found is not None and isinstance(found[1], Store)
        beat = self._open.pop(task.index, None)
        if beat is None or beat.kind is not Kind.OPERATION:
            beat = self.add(Kind.RETURN, task, title)
            beat.boxes[task_lane(task.index)] = "stored" if is_store and not event.value else f"= {words.short(result)}"
            if not is_store:
                self._brings(task, beat, returned.value)
            if task.role == Role.BUSY:
                beat.cite(id_of(clauses.THREAD_5))
        if not is_store:
            beat.title += f" = {result}"
        elif event.value:
            beat.say(f"fails: {result}")
        self._failed(returned.value, beat)
        if returned.why == clauses.THREAD_14 and found is not None and isinstance(found[1], Exec):
            beat.arrow = (task_lane(task.index), words.stack_lane(found[1].stack))
        beat.cite(id_of(returned.why))
        self._objects.pop(task.index, None)
        return beat

    def stack_free(self, task: Task, event: ev.StackFree) -> None:
        """THREAD-8, THREAD-15: a threadlet that went async is over; one with a caller shows it with its result."""
        assert task.script is not None
        threadlet = task.script.threadlet
        text = f"f{threadlet} is over and went async: its stack is free, and task {task.index} parks itself"
        beat = self.add(Kind.RETURN, task, "threadlet_off = 0", text)
        beat.boxes[task_lane(task.index)] = "over"
        beat.arrow = (task_lane(task.index), words.stack_lane(event.stack))
        beat.cite(id_of(clauses.THREAD_8))
        beat.cite(id_of(clauses.THREAD_15))
        self._open.pop(task.index, None)

    def page_in(self, task: Task, event: ev.PageIn) -> None:
        """PAGE-3: the task that slept for a page goes on."""
        beat = self.add(Kind.PAGE, task, text=f"{worded(event, self.words)}: an ordinary page from here on, for all")
        beat.boxes[task_lane(task.index)] = "goes on"
        beat.arrow = (words.page_lane(event.page), task_lane(task.index))
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
