# SPDX-License-Identifier: Apache-2.0
"""Who runs, sleeps and wakes, who takes over, and when time passes, as beats."""

from typing import Final

from fuzz.tell import lanes, words
from fuzz.tell.ledger import tells
from fuzz.tell.observed import ObservedTeller
from fuzz.tell.story import CLOCK, Kind, task_lane
from fuzz.tell.wording import worded
from model import clauses
from model.program import Program
from model.spec import events as ev
from model.spec.names import EXIT_QUEUE, LOCK_QUEUE
from model.spec.task import Task
from model.trace import FAULT, Role

_REASONS: Final = (
    ev.PipeEmpty, ev.PipeFull, ev.EventfdZero, ev.EventfdOverflows, ev.ObjectLocked, ev.FutexWaits, ev.SleepsUntil,
    ev.SleepsForEver, ev.PageCold, ev.LockHeld, ev.WaitsForEvents, ev.ExitWaits,
)  # fmt: skip
"""Why a task will sleep; it may turn out that it need not."""


class MovesTeller(ObservedTeller):
    """Turns what the scheduler does into beats."""

    def __init__(self, program: Program) -> None:
        super().__init__(program)
        self._stopped: int | None = None
        self._heir = self._runner = -1
        self._why: dict[int, ev.Event] = {}

    # Who runs

    @tells(ev.Runs)
    def _runs(self, task: Task, event: ev.Runs) -> None:
        """One that was stopped in the middle of something is told about."""
        before, self._stopped = self._stopped, None
        if before is not None and before != task.index:
            beat = self.add(Kind.PREEMPT, self.machine.tasks[before], label="…")
            beat.say(f"task {before} is interrupted; task {task.index} runs")
            self.end(self.machine.tasks[before])
        if task.index != self._runner:
            self.close()
        self._runner = task.index
        self._point_passed(task, event)

    @tells(ev.Preempted)
    def _preempted(self, task: Task, event: ev.Preempted) -> None:
        """Another task goes first, if it is another."""
        self._stopped = task.index

    @tells(ev.PointPassed)
    def _point_passed(self, task: Task, event: ev.Event) -> None:
        """Whether another task could have gone first, before what comes next."""
        if len(self.machine.able()) > 1:
            self._free.add(task.index)

    # Sleeping and waking

    @tells(*_REASONS)
    def _reason(self, task: Task, event: ev.Event) -> None:
        """Told when the task sleeps."""
        self._why[task.index] = event

    @tells(ev.Sleeps)
    def _sleeps(self, task: Task, event: ev.Sleeps) -> None:
        why = self._why.get(task.index)
        if isinstance(why, ev.PageCold):
            self._objects[task.index] = lanes.page_lane(why.page)
        lane = self._objects.get(task.index)
        text = f"{words.call_name(event.call)} sleeps" if why is None else worded(why, self.program)
        beat = self.end(task)
        if beat is None or not beat.boxes.keys() <= {task_lane(task.index), CLOCK}:
            beat = self.add(Kind.SLEEP, task, self._deeds.get(task.index, ""), "sleeps")
        beat.say(text, None if why is None else why.clause)
        beat.blocked = True
        if lane is not None:
            beat.arrow = (task_lane(task.index), lane)
        if isinstance(why, ev.SleepsUntil | ev.PageCold) and (lane is CLOCK or event.call == FAULT):
            beat.boxes[CLOCK] = f"at {why.tick} ms"

    @tells(ev.BusySleeps, ev.ThreadletSleepsAgain, ev.ParksAfterExit)
    def _said_all_the_same(self, task: Task, event: ev.Event) -> None:
        """Quiet as they are, something else would be expected here."""
        self.note(task, event)

    @tells(ev.ChainHandsOver, ev.ThreadletHandsOver)
    def _hands_over(self, task: Task, event: ev.ChainHandsOver | ev.ThreadletHandsOver) -> None:
        self._heir = event.heir
        deed = f"hand-over: task {event.heir}, the first spare, is the head now"
        if task.script is not None:
            deed += ", threadlet_exec returns 0"
            how = f"finishes f{task.script.threadlet}"
        else:
            how = "finishes the chain" if task.asleep else "goes on with the chain"
        beat = self.add(Kind.HANDOVER, task, deed, "busy")
        beat.cite(event.clause)
        beat.say(f"the caller does not wait: task {task.index} {how}, busy")
        beat.boxes[task_lane(event.heir)] = "head"
        beat.arrow = (task_lane(task.index), task_lane(event.heir))
        self.end(task)

    @tells(ev.Wakes)
    def _wakes(self, waker: Task | None, event: ev.Wakes) -> None:
        """A sleeping task can run again; the heir of a hand-over was told about."""
        if event.sleeper == self._heir:
            self._heir = -1
            return
        task = self.machine.tasks[event.sleeper]
        lane = self._objects.get(task.index)
        beat = self.add(Kind.WAKE, waker)
        beat.say(f"task {task.index} wakes")
        if event.queue is not None and event.queue.what == LOCK_QUEUE.what:
            beat.say("the completion lock is free", clauses.RING_9)
        elif event.queue is not None and event.queue.what == EXIT_QUEUE.what:
            beat.say("nothing is busy any more")
        elif lane is not None and event.queue is not None:
            beat.say(f"it tries {lane.name.split(' ', 1)[1]} again")
        elif waker is not None and waker.family.waiting and task.role == Role.HEAD:
            beat.say("enough events, or nothing is busy", clauses.WAIT_7)
        beat.boxes[task_lane(task.index)] = "wakes"
        source = CLOCK if waker is None else task_lane(waker.index)
        if source != task_lane(task.index):
            beat.arrow = (source, task_lane(task.index))

    @tells(ev.ClockJumps, ev.ClockAdvances)
    def _time_passes(self, task: Task | None, event: ev.ClockJumps | ev.ClockAdvances) -> None:
        beat = self.add(Kind.CLOCK, None)
        self.say(beat, event)
        beat.boxes[CLOCK] = f"{event.tick} ms"

    @tells(ev.NeedNotSleep)
    def _need_not_sleep(self, task: Task, event: ev.NeedNotSleep) -> None:
        """A beat of its own, since the task may have been interrupted on its way to sleep."""
        self.end(task)
        beat = self.add(Kind.AWAKE, task, label="goes on")
        self.say(beat, event)
        lane = self._objects.get(task.index)
        if lane is not None and lane is not CLOCK:
            beat.arrow = (lane, task_lane(task.index))

    @tells(ev.PageIn)
    def _page_in(self, task: Task, event: ev.PageIn) -> None:
        beat = self.add(Kind.PAGE, task, label="goes on")
        self.say(beat, event)
        beat.say("an ordinary page from here on, for all")
        beat.arrow = (lanes.page_lane(event.page), task_lane(task.index))
        self._objects.pop(task.index, None)
