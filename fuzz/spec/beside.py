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


_Styled = tuple[str, Callable[[str], str]]
"""A text, and what makes it look as it shall."""
ASCII: Final = Signs(">", "|", ":")
"""Signs for a terminal that has no others."""


def print_code(rules: list[Excerpt], kernel: list[Excerpt], width: int, signs: Signs, *, fold: bool = False) -> str:
    """Both columns; where the terminal is narrow the first one stands above the other, whole unless to `fold`."""
    half = (width - 3) // 2 if width >= WIDE else 0
    fit = half or (width if fold else 0)
    left, right = (_column(x, fit, signs, apart=not half) for x in (rules, kernel))
    if not half:
        return "\n".join(style(text) for text, style in (*left, *right))
    between = signs.quiet(signs.between)
    rows = zip_longest(left, right, fillvalue=("", str))
    return "\n".join(
        f"{loud(rule)}{' ' * (half - len(rule))} {between} {style(text)}".rstrip()
        for (rule, loud), (text, style) in rows
    )


def _column(excerpts: list[Excerpt], width: int, signs: Signs, *, apart: bool) -> Iterator[_Styled]:
    """The functions one below the other, each with its place as a heading; `width` is 0 if lines may be of any.

    A blank line comes before the first, too, if it stands `apart`.
    """
    gap = (f"{signs.gap:>{_NUMBER + 1}}", signs.quiet)
    for excerpt in excerpts:
        if excerpt is not excerpts[0] or apart:
            yield "", str
        yield str(excerpt.place)[: width or None], signs.loud
        done = excerpt.first
        for window in excerpt.windows():
            if window.start > done:
                yield gap
            for line in window:
                yield from _line(excerpt, line, width, signs)
            done = window.stop
        if done < excerpt.first + len(excerpt.lines):
            yield gap


def _line(excerpt: Excerpt, number: int, width: int, signs: Signs) -> Iterator[_Styled]:
    marked = number in excerpt.marked
    text = excerpt.line(number).expandtabs(_TAB)
    sign = signs.mark if marked else " "
    for part, piece in enumerate(_pieces(text, width - _MARGIN if width else 0)):
        margin = f"{sign}{'' if part else number:>{_NUMBER}} "
        yield f"{margin}{piece}".rstrip(), signs.loud if marked else str


def _pieces(text: str, width: int) -> list[str]:
    """A line of code in pieces that fit, the later ones further in."""
    if not width or len(text) <= width:
        return [text]
    indent = text[: len(text) - len(text.lstrip())]
    return textwrap.wrap(
        text.strip(), width, initial_indent=indent, subsequent_indent=f"{indent}    ", break_on_hyphens=False
    )
