# SPDX-License-Identifier: Apache-2.0
"""From the events of a run to beats: a listener, and what it makes of each event."""

from collections.abc import Callable
from typing import Any, Final

from fuzz.tell import words
from fuzz.tell.observed import ObservedTeller
from fuzz.tell.story import CLOCK, Change, Kind, task_lane
from fuzz.tell.wording import worded
from fuzz.tell.words import id_of
from fuzz.text import symbols
from fuzz.text.printer import print_step
from model import abi, clauses
from model.image import BASE
from model.program import Program
from model.spec import events as ev
from model.spec.names import EXIT_QUEUE, LOCK_QUEUE
from model.spec.state import State
from model.spec.task import Task
from model.trace import FAULT, Role


class Teller(ObservedTeller):
    """A listener that collects beats."""

    wants: frozenset[type[ev.Event]] | None = None

    def __init__(self, program: Program) -> None:
        super().__init__(program)
        self._stopped: Task | None = None
        self._heir = -1
        self._stored: set[int] = set()
        self._why: dict[int, ev.Event] = {}
        self._last_words: dict[int, list[ev.Event]] = {}

    def copy(self) -> "Teller":
        """Not asked for: the run is one."""
        raise NotImplementedError

    def hear(self, machine: State, task: Task | None, event: ev.Event) -> None:
        """See `Listener`."""
        self.machine = machine
        told = _TOLD.get(type(event))
        if told is not None:
            told(self, task, event)
        elif type(event) in _NOTED:
            assert task is not None
            self.note(task, event, said=_NOTED[type(event)])

    # Who runs

    def runs(self, task: Task, event: ev.Runs) -> None:
        """One that was stopped in the middle of something is told about."""
        before, self._stopped = self._stopped, None
        if before is not None and before is not task:
            beat = self.add(Kind.PREEMPT, before, text=f"task {before.index} is interrupted; task {task.index} runs")
            beat.boxes[task_lane(before.index)] = "…"
            self._open.pop(before.index, None)
        if len(self.machine.able()) > 1:
            self._free.add(task.index)

    def preempted(self, task: Task, event: ev.Preempted) -> None:
        """Another task goes first, if it is another."""
        self._stopped = task

    def point_passed(self, task: Task, event: ev.PointPassed) -> None:
        """Whether another task could have gone first, before what comes next."""
        if len(self.machine.able()) > 1:
            self._free.add(task.index)

    # Steps and atoms

    def step_begins(self, task: Task, event: ev.StepBegins) -> None:
        """The head takes its next step."""
        step = self.program.steps[event.step]
        self._begin(Kind.STEP, task, print_step(step), words.step_meaning(step), words.step_label(step))

    def atom_fetched(self, task: Task, event: ev.AtomFetched) -> None:
        """An atom begins."""
        self._calls[task.index] = (event.call, event.arguments)
        self._stored.discard(task.index)
        self._begin(Kind.ATOM, task, words.atom_text(event), label=words.call_label(event.call))

    def fetch_faults(self, task: Task, event: ev.FetchFaults) -> None:
        """An atom could not be fetched by the head (a busy task's fault is told as a lost event)."""
        beat = self.add(Kind.ATOM, task, text=worded(event, self.words))
        beat.boxes[task_lane(task.index)] = "fault"
        beat.cite(id_of(clauses.FETCH_3))

    def call_begins(self, task: Task, event: ev.CallBegins) -> None:
        """A call's handler starts: what it works on becomes an arrow."""
        self._calls[task.index] = (event.call, event.arguments)
        self._why.pop(task.index, None)
        lane = words.object_lane(event.call, event.arguments, self._names)
        beat = self._open.get(task.index)
        if lane is not None:
            self._objects[task.index] = lane
        if beat is not None and lane is not None and lane is not CLOCK:
            mine = task_lane(task.index)
            beat.arrow = (lane, mine) if event.call == abi.NR_READ else (mine, lane)

    def result_stored(self, task: Task, event: ev.ResultStored) -> None:
        """Cited when the atom ends."""
        self._stored.add(task.index)

    def atom_gives(self, task: Task, event: ev.AtomGives) -> None:
        """An atom's result is known, stored if it could be, and the chain is about to go on."""
        nr, args = self._calls[task.index]
        result = words.value_text(event.value)
        beat = self._open.get(task.index)
        if beat is None or beat.kind is not Kind.ATOM:
            title = f"{symbols.name_of(event.atom)}: {words.call_text(nr, args)}"
            beat = self._begin(Kind.RETURN, task, title, label=f"= {words.short(result)}")
            self._brings(task, beat, event.value)
        beat.title += f" = {result}"
        beat.cite(id_of(event.why))
        if task.index in self._stored:
            beat.cite(id_of(clauses.ATOM_6))
        self._failed(event.value, beat)
        self._objects.pop(task.index, None)

    def chain_decides(self, task: Task, event: ev.ChainStops | ev.ChainSkips | ev.ChainGoesOn | ev.ChainEnds) -> None:
        """How the chain goes on after an atom; the usual way needs no words."""
        self.note(task, event, said=isinstance(event, ev.ChainStops | ev.ChainSkips))

    # Sleeping and waking

    def reason(self, task: Task, event: ev.Event) -> None:
        """Why the task will sleep; told when it does."""
        self._why[task.index] = event

    def sleeps(self, task: Task, event: ev.Sleeps) -> None:
        """The task sleeps, for a reason that was said before."""
        why = self._why.get(task.index)
        if isinstance(why, ev.PageCold):
            self._objects[task.index] = words.page_lane(why.page)
        lane = self._objects.get(task.index)
        text = f"{words.call_name(event.call)} sleeps" if why is None else worded(why, self.words)
        beat = self._open.pop(task.index, None)
        if beat is None or not beat.boxes.keys() <= {task_lane(task.index), CLOCK}:
            beat = self.add(Kind.SLEEP, task, text=f"{text} (task {task.index})")
            beat.boxes[task_lane(task.index)] = "sleeps"
        else:
            beat.say(text)
        beat.blocked = True
        if lane is not None:
            beat.arrow = (task_lane(task.index), lane)
        if why is not None and why.clause is not None:
            beat.cite(id_of(why.clause))
        if isinstance(why, ev.SleepsUntil | ev.PageCold) and (lane is CLOCK or event.call == FAULT):
            beat.boxes[CLOCK] = f"at {why.tick} ms"

    def hands_over(self, task: Task, event: ev.ChainHandsOver | ev.ThreadletHandsOver) -> None:
        """MOVE-1."""
        self._heir = event.heir
        beat = self.add(Kind.HANDOVER, task, f"hand-over: task {event.heir} is the head now")
        if task.script is not None:
            beat.title += ", threadlet_exec returns 0"
            beat.text = f"the caller does not wait: task {task.index} finishes f{task.script.threadlet}, busy"
        elif task.asleep:
            beat.text = f"the caller does not wait: task {task.index} finishes the chain, busy"
        else:
            beat.text = f"ASYNC: task {task.index} goes on with the chain, busy"
            beat.cite(id_of(clauses.ATOM_1))
        beat.boxes = {task_lane(task.index): "busy", task_lane(event.heir): "head"}
        beat.arrow = (task_lane(task.index), task_lane(event.heir))
        beat.cite(id_of(clauses.MOVE_1))
        self._open.pop(task.index, None)

    def wakes(self, waker: Task | None, event: ev.Wakes) -> None:
        """A sleeping task can run again; the heir of a hand-over was told about."""
        if event.sleeper == self._heir:
            self._heir = -1
            return
        task = self.machine.tasks[event.sleeper]
        lane = self._objects.get(task.index)
        beat = self.add(Kind.WAKE, waker, text=f"task {task.index} wakes")
        if event.queue == LOCK_QUEUE:
            beat.say("the completion lock is free")
        elif event.queue == EXIT_QUEUE:
            beat.say("nothing is busy any more")
        elif lane is not None and event.queue is not None:
            beat.say(f"it tries {lane.name.split(' ', 1)[1]} again")
        elif waker is not None and waker.family.waiting and task.role == Role.HEAD:
            beat.say("enough events, or nothing is busy")
            beat.cite(id_of(clauses.WAIT_7))
        beat.boxes[task_lane(task.index)] = "wakes"
        source = CLOCK if waker is None else task_lane(waker.index)
        if source != task_lane(task.index):
            beat.arrow = (source, task_lane(task.index))

    def time_passes(self, task: Task | None, event: ev.ClockJumps | ev.ClockAdvances) -> None:
        """The clock moves to the next timer."""
        beat = self.add(Kind.CLOCK, None, text=f"the clock moves to {event.tick} ms")
        beat.boxes[CLOCK] = f"{event.tick} ms"
        assert event.clause is not None
        beat.cite(id_of(event.clause))

    def need_not_sleep(self, task: Task, event: ev.NeedNotSleep) -> None:
        """OBJECT-2: a beat of its own, since the task may have been interrupted on its way to sleep."""
        self._open.pop(task.index, None)
        beat = self.add(Kind.AWAKE, task, text=worded(event, self.words))
        beat.cite(id_of(clauses.OBJECT_2))
        beat.boxes[task_lane(task.index)] = "goes on"
        lane = self._objects.get(task.index)
        if lane is not None and lane is not CLOCK:
            beat.arrow = (lane, task_lane(task.index))

    def spare_created(self, task: Task, event: ev.SpareCreated) -> None:
        """ENTRY-4: a new spare is on the ready list."""
        beat = self._begin(Kind.SPARE, task, text=worded(event, self.words))
        if len(self.beats) > 1:
            before = self.beats[-2]
            before.tasks = tuple(x for x in before.tasks if x.index < event.spare)
        beat.boxes[task_lane(event.spare)] = "ready"
        beat.arrow = (task_lane(task.index), task_lane(event.spare))

    # Memory and completion

    def memory_written(self, task: Task, event: ev.MemoryWritten) -> None:
        """Memory changed."""
        offset = event.place - BASE
        after = bytes(self.machine.memory[offset : offset + event.count])
        change = Change(offset, event.before, after, id_of(event.by))
        if event.by == clauses.RING_1:
            self._begin(Kind.POST, task).boxes[task_lane(task.index)] = "posts"
        elif event.by == clauses.STEP_2:
            slot = self.rings.slot(event.place)
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

    def event_posted(self, task: Task, event: ev.EventPosted) -> None:
        """The beat was begun by the store of the event."""
        self.rings.add(event.ring, event.slots)
        slot = self.rings.slot(event.slot)
        name = symbols.name_of(event.atom, self.program)
        beat = self._open[task.index]
        beat.title = f"event: {symbols.name_of(event.slot, word=True)} = {name}"
        beat.text = f"task {task.index} posts the last atom it ran"
        if slot is not None:
            beat.boxes[slot[0]] = words.short(f"[{slot[1]}] = {name}")
            beat.arrow = (task_lane(task.index), slot[0])

    def event_lost(self, task: Task, event: ev.Event) -> None:
        """A chain ends without an event."""
        beat = self.add(Kind.LOST, task, text=worded(event, self.words))
        no_event = isinstance(event, ev.NotAskedFor | ev.BusyFetchFaults)
        beat.boxes[task_lane(task.index)] = "no event" if no_event else "event lost"
        slot = self.rings.slot(event.slot) if isinstance(event, ev.SlotTaken) else None
        if slot is not None:
            beat.boxes[slot[0]] = f"[{slot[1]}] is full"
            beat.arrow = (task_lane(task.index), slot[0])
        assert event.clause is not None
        beat.cite(id_of(event.clause))

    def before_the_end(self, task: Task, event: ev.Event) -> None:
        """Told with the beat by which the task becomes a spare again."""
        self._last_words.setdefault(task.index, []).append(event)

    def turns_ready(self, task: Task, event: ev.TurnsReady | ev.EndsAfterExit) -> None:
        """POOL-1: a busy task turns ready."""
        ends = isinstance(event, ev.EndsAfterExit)
        text = f"task {task.index} ends" if ends else f"task {task.index} is done: a spare again, last in the list"
        beat = self._begin(Kind.READY, task, text=text, label="ends" if ends else "ready")
        for said in self._last_words.pop(task.index, []):
            if not said.quiet:
                beat.say(worded(said, self.words))
            assert said.clause is not None
            beat.cite(id_of(said.clause))
        beat.cite(id_of(clauses.POOL_1))
        self._open.pop(task.index)


_TOLD: Final[dict[type[ev.Event], Callable[[Teller, Any, Any], None]]] = {
    ev.Runs: Teller.runs,
    ev.Preempted: Teller.preempted,
    ev.PointPassed: Teller.point_passed,
    ev.StepBegins: Teller.step_begins,
    ev.AtomFetched: Teller.atom_fetched,
    ev.FetchFaults: Teller.fetch_faults,
    ev.CallBegins: Teller.call_begins,
    ev.ResultStored: Teller.result_stored,
    ev.AtomGives: Teller.atom_gives,
    **dict.fromkeys((ev.ChainStops, ev.ChainSkips, ev.ChainGoesOn, ev.ChainEnds), Teller.chain_decides),
    **dict.fromkeys(
        (
            ev.PipeEmpty, ev.PipeFull, ev.EventfdZero, ev.EventfdOverflows, ev.ObjectLocked, ev.FutexWaits,
            ev.SleepsUntil, ev.SleepsForEver, ev.PageCold, ev.LockHeld, ev.WaitsForEvents, ev.ExitWaits,
        ),
        Teller.reason,
    ),
    ev.Sleeps: Teller.sleeps,
    **dict.fromkeys((ev.ChainHandsOver, ev.ThreadletHandsOver), Teller.hands_over),
    ev.Wakes: Teller.wakes,
    **dict.fromkeys((ev.ClockJumps, ev.ClockAdvances), Teller.time_passes),
    ev.NeedNotSleep: Teller.need_not_sleep,
    ev.SpareCreated: Teller.spare_created,
    ev.MemoryWritten: Teller.memory_written,
    ev.EventPosted: Teller.event_posted,
    **dict.fromkeys(
        (ev.NotAskedFor, ev.SlotTaken, ev.BadRing, ev.RingFaults, ev.BusyFetchFaults), Teller.event_lost
    ),
    **dict.fromkeys(
        (ev.IndexFaults, ev.NoEventOfThreadlet, ev.Parks, ev.ParksAfterExit), Teller.before_the_end
    ),
    **dict.fromkeys((ev.TurnsReady, ev.EndsAfterExit), Teller.turns_ready),
    ev.StackTaken: Teller.stack_taken,
    **dict.fromkeys((ev.Armed, ev.ArmedByToken, ev.RunsUnarmed), Teller.arming),
    ev.ScriptBegins: Teller.script_begins,
    ev.OperationBegins: Teller.operation_begins,
    ev.OperationReturns: Teller.operation_returns,
    ev.StackFree: Teller.stack_free,
    ev.PageIn: Teller.page_in,
}  # fmt: skip
"""What is made of the events that are beats, or parts of some."""

_NOTED: Final[dict[type[ev.Event], bool]] = {
    **dict.fromkeys(
        (
            ev.SpareIsReady, ev.StackKept, ev.SeveralStopBits, ev.NoSpareToTakeOver, ev.BusySleeps, ev.RingIsFull,
            ev.ThreadletSleepsAgain, ev.EmptyBufferDropped, ev.ColdPageRefuses, ev.NestedRefused, ev.StackStillTaken,
            ev.RefusedInThreadlet, ev.NoSuchCallInThreadlet, ev.CallOfSysletsInThreadlet, ev.NoSuchNumber,
        ),
        True,
    ),
    **dict.fromkeys(
        (
            ev.SyncBegins, ev.SyncEnds, ev.StopOnNonzero, ev.StopOnZero, ev.StopOnNegative, ev.StopOnNonPositive,
            ev.EventsInRing, ev.RoundedUp, ev.NoTime,
        ),
        False,
    ),
}  # fmt: skip
"""What is added to the last beat of its task: with its words, or only by its clause."""
