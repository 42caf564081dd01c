# SPDX-License-Identifier: Apache-2.0
"""With which options a finding was met: without them a target does not show it again, and that is no news."""

import shlex
from pathlib import Path
from typing import Any

import msgspec

from fuzz.cli.errors import Unreadable
from fuzz.cli.reading import program_in
from fuzz.findings import names as folders


def record_of(path: str) -> dict[str, Any]:
    """The record of the finding that a program lies in; empty if it lies in none.

    Raises:
        Unreadable: it is no record.
    """
    if path in ("", "-"):
        return {}
    record = (Path(path) if Path(path).is_dir() else Path(path).parent) / folders.RECORD
    return _read(record) if record.is_file() else {}


def lacking(path: str, target: str, build: str, fault: str | None) -> str:
    """A line with the options that the finding at `path` was met with and this run was not given; empty if none.

    A fault that was asked for is not doubted.
    """
    met = record_of(path) or _of_group(path)
    add, here = [], []
    for option, value in (("target", target), ("build", build)):
        if (there := met.get(option, value)) != value:
            add.append(f"--{option} {shlex.quote(str(there))}")
            here.append(f"this {option} is {value}")
    if met.get("fault") and not fault:
        add.append(f"--fault {met['fault']}")
        here.append("this target has no fault")
    options = " ".join(add)
    return f"found with {options}; {', '.join(here)}: add {options}" if add else ""


def _of_group(path: str) -> dict[str, Any]:
    """The record of that finding of a group whose program this is; else of the group's first."""
    if path in ("", "-"):
        return {}
    program = Path(program_in(path))
    records = sorted(program.parent.glob(f"*/{folders.RECORD}"))
    if not records or not (program.parent / folders.GROUP).is_file():
        return {}
    text = program.read_bytes()
    beside = ((record, record.with_name(name)) for record in records for name in folders.WITNESSES)
    own = (record for record, witness in beside if witness.is_file() and witness.read_bytes() == text)
    return _read(next(own, records[0]))


def _read(record: Path) -> dict[str, Any]:
    try:
        return msgspec.json.decode(record.read_bytes(), type=dict[str, Any])
    except (OSError, msgspec.DecodeError) as error:
        raise Unreadable(f"{record}: {getattr(error, 'strerror', None) or error}") from None
