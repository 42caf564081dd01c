# SPDX-License-Identifier: Apache-2.0
"""Labels on the left, what belongs to them folded on the right: how entries look in a terminal."""

import textwrap
from collections.abc import Iterable
from typing import Final

from fuzz.columns import room

_WIDTH: Final = 100
_LABEL: Final = 14


def folded(label: str, text: str) -> list[str]:
    """A text behind its label."""
    indent = " " * (_LABEL + 2)
    return textwrap.wrap(text, room(_WIDTH), initial_indent=f"  {label:<{_LABEL}}", subsequent_indent=indent)


def headed(name: str, text: str) -> list[str]:
    """A name and its sentence, which is the title of an entry."""
    return textwrap.wrap(f"{name}  {text}", room(_WIDTH), subsequent_indent=" " * (len(name) + 2))


def listed(label: str, things: Iterable[object]) -> list[str]:
    """A thing a line, the first one behind the label."""
    return [f"  {'' if number else label:<{_LABEL}}{thing}" for number, thing in enumerate(things)]
