# SPDX-License-Identifier: Apache-2.0
"""Where the code is that implements a clause: found in the sources, so it is never out of date.

In the model that is every function that names the clause's constant, or names the clause in its docstring. In C it is
every function that names the clause in its body or in the comment above it. Where none does, it is those that cite a
decision or a section of the fact sheet (`sheet 4.2`) which the clause has in its source.
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
from model.clauses import BY_NUMBER, CLAUSES, Clause
from model.spec import events

_MODEL: Final = Path(model.__file__ or "").parent
_NATIVE: Final = Path(native.__file__ or "").parent
_C: Final = ("kernel", "linux/tree/kernel/syslet", "host", "executor", "lib/src")
"""The kernel files, what only Linux has, the host's world, user mode of programs, and the library."""
_NO_RULES: Final = ("clauses", "check")
"""The registry itself, and the search for a culprit, which implements nothing."""

_RANGE: Final = re.compile(r"\b([A-Z]+)-(\d+)(?: to \1-(\d+))?\b")
_C_FUNCTION: Final = re.compile(
    r"^(?:SYSCALL_DEFINE\d\((?P<call>\w+)[^;{}]*\)|[a-z][^;={}]*?\b(?P<name>\w+)\([^;{}]*\))\n\{\n.*?^\}",
    re.MULTILINE | re.DOTALL,
)
_C_COMMENT: Final = re.compile(r"/\*(?:[^*]|\*(?!/))*\*/\n\Z")
_MARGIN: Final = re.compile(r"\n[ \t]*\*[ \t]*")
_DECISION: Final = re.compile(r"\bD\d+\b")
_SECTION: Final = re.compile(r"\b\d+(?:\.\d+)?\b")
_SHEET: Final = re.compile(rf"\bsheet ({_SECTION.pattern}(?:(?:, | and ){_SECTION.pattern})*)")


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
        if inside.parts[0] in _NO_RULES or inside.name == "events.py":
            continue
        name = f"model/{inside}"
        for place, cited in _citations(ast.parse(path.read_text(encoding="utf-8")), name):
            for clause in cited:
                found.setdefault(clause, set()).add(place)
    return {clause: sorted(places) for clause, places in found.items()}


def _citations(tree: ast.AST, path: str, inside: str = "") -> Iterator[tuple[Place, set[str]]]:
    """Functions, methods and module-level tables, with the clauses that each names."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ClassDef):
            yield from _citations(node, path, f"{node.name}.")
        elif isinstance(node, ast.FunctionDef):
            told = ast.get_docstring(node) or ""
            yield Place(path, node.lineno, inside + node.name), _constants(node) | _named(told)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            yield Place(path, node.lineno, inside + ast.unparse(target)), _constants(node)


def _constants(node: ast.AST) -> set[str]:
    """Clauses whose constants (`clauses.RING_4`), or whose events (`ev.BadRing`), are used below this node."""
    found: set[str] = set()
    for x in ast.walk(node):
        if isinstance(x, ast.Attribute) and isinstance(x.value, ast.Name):
            if x.value.id == "clauses":
                found.add(x.attr.replace("_", "-"))
            elif x.value.id == "ev":
                found |= clauses_of_event(x.attr)
    return found & CLAUSES.keys()


def clauses_of_event(name: str) -> set[str]:
    """The clauses that demand an event of the vocabulary."""
    event = getattr(events, name, None)
    if event is None or event.clause is None:
        return set()
    return {BY_NUMBER[number].id for number in (event.clause, *event.also)}


def _named(text: str) -> set[str]:
    """Clauses that a docstring names: `RING-4`, or `ATOM-6 to ATOM-8`."""
    found = set()
    for chapter, first, last in _RANGE.findall(text):
        found |= {f"{chapter}-{number}" for number in range(int(first), int(last or first) + 1)}
    return found & CLAUSES.keys()


@cache
def in_c() -> dict[str, list[Place]]:
    """For each clause, decision and section the C functions that name it, in their bodies or in the comment above."""
    found: dict[str, set[Place]] = {}
    for path in sorted(path for folder in _C for path in (_NATIVE / folder).glob("*.c")):
        text = path.read_text(encoding="utf-8")
        for function in _C_FUNCTION.finditer(text):
            above = _C_COMMENT.search(text, 0, function.start())
            group = "call" if function["call"] else "name"
            name, line = function[group], text.count("\n", 0, function.start(group)) + 1
            for cited in _cited((above.group() if above else "") + function.group()):
                place = Place(f"native/{path.relative_to(_NATIVE)}", line, name, cited)
                found.setdefault(cited, set()).add(place)
    return {cited: sorted(places) for cited, places in found.items()}


def _cited(text: str) -> set[str]:
    """Clauses, decisions and sections in C code, whose comments may break a line anywhere."""
    told = _MARGIN.sub(" ", text)
    sections = {section for numbers in _SHEET.findall(told) for section in _SECTION.findall(numbers)}
    return _named(told) | set(_DECISION.findall(told)) | sections


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
