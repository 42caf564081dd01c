# SPDX-License-Identifier: GPL-2.0
"""The executor protocol (docs/protocol.md): programs to bytes, bytes to traces."""

from functools import cache
from itertools import pairwise
from struct import Struct, error
from typing import Final, TypeVar

from model import image as layout
from model import opaque
from model.abi import MAX_ARGS
from model.image import OP_CALL, OP_EXEC, OP_STORE, Image
from model.program import MAX_OPERATIONS, MAX_THREADLETS, MAX_THREADS
from model.trace import Answer, Blocked, Done, End, Ended, Event, Observation, Result, Settled, TaskView, Trace

PROGRAM_MAGIC: Final = 0x4C535953
TRACE_MAGIC: Final = 0x52545953
VERSION: Final = 2
VERSION_THREADS: Final = 3
"""Of programs with several threads, and of the traces that answer them."""
VERSION_OPAQUE: Final = 4
"""Of programs with opaque calls, with or without further threads."""

SHM_BYTES: Final = 0x100000
PROGRAM_AT: Final = 0x1000
PROGRAM_ROOM: Final = 0x1F000
TRACE_AT: Final = 0x20000
TRACE_ROOM: Final = 0xD0000
COVERAGE_AT: Final = 0xF0000
COVERAGE_BYTES: Final = 0x10000

MAX_STEPS: Final = 256
MAX_CHOICES: Final = 256
MAX_WORDS: Final = 7
MAX_OPAQUE: Final = 64
PAGES: Final = 8
MEMORY_AT: Final = 64
STEPS_AT: Final = MEMORY_AT + layout.ARENA

_HEAD: Final = Struct("<IHH8sBBBBHH8I8s")
#: A step with this many words, op and number of arguments in front, zeros behind.
_THREAD_AT: Final = 6
"""Where a step has the number of its thread."""
_STEPS: Final = tuple(Struct(f"<II{n}Q{8 * (MAX_WORDS - n)}x") for n in range(MAX_WORDS + 1))

_TRACE: Final = Struct("<IHHIIIIIHH")
_EVENT: Final = Struct("<BBHI")
_LENGTH: Final = Struct("<4xI")
_EVENT_VALUE: Final = Struct("<BBHIq")
_DONE: Final = Struct("<qBBB5s")
_SEEN: Final = Struct("<HHI")
_TASK: Final = Struct("<BBBBI")
_RUN: Final = Struct("<II")
_ANSWER: Final = Struct("<qQ6QBBHI")
_CALLS: Final = Struct("<II")
_ARGUMENT: Final = Struct("<BBBBIII8I")
_WORDS: Final = tuple(Struct(f"<{n}I") for n in range(33))

_RESULT: Final = 1
_SETTLED: Final = 2
_BLOCKED: Final = 3
_END: Final = 4
_OPERATION: Final = 5
_OPAQUE: Final = 6
_KINDS_OF_HINTS: Final = 2

_OPERATIONS: Final = (OP_CALL, OP_STORE, OP_EXEC)

_MOST: Final = 1 << 14
"""Things of each kind that are remembered. Nobody changes an event."""
Key = TypeVar("Key")
Meant = TypeVar("Meant")
_PACKED: dict[tuple[int, ...], bytes] = {}
_FAMILIES: Final = {VERSION: 1, VERSION_THREADS: MAX_THREADS, VERSION_OPAQUE: MAX_THREADS}
"""How many families there may be, by the version. What is remembered is kept apart by that."""
_TASKS: Final[dict[int, dict[bytes, tuple[TaskView, ...]]]] = {most: {} for most in _FAMILIES.values()}
_EVENTS: Final[dict[int, dict[bytes, tuple[Event, int]]]] = {most: {} for most in _FAMILIES.values()}
_ENDS: Final[dict[tuple[int, End], dict[bytes, tuple[Event, int]]]] = {
    (most, end): {} for most in _FAMILIES.values() for end in End
}


class WireError(ValueError):
    """Bytes that are no trace, or an image that does not fit the protocol."""


def encode(image: Image) -> bytes:
    """The program block that stands for `image`. Raises WireError if there is none."""
    return b"".join(_parts(image))


def encode_into(image: Image, room: memoryview) -> int:
    """Write the program block of `image` to the start of `room`; returns its length. Raises WireError."""
    head, memory, tail = _parts(image)
    end = STEPS_AT + len(tail)
    room[:MEMORY_AT] = head
    room[MEMORY_AT:STEPS_AT] = memory
    room[STEPS_AT:end] = tail
    return end


def _parts(image: Image) -> tuple[bytes, bytes, bytes]:
    """Header, memory, and what lies behind it."""
    if len(image.memory) != layout.ARENA or len(image.pages) != PAGES:
        raise WireError(f"an arena of {len(image.memory)} bytes in {len(image.pages)} pages")
    if len(image.steps) > MAX_STEPS or len(image.choices) > MAX_CHOICES:
        raise WireError(f"{len(image.steps)} steps and {len(image.choices)} choices are too many")
    lengths = tuple(map(len, image.scripts))
    if len(lengths) != MAX_THREADLETS or max(lengths) > MAX_OPERATIONS:
        raise WireError(f"{len(image.scripts)} scripts, or more than {MAX_OPERATIONS} operations in one")
    masks = [0, 0, 0]
    counters = [0] * 8
    try:
        for pipe in image.pipes:
            masks[0] |= 1 << pipe
        for number, count, semaphore in image.eventfds:
            masks[1] |= 1 << number
            masks[2] |= semaphore << number
            counters[number] = count
        head = _HEAD.pack(
            PROGRAM_MAGIC, _version(image), layout.FUEL, image.pages, *masks,
            len(image.starts) - 2, len(image.steps), len(image.choices), *counters, bytes(lengths),
        )  # fmt: skip
        words = list(map(_packed, image.steps))
        for thread, (first, after) in enumerate(pairwise(image.first_steps)):
            whose = thread.to_bytes(2, "little")
            words[first:after] = [step[:_THREAD_AT] + whose + step[_THREAD_AT + 2 :] for step in words[first:after]]
        operations = [operation for script in image.scripts for operation in script]
        words += map(_packed, operations)
        wrong = [operation[0] for operation in operations if operation[0] not in _OPERATIONS]
    except (error, IndexError, ValueError) as problem:
        raise WireError(f"not a program the protocol can carry: {problem}") from None
    if wrong:
        raise WireError(f"a script with the op {wrong[0]}")
    words.append(image.choices)
    if image.opaque:
        words.append(bytes(-len(image.choices) % 8) + _opaque(image.opaque))
    return head, image.memory, b"".join(words)


def _version(image: Image) -> int:
    if image.opaque:
        return VERSION_OPAQUE
    return VERSION_THREADS if image.first_steps else VERSION


@cache
def _opaque(numbers: tuple[int, ...]) -> bytes:
    """What the observer has to know of these calls."""
    if len(numbers) > MAX_OPAQUE:
        raise WireError(f"{len(numbers)} opaque calls are too many")
    data = _CALLS.pack(len(numbers), 0)
    for nr in numbers:
        arguments = opaque.BY_NUMBER[nr].arguments
        data += _CALLS.pack(nr, len(arguments)) + b"".join(map(_argument, range(len(arguments)), arguments))
        data += bytes(_ARGUMENT.size * (MAX_ARGS - len(arguments)))
    return data


def _argument(place: int, argument: opaque.Argument) -> bytes:
    values = (*argument.values, *[0] * (opaque.MAX_VALUES - len(argument.values)))
    counted_by = place if argument.counted_by is None else argument.counted_by
    return _ARGUMENT.pack(
        len(argument.values), argument.what in opaque.BUFFERS, counted_by, 0, argument.unit, argument.per,
        argument.most, *values,
    )  # fmt: skip


def _packed(step: tuple[int, ...]) -> bytes:
    """A step or an operation. Successive programs share most of theirs, so they are remembered."""
    known = _PACKED.get(step)
    if known is None:
        known = _STEPS[len(step) - 1].pack(step[0], len(step) - (2 if step[0] == 1 else 1), *step[1:])
        _remember(_PACKED, step, known)
    return known


def _remember(memory: dict[Key, Meant], key: Key, meant: Meant) -> None:
    if len(memory) >= _MOST:
        memory.clear()
    memory[key] = meant


def _tasks(data: bytes, tids: int, most: int) -> tuple[TaskView, ...]:
    tasks = []
    before = -1
    for at in range(0, len(data), _TASK.size):
        index, role, family, zero, call = _TASK.unpack_from(data, at)
        if zero or role > 2 or family >= most or not before < index < tids:
            raise WireError(f"task {index} of family {family} with role {role} after task {before}")
        before = index
        tasks.append(TaskView(index, role, call, family))
    return tuple(tasks)


def _observation(data: bytes, tids: int, most: int) -> Observation:
    number, runs, zero = _SEEN.unpack_from(data)
    if zero:
        raise WireError("reserved bytes of an observation are not zero")
    at = 8 + 8 * number
    listed = data[8:at]
    tasks = _TASKS[most].get(listed)
    if tasks is None or (tasks and tasks[-1].index >= tids):
        tasks = _tasks(listed, tids, most)
        _remember(_TASKS[most], listed, tasks)
    changes = []
    end = -1
    for _ in range(runs):
        start, length = _RUN.unpack_from(data, at)
        at += 8
        if start % 8 or length % 8 or not length or start <= end or start + length > layout.ARENA:
            raise WireError(f"run of {length} bytes at {start:#x} after one up to {end:#x}")
        end = start + length
        changes.append((start, data[at : at + length]))
        at += length
    if at != len(data):
        raise WireError("observation of the wrong length")
    return Observation(tasks, tuple(changes))


def _done(step: int, data: bytes, tids: int) -> Done:
    if len(data) != _DONE.size:
        raise WireError(f"result of an operation of {len(data)} bytes")
    value, place, task, role, zeros = _DONE.unpack(data)
    if any(zeros) or place >= MAX_OPERATIONS or task >= tids or role > 2:
        raise WireError(f"operation {place} of task {task} with role {role}")
    return Done(step, place, value, task, role)


def _answer(data: bytes, at: int, tids: int) -> Answer:
    """What came of an opaque call, behind so many events."""
    _, zero, step, _ = _EVENT.unpack_from(data)
    value, tick, *args, task, runs, sleeps, nr = _ANSWER.unpack_from(data, _EVENT.size)
    if zero or step or task >= tids:
        raise WireError(f"an opaque call of task {task} in step {step}")
    place = _EVENT.size + _ANSWER.size
    written = []
    for _ in range(runs):
        start, length = _RUN.unpack_from(data, place)
        place += _RUN.size
        if start % 8 or length % 8 or start + length > layout.ARENA:
            raise WireError(f"a buffer of {length} bytes at {start:#x}")
        written.append((start, data[place : place + length]))
        place += length
    if place != len(data):
        raise WireError("an opaque call of the wrong length")
    return Answer(at, tick, task, nr, tuple(args), value, sleeps, tuple(written))


def _event(data: bytes, tids: int, most: int) -> Event:
    """One that is not the last."""
    kind, zero, step, length = _EVENT.unpack_from(data)
    if zero or length % 8:
        raise WireError(f"event of kind {kind} with {length} bytes")
    if kind == _RESULT:
        if length != 8:
            raise WireError(f"result of {length} bytes")
        return Result(step, _EVENT_VALUE.unpack(data)[4])
    if kind == _OPERATION:
        return _done(step, data[8:], tids)
    if kind == _SETTLED:
        return Settled(step, _observation(data[8:], tids, most))
    if kind == _BLOCKED:
        return Blocked(step, _observation(data[8:], tids, most))
    raise WireError(f"event of kind {kind} before the end")


def _ended(data: bytes, end: End, tids: int, most: int) -> Ended:
    kind, zero, step, length = _EVENT.unpack_from(data)
    if kind != _END or zero:
        raise WireError("a trace without an end")
    blind = end in (End.FUEL, End.REPORT)
    if blind and length:
        raise WireError(f"observation at an end of kind {end}")
    return Ended(step, end, None if blind else _observation(data[8:], tids, most))


def _last_task(event: Event) -> int:
    """The highest number of a task in it."""
    if isinstance(event, Done):
        return event.task
    tasks = () if isinstance(event, Result) or event.seen is None else event.seen.tasks
    return tasks[-1].index if tasks else -1


def _events(data: bytes, size: int, end: End, tids: int, version: int) -> tuple[tuple[Event, ...], tuple[Answer, ...]]:
    """Up to `size`, and what came of opaque calls.

    Of ten events of a campaign nine were there before, so they are remembered by their bytes.
    """
    most, tells = _FAMILIES[version], version == VERSION_OPAQUE
    events: list[Event] = []
    answers: list[Answer] = []
    at = _TRACE.size
    while at < size:
        after = at + 8 + _LENGTH.unpack_from(data, at)[0]
        if after > size:
            raise WireError(f"event of {after - at} bytes at {at} of {size}")
        raw = data[at:after]
        if raw[0] == _OPAQUE and after < size and tells:
            answers.append(_answer(raw, len(events), tids))
            at = after
            continue
        memory = _EVENTS[most] if after < size else _ENDS[most, end]
        known = memory.get(raw)
        if known is None or known[1] >= tids:
            event = _event(raw, tids, most) if after < size else _ended(raw, end, tids, most)
            known = event, _last_task(event)
            _remember(memory, raw, known)
        events.append(known[0])
        at = after
    if not events:
        raise WireError("a trace without an end")
    return tuple(events), tuple(answers)


def _numbers(data: bytes, at: int, count: int) -> tuple[int, ...]:
    words = _WORDS[count] if count < len(_WORDS) else Struct(f"<{count}I")
    return words.unpack_from(data, at)


def decode(block: bytes | memoryview) -> Trace:
    """The trace at the start of `block`. Raises WireError, and nothing else, for anything that is none."""
    try:
        return _decode(block)
    except (error, UnicodeDecodeError) as problem:
        raise WireError(f"not a trace: {problem}") from None


def _decode(block: bytes | memoryview) -> Trace:
    magic, version, end, size, hints, tids, text, handovers, atoms, preemptions = _TRACE.unpack_from(block)
    if magic != TRACE_MAGIC or version not in _FAMILIES:
        raise WireError(f"not a trace: magic {magic:#x}, version {version}")
    if not 1 <= end <= 5 or (text and end != End.REPORT):
        raise WireError(f"end {end} with {text} bytes of report")
    after = 32 + size
    total = after + 4 * (hints + tids) + text
    if total > len(block):
        raise WireError(f"{len(block)} bytes for a trace of {total}")
    data = bytes(block[:total])
    tids_at = after + 4 * hints
    if hints and (max(data[after + 3 : tids_at : 4]) > _KINDS_OF_HINTS or max(data[after + 2 : tids_at : 4]) >= tids):
        raise WireError(f"a hint of an unknown kind, or for a task after {tids}")
    events, answers = _events(data, after, End(end), tids, version)
    return Trace(
        events,
        _numbers(data, tids_at, tids),
        _numbers(data, after, hints),
        data[total - text :].decode() if text else "",
        handovers,
        atoms,
        preemptions,
        answers,
    )
