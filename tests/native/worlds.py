# SPDX-License-Identifier: GPL-2.0
"""Short names for programs, and a trace with its memory put together again."""

from struct import unpack_from

import attrs

from model import abi
from model import image as layout
from model.calls import NAMES
from model.program import (
    Arg,
    Atom,
    Call,
    Eventfd,
    Exec,
    Head,
    Operand,
    Operation,
    Poke,
    Program,
    Space,
    Step,
    Store,
    Threadlet,
)
from model.trace import Blocked, Done, End, Ended, Observation, Result, Settled, Trace
from native.targets.host import ExecutorTarget

STACK = layout.STACK_TOP
PRIVATE_STACK = 0x60000000


def n(value: int) -> Operand:
    return Operand.number(value)


def A(index: int, offset: int = 0) -> Operand:  # noqa: N802 (names as in program texts)
    return Operand(Space.ATOM, index, offset)


def W(index: int, offset: int = 0) -> Operand:  # noqa: N802
    return Operand(Space.WORD, index, offset)


def T(index: int) -> Operand:  # noqa: N802
    return Operand(Space.TIMESPEC, index)


def P(index: int, offset: int = 0) -> Operand:  # noqa: N802
    return Operand(Space.PAGE, index, offset)


def R(index: int, slot: int = 0) -> Operand:  # noqa: N802
    return Operand(Space.RING, index, 8 * slot)


def H(index: int = 0, offset: int = 0) -> Operand:  # noqa: N802
    return Operand(Space.HEAD, index, offset)


def rd(index: int) -> Operand:
    return Operand(Space.PIPE_READ, index)


def wr(index: int) -> Operand:
    return Operand(Space.PIPE_WRITE, index)


def ev(index: int) -> Operand:
    return Operand(Space.EVENTFD, index)


def head(slots: int = 4, **fields: Operand) -> Head:
    index = 0
    given = {
        "ring": R(index),
        "size": n(8 * slots),
        "stack": n(STACK),
        "head_stack": n(PRIVATE_STACK),
        **fields,
    }
    return Head(index, **given)


def atom(
    index: int,
    name: str | int,
    *args: Operand,
    flags: int = 0,
    ret: Operand | None = None,
    then: Operand | None = None,
) -> Atom:
    nr = NAMES[name] if isinstance(name, str) else name
    return Atom(
        index,
        nr,
        tuple(map(Arg, args)),
        flags,
        W(40 + index) if ret is None else ret,
        then or n(0),
    )


def call(name: str | int, *args: Operand) -> Call:
    return Call(NAMES[name] if isinstance(name, str) else name, args)


def submit(first: Operand | None = None, at: Operand | None = None) -> Call:
    return call("async_exec", first or A(0), at or H())


def refill() -> Store:
    return Store(H(0, abi.AHU_NEW_THREAD_STACK), n(STACK))


def run_on(threadlet: int, stack: int = 0, cached: bool = False, at: Operand | None = None) -> Exec:
    return Exec(threadlet, stack, at or H(), cached)


def scripts(*given: tuple[Operation, ...]) -> tuple[Threadlet, ...]:
    return tuple(Threadlet(index, script) for index, script in enumerate(given))


def wait(count: int = 1, index: int = 0) -> Call:
    return call("async_wait", n(count), n(index), H())


@attrs.define
class Run:
    """A trace with what is usually asked about it."""

    trace: Trace
    memory: bytearray

    def word(self, place: Operand) -> int:
        """The signed word at a place, at the end."""
        value: int = unpack_from("<q", self.memory, layout.resolve(place) - layout.BASE)[0]
        return value

    def bytes(self, place: Operand, size: int) -> bytes:
        start = layout.resolve(place) - layout.BASE
        return bytes(self.memory[start : start + size])

    @property
    def results(self) -> list[int]:
        return [event.value for event in self.trace.events if isinstance(event, Result)]

    @property
    def done(self) -> list[tuple[int, int, int, int, int]]:
        """(step, place, value, task, role) of each operation of a script."""
        events = [event for event in self.trace.events if isinstance(event, Done)]
        return [(e.step, e.place, e.value, e.task, e.role) for e in events]

    @property
    def blocked(self) -> list[int]:
        """Steps in which the head was seen asleep."""
        return [event.step for event in self.trace.events if isinstance(event, Blocked)]

    @property
    def end(self) -> End:
        last = self.trace.events[-1]
        assert isinstance(last, Ended)
        return last.end

    @property
    def observations(self) -> list[Observation]:
        return [
            event.seen
            for event in self.trace.events
            if isinstance(event, Settled | Blocked | Ended) and event.seen is not None
        ]

    def tasks(self, observation: int = -1) -> list[tuple[int, int, int]]:
        return [(t.index, t.role, t.call) for t in self.observations[observation].tasks]


def run(target: ExecutorTarget, program: Program) -> Run:
    image = layout.build(program)
    trace = target.run(image)
    assert isinstance(trace, Trace), trace
    assert not trace.report, trace.report
    world = Run(trace, bytearray(image.memory))
    for seen in world.observations:
        for start, data in seen.changes:
            world.memory[start : start + len(data)] = data
    return world


def world(*atoms: Atom, steps: tuple[Step, ...] = (), **rest: object) -> Program:
    """A program with one head, two pipes and two eventfds, unless it says otherwise."""
    given: dict[str, object] = {
        "pipes": (0, 1),
        "eventfds": (Eventfd(0), Eventfd(1, 1, True)),
        "heads": (head(),),
        "atoms": atoms,
        "steps": steps,
        **rest,
    }
    return Program(**given)  # type: ignore[arg-type]


def addr(place: Operand) -> int:
    return layout.resolve(place)


def poke(place: Operand, value: int | Operand) -> Poke:
    return Poke(place, n(value) if isinstance(value, int) else value)


def trace_bytes(target: ExecutorTarget) -> bytes:
    """The last trace as it came."""
    events, hints, tids, report = unpack_from("<4I", target._trace, 8)
    return bytes(target._trace[: 32 + events + 4 * (hints + tids) + report])
