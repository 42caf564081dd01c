# SPDX-License-Identifier: Apache-2.0
"""A story as a page of its own: the SVG, and for each row what the slots and words of memory held.

The page needs no network, and works by keyboard; without scripts the picture is still there.
"""

import math
import re
from html import escape
from pathlib import Path
from typing import Any, Final

import msgspec

from fuzz.tell import svg, words
from fuzz.tell.layout import Picture, Row, place
from fuzz.tell.memory import change_lines
from fuzz.tell.story import Beat, Story, TaskState
from model.image import BASE
from model.program import Program
from model.trace import Role

_PAGE: Final = Path(__file__).with_name("page.html")
_HOLE: Final = re.compile(r"@(TITLE|SVG|BEATS|LEAST|BESIDE|BELOW)@")
_PANEL: Final = 340 + 4 * 16 + 4
"""Width of the panel with the details beside the picture: itself, its distances, and a scroll bar."""
_SMALLEST: Final = 0.8
"""How much the picture may shrink to fit a window and still be read; beyond that it scrolls."""


def render(story: Story, program: Program, name: str = "") -> str:
    """The page."""
    picture = place(story, name)
    title = f"{name} {story.title}".strip()
    numbers = {id(row.beat): i for i, row in enumerate(_rows(picture))}

    def focusable(row: Row, _: int) -> tuple[str, str]:
        label = ". ".join(x for x in (row.beat.title, row.beat.text, row.beat.mark) if x)
        return f' tabindex="0" data-beat="{numbers[id(row.beat)]}" role="button" aria-label="{escape(label)}"', ""

    beats = [
        _record(row, diagram.part.title if story.sides else "", program)
        for diagram in picture.diagrams
        for row in diagram.rows
    ]
    drawn = svg.draw(picture, title, focusable).replace('role="img"', 'role="group"', 1)
    beside = math.ceil(picture.width) + _PANEL
    filling = {
        "TITLE": escape(title),
        "SVG": drawn,
        "BEATS": _data(beats),
        "LEAST": str(round(picture.width * _SMALLEST)),
        "BESIDE": str(beside),
        "BELOW": f"{beside - 0.02:.2f}",
    }
    return _HOLE.sub(lambda hole: filling[hole[1]], _PAGE.read_text(encoding="utf-8"))


def _rows(picture: Picture) -> list[Row]:
    return [row for diagram in picture.diagrams for row in diagram.rows]


def _data(value: Any) -> str:
    """JSON that cannot end the script it stands in."""
    return msgspec.json.encode(value).decode().replace("<", "\\u003c")


def _record(row: Row, side: str, program: Program) -> dict[str, Any]:
    beat = row.beat
    return {
        "place": f"{row.number} · step {beat.step}" + (f" · {side}" if side else ""),
        "title": beat.title,
        "text": beat.text,
        "mark": beat.mark,
        "clauses": [(clause, words.sentence(clause)) for clause in beat.clauses],
        "changes": [line for change in beat.changes for line in change_lines(change, program)],
        "observed": beat.observed,
        "rings": [
            {"name": lane.name, "slots": slots, "fresh": _fresh(beat, lane.number, len(slots))}
            for lane, slots in beat.slots.items()
        ],
        "state": [
            *((f"task {state.index}", _state(state)) for state in beat.tasks),
            *((lane.name, held) for lane, held in beat.objects),
            ("clock", f"{beat.now} ms"),
        ],
    }


def _fresh(beat: Beat, ring: int, slots: int) -> list[int]:
    """Slots that this beat changed."""
    changed = []
    for slot in range(slots):
        start = ring + 8 * slot
        for change in beat.changes:
            at = change.offset + BASE
            if at < start + 8 and start < at + len(change.after) and slot not in changed:
                changed.append(slot)
    return changed


def _state(state: TaskState) -> str:
    if state.role not in tuple(Role):
        return "gone"
    role = Role(state.role).name.lower()
    if not state.asleep:
        return role
    return f"{role}, asleep in {state.call}" if state.call else f"{role}, asleep"
