# SPDX-License-Identifier: Apache-2.0
"""At a terminal: nothing wraps inside words, and colours where they help; in a pipe neither."""

import fcntl
import io
import os
import pty
import re
import shlex
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest
from rich.console import Console

from fuzz.campaign.panel import PANEL_EVERY, Progress
from fuzz.campaign.stats import Stats, Totals
from fuzz.cli import _COMMANDS
from fuzz.cli.terminal import coloured, folded
from model.clauses import CLAUSES, Confidence

ROOT = Path(__file__).parents[2]
LITMUS = ROOT / "corpus" / "litmus"
COMMAND = [sys.executable, "-c", "from fuzz.cli import main; main()"]
ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "COLUMNS", "FORCE_COLOR")},
    "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path]),
    "TERM": "xterm",
}
ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def at_terminal(*arguments: str, columns: int = 80, **environment: str) -> str:
    """What a command writes to a terminal of so many columns."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = subprocess.Popen(
        [*COMMAND, *arguments], stdin=theirs, stdout=theirs, stderr=theirs, env={**ENVIRONMENT, **environment}
    )
    os.close(theirs)
    written = b""
    while True:
        try:
            part = os.read(ours, 1 << 16)
        except OSError:  # its end is closed
            break
        if not part:
            break
        written += part
    process.wait()
    os.close(ours)
    return written.decode().replace("\r\n", "\n")


def in_pipe(*arguments: str) -> str:
    return subprocess.run([*COMMAND, *arguments], env=ENVIRONMENT, capture_output=True, text=True, check=False).stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("explain", str(LITMUS / "second-atom-blocks-and-the-ring-is-full.syslet")),
        ("explain", "--variant", "list"),
        ("show", str(LITMUS / "one-atom-that-sleeps.syslet")),
        ("spec",),
        ("spec", "RING-3"),
        ("fuzz", "--fault", "list"),
        ("odd",),
        ("fuzz", "--fault", "EVENT_OF_FIRST_ATOMS"),
        *(pytest.param((command, "--help"), marks=pytest.mark.slow) for command in _COMMANDS),
    ],
)
def test_nothing_is_wider_than_the_terminal(arguments: tuple[str, ...]) -> None:
    lines = [ESCAPE.sub("", line) for line in at_terminal(*arguments).splitlines()]
    assert len(lines) > 1
    assert [line for line in lines if len(line) > 80 and " " in line.strip()] == []


def test_colours_are_for_terminals_alone() -> None:
    arguments = ("explain", str(LITMUS / "second-atom-blocks-and-the-ring-is-full.syslet"))
    shown = at_terminal(*arguments)
    assert "\x1b[33mlikely\x1b[0m: RING-3" in shown
    assert "\x1b[32mcertain\x1b[0m: " in shown
    plain = in_pipe(*arguments)
    assert "\x1b" not in plain
    assert max(map(len, plain.splitlines())) > 80, "in a pipe a line stays a line"
    assert ESCAPE.search(at_terminal(*arguments, NO_COLOR="1")) is None


def test_a_verdict_has_its_colour() -> None:
    assert coloured("allowed: all 5 events have").startswith("\x1b[32mallowed\x1b[0m:")
    assert coloured("divergence: ring state\n").startswith("\x1b[31m\x1b[1mdivergence\x1b[0m: ring")
    assert coloured("1 passed, 0 failed") == "1 passed, 0 failed"
    assert "\x1b[31m\x1b[1m2 failed" in coloured("1 passed, 2 failed")
    assert "\x1b[31m\x1b[1m1 of them new" in coloured("findings: 2 groups in f, 1 of them new in this campaign")
    assert coloured("corpus: 3 new, of 3 that were read") == "corpus: 3 new, of 3 that were read"
    word = "a divergence: what the target does and is not allowed; an open (or closed) pipe, unknown to us"
    assert coloured(word) == word, "words of a sentence have none"


@pytest.mark.parametrize("confidence", Confidence)
def test_how_certain_a_clause_is_has_a_colour(confidence: Confidence) -> None:
    of_kind = [clause for clause in CLAUSES.values() if clause.confidence is confidence]
    assert of_kind
    for clause in of_kind:
        assert ("\x1b[" in coloured(clause.cited)) == (confidence is not Confidence.WORLD), clause.cited


def test_lists_are_folded_in_their_column() -> None:
    line = "  RING-1      " + "word " * 20
    assert [len(x) - len(x.lstrip()) for x in folded(line, 60).splitlines()] == [2, 14, 14]
    assert folded("short", 60) == "short"
    assert folded("/" + "x" * 90, 60) == "/" + "x" * 90, "a path stays whole"


def test_a_folded_command_is_the_same_command() -> None:
    command = shlex.join(
        ["syslet", "diff", "my findings/ring-1-ring-state/smallest.syslet", "--fault", "EVENT_OF_FIRST"]
    )
    shown = folded(f"  {command}", 60)
    assert max(map(len, shown.splitlines())) <= 60
    assert shlex.split(shown.replace("\\\n", "")) == shlex.split(command)
    told = "syslet: this is what went wrong, and that's a sentence of more than sixty columns"
    assert "\\" not in folded(told, 60)


@pytest.mark.parametrize("plain", [False, True])
def test_the_panel_shows_in_colour_what_is_wrong(*, plain: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    if plain:
        monkeypatch.setenv("NO_COLOR", "1")
    stats = Stats.private()
    stats.counters.runs, stats.counters.divergence = 5, 2
    written = io.StringIO()
    now = [0.0]
    console = Console(file=written, force_terminal=True, width=80, color_system="standard")
    shown = Progress(Totals([stats]), console, "syslet fuzz", clock=lambda: now[0])
    now[0] = PANEL_EVERY
    shown.tick()
    shown.close()
    text = written.getvalue()
    assert "divergence" in text
    assert ("\x1b[1;31m2" in text) is not plain
