# SPDX-License-Identifier: Apache-2.0
"""Programs and traces from files.

Any bytes are a program, encoded, so what looks like something else is refused.
"""

import re
import sys
from codecs import BOM_UTF8
from contextlib import nullcontext
from pathlib import Path
from typing import Final

import msgspec

from fuzz.campaign.folder import FINDINGS as CAMPAIGN_FINDINGS
from fuzz.campaign.seeds import corpus_files
from fuzz.cli.errors import Unreadable
from fuzz.findings import names as folders
from fuzz.generate import codec
from fuzz.text import Case, TextError, parse
from fuzz.text.line import similar
from fuzz.text.tracefile import FORMAT, TraceFileError, from_json
from model.program import ProgramError
from model.trace import Trace

ENCODED: Final = ".bin"
"""Files of this name are encoded programs, even if they look like text; those of a finding are."""

_MOST: Final = 64 << 20
_TEXT: Final = ".syslet"
_FIRST_WORD: Final = "syslet"
_LIBFUZZER: Final = re.compile(r"(?:(?:crash|leak|oom|timeout|slow-unit)-)?[0-9a-f]{40}")
"""Names that libFuzzer gives to inputs, which are few bytes at times, and then may be letters by accident."""


def read_case(path: str) -> Case:
    """A program from a text file, an encoded file, standard input, or the folder of a finding.

    Raises:
        Unreadable: none of these, or a text with an error in it.
    """
    path = program_in(path)
    data = _read_bytes(path)
    if not _is_text(path, data):
        return Case.of(codec.decode(data))
    try:
        return parse(data.decode("utf-8-sig"), path)
    except UnicodeDecodeError as error:
        raise Unreadable(f"{path}: not UTF-8 text ({error.reason} at byte {error.start})") from None
    except (TextError, ProgramError) as error:
        raise Unreadable(str(error)) from None


def read_trace(path: str) -> Trace:
    """A trace from its JSON file. Raises Unreadable."""
    data = _read_bytes(path)
    try:
        return from_json(data.removeprefix(BOM_UTF8))
    except TraceFileError as error:
        if data.startswith(b"syslet "):
            raise Unreadable(f"{path}: this is a program, where a trace is expected: PROG comes first") from None
        raise Unreadable(f"{path}: {error}") from None


def program_files(paths: tuple[str, ...]) -> list[str]:
    """Files as they are named, and the program texts of folders; without any, the project's own corpus.

    Raises:
        Unreadable: there is none.
    """
    found = [] if paths else [str(path) for path in corpus_files()]
    for path in paths:
        found += [str(x) for x in sorted(Path(path).rglob("*.syslet"))] if Path(path).is_dir() else [path]
    if not found:
        raise Unreadable(f"no .syslet files in {' '.join(paths) or 'the corpus'}")
    return found


def program_in(path: str) -> str:
    """The program that lies in a finding's folder, or in that of a group of them; anything else is given back.

    Raises:
        Unreadable: a folder without such a program; says which to pass.
    """
    folder = Path(path)
    if not folder.is_dir():
        return path
    for name in (folders.SMALLEST, *folders.WITNESSES):
        if (folder / name).is_file():
            return str(folder / name)
    raise Unreadable(f"{path}: {what_lies_in(folder)}")


def findings_of(folder: Path) -> Path:
    """The findings of a campaign, where a folder is that of one; else the folder itself."""
    inside = folder / CAMPAIGN_FINDINGS
    return inside if inside.is_dir() and not (inside / folders.GROUP).exists() else folder


def what_lies_in(folder: Path) -> str:
    """Why a folder is no finding, and what to pass instead."""
    groups = sorted(x for x in findings_of(folder).iterdir() if (x / folders.GROUP).is_file())
    if not groups:
        return "a folder, and no finding lies there (its program and, for a picture, its trace)"
    one = "one group" if len(groups) == 1 else f"{len(groups)} groups"
    return f"a folder of findings, with {one}; pass a group: {groups[0]}"


def _read_bytes(path: str) -> bytes:
    """A file's bytes, or standard input's for `-`."""
    try:
        with nullcontext(sys.stdin.buffer) if path == "-" else Path(path).open("rb") as file:
            data = file.read(_MOST + 1)
    except OSError as error:
        raise Unreadable(f"{path}: {error.strerror or error}{_meant(path)}") from None
    if len(data) > _MOST:
        raise Unreadable(f"{path}: more than {_MOST >> 20} MiB: no program and no trace is that long")
    return data


def _meant(path: str) -> str:
    """A file of that folder whose name is like the one that is not there."""
    folder, name = Path(path).parent, Path(path).name
    try:
        known = [] if Path(path).exists() else [x.name for x in folder.iterdir()]
    except OSError:
        return ""
    hint = similar(name, known)
    return f"; {hint}" if hint else ""


def _is_text(path: str, data: bytes) -> bool:
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
    lines = (line.split() for line in data.decode("utf-8-sig", "replace").splitlines())
    words = next((words for words in lines if words and not words[0].startswith("#")), [])
    if words and (words[0] == _FIRST_WORD or (len(words) < 3 and similar(words[0], [_FIRST_WORD]))):
        return True
    if _is_printable(data):
        raise Unreadable(f"{path}: {_seems(data)}")
    return False


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
