# SPDX-License-Identifier: Apache-2.0
"""What a person reads at a terminal: folded between words, with colours. In a pipe nothing changes."""

import os
import re
import shlex
import shutil
import sys
import textwrap
from collections.abc import Iterator
from functools import partial
from typing import Any, Final

import click

_GOOD: Final = {"fg": "green"}
_DOUBTFUL: Final = {"fg": "yellow"}
_BAD: Final = {"fg": "red", "bold": True}
_COLOURS: Final = (
    # A verdict, where a line begins with it or ends with it.
    (r"(?m)^allowed(?=:)|(?<=: )allowed$", _GOOD),
    (r"(?m)^divergence(?=:)|(?<=: )divergence$", _BAD),
    (r"(?m)^unknown(?=:)|(?<=: )unknown$", _DOUBTFUL),
    # How many had it.
    (r"\b(?!0\b)[\d,]+ (?:divergence|failed|of them new)\b", _BAD),
    (r"\bNOT CONFIRMED\b|(?m:(?<=^      )cut(?=:))", _DOUBTFUL),
    # How certain a clause is: behind its sentence, in a list of clauses, and in its own entry.
    (r"(?<=\()certain(?: by client)?(?=[;)])", _GOOD),
    (r"(?m)^certain(?=:)|(?<=^  confidence    )certain(?: by client)?(?=:)", _GOOD),
    (r"(?m)(?<=\()likely(?=[;)])|(?:(?<=^  )|(?<=^  confidence    ))likely(?=: )", _DOUBTFUL),
    (r"(?m)(?<=\()open(?=[;)])|(?:(?<=^  )|(?<=^  confidence    ))open(?=: )", {"fg": "magenta"}),
)  # fmt: skip
_COLUMN: Final = re.compile(r" *\S+ {2,}")
"""What stands before the second column of a list."""
_COMMAND: Final = re.compile(r"( *)(syslet .*)")
_FURTHER: Final = 4


def say(text: object = "", *, err: bool = False, nl: bool = True) -> None:
    """Print text for a person."""
    told, stream = str(text), sys.stderr if err else sys.stdout
    if stream is not None and stream.isatty():
        told = folded(told, shutil.get_terminal_size().columns)
        if in_colour():
            told = coloured(told)
    click.echo(told, err=err, nl=nl)


def in_colour() -> bool:
    """Whether a terminal may be given colours (https://no-color.org)."""
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def coloured(text: str) -> str:
    """With colours for verdicts and for how certain clauses are."""
    for pattern, style in _COLOURS:
        text = re.sub(pattern, partial(_painted, style=style), text)
    return text


def _painted(found: re.Match[str], style: dict[str, Any]) -> str:
    return click.style(found[0], **style)


def folded(text: str, width: int) -> str:
    """With lines that are no longer than `width`, unless a single word is."""
    return "\n".join(part for line in text.split("\n") for part in _parts(line, width))


def _parts(line: str, width: int) -> Iterator[str]:
    command = _COMMAND.fullmatch(line)
    if len(click.unstyle(line)) <= width:
        yield line
    elif command is not None and (words := _words(command[2])):
        yield from _continued(command[1], words, width)
    else:
        column = _COLUMN.match(line)
        margin = len(line) - len(line.lstrip())
        deep = len(column[0]) if column and len(column[0]) <= width // 2 else min(margin + 2, width // 2)
        yield from textwrap.wrap(
            line, width, subsequent_indent=" " * deep, break_long_words=False, break_on_hyphens=False
        )


def _words(command: str) -> list[str]:
    """The words of a command as they stand there, quoted; none if it is a sentence that begins like one."""
    try:
        words = [shlex.quote(word) for word in shlex.split(command)]
    except ValueError:
        return []
    return words if " ".join(words) == command else []


def _continued(margin: str, words: list[str], width: int) -> Iterator[str]:
    """A command over several lines, which a shell takes as one."""
    line = margin + words[0]
    for word in words[1:]:
        if len(line) + len(word) + 3 > width:
            yield f"{line} \\"
            line = f"{margin}{' ' * _FURTHER}{word}"
        else:
            line += f" {word}"
    yield line
