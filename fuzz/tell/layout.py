# SPDX-License-Identifier: Apache-2.0
"""Where everything of a drawn picture stands, in pixels. Drawing it is `fuzz.tell.svg`'s part.

Every text has a box of its own, big enough in any usual font; the tests hold that no two of them meet.
"""

from collections.abc import Iterable
from typing import Final

from fuzz.tell import metrics
from fuzz.tell.columns import Columns, boxes, fitting, names
from fuzz.tell.shapes import (
    BOX,
    CLAUSE_SIZE,
    KEY_SIZE,
    LINE,
    SEEN_SIZE,
    TEXT_SIZE,
    TITLE_SIZE,
    Diagram,
    Key,
    Label,
    Picture,
    Row,
    Segment,
)
from fuzz.tell.story import FREE, GUESSED, Beat, Part, Story, Way, runs, state_of

WIDE: Final = 960
"""Pixels that a page has for a picture on a desktop."""
MIDDLE: Final = 700
NARROW: Final = 340
"""And on a phone."""
_MARGIN: Final = 24
_SMALL_MARGIN: Final = 10
_ROW_PAD: Final = 9
_HEADER: Final = 30
_WORDS: Final = 410
_WORDS_OF_SIDES: Final = 330
_BETWEEN: Final = 44
_LEAST_WIDTH: Final = 860
_LEAST_BESIDE: Final = 900
"""Pixels in which two sides stand beside each other."""
_TALL: Final = 20
"""Rows that fit on a screen; below more of them the names of the lanes stand once more."""
_KEYS: Final = (
    ("line", "head", "head"), ("line", "busy", "busy"), ("line", "asleep busy", "asleep"),
    ("thread", "", "ready, a spare"),
    ("arrow", "hand-over", "hand-over"), ("arrow", "wake-up", "wakes"), ("arrow", "event", "event"),
    ("arrow", "blocked", "blocks"), ("free", "", "a choice"),
)  # fmt: skip
_GUESS: Final = ("guess", "guessed", GUESSED)
_SPACES: Final = {"line": (14, 18), "thread": (14, 22), "arrow": (38, 22), "free": (14, 22), "guess": (30, 22)}
"""Pixels before the word of a key, and behind it."""
_KEY_LINE: Final = 22


def place(story: Story, name: str, room: float | None = None) -> Picture:
    """Find a place for everything, in as many pixels as there are; None: in as many as it takes.

    In less room lanes move together, then words stand below the lanes, and then sides below each other. A picture with
    more lanes than even that has room for is wider.
    """
    margin: float = _MARGIN if room is None or room > MIDDLE else _SMALL_MARGIN
    inner = None if room is None else room - 2 * margin
    heading = f"{name} {story.title}".strip()
    heads = [heading] if inner is None else metrics.wrap(heading, 16, inner / 1.12)
    y = margin + 34 + 24 * (len(heads) - 1)
    legend, y = _legend((*_KEYS, _GUESS) if story.guesses else _KEYS, margin, y, inner)
    y += 8
    diagrams = []
    if story.common.beats:
        columns = fitting(story.common, margin, _WORDS, inner)
        diagrams.append(_diagram(story.common, columns, margin, y, 1))
        y += diagrams[-1].height + 14
    least = _LEAST_WIDTH if room is None else min(_LEAST_WIDTH, room)
    wanted = [metrics.bold(line, 16) + 2 * margin for line in heads]
    width = max([least, *wanted, *(d.x + d.width + margin for d in diagrams)])
    sides = _sides(story, margin, y, inner)
    width = max([width, *(d.x + d.width + margin for d in sides)])
    banner = None
    if story.banner:
        labels, end = _banner(story.banner, y, width, margin)
        banner = (y, end - y, tuple(labels))
        y = end + 22
        sides = _sides(story, margin, y, inner)
    y = max([y, *(d.y + d.height for d in sides)])
    titles = tuple(
        Label(margin, margin - 6 + 24 * i, width - 2 * margin, line, "heading", 16, height=24)
        for i, line in enumerate(heads)
    )
    return Picture(width, y + margin, margin, titles, legend, (*diagrams, *sides), banner)


def _legend(
    signs: Iterable[tuple[str, str, str]], margin: float, y: float, room: float | None
) -> tuple[tuple[Key, ...], float]:
    """What lines and arrows mean, in as many lines as it takes, and where the legend ends."""
    keys = []
    x = margin
    for kind, style, name in signs:
        before, behind = _SPACES[kind]
        width = metrics.sans(name, KEY_SIZE)
        if room is not None and x + before + width > margin + room:
            x, y = margin, y + _KEY_LINE
        keys.append(Key(x, y, kind, style, Label(x + before, y, width, name, "words", KEY_SIZE)))
        x += before + width + behind
    return tuple(keys), y + _KEY_LINE


class _Words:
    """The labels of a row, and where the next one goes."""

    def __init__(self, columns: Columns, y: float) -> None:
        self.columns = columns
        self.y = y
        self.labels: list[Label] = []

    def put(self, text: str, style: str, size: float, indent: float = 0) -> None:
        """A text in lines."""
        monospaced, bold = style.startswith(("title", "seen")), style == "mark"
        room = self.columns.room - indent
        for line in metrics.wrap(text, size, room / (1.12 if bold else 1), monospaced=monospaced) if text else []:
            width = (metrics.mono if monospaced else metrics.bold if bold else metrics.sans)(line, size)
            self.labels.append(Label(self.columns.words + indent, self.y, width, line, style, size))
            self.y += LINE

    def cite(self, clauses: list[str]) -> None:
        """Clauses at the right of the last line that leaves room for them, or below the words."""
        for line in metrics.wrap("  ".join(clauses), CLAUSE_SIZE, self.columns.room) if clauses else []:
            width = metrics.sans(line, CLAUSE_SIZE)
            start = self.columns.end - width
            free = [label.y for label in self.labels if label.x + label.width + 12 <= start]
            beside = free and len(line.split()) == len(clauses)
            y = free[-1] if beside else self.y
            self.labels.append(Label(start, y, width, line, "clause", CLAUSE_SIZE, "end"))
            self.y += 0 if beside else LINE


def _row(beat: Beat, number: int, columns: Columns, x: float, y: float, *, spell_out: bool) -> Row:
    centre = y + _ROW_PAD + BOX / 2
    pills, arrow, lines = boxes(beat, columns, centre)
    bottom = centre + BOX / 2 + (lines - 1) * (BOX + 2)
    if columns.below and not pills and arrow is None:
        bottom = y + _ROW_PAD - 4
    start = bottom + 4 if columns.below else centre - LINE / 2
    words = _Words(columns, start)
    sign = f"{FREE} " if beat.free else ""
    words.put(sign + beat.title if beat.title else "", "title", TITLE_SIZE)
    words.put(beat.text if beat.title or not beat.text else sign + beat.text, "words", TEXT_SIZE)
    for line in beat.spelled_out() if spell_out else ():
        words.put(line, "seen differs" if line in beat.differs else "seen", SEEN_SIZE, 14)
    words.put(beat.mark, "mark", TEXT_SIZE)
    plates: list[tuple[float, float, float, float]] = []
    if columns.below:
        words.cite(beat.clauses)
        plates = [
            (label.x - 3, label.y, min(label.width + 6, columns.end - label.x + 3), label.height)
            for label in words.labels
        ]
    end = max(words.y, start + LINE)
    width = metrics.sans(str(number), CLAUSE_SIZE)
    taken = max(24, width) if columns.below else 26
    number_at = columns.words - 6 - taken if columns.below else x
    label = Label(number_at, start, taken, str(number), "number", CLAUSE_SIZE, "end")
    if not columns.below:
        for i, clause in enumerate(beat.clauses):
            at = start + i * LINE
            words.labels.append(Label(columns.clauses, at, columns.cited, clause, "clause", CLAUSE_SIZE))
            end = max(end, at + LINE)
    if columns.below:
        plates.append((label.x + label.width - width - 2, start, width + 4, LINE))
    height = max(bottom, end) - y + _ROW_PAD
    return Row(beat, number, x, y, columns.end - x, height, pills, arrow, (label, *words.labels), tuple(plates))


def _lines(part: Part, columns: Columns, rows: list[Row], top: float, bottom: float) -> list[Segment]:
    """Every lane's line, cut where a task's state changes."""
    places = [top, *(row.y + _ROW_PAD + BOX / 2 for row in rows), bottom]
    states = [part.before, *(row.beat.tasks for row in rows)]
    made = []
    for lane in columns.lanes:
        x = columns.middle[lane]
        if lane.way is not Way.TASK:
            made.append(Segment(x, top, bottom, lane, None))
            continue
        now = [state_of(lane.number, tasks) for tasks in states]
        for begin, end in runs(None if state is None else (state.role, state.asleep) for state in now):
            state = now[begin]
            if state is not None:
                made.append(Segment(x, places[begin], places[end], lane, state))
    return made


def _diagram(
    part: Part, columns: Columns, x: float, y: float, first: int, *, side: bool = False, lead: float = 0
) -> Diagram:
    """A part; `lead` is room before its first row. What was observed is spelled out for a side."""
    labels = []
    top = y
    if side:
        width = columns.end - x
        for line in metrics.wrap(part.title, 14, width / 1.12):
            labels.append(Label(x, top, width, line, "side", 14, height=22))
            top += 22
        top += 10
    named, higher = names(columns, top)
    labels += named
    top += higher
    at = top + _HEADER + lead
    rows = []
    for number, beat in enumerate(part.beats, first):
        row = _row(beat, number, columns, x, at, spell_out=side)
        rows.append(row)
        at += row.height
    bottom = at + 6
    segments = _lines(part, columns, rows, top + 24, bottom)
    if len(rows) > _TALL:
        named, higher = names(columns, bottom + 4)
        labels += named
        bottom += 4 + LINE + higher
    return Diagram(part, x, y, columns.end - x, bottom - y, tuple(labels), tuple(segments), tuple(rows))


def _sides(story: Story, x: float, y: float, room: float | None) -> list[Diagram]:
    """The sides beside each other, with what differs at one height; or below each other where there is no room."""
    count = len(story.sides)
    stacked = count > 1 and room is not None and room < _LEAST_BESIDE
    if room is not None and count > 1 and not stacked:
        room = (room - _BETWEEN * (count - 1)) / count

    def placed(leads: list[float]) -> list[Diagram]:
        made: list[Diagram] = []
        right, down = x, y
        for part, lead in zip(story.sides, leads, strict=True):
            columns = fitting(part, right, _WORDS_OF_SIDES if count > 1 else _WORDS, room)
            made.append(_diagram(part, columns, right, down, len(story.common.beats) + 1, side=True, lead=lead))
            if stacked:
                down += made[-1].height + 22
            else:
                right += made[-1].width + _BETWEEN
        return made

    plain = placed([0.0] * count)
    marked = [row.y for side in plain for row in [row for row in side.rows if row.beat.mark][:1]]
    if stacked or count < 2 or len(marked) < count:
        return plain
    return placed([max(marked) - height for height in marked])


def _banner(lines: tuple[str, ...], y: float, width: float, margin: float) -> tuple[list[Label], float]:
    padding = min(margin, 16)
    room = width - 2 * margin - 2 * padding
    labels = []
    at = y + 14
    for i, text in enumerate(lines):
        size = TEXT_SIZE if i else 15
        for line in metrics.wrap(text, size, room / 1.12):
            labels.append(
                Label(margin + padding, at, room, line, "words" if i else "headline", size, height=LINE if i else 22)
            )
            at += LINE if i else 26
    return labels, at + 12
