# SPDX-License-Identifier: Apache-2.0
"""The rules, with a mark at each branch and each comparison: one pass over their sources, as they are imported.

A process that wants it calls `install` before anything imports `model.spec`. It needs the sources of the model, which
SYSLET_PURE=1 asks for.
"""

import ast
import operator
import sys
from collections.abc import Callable, Sequence
from importlib.abc import MetaPathFinder, SourceLoader
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import model

RULES: Final = (
    "calls", "chain", "entry", "family", "move", "ring", "script", "steps", "threadlet", "user", "wait",
    "world.eventfd", "world.files", "world.futex", "world.objects", "world.opaque", "world.pipe", "world.time",
)  # fmt: skip
"""The modules of `model.spec` with the rules. The others are the machine that they ask."""
_MACHINERY: Final = frozenset({
    "variant", "listener", "noter", "noting", "deep", "left", "quantum", "allowance", "trusting", "undone", "comes_in",
})  # fmt: skip
"""A test of one of these is about the reading, the listener, the search or a rule that goes on, not the program."""
_OPERATORS: Final[dict[type[ast.cmpop], str]] = {
    ast.Lt: "lt", ast.LtE: "le", ast.Gt: "gt", ast.GtE: "ge", ast.Eq: "eq", ast.NotEq: "ne",
}  # fmt: skip
_MARK: Final = "_mark"

Row = tuple[str, int, str, str]
"""Module, line, the expression, and what came of it: `true`, `false`; `below`, `equal`, `above`; `unequal`."""


class Marks:
    """Which rows a program came by, and what each row is."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.met: set[int] = set()

    def test(self, row: int, value: Any) -> Any:
        """A test came out; gives what it was."""
        self.met.add(row if value else row + 1)
        return value

    def compare(self, row: int, name: str, left: Any, right: Any) -> bool:
        """Two numbers are compared; gives the result."""
        if name in ("eq", "ne"):
            self.met.add(row + (left != right))
        elif isinstance(left, int) and isinstance(right, int):
            self.met.add(row + (left >= right) + (left > right))
        done: bool = _BY_NAME[name](left, right)
        return done


_BY_NAME: Final[dict[str, Callable[[Any, Any], bool]]] = {name: getattr(operator, name) for name in _OPERATORS.values()}


class _Marker(ast.NodeTransformer):
    """Puts marks into one module."""

    def __init__(self, module: str, marks: Marks) -> None:
        self.module, self.marks = module, marks
        self._function = ""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        before, self._function = self._function, node.name
        self.generic_visit(node)
        self._function = before
        return node

    def visit_If(self, node: ast.If) -> ast.AST:
        return self._tested(node)

    def visit_While(self, node: ast.While) -> ast.AST:
        return node if isinstance(node.test, ast.Constant) and self.generic_visit(node) is None else self._tested(node)

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        return self._tested(node)

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.AST:
        text = [ast.unparse(value) for value in node.values]
        machinery = [_is_machinery(value) for value in node.values]
        self.generic_visit(node)
        node.values = [
            value if skip or _is_plain(value) else self._marked(value, said)
            for value, said, skip in zip(node.values, text, machinery, strict=True)
        ]
        return node

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        text = ast.unparse(node)
        skip = _is_machinery(node) or len(node.ops) != 1 or type(node.ops[0]) not in _OPERATORS
        self.generic_visit(node)
        if skip or not self._function or any(_is_text(x) for x in (node.left, node.comparators[0])):
            return node
        kind = type(node.ops[0])
        outcomes = ("equal", "unequal") if kind in (ast.Eq, ast.NotEq) else ("below", "equal", "above")
        row = self._row(node, text, outcomes)
        given = [ast.Constant(row), ast.Constant(_OPERATORS[kind]), node.left, node.comparators[0]]
        return _call("compare", given, node)

    def _tested(self, node: Any) -> ast.AST:
        text, skip = ast.unparse(node.test), _is_machinery(node.test) or isinstance(node.test, ast.BoolOp)
        self.generic_visit(node)
        if not skip and not isinstance(node.test, ast.Constant):
            node.test = self._marked(node.test, text)
        made: ast.AST = node
        return made

    def _marked(self, test: ast.expr, text: str) -> ast.expr:
        if not self._function or _is_call_of_marks(test):
            return test
        row = self._row(test, text, ("true", "false"))
        return _call("test", [ast.Constant(row), test], test)

    def _row(self, node: ast.expr, text: str, outcomes: Sequence[str]) -> int:
        first = len(self.marks.rows)
        self.marks.rows += [(self.module, node.lineno, text, outcome) for outcome in outcomes]
        return first


def _call(name: str, args: list[ast.expr], place: ast.expr) -> ast.expr:
    made = ast.Call(ast.Attribute(ast.Name(_MARK, ast.Load()), name, ast.Load()), args, [])
    return ast.fix_missing_locations(ast.copy_location(made, place))


def _is_call_of_marks(node: ast.expr) -> bool:
    """A comparison that is a whole test says as a comparison what came of it."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and (
        isinstance(node.func.value, ast.Name) and node.func.value.id == _MARK
    )  # fmt: skip


def _is_machinery(node: ast.expr) -> bool:
    return any(
        (isinstance(x, ast.Attribute) and x.attr in _MACHINERY) or (isinstance(x, ast.Name) and x.id in _MACHINERY)
        for x in ast.walk(node)
    )


def _is_plain(node: ast.expr) -> bool:
    """A value that stands for another where that is nothing: `done or -EFAULT`."""
    return isinstance(node, ast.Constant | ast.UnaryOp) and not (
        isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)
    )


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and not isinstance(node.value, int)


class _Loader(SourceLoader):
    def __init__(self, path: Path, module: str, marks: Marks) -> None:
        self.path, self.module, self.marks = path, module, marks

    def get_filename(self, fullname: str) -> str:
        return str(self.path)

    def get_data(self, path: str | bytes) -> bytes:
        """Raises OSError for what is no source: nothing compiled is read, or kept."""
        if Path(str(path)) != self.path:
            raise OSError(path)
        return self.path.read_bytes()

    def source_to_code(self, data: Any, path: Any, *, _optimize: int = -1) -> Any:  # type: ignore[override]
        """The code with marks in it."""
        tree = _Marker(self.module, self.marks).visit(ast.parse(data, str(path)))
        return compile(ast.fix_missing_locations(tree), str(path), "exec", dont_inherit=True)

    def exec_module(self, module: ModuleType) -> None:
        """The marks are a name of the module."""
        vars(module)[_MARK] = self.marks
        super().exec_module(module)


class _Finder(MetaPathFinder):
    def __init__(self, marks: Marks) -> None:
        self.marks = marks

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        module = fullname.removeprefix("model.spec.")
        if module == fullname or module not in RULES:
            return None
        file = Path(model.__file__ or "").parent.joinpath("spec", *module.split(".")).with_suffix(".py")
        return spec_from_file_location(fullname, file, loader=_Loader(file, module, self.marks))


def install() -> Marks:
    """From now on the rules are imported with marks. Raises RuntimeError if they were imported before."""
    if any(name.removeprefix("model.spec.") in RULES for name in sys.modules if name.startswith("model.spec.")):
        raise RuntimeError("the rules were imported already, without marks")
    marks = Marks()
    sys.meta_path.insert(0, _Finder(marks))
    return marks
