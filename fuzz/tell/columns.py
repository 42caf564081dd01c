# SPDX-License-Identifier: Apache-2.0
"""Where the lanes of a part stand, and the words: beside the lanes where there is room, else below each row.

Lanes as wide as what stands on them are the natural way. In less room they move together, and two boxes that would meet
are pushed apart, as far as each still touches its lane.
"""

from itertools import pairwise
from typing import Final

import attrs

from fuzz.tell import metrics
from fuzz.tell.shapes import BOX, BOX_SIZE, CLAUSE_SIZE, HEAD_SIZE, LINE, Arrow, Label, Pill
from fuzz.tell.story import Beat, Lane, Part, Way

_GUTTER: Final = 34
_GUTTER_BELOW: Final = 30
_LANE_GAP: Final = 30
_LEAST_LANE: Final = 76
_FARTHEST: Final = 120
"""Pixels between two lanes that have more room than they need."""
_NEAREST: Final = 30
_NEAREST_BESIDE: Final = 40
_EASY: Final = 62
"""Pixels between lanes at least: where words stand below them, and beside them; and for which words are shortened."""
_CLAUSES: Final = 84
_LEAST_WORDS: Final = 300
_PAD: Final = 16
_TOUCH: Final = 4
"""Pixels by which a box that was pushed reaches over the middle of its lane."""
_ARROW: Final = 22
_LEAST_ARROW: Final = 12
_TIP: Final = 8
_POINT: Final = 5
"""Half of what an arrow leaves free on a lane without a box."""
_NAME_SIZE: Final = 11
_NAME_LINE: Final = 14
_ABOVE: Final = 30
"""Height of a name that was put above others."""


@attrs.frozen
class Columns:
    """The lanes of a part: their middles, where words and clauses begin, and the edges that boxes stay within."""

    lanes: tuple[Lane, ...]
    middle: dict[Lane, float]
    left: float
    words: float
    room: float
    clauses: float
    cited: float
    end: float
    below: bool = False
    longest: int = 0
    """Characters that a box has room for, 0 for any number."""

    @property
    def edge(self) -> float:
        """How far to the right boxes may reach."""
        return self.end if self.below else self.words - 18

    def pitch(self) -> float:
        """Pixels between two lanes that stand together."""
        places = [self.middle[lane] for lane in self.lanes]
        return min((right - left for left, right in pairwise(places)), default=_FARTHEST)


def natural(part: Part, x: float, words: float) -> Columns:
    """Each lane as wide as what stands on it."""
    lanes = part.lanes()
    middle: dict[Lane, float] = {}
    at = x + _GUTTER
    for lane in lanes:
        width = max(
            metrics.bold(lane.name, HEAD_SIZE),
            *(metrics.mono(beat.boxes[lane], BOX_SIZE) + _PAD for beat in part.beats if lane in beat.boxes),
            _LEAST_LANE - _LANE_GAP,
        )
        middle[lane] = at + (width + _LANE_GAP) / 2
        at += width + _LANE_GAP
    return _behind(lanes, middle, x + _GUTTER, at, words, _cited(part))


def _cited(part: Part) -> float:
    return max([_CLAUSES, *(metrics.sans(clause, CLAUSE_SIZE) for beat in part.beats for clause in beat.clauses)])


def _behind(
    lanes: tuple[Lane, ...], middle: dict[Lane, float], left: float, right: float, words: float, cited: float
) -> Columns:
    """Words and clauses behind lanes from left to right."""
    clauses = right + 18 + words + 10
    return Columns(lanes, middle, left, right + 18, words, clauses, cited, clauses + cited)


def fitting(part: Part, x: float, words: float, room: float | None) -> Columns:
    """The widest way that fits into the room; if none does, the narrowest. The room is None if there is any."""
    columns = natural(part, x, words)
    if room is None or columns.end - x <= room:
        return columns
    for beside, gap in ((words, _EASY), (_LEAST_WORDS, _EASY), (_LEAST_WORDS, _NEAREST_BESIDE)):
        columns = _beside(part, x, min(beside, words), room)
        if columns.pitch() >= gap and columns.middle[columns.lanes[-1]] < columns.words - 18:
            return columns
    longest = int((max(room / 3, 90) - _PAD) / metrics.mono("x", BOX_SIZE))
    middle = _spread(part, x, x + room, longest)
    behind = _inset(part, part.lanes()[::-1], longest)
    end = max([x + room, *(at + behind for at in middle.values())])
    words_at = x + _GUTTER_BELOW
    return Columns(part.lanes(), middle, x, words_at, end - words_at, end, 0, end, below=True, longest=longest)


def _beside(part: Part, x: float, words: float, room: float) -> Columns:
    """Lanes in the room that words and clauses leave."""
    cited = _cited(part)
    left, right = x + _GUTTER, x + room - cited - words - 28
    return _behind(part.lanes(), _spread(part, left, right, 0), left, right, words, cited)


def _spread(part: Part, left: float, right: float, longest: int) -> dict[Lane, float]:
    """The middles of lanes at equal distances; at both edges there is room for boxes that make room for an arrow."""
    lanes = part.lanes()
    before, behind = (_inset(part, way, longest) for way in (lanes, lanes[::-1]))
    gap = (right - left - before - behind) / max(len(lanes) - 1, 1)
    gap = max(min(gap, _FARTHEST), _NEAREST)
    return {lane: left + before + i * gap for i, lane in enumerate(lanes)}


def _inset(part: Part, lanes: tuple[Lane, ...], longest: int) -> float:
    """Between an edge and the lane beside it."""
    place = {lane: i for i, lane in enumerate(lanes)}
    wanted = [
        _box_width(beat.boxes[lane], longest) - _TOUCH - place[lane] * _NEAREST
        for beat in part.beats
        for lane in beat.arrow or ()
        if lane in beat.boxes
    ]
    return max([_NEAREST / 2 + 8, *wanted])


def _box_width(text: str, longest: int) -> float:
    return metrics.mono(_cut(text, longest), BOX_SIZE) + _PAD


def _cut(text: str, longest: int) -> str:
    return text if not longest or len(text) <= longest else f"{text[: longest - 1]}\N{HORIZONTAL ELLIPSIS}"


def boxes(beat: Beat, columns: Columns, y: float) -> tuple[tuple[Pill, ...], Arrow | None, int]:
    """The boxes of a row whose first line has its middle at `y`, the arrow between two of them, and how many lines."""
    pills: list[Pill] = []
    arrow: Arrow | None = None
    lines = 0
    if beat.arrow is not None:
        source, target = beat.arrow
        spans = _apart(beat, columns, beat.arrow, columns.lanes)
        low, high = sorted(spans.values())
        if high[0] - low[1] < _LEAST_ARROW - 2 and set(beat.arrow) <= beat.boxes.keys():
            lines = 1  # too near to each other: the arrow starts below the box that it comes from
            pills.append(_pill(beat, columns, source, _centred(beat, columns, source), y))
            spans = _apart(beat, columns, beat.arrow, (target,))
        _clear(beat, columns, beat.arrow, spans)
        at = y + lines * (BOX + 2)
        pills += [_pill(beat, columns, lane, spans[lane], at) for lane in beat.arrow[lines:] if lane in beat.boxes]
        (left, right), (first, last) = spans[source], spans[target]
        arrow = Arrow(right, first - 2, at) if spans[target] > spans[source] else Arrow(left, last + 2, at)
    taken = sorted((pill.x, pill.x + pill.width) for pill in pills)
    for lane in sorted(beat.boxes.keys() - set(beat.arrow or ())):
        span = _centred(beat, columns, lane)
        covered = [*taken, *([(min(arrow.start, arrow.end), max(arrow.start, arrow.end))] if arrow else [])]
        if lines or any(span[0] < right + 2 and left < span[1] + 2 for left, right in covered):
            lines += 1
        pills.append(_pill(beat, columns, lane, span, y + lines * (BOX + 2)))
        taken.append(span)
    return tuple(sorted(pills, key=lambda pill: pill.lane)), arrow, lines + 1


def _centred(beat: Beat, columns: Columns, lane: Lane) -> tuple[float, float]:
    """From where to where a box on its lane reaches, within the edges; without a box, what an arrow leaves free."""
    middle = columns.middle[lane]
    if lane not in beat.boxes:
        return middle - _POINT, middle + _POINT
    width = _box_width(beat.boxes[lane], columns.longest)
    start = max(min(middle - width / 2, columns.edge - width), columns.left)
    return start, start + width


def _apart(
    beat: Beat, columns: Columns, ends: tuple[Lane, Lane], boxed: tuple[Lane, ...]
) -> dict[Lane, tuple[float, float]]:
    """The two ends of an arrow, pushed apart where there is too little room for it between them."""
    left, right = sorted(ends, key=lambda lane: columns.middle[lane])
    spans = {
        lane: _centred(beat, columns, lane)
        if lane in boxed
        else (columns.middle[lane] - _POINT, columns.middle[lane] + _POINT)
        for lane in ends
    }
    missing = _ARROW - (spans[right][0] - spans[left][1])
    if missing <= 0:
        return spans
    movable = [lane in beat.boxes and lane in boxed for lane in (left, right)]
    most_left = spans[left][1] - columns.middle[left] - _TOUCH if movable[0] else 0.0
    most_left = max(min(most_left, spans[left][0] - columns.left), 0)
    most_right = columns.middle[right] - spans[right][0] - _TOUCH if movable[1] else 0.0
    most_right = max(min(most_right, columns.edge - spans[right][1]), 0)
    by_left = min(most_left, max(missing / 2, missing - most_right))
    by_right = min(most_right, missing - by_left)
    spans[left] = (spans[left][0] - by_left, spans[left][1] - by_left)
    spans[right] = (spans[right][0] + by_right, spans[right][1] + by_right)
    return spans


def _clear(beat: Beat, columns: Columns, ends: tuple[Lane, Lane], spans: dict[Lane, tuple[float, float]]) -> None:
    """A box that an arrow goes to makes room for the tip beside the line of another task, as far as it can."""
    source, target = ends
    sign = 1 if spans[target] > spans[source] else -1
    near, far = spans[target][::sign]
    for lane in columns.lanes if target in beat.boxes else ():
        beyond = sign * (near - columns.middle[lane]) - 2
        if lane in spans or lane.way is not Way.TASK or not -_POINT < beyond < _POINT + _TIP:
            continue
        for move in (_POINT + _TIP - beyond, -_POINT - beyond):
            left, right = sorted((near + sign * move, far + sign * move))
            arrow = sign * (near - spans[source][::-sign][0]) + move - 2
            on_lane = left + _TOUCH <= columns.middle[target] <= right - _TOUCH
            if on_lane and columns.left <= left and right <= columns.edge and arrow >= _LEAST_ARROW:
                spans[target] = (left, right)
                return


def _pill(beat: Beat, columns: Columns, lane: Lane, span: tuple[float, float], y: float) -> Pill:
    left, right = span
    text = _cut(beat.boxes[lane], columns.longest)
    label = Label(left, y - BOX / 2, right - left, text, "box", BOX_SIZE, "middle", BOX)
    return Pill(left, y - BOX / 2, right - left, label, lane)


def _lines(name: str) -> list[str]:
    """A name on two lines, as `names` has room for."""
    return name.rsplit(" ", 1)


def names(columns: Columns, y: float) -> tuple[list[Label], float]:
    """The names of the lanes, and how much higher they are than one line: some stand above others if they must."""
    widths = {lane: metrics.bold(lane.name, HEAD_SIZE) for lane in columns.lanes}
    inside = all(columns.middle[lane] + width / 2 <= columns.end for lane, width in widths.items())
    if not widths or (inside and max(widths.values()) <= columns.pitch() - 6):
        return [
            Label(columns.middle[lane] - width / 2, y, width, lane.name, "lane", HEAD_SIZE, "middle")
            for lane, width in widths.items()
        ], 0
    placed: list[tuple[str, float, float, int]] = []
    free: list[float] = []
    for lane in columns.lanes:
        width = max(metrics.bold(word, _NAME_SIZE) for word in _lines(lane.name))
        start = max(min(columns.middle[lane] - width / 2, columns.end - width), columns.left)
        level = next((i for i, edge in enumerate(free) if edge + 3 <= start), len(free))
        free[level : level + 1] = [start + width]
        placed.append((lane.name, start, width, level))
    top = y + (len(free) - 1) * _ABOVE
    labels = []
    for name, start, width, level in placed:
        words = _lines(name)
        for i, word in enumerate(words):
            at = top - level * _ABOVE + (2 - len(words) + i) * _NAME_LINE
            labels.append(Label(start, at, width, word, "lane", _NAME_SIZE, "middle", _NAME_LINE))
    return labels, (len(free) - 1) * _ABOVE + 2 * _NAME_LINE - LINE
