# SPDX-License-Identifier: Apache-2.0
"""What a drawn picture is made of, each thing with its place in pixels."""

from collections.abc import Iterator
from typing import Final

import attrs

from fuzz.tell.story import Beat, Lane, Part, TaskState

TITLE_SIZE: Final = 12.5
TEXT_SIZE: Final = 12
BOX_SIZE: Final = 12
SEEN_SIZE: Final = 11.5
CLAUSE_SIZE: Final = 10.5
HEAD_SIZE: Final = 12.5
KEY_SIZE: Final = 11.5
LINE: Final = 17
BOX: Final = 22


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
    """One beat; `plates` are boxes (x, y, width, height) behind words that stand on lanes."""

    beat: Beat
    number: int
    x: float
    y: float
    width: float
    height: float
    pills: tuple[Pill, ...]
    arrow: Arrow | None
    labels: tuple[Label, ...]
    plates: tuple[tuple[float, float, float, float], ...] = ()


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
class Key:
    """What a sign means: `kind` is line, thread, arrow, free or guess, `label` the word behind it."""

    x: float
    y: float
    kind: str
    style: str
    label: Label


@attrs.frozen
class Picture:
    """A whole story: headings, diagrams, and the banner where two sides part."""

    width: float
    height: float
    margin: float
    labels: tuple[Label, ...]
    legend: tuple[Key, ...]
    diagrams: tuple[Diagram, ...]
    banner: tuple[float, float, tuple[Label, ...]] | None

    def every_label(self) -> Iterator[Label]:
        """All texts of the picture."""
        yield from self.labels
        yield from (key.label for key in self.legend)
        if self.banner is not None:
            yield from self.banner[2]
        for diagram in self.diagrams:
            yield from diagram.labels
            for row in diagram.rows:
                yield from row.labels
                yield from (pill.label for pill in row.pills)
