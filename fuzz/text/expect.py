# SPDX-License-Identifier: Apache-2.0
"""Whether a trace is what a case expects."""

from collections.abc import Iterator

from fuzz.text.case import Case, DoneIs, EndIs, Expectation, HeadSleeps, ResultIs, TasksAre, WordIs
from fuzz.text.names import operand as operand_text
from fuzz.text.names import sleep_name
from fuzz.text.printer import print_expectation, print_result, print_step, thread_of_expectation
from fuzz.text.symbols import name_of, print_task, role_name
from fuzz.text.symbols import print_result as result_text
from model import image as layout
from model.abi import MASK, WORD
from model.image import ARENA, BASE, resolve
from model.program import Exec, Exit, Step
from model.trace import NO_CALL, Done, End, Ended, Observation, Result, Role, Settled, TaskView, Trace


def failures(case: Case, trace: Trace) -> list[str]:
    """The expectations that do not hold: where each is, what was expected, and what was seen."""
    return [
        f"{case.filename}:{expectation.line}: {message}"
        for expectation, messages in zip(case.expectations, complaints(case, trace), strict=True)
        for message in messages
    ]


def complaints(case: Case, trace: Trace) -> list[list[str]]:
    """For each expectation what was expected and what was seen; nothing where it holds."""
    reader = _Reader(case, trace)
    return [list(reader.check(expectation)) for expectation in case.expectations]


class _Reader:
    def __init__(self, case: Case, trace: Trace) -> None:
        self.program = case.program
        self.trace = trace
        last = trace.events[-1] if trace.events else None
        self.end = last if isinstance(last, Ended) else None
        self.results = {e.step: e.value for e in trace.events if isinstance(e, Result)}
        self.done = {(e.step, e.place): e for e in trace.events if isinstance(e, Done)}
        self.starts = case.program.first_steps
        if len(self.starts) > 2:
            self.reached = [self.reached_by(thread) for thread in range(len(self.starts) - 1)]
        elif self.end is not None:
            self.reached = [self.end.step]
        else:
            self.reached = [max((e.step for e in trace.events), default=0)]

    def reached_by(self, thread: int) -> int:
        """The first step of a thread that was not finished. One that has exited is not seen any more."""
        first, end = self.starts[thread : thread + 2]
        finished = [e.step for e in self.trace.events if isinstance(e, Result | Settled) and first <= e.step < end]
        reached = max(finished, default=first - 1) + 1
        seen = None if self.end is None else self.end.seen
        if seen is not None and reached < end and isinstance(self.program.all_steps[reached], Exit):
            reached += all(task.family != thread for task in seen.tasks)
        return reached

    def is_reached(self, step: int) -> bool:
        """Whether the step was begun."""
        return step <= self.reached[self.program.thread_of(step)]

    def check(self, expectation: Expectation) -> Iterator[str]:
        match expectation:
            case EndIs(_, end):
                if self.end is None:
                    yield f"expected end {end.name.lower()}, but the trace has no end"
                elif self.end.end is not end:
                    yield f"expected end {end.name.lower()}, the program ended {self.end.end.name.lower()}"
            case ResultIs():
                yield from self.check_result(expectation)
            case DoneIs():
                yield from self.check_done(expectation)
            case _:
                moment = self.moment(expectation.after)
                if isinstance(moment, str):
                    yield f"{print_expectation(expectation)}: {moment}"
                else:
                    thread = thread_of_expectation(self.program, expectation.after)
                    yield from self.check_moment(expectation, thread, *moment)

    def check_result(self, wanted: ResultIs) -> Iterator[str]:
        step = self.program.all_steps[wanted.step]
        expected = f"expected {print_step(step)} => {print_result(step, wanted)}"
        value, reached = self.results.get(wanted.step), self.is_reached(wanted.step)
        yield from self.check_returned(f"{expected}, it", step, wanted, value, reached=reached)

    def check_done(self, wanted: DoneIs) -> Iterator[str]:
        script = next((x.script for x in self.program.threadlets if x.index == wanted.threadlet), ())
        operation = script[wanted.place]
        expected = f"expected f{wanted.threadlet}: {print_step(operation)} => {print_result(operation, wanted)}"
        runs = list(self.executions(wanted.threadlet))
        if not runs:
            yield f"{expected}, it was not reached: {self.ending()}"
        for step in runs:
            done = self.done.get((step, wanted.place))
            value = None if done is None else done.value
            reached = wanted.place == 0 or (step, wanted.place - 1) in self.done
            yield from self.check_returned(f"{expected}, in step {step} it", operation, wanted, value, reached=reached)
            if done is not None and wanted.by not in (None, done.role):
                yield f"{expected}, in step {step} task {done.task} ran it ({role_name(done.role)})"

    def check_returned(
        self, told: str, step: Step, wanted: ResultIs | DoneIs, value: int | None, *, reached: bool
    ) -> Iterator[str]:
        if value is not None:
            if not any(resolve(x) == value & MASK for x in wanted.values):
                yield f"{told} returned {result_text(step, value, self.program)}"
        elif not reached:
            yield f"{told} was not reached: {self.ending()}"
        elif not wanted.blocked:
            yield f"{told} never returned: {self.ending()}"

    def executions(self, threadlet: int) -> Iterator[int]:
        """Steps that ran this threadlet's script, to its end or not. A refused one ran nothing (D85)."""
        for number, step in enumerate(self.program.all_steps):
            executes = isinstance(step, Exec) and step.threadlet == threadlet
            if executes and self.is_reached(number) and self.results.get(number, 0) >= 0:
                yield number

    def check_moment(
        self, wanted: WordIs | TasksAre | HeadSleeps, thread: int, memory: bytearray, tasks: tuple[TaskView, ...]
    ) -> Iterator[str]:
        expected = print_expectation(wanted).replace("expect", "expected", 1)
        match wanted:
            case WordIs(_, target, values):
                start = resolve(target) - BASE
                if not 0 <= start <= ARENA - WORD:
                    yield f"{expected}, but {operand_text(target, word=True)} is not in the arena"
                    return
                value = int.from_bytes(memory[start : start + WORD], "little")
                if not any(resolve(x) == value for x in values):
                    yield f"{expected}, saw {name_of(value, self.program)}"
            case TasksAre(_, role, count, call):
                found = [t for t in tasks if t.role == role and t.family == thread and call in (None, t.call)]
                if len(found) != count:
                    yield f"{expected}, saw {_listed(tasks)}"
            case HeadSleeps(_, call):
                heads = [t for t in tasks if t.role == Role.HEAD and t.family == thread and t.call != NO_CALL]
                if not any(call in (None, t.call) for t in heads):
                    where = f"asleep in {sleep_name(heads[0].call)}" if heads else "not asleep"
                    yield f"{expected}, the head was {where}: {_listed(tasks)}"

    def ending(self) -> str:
        if self.end is None:
            return "the trace has no end"
        return f"the program ended {self.end.end.name.lower()} in step {self.end.step}"

    def finished_at(self, step: int) -> int:
        """The place in the trace at which a step is finished; -1 if that is not seen."""
        events = self.trace.events
        return next((i for i, e in enumerate(events) if isinstance(e, Result | Settled) and e.step == step), -1)

    def moment(self, after: int) -> tuple[bytearray, tuple[TaskView, ...]] | str:
        """What was seen at the observation that an expectation behind `after` steps is about, or why there is none."""
        memory = bytearray(layout.build(self.program).memory)
        thread = thread_of_expectation(self.program, after)
        reached, several = self.reached[thread], len(self.starts) > 2
        behind_all = after >= self.starts[thread + 1]
        stopped = self.end is not None and self.end.end in (End.STUCK, End.EXITED)
        at_end = behind_all or (stopped and after == reached + 1)
        if after > reached and not at_end:
            return f"step {after - 1} was not finished: {self.ending()}"
        seen: Observation | None = None
        for position, event in enumerate(self.trace.events):
            if several and not at_end and position > self.finished_at(after - 1):
                break
            if isinstance(event, Result | Done):
                continue
            if not several and not at_end and (event.step >= after or isinstance(event, Ended)):
                break
            seen = event.seen
            for offset, data in seen.changes if seen is not None else ():
                memory[offset : offset + len(data)] = data
        if seen is None:
            return "nothing was observed before it (a settle makes an observation)"
        return memory, seen.tasks


def _listed(tasks: tuple[TaskView, ...]) -> str:
    return ", ".join(map(print_task, tasks)) or "no task"
