# SPDX-License-Identifier: Apache-2.0
"""Finds dead links in a built site (files, anchors and pictures), and clauses and decisions that are no links.

`python check_links.py site` exits with 1 if there are some.

Links to other sites are not followed.
"""

import re
import sys
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

_NAME: Final = re.compile(r"(?<![\w.-])(?:[A-Z]{4,}-\d+|[DF]\d+)(?![\w-])")
_NO_PROSE: Final = {"a", "code", "pre", "script", "style", "title", "h1", "h2", "h3", "dt"}
_EMPTY: Final = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


class _Page(HTMLParser):
    """What a page links to, what can be linked to in it, and the names in its prose that lead nowhere."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.names: list[str] = []
        self._inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _EMPTY:
            self._inside.append(tag)
        for name, value in attrs:
            if name == "id" and value:
                self.anchors.add(value)
            elif name in ("href", "src") and value:
                self.links.append(value)

    def handle_endtag(self, tag: str) -> None:
        while self._inside and self._inside.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if "article" in self._inside and not _NO_PROSE.intersection(self._inside):
            self.names += _NAME.findall(data)


@cache
def _page(path: Path) -> _Page:
    page = _Page()
    page.feed(path.read_text(encoding="utf-8"))
    return page


def dead_links(site: Path) -> Iterator[str]:
    """A line for each link that leads nowhere."""
    for path in sorted(site.rglob("*.html")):
        for link in dict.fromkeys(_page(path).links):
            wrong = _wrong(path, link)
            if wrong:
                yield f"{path.relative_to(site)}: {link}: {wrong}"


def mute_names(site: Path) -> Iterator[str]:
    """A line for each clause or decision that prose names without a link; its own row or section may."""
    known = {anchor for path in site.rglob("*.html") for anchor in _page(path).anchors}
    for path in sorted(site.rglob("*.html")):
        page = _page(path)
        for name in dict.fromkeys(page.names):
            if name.lower() in known - page.anchors:
                yield f"{path.relative_to(site)}: {name}: no link"


def _wrong(path: Path, link: str) -> str:
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return ""
    target = (path.parent / unquote(parts.path)).resolve() if parts.path else path.resolve()
    if target.is_dir():
        target /= "index.html"
    if not target.is_file():
        return "no such file"
    if parts.fragment and target.suffix == ".html" and unquote(parts.fragment) not in _page(target).anchors:
        return "no such anchor"
    return ""


def main() -> int:
    """The exit status for the folder in the first argument."""
    site = Path(sys.argv[1])
    found = [*dead_links(site), *mute_names(site)]
    pages = sum(1 for _ in site.rglob("*.html"))
    print("\n".join(found) or f"no dead links in {pages} pages")
    return bool(found) or not pages


if __name__ == "__main__":
    raise SystemExit(main())
