# SPDX-License-Identifier: Apache-2.0
"""Chapters: what the part of a clause's id before its number stands for, in the order of reading."""

import re
from typing import Final

from model.clauses import BY_NUMBER, Clause

CHAPTERS: Final = {
    "ENTRY": "Entering the kernel", "FETCH": "Fetching an atom", "ATOM": "Executing an atom", "STOP": "Stop conditions",
    "NEXT": "The successor", "EXEC": "What async_exec returns", "MOVE": "The hand-over", "RING": "Completion",
    "POOL": "Becoming ready", "WAIT": "async_wait", "UMEM": "umem_add", "THREAD": "Threadlets", "EXIT": "Exit",
    "FILE": "Open files", "FD": "Descriptors", "PIPE": "Pipes", "EVENTFD": "Eventfds", "FUTEX": "Futexes",
    "TIME": "Time", "IDENT": "Identity", "YIELD": "sched_yield", "PAGE": "Cold pages", "STEP": "Programs",
    "OBJECT": "Preemption inside objects", "GROUP": "Several threads",
    "OPAQUE": "Opaque calls",
}  # fmt: skip
_NO_SUBJECTS: Final = frozenset(("the", "an", "what"))
_LEAST: Final = 3
"""Letters that a word must have to stand for a longer one."""


def chapter_of(clause: Clause) -> str:
    """`RING` of RING-4."""
    return clause.id.rsplit("-", 1)[0]


def by_chapter() -> list[tuple[str, list[Clause]]]:
    """Each chapter with its clauses in the order of their numbers."""
    return [(prefix, [c for c in BY_NUMBER if chapter_of(c) == prefix]) for prefix in CHAPTERS]


def titled(words: str) -> list[str]:
    """Chapters whose title has all these words, or words that begin so, whatever their case and number."""
    wanted = words.casefold().split()
    return [prefix for prefix in CHAPTERS if wanted and all(_has(prefix, word) for word in wanted)]


def _has(prefix: str, word: str) -> bool:
    title = f"{prefix} {CHAPTERS[prefix]}".casefold()
    parts = {*title.split(), *re.findall(r"[^\W_]+", title)} - _NO_SUBJECTS
    return any(
        word in (part, f"{part}s", f"{part}es") or (len(word) >= _LEAST and part.startswith(word)) for part in parts
    )
