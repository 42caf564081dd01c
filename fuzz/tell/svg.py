# SPDX-License-Identifier: Apache-2.0
"""A story as an SVG, by hand: light and dark by the reader's preference, no scripts, no other files."""

from collections.abc import Callable, Iterator
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from fuzz.tell.layout import place
from fuzz.tell.memory import change_lines
from fuzz.tell.shapes import BOX, Arrow, Diagram, Key, Label, Picture, Pill, Row, Segment
from fuzz.tell.story import FREE, Beat, Kind, Story, Way
from model.program import Program
from model.trace import Role

STYLE: Final = """\
svg.syslet:root { max-width: 100%; height: auto; }
.syslet {
  --bg: #ffffff; --band: #f3f5f8; --ink: #1c2530; --soft: #5b6775; --faint: #c9d1da; --pill: #ffffff;
  --head: #1664d9; --busy: #c55a00; --ready: #7c8896; --event: #8b2fc9; --wake: #0f7b45; --bad: #c62828;
  --head-soft: #e7f0fd; --bad-soft: #fdecec; --good-soft: #e6f5ec;
}
@media (prefers-color-scheme: dark) {
  .syslet {
    --bg: #12171e; --band: #1a212b; --ink: #e6ebf1; --soft: #a3afbd; --faint: #3a4553; --pill: #1c242f;
    --head: #6ea8ff; --busy: #ffa657; --ready: #8b97a5; --event: #d08bff; --wake: #5fd39a; --bad: #ff7b72;
    --head-soft: #17263d; --bad-soft: #3a1d20; --good-soft: #16301f;
  }
}
.syslet text { fill: var(--ink); font-family: system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
.syslet .box, .syslet .title, .syslet .seen {
  font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace;
}
.syslet .heading, .syslet .side, .syslet .headline, .syslet .lane, .syslet .mark { font-weight: 600; }
.syslet .title { font-weight: 600; }
.syslet .differs { fill: var(--bad); font-weight: 600; } .syslet .allowed .differs { fill: var(--wake); }
.syslet .words { fill: var(--soft); }
.syslet .number, .syslet .clause { fill: var(--soft); }
.syslet .headline, .syslet .mark { fill: var(--bad); }
.syslet .allowed .mark { fill: var(--wake); }
.syslet .paper { fill: var(--bg); }
.syslet .band { fill: none; }
.syslet .plate { fill: var(--bg); fill-opacity: .9; }
.syslet .observation .band, .syslet .observation .plate { fill: var(--band); }
.syslet .hand-over .band, .syslet .hand-over .plate { fill: var(--head-soft); }
.syslet .difference .band, .syslet .difference .plate { fill: var(--bad-soft); }
.syslet .allowed .band, .syslet .allowed .plate { fill: var(--good-soft); }
.syslet .pill { fill: var(--pill); stroke: var(--soft); stroke-width: 1.25; }
.syslet .pill.head { stroke: var(--head); } .syslet .pill.busy { stroke: var(--busy); }
.syslet .pill.ready { stroke: var(--ready); stroke-dasharray: 4 3; }
.syslet .pill.ring { stroke: var(--event); } .syslet .pill.bad { stroke: var(--bad); }
.syslet .hand-over .pill.head { fill: var(--head); } .syslet .hand-over .box.head { fill: var(--bg); font-weight: 600; }
.syslet .line.head { fill: var(--head); } .syslet .line.busy { fill: var(--busy); }
.syslet .line.asleep { fill: var(--bg); stroke-width: 1.75; stroke-dasharray: 3 2.5; }
.syslet .line.asleep.head { stroke: var(--head); } .syslet .line.asleep.busy { stroke: var(--busy); }
.syslet .thread { stroke: var(--ready); stroke-width: 2; stroke-dasharray: 2 4; }
.syslet .thing { stroke: var(--faint); stroke-width: 1.5; }
.syslet .arrow { stroke: var(--soft); fill: none; stroke-width: 1.75; }
.syslet .arrow.blocked { stroke: var(--busy); stroke-dasharray: 5 4; }
.syslet .arrow.hand-over { stroke: var(--head); stroke-width: 3.5; }
.syslet .arrow.wake-up { stroke: var(--wake); } .syslet .arrow.event { stroke: var(--event); stroke-width: 2.25; }
.syslet .arrow.bad { stroke: var(--bad); stroke-dasharray: 5 4; }
.syslet .tip { fill: var(--soft); } .syslet .tip.blocked { fill: var(--busy); }
.syslet .tip.hand-over { fill: var(--head); }
.syslet .tip.wake-up { fill: var(--wake); } .syslet .tip.event { fill: var(--event); }
.syslet .tip.bad { fill: var(--bad); }
.syslet .banner { fill: var(--bad-soft); stroke: var(--bad); }
"""

Wrapper = Callable[[Row, int], tuple[str, str]]
"""What stands before and behind the drawing of a row, given its diagram's number."""

_ROLES: Final = {Role.HEAD: "head", Role.READY: "ready", Role.BUSY: "busy"}


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
        *(_text(label) for label in picture.labels),
        *(line for key in picture.legend for line in _key(key)),
    ]
    if picture.banner is not None:
        y, tall, labels = picture.banner
        width = picture.width - 2 * picture.margin
        parts.append(
            f'<rect class="banner" x="{_n(picture.margin)}" y="{_n(y)}" width="{_n(width)}" '
            f'height="{_n(tall)}" rx="6"/>'
        )
        parts += [_text(label) for label in labels]
    for number, diagram in enumerate(picture.diagrams):
        parts += _diagram(diagram, number, wrap)
    return "\n".join([*parts, "</svg>"])


def _tooltip(beat: Beat, program: Program | None) -> str:
    lines = [" ".join(x for x in (beat.title, beat.text) if x)]
    lines += [line for change in beat.changes for line in change_lines(change, program)]
    lines += beat.observed
    return "\n".join(lines)


def _n(value: float) -> str:
    """A length, short and the same everywhere."""
    return f"{round(value, 1):g}"


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
        yield f'<rect class="line {key.style}" x="{_n(x)}" y="{_n(y + 2)}" width="8" height="14" rx="3"/>'
    elif key.kind == "thread":
        yield f'<line class="thread" x1="{_n(x + 4)}" y1="{_n(y)}" x2="{_n(x + 4)}" y2="{_n(y + 18)}"/>'
    elif key.kind == "free":
        yield f'<text class="words" x="{_n(x)}" y="{_n(y + 13)}" font-size="{key.label.size:g}">{FREE}</text>'
    else:
        yield from _draw_arrow(Arrow(x, x + 30, y + 9), key.style)
    yield _text(key.label)


def _diagram(diagram: Diagram, number: int, wrap: Wrapper) -> Iterator[str]:
    yield "<g>"
    for row in diagram.rows:
        yield (
            f'<g class="{_classes(row.beat)}"><rect class="band" x="{_n(row.x)}" y="{_n(row.y)}" '
            f'width="{_n(row.width)}" height="{_n(row.height)}" rx="5"/></g>'
        )
    yield from (_text(label) for label in diagram.labels)
    yield from (_segment(segment) for segment in diagram.segments)
    for row in diagram.rows:
        if row.plates:
            yield f'<g class="{_classes(row.beat)}">'
            for x, y, width, height in row.plates:
                yield (
                    f'<rect class="plate" x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" height="{_n(height)}" rx="3"/>'
                )
            yield "</g>"
    for row in diagram.rows:
        attributes, inside = wrap(row, number)
        yield f'<g class="beat {_classes(row.beat)}"{attributes}>{inside}'
        yield (
            f'<rect class="hit" x="{_n(row.x)}" y="{_n(row.y)}" width="{_n(row.width)}" height="{_n(row.height)}" '
            'rx="5" fill-opacity="0"/>'
        )
        if row.arrow is not None:
            yield from _draw_arrow(row.arrow, _arrow_style(row.beat))
            yield from _dots(row)
        for pill in row.pills:
            yield from _pill(pill, row.beat)
        yield from (_text(label) for label in row.labels)
        yield "</g>"
    yield "</g>"


def _classes(beat: Beat) -> str:
    if beat.mark:
        return "allowed" if beat.mark.startswith("allowed") else "difference"
    if beat.kind is Kind.HANDOVER:
        return "hand-over"
    return "observation" if beat.kind in (Kind.OBSERVED, Kind.END) else "plain"


def _segment(segment: Segment) -> str:
    top, bottom = _n(segment.top), _n(segment.bottom)
    state = segment.state
    if state is None:
        return f'<line class="thing" x1="{_n(segment.x)}" y1="{top}" x2="{_n(segment.x)}" y2="{bottom}"/>'
    if state.role not in _ROLES:
        return ""
    role = _ROLES[Role(state.role)]
    if role == "ready":
        return f'<line class="thread" x1="{_n(segment.x)}" y1="{top}" x2="{_n(segment.x)}" y2="{bottom}"/>'
    asleep = "asleep " if state.asleep else ""
    return (
        f'<rect class="line {asleep}{role}" x="{_n(segment.x - 4)}" y="{top}" width="8" '
        f'height="{_n(segment.bottom - segment.top)}" rx="3"/>'
    )


def _pill(pill: Pill, beat: Beat) -> Iterator[str]:
    style = "ring" if pill.lane.way is Way.RING else ""
    if pill.lane.way is Way.TASK:
        state = next((s for s in beat.tasks if s.index == pill.lane.number), None)
        style = _ROLES.get(Role(state.role), "") if state is not None and state.role in _ROLES else ""
    if beat.kind is Kind.LOST:
        style = "bad"
    yield (
        f'<rect class="pill {style}" x="{_n(pill.x)}" y="{_n(pill.y)}" width="{_n(pill.width)}" '
        f'height="{BOX}" rx="{BOX / 2:g}"/>'
    )
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
    if beat.kind is Kind.HANDOVER:
        return "hand-over"
    if beat.kind is Kind.WAKE:
        return "wake-up"
    if beat.kind is Kind.LOST:
        return "bad"
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
