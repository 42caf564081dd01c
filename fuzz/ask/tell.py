# SPDX-License-Identifier: Apache-2.0
"""A run of the model, told step by step. It watches each phase from outside; the rules know nothing of it."""

from collections.abc import Callable, Iterable
from typing import Final

import attrs

from fuzz.ask.phrases import PHRASES, QUIET, Scene, told
from fuzz.ask.sleeping import SLEEPS, at_the_lock, why_asleep
from fuzz.ask.words import Words
from fuzz.text import names
from fuzz.text.printer import print_step
from fuzz.text.symbols import print_result
from model import abi, clauses
from model.clauses import BY_NUMBER
from model.program import Call, Exec, Operation, Program
from model.spec.chain import store_result
from model.spec.features import SIZE
from model.spec.machine import Machine, Phase, Script, Task, Way
from model.spec.ring import LOCK_KEY, write_index
from model.spec.steps import begin_step, step_returns
from model.trace import NO_CALL, End, Role

_ORDER: Final = {number: place for place, number in enumerate(PHRASES)}
_UNCLEAR: Final = len(_ORDER)


_MEANS: Final = {
    0: ": the threadlet goes on without its caller",
    1: ": it ran to its end in the caller",
    2: ": it ran to its end in the caller, unarmed",
}
"""What the results of `threadlet_exec` say, errors aside."""

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


class Teller:
    """Collects lines while it lets tasks run: `drive` takes the place of `steps.run_task`."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.words = Words(program)
        self.lines: list[Line] = []
        self._now = 0
        self._reasons: dict[int, list[Part]] = {}

    def drive(self, m: Machine, t: Task) -> None:
        """Let one task run until it sleeps, ends, or must let another go first."""
        self.time_passed(m)
        while t.phase is not None and self.once(m, t):
            pass

    def time_passed(self, m: Machine) -> None:
        """Tell if the clock was moved since the last phase: nothing could run."""
        if m.now != self._now:
            self._now = m.now
            woken = _list(f"task {t.index}" for t in m.runnable)
            self.say(m, None, f"nothing can run, so the clock goes to tick {m.now} and wakes {woken}", clauses.TIME_5)

    def forget(self, m: Machine) -> None:
        """The machine went back to an earlier time."""
        self._now = m.now

    def once(self, m: Machine, t: Task) -> bool:
        """Run one phase and tell what it did; False when the task cannot go on."""
        phase = t.phase
        assert phase is not None
        m.hit = bytearray(SIZE)
        armed, inside, head, role, now = t.armed, t.inside, m.head, t.role, m.now
        slot = m.load(t.slot) or 0
        asleep, locked = [x for x in m.tasks if x.asleep], m.waiters.get(LOCK_KEY, ())
        script = t.script
        going = phase(m, t)
        met = frozenset(number for number in range(len(BY_NUMBER)) if m.hit[number])
        heir = m.head.index if m.head is not head else -1
        returned = going and t.phase is t.back and phase is not store_result
        scene = Scene(m, t, self.words, met, armed, inside, script, returned, heir, slot)
        if script is not None and t.script is not None and t.script.place != script.place:
            self._operation(scene, script, role)
        else:
            self._tell(scene, phase, role, going)
        if m.now != now:
            self._now = m.now
        woken = [x for x in asleep if not x.asleep and x.index != heir]
        self._woken(m, [x for x in woken if x.index not in locked])
        self._woken(m, [x for x in woken if x.index in locked], ": the completion lock is free", clauses.RING_9)
        if m.ended is not None:
            self._ended(m)
        return going

    def say(self, m: Machine, t: Task | None, text: str, *numbers: int) -> None:
        """Add a line about a task, or about the program."""
        who = "" if t is None else _who(t, t.role)
        self.lines.append(Line(m.step, who, ((text, numbers),)))

    def _woken(self, m: Machine, tasks: list[Task], why: str = "", *numbers: int) -> None:
        if tasks:
            verb = "wakes" if len(tasks) == 1 else "wake"
            self.say(m, None, f"{_list(f'task {x.index}' for x in tasks)} {verb}{why}", *numbers)

    def _tell(self, s: Scene, phase: Phase, role: int, going: bool) -> None:
        m, t = s.m, s.t
        if phase is begin_step:
            if not going or m.step == len(self.program.steps):
                if m.settling:
                    self.say(m, None, "all steps are done: the others settle", clauses.STEP_7)
            else:
                self.lines.append(Line(m.step, "", ()))
            return
        if phase is step_returns:
            self._result(s, m.step - 1)
            return
        parts: list[Part] = [(told(s, number), (number,)) for number in sorted(s.met - QUIET, key=_place)]
        if phase is write_index and t.posted:
            parts.append((f"{s.field(abi.AHU_KERNEL_RING_IDX)} = {m.load(t.ahu)}", (clauses.RING_5,)))
        if t.asleep and t.call in SLEEPS:
            number, words = SLEEPS[t.call]
            parts.insert(0, (words(s), (number,)))
        elif (found := why_asleep(s)) is not None:
            parts.insert(0, (told(s, found), (found,)))
        parts += at_the_lock(s)
        parts += _begins(s)
        self._put(s, [part for part in parts if part[0]], role)
        if going and t.phase is begin_step:
            self._user_result(s, m.step - 1)

    def _put(self, s: Scene, parts: list[Part], role: int) -> None:
        """One line for the phase; what a call of an atom or of a script did begins with the call."""
        t = s.t
        if s.script is not None and s.returned and s.inside and t.inside and clauses.PAGE_3 not in s.met:
            self._reasons[t.index] = parts  # told with the result, which comes next
            return
        of_atom = t.back is store_result and t.inside
        if s.returned and of_atom:
            parts.append((f"gives {s.result}", (t.done,)))
        if not parts:
            return
        call = f"{s.atom} = {s.call}" if of_atom else self._script_call(t.script) if t.script else ""
        if call and ((s.returned and of_atom) or (t.asleep and t.call != NO_CALL)):
            words, numbers = parts[0]
            glue = " " if s.returned and len(parts) == 1 else ": "
            parts[0] = (f"{call}{glue}{words}", numbers)
        self.lines.append(Line(s.m.step, _who(t, role), tuple(parts)))

    def _operations(self, script: Script) -> tuple[Operation, ...]:
        """The whole script; one that is not declared is empty."""
        return next((x.script for x in self.program.threadlets if x.index == script.threadlet), ())

    def _script_call(self, script: Script) -> str:
        """The operation at hand: `f0[1] read(p0.r, pg6, 8)`; empty behind the last one."""
        operations = self._operations(script)
        if script.place == len(operations):
            return ""
        return f"f{script.threadlet}[{script.place}] {print_step(operations[script.place])}"

    def _operation(self, s: Scene, script: Script, role: int) -> None:
        """An operation of a script returned."""
        value = print_result(self._operations(script)[script.place], s.t.ret, self.program)
        numbers = tuple(dict.fromkeys((s.t.done, *sorted(s.met - QUIET))))
        text = f"{self._script_call(script)} gives {value}"
        reasons = self._reasons.pop(s.t.index, [])
        self.lines.append(Line(s.m.step, _who(s.t, role), ((text, numbers), *reasons)))

    def _result(self, s: Scene, step: int) -> None:
        """A call of the head's step returned."""
        call = self.program.steps[step]
        value = print_result(call, s.t.ret, self.program)
        name = names.call_name(call.nr) if isinstance(call, Call) else names.EXEC
        means = _MEANS.get(s.t.ret, "") if isinstance(call, Exec) else ""
        numbers = (clauses.THREAD_13, s.t.done) if isinstance(call, Exec) and s.t.ret == 1 else (s.t.done,)
        self.lines.append(Line(step, _who(s.t, s.t.role), ((f"{name} returns {value}{means}", numbers),)))

    def _user_result(self, s: Scene, step: int) -> None:
        """A store or reap is done, or a settle or advance is over."""
        found = next((x for x in (clauses.STEP_1, clauses.STEP_2) if x in s.met), None)
        if found is None:
            self.lines.append(Line(step, "", (("nothing else can run", (clauses.STEP_3,)),)))
        else:
            value = print_result(self.program.steps[step], s.t.ret, self.program)
            self.lines.append(Line(step, _who(s.t, s.t.role), ((f"gives {value}", (found,)),)))

    def _ended(self, m: Machine) -> None:
        ends = {End.DONE: ("the program is done", clauses.STEP_7), End.EXITED: ("the program exits", clauses.EXIT_2)}
        if m.ended in ends:
            text, number = ends[m.ended]
            self.say(m, None, text, number)

    def stuck(self, m: Machine) -> None:
        """Tell of a program whose head sleeps for ever, which no phase does."""
        if m.ended is End.STUCK:
            self.say(m, None, "the head sleeps and no timer is left: the program is stuck", clauses.STEP_4)


def _begins(s: Scene) -> list[Part]:
    """What happens before a script: its stack is taken; and no clause applies yet where it runs unarmed."""
    script = s.t.script
    if script is None:
        return []
    if s.script is None:
        return [(f"{s.stack} is taken for f{script.threadlet}", (clauses.THREAD_15,))]
    if s.t.inside and not s.inside and script.way is Way.UNARMED:
        text = "no spare is ready, and there is no stack for one: the threadlet runs unarmed, so nobody takes over"
        return [(text, (clauses.THREAD_20,))]
    return []


def _who(t: Task, role: int) -> str:
    return f"task {t.index} ({Role(role).name.lower()})"


def _place(number: int) -> tuple[int, int]:
    return _ORDER.get(number, _UNCLEAR), number


def _list(things: Iterable[str]) -> str:
    found = list(things)
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
