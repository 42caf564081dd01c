# SPDX-License-Identifier: Apache-2.0
"""Lines of the model that runs execute, by coverage.py where it is installed."""

import ast
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import attrs

import model
from fuzz import form

COMPILED: Final = f"the model is compiled ({form.PURE}=1 in the environment gives the interpreted one)"
MISSING: Final = "coverage.py is not installed (pip install '.[cover]')"
_MODEL: Final = Path(model.__file__ or "").parent


@attrs.frozen
class File:
    """Line coverage of one file: how often each line with code was run. coverage.py only knows 0 and 1."""

    path: str
    counts: dict[int, int]
    source: str

    @property
    def covered(self) -> int:
        """Lines that were run."""
        return sum(count > 0 for count in self.counts.values())

    @property
    def missed(self) -> list[int]:
        """Lines that were not."""
        return [line for line, count in sorted(self.counts.items()) if not count]


@attrs.define
class Lines:
    """Line coverage of several files, or in words why there is none."""

    files: list[File] = attrs.field(factory=list)
    problem: str = ""


@contextmanager
def model_lines() -> Iterator[Lines]:
    """Measure the model meanwhile; the result is filled in at the end."""
    problem = COMPILED if form.compiled() else "" if find_spec("coverage") else MISSING
    if problem:
        yield Lines(problem=problem)
        return
    from coverage import Coverage

    result = Lines()
    measuring = Coverage(include=[f"{_MODEL}/*"], data_file=None, config_file=False)
    with measuring.collect():
        yield result
    result.files = [_file(measuring, path) for path in sorted(_MODEL.rglob("*.py"))]


def _file(measuring: Any, path: Path) -> File:
    """Lines outside of functions were run when the module was imported, before anything was measured."""
    source = path.read_text(encoding="utf-8")
    _, statements, _, missing, _ = measuring.analysis2(str(path))
    inside = _inside_functions(ast.parse(source))
    counts = {line: int(line not in missing or line not in inside) for line in statements}
    return File(f"model/{path.relative_to(_MODEL)}", counts, source)


def _inside_functions(tree: ast.AST) -> set[int]:
    found: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            found.update(range(node.body[0].lineno, (node.end_lineno or node.lineno) + 1))
    return found
