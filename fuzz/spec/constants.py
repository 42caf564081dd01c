# SPDX-License-Identifier: Apache-2.0
"""Which clauses a name in the sources of the model stands for.

That is the clause's constant (`clauses.RING_3`, however the module is called in a file), or a class that says so for
itself, with `clause = clauses.RING_3` or with that in `also`. The vocabulary of what rules say is made of such classes;
a rule that says `events.SlotTaken` speaks of RING-3.
"""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

import attrs

import model
from model.clauses import CLAUSES

_ROOT: Final = Path(model.__file__ or "").parents[1]
_REGISTRY: Final = "model.clauses"
_SAYS: Final = ("clause", "also")


@attrs.frozen
class Names:
    """What the names of one file lead to: modules by what they are called in it, and what was imported by name."""

    modules: dict[str, str]
    members: dict[str, tuple[str, str]]

    def clauses(self, node: ast.AST) -> frozenset[str]:
        """The clauses that an attribute or a name stands for, those inside of it not counted."""
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in self.modules:
            return _meaning(self.modules[node.value.id], node.attr)
        if isinstance(node, ast.Name) and node.id in self.members:
            return _meaning(*self.members[node.id])
        return frozenset()


def _meaning(module: str, member: str) -> frozenset[str]:
    if module == _REGISTRY:
        return frozenset((member.replace("_", "-"),)) & CLAUSES.keys()
    return vocabulary(module).get(member, frozenset())


def names(tree: ast.AST) -> Names:
    """From the imports of a file."""
    found = Names({}, {})
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.modules.update({alias.asname: alias.name for alias in node.names if alias.asname})
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                name = alias.asname or alias.name
                found.modules[name] = f"{node.module}.{alias.name}"
                found.members[name] = (node.module, alias.name)
    return found


@cache
def vocabulary(module: str) -> dict[str, frozenset[str]]:
    """The classes of a module of the model that say which clauses they stand for."""
    path = _ROOT / f"{module.replace('.', '/')}.py"
    if not module.startswith("model.") or not path.is_file():
        return {}
    tree = ast.parse(path.read_text(encoding="utf-8"))
    known = names(tree)
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    found = {node.name: frozenset(_said(node, known)) for node in classes}
    return {name: said for name, said in found.items() if said}


def _said(node: ast.ClassDef, known: Names) -> Iterator[str]:
    for line in node.body:
        targets = (
            line.targets if isinstance(line, ast.Assign) else [line.target] if isinstance(line, ast.AnnAssign) else []
        )
        if any(isinstance(target, ast.Name) and target.id in _SAYS for target in targets):
            for inside in ast.walk(line):
                yield from known.clauses(inside)
