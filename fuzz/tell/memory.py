# SPDX-License-Identifier: Apache-2.0
"""Rings and slots: what memory held after each beat, from its changes alone."""

from collections.abc import Iterable
from typing import Final

from fuzz.tell.story import Beat, Change, Lane, Ring, Way
from fuzz.text import names, symbols
from model.abi import WORD
from model.image import ARENA, BASE, resolve
from model.program import Program

_SHOWN_SLOTS: Final = 64


def ring_lane(address: int) -> Lane:
    """The lane of the ring at an address."""
    return Lane(Way.RING, address, f"ring {symbols.name_of(address)}")


class Rings:
    """The rings of a program: those its heads name at the start, and those that came up later."""

    def __init__(self, program: Program) -> None:
        self.known: dict[int, Ring] = {}
        for head in program.heads:
            self.add(resolve(head.ring), resolve(head.size) // WORD)

    def add(self, address: int, slots: int) -> None:
        """A ring was used; one in no page of the arena has nothing to show."""
        if not 0 <= address - BASE < ARENA or not slots:
            return
        before = self.known.get(address)
        slots = min(max(slots, before.slots if before else 0), _SHOWN_SLOTS)
        self.known[address] = Ring(ring_lane(address), slots)

    def slot(self, address: int) -> tuple[Lane, int] | None:
        """The ring and slot that a word of memory is, if it is one."""
        for ring in self.known.values():
            place = address - ring.lane.number
            if 0 <= place < ring.slots * WORD and place % WORD == 0:
                return ring.lane, place // WORD
        return None

    def fill(self, memory: bytearray, beats: Iterable[Beat]) -> None:
        """Play the changes of the beats on `memory` and write down each ring's slots after each."""
        for beat in beats:
            for change in beat.changes:
                memory[change.offset : change.offset + len(change.after)] = change.after
            beat.slots = {ring.lane: self._slots(memory, ring) for ring in self.known.values()}

    @staticmethod
    def _slots(memory: bytearray, ring: Ring) -> tuple[str, ...]:
        start = ring.lane.number - BASE
        end = min(start + ring.slots * WORD, ARENA)
        words = [memory[at : at + WORD] for at in range(start, end - WORD + 1, WORD)]
        return tuple(symbols.name_of(int.from_bytes(word, "little"), pointer=True) for word in words)


def change_lines(change: Change, program: Program | None = None) -> list[str]:
    """A change in words: `w0: 0 → 8`, long ones abbreviated."""
    offset, before, after = change.offset, change.before, change.after
    if len(after) > 2 * WORD or offset % WORD or len(after) % WORD:
        dots = " …" if len(after) > symbols.SHOWN_BYTES else ""
        where = symbols.name_of(BASE + offset)
        return [f"{where}: {len(after)} bytes {after[: symbols.SHOWN_BYTES].hex(' ')}{dots}"]
    lines = []
    for at in range(0, len(after), WORD):
        target = BASE + offset + at
        pointer = names.holds_pointer(symbols.operand_of(target))
        old, new = (
            symbols.name_of(int.from_bytes(data[at : at + WORD], "little"), program, pointer=pointer)
            for data in (before, after)
        )
        lines.append(f"{symbols.name_of(target, word=True)}: {old} → {new}")
    return lines
