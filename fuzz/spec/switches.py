# SPDX-License-Identifier: Apache-2.0
"""Switches of `Variant` by name: their values, what each means, and readings from `switch=value`."""

import ast
from collections.abc import Iterable
from enum import Enum
from functools import cache
from pathlib import Path

import attrs

from fuzz.text.line import similar
from model import variant
from model.clauses import BY_NUMBER, Clause
from model.variant import PINNED, Variant


@attrs.frozen
class Value:
    """One value of a switch, with what it would mean."""

    name: str
    pinned: bool
    means: str


class UnknownSwitch(ValueError):
    """No switch, or no value of it, is called so, or it is set twice; the message lists those that are."""


@cache
def _meanings() -> dict[tuple[str, str], str]:
    """The docstring below each value of each enumeration, which Python itself does not keep."""
    found: dict[tuple[str, str], str] = {}
    tree = ast.parse(Path(variant.__file__ or "").read_text(encoding="utf-8"))
    for node in (x for x in tree.body if isinstance(x, ast.ClassDef)):
        for line, told in zip(node.body, node.body[1:], strict=False):
            if (
                isinstance(line, ast.Assign)
                and isinstance(line.targets[0], ast.Name)
                and isinstance(told, ast.Expr)
                and isinstance(told.value, ast.Constant)
            ):
                found[node.name, line.targets[0].id] = str(told.value.value)
    return found


def names() -> list[str]:
    """The switches, in the order of their decisions."""
    return [field.name for field in attrs.fields(Variant)]


def clauses_of(switch: str) -> list[Clause]:
    """The clauses that a switch would read otherwise."""
    return [clause for clause in BY_NUMBER if clause.switch == switch]


def _meant(word: str, known: Iterable[str]) -> str:
    """The one that is probably meant, or all."""
    known = list(known)
    return similar(word, known) or f"there are: {', '.join(known)}"


def values(switch: str) -> list[Value]:
    """The values a switch has, the pinned one first. Raises UnknownSwitch."""
    if switch == "refused_calls":
        return [
            Value("table", True, "The calls of D17 are refused inside a syslet."),
            Value("none", False, "No call is refused inside a syslet."),
        ]
    if switch not in names():
        raise UnknownSwitch(f"no switch is called {switch!r}; {_meant(switch, names())}")
    pinned: Enum = getattr(PINNED, switch)
    found = (Value(x.value, x is pinned, _meanings().get((type(x).__name__, x.name), "")) for x in type(pinned))
    return sorted(found, key=lambda value: not value.pinned)


def reading(settings: tuple[str, ...]) -> Variant:
    """The pinned reading with these `switch=value` set otherwise, each once. Raises UnknownSwitch."""
    changed = PINNED
    seen: set[str] = set()
    for setting in settings:
        switch, equals, name = setting.partition("=")
        known = [value.name for value in values(switch)]
        if not equals:
            raise UnknownSwitch(f"{switch} wants a value, as in {switch}={known[-1]}; there are: {', '.join(known)}")
        if switch in seen:
            raise UnknownSwitch(f"{switch} is set twice; a reading has one value of it")
        seen.add(switch)
        if name not in known:
            raise UnknownSwitch(f"{switch} has no value {name!r}; {_meant(name, known)}")
        others = changed.others()
        changed = next((other for *told, other in others if told == [switch, name]), changed)
    return changed
