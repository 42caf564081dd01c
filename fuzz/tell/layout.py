# SPDX-License-Identifier: Apache-2.0
"""Where everything of a drawn picture stands, in pixels. Drawing it is `fuzz.tell.svg`'s part.

Every text has a box of its own, big enough in any usual font; the tests hold that no two of them meet.
"""

from collections.abc import Iterator
from typing import Final

import attrs

from fuzz.tell import metrics
from fuzz.tell.story import Beat, Lane, Part, Story, TaskState, Way

MARGIN: Final = 24
GUTTER: Final = 34
TITLE_SIZE: Final = 12.5
TEXT_SIZE: Final = 12
BOX_SIZE: Final = 12
SEEN_SIZE: Final = 11.5
CLAUSE_SIZE: Final = 10.5
HEAD_SIZE: Final = 12.5
LINE: Final = 17
BOX: Final = 22
ROW_PAD: Final = 9
_LANE_GAP: Final = 30
_LEAST_LANE: Final = 76
_HEADER: Final = 44
_WORDS: Final = 410
_WORDS_OF_SIDES: Final = 330
_CLAUSES: Final = 84
_BETWEEN: Final = 44
_LEGEND: Final = 64
_LEAST_WIDTH: Final = 860
_TALL: Final = 20
"""Rows that fit on a screen; below more of them the names of the lanes stand once more."""


@attrs.frozen
class Label:
    """A text with its box; `x` is the box's left edge, `anchor` tells where in the box the text is."""

    x: float
    y: float
    width: float
    text: str
    style: str
    size: float = TEXT_SIZE
    anchor: str = "start"
    height: float = LINE


@attrs.frozen
class Pill:
    """A box on a lane."""

    x: float
    y: float
    width: float
    label: Label
    lane: Lane


@attrs.frozen
class Arrow:
    """From x to x at a height."""

    start: float
    end: float
    y: float


@attrs.frozen
class Segment:
    """A piece of a lane's line; `state` is None for what is no task."""

    x: float
    top: float
    bottom: float
    lane: Lane
    state: TaskState | None


@attrs.frozen
class Row:
    """One beat."""

    beat: Beat
    number: int
    x: float
    y: float
    width: float
    height: float
    pills: tuple[Pill, ...]
    arrow: Arrow | None
    labels: tuple[Label, ...]


@attrs.frozen
class Diagram:
    """One part of a story."""

    part: Part
    x: float
    y: float
    width: float
    height: float
    labels: tuple[Label, ...]
    segments: tuple[Segment, ...]
    rows: tuple[Row, ...]


@attrs.frozen
class Picture:
    """A whole story: headings, diagrams, and the banner where two sides part."""

    width: float
    height: float
    labels: tuple[Label, ...]
    legend: float
    diagrams: tuple[Diagram, ...]
    banner: tuple[float, float, tuple[Label, ...]] | None

    def every_label(self) -> Iterator[Label]:
        """All texts of the picture."""
        yield from self.labels
        if self.banner is not None:
            yield from self.banner[2]
        for diagram in self.diagrams:
            yield from diagram.labels
            for row in diagram.rows:
                yield from row.labels
                yield from (pill.label for pill in row.pills)


class _Columns:
    """The lanes of a part: their middles, and where words and clauses begin."""

    def __init__(self, part: Part, x: float, words: float) -> None:
        self.lanes = part.lanes()
        self.middle: dict[Lane, float] = {}
        at = x + GUTTER
        for lane in self.lanes:
            width = max(
                metrics.bold(lane.name, HEAD_SIZE),
                *(metrics.mono(beat.boxes[lane], BOX_SIZE) + 16 for beat in part.beats if lane in beat.boxes),
                _LEAST_LANE - _LANE_GAP,
            )
            self.middle[lane] = at + (width + _LANE_GAP) / 2
            at += width + _LANE_GAP
        self.words = at + 18
        self.clauses = self.words + words + 10
        widths = [metrics.sans(clause, CLAUSE_SIZE) for beat in part.beats for clause in beat.clauses]
        self.cited = max([_CLAUSES, *widths])
        self.end = self.clauses + self.cited
        self.room = words


def _row(beat: Beat, number: int, columns: _Columns, x: float, y: float, *, spell_out: bool) -> Row:
    centre = y + ROW_PAD + BOX / 2
    pills = []
    for lane, text in sorted(beat.boxes.items()):
        width = metrics.mono(text, BOX_SIZE) + 16
        left = columns.middle[lane] - width / 2
        label = Label(left, centre - BOX / 2, width, text, "box", BOX_SIZE, "middle", BOX)
        pills.append(Pill(left, centre - BOX / 2, width, label, lane))
    labels = [Label(x, centre - LINE / 2, GUTTER - 8, str(number), "number", CLAUSE_SIZE, "end")]
    at = centre - LINE / 2

    def put(lines: list[str], style: str, size: float, left: float = columns.words) -> float:
        nonlocal at
        for line in lines:
            labels.append(Label(left, at, columns.clauses - 10 - left, line, style, size))
            at += LINE
        return at

    title = metrics.wrap(beat.title, TITLE_SIZE, columns.room, monospaced=True) if beat.title else []
    put(title, "title", TITLE_SIZE)
    put(metrics.wrap(beat.text, TEXT_SIZE, columns.room) if beat.text else [], "words", TEXT_SIZE)
    if spell_out:
        for line in beat.spelled_out():
            style = "seen differs" if line in beat.differs else "seen"
            put(metrics.wrap(line, SEEN_SIZE, columns.room - 14, monospaced=True), style, SEEN_SIZE, columns.words + 14)
    if beat.mark:
        put([beat.mark], "mark", TEXT_SIZE)
    bottom = at
    at = centre - LINE / 2
    for clause in beat.clauses:
        labels.append(Label(columns.clauses, at, columns.cited, clause, "clause", CLAUSE_SIZE))
        at += LINE
    height = max(bottom, at, centre + BOX / 2) - y + ROW_PAD
    arrow = _arrow(beat, columns, pills, centre)
    return Row(beat, number, x, y, columns.end - x, height, tuple(pills), arrow, tuple(labels))


def _arrow(beat: Beat, columns: _Columns, pills: list[Pill], y: float) -> Arrow | None:
    if beat.arrow is None:
        return None
    source, target = beat.arrow
    sign = 1 if columns.middle[target] > columns.middle[source] else -1
    half = {pill.lane: pill.width / 2 for pill in pills}
    start = columns.middle[source] + sign * half.get(source, 5.0)
    end = columns.middle[target] - sign * (half.get(target, 5.0) + 2)
    return Arrow(start, end, y)


def _lines(part: Part, columns: _Columns, rows: list[Row], top: float, bottom: float) -> list[Segment]:
    """Every lane's line, cut where a task's state changes."""
    places = [top, *(row.y + ROW_PAD + BOX / 2 for row in rows), bottom]
    states = [part.before, *(row.beat.tasks for row in rows)]
    made = []
    for lane in columns.lanes:
        x = columns.middle[lane]
        if lane.way is not Way.TASK:
            made.append(Segment(x, top, bottom, lane, None))
            continue
        now = [next((s for s in tasks if s.index == lane.number), None) for tasks in states]
        begin = 0
        for i in range(1, len(now) + 1):
            if i < len(now) and _look(now[i]) == _look(now[begin]):
                continue
            state = now[begin]
            if state is not None:
                made.append(Segment(x, places[begin], places[i], lane, state))
            begin = i
    return made


def _look(state: TaskState | None) -> tuple[int, bool] | None:
    return None if state is None else (state.role, state.asleep)


def _diagram(
    part: Part, x: float, y: float, words: float, first: int, *, spell_out: bool, titled: bool, lead: float = 0
) -> Diagram:
    """A part; `lead` is room before its first row."""
    columns = _Columns(part, x, words)
    labels = []
    top = y
    if titled:
        labels.append(Label(x, top, columns.end - x, part.title, "side", 14, height=22))
        top += 32
    labels += _lane_names(columns, top)
    at = top + _HEADER - 14 + lead
    rows = []
    for number, beat in enumerate(part.beats, first):
        row = _row(beat, number, columns, x, at, spell_out=spell_out)
        rows.append(row)
        at += row.height
    bottom = at + 6
    segments = _lines(part, columns, rows, top + 24, bottom)
    if len(rows) > _TALL:
        labels += _lane_names(columns, bottom + 4)
        bottom += 4 + LINE
    return Diagram(part, x, y, columns.end - x, bottom - y, tuple(labels), tuple(segments), tuple(rows))


def _lane_names(columns: _Columns, y: float) -> list[Label]:
    widths = {lane: metrics.bold(lane.name, HEAD_SIZE) for lane in columns.lanes}
    return [
        Label(columns.middle[lane] - width / 2, y, width, lane.name, "lane", HEAD_SIZE, "middle")
        for lane, width in widths.items()
    ]


def place(story: Story, name: str) -> Picture:
    """Find a place for everything."""
    heading = f"{name} {story.title}".strip()
    y: float = MARGIN + _LEGEND
    diagrams = []
    if story.common.beats:
        diagrams.append(_diagram(story.common, MARGIN, y, _WORDS, 1, spell_out=False, titled=False))
        y += diagrams[-1].height + 14
    width = max([_LEAST_WIDTH, metrics.bold(heading, 16) + 2 * MARGIN, *(d.x + d.width + MARGIN for d in diagrams)])
    banner_at = y
    sides = _sides(story, y)
    width = max([width, *(d.x + d.width + MARGIN for d in sides)])
    banner = None
    if story.banner:
        labels, end = _banner(story.banner, banner_at, width)
        banner = (banner_at, end - banner_at, tuple(labels))
        sides = _sides(story, end + 22)
        y = end + 22
    y = max([y, *(d.y + d.height for d in sides)])
    head = Label(MARGIN, MARGIN - 6, width - 2 * MARGIN, heading, "heading", 16, height=24)
    return Picture(width, y + MARGIN, (head,), MARGIN + 34, (*diagrams, *sides), banner)


def _sides(story: Story, y: float) -> list[Diagram]:
    """The sides beside each other, with what differs at one height."""
    plain = _beside(story, y, [0.0] * len(story.sides))
    heights = [next((row.y for row in side.rows if row.beat.mark), None) for side in plain]
    if len(plain) < 2 or None in heights:
        return plain
    known = [height for height in heights if height is not None]
    return _beside(story, y, [max(known) - height for height in known])


def _beside(story: Story, y: float, leads: list[float]) -> list[Diagram]:
    made: list[Diagram] = []
    x: float = MARGIN
    words = _WORDS_OF_SIDES if len(story.sides) > 1 else _WORDS
    first = len(story.common.beats) + 1
    for part, lead in zip(story.sides, leads, strict=True):
        made.append(_diagram(part, x, y, words, first, spell_out=True, titled=True, lead=lead))
        x += made[-1].width + _BETWEEN
    return made


def _banner(lines: tuple[str, ...], y: float, width: float) -> tuple[list[Label], float]:
    room = width - 2 * MARGIN - 32
    labels = []
    at = y + 14
    for i, text in enumerate(lines):
        size = TEXT_SIZE if i else 15
        for line in metrics.wrap(text, size, room / 1.12):
            labels.append(
                Label(MARGIN + 16, at, room, line, "words" if i else "headline", size, height=LINE if i else 22)
            )
            at += LINE if i else 26
    return labels, at + 12
