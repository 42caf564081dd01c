# SPDX-License-Identifier: Apache-2.0
"""Functions in the sources of both sides, and which of their lines speak of what: clauses, decisions and sections.

In Python these are the statements that use a clause's constant or an event that says the clause, and the lines of
docstring and comments that name it. In C they are the lines of a comment that name it, and what the comment stands at:
the head of the function, or the statement inside of it.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Final, Self

import attrs

from model.clauses import BY_NUMBER, CLAUSES
from model.spec import events

_LONG_STATEMENT: Final = 4
"""Lines; of a longer statement, as a table is, only the line that names the clause is marked."""
_WHOLE: Final = 44
"""Lines of a function that is shown whole."""
_AROUND: Final = 7
_ENDS: Final = (";", "{", "}", ":")

_RANGE: Final = re.compile(r"\b([A-Z]+)-(\d+)(?:\s+to\s+\1-(\d+))?\b")
_DECISION: Final = re.compile(r"\bD\d+\b")
_SECTION: Final = r"\b\d+(?:\.\d+)?\b"
_SHEET: Final = re.compile(rf"\bsheet\s+({_SECTION}(?:(?:,\s+|\s+and\s+){_SECTION})*)")
_MARGIN: Final = re.compile(r"\n[ \t]*\*[ \t]*")
_COMMENT: Final = re.compile(r"/\*(?:[^*]|\*(?!/))*\*/|//[^\n]*")
_C_ABOVE: Final = re.compile(r"/\*(?:[^*]|\*(?!/))*\*/\n\Z")
_C_FUNCTION: Final = re.compile(
    r"^(?:SYSCALL_DEFINE\d\((?P<call>\w+)[^;{}]*\)|[a-z][^;={}]*?\b(?P<name>\w+)\([^;{}]*\))\n\{\n.*?^\}",
    re.MULTILINE | re.DOTALL,
)

Words = Mapping[str, Mapping[str, frozenset[str]]]
"""By the name of a module in a file, the names in it that stand for clauses."""


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


@attrs.frozen
class Excerpt:
    """A function, or a table of the model: where it is, its lines (in C from the comment above it on), marked ones."""

    place: Place
    first: int
    """The number of the first line."""
    lines: tuple[str, ...]
    marked: tuple[int, ...] = ()
    head: int = 0
    """The last line before the body: of docstring or comment, in C of the function's own head."""
    speaks: Mapping[str, set[int]] = {}
    """What it speaks of, and on which lines."""

    def marking(self, place: Place, names: set[str]) -> Self:
        """The same, with the lines marked that speak of these."""
        marked = {line for name in names for line in self.speaks.get(name, ())}
        return attrs.evolve(self, place=place, marked=tuple(sorted(marked)))

    def windows(self) -> list[range]:
        """The lines to show, by number: all, or of a long function those around the marked ones and its head.

        The comment above a function of C is shown whole or not at all.
        """
        last = self.first + len(self.lines) - 1
        if len(self.lines) <= _WHOLE:
            return [range(self.first, last + 1)]
        wanted = {self.place.line}
        for line in self.marked:
            wanted.update(range(max(line - _AROUND, self.first), min(line + _AROUND, last) + 1))
        if self.lines[0].startswith("/*") and min(wanted) < self.place.line:
            wanted.update(range(self.first, self.place.line))  # half a comment is no C
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


def named(text: str) -> Iterator[tuple[re.Match[str], set[str]]]:
    """Where a text names clauses, decisions or sections of the fact sheet; a comment in C may break a line anywhere."""
    told = _MARGIN.sub(lambda margin: "\n".ljust(len(margin[0])), text)
    for match in _RANGE.finditer(told):
        chapter, first, last = match.groups()
        yield match, {f"{chapter}-{number}" for number in range(int(first), int(last or first) + 1)} & CLAUSES.keys()
    yield from ((match, {match[0]}) for match in _DECISION.finditer(told))
    yield from ((match, set(re.findall(_SECTION, match[1]))) for match in _SHEET.finditer(told))


def _lines_of(match: re.Match[str], text: str, first: int) -> range:
    """The lines on which a piece of a text stands that begins at line `first`."""
    return range(first + text.count("\n", 0, match.start()), first + text.count("\n", 0, match.end()) + 1)


@cache
def _vocabulary() -> dict[str, dict[str, frozenset[str]]]:
    """By module, the names in it that stand for clauses: the constants, and the events that say so."""
    said = {}
    for name, kind in vars(events).items():
        if isinstance(kind, type) and issubclass(kind, events.Event) and kind.clause is not None:
            said[name] = frozenset(BY_NUMBER[number].id for number in (kind.clause, *kind.also))
    return {"clauses": {name.replace("-", "_"): frozenset((name,)) for name in CLAUSES}, "events": said}


def python(path: str, text: str) -> Iterator[Excerpt]:
    """The functions, methods and tables of a file of the model."""
    tree, lines = ast.parse(text), tuple(text.splitlines())
    imports = [alias for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names]
    words = {x.asname or x.name: _vocabulary()[x.name] for x in imports if x.name in _vocabulary()}
    for name, node in _statements(tree):
        decorators = node.decorator_list if isinstance(node, ast.FunctionDef) else []
        first = min([node.lineno, *(x.lineno for x in decorators)])
        last = node.end_lineno or first
        told = node.body[0] if isinstance(node, ast.FunctionDef) and ast.get_docstring(node) else None
        head = first if told is None else told.end_lineno or first
        speaks: defaultdict[str, set[int]] = defaultdict(set)
        for clause, marked in _uses(node, node, words):
            speaks[clause].update(marked)
        prose = [(number, lines[number - 1].partition("#")[2]) for number in range(first, last + 1)]
        if told is not None:
            prose.append((told.lineno, "\n".join(lines[told.lineno - 1 : head])))
        for start, piece in prose:
            for match, names in named(piece):
                for clause in names:
                    speaks[clause].update(_lines_of(match, piece, start))
        yield Excerpt(Place(path, node.lineno, name), first, lines[first - 1 : last], (), head, speaks)


def _statements(tree: ast.AST, inside: str = "") -> Iterator[tuple[str, ast.FunctionDef | ast.Assign | ast.AnnAssign]]:
    for node in ast.iter_child_nodes(tree):
        match node:
            case ast.ClassDef(name):
                yield from _statements(node, f"{name}.")
            case ast.FunctionDef(name):
                yield inside + name, node
            case ast.Assign([target, *_]) | ast.AnnAssign(target):
                yield inside + ast.unparse(target), node


def _uses(node: ast.AST, statement: ast.stmt, words: Words) -> Iterator[tuple[str, range]]:
    """Clauses whose constants or events are used, with the lines of that statement, or of what is before its body."""
    match node:
        case ast.stmt():
            statement = node
        case ast.Attribute(ast.Name(module), name):
            body = getattr(statement, "body", None)
            end = max(body[0].lineno - 1, statement.lineno) if body else statement.end_lineno or statement.lineno
            short = node.lineno <= end and end - statement.lineno < _LONG_STATEMENT
            marked = range(statement.lineno, end + 1) if short else range(node.lineno, node.lineno + 1)
            yield from ((clause, marked) for clause in words.get(module, {}).get(name, ()))
    for child in ast.iter_child_nodes(node):
        yield from _uses(child, statement, words)


def c(path: str, text: str) -> Iterator[Excerpt]:
    """The functions of a C file, each with the comment above it."""
    for found in _C_FUNCTION.finditer(text):
        above = _C_ABOVE.search(text, 0, found.start())
        begin = above.start() if above else found.start()
        whole, first = text[begin : found.end()], text.count("\n", 0, begin) + 1
        body = found.start() - begin
        code = first + whole.count("\n", 0, body)
        brace = first + whole.count("\n", 0, whole.index("\n{\n", body))
        speaks: defaultdict[str, set[int]] = defaultdict(set)
        for match, names in named(whole):
            marked = set(_lines_of(match, whole, first))
            comment = next((x for x in _COMMENT.finditer(whole, body) if x.start() <= match.start() < x.end()), None)
            if match.start() < body:
                marked |= {*range(code, brace + 1)}
            elif comment is not None:
                marked |= {first + line for line in _statement(whole, comment)}
            for name in names:
                speaks[name] |= marked
        group = "call" if found["call"] else "name"
        place = Place(path, text.count("\n", 0, found.start(group)) + 1, found[group])
        yield Excerpt(place, first, tuple(whole.splitlines()), (), brace, speaks)


def _statement(text: str, comment: re.Match[str]) -> range:
    """The lines, counted from 0, of the statement that a comment inside of a function stands at."""
    bare = _COMMENT.sub(lambda other: re.sub(r"[^\n]", " ", other[0]), text)
    code = [line.strip() for line in bare.split("\n")]
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
