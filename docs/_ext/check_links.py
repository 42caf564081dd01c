# SPDX-License-Identifier: Apache-2.0
"""Finds dead links in a built site: files, anchors and pictures.

`python check_links.py site` exits with 1 if there are some.

Links to other sites are not followed.
"""

import sys
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit


class _Page(HTMLParser):
    """What a page links to, and what can be linked to in it."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.anchors: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id" and value:
                self.anchors.add(value)
            elif name in ("href", "src") and value:
                self.links.append(value)


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
    found = list(dead_links(site))
    print("\n".join(found) or f"no dead links in {sum(1 for _ in site.rglob('*.html'))} pages")
    return bool(found)


if __name__ == "__main__":
    raise SystemExit(main())
