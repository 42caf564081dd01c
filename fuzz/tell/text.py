# SPDX-License-Identifier: Apache-2.0
"""A story as a sequence diagram of characters: time goes down, each task and thing has a column."""

import textwrap
from collections.abc import Iterator
from typing import Final

import attrs

from fuzz.tell.story import FREE, GUESS, GUESSED, Beat, Kind, Lane, Part, Story, TaskState, Way
from model.trace import Role

_LEAST_WORDS: Final = 32
"""Columns that the sentences need at least, beside the lanes."""
_WIDEST_LANE: Final = 11
_NARROWEST_LANE: Final = 3
_GAP: Final = 3


@attrs.frozen
class Style:
    """The characters of a picture."""

    head: str
    busy: str
    asleep: str
    ready: str
    thing: str
    node: str
    line: str
    thick: str
    dashed: str
    right: str
    left: str
    rule: str
    dash: str
    free: str


UNICODE: Final = Style("┃", "║", "╎", "·", "┊", "●", "─", "━", "┄", "▶", "◀", "═", "—", FREE)
ASCII: Final = Style("#", "H", ":", ".", "'", "o", "-", "=", ".", ">", "<", "=", "--", "?")


def render(story: Story, width: int = 100, style: Style = UNICODE) -> str:
    """The picture, `width` columns wide (more only if the lanes alone need more), with a line feed at its end."""
    lines = [*_legend(story, style), ""]
    if story.common.beats:
        lines += _part(story.common, width, style, spell_out=False)
    if story.banner:
        lines += ["", style.rule * width, *_wrapped(story.banner, width), style.rule * width, ""]
    lines += _sides(story.sides, width, style)
    text = "\n".join(line.rstrip() for line in lines).rstrip() + "\n"
    return text.replace("→", "->").replace("…", "..") if style is ASCII else text


def _wrapped(lines: tuple[str, ...], width: int) -> list[str]:
    return [piece for line in lines for piece in textwrap.wrap(line, width) or [""]]


def _legend(story: Story, style: Style) -> Iterator[str]:
    states = (("head", style.head), ("busy", style.busy), ("asleep", style.asleep), ("ready", style.ready))
    lanes = "  ".join(f"{mark} {name}" for name, mark in states)
    yield f"{lanes}  {style.thick * 2}{style.right} hand-over  {style.free} another task could go first"
    if story.guesses:
        yield f"{GUESS} {GUESSED}"


def _sides(sides: tuple[Part, ...], width: int, style: Style) -> list[str]:
    if not sides:
        return []
    half = (width - _GAP) // len(sides)
    if len(sides) > 1 and all(_needs(part) <= half for part in sides):
        columns = [[_title(part, half, style), *_part(part, half, style, spell_out=True)] for part in sides]
        height = max(map(len, columns))
        rows = zip(*(column + [""] * (height - len(column)) for column in columns), strict=True)
        return [(" " * _GAP).join(f"{cell:{half}}" for cell in row) for row in rows]
    lines: list[str] = []
    for part in sides:
        lines += [_title(part, width, style), *_part(part, width, style, spell_out=True), ""]
    return lines


def _title(part: Part, width: int, style: Style) -> str:
    text = f"{style.line * 2} {part.title} "
    return text + style.line * (width - len(text))


def _needs(part: Part) -> int:
    return _NARROWEST_LANE * len(part.lanes()) + 2 + _LEAST_WORDS


class _Canvas:
    """Where the lanes stand."""

    def __init__(self, part: Part, width: int, style: Style) -> None:
        self.lanes = part.lanes()
        self.style = style
        longest = max((len(lane.name) for lane in self.lanes), default=0) + 2
        count = max(len(self.lanes), 1)
        room = (width - _LEAST_WORDS - 2) // count
        self.pitch = max(_NARROWEST_LANE, min(longest, _WIDEST_LANE, room))
        self.span = self.pitch * len(self.lanes)
        self.words = max(width - self.span - 2, _LEAST_WORDS)
        self.at = {lane: i * self.pitch + self.pitch // 2 for i, lane in enumerate(self.lanes)}

    def header(self) -> Iterator[str]:
        """The lanes' names, on as many lines as keep them apart."""
        waiting = list(self.lanes)
        while waiting:
            line, end, left = [" "] * (self.span + 20), -1, []
            for lane in waiting:
                start = max(self.at[lane] - len(lane.name) // 2, 0)
                if start > end:
                    line[start : start + len(lane.name)] = lane.name
                    end = start + len(lane.name)
                else:
                    left.append(lane)
            yield "".join(line)
            waiting = left

    def lifelines(self, tasks: tuple[TaskState, ...]) -> list[str]:
        """A row of cells with every lane's line."""
        cells = [" "] * self.span
        states = {state.index: state for state in tasks}
        for lane, column in self.at.items():
            cells[column] = self.line(states.get(lane.number)) if lane.way is Way.TASK else self.style.thing
        return cells

    def line(self, state: TaskState | None) -> str:
        """How a task's line looks."""
        if state is None or state.role not in (Role.HEAD, Role.READY, Role.BUSY):
            return " "
        if state.role == Role.READY:
            return self.style.ready
        if state.asleep:
            return self.style.asleep
        return self.style.head if state.role == Role.HEAD else self.style.busy

    def draw(self, beat: Beat) -> str:
        """The lanes at a beat, with its arrow."""
        cells = self.lifelines(beat.tasks)
        for lane in beat.boxes:
            cells[self.at[lane]] = self.style.node
        if beat.arrow is not None:
            self._arrow(cells, beat, *beat.arrow)
        return "".join(cells)

    def _arrow(self, cells: list[str], beat: Beat, source: Lane, target: Lane) -> None:
        start, end = self.at[source], self.at[target]
        mark = self.style.dashed if beat.blocked else self.style.line
        mark = self.style.thick if beat.kind is Kind.HANDOVER else mark
        for column in range(min(start, end) + 1, max(start, end)):
            cells[column] = mark
        cells[end - 1 if end > start else end + 1] = self.style.right if end > start else self.style.left


def _part(part: Part, width: int, style: Style, *, spell_out: bool) -> list[str]:
    canvas = _Canvas(part, width, style)
    lines = list(canvas.header())
    for beat in part.beats:
        drawn = canvas.draw(beat)
        for sentence in _words(beat, canvas.words, style, spell_out=spell_out):
            lines.append(f"{drawn}  {sentence}")
            drawn = "".join(canvas.lifelines(beat.tasks))
    return lines


def _words(beat: Beat, width: int, style: Style, *, spell_out: bool) -> list[str]:
    text = f" {style.dash} ".join(x for x in (beat.title, beat.text) if x)
    if beat.free:
        text = f"{style.free} {text}"
    if beat.guessed:
        text = f"{GUESS} {text}"
    if beat.clauses:
        text += f" [{' '.join(beat.clauses)}]"
    lines = textwrap.wrap(text, width, subsequent_indent="  ") or [""]
    if spell_out:
        for line in beat.spelled_out():
            indent = "  ! " if line in beat.differs else "    "
            lines += textwrap.wrap(line, width, initial_indent=indent, subsequent_indent="      ")
    if beat.mark:
        lines.append(f"  ^ {beat.mark}")
    return lines
