# SPDX-License-Identifier: Apache-2.0
"""A story as a trace file for Perfetto (https://ui.perfetto.dev), in the JSON form of the Trace Event Format.

One side is a process, one task a thread. A beat lasts one millisecond of the viewer's time, since virtual time stands
still while tasks run; the clock of the program is in the arguments. On a thread's track slices nest and never overlap:
the role, in it what the task sleeps in, in it the beats. Chains and threadlets are asynchronous slices, paired by id
and name.
Hand-overs and wake-ups are flows; their ends lie inside the slices they bind to.
"""

import re
from typing import Any, Final

import msgspec

from fuzz.tell.memory import change_lines
from fuzz.tell.story import GUESSED, Beat, Kind, Lane, Part, Story, TaskState, Way, runs, state_of
from model.program import Program
from model.trace import Role

BEAT: Final = 1000
"""Microseconds of the viewer that a beat lasts."""

_FLOWS: Final = {Kind.HANDOVER: "hand-over", Kind.WAKE: "wake-up", Kind.SPARE: "spare"}
_SUBMITS: Final = re.compile(r"(?:u\d: )?(async_exec|threadlet_exec)\b")
_SUBMITTED: Final = {"async_exec": "chain", "threadlet_exec": "threadlet"}
_CLOCK_THREAD: Final = 900


def render(story: Story, program: Program, name: str = "") -> str:
    """The file's text."""
    writer = _Writer(program)
    start = len(story.common.beats)
    for number, part in enumerate(story.sides or (Part(story.title, (), ()),), 1):
        whole = Part(part.title, (*story.common.beats, *part.beats), story.common.before)
        writer.process(number, f"{name} {part.title}".strip(), whole, start)
    document = {"displayTimeUnit": "ms", "traceEvents": writer.events}
    return msgspec.json.format(msgspec.json.encode(document), indent=1).decode() + "\n"


class _Writer:
    def __init__(self, program: Program) -> None:
        self.program = program
        self.events: list[dict[str, Any]] = []
        self._flow = 0

    def _put(self, phase: str, pid: int, tid: int, at: float, **fields: Any) -> None:
        self.events.append({"ph": phase, "pid": pid, "tid": tid, "ts": at, **fields})

    def _slice(self, pid: int, tid: int, start: int, beats: int, name: str, category: str, **args: Any) -> None:
        self._put("X", pid, tid, start * BEAT, dur=beats * BEAT, name=name, cat=category, args=args)

    def process(self, pid: int, name: str, part: Part, parted: int) -> None:
        """One side of a story: names first, then long slices before those they hold."""
        self._put("M", pid, 0, 0, name="process_name", args={"name": name})
        lanes = sorted({s.lane for beat in part.beats for s in beat.tasks} | {s.lane for s in part.before})
        tasks = [lane.number for lane in lanes]
        for lane in lanes:
            self._thread(pid, lane.number + 1, lane.name, lane.number)
        if any(beat.task < 0 for beat in part.beats):
            self._thread(pid, _CLOCK_THREAD, "clock and end", _CLOCK_THREAD)
        for index in tasks:
            self._roles(pid, index, part)
        self._chains(pid, part)
        for at, beat in enumerate(part.beats):
            self._beat(pid, at, beat)
        if parted < len(part.beats) and any(beat.mark for beat in part.beats):
            self._put("i", pid, 1, parted * BEAT, name="the sides part here", s="p", cat="divergence")

    def _thread(self, pid: int, tid: int, name: str, order: int) -> None:
        self._put("M", pid, tid, 0, name="thread_name", args={"name": name})
        self._put("M", pid, tid, 0, name="thread_sort_index", args={"sort_index": order})

    def _roles(self, pid: int, index: int, part: Part) -> None:
        """Role slices of a task, and inside them those of its sleeps."""
        states = [state_of(index, beat.tasks) for beat in part.beats]
        for begin, end in runs([None if s is None else s.role for s in states]):
            state = states[begin]
            if state is None or state.role not in tuple(Role):
                continue
            self._slice(pid, index + 1, begin, end - begin, Role(state.role).name.lower(), "role")
            for first, last in runs([_sleep(s) for s in states[begin:end]]):
                name = _sleep(states[begin + first])
                if name:
                    self._slice(pid, index + 1, begin + first, last - first, name, "sleep")

    def _chains(self, pid: int, part: Part) -> None:
        """From the submission of a chain or threadlet to its end, wherever that is."""
        running: dict[int, tuple[int, str]] = {}
        for at, beat in enumerate(part.beats):
            over = beat.kind in (Kind.READY, Kind.RETURN) and beat.task in running
            submits = _SUBMITS.match(beat.title)
            if over and (beat.kind is Kind.READY or submits):
                self._chain_ends(pid, beat.task, at + 1, running.pop(beat.task))
            if beat.kind is Kind.STEP and submits and not beat.result:
                self._flow += 1
                identity, name = self._flow, f"{_SUBMITTED[submits[1]]}: {beat.title}"
                if beat.task in running:
                    self._chain_ends(pid, beat.task, at, running.pop(beat.task))
                running[beat.task] = (identity, name)
                self._put("b", pid, beat.task + 1, at * BEAT, id=f"0x{identity:x}", name=name, cat="chain", args={})
        for task in sorted(running):
            self._chain_ends(pid, task, len(part.beats), running[task])

    def _chain_ends(self, pid: int, task: int, at: int, chain: tuple[int, str]) -> None:
        self._put("e", pid, task + 1, at * BEAT, id=f"0x{chain[0]:x}", name=chain[1], cat="chain")

    def _beat(self, pid: int, at: int, beat: Beat) -> None:
        tid = beat.task + 1 if beat.task >= 0 else _CLOCK_THREAD
        args: dict[str, Any] = {"text": beat.text, "clauses": " ".join(beat.clauses), "step": beat.step}
        args["clock in ms"] = beat.now
        changes = [line for change in beat.changes for line in change_lines(change, self.program)]
        args |= {key: "; ".join(x) for key, x in (("changes", changes), ("observed", beat.observed)) if x}
        if beat.mark:
            args["mark"] = beat.mark
        if beat.guessed:
            args["guess"] = GUESSED
        self._slice(pid, tid, at, 1, beat.title or beat.text, beat.kind.value, **args)
        for lane, slots in beat.slots.items():
            full = sum(slot != "NULL" for slot in slots)
            self._put("C", pid, tid, at * BEAT, name=f"{lane.name}: slots in use", args={"slots": full})
        if beat.kind in _FLOWS and beat.arrow is not None:
            self._flow_of(pid, at, beat)

    def _flow_of(self, pid: int, at: int, beat: Beat) -> None:
        """An arrow between two tracks: each end lies in a slice that is open there."""
        assert beat.arrow is not None
        source, target = beat.arrow
        alive = {Lane(Way.TASK, s.index, "") for s in beat.tasks if s.role in tuple(Role)}
        if target not in alive:
            return
        self._flow += 1
        tid = source.number + 1 if source.way is Way.TASK else _CLOCK_THREAD
        named = {"id": self._flow, "name": _FLOWS[beat.kind], "cat": "flow"}
        self._put("s", pid, tid, at * BEAT + BEAT / 4, **named)
        self._put("f", pid, target.number + 1, at * BEAT + 3 * BEAT / 4, bp="e", **named)


def _sleep(state: TaskState | None) -> str:
    if state is None or not state.asleep:
        return ""
    return f"asleep in {state.call}" if state.call else "asleep"
