# SPDX-License-Identifier: Apache-2.0
"""Where made pages go, and the small pieces that all of them use."""

from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
MADE: Final = ROOT / "docs" / "made"
SHEETS: Final = {
    name: (ROOT / "model" / "clauses" / name).read_text(encoding="utf-8") for name in ("facts.md", "decisions.md")
}
"""The fact sheet and the decisions, which lie beside the clauses that cite them; on the site they are made pages."""
ALONE: Final = "---\norphan: true\n---\n\n"
"""Begins a page that only an index lists: with hundreds in the navigation of each page a build would take minutes."""

Files = dict[str, str]
"""Texts by their paths below `docs/made/`."""


def write(files: Files, folder: Path) -> None:
    """Make a folder hold these files and no others, touching only those that differ."""
    for path in [x for x in folder.rglob("*") if x.is_file()]:
        if path.relative_to(folder).as_posix() not in files:
            path.unlink()
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def toctree(entries: Iterable[str]) -> str:
    """The list of a chapter's pages, as the navigation needs it."""
    return "\n".join([":::{toctree}", ":maxdepth: 1", "", *entries, ":::", ""])


def case_link(path: str, anchor: str = "") -> str:
    """A link from a made page in a folder to the page of a file of the corpus."""
    case = PurePosixPath(path)
    return f"[{case.stem}](../{case.parent.name}/{case.stem}.md{anchor})"


def clause_link(clause: str) -> str:
    """A link to a clause's permanent anchor, from any page."""
    return f"{{ref}}`{clause} <{clause.lower()}>`"


def switch_link(switch: str, value: str = "") -> str:
    """A link to a switch or one of its values, from any page."""
    return f"[`{f'{switch}={value}' if value else switch}`](#switch-{switch})"
