# SPDX-License-Identifier: Apache-2.0
"""From what a machine does to beats: whoever looks on tells it here."""

from typing import Final

from fuzz.tell import words
from fuzz.tell.story import CLOCK, Beat, Change, Kind, task_lane
from fuzz.tell.threadlets import ThreadletTeller
from fuzz.tell.words import id_of
from fuzz.text import symbols
from fuzz.text.printer import print_step
from model import abi, clauses
from model.image import BASE
from model.program import Advance, Call, Exec, Step, Store
from model.spec.machine import Task
from model.spec.ring import EXIT_KEY, LOCK_KEY
from model.trace import FAULT, NO_CALL, Blocked, Done, End, Ended, Event, Result, Role, Settled

_LOST: Final[dict[int, tuple[str, str]]] = {
    clauses.RING_2: ("no event", "NO_COMPLETE: the chain ends without an event"),
    clauses.RING_3: ("event lost", "the slot is still taken: the event is lost"),
    clauses.RING_4: ("event lost", "the ring's size or index is no good: the event is lost"),
    clauses.RING_7: ("event lost", "a word of the ring cannot be reached: the event is lost"),
    clauses.FETCH_4: ("no event", "the next atom cannot be read: the chain ends without an event"),
}
_NOT_STORED: Final = (clauses.ATOM_4, clauses.ATOM_7)
"""What keeps a result out of memory although the atom has a place for it."""
_GOES_ON: Final[dict[int, str]] = {
    clauses.NEXT_1: "its stop condition is true: the chain ends here",
    clauses.NEXT_2: "its stop condition is true: the chain skips to the atom behind it",
    clauses.NEXT_3: "",
    clauses.NEXT_4: "",
}
"""What to say of the way on; the usual one needs no words."""
_ENDS: Final[dict[End, str]] = {
    End.DONE: "all steps are done and nothing can run",
    End.STUCK: "the head sleeps for ever",
    End.EXITED: "every task is gone",
    End.FUEL: "the fuel of atoms is spent",
    End.REPORT: "the target reports on itself",
}


class Teller(ThreadletTeller):
    """Turns what is told into beats."""

    # Steps and atoms

    def step_begins(self, task: Task) -> None:
        """The head takes its next step."""
        step = self._step()
        if step is not None:
            label = words.step_label(step)
            self._begin(Kind.STEP, task, print_step(step), words.step_meaning(step), label)

    def atom_begins(self, task: Task) -> None:
        """An atom was fetched."""
        self._begin(Kind.ATOM, task, words.atom_text(task), label=words.call_label(task.nr))

    def fetch_faults(self, task: Task) -> None:
        """An atom could not be fetched by the head (a busy task's fault is told as a lost event)."""
        if task.role == Role.HEAD:
            name = symbols.name_of(task.atom)
            beat = self.add(Kind.ATOM, task, text=f"{name} cannot be read: the call fails")
            beat.boxes[task_lane(task.index)] = "fault"
            beat.cite(id_of(clauses.FETCH_3))

    def call_begins(self, task: Task) -> None:
        """A call's handler starts: what it works on becomes an arrow."""
        lane = words.object_lane(task.nr, task.args, self._names)
        beat = self._open.get(task.index)
        if lane is not None:
            self._objects[task.index] = lane
        if beat is not None and lane is not None and lane is not CLOCK:
            mine = task_lane(task.index)
            beat.arrow = (lane, mine) if task.nr == abi.NR_READ else (mine, lane)

    def atom_ends(self, task: Task) -> None:
        """An atom's result is known, stored if it could be, and the chain is about to go on."""
        result = words.value_text(task.ret)
        beat = self._open.get(task.index)
        if beat is None or beat.kind is not Kind.ATOM:
            beat = self._begin(Kind.RETURN, task, words.atom_text(task), label=f"= {words.short(result)}")
            self._brings(task, beat)
        beat.title += f" = {result}"
        beat.cite(id_of(task.done))
        if task.ret_ptr and task.done not in _NOT_STORED:
            beat.cite(id_of(clauses.ATOM_6))
        self._failed(task, beat)
        self._objects.pop(task.index, None)

    def decided(self, task: Task, clause: int) -> None:
        """How the chain goes on after an atom."""
        beat = self._open.get(task.index)
        if beat is not None and clause in _GOES_ON:
            if _GOES_ON[clause]:
                beat.say(_GOES_ON[clause])
            beat.cite(id_of(clause))

    # Sleeping and waking

    def sleeps(self, task: Task, call: int) -> None:
        """The task is about to sleep."""
        if call == FAULT:
            self._objects[task.index] = words.page_lane(task.key)
        lane = self._objects.get(task.index)
        locked = call == task.nr and task.index in self.machine.locks.get(task.key >> 1, ())[1:]
        why = words.why_locked(call, lane) if locked else words.why_asleep(task, call, lane)
        beat = self._open.pop(task.index, None)
        if beat is None or not beat.boxes.keys() <= {task_lane(task.index), CLOCK}:
            beat = self.add(Kind.SLEEP, task, text=f"{why} (task {task.index})")
            beat.boxes[task_lane(task.index)] = "sleeps"
        else:
            beat.say(why)
        beat.blocked = True
        if lane is not None:
            beat.arrow = (task_lane(task.index), lane)
        if call == FAULT:
            beat.cite(id_of(clauses.PAGE_4))
        if locked:
            beat.cite(id_of(clauses.OBJECT_1))
        if call == NO_CALL:
            beat.cite(id_of(clauses.RING_9))
        if (lane is CLOCK or call == FAULT) and task.deadline:
            beat.boxes[CLOCK] = f"at {task.deadline} ms"

    def hands_over(self, task: Task, heir: Task) -> None:
        """MOVE-1, before it happens."""
        asleep = task.asleep
        beat = self.add(Kind.HANDOVER, task, f"hand-over: task {heir.index} is the head now")
        if task.script is not None:
            beat.title += ", threadlet_exec returns 0"
            beat.text = f"the caller does not wait: task {task.index} finishes f{task.script.threadlet}, busy"
        elif asleep:
            beat.text = f"the caller does not wait: task {task.index} finishes the chain, busy"
        else:
            beat.text = f"ASYNC: task {task.index} goes on with the chain, busy"
            beat.cite(id_of(clauses.ATOM_1))
        beat.boxes = {task_lane(task.index): "busy", task_lane(heir.index): "head"}
        beat.arrow = (task_lane(task.index), task_lane(heir.index))
        beat.cite(id_of(clauses.MOVE_1))
        self._open.pop(task.index, None)

    def wakes(self, task: Task, waker: Task | None, key: int | None) -> None:
        """A sleeping task can run again."""
        lane = self._objects.get(task.index)
        beat = self.add(Kind.WAKE, waker, text=f"task {task.index} wakes")
        if key == LOCK_KEY:
            beat.say("the completion lock is free")
        elif key == EXIT_KEY:
            beat.say("nothing is busy any more")
        elif lane is not None and key is not None:
            beat.say(f"it tries {lane.name.split(' ', 1)[1]} again")
        elif waker is not None and self.machine.waiting and task.role == Role.HEAD:
            beat.say("enough events, or nothing is busy")
            beat.cite(id_of(clauses.WAIT_7))
        beat.boxes[task_lane(task.index)] = "wakes"
        source = CLOCK if waker is None else task_lane(waker.index)
        if source != task_lane(task.index):
            beat.arrow = (source, task_lane(task.index))

    def time_passes(self, clock: int) -> None:
        """The clock moves to the next timer."""
        beat = self.add(Kind.CLOCK, None, text=f"the clock moves to {clock} ms")
        beat.boxes[CLOCK] = f"{clock} ms"
        if self.machine.hit[clauses.TIME_5]:
            beat.cite(id_of(clauses.TIME_5))
            self.machine.hit[clauses.TIME_5] = 0

    def spare_made(self, task: Task, spare: Task) -> None:
        """ENTRY-4: a new spare is on the ready list."""
        beat = self._begin(Kind.SPARE, task, text=f"task {spare.index} is made: a spare, ready to take over")
        if len(self.beats) > 1:
            before = self.beats[-2]
            before.tasks = tuple(x for x in before.tasks if x.index < spare.index)
        beat.boxes[task_lane(spare.index)] = "ready"
        beat.arrow = (task_lane(task.index), task_lane(spare.index))

    # Memory and completion

    def stored(self, task: Task, change: Change, clause: int) -> None:
        """Memory changed."""
        if clause == clauses.RING_1:
            self._posts(task, change)
        elif clause == clauses.STEP_2:
            slot = self.rings.slot(BASE + change.offset)
            beat = self._open.get(task.index)
            if slot is not None and beat is not None:
                beat.boxes[slot[0]] = f"[{slot[1]}] emptied"
                beat.arrow = (slot[0], task_lane(task.index))
        beat = self._open.get(task.index)
        if beat is None:
            self._pending.setdefault(task.index, []).append(change)
            return
        beat.changes.append(change)
        if beat.kind is not Kind.ATOM:
            beat.cite(change.clause)

    def _posts(self, task: Task, change: Change) -> None:
        self.rings.add(task.ring, task.slots)
        slot = self.rings.slot(BASE + change.offset)
        event = symbols.name_of(task.atom, self.program)
        where = symbols.name_of(BASE + change.offset, word=True)
        beat = self._begin(
            Kind.POST, task, f"event: {where} = {event}", f"task {task.index} posts the last atom it ran"
        )
        if slot is not None:
            beat.boxes[slot[0]] = words.short(f"[{slot[1]}] = {event}")
            beat.arrow = (task_lane(task.index), slot[0])
        beat.boxes[task_lane(task.index)] = "posts"

    def withheld(self, task: Task, clause: int) -> None:
        """A clause keeps something from being written."""
        if clause in _LOST:
            label, text = _LOST[clause]
            beat = self.add(Kind.LOST, task, text=text)
            beat.boxes[task_lane(task.index)] = label
            slot = self.rings.slot(task.slot)
            if clause == clauses.RING_3 and slot is not None:
                beat.boxes[slot[0]] = f"[{slot[1]}] is full"
                beat.arrow = (task_lane(task.index), slot[0])
            beat.cite(id_of(clause))
        elif clause == clauses.ATOM_4 and task.index in self._open:
            self._open[task.index].say("no such call: no result is stored")

    def finishes(self, task: Task) -> None:
        """A busy task is about to turn ready (POOL-1)."""
        exiting = self.machine.exiting
        text = f"task {task.index} ends" if exiting else f"task {task.index} is done: a spare again, last in the list"
        beat = self._begin(Kind.READY, task, text=text, label="ends" if exiting else "ready")
        if task.done == clauses.RING_8:
            beat.say("the ring's index could not be stored")
            beat.cite(id_of(clauses.RING_8))
        if task.done == clauses.THREAD_10:
            beat.say("a threadlet posts no event")
            beat.cite(id_of(clauses.THREAD_10))
            beat.cite(id_of(clauses.THREAD_12 if exiting else clauses.THREAD_11))
        beat.cite(id_of(clauses.POOL_1))
        self._open.pop(task.index)

    # What can be observed

    def observed(self, event: Event) -> Beat:
        """An event of the trace; returns the beat that shows it."""
        match event:
            case Result(number, value):
                return self._returns(number, value)
            case Done():
                return self.operation_done(event)
            case Settled(_, seen):
                beat = self._settled()
                beat.observed = tuple(symbols.print_observation(seen, self.program))
            case Blocked(_, seen):
                beat = self.add(Kind.OBSERVED, self.machine.head, text="the head sleeps and nothing can run")
                beat.boxes[task_lane(self.machine.head.index)] = "blocked"
                beat.observed = tuple(symbols.print_observation(seen, self.program))
            case Ended(finished, end, maybe):
                text = f"{_ENDS[end]}, after {finished} of {len(self.program.steps)} steps"
                beat = self.add(Kind.END, None, f"end: {end.name.lower()}", text)
                if maybe is not None:
                    beat.observed = tuple(symbols.print_observation(maybe, self.program))
                beat.cite(id_of(self.machine.why))
        return beat

    def _settled(self) -> Beat:
        head = self.machine.head
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
        head = self.machine.head
        step = self.program.steps[number]
        result = symbols.print_result(step, value, self.program)
        beat = self._open.pop(head.index, None)
        if beat is None or beat.kind is not Kind.STEP:
            beat = self.add(Kind.RETURN, head, f"{print_step(step)} = {result}")
            beat.boxes[task_lane(head.index)] = f"= {words.short(result)}"
            if isinstance(step, Call) and step.nr == abi.NR_READ:
                self._brings(head, beat)
        elif isinstance(step, Store):
            beat.text = f"fails: {result}" if value else beat.text
        else:
            beat.title += f" = {result}"
            self._failed(head, beat)
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
