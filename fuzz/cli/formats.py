# SPDX-License-Identifier: Apache-2.0
"""What a file is that was given as a program: any bytes would be one, so what looks like something else is refused."""

import re
from pathlib import Path
from typing import Final

import msgspec

from fuzz.cli.errors import Unreadable
from fuzz.findings import names as folders
from fuzz.text.line import similar
from fuzz.text.tracefile import FORMAT

ENCODED: Final = ".bin"
"""Files of this name are encoded programs, even if they look like text; those of a finding are."""

_TEXT: Final = ".syslet"
_FIRST_WORD: Final = "syslet"
_LIBFUZZER: Final = re.compile(r"(?:(?:crash|leak|oom|timeout|slow-unit)-)?[0-9a-f]{40}")
"""Names that libFuzzer gives to inputs, which are few bytes at times, and then may be letters by accident."""
_WITNESSES: Final = (folders.SMALLEST, folders.MINIMIZED, folders.PROGRAM)


def is_text(path: str, data: bytes) -> bool:
    """Whether to read this as program text: by its name, or its first word, perhaps below comments. Else it is bytes.

    Raises:
        Unreadable: it is neither.
    """
    name = Path(path).name
    if name.endswith(_TEXT):
        return True
    if name.endswith(ENCODED) or _LIBFUZZER.fullmatch(name):
        return False
    if not data.strip():
        raise Unreadable(f"{path}: empty: no program (a text begins with 'syslet 1')")
    words = _first_line(data).split()
    if words and (words[0] == _FIRST_WORD or (len(words) < 3 and similar(words[0], [_FIRST_WORD]))):
        return True
    if _is_printable(data):
        raise Unreadable(f"{path}: {_seems(data)}")
    return False


def program_in(path: str) -> str:
    """The program that lies in a finding's folder, or in that of a group of them; anything else is given back.

    Raises:
        Unreadable: a folder without such a program; says which to pass.
    """
    folder = Path(path)
    if not folder.is_dir():
        return path
    found = next((folder / name for name in _WITNESSES if (folder / name).is_file()), None)
    if found is None:
        raise Unreadable(f"{path}: {what_lies_in(folder)}")
    return str(found)


def what_lies_in(folder: Path) -> str:
    """Why a folder is no finding, and what to pass instead."""
    groups = sorted(x for x in folder.iterdir() if (x / folders.GROUP).is_file())
    if not groups:
        return "a folder, and no finding lies there (its program and, for a picture, its trace)"
    one = "one group" if len(groups) == 1 else f"{len(groups)} groups"
    return f"a folder of findings, with {one}; pass a group: {groups[0]}"


def _first_line(data: bytes) -> str:
    """The first line that is no comment."""
    for line in data.decode("utf-8", "replace").splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            return line
    return ""


def _is_printable(data: bytes) -> bool:
    """Whether people could have written it, or a script for them."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    return all(letter.isprintable() or letter.isspace() for letter in text)


def _seems(data: bytes) -> str:
    """What printable text is, if not a program."""
    try:
        value = msgspec.json.decode(data)
    except msgspec.DecodeError:
        value = None
    if isinstance(value, dict) and value.get("format") == FORMAT:
        return (
            "this is a trace, where a program is expected: PROG comes first (syslet check PROG TRACE);"
            " syslet show takes a trace alone"
        )
    if isinstance(value, dict | list):
        return "this is JSON, where a program is expected"
    return (
        "not a program: the first line that is no comment is not 'syslet 1'"
        f" (an encoded program that happens to be printable needs a name that ends in {ENCODED})"
    )
