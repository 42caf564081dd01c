# SPDX-License-Identifier: Apache-2.0
"""A story as an SVG, by hand: light and dark by the reader's preference, no scripts, no other files."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from fuzz.tell.layout import place
from fuzz.tell.memory import change_lines
from fuzz.tell.shapes import BOX, Arrow, Diagram, Key, Label, Picture, Pill, Row, Segment
from fuzz.tell.story import FREE, GUESSED, Beat, Kind, Story, Way, state_of
from model.program import Program
from model.trace import Role

STYLE: Final = Path(__file__).with_name("picture.css").read_text(encoding="utf-8")

Wrapper = Callable[[Row, int], tuple[str, str]]
"""What stands before and behind the drawing of a row, given its diagram's number."""

_ARROWS: Final = {Kind.HANDOVER: "hand-over", Kind.WAKE: "wake-up", Kind.LOST: "bad"}
_ROLES: Final[dict[int, str]] = {Role.HEAD: "head", Role.READY: "ready", Role.BUSY: "busy"}


def render(story: Story, name: str = "", program: Program | None = None, room: float | None = None) -> str:
    """The picture as a document of its own, in `room` pixels; hovering over a row tells what it changed."""

    def titled(row: Row, _: int) -> tuple[str, str]:
        return "", f"<title>{escape(_tooltip(row.beat, program))}</title>"

    return draw(place(story, name, room), f"{name} {story.title}".strip(), titled) + "\n"


def draw(picture: Picture, title: str, wrap: Wrapper, style: str = STYLE) -> str:
    """The picture; `wrap` gives attributes for a row's group, and what stands inside it first."""
    across, down = _n(picture.width), _n(picture.height)
    start = (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="syslet" width="{across}" height="{down}" '
        f'viewBox="0 0 {across} {down}" role="img" aria-label={quoteattr(title)}>'
    )
    parts = [
        start,
        *([f"<style>\n{style}</style>"] if style else []),
        f'<rect class="paper" width="{across}" height="{down}" rx="8"/>',
        *map(_text, picture.labels),
        *(line for key in picture.legend for line in _key(key)),
    ]
    if picture.banner is not None:
        y, tall, labels = picture.banner
        width = picture.width - 2 * picture.margin
        parts += [_rect("banner", picture.margin, y, width, tall, 6), *map(_text, labels)]
    for number, diagram in enumerate(picture.diagrams):
        parts += _diagram(diagram, number, wrap)
    return "\n".join([*parts, "</svg>"])


def _tooltip(beat: Beat, program: Program | None) -> str:
    lines = [" ".join(x for x in (beat.title, beat.text) if x)]
    lines += [f"({GUESSED}: it was not observed)"] * beat.guessed
    lines += [line for change in beat.changes for line in change_lines(change, program)]
    lines += beat.observed
    return "\n".join(lines)


def _n(value: float) -> str:
    """A length, short and the same everywhere."""
    return f"{round(value, 1):g}"


def _rect(style: str, x: float, y: float, width: float, height: float, rx: float, more: str = "") -> str:
    return (
        f'<rect class="{style}" x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" height="{_n(height)}" rx="{rx:g}"{more}/>'
    )


def _upright(style: str, x: float, top: float, bottom: float) -> str:
    return f'<line class="{style}" x1="{_n(x)}" y1="{_n(top)}" x2="{_n(x)}" y2="{_n(bottom)}"/>'


def _text(label: Label, extra: str = "") -> str:
    x = {"start": label.x, "middle": label.x + label.width / 2, "end": label.x + label.width}[label.anchor]
    y = label.y + label.height / 2 + label.size * 0.35
    anchor = "" if label.anchor == "start" else f' text-anchor="{label.anchor}"'
    style = f"{label.style} {extra}".strip()
    return (
        f'<text class="{style}" x="{_n(x)}" y="{_n(y)}" font-size="{label.size:g}"{anchor}>{escape(label.text)}</text>'
    )


def _key(key: Key) -> Iterator[str]:
    """A line or an arrow of the legend, and its word."""
    x, y = key.x, key.y
    if key.kind == "line":
        yield _rect(f"line {key.style}", x, y + 2, 8, 14, 3)
    elif key.kind == "thread":
        yield _upright("thread", x + 4, y, y + 18)
    elif key.kind == "free":
        yield f'<text class="words" x="{_n(x)}" y="{_n(y + 13)}" font-size="{key.label.size:g}">{FREE}</text>'
    elif key.kind == "guess":
        yield f'<g class="{key.style}">{_rect("pill", x, y + 3, 24, 12, 6)}{_text(key.label)}</g>'
        return
    else:
        yield from _draw_arrow(Arrow(x, x + 30, y + 9), key.style)
    yield _text(key.label)


def _diagram(diagram: Diagram, number: int, wrap: Wrapper) -> Iterator[str]:
    yield "<g>"
    for row in diagram.rows:
        yield f'<g class="{_classes(row.beat)}">{_rect("band", row.x, row.y, row.width, row.height, 5)}</g>'
    yield from map(_text, diagram.labels)
    yield from map(_segment, diagram.segments)
    for row in diagram.rows:
        if row.plates:
            yield f'<g class="{_classes(row.beat)}">'
            yield from (_rect("plate", *plate, 3) for plate in row.plates)
            yield "</g>"
    for row in diagram.rows:
        attributes, inside = wrap(row, number)
        yield f'<g class="beat {_classes(row.beat)}"{attributes}>{inside}'
        yield _rect("hit", row.x, row.y, row.width, row.height, 5, ' fill-opacity="0"')
        if row.arrow is not None:
            yield from _draw_arrow(row.arrow, _arrow_style(row.beat))
            yield from _dots(row)
        for pill in row.pills:
            yield from _pill(pill, row.beat)
        yield from map(_text, row.labels)
        yield "</g>"
    yield "</g>"


def _classes(beat: Beat) -> str:
    if beat.mark:
        return "allowed" if beat.mark.startswith("allowed") else "difference"
    if beat.kind is Kind.HANDOVER:
        return "hand-over guessed" if beat.guessed else "hand-over"
    style = "observation" if beat.kind in (Kind.OBSERVED, Kind.END) else "plain"
    return f"{style} guessed" if beat.guessed else style


def _segment(segment: Segment) -> str:
    state = segment.state
    if state is None or state.role == Role.READY:
        return _upright("thread" if state else "thing", segment.x, segment.top, segment.bottom)
    if state.role not in _ROLES:
        return ""
    style = f"line {'asleep ' if state.asleep else ''}{_ROLES[state.role]}"
    return _rect(style, segment.x - 4, segment.top, 8, segment.bottom - segment.top, 3)


def _pill(pill: Pill, beat: Beat) -> Iterator[str]:
    style = "ring" if pill.lane.way is Way.RING else ""
    if pill.lane.way is Way.TASK:
        state = state_of(pill.lane.number, beat.tasks)
        style = _ROLES.get(state.role, "") if state else ""
    if beat.kind is Kind.LOST:
        style = "bad"
    yield _rect(f"pill {style}", pill.x, pill.y, pill.width, BOX, BOX / 2)
    yield _text(pill.label, style)


def _dots(row: Row) -> Iterator[str]:
    """A dot where an arrow meets the line of a thing that has no box here."""
    arrow, ends = row.arrow, row.beat.arrow
    if arrow is None or ends is None:
        return
    sign = 1 if arrow.end > arrow.start else -1
    for lane, x in zip(ends, (arrow.start - sign * 5, arrow.end + sign * 7), strict=True):
        if lane not in row.beat.boxes and lane.way is not Way.TASK:
            yield f'<circle class="tip data" cx="{_n(x)}" cy="{_n(arrow.y)}" r="3.5"/>'


def _arrow_style(beat: Beat) -> str:
    if beat.kind in _ARROWS:
        return _ARROWS[beat.kind]
    if beat.blocked:
        return "blocked"
    ring = beat.arrow is not None and any(lane.way is Way.RING for lane in beat.arrow)
    return "event" if ring else "data"


def _draw_arrow(arrow: Arrow, style: str) -> Iterator[str]:
    size = 11 if style == "hand-over" else 8
    sign = 1 if arrow.end > arrow.start else -1
    stop = arrow.end - sign * (size - 1)
    y = _n(arrow.y)
    yield f'<line class="arrow {style}" x1="{_n(arrow.start)}" y1="{y}" x2="{_n(stop)}" y2="{y}"/>'
    half = size * 0.62
    yield (
        f'<path class="tip {style}" d="M{_n(arrow.end)} {y} L{_n(arrow.end - sign * size)} {_n(arrow.y - half)} '
        f'L{_n(arrow.end - sign * size)} {_n(arrow.y + half)} Z"/>'
    )
