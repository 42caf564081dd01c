# SPDX-License-Identifier: Apache-2.0
"""Where the code is that implements a clause: found in the sources, so it is never out of date.

In the model that is every function that uses the clause's constant or a word for it (`fuzz.spec.constants`), or names
the clause in its docstring. In C it is every function that names the clause in its body or in the comment above it.
Where none does, it is those that cite a decision or a section of the fact sheet (`sheet 4.2`) which the clause has in
its source.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

import attrs

import model
import native
from fuzz.spec.constants import Names, names, vocabulary
from model.clauses import CLAUSES, Clause

_MODEL: Final = Path(model.__file__ or "").parent
_NATIVE: Final = Path(native.__file__ or "").parent
_C: Final = ("kernel", "linux/tree/kernel/syslet", "linux/observer/tree/kernel/syslet", "host", "executor", "lib/src")
"""The kernel files, what only Linux has, the host's world, user mode of programs, and the library."""
_NO_RULES: Final = ("clauses", "check")
"""The registry itself, and the search for a culprit, which implements nothing."""

_RANGE: Final = re.compile(r"\b([A-Z]+)-(\d+)(?:\s+to\s+\1-(\d+))?\b")
_C_FUNCTION: Final = re.compile(
    r"^(?:SYSCALL_DEFINE\d\((?P<call>\w+)[^;{}]*\)|[a-z][^;={}]*?\b(?P<name>\w+)\([^;{}]*\))\n\{\n.*?^\}",
    re.MULTILINE | re.DOTALL,
)
_C_COMMENT: Final = re.compile(r"/\*(?:[^*]|\*(?!/))*\*/\n\Z")
_MARGIN: Final = re.compile(r"\n[ \t]*\*[ \t]*")
_DECISION: Final = re.compile(r"\bD\d+\b")
_SECTION: Final = re.compile(r"\b\d+(?:\.\d+)?\b")
_SHEET: Final = re.compile(rf"\bsheet\s+({_SECTION.pattern}(?:(?:,\s+|\s+and\s+){_SECTION.pattern})*)")


@attrs.frozen(order=True)
class Place:
    """A function: its file as a path in the project, its line, its name, and what it cites (C only).

    That is a decision (`D30`), a section of the fact sheet (`4.2`) or a clause; nothing if it names the clause that
    was asked for.
    """

    path: str
    line: int
    name: str
    cites: str = ""

    def __str__(self) -> str:
        cites = f" ({self.cites})" if self.cites else ""
        return f"{self.path}:{self.line} {self.name}{cites}"


@cache
def in_model() -> dict[str, list[Place]]:
    """For each clause the functions (or tables) of the model that implement it."""
    found: dict[str, set[Place]] = {}
    for path in sorted(_MODEL.rglob("*.py")):
        inside = path.relative_to(_MODEL)
        if inside.parts[0] in _NO_RULES:
            continue
        name = f"model/{inside}"
        tree = ast.parse(path.read_text(encoding="utf-8"))
        words = vocabulary(name.removesuffix(".py").replace("/", "."))
        for place, cited in _citations(tree, name, names(tree)):
            if place.name.partition(".")[0] not in words:
                for clause in cited:
                    found.setdefault(clause, set()).add(place)
    return {clause: sorted(places) for clause, places in found.items()}


def _citations(tree: ast.AST, path: str, known: Names, inside: str = "") -> Iterator[tuple[Place, set[str]]]:
    """Functions, methods and module-level tables, with the clauses that each names."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ClassDef):
            yield from _citations(node, path, known, f"{node.name}.")
        elif isinstance(node, ast.FunctionDef):
            told = ast.get_docstring(node) or ""
            yield Place(path, node.lineno, inside + node.name), _constants(node, known) | _named(told)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            yield Place(path, node.lineno, inside + ast.unparse(target)), _constants(node, known)


def _constants(node: ast.AST, known: Names) -> set[str]:
    """Clauses whose constants, or words, are used below this node."""
    return {clause for inside in ast.walk(node) for clause in known.clauses(inside)}


def _named(text: str) -> set[str]:
    """Clauses that a docstring names: `RING-4`, or `ATOM-6 to ATOM-8`."""
    return {name for _, names in _clauses_in(text) for name in names}


def _clauses_in(text: str) -> Iterator[tuple[re.Match[str], set[str]]]:
    for match in _RANGE.finditer(text):
        chapter, first, last = match.groups()
        names = {f"{chapter}-{number}" for number in range(int(first), int(last or first) + 1)} & CLAUSES.keys()
        if names:
            yield match, names


def named(text: str) -> Iterator[tuple[re.Match[str], set[str]]]:
    """Where a text names clauses, decisions or sections of the fact sheet; a comment in C may break a line anywhere."""
    told = _MARGIN.sub(lambda margin: "\n".ljust(len(margin[0])), text)
    yield from _clauses_in(told)
    yield from ((match, {match[0]}) for match in _DECISION.finditer(told))
    yield from ((match, set(_SECTION.findall(match[1]))) for match in _SHEET.finditer(told))


@attrs.frozen
class CFunction:
    """A C function: its file, the line of its name, and its text with the comment above it."""

    path: str
    line: int
    name: str
    above: str
    text: str
    first: int
    """The line on which the comment begins, or else the function."""


@cache
def c_functions() -> dict[tuple[str, int], CFunction]:
    """Every C function by its file and line."""
    found: dict[tuple[str, int], CFunction] = {}
    for path in sorted(path for folder in _C for path in (_NATIVE / folder).glob("*.c")):
        file, text = f"native/{path.relative_to(_NATIVE)}", path.read_text(encoding="utf-8")
        for function in _C_FUNCTION.finditer(text):
            comment = _C_COMMENT.search(text, 0, function.start())
            above = comment.group() if comment else ""
            group = "call" if function["call"] else "name"
            line = text.count("\n", 0, function.start(group)) + 1
            first = text.count("\n", 0, function.start() - len(above)) + 1
            found[file, line] = CFunction(file, line, function[group], above, function.group(), first)
    return found


@cache
def in_c() -> dict[str, list[Place]]:
    """For each clause, decision and section the C functions that name it, in their bodies or in the comment above."""
    found: dict[str, set[Place]] = {}
    for function in c_functions().values():
        for cited in {name for _, found_here in named(function.above + function.text) for name in found_here}:
            found.setdefault(cited, set()).add(Place(function.path, function.line, function.name, cited))
    return {cited: sorted(places) for cited, places in found.items()}


def nearness(place: Place) -> int:
    """How near to the kernel a C function is: its own files come first, then what is around it."""
    return next((i for i, folder in enumerate(_C) if place.path.startswith(f"native/{folder}/")), 0)


def c_places(clause: Clause) -> list[Place]:
    """The C functions that name the clause, else those that rest on the same decisions and sections."""
    cited = in_c()
    if clause.id in cited:
        return [attrs.evolve(place, cites="") for place in cited[clause.id]]
    return [
        place for source in (*_DECISION.findall(clause.source), *_sections(clause)) for place in cited.get(source, [])
    ]


def _sections(clause: Clause) -> list[str]:
    return [part for part in clause.source.split(", ") if _SECTION.fullmatch(part)]
