# SPDX-License-Identifier: Apache-2.0
"""`known.toml`: findings that are known and explained, kept with the sources, since machines forget.

An entry is a witness, its signature, a reason and a date. The witness is a file beside it, so that it can be run: an
entry whose witness no longer diverges is told of, and the list cannot rot.
"""

import datetime
import json
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import attrs

from fuzz.oracle import Signature
from fuzz.text import Case, parse

FILE: Final = "known.toml"
"""Where it is looked for if nothing else is said."""
WITNESSES: Final = "known"
"""The folder of witnesses beside it."""
_BEGIN: Final = """\
# Findings that are known and explained: `syslet fuzz` counts them, and does not fail for them.
# `syslet known check` runs the witnesses; an entry whose witness no longer diverges has to go.
version = 1
"""
_FIELDS: Final = {"witness", "signature", "reason", "date", "target"}


class KnownError(ValueError):
    """The list is not what it should be; the text names file and entry."""


@attrs.frozen
class Entry:
    """A finding that is known.

    Attributes:
        witness: a program that shows it.
        signature: clause, kind and first different event.
        reason: why it is left as it is.
        date: since when.
        target: on what the witness shows it.
    """

    witness: Path
    signature: Signature
    reason: str
    date: datetime.date
    target: str = "host"

    def case(self) -> Case:
        """The witness, read. Raises KnownError."""
        try:
            return parse(self.witness.read_text(encoding="utf-8"), str(self.witness))
        except (OSError, ValueError) as error:
            raise KnownError(f"{self.witness}: {getattr(error, 'strerror', None) or error}") from None


def load(path: Path) -> list[Entry]:
    """The entries of a list. Raises KnownError."""
    try:
        made = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise KnownError(f"{path}: {error.strerror or error}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise KnownError(f"{path}: {error}") from None
    if made.get("version") != 1:
        raise KnownError(f"{path}: `version = 1` is missing, or it is another version")
    entries = made.get("known", [])
    if not isinstance(entries, list) or set(made) - {"version", "known"}:
        raise KnownError(f"{path}: it holds `version = 1` and entries [[known]], and nothing else")
    return [_entry(path, number, x) for number, x in enumerate(entries, start=1)]


def _entry(path: Path, number: int, told: Any) -> Entry:
    where = f"{path}: entry {number}"
    if not isinstance(told, dict) or _FIELDS - {"target"} - set(told) or set(told) - _FIELDS:
        raise KnownError(f"{where} needs witness, signature, reason and date; it may have target")
    signature, date, target = told["signature"], told["date"], told.get("target", "host")
    if not (isinstance(signature, list) and len(signature) == 3 and all(isinstance(x, str) for x in signature)):
        raise KnownError(f'{where}: a signature is three texts: ["RING-1", "ring state", "settled"]')
    if isinstance(date, datetime.datetime) or not isinstance(date, datetime.date):
        raise KnownError(f"{where}: a date is written without quotes: date = 2007-02-28")
    for name in ("witness", "reason"):
        if not isinstance(told[name], str) or not told[name].strip():
            raise KnownError(f"{where}: {name} has to be a text, and not empty")
    clause, kind, event = signature
    return Entry(path.parent / told["witness"], (clause, kind, event), told["reason"], date, str(target))


def signatures(entries: Iterable[Entry]) -> frozenset[Signature]:
    """What the entries explain."""
    return frozenset(x.signature for x in entries)


def add(path: Path, name: str, text: str, entry: Entry) -> None:
    """Append an entry, and put its witness beside the list. Raises OSError, KnownError."""
    before = load(path) if path.exists() else []
    if entry.signature in signatures(before):
        raise KnownError(f"{path}: has an entry for {', '.join(entry.signature)} already")
    witness = path.parent / WITNESSES / f"{name}.syslet"
    witness.parent.mkdir(parents=True, exist_ok=True)
    witness.write_text(text, encoding="utf-8")
    with path.open("a", encoding="utf-8") as file:
        file.write(
            ("" if before or path.stat().st_size else _BEGIN)
            + f"\n[[known]]\nwitness = {_quoted(f'{WITNESSES}/{name}.syslet')}\n"
            f"signature = [{', '.join(map(_quoted, entry.signature))}]\n"
            f"reason = {_quoted(entry.reason)}\ndate = {entry.date.isoformat()}\n"
            + (f"target = {_quoted(entry.target)}\n" if entry.target != "host" else "")
        )


def _quoted(text: str) -> str:
    """As a basic string of TOML, which is one of JSON but for one character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
