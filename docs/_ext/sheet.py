# SPDX-License-Identifier: Apache-2.0
"""Anchors in the fact sheet and the list of decisions, and links to them from a clause's source."""

import re
from typing import Final

SECTION: Final = re.compile(r"^(#{2,3}) (\d+(?:\.\d+)?)[. ]", re.MULTILINE)
DECISION: Final = re.compile(r"^\| ([DF]\d+) \|", re.MULTILINE)
"""A row of a decision, or of one of the known problems of section 9."""
_WORD: Final = re.compile(r"^(\S[^\n]*)\n(?=: )", re.MULTILINE)
_TO_WORD: Final = re.compile(r"\]\((?:\.\./)*glossary\.md(#word-[\w-]+)\)")
_LINK: Final = re.compile(r"\]\((?:\.\./)*([^)#:\s]+)(#[\w-]+)?\)")
_ON_THE_SITE: Final = (
    (r"(?:spec/)?clauses\.md", "clauses/index.md"),
    (r"corpus/(litmus|regressions|seeds)/?", r"\1/index.md"),
    (r"corpus/(litmus|regressions|seeds)/([\w-]+)\.syslet", r"\1/\2.md"),
    (r"model/clauses/(facts|decisions)\.md(#[\w-]+)?", r"\1.md\2"),
    (r"model/variant\.py", "switches.md"),
    (r"fuzz/cli/?", "commands.md"),
    (r"native/kernel/?", "kernel/index.md"),
    (r"native/lib/man/?", "man/index.md"),
    (r"native/lib/man/(\w+\.\d)", r"man/\1.md"),
)
"""Places of the project, without the way up to them, and their pages below `docs/made/`."""
_SOURCE: Final = re.compile(r"\bD\d+\b|\b\d+(?:\.\d+)?\b")


def section_anchor(number: str) -> str:
    """`sheet-4-2` for section 4.2 of the fact sheet."""
    return f"sheet-{number.replace('.', '-')}"


def with_anchors(text: str) -> str:
    """The fact sheet, or the decisions, with a name at each section that has a number, and at each decision."""
    named = SECTION.sub(lambda m: f"({section_anchor(m[2])})=\n{m[0]}", text)
    return DECISION.sub(lambda m: f"| [{m[1]}]{{#{m[1].lower()}}} |", named)


def with_words(text: str) -> str:
    """The glossary with a name at each word, `word-hand-over`, that `glossary.md#word-hand-over` on a page leads to."""
    return _WORD.sub(lambda m: f"[{m[1]}]{{#word-{'-'.join(re.findall('[a-z]+', m[1]))}}}\n", text)


def with_links(text: str, up: str) -> str:
    """What a page in a checkout links to is a page with pictures on the site."""
    text = _TO_WORD.sub(r"](\1)", text)

    def link(match: re.Match[str]) -> str:
        for place, page in _ON_THE_SITE:
            for wanted in (match[1] + (match[2] or ""), match[1]):
                if found := re.fullmatch(place, wanted):
                    return f"]({up}made/{found.expand(page)})"
        return match[0]

    return _LINK.sub(link, text)


def linked(source: str) -> str:
    """`4.2, D11` with a link for each part, from any page."""

    def link(match: re.Match[str]) -> str:
        name = match[0]
        return f"[{name}](#{name.lower()})" if name.startswith("D") else f"[{name}](#{section_anchor(name)})"

    return _SOURCE.sub(link, source)
