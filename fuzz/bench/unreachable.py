# SPDX-License-Identifier: Apache-2.0
"""Outcomes of tests, and sides of comparisons, that no program comes by under the pinned reading, with the reason."""

from collections.abc import Iterator, Mapping
from typing import Final

_BOTH: Final = ("true", "false")
_ALIKE: Final = ("equal", "unequal")
_SIDES: Final = ("below", "equal", "above")

_READING: Final = "another reading decides it"
_NEVER_MORE: Final = "there cannot be more"
_NEVER_LESS: Final = "there cannot be fewer"
_DEEP: Final = "only with preemption inside objects (D77)"
_BEFORE: Final = "what is tested before excludes it"
_SEARCH: Final = "only a search leaves this open"
_ONCE: Final = "it is decided once, when the rules are imported"

_ROWS: Final[tuple[tuple[str, str, tuple[str, ...], str | Mapping[int, str]], ...]] = (
    ("calls", "given is not None", _BOTH, "only with a listener"),
    ("chain", "isinstance(other, Atom)", _BOTH, "only for one who compares"),
    ("chain", "self._words() == other._words()", _ALIKE, "only for one who compares"),
    ("chain", "not lost", ("false",), _READING),
    ("chain", "was_armed", ("false",), _BEFORE),
    ("chain", "stores", ("true",), _READING),
    ("chain", "not bits", ("true",), _BEFORE),
    ("chain", "never", ("false",), _READING),
    ("chain", "first", ("true",), _READING),
    ("chain", "given < abi.MAX_ARGS", ("above",), _NEVER_MORE),
    ("chain", "n < abi.MAX_ARGS - 1", ("above",), _NEVER_MORE),
    ("chain", "len(m.runnable) > 1", ("below",), _NEVER_LESS),
    ("entry", "t.role is not HEAD", ("true",), _BEFORE),
    ("family", "len(m.families) > 1", ("below",), _NEVER_LESS),
    ("move", "not family.ready", ("true",), _BEFORE),
    ("move", "bool(t.family.ready)", ("false",), _BEFORE),
    ("move", "posted", _BOTH, {1: _READING}),
    ("ring", "index + 1 < slots", ("above",), _NEVER_MORE),
    ("steps", "index + 1 < slots", ("above",), _NEVER_MORE),
    ("steps", "len(m.runnable) > 1", ("below",), _NEVER_LESS),
    ("steps", "len(m.families) > 1", ("below",), _NEVER_LESS),
    ("steps", "len(rest.settling(m)) > 1", ("below",), _NEVER_LESS),
    ("steps", "step < thread.end", ("above",), _NEVER_MORE),
    ("steps", "ends is None", ("true",), "the thread at hand has an end itself"),
    ("steps", "until <= ends", ("below",), "the end of the thread at hand is one of those of which this is the first"),
    ("threadlet", "one", ("true",), _READING),
    ("threadlet", "refused", ("false",), _READING),
    ("wait", "bad_size or kernel >= slots", _BOTH, _READING),
    ("wait", "bad_size", _BOTH, {0: _READING}),
    ("wait", "not slots", _BOTH, _READING),
    ("wait", "user < slots or not slots", _BOTH, _READING),
    ("wait", "kernel >= slots", _SIDES, _READING),
    ("wait", "user < slots", _SIDES, _READING),
    ("wait", "not slept", ("false",), "a waiter that is woken has enough, or nothing is busy"),
    ("wait", "not family.has_context", _BOTH, _READING),
    ("wait", "never", ("true",), _READING),
    (
        "world.eventfd",
        "m.copy_to_user(t, buffer, value.to_bytes(abi.WORD, 'little'), event.clause) < abi.WORD",
        ("above",),
        _NEVER_MORE,
    ),
    ("world.eventfd", "len(data) < abi.WORD", ("above",), _NEVER_MORE),
    ("world.objects", "found == (MEMORY,)", _ALIKE, _ONCE),
    ("world.futex", "moved < most", ("above",), _NEVER_MORE),
    ("world.futex", "chosen is None", ("true",), _SEARCH),
    ("world.futex", "m.once(_must_sleep, m, t, key, ticks)", ("false",), _DEEP),
    ("world.futex", "_waits(m, t)", ("false",), _DEEP),
    ("world.futex", "not ticks", ("true",), _READING),
    ("world.futex", "ticks < 0", ("equal",), _READING),
    ("world.futex", "woken < wanted", ("above",), _NEVER_MORE),
    ("world.objects", "self.end == BOTH_ENDS", _ALIKE, "only for a person who reads"),
    ("world.pipe", "taken", ("false",), "what is not a buffer is an error number"),
    ("world.pipe", "held < slots_of(file.number)", ("above",), _NEVER_MORE),
    ("world.pipe", "held > 0", ("below",), "no number of buffers is negative"),
    ("world.pipe", "count < len(data)", ("above",), _NEVER_MORE),
    ("world.pipe", "len(data) < chunk", ("above",), _NEVER_MORE),
    ("world.pipe", "len(data) < written", ("above",), _NEVER_MORE),
    ("world.pipe", "written < count", ("above",), _NEVER_MORE),
    (
        "world.pipe",
        "m.copy_to_user(t, buffer + done, part, ev.PipeRead.clause, ev.PipeReadFaults.clause) < len(part)",
        ("above",),
        _NEVER_MORE,
    ),
    ("world.pipe", "value is not None", _BOTH, _DEEP),
    ("world.pipe", "not awake", _BOTH, _DEEP),
    ("world.pipe", "awake is None", _BOTH, _DEEP),
    ("world.pipe", "(ready := _ready(m, file))", _BOTH, _DEEP),
    ("world.pipe", "others", _BOTH, _DEEP),
    ("world.pipe", "_ready(m, file)", _BOTH, {1: _DEEP}),
    ("world.pipe", "t.index not in line", _BOTH, _DEEP),
    ("world.pipe", "t.index in line", _BOTH, _DEEP),
    ("world.pipe", "m.chooser.knows_asleep(m)", _BOTH, _DEEP),
    ("world.pipe", "x != t.index", _ALIKE, _DEEP),
    ("world.opaque", "argument.counted_by is not None", ("false",), "every set has a count"),
    ("world.time", "len(data) < _TIMESPEC", ("above",), _NEVER_MORE),
    ("world.time", "ticks < 0", ("equal",), _READING),
    ("world.time", "not ticks", ("true",), _READING),
    ("world.time", "ticks > 0", ("equal",), _READING),
    (
        "world.time",
        "m.copy_to_user(t, args[1], data, ev.ClockRead.clause) < _TIMESPEC",
        ("above",),
        _NEVER_MORE,
    ),
)


def _told() -> Iterator[tuple[tuple[str, str, str], str | Mapping[int, str]]]:
    for module, text, outcomes, reason in _ROWS:
        for outcome in outcomes:
            yield (module, text, outcome), reason


REASONS: Final = dict(_told())
"""By module, expression and outcome. Where an expression stands in several places, by their numbers, from 0."""


def reason_for(module: str, text: str, outcome: str, place: int) -> str:
    """Why no program comes by this outcome at this place of the expression in its module; empty if one can."""
    told = REASONS.get((module, text, outcome), "")
    return told if isinstance(told, str) else told.get(place, "")
