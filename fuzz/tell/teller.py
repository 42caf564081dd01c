# SPDX-License-Identifier: Apache-2.0
"""The one teller: a listener that makes beats of the events of a run. Every medium, `explain` too, is made of them.

An event without a method here is told by its own sentence, as a part of what its task is at.
"""

from typing import Final

from fuzz.tell import lanes, words
from fuzz.tell.ledger import METHODS, tells
from fuzz.tell.moves import MovesTeller
from fuzz.tell.story import CLOCK, Beat, Change, Kind, task_lane
from fuzz.text import symbols
from model import abi, clauses
from model.image import BASE
from model.program import Program
from model.spec import events as ev
from model.spec.state import State
from model.spec.task import Task

_ASIDES: Final = frozenset((
    ev.SyncBegins, ev.SyncEnds, ev.StopOnNonzero, ev.StopOnZero, ev.StopOnNegative, ev.StopOnNonPositive,
    ev.ChainGoesOn, ev.ChainEnds, ev.ResultStored, ev.EventsInRing, ev.RoundedUp, ev.NoTime, ev.IndexStored,
))  # fmt: skip
"""The usual way of things, and what a picture shows without words."""


class Teller(MovesTeller):
    """A listener that collects beats; the machine's observer is a `Recorder`, which it looks at."""

    wants: frozenset[type[ev.Event]] | None = None

    def __init__(self, program: Program) -> None:
        super().__init__(program)
        self._atoms: set[int] = set()

    def hear(self, machine: State, task: Task | None, event: ev.Event) -> None:
        """See `Listener`."""
        self.machine = machine
        self.look()
        told = METHODS.get(type(event))
        if told is not None:
            told(self, task, event)
        elif task is not None and not event.quiet:
            self.note(task, event, aside=type(event) in _ASIDES)

    @tells(ev.HeadBlocked, ev.FuelSpent, ev.StayedSynchronous, ev.CallerHasResult, ev.UnarmedEnds)
    def _told_by_what_follows(self, task: Task | None, event: ev.Event) -> None:
        """The end says why it is one, and so does the result of who submitted something."""

    # Steps, atoms, operations, and their calls

    @tells(ev.StepBegins)
    def _step_begins(self, task: Task, event: ev.StepBegins) -> None:
        step = self.program.all_steps[event.step]
        beat = self.begin(Kind.STEP, task, symbols.print_numbered(self.program, event.step), words.step_label(step))
        if meaning := words.step_meaning(step):
            beat.say(meaning)

    @tells(ev.AtomFetched)
    def _atom_fetched(self, task: Task, event: ev.AtomFetched) -> None:
        self._calls[task.index] = (event.call, event.arguments)
        self._atoms.add(task.index)
        self.begin(Kind.ATOM, task, words.atom_text(event, self.program), words.call_label(event.call))

    @tells(ev.FetchFaults)
    def _fetch_faults(self, task: Task, event: ev.FetchFaults) -> None:
        """Of the head's atom; a busy task's fault is a lost event."""
        self.say(self.add(Kind.ATOM, task, label="fault"), event)

    @tells(ev.OperationBegins)
    def _operation_begins(self, task: Task, event: ev.OperationBegins) -> None:
        assert task.script is not None
        found = symbols.operation_of(self.program, task.script.step, event.place)
        if found is not None:
            deed, _ = words.operation_text(self.program, task.script.step, event.place, 0)
            self.begin(Kind.OPERATION, task, deed, words.step_label(found[1]))

    @tells(ev.OperationReturns)
    def _operation_returns(self, task: Task, event: ev.OperationReturns) -> None:
        """Told when it is observed."""
        self.given[task.index] = (event.value, event.why)

    @tells(ev.CallBegins)
    def _call_begins(self, task: Task, event: ev.CallBegins) -> None:
        """What the call works on becomes an arrow."""
        self._calls[task.index] = (event.call, event.arguments)
        self._why.pop(task.index, None)
        lane = lanes.object_of(event.call, event.arguments, self.machine)
        beat = self._open.get(task.index)
        if lane is not None:
            self._objects[task.index] = lane
        if beat is not None and lane is not None and lane is not CLOCK:
            mine = task_lane(task.index)
            beat.arrow = (lane, mine) if event.call == abi.NR_READ else (mine, lane)

    @tells(ev.CallGives, ev.AtomGives)
    def _call_gives(self, task: Task, event: ev.CallGives | ev.AtomGives) -> None:
        """An atom's result; what was refused never was a call. Results of steps and operations are observed."""
        if task.index in self._atoms:
            self._atoms.remove(task.index)
            result = symbols.name_of(event.value, self.program, pointer=event.call == abi.NR_ASYNC_EXEC)
            self.gives(task, self._deeds[task.index], result, event.value).cite(event.why)

    # Spares and threadlets

    @tells(ev.SpareMade, ev.StackKept)
    def _spare_made(self, task: Task, event: ev.SpareMade | ev.StackKept) -> None:
        beat = self.begin(Kind.SPARE, task)
        if len(self.beats) > 1:
            before = self.beats[-2]
            before.tasks = tuple(x for x in before.tasks if x.index < event.spare)
        self.say(beat, event)
        beat.boxes[task_lane(event.spare)] = "ready"
        beat.arrow = (task_lane(task.index), task_lane(event.spare))

    @tells(ev.StackTaken)
    def _stack_taken(self, task: Task, event: ev.StackTaken) -> None:
        self.note(task, event, aside=True).arrow = (task_lane(task.index), lanes.stack_lane(event.stack))

    @tells(ev.Armed, ev.ArmedByToken, ev.RunsUnarmed)
    def _armed(self, task: Task, event: ev.Event) -> None:
        unarmed = isinstance(event, ev.RunsUnarmed)
        deed = "threadlet_on = 0" if isinstance(event, ev.Armed) else ""
        self.say(self.begin(Kind.ARM, task, deed, "unarmed" if unarmed else "armed"), event)

    @tells(ev.StackFree)
    def _stack_free(self, task: Task, event: ev.StackFree) -> None:
        """A threadlet that went async is over; one with a caller shows it with its result."""
        beat = self.note(task, event)
        beat.boxes[task_lane(task.index)] = "over"
        beat.arrow = (task_lane(task.index), lanes.stack_lane(event.stack))

    @tells(ev.OffInBusy)
    def _off_in_busy(self, task: Task, event: ev.OffInBusy) -> None:
        if task.script is not None:
            self.begin(Kind.RETURN, task)
        self.note(task, event)

    # Memory and completion

    @tells(ev.MemoryWritten)
    def _memory_written(self, task: Task, event: ev.MemoryWritten) -> None:
        offset = event.place - BASE
        after = bytes(self.machine.memory[offset : offset + event.count])
        change = Change(offset, event.before, after, clauses.BY_NUMBER[event.by].id)
        beat = self._open.get(task.index)
        later = event.by in (clauses.RING_1, clauses.ENTRY_4)  # their beats come next
        if beat is None or (later and beat.kind is not Kind.POST):
            self._pending.setdefault(task.index, []).append(change)
            return
        beat.changes.append(change)
        if beat.kind is not Kind.ATOM:
            beat.cite(event.by)
        slot = self.rings.slot(event.place) if event.by == clauses.STEP_2 else None
        if slot is not None:
            beat.boxes[slot[0]] = f"[{slot[1]}] emptied"
            beat.arrow = (slot[0], task_lane(task.index))

    def _posting(self, task: Task) -> Beat:
        beat = self._open.get(task.index)
        return beat if beat is not None and beat.kind is Kind.POST else self.begin(Kind.POST, task, label="posts")

    @tells(ev.SlotOverwritten)
    def _slot_overwritten(self, task: Task, event: ev.SlotOverwritten) -> None:
        self.say(self._posting(task), event)

    @tells(ev.EventPosted)
    def _event_posted(self, task: Task, event: ev.EventPosted) -> None:
        self.rings.add(event.ring, event.slots)
        slot = self.rings.slot(event.slot)
        name = symbols.name_of(event.atom, self.program)
        deed = f"event: {symbols.name_of(event.slot, word=True)} = {name}"
        beat = self._posting(task)
        beat.deed = deed
        beat.say(f"task {task.index} posts the last atom it ran", event.clause)
        if slot is not None:
            beat.boxes[slot[0]] = words.short(f"[{slot[1]}] = {name}")
            beat.arrow = (task_lane(task.index), slot[0])

    @tells(ev.NotAskedFor, ev.SlotTaken, ev.BadRing, ev.BadIndex, ev.RingFaults, ev.BusyFetchFaults)
    def _event_lost(self, task: Task, event: ev.Event) -> None:
        no_event = isinstance(event, ev.NotAskedFor | ev.BusyFetchFaults)
        beat = self.add(Kind.LOST, task, label="no event" if no_event else "event lost")
        self.say(beat, event)
        slot = self.rings.slot(event.slot) if isinstance(event, ev.SlotTaken) else None
        if slot is not None:
            beat.boxes[slot[0]] = f"[{slot[1]}] is full"
            beat.arrow = (task_lane(task.index), slot[0])

    @tells(ev.ThreadGone)
    def _thread_gone(self, task: Task, event: ev.ThreadGone) -> None:
        self.say(self.add(Kind.READY, task, label="ends"), event)

    @tells(ev.GroupGone)
    def _group_gone(self, task: Task, event: ev.GroupGone) -> None:
        """The last that is seen of the head: what comes is the end."""
        self.note(task, event)
        self.close()

    @tells(ev.TurnsReady, ev.EndsAfterExit)
    def _turns_ready(self, task: Task, event: ev.Event) -> None:
        ends = isinstance(event, ev.EndsAfterExit)
        beat = self.add(Kind.READY, task, label="ends" if ends else "ready")
        text = "ends, since the head has exited" if ends else "is done: a spare again, last in the list"
        beat.say(f"task {task.index} {text}", event.clause)
        self.end(task)
