# SPDX-License-Identifier: Apache-2.0
"""The examples on the pages: what they show is what is printed.

A line `…` stands for any lines, and `…` in a line for any part of it. Line numbers of the sources are not compared.
"""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from fuzz.cli import syslet

ROOT = Path(__file__).parents[2]
MOVES = "\n\ns\n1\nb 2\nq\n"
ASKED = ("spec", "explain")
PAGES = (
    "README.md",
    "docs/index.md",
    "docs/howto/ask-what-happens.md",
    "docs/howto/look-up-a-clause.md",
    "docs/howto/step-by-hand.md",
)

Example = tuple[str, list[str]]


def examples(page: str) -> list[Example]:
    """Commands with the lines that follow them."""
    found: list[Example] = []
    inside = False
    for line in (ROOT / page).read_text().splitlines():
        if line.startswith("    $ syslet "):
            inside = True
            found.append((line.removeprefix("    $ syslet "), []))
        elif line and not line.startswith("    "):
            inside = False
        elif inside:
            found[-1][1].append(line.removeprefix("    "))
    return found


def asked() -> list[Example]:
    """Those that need nothing but the corpus."""
    return [example for page in PAGES for example in examples(page) if example[0].split()[0] in ASKED]


def pattern(lines: list[str]) -> re.Pattern[str]:
    text = "\n".join(lines).strip("\n")
    parts = [
        re.split(r"…", _without_numbers(part.strip("\n"))) for part in re.split(r"^ *…$", text, flags=re.MULTILINE)
    ]
    exact = [r"[^\n]*".join(re.escape(piece) for piece in pieces) for pieces in parts]
    return re.compile(r"\n?(?:.*\n)*?".join(exact) + r"\s*")


def _without_numbers(text: str) -> str:
    return re.sub(r"(\.(?:py|c)):\d+ ", r"\1:N ", text)


def call(command: str) -> Result:
    words = command.split(" < ", maxsplit=1)[0].split()
    return CliRunner(env={"COLUMNS": "100"}).invoke(syslet, words, input=MOVES)


def compare(lines: list[str], result: Result) -> None:
    assert pattern(lines).fullmatch(_without_numbers(result.output)), result.output


@pytest.mark.parametrize(("command", "lines"), asked(), ids=lambda x: x if isinstance(x, str) else "")
def test_an_example_shows_what_is_printed(command: str, lines: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    result = call(command)
    assert result.exit_code == 0, result.output
    compare(lines, result)


def test_there_are_examples() -> None:
    assert {command.split()[0] for command, _ in asked()} == set(ASKED)
    assert len(asked()) >= 10


def test_the_tutorial_can_be_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "corpus").symlink_to(ROOT / "corpus")
    monkeypatch.chdir(tmp_path)
    commands = examples("docs/tutorial.md")
    assert {command.split()[0] for command, _ in commands} >= {
        "run",
        "show",
        "spec",
        "explain",
        "replay",
        "fuzz",
        "diff",
    }
    for command, lines in commands:
        result = call(command)
        assert result.exit_code == (1 if "--fault" in command else 0), result.output
        compare(lines, result)
    smallest = next((tmp_path / "findings").glob("*/smallest.syslet")).read_text()
    assert smallest in plain("docs/tutorial.md")


def plain(page: str) -> str:
    """A page with its indented blocks moved to the margin."""
    return re.sub(r"^    ", "", (ROOT / page).read_text(), flags=re.MULTILINE)


def test_the_first_program_of_the_tutorial_is_in_the_corpus() -> None:
    assert (ROOT / "corpus/litmus/hello.syslet").read_text() in plain("docs/tutorial.md")
