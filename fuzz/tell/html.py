# SPDX-License-Identifier: Apache-2.0
"""A story as a page of its own: the SVG, and for each row what the slots and words of memory held.

The page needs no network, and works by keyboard; without scripts the picture is still there.
"""

import math
import re
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any, Final

import msgspec

from fuzz.tell import svg, words
from fuzz.tell.layout import MIDDLE, NARROW, WIDE, place
from fuzz.tell.memory import change_lines
from fuzz.tell.shapes import Picture, Row
from fuzz.tell.story import GUESSED, Beat, Story, TaskState
from model.image import BASE
from model.program import Program
from model.trace import Role

_PAGE: Final = Path(__file__).with_name("page.html")
_HOLE: Final = re.compile(r"@(TITLE|STYLE|SHOWN|DRAWINGS|BEATS|BESIDE|BELOW)@")
_PANEL: Final = 340 + 4 * 16 + 4
"""Width of the panel with the details beside the picture: itself, its distances, and a scroll bar."""
_SMALLEST: Final = 0.95
"""How much a picture may shrink to fit a window and still be read; in less room the next one is shown."""
_LARGEST: Final = 1.25


def render(story: Story, program: Program, name: str = "") -> str:
    """The page."""
    pictures = [place(story, name, room) for room in (WIDE, MIDDLE, NARROW)]
    title = f"{name} {story.title}".strip()

    def drawing(picture: Picture) -> str:
        numbers = {id(row.beat): i for i, row in enumerate(_rows(picture))}

        def focusable(row: Row, _: int) -> tuple[str, str]:
            beat = row.beat
            label = ". ".join(filter(None, (beat.title, beat.text, beat.mark, GUESSED * beat.guessed)))
            return f' tabindex="0" data-beat="{numbers[id(row.beat)]}" role="button" aria-label="{escape(label)}"', ""

        drawn = svg.draw(picture, title, focusable, style="").replace('role="img"', 'role="group"', 1)
        return f'<div class="drawing">\n{drawn}\n</div>'

    beats = [
        _record(row, diagram.part.title if story.sides else "", program)
        for diagram in pictures[0].diagrams
        for row in diagram.rows
    ]
    beside = math.ceil(pictures[0].width) + _PANEL
    filling = {
        "TITLE": escape(title),
        "STYLE": svg.STYLE,
        "SHOWN": "\n".join(_shown(pictures)),
        "DRAWINGS": "\n".join(drawing(picture) for picture in pictures),
        "BEATS": _data(beats),
        "BESIDE": str(beside),
        "BELOW": f"{beside - 0.02:.2f}",
    }
    return _HOLE.sub(lambda hole: filling[hole[1]], _PAGE.read_text(encoding="utf-8"))


def _shown(pictures: list[Picture]) -> Iterator[str]:
    """Which drawing is shown in how much room, and how far it shrinks and grows with it."""
    for number, picture in enumerate(pictures, 1):
        this = f".drawing:nth-child({number})"
        least, most = picture.width * _SMALLEST, picture.width * _LARGEST
        yield f"{this} svg {{ min-width: {least:.0f}px; max-width: {most:.0f}px; }}"
        if picture is not pictures[-1]:
            yield f"@container (max-width: {least - 0.02:.2f}px) {{ {this} {{ display: none; }} }}"
        if picture is not pictures[0]:
            before = pictures[number - 2].width * _SMALLEST
            yield f"@container (min-width: {before:.2f}px) {{ {this} {{ display: none; }} }}"


def _rows(picture: Picture) -> list[Row]:
    return [row for diagram in picture.diagrams for row in diagram.rows]


def _data(value: Any) -> str:
    """JSON that cannot end the script it stands in."""
    return msgspec.json.encode(value).decode().replace("<", "\\u003c")


def _record(row: Row, side: str, program: Program) -> dict[str, Any]:
    beat = row.beat
    return {
        "place": " · ".join(filter(None, (f"{row.number} · step {beat.step}", side, GUESSED if beat.guessed else ""))),
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
            *((state.lane.name, _state(state)) for state in beat.tasks),
            *((lane.name, held) for lane, held in beat.objects),
            ("clock", f"{beat.now} ms"),
        ],
    }


def _fresh(beat: Beat, ring: int, slots: int) -> list[int]:
    """Slots that this beat changed."""
    written = [(BASE + x.offset - ring, BASE + x.offset - ring + len(x.after)) for x in beat.changes]
    return [slot for slot in range(slots) if any(at < 8 * slot + 8 and 8 * slot < end for at, end in written)]


def _state(state: TaskState) -> str:
    if state.role not in tuple(Role):
        return "gone"
    role = Role(state.role).name.lower()
    if not state.asleep:
        return role
    return f"{role}, asleep in {state.call}" if state.call else f"{role}, asleep"
