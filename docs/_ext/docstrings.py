# SPDX-License-Identifier: Apache-2.0
"""What Sphinx would otherwise make of our docstrings and signatures, put right."""

import re
from typing import Final

import attrs

_COLON: Final = "\ue000"
"""Stands for a colon while Napoleon reads: it takes what is before one for the type of a variable."""
_NAMES: Final = re.compile(r"^:ivar (\w+(?:, \w+)+): (.*(?:\n +.*)*)", re.MULTILINE)
_GENERATED: Final = re.compile(r"attr_dict\['(\w+)'\]\.default")


def hide_colons(what: str, lines: list[str]) -> None:
    """To be called before Napoleon reads the docstring of a variable or property."""
    if what in ("attribute", "data", "property") and lines:
        lines[:] = [line.replace(":", _COLON) for line in lines]


def show_colons(lines: list[str]) -> None:
    """To be called afterwards."""
    lines[:] = [line.replace(_COLON, ":") for line in lines]


def name_by_name(lines: list[str]) -> None:
    """To be called after Napoleon: of `:ivar one, two: …` Sphinx would take `one,` for a type, and look for it."""

    def told(match: re.Match[str]) -> str:
        return "\n".join(f":ivar {name}: {match[2]}" for name in match[1].split(", "))

    lines[:] = _NAMES.sub(told, "\n".join(lines)).split("\n")


def with_defaults(thing: object, signature: str) -> str:
    """The signature of an attrs class names defaults as the generated code does; here they are told by their values."""

    def told(match: re.Match[str]) -> str:
        default = attrs.fields_dict(thing)[match[1]].default
        return repr(default) if default is None or isinstance(default, bool | int | str | bytes | tuple) else "…"

    return _GENERATED.sub(told, signature) if isinstance(thing, type) and attrs.has(thing) else signature
