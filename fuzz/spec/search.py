# SPDX-License-Identifier: Apache-2.0
"""Clauses by what they speak of: a word is looked for in all that an entry says, a field also as sentences call it."""

import re
from collections.abc import Iterator
from typing import Final

import attrs

from fuzz.spec import decisions, switches
from fuzz.spec.chapters import chapter_of
from model.clauses import BY_NUMBER, CLAUSES, Clause

_INDEX: Final = r"kernel index|(?<!user )\bindex\b(?! argument)|\bindices\b"
_USER_INDEX: Final = r"user index|index argument|\bindices\b"
_PAIR: Final = r"restore pair"
_HEAD_PAIR: Final = r"head_stack|" + _PAIR
_HEAD_WORDS: Final = ("head pair", "head's pair", "head's own stack", "head's own ip")
_NEW_STACK: Final = r"new thread's stack|\ba stack for one|but with a stack"
_NEW_IP: Final = r"new thread's stack or ip"
_RING: Final = r"\brings?\b|\bslots?\b"
_SIZE: Final = r"(?<!atom )\bsize\b|modulo the slots"
_MEANT: Final[dict[str, str]] = {
    # Fields, as the structures and as program texts call them; the last two had other names in v3.
    "kernel_ring_idx": _INDEX, "kernel_idx": _INDEX, "user_ring_idx": _USER_INDEX, "user_idx": _USER_INDEX,
    "completion_ring": _RING, "ring_size_bytes": _SIZE, "head_stack": _PAIR, "head_ip": _PAIR, "head_eip": _PAIR,
    "new_thread_stack": _NEW_STACK, "new_thread_ip": _NEW_IP, "new_ip": _NEW_IP, "new_thread_eip": _NEW_IP,
    "arg_ptr": r"argument pointer", "syslet_uatom": r"\batoms?\b", "async_head_user": r"ring state|ring word",
    # Words of the glossary that sentences say otherwise.
    "completion ring": _RING, "spare": r"\bready (?:task|list)", "ready": r"\bspares?\b", "parked": r"\bparks\b",
    **dict.fromkeys(_HEAD_WORDS, _HEAD_PAIR), "stack word": r"new_thread_stack",
    "block": r"\bsleeps?\b|\bslept\b", "full": r"slot that is not NULL",
    "hand-over": r"\bhands\b.* over\b", "cachemiss": r"\bhands\b.* over\b|\bhand-over\b",
}  # fmt: skip
"""What a word is called in sentences that do not have it."""
_AROUND: Final = 36
_CALLED: Final = re.compile(r"([A-Za-z]+)[-_ ]?(\d+)")


@attrs.frozen
class Match:
    """A clause, and where the word stands in it: empty for its sentence or id, which the reader sees anyway."""

    clause: Clause
    where: str


def search(word: str) -> list[Match]:
    """Clauses that have this text at the beginning of a word, whatever its case, or what it means.

    Those whose id it is, or begins, come first.
    """
    word = _id(word)
    wanted = re.compile(rf"(?<![^\W_]){re.escape(_plain(word))}", re.IGNORECASE)
    found = []
    for clause in BY_NUMBER:
        where = next(_places(clause, wanted, word.casefold()), None)
        if where is not None:
            found.append(Match(clause, where))
    return sorted(found, key=lambda match: not is_called(match.clause, word))


def is_called(clause: Clause, word: str) -> bool:
    """Whether a word is the clause's id, or its chapter in it."""
    return _id(word).upper() in (clause.id, chapter_of(clause))


def _id(word: str) -> str:
    """`RING_3`, `ring 3` and `ring3` mean RING-3; any other word stays as it is."""
    called = _CALLED.fullmatch(word.strip())
    name = f"{called[1]}-{called[2]}" if called else ""
    return name if name.upper() in CLAUSES else word


def _plain(text: str) -> str:
    return text.replace("`", "")


def _places(clause: Clause, wanted: re.Pattern[str], word: str) -> Iterator[str]:
    """Where the word stands in a clause, the plainest first."""
    if wanted.search(f"{clause.id} {_plain(clause.text)}"):
        yield ""
    for name, meant in _MEANT.items():
        if name == word or ("_" in word and name.startswith(word)):
            said = re.search(meant, clause.text, re.IGNORECASE)
            if said:
                yield f'the sentence says "{said[0]}" for {name}'
    why = wanted.search(_plain(clause.why))
    if why:
        yield f"in the reason: {_excerpt(_plain(clause.why), why)}"
    for label, text in (("source", clause.source), ("condition", clause.only or "")):
        if wanted.search(text):
            yield f"in the {label}: {text}"
    if clause.switch:
        values = ", ".join(value.name for value in switches.values(clause.switch))
        if wanted.search(f"{clause.switch} {values}"):
            yield f"in the switch: {clause.switch} ({values})"
    yield from _in_decisions(clause, re.compile(_HEAD_PAIR) if word in _HEAD_WORDS else wanted)
    if wanted.fullmatch(clause.confidence.value):
        yield f"in the confidence: {clause.confidence.value}"


def _in_decisions(clause: Clause, wanted: re.Pattern[str]) -> Iterator[str]:
    for decision in decisions.cited(clause.source):
        text = _plain(f"{decision.text}; {decision.others}")
        said = wanted.search(text)
        if said:
            yield f"in decision {decision.name}: {_excerpt(text, said)}"


def _excerpt(text: str, match: re.Match[str]) -> str:
    """The word with some words before and behind it."""
    start, end = max(match.start() - _AROUND, 0), min(match.end() + _AROUND, len(text))
    if start:
        start = text.find(" ", start, match.start() + 1) + 1 or match.start()
    if end < len(text):
        end = max(text.rfind(" ", match.end(), end), match.end())
    return f"{'… ' * bool(start)}{text[start:end]}{' …' * (end < len(text))}"
