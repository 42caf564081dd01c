# SPDX-License-Identifier: Apache-2.0
"""Pages of the code: docstrings with the source behind them, and the kernel files as they are."""

import importlib
import re
from functools import cache
from pathlib import Path
from typing import Final

from files import ALONE, ROOT, Files, clause_link, toctree
from sheet import linked

from fuzz.spec import where
from fuzz.spec.where import Place
from model.clauses import BY_NUMBER

_FUNCTION: Final = re.compile(
    r"^(?:/\*(?:[^*]|\*(?!/))*\*/\n)?"
    r"(?:SYSCALL_DEFINE\d\((?P<call>\w+)[^;{}]*\)|[a-z][^;={}]*?\b(?P<name>\w+)\([^;{}]*\))\n\{\n.*?^\}\n",
    re.MULTILINE | re.DOTALL,
)


_NOT_OURS: Final = "_abc_impl, _asdict, _make, _replace, _fields, _field_defaults"
_ALL: Final = f"   :private-members:\n   :undoc-members:\n   :exclude-members: {_NOT_OURS}\n"
_OWN: Final = "   :ignore-module-all:\n"
"""What a package only passes on is on the page of its own module."""
_PACKAGES: Final = {
    "model": ("The specification", "Below each function stand the clauses that it implements.", _ALL),
    "fuzz": ("The fuzzer", "Programs, the oracle, the minimizer, campaigns, pictures and the command line.", _OWN),
    "native": ("The driver of the kernel code", "What builds the targets, runs them and reads their traces.", _OWN),
}
"""A package: title, what to say of it, and what `automodule` is told."""


def pages() -> Files:
    """A page for each module and each kernel file."""
    return {**_modules(), **_kernel()}


def _module(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def model_link(place: Place) -> str:
    """To the docstring of a function of the model."""
    return f"{{py:obj}}`~{_module(place.path)}.{place.name}`"


@cache
def _cited() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for clause in BY_NUMBER:
        for place in where.in_model()[clause.id]:
            found.setdefault(f"{_module(place.path)}.{place.name}", []).append(clause.id)
    return found


def cited_by(name: str) -> list[str]:
    """The clauses that a function, method or table of the model implements, by its dotted name."""
    return _cited().get(name, [])


def _modules() -> Files:
    made: Files = {}
    listed = ""
    for package, (title, about, options) in _PACKAGES.items():
        names = [_module(path.relative_to(ROOT).as_posix()) for path in sorted((ROOT / package).rglob("*.py"))]
        names = [name for name in names if not name.endswith("__main__")]
        for name in names:
            text = f"{ALONE}# {name}\n\n```{{eval-rst}}\n.. automodule:: {name}\n{options}```\n"
            made[f"modules/{name}.md"] = text
        modules = "\n".join(f"* [{name}]({name}.md): {_about(name)}" for name in names)
        listed += f"\n## {title}\n\n{about}\n\n{modules}\n"
    about = (
        "Module by module, from the docstrings. `[source]` behind a name leads to its lines, and `[docs]` there back."
    )
    made["modules/index.md"] = f"# The code\n\n{about}\n{listed}"
    return made


def _about(module: str) -> str:
    """The first paragraph of a module's docstring."""
    told = importlib.import_module(module).__doc__ or ""
    return " ".join(told.split("\n\n")[0].split()).replace("*", r"\*")


def kernel_link(place: Place) -> str:
    """To a function of the kernel files."""
    return f"[`{place.name}`](#c-{place.name})"


def _kernel() -> Files:
    made: Files = {}
    cited = {ROOT / place.path for places in where.in_kernel().values() for place in places}
    files = sorted({*(ROOT / "native" / "kernel").glob("*.c"), *cited})
    for path in files:
        made[f"kernel/{path.name}.md"] = _c_page(path)
    about = (
        "The files of `native/kernel/`, compiled into Linux and into the executor, and those of `native/linux/`, for "
        "Linux only. They know no clauses: they cite decisions, and a clause names the decisions that it rests on."
    )
    made["kernel/index.md"] = f"# The kernel files\n\n{about}\n\n{toctree(path.name for path in files)}"
    return made


def _c_page(path: Path) -> str:
    """The whole file, cut in front of each function that decisions lead to."""
    decisions: dict[str, set[str]] = {}
    for decision, places in where.in_kernel().items():
        for place in places:
            if ROOT / place.path == path:
                decisions.setdefault(place.name, set()).add(decision)
    text = path.read_text(encoding="utf-8")
    lines = [f"# {path.name}", "", f"`{path.relative_to(ROOT)}`, line by line.", ""]
    done = 0
    for function in _FUNCTION.finditer(text):
        name = function["call"] or function["name"]
        if name in decisions:
            lines += _code(text, done, function.start())
            lines += [f"(c-{name})=", f"## {name}", "", _rests_on(decisions[name]), ""]
            lines += _code(text, function.start(), function.end())
            done = function.end()
    return "\n".join([*lines, *_code(text, done, len(text))])


def _code(text: str, start: int, end: int) -> list[str]:
    """A piece of a file, with the numbers of its lines."""
    piece = text[start:end].strip("\n")
    if not piece.strip():
        return []
    first = text.count("\n", 0, text.index(piece, start)) + 1
    return ["```{code-block} c", f":lineno-start: {first}", "", piece.expandtabs(), "```", ""]


def _rests_on(decisions: set[str]) -> str:
    """Decisions, each with the clauses that it stands behind."""
    told = []
    for decision in sorted(decisions, key=lambda name: int(name[1:])):
        clauses = [c.id for c in BY_NUMBER if re.search(rf"\b{decision}\b", c.source)]
        told.append(linked(decision) + (f" ({', '.join(clause_link(c) for c in clauses)})" if clauses else ""))
    return "; ".join(told)
