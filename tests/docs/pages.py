# SPDX-License-Identifier: Apache-2.0
"""The hand-written pages, and the blocks of code in them."""

import re
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from typing import Final

import attrs

ROOT: Final = Path(__file__).parents[2]
_FENCE: Final = re.compile(
    r"^(?P<tick>`{3,})(?P<language>[^`\n]*)\n(?P<text>.*?)^(?P=tick)\n", re.MULTILINE | re.DOTALL
)
_INDENTED: Final = re.compile(r"(?<=\n\n)(?: {4}[^\n]*\n)(?:(?:[ \t]*\n)*(?: {4}[^\n]*\n))*")
_SAVED: Final = re.compile(r"Save this as\s+`([\w./-]+)`[^`\n]*:\n\n\Z")
_LISTED: Final = re.compile(r"syslet [\w-]+ {2,}")
_RUN: Final = re.compile(
    r"(?:[A-Z_]+=\S+ )?(?:syslet|git|make|export|cc|man|pytest|python3|printf|cp|sed|\.venv/bin/[\w-]+)(?: (?! )|$)"
    r"|\. \.venv/"
)


@attrs.frozen
class Block:
    """A block of code: where it stands, its text from the margin, and the file that the page says it is."""

    page: str
    line: int
    language: str
    text: str
    file: str

    @property
    def kind(self) -> str:
        """What the tests do with it: empty if they do nothing."""
        first = self.text.split("\n", 1)[0]
        if first.startswith("$ "):
            return "example"
        if first == "syslet 1":
            return "program"
        if self.language == "c" or first.startswith("#include"):
            return "c"
        if all(_LISTED.match(line) for line in self.text.splitlines()):
            return "listing"
        if all(_RUN.match(line) for line in self.text.splitlines() if line):
            return "commands"
        return ""

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


@attrs.frozen
class Example:
    """A command behind a `$`, and the lines that it shows."""

    command: str
    shown: str


def pages() -> list[str]:
    """All pages that are written by hand."""
    docs = ROOT / "docs"
    found = [x for x in docs.rglob("*.md") if x.relative_to(docs).parts[0] != "made"]
    found += (ROOT / "model" / "clauses").glob("*.md")
    first = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "corpus" / "README.md")
    return [str(x.relative_to(ROOT)) for x in (*first, *sorted(found))]


def blocks(page: str) -> list[Block]:
    """The blocks of a page, in order."""
    return sorted(_blocks(page), key=lambda block: block.line)


def _blocks(page: str) -> Iterator[Block]:
    text = (ROOT / page).read_text(encoding="utf-8")
    for fence in _FENCE.finditer(text):
        yield _block(page, text, fence.start(), fence["language"], fence["text"])
    prose = _FENCE.sub(lambda fence: re.sub(r"[^\n]+", "-", fence[0]), text)
    for indented in _INDENTED.finditer(prose):
        yield _block(page, prose, indented.start(), "", dedent(indented[0]))


def _block(page: str, text: str, start: int, language: str, code: str) -> Block:
    saved = _SAVED.search(text, 0, start)
    return Block(page, text.count("\n", 0, start) + 1, language, code.strip("\n") + "\n", saved[1] if saved else "")


def examples(block: Block) -> list[Example]:
    """The commands of an example, each with what follows it."""
    found = re.split(r"^\$ ([^\n]*)\n", block.text, flags=re.MULTILINE)
    assert found[0] == "", f"{block} does not begin with a command"
    return [Example(command, shown) for command, shown in zip(found[1::2], found[2::2], strict=True)]
