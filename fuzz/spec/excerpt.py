# SPDX-License-Identifier: Apache-2.0
"""The source of a function that implements a clause, and which of its lines speak of the clause.

In Python these are the statements that use the clause's constant or a word for it, and the lines of docstring and
comments that name it.
In C they are the lines of a comment that name it (or the decision or section it rests on), and the statement that the
comment stands at.
"""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

import attrs

import model
from fuzz.spec import decisions, where
from fuzz.spec.constants import Names, names
from model.clauses import Clause

_ROOT: Final = Path(model.__file__ or "").parents[1]
_LONG_STATEMENT: Final = 4
"""Lines; of a longer statement, as a table is, only the line that names the clause is marked."""
_WHOLE: Final = 44
"""Lines of a function that is shown whole."""
_AROUND: Final = 7
_ENDS: Final = (";", "{", "}", ":")
_COMMENT: Final = re.compile(r"/\*(?:[^*]|\*(?!/))*\*/|//[^\n]*")


@attrs.frozen
class Excerpt:
    """A function: where it is, the number of its first line (in C of the comment above it), its lines, marked ones."""

    place: where.Place
    first: int
    lines: tuple[str, ...]
    marked: tuple[int, ...]
    head: int = 0
    """The last line of docstring or comment before the code itself."""

    def windows(self) -> list[range]:
        """The lines to show, by number: all, or of a long function those around the marked ones and its head."""
        last = self.first + len(self.lines) - 1
        if len(self.lines) <= _WHOLE:
            return [range(self.first, last + 1)]
        wanted = {self.place.line}
        for line in self.marked:
            wanted.update(range(max(line - _AROUND, self.first), min(line + _AROUND, last) + 1))
        found: list[range] = []
        for line in sorted(wanted):
            if found and line <= found[-1].stop + 1:
                found[-1] = range(found[-1].start, line + 1)
            else:
                found.append(range(line, line + 1))
        return found

    def line(self, number: int) -> str:
        """The text of a line, by its number in the file."""
        return self.lines[number - self.first]


def excerpts(clause: Clause, places: list[where.Place]) -> list[Excerpt]:
    """The functions at these places: the kernel's own before what is around it, and those first that act on the clause.

    Lines that name a decision of the clause's source speak of it too.
    """
    names = {clause.id, *(decision.name for decision in decisions.cited(clause.source))}
    found = [
        _python(clause.id, place, names) if place.path.endswith(".py") else _c(place, {*names, place.cites})
        for place in places
    ]
    return sorted(found, key=lambda x: (where.nearness(x.place), x.marked[-1:] <= (x.head,), x.place))


@cache
def _lines(path: str) -> tuple[str, ...]:
    return tuple((_ROOT / path).read_text(encoding="utf-8").splitlines())


@cache
def _tree(path: str) -> ast.Module:
    return ast.parse("\n".join(_lines(path)))


@cache
def _names(path: str) -> Names:
    return names(_tree(path))


@cache
def _statements(path: str) -> dict[int, ast.stmt]:
    """The functions and tables of a file by their first line."""
    tree = _tree(path)
    kinds = (ast.FunctionDef, ast.Assign, ast.AnnAssign)
    return {node.lineno: node for node in ast.walk(tree) if isinstance(node, kinds)}


@cache
def _comments(path: str) -> dict[int, str]:
    """The comments of a Python file by line."""
    source = io.StringIO("\n".join(_lines(path)) + "\n")
    tokens = tokenize.generate_tokens(source.readline)
    return {token.start[0]: token.string for token in tokens if token.type == tokenize.COMMENT}


def _python(clause: str, place: where.Place, names: set[str]) -> Excerpt:
    node = _statements(place.path)[place.line]
    decorators = node.decorator_list if isinstance(node, ast.FunctionDef) else []
    first = min([node.lineno, *(x.lineno for x in decorators)])
    last = node.end_lineno or first
    marked = set(_uses(node, node, clause, _names(place.path)))
    marked |= {line for line, text in _comments(place.path).items() if first <= line <= last and _spans(text, names)}
    told = node.body[0] if isinstance(node, ast.FunctionDef) and ast.get_docstring(node) else None
    if told is not None:
        text = "\n".join(_lines(place.path)[told.lineno - 1 : told.end_lineno])
        for start, end in _spans(text, names):
            marked |= set(_numbers(text, start, end, told.lineno))
    head = (told.end_lineno if told is not None else None) or first
    return Excerpt(place, first, _lines(place.path)[first - 1 : last], tuple(sorted(marked)), head)


def _uses(node: ast.AST, statement: ast.stmt, clause: str, known: Names) -> Iterator[int]:
    """The lines of the statements that use a clause's constant or a word; of one with a body, those before the body."""
    if isinstance(node, ast.stmt):
        statement = node
    if isinstance(node, ast.Attribute | ast.Name) and clause in known.clauses(node):
        body = getattr(statement, "body", None)
        end = max(body[0].lineno - 1, statement.lineno) if body else statement.end_lineno or statement.lineno
        if node.lineno <= end and end - statement.lineno < _LONG_STATEMENT:
            yield from range(statement.lineno, end + 1)
        else:
            yield node.lineno
    for child in ast.iter_child_nodes(node):
        yield from _uses(child, statement, clause, known)


def _spans(text: str, wanted: set[str]) -> list[tuple[int, int]]:
    """Where a text names a clause (also within `RING-5 to RING-8`), a decision or a section of the sheet."""
    return [(match.start(), match.end()) for match, names in where.named(text) if names & wanted]


def _numbers(text: str, start: int, end: int, first: int) -> range:
    """The numbers of the lines of a piece of a text that begins at line `first`."""
    return range(first + text.count("\n", 0, start), first + text.count("\n", 0, end) + 1)


def _c(place: where.Place, names: set[str]) -> Excerpt:
    function = where.c_functions()[place.path, place.line]
    text = function.above + function.text
    marked: set[int] = set()
    for start, end in _spans(text, names):
        marked |= set(_numbers(text, start, end, function.first))
        comment = next((x for x in _COMMENT.finditer(text) if x.start() <= start < x.end()), None)
        if comment is not None and comment.start() >= len(function.above):
            marked |= {function.first + line for line in _statement(text, comment)}
    head = function.first + function.above.count("\n") - 1
    return Excerpt(place, function.first, tuple(text.splitlines()), tuple(sorted(marked)), head)


def _statement(text: str, comment: re.Match[str]) -> range:
    """The lines, counted from 0, of the statement that a comment inside of a function stands at."""
    code = [line.strip() for line in _COMMENT.sub(_blank, text).split("\n")]
    begin = text.count("\n", 0, comment.start())
    if code[begin]:
        end = begin
        while code[begin - 1] and not code[begin - 1].endswith(_ENDS):
            begin -= 1
    else:
        begin = end = text.count("\n", 0, comment.end()) + 1
    while end + 1 < len(code) and not code[end].endswith(_ENDS):
        end += 1
    return range(begin, end + 1)


def _blank(comment: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", comment[0])
