# SPDX-License-Identifier: Apache-2.0
"""A line over time as SVG: no script, and colours that follow the reader's choice of light or dark."""

from collections.abc import Sequence
from html import escape
from typing import Final

_WIDTH: Final = 720
_HEIGHT: Final = 220
_LEFT: Final = 64
_BOTTOM: Final = 28
_TOP: Final = 12
_RIGHT: Final = 12
_MOST: Final = 600
"""Points of a line; more would not be seen."""

Point = tuple[float, float]


def line(points: Sequence[Point], title: str, breaks: Sequence[float] = ()) -> str:
    """A chart of (seconds, value); a thin upright line at each of `breaks`, where a run began."""
    if len(points) < 2:
        return "<p>Too few moments for a picture: statistics are written by the minute.</p>"
    shown = _thinned(points)
    last, top = max(x for x, _ in shown) or 1.0, max(y for _, y in shown) or 1.0

    def place(x: float, y: float) -> str:
        across = _LEFT + (_WIDTH - _LEFT - _RIGHT) * x / last
        down = _TOP + (_HEIGHT - _TOP - _BOTTOM) * (1 - y / top)
        return f"{across:.1f},{down:.1f}"

    path = " ".join(place(x, y) for x, y in shown)
    uprights = "".join(
        f'<path class="run" d="M{place(x, 0)} L{place(x, top)}"/>' for x in sorted(set(breaks)) if 0 < x <= last
    )
    base = _HEIGHT - _BOTTOM
    return (
        f'<svg class="chart" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escape(title)}">'
        f"<title>{escape(title)}</title>"
        f'<path class="axis" d="M{_LEFT},{_TOP} V{base} H{_WIDTH - _RIGHT}"/>{uprights}'
        f'<polyline class="line" points="{path}"/>'
        f'<text x="{_LEFT - 6}" y="{_TOP + 10}" text-anchor="end">{_short(top)}</text>'
        f'<text x="{_LEFT - 6}" y="{base}" text-anchor="end">0</text>'
        f'<text x="{_LEFT}" y="{_HEIGHT - 8}">0</text>'
        f'<text x="{_WIDTH - _RIGHT}" y="{_HEIGHT - 8}" text-anchor="end">{_duration(last)}</text></svg>'
    )


def _thinned(points: Sequence[Point]) -> list[Point]:
    step = max(1, -(-len(points) // _MOST))
    return [*points[::step], points[-1]]


def _short(value: float) -> str:
    return f"{value / 1e6:.1f} M" if value >= 1e6 else f"{value:,.0f}" if value >= 10 else f"{value:.1f}"


def _duration(seconds: float) -> str:
    if seconds >= 2 * 86400:
        return f"{seconds / 86400:.1f} days"
    if seconds >= 7200:
        return f"{seconds / 3600:.1f} hours"
    return f"{seconds / 60:.0f} minutes" if seconds >= 120 else f"{seconds:.0f} seconds"


duration = _duration
