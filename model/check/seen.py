# SPDX-License-Identifier: Apache-2.0
"""User memory at the observations of a trace, held against that of a run."""

from collections.abc import Sequence

from model.abi import WORD
from model.image import ARENA, Image
from model.spec.memory import Memory
from model.spec.observer import runs
from model.trace import Done, Event, Result

Changes = tuple[tuple[int, bytes], ...]
"""Runs of bytes and their offsets in the arena."""


class SeenMemory:
    """What each observation shows, by the position of its event; nothing is put together before it is asked for.

    A run that matched the observation before can only differ where it has written since, or where the trace changes
    something. So comparing costs what has changed, and not the size of the arena.
    """

    def __init__(self, image: Image, events: Sequence[Event]) -> None:
        self._first = image.memory
        self._changes: list[Changes | None] = []
        self._covered: list[frozenset[int]] = []
        self._whole: dict[int, bytes] = {}
        for event in events:
            seen = None if isinstance(event, Result | Done) else event.seen
            changes = () if seen is None else tuple([x for x in seen.changes if 0 <= x[0] <= ARENA - len(x[1])])
            if not _apart(changes):
                changes = self._joined(changes)
            covered: set[int] = set()
            for offset, data in changes:
                covered.update(range(offset >> 3, (offset + len(data) + WORD - 1) >> 3))
            self._changes.append(None if seen is None else changes)
            self._covered.append(frozenset(covered))

    def same(self, machine: Memory, position: int) -> bool:
        """Whether the machine's memory is what the event at `position` shows, if all observations before matched."""
        changes = self._changes[position]
        if changes is None:
            return False
        memory = machine.memory
        for offset, data in changes:
            if memory[offset : offset + len(data)] != data:
                return False
        covered = self._covered[position]
        for word in machine.written:
            if word not in covered and memory[word * WORD : (word + 1) * WORD] != self._word(word, position):
                return False
        machine.written.clear()
        return True

    def at(self, position: int) -> bytes | None:
        """The arena at the event at `position`; None where nothing is observed."""
        return self.before(position + 1) if self._changes[position] is not None else None

    def next(self, position: int) -> bytes | None:
        """The arena at the first observation from `position` on, None if there is none."""
        for later in range(position, len(self._changes)):
            if self._changes[later] is not None:
                return self.before(later + 1)
        return None

    def before(self, position: int) -> bytes:
        """The arena at the last observation before the event at `position`; as it was in the beginning if none is."""
        if position not in self._whole:
            arena = bytearray(self._first)
            for changes in self._changes[:position]:
                for offset, data in changes or ():
                    arena[offset : offset + len(data)] = data
            self._whole[position] = bytes(arena)
        return self._whole[position]

    def _joined(self, changes: Changes) -> Changes:
        """Runs that overlap, as those that came of them."""
        arena = bytearray(self.before(len(self._changes)))
        words: set[int] = set()
        for offset, data in changes:
            arena[offset : offset + len(data)] = data
            words.update(range(offset >> 3, (offset + len(data) + WORD - 1) >> 3))
        return runs(sorted(words), arena)

    def _word(self, word: int, position: int) -> bytes:
        """A word at the last observation that changed it, up to `position`."""
        start, end = word * WORD, (word + 1) * WORD
        for earlier in range(position, -1, -1):
            if word in self._covered[earlier]:
                meeting = [x for x in self._changes[earlier] or () if x[0] < end and start < x[0] + len(x[1])]
                offset, data = meeting[0]
                if len(meeting) == 1 and offset <= start and end <= offset + len(data):
                    return data[start - offset : end - offset]
                return self.before(earlier + 1)[start:end]
        return self._first[start:end]


def _apart(changes: Changes) -> bool:
    """In order, and no byte twice."""
    end = 0
    for offset, data in changes:
        if offset < end:
            return False
        end = offset + len(data)
    return True
