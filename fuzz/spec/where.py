# SPDX-License-Identifier: Apache-2.0
"""Where the code is that implements a clause: found in the sources, so it is never out of date.

In the model that is every function that names the clause's constant, or names the clause in its docstring. The
kernel's functions do not know the clauses; they cite decisions, which a clause has in its source.
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
from model.clauses import CLAUSES, Clause

_MODEL: Final = Path(model.__file__ or "").parent
_NATIVE: Final = Path(native.__file__ or "").parent
_KERNEL: Final = ("kernel", "linux/tree/kernel/syslet")
"""The files that the host program shares with the real kernel, and those that only the kernel has."""
_NO_RULES: Final = ("clauses", "blame.py")
"""The registry itself, and the search for a culprit, which implements nothing."""

_RANGE: Final = re.compile(r"\b([A-Z]+)-(\d+)(?: to \1-(\d+))?\b")
_C_FUNCTION: Final = re.compile(
    r"^(?:SYSCALL_DEFINE\d\((?P<call>\w+)[^;{}]*\)|[a-z][^;={}]*?\b(?P<name>\w+)\([^;{}]*\))\n\{\n.*?^\}",
    re.MULTILINE | re.DOTALL,
)
_C_COMMENT: Final = re.compile(r"/\*(?:[^*]|\*(?!/))*\*/\n\Z")
_DECISION: Final = re.compile(r"\bD\d+\b")


@attrs.frozen(order=True)
class Place:
    """A function: its file as a path in the project, its line, its name, and the decision it cites (C only)."""

    path: str
    line: int
    name: str
    decision: str = ""

    def __str__(self) -> str:
        cites = f" ({self.decision})" if self.decision else ""
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
    """Clauses whose constants (`clauses.RING_4`) are used below this node."""
    names = {
        x.attr.replace("_", "-")
        for x in ast.walk(node)
        if isinstance(x, ast.Attribute) and isinstance(x.value, ast.Name) and x.value.id == "clauses"
    }
    return names & CLAUSES.keys()


def _named(text: str) -> set[str]:
    """Clauses that a docstring names: `RING-4`, or `ATOM-6 to ATOM-8`."""
    found = set()
    for chapter, first, last in _RANGE.findall(text):
        found |= {f"{chapter}-{number}" for number in range(int(first), int(last or first) + 1)}
    return found & CLAUSES.keys()


@cache
def in_kernel() -> dict[str, list[Place]]:
    """For each decision the functions of the kernel files that cite it, in their bodies or in the comment above."""
    found: dict[str, set[Place]] = {}
    for path in sorted(path for folder in _KERNEL for path in (_NATIVE / folder).glob("*.c")):
        text = path.read_text(encoding="utf-8")
        for function in _C_FUNCTION.finditer(text):
            above = _C_COMMENT.search(text, 0, function.start())
            cited = _DECISION.findall((above.group() if above else "") + function.group())
            line = text.count("\n", 0, function.start()) + 1
            for decision in cited:
                name = function["call"] or function["name"]
                place = Place(f"native/{path.relative_to(_NATIVE)}", line, name, decision)
                found.setdefault(decision, set()).add(place)
    return {decision: sorted(places) for decision, places in found.items()}


def kernel_places(clause: Clause) -> list[Place]:
    """Functions of the kernel files that cite a decision of this clause."""
    cited = in_kernel()
    return [place for decision in _DECISION.findall(clause.source) for place in cited.get(decision, [])]
