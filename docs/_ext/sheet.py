# SPDX-License-Identifier: Apache-2.0
"""Anchors in the fact sheet and the list of decisions, and links to them from a clause's source."""

import re
from typing import Final

_SECTION: Final = re.compile(r"^(#{2,3}) (\d+(?:\.\d+)?)[. ]", re.MULTILINE)
_DECISION: Final = re.compile(r"^\| (D\d+) \|", re.MULTILINE)
_SOURCE: Final = re.compile(r"\bD\d+\b|\b\d+(?:\.\d+)?\b")


def section_anchor(number: str) -> str:
    """`sheet-4-2` for section 4.2 of the fact sheet."""
    return f"sheet-{number.replace('.', '-')}"


def with_anchors(text: str) -> str:
    """A page of `docs/spec/` with a name at each section that has a number, and at each decision."""
    named = _SECTION.sub(lambda m: f"({section_anchor(m[2])})=\n{m[0]}", text)
    return _DECISION.sub(lambda m: f"| [{m[1]}]{{#{m[1].lower()}}} |", named)


def with_links(text: str, up: str) -> str:
    """The list of clauses in the repository is several pages with pictures on the site."""
    return re.sub(r"\]\((?:\.\./)*(?:spec/)?clauses\.md(?:#[\w-]+)?\)", f"]({up}made/clauses/index.md)", text)


def linked(source: str) -> str:
    """`4.2, D11` with a link for each part, from any page."""

    def link(match: re.Match[str]) -> str:
        name = match[0]
        return f"[{name}](#{name.lower()})" if name.startswith("D") else f"[{name}](#{section_anchor(name)})"

    return _SOURCE.sub(link, source)
