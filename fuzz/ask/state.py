# SPDX-License-Identifier: Apache-2.0
"""The state of a machine for people: tasks, stacks, rings, words that changed, objects, the clock."""

from fuzz.text import names, symbols
from model import abi
from model.abi import MASK
from model.image import RING_BYTES, resolve
from model.program import Operand, Program, Space
from model.spec.chain import Atom
from model.spec.observer import differing_words, runs
from model.spec.ring import post, post_nothing
from model.spec.state import State
from model.spec.task import Chain, Script, Task
from model.spec.world.objects import READ_END, WRITE_END, pipe_end
from model.trace import NO_CALL, Observation, Role


def print_state(m: State, program: Program) -> str:
    """Everything that matters, a thing a line."""
    lines = [_task(m, t, program) for t in m.tasks if t.role != Role.DEAD]
    for family in m.families:
        of = f" of u{family.number}" if family.number else ""
        if family.ready:
            lines.append(f"spares{of}, the next one first: {', '.join(str(t.index) for t in family.ready)}")
        if family.lock_owner is not None:
            lines.append(f"the completion lock{of}: task {family.lock_owner}")
    lines += [_ring(m, ahu, program) for ahu in _rings(m, program)]
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


def _task(m: State, t: Task, program: Program) -> str:
    role = Role(t.role).name.lower()
    if t.asleep and t.role != Role.READY:
        doing = "sleeps" if t.call == NO_CALL else f"sleeps in {names.sleep_name(t.call)}"
    else:
        doing = "asleep until it is needed" if t.role == Role.READY else "can run"
    at = _position(t)
    inside = ""
    if t.script is not None:
        inside = f", executes f{t.script.threadlet}{_place(m, t.script)}{', may go async' if t.armed else ''}"
    elif at is not None:
        inside = f", executes {symbols.name_of(at[1], program, pointer=True)}{', may go async' if t.armed else ''}"
    elif t.role == Role.BUSY:
        inside = ", parks itself: its threadlet is over"
    family = f" of u{t.family.number}" if t.family.number else ""
    return f"task {t.index}: {role}{family}, {doing}{inside}"


def _position(t: Task) -> tuple[int, int] | None:
    """The ring and the atom of the chain that a task executes or completes, by the arguments of its rule."""
    match t.given:
        case (Chain(ahu=ahu), Atom(address=address)) | (Chain(ahu=ahu), int(address)):
            return ahu, address
        case (int(ahu), int(event)) if t.rule in (post, post_nothing):
            return ahu, event
    return None


def _rings(m: State, program: Program) -> list[int]:
    """The rings of the program's heads, and of chains that use others."""
    declared = {resolve(head.at or Operand(Space.HEAD, head.index)) for head in program.heads}
    return sorted(declared | {at[0] for at in map(_position, m.tasks) if at is not None})


def _place(m: State, script: Script) -> str:
    """`[1]`: the operation at hand; or that none is left."""
    return f"[{script.place}]" if script.place < len(m.image.scripts[script.threadlet]) else " to its end"


def _ring(m: State, ahu: int, program: Program) -> str:
    """Slots and indices as memory has them now."""
    fields = [m.load(ahu + offset & MASK) for offset in (abi.AHU_COMPLETION_RING, abi.AHU_RING_SIZE_BYTES, 0, 8)]
    ring, size, kernel, user = fields
    name = symbols.name_of(ahu, program, pointer=True)
    if ring is None or size is None:
        return f"{name}: cannot be read"
    count = min(size // abi.WORD, RING_BYTES // abi.WORD)
    slots = [m.load(ring + abi.WORD * i & MASK) for i in range(count)]
    shown = ", ".join("?" if x is None else symbols.name_of(x, program, pointer=True) for x in slots)
    where = symbols.name_of(ring, program, pointer=True)
    return f"{name}: ring {where} = [{shown}], kernel_idx {kernel}, user_idx {user}"


def _objects(m: State) -> list[str]:
    lines = []
    for pipe, held in m.objects.buffers.items():
        count = sum([len(data) for _, data in held])
        holds = f"{count} byte{'s' * (count != 1)}" if held else "empty"
        ends = [end for end in (READ_END, WRITE_END) if pipe_end(pipe, end) not in m.objects.descriptors.values()]
        closed = "".join(f", {end} end closed" for end in ends)
        lines.append(f"p{pipe}: {holds}{closed}")
    lines += [f"e{number}: {counter}" for number, counter in m.objects.counters.items()]
    lines += [f"futex {symbols.name_of(key[0], word=True)}: task {index} waits" for key, index, _ in m.objects.futexes]
    return lines
