# SPDX-License-Identifier: Apache-2.0
"""Pages that are made from the project itself: clauses, litmus files, switches, commands, modules.

They are written below `docs/made/`, which is not kept, before Sphinx reads its sources. A page that did not change
is not written again, so a second build is quick.
"""

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import attrs
import click
from sphinx.application import Sphinx

ROOT: Final = Path(__file__).parents[2]
MADE: Final = ROOT / "docs" / "made"
sys.path.insert(0, str(ROOT))

from fuzz.cli import syslet  # noqa: E402
from fuzz.text import parse  # noqa: E402
from model.clauses import BY_NUMBER, Clause  # noqa: E402
from model.variant import Variant  # noqa: E402

Pages = dict[str, str]


def _chapters() -> dict[str, list[Clause]]:
    found: dict[str, list[Clause]] = defaultdict(list)
    for clause in BY_NUMBER:
        found[clause.id.rsplit("-", 1)[0]].append(clause)
    return found


def _functions(path: Path) -> Iterator[tuple[str, set[str]]]:
    """Each function of a module with the clauses that it cites."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef):
            cited = {
                x.attr.replace("_", "-")
                for x in ast.walk(node)
                if isinstance(x, ast.Attribute) and isinstance(x.value, ast.Name) and x.value.id == "clauses"
            }
            if cited:
                yield node.name, cited


def _implementers() -> dict[str, list[str]]:
    """Clause → dotted names of the functions that implement it."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted((ROOT / "model").rglob("*.py")):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for name, cited in _functions(path):
            for clause in cited:
                found[clause].append(f"{module}.{name}")
    return found


@attrs.frozen
class Example:
    """A file of the corpus."""

    folder: str
    name: str
    text: str
    clauses: tuple[str, ...]
    title: str

    @property
    def link(self) -> str:
        """Its page, seen from the folder of another kind of made page."""
        return f"[{self.name}](../{self.folder}/{self.name}.md)"


def _examples() -> list[Example]:
    found = []
    for path in sorted((ROOT / "corpus").rglob("*.syslet")):
        text = path.read_text()
        case = parse(text, path.name)
        cited = tuple(value.split()[0] for key, value in case.meta if key == "clause")
        comment = re.search(r"^# (.+)$", text, re.MULTILINE)
        found.append(Example(path.parent.name, path.stem, text, cited, comment.group(1) if comment else path.stem))
    return found


def _clause_section(clause: Clause, implementers: list[str], shown: list[Example], broke: list[Example]) -> str:
    lines = [f"({clause.id})=", f"## {clause.id}", "", clause.text, ""]
    if clause.why:
        lines += [f"*Why:* {clause.why}", ""]
    lines += [f"Confidence: **{clause.confidence.value}**", f": source {_sources(clause.source)}", ""]
    if clause.switch:
        lines += [f"Switch: [`{clause.switch}`](../switches.md#{clause.switch.replace('_', '-')})", ""]
    if clause.only:
        lines += [f"It applies only with `{clause.only}`.", ""]
    if implementers:
        lines += ["Implemented by " + ", ".join(f"{{py:func}}`{x}`" for x in implementers) + ".", ""]
    if shown:
        lines += ["Shown by " + ", ".join(x.link for x in shown) + ".", ""]
    if broke:
        lines += ["Once broken: " + ", ".join(x.link for x in broke) + ".", ""]
    return "\n".join(lines)


def _sources(source: str) -> str:
    """D numbers and sections as links to where they stand."""
    def linked(match: re.Match[str]) -> str:
        number = match.group(0)
        if number.startswith("D"):
            page = "facts.md" if int(number[1:]) <= 34 else "decisions.md"
            return f"[{number}](../../spec/{page})"
        return f"[{number}](../../spec/facts.md)"

    return re.sub(r"\bD\d+\b|\b\d+(?:\.\d+)+\b", linked, source)


def clause_pages(examples: list[Example]) -> Pages:
    """One page for each chapter, one section for each clause: `RING-4` keeps its anchor `ring-4` for good."""
    implementers = _implementers()
    pages: Pages = {}
    listed = []
    for prefix, members in _chapters().items():
        parts = [f"# {prefix}", ""]
        for clause in members:
            shown = [x for x in examples if x.folder == "litmus" and clause.id in x.clauses]
            broke = [x for x in examples if x.folder == "regressions" and clause.id in x.clauses]
            parts.append(_clause_section(clause, sorted(set(implementers[clause.id])), shown, broke))
        pages[f"clauses/{prefix.lower()}.md"] = "\n".join(parts)
        listed.append(prefix.lower())
    toctree = "\n".join(listed)
    pages["clauses/index.md"] = f"# Clauses\n\nEach numbered sentence of the specification.\n\n" + _toctree(toctree)
    return pages


def _toctree(entries: str) -> str:
    return f":::{{toctree}}\n:maxdepth: 1\n\n{entries}\n:::\n"


def example_pages(examples: list[Example]) -> Pages:
    """One page for each file of the corpus."""
    pages: Pages = {}
    names: dict[str, list[str]] = defaultdict(list)
    anchors = {c.id: f"../clauses/{c.id.rsplit('-', 1)[0].lower()}.md#{c.id.lower()}" for c in BY_NUMBER}
    for example in examples:
        links = ", ".join(f"[{x}]({anchors[x]})" for x in example.clauses if x in anchors)
        picture = MADE / example.folder / f"{example.name}.svg"
        lines = [f"# {example.name}", "", example.title, ""]
        if links:
            lines += [f"Clauses: {links}", ""]
        lines += ["```text", example.text.rstrip(), "```", ""]
        if picture.exists():
            lines += [f":::{{figure}} {example.name}.svg\n:alt: the run of {example.name} as a picture\n:::", ""]
        pages[f"{example.folder}/{example.name}.md"] = "\n".join(lines)
        names[example.folder].append(example.name)
    titles = {"litmus": "Litmus files", "seeds": "Seeds", "regressions": "Regressions"}
    for folder, members in names.items():
        pages[f"{folder}/index.md"] = f"# {titles[folder]}\n\n" + _toctree("\n".join(members))
    return pages


def switch_page() -> Pages:
    """Every switch with its values; the first is the pinned one."""
    lines = ["# Switches", "", "What the sources leave open. The pinned value comes first.", ""]
    for field in attrs.fields(Variant):
        kind: Any = field.type
        lines += [f"## {field.name.replace('_', '-')}", ""]
        doc = getattr(kind, "__doc__", None)
        if doc and hasattr(kind, "__members__"):
            lines += [f"`{field.name}`: {doc}", ""]
            lines += [f"* `{member.value}`" for member in kind] + [""]
    return {"switches.md": "\n".join(lines)}


def command_page() -> Pages:
    """What `--help` prints, for each command."""
    lines = ["# Commands", ""]
    with click.Context(syslet, info_name="syslet") as context:
        lines += ["```text", syslet.get_help(context), "```", ""]
        for name in syslet.list_commands(context):
            command = syslet.get_command(context, name)
            assert command is not None
            with click.Context(command, info_name=name, parent=context) as inner:
                lines += [f"## syslet {name}", "", "```text", command.get_help(inner), "```", ""]
    return {"commands.md": "\n".join(lines)}


def module_pages() -> Pages:
    """One page for each module of the specification, with its source behind it."""
    pages: Pages = {}
    names = []
    for path in sorted((ROOT / "model").rglob("*.py")):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        text = f"# {module}\n\n```{{eval-rst}}\n.. automodule:: {module}\n   :private-members:\n   :undoc-members:\n```\n"
        pages[f"modules/{module}.md"] = text
        names.append(module)
    pages["modules/index.md"] = "# The code of the specification\n\n" + _toctree("\n".join(names))
    return pages


def make(app: Sphinx) -> None:
    """Write what differs, and take away what is no longer made."""
    examples = _examples()
    pages = {
        **clause_pages(examples), **example_pages(examples), **switch_page(), **command_page(), **module_pages(),
    }  # fmt: skip
    for path in MADE.rglob("*.md"):
        if str(path.relative_to(MADE)) not in pages:
            path.unlink()
    for name, text in pages.items():
        path = MADE / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text() != text:
            path.write_text(text)


def setup(app: Sphinx) -> dict[str, Any]:
    """Called by Sphinx."""
    app.connect("builder-inited", make)
    return {"parallel_read_safe": True}
