# SPDX-License-Identifier: Apache-2.0
"""One word for one thing: words that the glossary has another word for, and where they may stand all the same."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SAY = {
    r"cache-?miss(?:es)?": "hand-over",
    r"hand(?:ing|ed|s)? ?over thread": "spare",
    r"handovers?|handoffs?|hand-offs?": "hand-over",
    r"(?:event|result|notification) (?:ring|queue)s?|ring ?buffers?|completion queues?": "completion ring",
    r"worker(?: thread)?s?|helper threads?": "busy task, or spare",
    r"idle (?:task|thread)s?|pool threads?|free threads?": "spare",
    r"syslet chains?|atom (?:list|chain)s?": "chain",
    r"wakeups?": "wake-up",
    r"test ?cases? files?|litmus tests? files?": "litmus file",
    r"thread[- ]lets?": "threadlet",
    r"uatoms?": "atom",
    r"mismatch(?:es)?|discrepanc(?:y|ies)": "divergence",
}
"""A discouraged word, as a pattern, and the word to use."""
HISTORY = ("docs/spec/facts.md", "docs/glossary.md", "docs/versions.md")
"""Here the words of the patches are told, or explained."""
CODE = re.compile(r"```.*?```|`[^`]*`|^(?: {4}|\t)[^\n]*$|\]\([^)]*\)", re.MULTILINE | re.DOTALL)


def prose() -> list[Path]:
    docs = ROOT / "docs"
    found = [x for x in docs.rglob("*.md") if x.relative_to(docs).parts[0] != "made"]
    return [ROOT / "README.md", ROOT / "corpus" / "README.md", *sorted(found)]


def discouraged(text: str) -> list[str]:
    """What is wrong with a text."""
    found = [(re.finditer(rf"(?<![\w-])(?:{word})(?![\w-])", text, re.IGNORECASE), say) for word, say in SAY.items()]
    return [f"{match[0]!r}: say {say}" for matches, say in found for match in matches]


@pytest.mark.parametrize("page", prose(), ids=lambda x: str(x.relative_to(ROOT)))
def test_a_page_uses_the_words_of_the_glossary(page: Path) -> None:
    if str(page.relative_to(ROOT)) not in HISTORY:
        assert discouraged(CODE.sub(" ", page.read_text())) == []


def test_the_corpus_uses_the_words_of_the_glossary() -> None:
    for path in sorted((ROOT / "corpus").rglob("*.syslet")):
        comments = " ".join(re.findall(r"^# (.*)$", path.read_text(), re.MULTILINE))
        assert discouraged(comments) == [], path.name


def test_every_word_is_looked_for() -> None:
    assert discouraged("A cachemiss wakes the worker thread.") == [
        "'cachemiss': say hand-over",
        "'worker thread': say busy task, or spare",
    ]
    assert discouraged("The hand-over: a spare takes over, and a wake-up comes.") == []


def test_code_ends_where_it_ends() -> None:
    text = CODE.sub(" ", "`worker`\n\n    worker\n\n```c\nworker\n```\n\nThe worker waits.\n")
    assert discouraged(text) == ["'worker': say busy task, or spare"]


def words() -> list[str]:
    return re.findall(r"^(\S[^\n]*)\n: ", (ROOT / "docs" / "glossary.md").read_text(), re.MULTILINE)


def test_the_glossary_is_in_order_and_knows_what_is_recommended() -> None:
    assert words() == sorted(words(), key=str.casefold)
    assert {"hand-over", "completion ring", "spare", "busy", "chain", "litmus file", "threadlet", "divergence"} <= set(
        words()
    )
