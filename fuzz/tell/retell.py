# SPDX-License-Identifier: Apache-2.0
"""Stories of traces: a target's log of who ran how far is followed in the model, while that explains the trace.

From the first event that it does not explain, the trace speaks for itself: results, roles and memory as they were
observed, and nothing of what happened in between.
"""

import attrs

from fuzz.tell import words
from fuzz.tell.ledger import states
from fuzz.tell.memory import Rings
from fuzz.tell.narrate import told_machine
from fuzz.tell.story import Beat, Change, Kind, Part, Story, TaskState, task_lane
from fuzz.text import symbols
from model import clauses
from model import image as layout
from model.check.follow import Told, follow_hints
from model.image import BASE
from model.program import Program
from model.trace import Blocked, Done, Ended, Event, Observation, Result, Role, Settled, Trace
from model.variant import PINNED
from model.verdict import Divergence, Verdict

_MOST_OBSERVED = 12


@attrs.frozen
class Followed:
    """A trace, followed in the model: `beats` explain so many `events` of the trace, which took the `common` ones.

    `before` are the tasks at the beginning, `allowed` is the beat with the model's event where the trace has another.
    `seen` are the beats that show the events.
    """

    beats: tuple[Beat, ...]
    events: int
    common: int
    before: tuple[TaskState, ...]
    rings: Rings
    allowed: Beat | None
    seen: tuple[Beat, ...]

    def mark_guesses(self) -> None:
        """Between two events the model tells what it would have done; the target has only made its steps there."""
        seen = set(map(id, self.seen))
        for beat in self.beats[: self.common]:
            beat.guessed = id(beat) not in seen and beat.kind is not Kind.STEP


def follow(program: Program, trace: Trace, *, deep: bool = False) -> Followed:
    """Move as the trace's hints say, and tell it; `deep` if tasks could be preempted inside objects."""
    m, teller = told_machine(program, Told(), PINNED, trace, deep=deep)
    before = states(m)
    follow_hints(m, trace.hints)
    teller.finish()
    shown = teller.shown
    events = 0
    while events < min(len(trace.events), len(shown)) and trace.events[events] == shown[events][0]:
        events += 1
    common = shown[events - 1][2] if events else 0
    if events == len(trace.events) == len(shown):
        common = len(teller.beats)
    allowed = shown[events][1] if events < len(shown) else None
    seen = tuple(beat for _, beat, _ in shown[:events])
    return Followed(tuple(teller.beats), events, common, before, teller.rings, allowed, seen)


class _Onlooker:
    """What an observer outside knows, from one event to the next."""

    def __init__(self, program: Program, tasks: tuple[TaskState, ...], rings: Rings, memory: bytearray) -> None:
        self.program, self.tasks, self.rings, self.memory = program, tasks, rings, memory

    def beat(self, event: Event) -> Beat:
        """The event as a beat: no arrows, since it was not seen which task did it."""
        step = self.program.all_steps[event.step] if event.step < len(self.program.all_steps) else None
        title = symbols.print_numbered(self.program, event.step) if step is not None else f"step {event.step}"
        family = self.program.thread_of(event.step)
        head = next((x.index for x in self.tasks if x.role == Role.HEAD and x.family == family), family)
        beat = Beat(Kind.RETURN, head, title, step=event.step)
        seen: Observation | None = None
        match event:
            case Result(_, value):
                beat.result = symbols.print_result(step, value, self.program)
                beat.boxes[task_lane(head)] = f"= {words.short(beat.result)}"
            case Done(number, place, value, task, role):
                beat.task = task
                beat.deed, beat.result = words.operation_text(self.program, number, place, value)
                beat.say(f"by task {task} ({symbols.role_name(role)})")
                beat.boxes[task_lane(task)] = f"= {words.short(beat.result)}"
            case Settled(_, seen) | Blocked(_, seen):
                beat.kind = Kind.OBSERVED
                settled = isinstance(event, Settled)
                beat.say(f"observed when {'nothing else' if settled else 'the head slept and nothing'} could run")
            case Ended(_, end, seen):
                beat.kind, beat.task, beat.deed = Kind.END, -1, f"end: {end.name.lower()}"
        if seen is not None:
            self._observe(beat, seen)
        beat.tasks = self.tasks
        return beat

    def _observe(self, beat: Beat, seen: Observation) -> None:
        beat.observed = tuple(symbols.print_observation(seen, self.program))
        known = {x.index: x for x in self.tasks}
        for view in seen.tasks:
            call = words.call_name(view.call)
            before = known.get(view.index)
            if before is None or before.role != view.role:
                name = Role(view.role).name.lower() if view.role in tuple(Role) else f"role {view.role}"
                beat.boxes[task_lane(view.index)] = name
            known[view.index] = TaskState(view.index, view.role, bool(call), call, view.family)
        self.tasks = tuple(known[index] for index in sorted(known))
        for offset, data in seen.changes:
            end = min(offset + len(data), len(self.memory))
            beat.changes.append(Change(offset, bytes(self.memory[offset:end]), data[: end - offset]))
            for at in range(offset, end, 8):
                slot = self.rings.slot(BASE + at)
                if slot is not None:
                    value = int.from_bytes(data[at - offset : at - offset + 8], "little")
                    event = symbols.name_of(value, self.program, pointer=True)
                    beat.boxes[slot[0]] = words.short(f"[{slot[1]}] = {event}")
            self.memory[offset:end] = data[: end - offset]


def from_trace_alone(
    program: Program, events: tuple[Event, ...], tasks: tuple[TaskState, ...], rings: Rings, memory: bytearray
) -> tuple[Beat, ...]:
    """Beats for what was observed, when nothing more is known."""
    onlooker = _Onlooker(program, tasks, rings, bytearray(memory))
    beats = tuple(onlooker.beat(event) for event in events)
    rings.fill(memory, beats)
    return beats


def retell(
    program: Program,
    trace: Trace,
    target: str,
    verdict: Verdict | None = None,
    *,
    against_model: bool = True,
    deep: bool = False,
) -> Story:
    """The story of a trace of `target`; the verdict is the oracle's, if it was asked.

    `against_model`: where the trace leaves the specification, tell the specification's side too. `deep`: tasks could be
    preempted inside objects (D77).
    """
    told = follow(program, trace, deep=deep)
    on = f"on {target}"
    common = Part(on, told.beats[: told.common], told.before)
    if told.events == len(trace.events) and told.common == len(told.beats):
        return Story(on, common)
    told.mark_guesses()
    tasks = common.beats[-1].tasks if common.beats else told.before
    memory = bytearray(layout.build(program).memory)
    told.rings.fill(memory, common.beats)
    beats = from_trace_alone(program, trace.events[told.events :], tasks, told.rings, memory)
    divergence = verdict.divergence if verdict is not None else None
    banner, clause = _banner(target, told, beats, divergence)
    observed = Part(f"{target} shows", beats, tasks)
    if not against_model or (verdict is not None and divergence is None):
        return Story(on, common, (observed,), banner, clause)
    ours = told.beats[told.common :]
    first = next((beat for beat in beats if beat.mark), None)
    if told.allowed is not None:
        told.allowed.mark = "allowed here"
        if first is not None:
            seen, allowed = set(first.observed), set(told.allowed.observed)
            first.differs, told.allowed.differs = frozenset(seen - allowed), frozenset(allowed - seen)
    return Story(on, common, (Part("the specification allows", ours, tasks), observed), banner, clause)


def _banner(
    target: str, told: Followed, beats: tuple[Beat, ...], divergence: Divergence | None
) -> tuple[tuple[str, ...], str]:
    if divergence is None:
        headline = f"the log of {target} explains the trace no further"
        return (headline, "From here on only the trace speaks: what was observed, not how it came about."), ""
    at = divergence.position - told.events
    if 0 <= at < len(beats):
        beats[at].mark = "first difference"
    lines = [f"divergence: {divergence.kind.value}", f"{divergence.clause}: {words.sentence(divergence.clause)}"]
    if told.common:
        lines.append(
            f"Up to here the model tells what happened, moving as the log of {target} says."
            f" What is marked as its guess was not observed: {target} may have done something else."
        )
    if at > 0:
        lines.append("Another order of the tasks explains the first events below; no order explains the difference.")
    return tuple(lines), divergence.clause


def silent(target: str, common: Part, kind: str, text: str) -> Story:
    """A target that gave no trace: the specification's run, and the last words of the target."""
    words_ = tuple(line for line in text.strip().splitlines() if line.strip())[-_MOST_OBSERVED:]
    beat = Beat(Kind.END, -1, f"no trace: {kind}", observed=words_)
    beat.say("the target did not survive the program")
    beat.mark, beat.tasks = "first difference", common.before
    nothing = Part(target, (), common.before)
    banner = (f"divergence: {kind}", f"{clauses.TARGET}: {words.sentence(clauses.TARGET)}")
    sides = (attrs.evolve(common, title="the specification allows"), Part(f"{target} shows", (beat,), common.before))
    return Story(f"on {target}", nothing, sides, banner, clauses.TARGET)


def alone(trace: Trace, target: str) -> Story:
    """A trace without its program: only what was observed."""
    program = Program()
    memory = bytearray(layout.build(program).memory)
    before = (TaskState(0, Role.HEAD, asleep=False),)
    beats = from_trace_alone(program, trace.events, before, Rings(program), memory)
    banner = ("the program is not known", "This is what was observed; with the program there is more to tell.")
    return Story(f"on {target}", Part(target, (), before), (Part(f"{target} shows", beats, before),), banner)
