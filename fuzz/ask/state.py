# SPDX-License-Identifier: Apache-2.0
"""The state of a machine for people: tasks, stacks, rings, words that changed, objects, the clock."""

from typing import Final

from model.spec.parking import top_of

from fuzz.ask.words import Words
from fuzz.text import names, symbols
from model import abi
from model.abi import MASK
from model.image import PIPE_FD, RING_BYTES
from model.program import MAX_STACKS, Program
from model.spec.machine import NOBODY, Machine, Script, Task
from model.spec.observer import DEAD, differing_words, runs
from model.trace import NO_CALL, Observation, Role

_TOPS: Final = frozenset(top_of(stack) for stack in range(MAX_STACKS))


def print_state(m: Machine, program: Program) -> str:
    """Everything that matters, a thing a line."""
    words = Words(program)
    lines = [_task(m, t, words) for t in m.tasks if t.role != DEAD]
    if m.ready:
        lines.append(f"spares, the next one first: {', '.join(str(t.index) for t in m.ready)}")
    if m.lock_owner != NOBODY:
        lines.append(f"the completion lock: task {m.lock_owner}")
    lines += [_ring(m, ahu, words) for ahu in sorted({t.ahu for t in m.tasks if t.ahu})]
    for t in m.tasks:
        if t.script is not None:
            lines.append(f"stack s{t.script.stack}: taken for f{t.script.threadlet}, by task {t.index}")
    lines += [f"pg{page}: cold, not in yet" for page in sorted(m.cold)]
    lines += _objects(m)
    if m.now or m.timers:
        timers = ", ".join(f"task {index} at tick {deadline}" for deadline, index in m.timers)
        lines.append(f"the clock: tick {m.now}{'; timers: ' + timers if timers else ''}")
    changed = runs(differing_words(m.image.memory, m.memory), m.memory)
    lines += [f"memory: {line}" for line in symbols.print_observation(Observation((), changed), program)]
    return "\n".join(f"  {line}" for line in lines)


def _task(m: Machine, t: Task, words: Words) -> str:
    role = Role(t.role).name.lower()
    if t.asleep and t.role != Role.READY:
        doing = "sleeps" if t.call == NO_CALL else f"sleeps in {names.sleep_name(t.call)}"
    else:
        doing = "asleep until it is needed" if t.role == Role.READY else "can run"
    inside = ""
    if t.script is not None:
        inside = f", executes f{t.script.threadlet}{_place(m, t.script)}{', may go async' if t.armed else ''}"
    elif t.role == Role.BUSY and t.atom in _TOPS:
        inside = ", parks itself: its threadlet is over"
    elif t.inside or t.role == Role.BUSY:
        inside = f", executes {words.thing(t.atom)}{', may go async' if t.armed else ''}"
    return f"task {t.index}: {role}, {doing}{inside}"


def _place(m: Machine, script: Script) -> str:
    """`[1]`: the operation at hand; or that none is left."""
    return f"[{script.place}]" if script.place < len(m.image.scripts[script.threadlet]) else " to its end"


def _ring(m: Machine, ahu: int, words: Words) -> str:
    """Slots and indices as memory has them now."""
    fields = [m.load(ahu + offset & MASK) for offset in (abi.AHU_COMPLETION_RING, abi.AHU_RING_SIZE_BYTES, 0, 8)]
    ring, size, kernel, user = fields
    name = words.thing(ahu)
    if ring is None or size is None:
        return f"{name}: cannot be read"
    count = min(size // abi.WORD, RING_BYTES // abi.WORD)
    slots = [m.load(ring + abi.WORD * i & MASK) for i in range(count)]
    shown = ", ".join("?" if x is None else words.thing(x) for x in slots)
    return f"{name}: ring {words.thing(ring)} = [{shown}], kernel_idx {kernel}, user_idx {user}"


def _objects(m: Machine) -> list[str]:
    lines = []
    for pipe in m.image.pipes:
        buffer = m.buffers[pipe]
        holds = "empty" if buffer is None else f"{len(buffer[1])} bytes"
        ends = [end for end in (0, 1) if PIPE_FD + 2 * pipe + end not in m.descriptors]
        closed = "".join(f", {'write' if end else 'read'} end closed" for end in ends)
        lines.append(f"p{pipe}: {holds}{closed}")
    lines += [f"e{number}: {m.counters[number]}" for number, _, _ in m.image.eventfds]
    lines += [f"futex {symbols.name_of(key[0], word=True)}: task {index} waits" for key, index in m.futexes]
    return lines
