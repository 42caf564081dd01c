# SPDX-License-Identifier: Apache-2.0
"""Stepping through a program by hand: forward and back, choosing who moves. Plain lines in, plain lines out."""

from collections.abc import Callable, Iterator
from typing import Final, TextIO

from fuzz.ask.state import print_state
from fuzz.tell.lines import Line, heading, lines_of, news
from fuzz.tell.narrate import told_machine
from fuzz.tell.teller import Teller
from fuzz.text.names import sleep_name
from fuzz.text.symbols import name_of, print_trace
from model.program import Program
from model.spec import steps
from model.spec.machine import Machine
from model.spec.names import COMPLETION_LOCK, LISTS, STEP, Location
from model.spec.run import Recorder
from model.spec.state import Chooser, State
from model.spec.task import Task
from model.trace import NO_CALL, Role, Trace
from model.variant import Variant

GREETING: Final = "Enter: the task marked * moves; a number: the task of this number does; b: back; ?: help; q: quit"
HELP: Final = """\
  Enter, n    one move of the task marked *; n 5: five moves
  0, 1, 2 …   one move of the task of this number, if it can run; or it is woken, where that is asked
  g           go on until the program ends: always the task marked *
  b           back, one move; b 5: five moves
  s           the state: tasks, rings, words, objects
  t           the trace so far
  ?           this help
  q           quit"""


_POINTS: Final = {
    LISTS: "look at the lists of tasks", COMPLETION_LOCK: "take the completion lock", STEP: "take its next step",
}  # fmt: skip


class _Stepper(Chooser):
    """Stops at every schedule point once something was told; whom a wake-up takes is asked.

    Attributes:
        told: the line of each beat when the move began.
        stands: where each stopped task stands: what it is about to touch, and whether it writes.
    """

    def __init__(self) -> None:
        super().__init__(0)
        self.told: tuple[Line | None, ...] = ()
        self.picks: tuple[int, ...] = ()
        self.undecided: tuple[int, ...] = ()
        self.stands: dict[int, tuple[Location, bool]] = {}

    def copy(self) -> "_Stepper":
        """See `Chooser`."""
        other = _Stepper()
        other.told, other.picks, other.undecided = self.told, self.picks, self.undecided
        other.stands = dict(self.stands)
        return other

    def pauses(self, m: State, t: Task, location: Location, write: bool, follows: int) -> bool:
        """See `Chooser`."""
        if t.stopped_at is None and (len(m.able()) > 1 or self.news(m)):
            self.stands[t.index] = (location, write)
            return True
        return False

    def news(self, m: State) -> list[Line]:
        """What was told since the move began."""
        teller = m.listener
        assert isinstance(teller, Teller)
        teller.machine = m
        teller.look()
        return news(teller.beats, self.told)

    def pick(self, m: State, candidates: list[int]) -> int | None:
        """See `Chooser`."""
        if self.picks:
            choice, self.picks = self.picks[0], self.picks[1:]
            return choice
        self.undecided = tuple(candidates)
        return None


class Session:
    """A program somewhere in its run. Moves return the lines that tell of them."""

    def __init__(self, program: Program, variant: Variant, *, deep: bool = False) -> None:
        self.program = program
        self.m, _ = told_machine(program, _Stepper(), variant, deep=deep)
        self.waker = 0
        self._headed = -1
        self._past: list[Machine] = []

    @property
    def stepper(self) -> _Stepper:
        """What decides for the machine as it is now."""
        assert isinstance(self.m.chooser, _Stepper)
        return self.m.chooser

    def able(self) -> list[int]:
        """Numbers of the tasks that may move, or be woken; the first one is the default."""
        if self.stepper.undecided:
            return list(self.stepper.undecided)
        return [] if self.m.ended is not None else [t.index for t in self.m.able()]

    def move(self, number: int | None) -> list[Line]:
        """One move of a task that is able to, or, when none is (None), time passes."""
        self._past.append(self.m)
        self.m = m = self.m.copy()
        stepper = self.stepper
        assert isinstance(m.listener, Teller)
        stepper.told = tuple(lines_of(m.listener.beats))
        if stepper.undecided:
            assert number is not None
            stepper.picks, stepper.undecided = (number,), ()
            m.run(m.tasks[self.waker])
        elif number is None:
            steps.nothing_runs(m)
        else:
            self.waker = number
            m.run(m.tasks[number])
        return stepper.news(m)

    def back(self, moves: int) -> int:
        """Go back; says how many moves it were."""
        done = min(moves, len(self._past))
        for _ in range(done):
            self.m = self._past.pop()
        return done

    def heading(self) -> Iterator[str]:
        """The step at hand, if it was not told yet."""
        able = self.able()
        thread = self.m.tasks[able[0]].family.thread if able else self.m.thread
        step = thread.step
        if self.program.threads and step == thread.end:
            return
        if step != self._headed and step < len(self.program.all_steps) and self.m.ended is None:
            yield heading(step, self.program)
        self._headed = step

    def trace(self) -> Trace:
        """What was observed so far."""
        assert isinstance(self.m.observer, Recorder)
        return Trace(tuple(self.m.observer.events))


def interact(session: Session, commands: TextIO, say: Callable[[str], object], *, echo: bool = False) -> None:
    """Read commands until the end of the input or `q`; `echo`: say each one, where no terminal shows it."""
    say(GREETING)
    if session.program.chooser:
        say("the file's `choose` lines are not followed here: you choose")
    while True:
        _where(session, say)
        line = commands.readline()
        if echo and line:
            say(f"< {line.strip() or 'Enter'}")
        if not line or line.strip().lower() in ("q", "quit", "exit"):
            return
        for text in _obey(session, line.lower().split()):
            say(text)


def _where(session: Session, say: Callable[[str], object]) -> None:
    """Prompt: the step if it is a new one, and who can move."""
    m = session.m
    for line in session.heading():
        say(line)
    if m.ended is not None:
        say(f"> the program has ended ({m.ended.name.lower()}); b goes back, q quits")
    elif session.stepper.undecided:
        say(f"> whom does task {session.waker} wake? {_marked(session)}")
    elif session.able():
        say(f"> who moves? {_marked(session)}")
    else:
        say("> no task can move; Enter lets time pass")


def _marked(session: Session) -> str:
    """The tasks that can move, each with what it is about to do."""
    mark = "*"
    shown = []
    for number in session.able():
        shown.append(f"{mark}{number}{_about(session, number)}")
        mark = ""
    return "  ".join(shown)


def _about(session: Session, number: int) -> str:
    if session.stepper.undecided or session.m.tasks[number].stopped_at is None:
        return ""
    location, write = session.stepper.stands[number]
    if isinstance(location, int):
        return f" (about to {'write' if write else 'read'} {name_of(location, word=True)})"
    if location.what == "stack":
        return f" (about to {'leave' if write else 'look at'} stack s{location.number})"
    return f" (about to {_POINTS.get(location, 'make its call')})"


def _obey(session: Session, words: list[str]) -> Iterator[str]:
    command, *more = words or ["n"]
    if command in ("?", "h", "help"):
        yield HELP
    elif more and (command not in ("n", "b") or len(more) > 1 or not more[0].isdecimal() or not int(more[0])):
        yield f"  {' '.join(words)!r} is not understood; one command a line, ? lists them"
    elif command == "s":
        yield print_state(session.m, session.program)
    elif command == "t":
        yield print_trace(session.trace(), session.program).rstrip() or "  nothing was observed yet"
    elif command == "b":
        yield _back(session, int(more[0]) if more else 1)
    elif command not in ("g", "n") and not command.isdecimal():
        yield f"  no command is called {command!r}; ? lists them"
    elif session.m.ended is not None:
        yield "  the program has ended"
    elif command == "g":
        yield from _moves(session, None)
    elif command == "n":
        yield from _moves(session, int(more[0]) if more else 1)
    elif int(command) in session.able():
        yield from _lines(session.move(int(command)))
    else:
        yield f"  {_unable(session, int(command))}"


def _back(session: Session, wanted: int) -> str:
    done = session.back(wanted)
    if not done:
        return "  this is the beginning"
    return f"  back {done} move{'s' * (done != 1)}{', to the beginning: there were no more' * (done < wanted)}"


def _moves(session: Session, most: int | None) -> Iterator[str]:
    """So many moves of the marked task, or all; the steps that begin on the way."""
    done = 0
    while session.m.ended is None and done != most:
        yield from session.heading()
        yield from _lines(session.move(next(iter(session.able()), None)))
        done += 1


def _unable(session: Session, number: int) -> str:
    """Why this task is not the next one."""
    m = session.m
    if number >= len(m.tasks):
        return f"there is no task {number}"
    if session.stepper.undecided:
        return f"task {number} is not among those that wait to be woken"
    task = m.tasks[number]
    if task.role == Role.READY:
        return f"task {number} is a spare: it moves when it takes over"
    if task.asleep:
        where = "" if task.call == NO_CALL else f" in {sleep_name(task.call)}"
        return f"task {number} sleeps{where}"
    return f"task {number} cannot move now: it waits for the others"


def _lines(lines: list[Line]) -> Iterator[str]:
    for line in lines:
        yield f"  {line}"
