# SPDX-License-Identifier: Apache-2.0
"""One word for one thing: words that the glossary has another word for, and where they may stand all the same."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from fuzz.cli import syslet
from model.clauses import BY_NUMBER
from tests.docs.pages import pages

ROOT = Path(__file__).parents[2]
SAY = {
    r"cache-?miss(?:es)?": "hand-over",
    r"hand(?:ing|ed|s)? ?over thread": "spare",
    r"handovers?|handoffs?|hand-offs?": "hand-over",
    r"(?:event|result|notification) (?:ring|queue)s?|ring ?buffers?|completion queues?": "completion ring",
    r"worker(?: thread)?s?|helper threads?": "busy task, or spare",
    r"(?:busy|ready) threads?": "busy task, or ready task",
    r"idle (?:task|thread)s?|pool threads?|free threads?": "spare",
    r"syslet chains?|atom (?:list|chain)s?": "chain",
    r"wakeups?": "wake-up",
    r"test ?cases? files?|litmus tests? files?": "litmus file",
    r"thread[- ]lets?": "threadlet",
    r"uatoms?": "atom",
    r"mismatch(?:es)?|discrepanc(?:y|ies)": "divergence",
    r"(?:scheduling )?decision points?|scheduling decisions?": "choice point",
    r"(?:preemption|scheduling|yield) points?": "schedule point",
    r"kernel's files?|kernel sources?|kernel C files?": "kernel file",
    r"promises? R\d+|R\d+": "what is promised",
}
"""A discouraged word, as a pattern, and the word to use."""
HISTORY = ("model/clauses/facts.md", "docs/glossary.md", "docs/versions.md")
"""Here the words of the patches are told, or explained."""
CODE = re.compile(r"```.*?```|`[^`]*`|^(?: {4}|\t)[^\n]*$|\]\([^)]*\)", re.MULTILINE | re.DOTALL)


def discouraged(text: str) -> list[str]:
    """What is wrong with a text."""
    found = [(re.finditer(rf"(?<![\w-])(?:{word})(?![\w-])", text, re.IGNORECASE), say) for word, say in SAY.items()]
    return [f"{match[0]!r}: say {say}" for matches, say in found for match in matches]


@pytest.mark.parametrize("page", sorted(set(pages()) - set(HISTORY)))
def test_a_page_uses_the_words_of_the_glossary(page: str) -> None:
    assert discouraged(CODE.sub(" ", (ROOT / page).read_text())) == []


def test_the_corpus_uses_the_words_of_the_glossary() -> None:
    for path in sorted((ROOT / "corpus").rglob("*.syslet")):
        comments = " ".join(re.findall(r"^# (.*)$", path.read_text(), re.MULTILINE))
        assert discouraged(comments) == [], path.name


def test_clauses_use_the_words_of_the_glossary() -> None:
    for clause in BY_NUMBER:
        assert discouraged(CODE.sub(" ", f"{clause.text} {clause.why}")) == [], clause.id


def helps(command: click.Command, above: click.Context | None = None) -> Iterator[tuple[str, str]]:
    """Each command's path and its help; with its settings, since click keeps the option as it is first made."""
    context = click.Context(command, above, info_name=command.name, **command.context_settings)
    yield context.command_path, command.get_help(context)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            yield from helps(below, context)


def test_helps_use_the_words_of_the_glossary() -> None:
    told = dict(helps(syslet))
    assert "syslet explain" in told
    for name, text in told.items():
        assert discouraged(text) == [], name


def test_manual_pages_use_the_words_of_the_glossary() -> None:
    pages = sorted((ROOT / "native" / "lib" / "man").glob("*.[237]"))
    assert len(pages) > 20
    for page in pages:
        text = re.sub(r"^\.nf.*?^\.fi", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
        assert discouraged(text.replace("\\-", "-")) == [], page.name


def test_docstrings_use_the_words_of_the_glossary() -> None:
    for folder in ("model", "fuzz", "native"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            nodes = (ast.Module, ast.ClassDef, ast.FunctionDef)
            for node in (x for x in ast.walk(ast.parse(path.read_text())) if isinstance(x, nodes)):
                assert discouraged(CODE.sub(" ", ast.get_docstring(node) or "")) == [], path


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
    recommended = {word for say in SAY.values() for word in re.split(r", or ", say)} - {"what is promised"}
    known = set(words())
    assert recommended - known == {"busy task", "ready task", "wake-up"}, "common words, with one of ours before them"
    assert {
        "family",
        "heir",
        "inside",
        "hint",
        "moment",
        "rule",
        "schedule point",
        "tick",
        "arena",
        "trace event",
        "sleep",
    } <= known
