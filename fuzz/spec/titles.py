# SPDX-License-Identifier: Apache-2.0
"""What a clause is called: its id and its sentence, and a short form of that for headings."""

import re
from typing import Final

from model.clauses import Clause

_LONGEST: Final = 72
"""Characters of a sentence in a heading."""
_LEAST: Final = 44
"""Characters that are left at least where a sentence is cut between its parts."""
_PARTS: Final = (": ", "; ", ", ")
_NO_ENDS: Final = re.compile(
    r"(?: (?:an?|and|any|as|at|before|by|from|if|in|is|its|of|on|or|that|the|then|this|to|with))+$"
)
"""Words that a cut does not leave at the end."""


def title(clause: Clause) -> str:
    """`RING-3 · A slot that is not NULL: the event is lost, slot and index stay`; a long sentence is cut."""
    return f"{clause.id} \N{MIDDLE DOT} {_short(clause.text.removesuffix('.'))}"


def _short(sentence: str) -> str:
    if len(sentence) <= _LONGEST:
        return sentence
    within = sentence[:_LONGEST]
    cuts = [within.rfind(mark) for mark in _PARTS]
    cut = max(cuts)
    if cut < _LEAST:
        cut = len(_NO_ENDS.sub("", within[: within.rfind(" ")]))
    return _balanced(within[:cut]).rstrip(" ,;:") + " \N{HORIZONTAL ELLIPSIS}"


def _balanced(text: str) -> str:
    """Without a bracket or a backtick that is not closed, and what follows it."""
    if text.count("(") > text.count(")"):
        text = text[: text.rindex("(")]
    return text[: text.rindex("`")] if text.count("`") % 2 else text
