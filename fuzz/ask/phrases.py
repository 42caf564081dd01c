# SPDX-License-Identifier: Apache-2.0
"""What a clause looks like where it applies: a few plain words each, with the names of the program.

A clause without words of its own is told by its sentence, so a new one is never left out; those in `QUIET` apply all
the time and would drown the rest.
"""

from collections.abc import Callable
from typing import Final

import attrs

from fuzz.ask.words import Words
from fuzz.text import names
from model import abi, clauses
from model.abi import FLAG_NAMES, MASK
from model.clauses import BY_NUMBER
from model.image import OP_EXEC
from model.spec.machine import Machine, Script, Task
from model.spec.observer import DEAD
from model.variant import HalfPosted, RingFull, SeveralStopBits, ZeroSleep

QUIET: Final = frozenset({
    clauses.ENTRY_1, clauses.ENTRY_9, clauses.FETCH_1, clauses.FETCH_2, clauses.FETCH_5, clauses.FETCH_6,
    clauses.ATOM_8, clauses.ATOM_10, clauses.STOP_6, clauses.EXEC_2, clauses.EXEC_3, clauses.EXEC_4, clauses.MOVE_3,
    clauses.MOVE_4, clauses.MOVE_5, clauses.RING_5, clauses.RING_6, clauses.RING_9, clauses.RING_10, clauses.POOL_2,
    clauses.WAIT_9, clauses.WAIT_10, clauses.UMEM_4, clauses.STEP_3, clauses.STEP_7, clauses.STEP_1, clauses.STEP_2,
    clauses.THREAD_22, clauses.THREAD_23, clauses.THREAD_25, clauses.PAGE_1,
})  # fmt: skip


@attrs.frozen
class Scene:
    """One phase that has just run for one task.

    Attributes:
        met: numbers of the clauses that applied.
        armed: the task could go async before; inside: it executed a chain or threadlet; script: its script then.
        returned: a call came to its end here.
        heir: number of the task that took over, or -1.
        slot: what the ring's slot held before.
    """

    m: Machine
    t: Task
    words: Words
    met: frozenset[int]
    armed: bool
    inside: bool
    script: Script | None
    returned: bool
    heir: int
    slot: int

    @property
    def atom(self) -> str:
        """The atom at hand."""
        return self.words.thing(self.t.atom)

    @property
    def call(self) -> str:
        """The call at hand, with its arguments."""
        return self.words.call(self.t.nr, self.t.args)

    @property
    def result(self) -> str:
        """The result at hand."""
        return self.words.value(self.t.ret, self.t.nr)

    @property
    def object(self) -> str:
        """The pipe or eventfd that the call works on."""
        return self.words.pipe(self.t.args[0])

    def field(self, offset: int) -> str:
        """A word of the `async_head_user`."""
        return self.words.place(self.t.ahu + offset & MASK)

    @property
    def stack(self) -> str:
        """The stack that a threadlet of the step, or one nested in its script, is to run on."""
        if self.script is None:
            return f"s{self.m.image.steps[self.m.step][2]}"
        script = self.m.image.scripts[self.script.threadlet]
        nested = self.script.place < len(script) and script[self.script.place][0] == OP_EXEC
        return f"s{script[self.script.place][2] if nested else self.script.stack}"

    @property
    def stopping(self) -> bool:
        """Whether a stop condition held."""
        return clauses.NEXT_1 in self.met or clauses.NEXT_2 in self.met


Phrase = Callable[[Scene], str]


def _plain(text: str) -> Phrase:
    return lambda _: text


def _if_failed(text: str) -> Phrase:
    """Only told when it ended the call."""
    return lambda s: text if s.returned else ""


def _if_asleep(text: Callable[[Scene], str]) -> Phrase:
    """Only told when it made the task sleep; the result speaks for itself otherwise."""
    return lambda s: text(s) if s.t.asleep else ""


def _async_flag(s: Scene) -> str:
    if s.heir >= 0:
        return f"{s.atom} has ASYNC"
    why = "no spare is ready" if s.armed else "the chain cannot go async here (any more)"
    return f"{s.atom} has ASYNC, which does nothing: {why}"


def _no_stop(s: Scene) -> str:
    if s.m.variant.several_stop_bits is SeveralStopBits.NEVER:
        return f"{s.atom} has several stop bits, which never stop"
    return f"{s.atom} has several stop bits; any of them stops"


def _condition(flag: int) -> Phrase:
    name = next(name for name, bit in FLAG_NAMES.items() if bit == flag)
    return lambda s: f"{name} {'holds' if s.stopping else 'does not hold'} for {s.result}"


def _bad_number(s: Scene) -> str:
    unwritten = f", and {s.words.place(s.t.ret_ptr)} is not written" if s.t.ret_ptr and s.t.phase is not None else ""
    stored = s.t.phase is not None and s.t.phase.__name__ == "store_result"
    return f"{s.atom}: {names.call_name(s.t.nr)} is not in the table: -ENOSYS{'' if stored else unwritten}"


def _spare(s: Scene) -> str:
    return f"no spare is ready, so task {s.m.tasks[-1].index} is made of {s.field(abi.AHU_NEW_THREAD_STACK)}"


def _taken(s: Scene) -> str:
    event = s.words.thing(s.slot)
    after = "it is overwritten" if s.m.variant.ring_full is RingFull.OVERWRITE else "the event is lost"
    return f"{s.words.place(s.t.slot)} still holds {event}: {after}"


def _bad_ring(s: Scene) -> str:
    size = s.m.load(s.t.ahu + abi.AHU_RING_SIZE_BYTES & MASK)
    index = s.m.load(s.t.ahu + abi.AHU_KERNEL_RING_IDX & MASK)
    return f"a ring of {size} bytes with index {index} takes no event: it is lost, nothing is written"


def _half_posted(s: Scene) -> str:
    undone = " and taken out again" if s.m.variant.half_posted is HalfPosted.UNDO else ""
    return f"{s.field(abi.AHU_KERNEL_RING_IDX)} cannot be written: the event is not counted{undone}"


def _ready(s: Scene) -> str:
    if s.t.role == DEAD:
        return "it ends, since the head has exited"
    return "it is a ready spare again"


def _rounded(s: Scene) -> str:
    return "no time is rounded up to one tick" if s.m.variant.zero_sleep is ZeroSleep.NEXT_TICK else "no time: no sleep"


def _cached(s: Scene) -> str:
    """Told when the threadlet begins; that it ends in the same way goes without saying."""
    return "" if clauses.THREAD_13 in s.met else "a spare is ready: the threadlet is armed without entering the kernel"


def _look(s: Scene) -> str:
    if s.returned:
        return f"no spare is ready, and {s.field(abi.AHU_NEW_THREAD_STACK)} cannot be read"
    return f"no spare is ready, but {s.field(abi.AHU_NEW_THREAD_STACK)} is there: the real call is made"


def _recursion(s: Scene) -> str:
    if s.t.script is not None:
        return "calls of syslets are not allowed inside a threadlet"
    return f"{s.atom} = {s.call} is not allowed inside a syslet: {s.result}"


def _events(count: int) -> str:
    return f"{names.number(count)} event{'s' * (count != 1)}"


def _wait_7(s: Scene) -> str:
    if not s.t.asleep:
        return "enough events have come"
    return f"it waits for {_events(s.t.minimum)} (so far {s.t.have + s.m.events - s.t.sample})"


PHRASES: Final[dict[int, Phrase]] = {
    clauses.ENTRY_8: _if_failed("the head's own stack or ip (head_stack, head_ip) cannot be read: nothing is executed"),
    clauses.ENTRY_2: lambda s: f"task {s.m.ready[0].index} is a ready spare, so no stack for a new one is looked at",
    clauses.ENTRY_3: lambda s: (
        f"no spare is ready and {s.field(abi.AHU_NEW_THREAD_STACK)} is NULL: nothing is executed"
    ),
    clauses.ENTRY_4: lambda s: f"{_spare(s)}, which becomes NULL",
    clauses.ENTRY_5: _plain("the new thread's stack or ip cannot be read: no spare, and nothing is executed"),
    clauses.ENTRY_6: lambda s: f"{_spare(s)}, which cannot be set to NULL",
    clauses.ENTRY_7: _recursion,
    clauses.FETCH_3: lambda s: f"a word of {s.atom} cannot be read: the call ends",
    clauses.FETCH_4: lambda s: f"a word of {s.atom} cannot be read: the chain ends without an event",
    clauses.ATOM_1: _async_flag,
    clauses.ATOM_2: lambda s: f"{s.atom} has SYNC: nobody takes over while it sleeps",
    clauses.ATOM_3: lambda s: "SYNC is over: the chain may go async again" if s.t.armed else "",
    clauses.ATOM_4: _bad_number,
    clauses.ATOM_5: lambda s: (
        "" if clauses.ENTRY_7 in s.met else f"{s.atom} = {s.call} is refused inside a syslet: -ENOSYS"
    ),
    clauses.ATOM_6: lambda s: f"{s.words.place(s.t.ret_ptr)} = {s.result}",
    clauses.ATOM_7: lambda s: f"{s.words.place(s.t.ret_ptr)} cannot be written: the result becomes -EFAULT",
    clauses.STOP_1: _condition(abi.SYSLET_STOP_ON_NONZERO),
    clauses.STOP_2: _condition(abi.SYSLET_STOP_ON_ZERO),
    clauses.STOP_3: _condition(abi.SYSLET_STOP_ON_NEGATIVE),
    clauses.STOP_4: _condition(abi.SYSLET_STOP_ON_NON_POSITIVE),
    clauses.STOP_5: _no_stop,
    clauses.NEXT_1: _plain("the chain stops here"),
    clauses.NEXT_2: lambda s: f"the chain skips to {s.atom}",
    clauses.NEXT_3: lambda s: f"the chain goes on at {s.atom}",
    clauses.NEXT_4: _plain("that was the chain's last atom"),
    clauses.EXEC_1: _plain("the chain stayed synchronous: no event"),
    clauses.RING_1: lambda s: f"the event {s.atom} is posted in {s.words.place(s.t.slot)}",
    clauses.RING_2: lambda s: f"{s.atom} has NO_COMPLETE: no event is posted",
    clauses.RING_3: _taken,
    clauses.RING_4: _bad_ring,
    clauses.RING_7: _plain("a word of the ring cannot be accessed: the event is lost"),
    clauses.RING_8: _half_posted,
    clauses.POOL_1: _ready,
    clauses.WAIT_1: _plain("a word of the ring cannot be read"),
    clauses.WAIT_2: _plain("the ring's size or an index is bad"),
    clauses.WAIT_3: _plain("no event is asked for"),
    clauses.WAIT_4: _plain("nothing is busy"),
    clauses.WAIT_5: lambda s: f"by its indices the ring holds {_events(s.t.have)}",
    clauses.WAIT_6: lambda s: f"equal indices over a taken slot: the ring is full, {_events(s.t.slots)}",
    clauses.WAIT_7: _wait_7,
    clauses.WAIT_8: _plain("nothing is busy any more"),
    clauses.EXIT_1: lambda s: f"the exit waits for {len(s.m.busy)} busy",
    clauses.EXIT_2: _plain("the last one is gone, and the group with it"),
    clauses.FILE_1: _plain("no such descriptor, or of the wrong direction"),
    clauses.FILE_2: _plain("the buffer or the count is out of range"),
    clauses.PIPE_2: _if_asleep(lambda s: f"{s.object} is empty, so it sleeps"),
    clauses.PIPE_3: lambda s: f"{s.object} is empty and has no writer: end of file",
    clauses.PIPE_4: _plain("the buffer faults: nothing is taken from the pipe"),
    clauses.PIPE_5: lambda s: f"what does not fill a page is merged into the buffer of {s.object}",
    clauses.PIPE_6: _if_asleep(lambda s: f"{s.object} is full, so it sleeps"),
    clauses.PIPE_7: lambda s: f"{s.object} has no reader",
    clauses.PIPE_8: _plain("the buffer faults: nothing of it is added"),
    clauses.PIPE_9: _plain(""),
    clauses.PIPE_10: _plain("an empty buffer is dropped"),
    clauses.EVENTFD_2: _if_asleep(lambda s: f"{s.object} is 0, so it sleeps"),
    clauses.EVENTFD_5: _if_asleep(lambda s: f"the sum is too big for {s.object}, so it sleeps"),
    clauses.TIME_3: _rounded,
    clauses.THREAD_2: _plain("the threadlet is armed: if it sleeps, the first spare goes on for its caller"),
    clauses.THREAD_3: _plain("a threadlet inside a threadlet is refused"),
    clauses.THREAD_8: _plain("the script is over: `threadlet_off` gives 0, since it went async"),
    clauses.THREAD_11: _plain("it parks itself by `async_thread`"),
    clauses.THREAD_10: _plain("a threadlet posts no event"),
    clauses.THREAD_13: lambda s: f"the script is over, and nobody took over: {s.stack} is free",
    clauses.THREAD_14: lambda s: f"{s.stack} is still taken",
    clauses.THREAD_15: lambda s: f"{s.stack} is free",
    clauses.THREAD_16: _plain("nothing of the script runs"),
    clauses.THREAD_17: lambda s: "" if clauses.ENTRY_7 in s.met else "the call is refused inside a threadlet",
    clauses.THREAD_18: _plain("there is no such call"),
    clauses.THREAD_19: _cached,
    clauses.THREAD_20: _plain(""),
    clauses.THREAD_21: _look,
    clauses.PAGE_4: lambda s: f"pg{s.t.key} is cold, so it sleeps for a tick",
    clauses.PAGE_2: _plain("the page is cold, and the kernel does not wait for it"),
    clauses.PAGE_3: lambda s: f"pg{s.t.key} is in",
    clauses.OBJECT_1: lambda s: f"another task is inside {s.object}, so it sleeps",
    clauses.OBJECT_2: _plain("what it waits for is there already: it does not sleep"),
    clauses.STEP_5: _plain("the fuel is spent: the program ends"),
    clauses.TIME_4: lambda s: f"the clock goes to tick {s.m.now}",
    **dict.fromkeys(
        (
            clauses.ATOM_9, clauses.UMEM_1, clauses.UMEM_2, clauses.UMEM_3, clauses.UMEM_5, clauses.THREAD_1,
            clauses.FILE_3, clauses.PIPE_1, clauses.EVENTFD_1, clauses.EVENTFD_3, clauses.EVENTFD_4, clauses.EVENTFD_6,
            clauses.FUTEX_1, clauses.FUTEX_2, clauses.FUTEX_3, clauses.FUTEX_4, clauses.FUTEX_5, clauses.TIME_1,
            clauses.TIME_2, clauses.IDENT_1, clauses.YIELD_1, clauses.STEP_6, clauses.THREAD_4, clauses.THREAD_5,
            clauses.THREAD_6, clauses.THREAD_7, clauses.THREAD_12, clauses.THREAD_24,
        ),
        _plain(""),
    ),
    clauses.MOVE_1: lambda s: f"task {s.heir}, the first spare, takes over as head",
    clauses.MOVE_2: _plain("no spare is ready, so the head itself sleeps"),
}  # fmt: skip
"""Words by clause, in the order of telling. Empty words: the result, which is told anyway, says it all."""


def told(s: Scene, number: int) -> str:
    """The words for one clause that applied; its sentence if it has none."""
    phrase = PHRASES.get(number)
    return BY_NUMBER[number].text.rstrip(".") if phrase is None else phrase(s)
