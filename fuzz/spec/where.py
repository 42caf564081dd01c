# SPDX-License-Identifier: Apache-2.0
"""Where the code is that implements a clause: found in the sources, so it is never out of date.

In the model that is every function that uses the clause's constant or an event that says the clause, or names the
clause in its docstring. In C it is every function that names the clause in its body or in the comment above it. Where
none does, it is those that cite a decision or a section of the fact sheet (`sheet 4.2`) which the clause has in its
source.
"""

from functools import cache
from pathlib import Path
from typing import Final

import attrs

import model
import native
from fuzz.spec import decisions, source
from fuzz.spec.source import Excerpt, Place
from model.clauses import CLAUSES, Clause

_MODEL: Final = Path(model.__file__ or "").parent
_NATIVE: Final = Path(native.__file__ or "").parent
_C: Final = ("kernel", "linux/tree/kernel/syslet", "linux/observer/tree/kernel/syslet", "host", "executor", "lib/src")
"""The kernel files, what only Linux has, the host's world, user mode of programs, and the library."""
_NO_RULES: Final = ("clauses", "check", "spec/events.py")
"""The registry and the words of rules, and the search for a culprit: they implement nothing."""


@cache
def _rules() -> list[Excerpt]:
    paths = (path for path in _MODEL.rglob("*.py") if not str(path.relative_to(_MODEL)).startswith(_NO_RULES))
    return [x for path in sorted(paths) for x in source.python(f"model/{path.relative_to(_MODEL)}", _text(path))]


@cache
def _kernel() -> list[Excerpt]:
    paths = sorted(path for folder in _C for path in (_NATIVE / folder).glob("*.c"))
    return [x for path in paths for x in source.c(f"native/{path.relative_to(_NATIVE)}", _text(path))]


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _by_name(functions: list[Excerpt]) -> dict[str, list[Place]]:
    found: dict[str, set[Place]] = {}
    for function in functions:
        for name in function.speaks:
            found.setdefault(name, set()).add(attrs.evolve(function.place, cites=name))
    return {name: sorted(places) for name, places in found.items()}


@cache
def in_model() -> dict[str, list[Place]]:
    """For each clause the functions (or tables) of the model that implement it."""
    return {name: _bare(places) for name, places in _by_name(_rules()).items() if name in CLAUSES}


@cache
def in_c() -> dict[str, list[Place]]:
    """For each clause, decision and section the C functions that name it, in their bodies or in the comment above."""
    return _by_name(_kernel())


def _bare(places: list[Place]) -> list[Place]:
    return [attrs.evolve(place, cites="") for place in places]


def nearness(place: Place) -> int:
    """How near to the kernel a C function is: its own files come first, then what is around it."""
    return next((i for i, folder in enumerate(_C) if place.path.startswith(f"native/{folder}/")), 0)


def c_places(clause: Clause) -> list[Place]:
    """The C functions that name the clause, else those that rest on the same decisions and sections."""
    cited = in_c()
    if clause.id in cited:
        return _bare(cited[clause.id])
    words = [word.strip() for word in clause.source.split(",")]
    return [place for word in sorted(words, key=decisions.is_name, reverse=True) for place in cited.get(word, [])]


def excerpts(clause: Clause, places: list[Place]) -> list[Excerpt]:
    """The functions at these places: the kernel's own before what is around it, and those first that act on the clause.

    Lines that name a decision of the clause's source speak of it too.
    """
    names = {clause.id, *(decision.name for decision in decisions.cited(clause.source))}
    functions = {function.place: function for function in (*_rules(), *_kernel())}
    found = [functions[attrs.evolve(place, cites="")].marking(place, {*names, place.cites}) for place in places]
    return sorted(found, key=lambda x: (nearness(x.place), x.marked[-1:] <= (x.head,), x.place))
