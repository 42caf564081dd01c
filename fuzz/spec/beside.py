# SPDX-License-Identifier: Apache-2.0
"""The code of a clause for a terminal: the rule in Python and the function in C, side by side where there is room."""

import textwrap
from collections.abc import Callable, Iterator
from itertools import zip_longest
from typing import Final

import attrs

from fuzz.spec.source import Excerpt

WIDE: Final = 140
"""Columns of a terminal from which on the two stand side by side."""
_TAB: Final = 4
_NUMBER: Final = 4
_MARGIN: Final = _NUMBER + 2
"""A sign, a line's number, and a blank."""


@attrs.frozen
class Signs:
    """What marks a line, stands between the columns and for lines left out, and what makes text loud or quiet."""

    mark: str = "▶"
    between: str = "│"
    gap: str = "⋮"
    loud: Callable[[str], str] = str
    quiet: Callable[[str], str] = str


ASCII: Final = Signs(">", "|", ":")
"""Signs for a terminal that has no others."""


@attrs.frozen
class _Line:
    text: str
    style: Callable[[str], str]

    def padded(self, width: int) -> str:
        return self.style(self.text) + " " * (width - len(self.text))


def print_code(rules: list[Excerpt], kernel: list[Excerpt], width: int, signs: Signs) -> str:
    """Both columns; where the terminal is narrow the first one stands above the other, and its lines stay whole."""
    if width < WIDE:
        return "\n".join(line.style(line.text) for line in (*_column(rules, 0, signs), *_column(kernel, 0, signs)))
    half = (width - 3) // 2
    empty = _Line("", str)
    rows = zip_longest(_column(rules, half, signs), _column(kernel, half, signs), fillvalue=empty)
    between = signs.quiet(signs.between)
    return "\n".join(f"{left.padded(half)} {between} {right.style(right.text)}".rstrip() for left, right in rows)


def _column(excerpts: list[Excerpt], width: int, signs: Signs) -> Iterator[_Line]:
    """The functions one below the other, each with its place as a heading; `width` is 0 if lines may be of any."""
    for excerpt in excerpts:
        if excerpt is not excerpts[0] or not width:
            yield _Line("", str)
        yield _Line(str(excerpt.place)[: width or None], signs.loud)
        for number, window in enumerate(excerpt.windows()):
            if number or window.start > excerpt.first:
                yield _Line(f"{signs.gap:>{_NUMBER + 1}}", signs.quiet)
            for line in window:
                yield from _line(excerpt, line, width, signs)
        if window.stop < excerpt.first + len(excerpt.lines):
            yield _Line(f"{signs.gap:>{_NUMBER + 1}}", signs.quiet)


def _line(excerpt: Excerpt, number: int, width: int, signs: Signs) -> Iterator[_Line]:
    marked = number in excerpt.marked
    text = excerpt.line(number).expandtabs(_TAB)
    sign = signs.mark if marked else " "
    for part, piece in enumerate(_pieces(text, width - _MARGIN if width else 0)):
        margin = f"{sign}{'' if part else number:>{_NUMBER}} "
        yield _Line(f"{margin}{piece}".rstrip(), signs.loud if marked else str)


def _pieces(text: str, width: int) -> list[str]:
    """A line of code in pieces that fit, the later ones further in."""
    if not width or len(text) <= width:
        return [text]
    indent = text[: len(text) - len(text.lstrip())]
    return textwrap.wrap(
        text.strip(), width, initial_indent=indent, subsequent_indent=f"{indent}    ", break_on_hyphens=False
    )
