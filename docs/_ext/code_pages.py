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
from fuzz.spec.source import Place
from model.clauses import BY_NUMBER, CLAUSES

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


_FOLDERS: Final = {
    "native/kernel/": "",
    "native/linux/": "linux-",
    "native/host/": "host-",
    "native/executor/": "executor-",
    "native/lib/": "lib-",
}
"""C files by where they are, and what their pages and labels begin with: some names are there twice."""


def _prefix(path: str) -> str:
    return next(prefix for folder, prefix in _FOLDERS.items() if path.startswith(folder))


def kernel_link(place: Place) -> str:
    """To a C function."""
    return f"[`{place.name}`](#c-{_prefix(place.path)}{place.name})"


def c_pages() -> dict[str, Path]:
    """Pages of C files, and the files: those of `native/kernel/`, and all to which a clause or a decision leads."""
    cited = {ROOT / place.path for places in where.in_c().values() for place in places}
    files = sorted({*(ROOT / "native" / "kernel").glob("*.c"), *cited})
    return {f"kernel/{_prefix(path.relative_to(ROOT).as_posix())}{path.name}.md": path for path in files}


def _kernel() -> Files:
    made: Files = {name: _c_page(path) for name, path in c_pages().items()}
    about = (
        "The files of `native/kernel/`, compiled into Linux and into the executor, and the functions around them to "
        "which clauses lead: `linux-` is for Linux only, `host-` the world of the executor, `executor-` user mode of a "
        "program, `lib-` the library."
    )
    listed = toctree(name.removeprefix("kernel/").removesuffix(".md") for name in made)
    made["kernel/index.md"] = f"# The kernel files\n\n{about}\n\n{listed}"
    return made


def _c_page(path: Path) -> str:
    """The whole file, cut in front of each function to which something leads."""
    file = path.relative_to(ROOT).as_posix()
    named = {place.name for places in where.in_c().values() for place in places if place.path == file}
    text = path.read_text(encoding="utf-8")
    lines = [f"# {path.name}", "", f"`{file}`, line by line.", ""]
    done = 0
    for function in _FUNCTION.finditer(text):
        name = function["call"] or function["name"]
        if name in named:
            lines += _code(text, done, function.start())
            lines += [f"(c-{_prefix(file)}{name})=", f"## {name}", "", *_rests_on(file, name)]
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


def _rests_on(file: str, name: str) -> list[str]:
    """The clauses that lead to a function, and the decisions and sections that it cites."""
    cited = sorted(
        cites
        for cites, places in where.in_c().items()
        if cites not in CLAUSES and any((place.path, place.name) == (file, name) for place in places)
    )
    told = []
    clauses = _cited_in_c().get((file, name), [])
    if clauses:
        told += [f"Clauses: {', '.join(map(clause_link, clauses))}.", ""]
    if cited:
        told += [f"Rests on {', '.join(map(linked, cited))}.", ""]
    return told


@cache
def _cited_in_c() -> dict[tuple[str, str], list[str]]:
    found: dict[tuple[str, str], list[str]] = {}
    for clause in BY_NUMBER:
        for function in dict.fromkeys((place.path, place.name) for place in where.c_places(clause)):
            found.setdefault(function, []).append(clause.id)
    return found
