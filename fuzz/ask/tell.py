# SPDX-License-Identifier: Apache-2.0
"""A run of the model, told line by line, from the events that the rules say."""

from collections.abc import Callable
from typing import Final

import attrs

from fuzz.tell.naming import Words
from fuzz.tell.wording import clauses_of, worded
from fuzz.text import names
from fuzz.text.printer import print_step
from fuzz.text.symbols import operation_of, print_result
from model import clauses
from model.clauses import BY_NUMBER
from model.program import Call, Exec, Program
from model.spec import events as ev
from model.spec.names import LOCK_QUEUE, Queue
from model.spec.state import State
from model.spec.task import Task
from model.trace import Role

_MEANS: Final = {
    0: ": the threadlet goes on without its caller",
    1: ": it ran to its end in the caller",
    2: ": it ran to its end in the caller, unarmed",
}
"""What the results of `threadlet_exec` say, errors aside."""

_JOINS: Final = (
    ev.ChainHandsOver, ev.ThreadletHandsOver, ev.NoSpareToTakeOver, ev.NoEventOfThreadlet, ev.ChainStops, ev.ChainSkips,
    ev.ChainGoesOn, ev.ChainEnds, ev.StopOnNonzero, ev.StopOnZero, ev.StopOnNegative, ev.StopOnNonPositive,
)  # fmt: skip
"""What belongs to the line before."""
_BEGINS: Final = (ev.StopOnNonzero, ev.StopOnZero, ev.StopOnNegative, ev.StopOnNonPositive)
"""Joins the line before only if that is of the same kind."""
_SLEEPS: Final = (ev.PipeEmpty, ev.PipeFull, ev.EventfdZero, ev.EventfdOverflows, ev.ObjectLocked)
"""Told when the task sleeps; it may turn out that it need not."""

Part = tuple[str, tuple[int, ...]]
"""Words, and the numbers of the clauses they come from."""


@attrs.frozen
class Line:
    """One thing that happened.

    Attributes:
        step: step of the program during which it happened.
        who: `task 0 (head)`, or empty: it is about the program as a whole.
        parts: what happened, piece by piece.
    """

    step: int
    who: str
    parts: tuple[Part, ...]

    @property
    def text(self) -> str:
        """The words alone."""
        return "; ".join(words for words, _ in self.parts)

    @property
    def clauses(self) -> tuple[str, ...]:
        """Ids of the clauses behind it."""
        return tuple(dict.fromkeys(BY_NUMBER[x].id for _, numbers in self.parts for x in numbers))

    def __str__(self) -> str:
        told = "; ".join(f"{words}{_ids(numbers)}" for words, numbers in self.parts)
        return f"{self.who}: {told}" if self.who else told


def _ids(numbers: tuple[int, ...]) -> str:
    return f" [{', '.join(BY_NUMBER[x].id for x in numbers)}]" if numbers else ""


@attrs.define
class _Deed:
    """What a task is at: an atom, an operation of a script, or a step (no call to name then).

    Attributes:
        call: the call as a text has it, `a0 = read(p0.r, pg3, 8)`; thing: the atom alone.
        inside: between the beginning of the call and its result.
        reasons: what is told with the result, or with the sleep that comes first.
        sleeps: why it sleeps, if it does.
        woken: lines about others that are told after the result.
    """

    call: str = ""
    thing: str = ""
    inside: bool = False
    reasons: list[Part] = attrs.Factory(list)
    sleeps: Part | None = None
    woken: list[Line] = attrs.Factory(list)


class Teller:
    """A listener that collects lines."""

    wants: frozenset[type[ev.Event]] | None = None

    def __init__(self, program: Program) -> None:
        self.program = program
        self.words = Words(program)
        self.lines: list[Line] = []
        self._deeds: dict[int, _Deed] = {}
        self._line: tuple[int, str, list[Part]] | None = None
        self._last: type[ev.Event] | None = None
        self._heir = -1
        self._after: list[Line] = []
        self._step = 0
        self._woken: list[int] = []
        self._queue: Queue | None = None
        self._clock: int | None = None

    def copy(self) -> "Teller":
        """All copies of a machine are told in one place."""
        return self

    def next_line(self) -> int:
        """The number of the line that would be told next."""
        self.flush()
        return len(self.lines)

    def flush(self) -> None:
        """What was told so far is whole."""
        self._flush_line()
        self._flush_woken()

    # Hearing

    def hear(self, machine: State, task: Task | None, event: ev.Event) -> None:
        """See `Listener`."""
        if isinstance(event, ev.Wakes):
            self._wakes(machine, task, event)
            return
        step = machine.thread.step
        if task is None:
            self._of_the_program(step, event)
        elif not self._of_the_schedule(event):
            self._of_a_task(step, task, event)
        self._last = type(event)

    def _of_the_program(self, step: int, event: ev.Event) -> None:
        self.flush()
        if isinstance(event, ev.ClockJumps):
            self._clock = event.tick
        elif isinstance(event, ev.HeadBlocked):
            self._alone(step, event, clauses.STEP_4)

    def _of_the_schedule(self, event: ev.Event) -> bool:
        if isinstance(event, ev.Runs | ev.PointPassed | ev.Preempted):
            self._flush_line()
            return True
        return False

    def _of_a_task(self, step: int, t: Task, event: ev.Event) -> None:
        deed = self._deeds.setdefault(t.index, _Deed())
        match event:
            case ev.StepBegins(number):
                self.flush()
                self.lines.append(Line(number, "", ()))
                self._deeds[t.index] = _Deed()
            case ev.AtomFetched(atom, nr, args):
                name = self.words.thing(atom)
                self._deeds[t.index] = _Deed(f"{name} = {self.words.call(nr, args)}", name)
            case ev.OperationBegins(_, place):
                self._deeds[t.index] = _Deed(self._operation(t, place), inside=True)
            case ev.CallBegins():
                deed.inside = True
            case ev.CallGives(value, why, nr):
                self._call_gives(step, t, deed, self.words.value(value, nr), why)
            case ev.OperationReturns():
                self._operation_returns(step, t, deed, event)
            case ev.StepReturns():
                self._step_returns(t, event)
            case ev.Sleeps():
                self._sleeps(step, t, deed)
            case ev.AllStepsDone() | ev.Settled() | ev.StepsDone():
                self.flush()
                self._alone(step, event, clauses.STEP_3 if isinstance(event, ev.Settled) else clauses.STEP_7)
            case ev.GroupGone():
                self._begin(step, t, self._part(event))
                self.flush()
                self.lines.append(Line(step, "", (("the program exits", (clauses.EXIT_2,)),)))
            case _:
                self._said(step, t, deed, event)

    def _said(self, step: int, t: Task, deed: _Deed, event: ev.Event) -> None:
        """What a rule did, in the words of its event."""
        if isinstance(event, ev.ChainHandsOver | ev.ThreadletHandsOver):
            self._heir = event.heir
        if isinstance(event, ev.BusySleeps) and self._last is ev.Sleeps and self._line is not None:
            if self._line[2][-1][1] == (clauses.RING_9,):
                self._line[2].append(self._part(event))
        elif isinstance(event, ev.GoesOnBusy) and self._line is not None:
            words, numbers = self._line[2][0]
            self._line[2][0] = (words, (*numbers, clauses.THREAD_5))
        elif not event.quiet and not (isinstance(event, ev.SyncEnds) and not event.armed):
            self._told(step, t, deed, event)

    def _told(self, step: int, t: Task, deed: _Deed, event: ev.Event) -> None:
        part = self._part(event)
        if isinstance(event, _SLEEPS):
            deed.sleeps = part
        elif isinstance(event, ev.NoSuchNumber):
            self._begin(step, t, (f"{deed.thing}: {part[0]}", part[1]))
        elif isinstance(event, ev.Refused | ev.CallOfSyslets):
            self._begin(step, t, (part[0].replace("the call", deed.call, 1), part[1]))
        elif isinstance(event, _JOINS) and self._line is not None and self._joins(event):
            self._line[2].append(part)
        elif deed.inside and deed.call and not isinstance(event, ev.NeedNotSleep | ev.PageIn):
            deed.reasons.append(part)
        else:
            self._begin(step, t, part)

    def _joins(self, event: ev.Event) -> bool:
        """Conditions begin a line; what comes of them belongs to it."""
        conditions = (*_BEGINS, ev.SeveralStopBits, ev.SyncEnds)
        if isinstance(event, _BEGINS):
            return self._last in conditions
        if isinstance(event, ev.ChainStops | ev.ChainSkips | ev.ChainGoesOn | ev.ChainEnds):
            return self._last in conditions
        return True

    # Calls, steps and sleeps

    def _call_gives(self, step: int, t: Task, deed: _Deed, value: str, why: int) -> None:
        deed.inside, deed.sleeps = False, None
        if not deed.thing:
            return
        parts = [*deed.reasons, (f"gives {value}", (why,))]
        self._begin(step, t, *self._headed(deed.call, parts, " " if len(parts) == 1 else ": "))
        self._after, deed.reasons, deed.woken = deed.woken, [], []

    def _operation_returns(self, step: int, t: Task, deed: _Deed, event: ev.OperationReturns) -> None:
        assert t.script is not None
        found = operation_of(self.program, t.script.step, event.place)
        value = print_result(found[1] if found else None, event.value, self.program)
        self._begin(step, t, (f"{deed.call} gives {value}", (event.why,)), *deed.reasons)
        self._deeds[t.index] = _Deed()

    def _step_returns(self, t: Task, event: ev.StepReturns) -> None:
        call = self.program.steps[event.step]
        value = print_result(call, event.value, self.program)
        if not isinstance(call, Call | Exec):
            self._begin(event.step, t, (f"gives {value}", (event.why,)))
            return
        name = names.call_name(call.nr) if isinstance(call, Call) else names.EXEC
        means = _MEANS.get(event.value, "") if isinstance(call, Exec) else ""
        numbers = (clauses.THREAD_13, event.why) if isinstance(call, Exec) and event.value in (1, 2) else (event.why,)
        self._begin(event.step, t, (f"{name} returns {value}{means}", numbers))

    def _sleeps(self, step: int, t: Task, deed: _Deed) -> None:
        """Why it sleeps was said before, just now or when it looked."""
        parts = [*deed.reasons, *([deed.sleeps] if deed.sleeps else [])]
        if parts:
            self._begin(step, t, *self._headed(deed.call if deed.inside else "", parts, ": "))
            self._after, deed.reasons, deed.woken = deed.woken, [], []

    @staticmethod
    def _headed(call: str, parts: list[Part], glue: str) -> list[Part]:
        if not call:
            return parts
        words, numbers = parts[0]
        return [(f"{call}{glue}{words}", numbers), *parts[1:]]

    def _operation(self, t: Task, place: int) -> str:
        assert t.script is not None
        found = operation_of(self.program, t.script.step, place)
        return f"f{t.script.threadlet}[{place}] {print_step(found[1])}" if found else ""

    # Waking

    def _wakes(self, machine: State, task: Task | None, event: ev.Wakes) -> None:
        if event.sleeper == self._heir:
            self._heir = -1
            return
        if (event.queue == LOCK_QUEUE) != (self._queue == LOCK_QUEUE):
            self._flush_woken()
        self._queue, self._step = event.queue, machine.thread.step
        self._woken.append(event.sleeper)
        deed = None if task is None else self._deeds.get(task.index)
        if deed is not None and deed.inside and deed.thing:
            deed.woken += self._woken_lines()

    def _flush_woken(self) -> None:
        self.lines += self._woken_lines()

    def _woken_lines(self) -> list[Line]:
        step, woken, self._woken = self._step, self._woken, []
        if self._clock is not None:
            text = f"nothing can run, so the clock goes to tick {self._clock} and wakes {_list(woken)}"
            self._clock = None
            return [Line(step, "", ((text, (clauses.TIME_5,)),))]
        if not woken:
            return []
        verb = "wakes" if len(woken) == 1 else "wake"
        if self._queue == LOCK_QUEUE:
            return [Line(step, "", ((f"{_list(woken)} {verb}: the completion lock is free", (clauses.RING_9,)),))]
        return [Line(step, "", ((f"{_list(woken)} {verb}", ()),))]

    # Lines

    def _part(self, event: ev.Event) -> Part:
        return worded(event, self.words), clauses_of(event)

    def _alone(self, step: int, event: ev.Event, clause: int) -> None:
        self.flush()
        self.lines.append(Line(step, "", ((worded(event, self.words), (clause,)),)))

    def _begin(self, step: int, t: Task, *parts: Part) -> None:
        self.flush()
        self._line = (step, f"task {t.index} ({Role(t.role).name.lower()})", list(parts))

    def _flush_line(self) -> None:
        if self._line is not None:
            step, who, parts = self._line
            self._line = None
            self.lines += [Line(step, who, tuple(parts)), *self._after]
            self._after = []


def _list(tasks: list[int]) -> str:
    found = [f"task {index}" for index in sorted(tasks)]
    return found[0] if len(found) == 1 else f"{', '.join(found[:-1])} and {found[-1]}"


def print_lines(lines: list[Line], program: Program, note: Callable[[int], str] = lambda _: "") -> str:
    """Lines below the step in which they happened. `note` may add a line before the one at a position."""
    made: list[str] = []
    step = -1
    for position, line in enumerate(lines):
        if line.step != step:
            step = line.step
            made.append(f"step {step}  {print_step(program.steps[step])}" if step < len(program.steps) else "the end")
        extra = note(position)
        if extra:
            made.append(f"  ◇ {extra}")
        if line.parts:
            made.append(f"  {line}")
    return "\n".join(made)
