# SPDX-License-Identifier: Apache-2.0
"""The examples in docs/howto.md of looking things up and of asking: what they show is what is printed.

A line `…` stands for any lines. Line numbers of the sources are not compared.
"""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from fuzz.cli import syslet

ROOT = Path(__file__).parents[2]
HOWTO = (ROOT / "docs" / "howto.md").read_text()
MOVES = "\n\ns\n1\nb 2\nq\n"
SHOWN = ("spec", "explain")


def examples() -> list[tuple[str, list[str]]]:
    """Commands with the lines that follow them."""
    found: list[tuple[str, list[str]]] = []
    inside = False
    for line in HOWTO.splitlines():
        if line.startswith("    $ syslet "):
            inside = line.split()[2] in SHOWN
            if inside:
                found.append((line.removeprefix("    $ syslet "), []))
        elif line and not line.startswith("    "):
            inside = False
        elif inside:
            found[-1][1].append(line.removeprefix("    "))
    return found


def pattern(lines: list[str]) -> re.Pattern[str]:
    text = "\n".join(lines).strip("\n")
    parts = [re.escape(_without_numbers(part.strip("\n"))) for part in re.split(r"^…$", text, flags=re.MULTILINE)]
    return re.compile(r"\n?(?:.*\n)*?".join(parts) + r"\s*" if len(parts) > 1 else parts[0] + r"\s*")


def _without_numbers(text: str) -> str:
    return re.sub(r"(\.(?:py|c)):\d+ ", r"\1:N ", text)


@pytest.mark.parametrize(("command", "lines"), examples(), ids=lambda x: x if isinstance(x, str) else "")
def test_an_example_shows_what_is_printed(command: str, lines: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    words = command.split(" < ", maxsplit=1)[0].split()
    result = CliRunner().invoke(syslet, words, input=MOVES)
    assert result.exit_code == 0, result.output
    assert pattern(lines).fullmatch(_without_numbers(result.output)), result.output


def test_there_are_examples() -> None:
    assert {command.split()[0] for command, _ in examples()} == set(SHOWN)
    assert len(examples()) >= 6
