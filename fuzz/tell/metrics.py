# SPDX-License-Identifier: Apache-2.0
"""How wide text may get: upper bounds over the usual fonts, so that a box holds its text whatever font is there."""

from typing import Final

MONO: Final = 0.62
"""Width of a character of a monospaced font, in its size."""

#: Widths of characters of a sans-serif font in its size; DejaVu Sans and Verdana are the widest of the usual ones.
_CLASSES: Final = (("ijl'|.,:;I!", 0.37), ("ftr()[]/- ", 0.45), ("mwMW—…→%", 1.0), ("0123456789", 0.65))
_WIDTHS: Final = {character: width for characters, width in _CLASSES for character in characters}
_CAPITAL: Final = 0.8
_OTHER: Final = 0.65


def mono(text: str, size: float) -> float:
    """Width of a line in the monospaced font."""
    return len(text) * MONO * size


def sans(text: str, size: float) -> float:
    """Width of a line in the sans-serif font."""
    return size * sum(_WIDTHS.get(c) or (_CAPITAL if c.isupper() or not c.isascii() else _OTHER) for c in text)


def bold(text: str, size: float) -> float:
    """Width of a bold line in the sans-serif font."""
    return 1.12 * sans(text, size)


def wrap(text: str, size: float, width: float, *, monospaced: bool = False) -> list[str]:
    """Break a text at blanks so that each line fits; a word that is too long is broken anywhere."""
    measure = mono if monospaced else sans
    lines: list[str] = []
    line = ""
    for word in text.split():
        longer = f"{line} {word}" if line else word
        if measure(longer, size) <= width:
            line = longer
            continue
        if line:
            lines.append(line)
        while measure(word, size) > width:
            cut = next(n for n in range(len(word), 0, -1) if n == 1 or measure(word[:n], size) <= width)
            lines.append(word[:cut])
            word = word[cut:]
        line = word
    return [*lines, line] if line or not lines else lines
