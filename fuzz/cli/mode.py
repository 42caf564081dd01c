# SPDX-License-Identifier: Apache-2.0
"""Where tasks may be preempted: what was asked for, or else what the program was written for (D77)."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

import click
import msgspec

from fuzz.cli.errors import Unreadable
from fuzz.text import Case
from native import targets

__all__ = ["MODEL", "meant_option", "mode_of"]

F = TypeVar("F", bound=Callable[..., Any])

MODEL: Final = "model"
_RECORD: Final = "finding.json"


def meant_option(function: F) -> F:
    """`--preempt` of a command for one program: its default is in the program."""
    option = click.option(
        "--preempt",
        type=click.Choice(targets.PREEMPT),
        help="Where tasks may be preempted: at schedule points, or deep: inside pipe, eventfd and futex code as well;"
        " the default is what PROG or its finding says (`#: preempt deep`), if the target can do it.",
    )
    return option(function)


def mode_of(preempt: str | None, case: Case, path: str = "", target: str = MODEL) -> str:
    """One of `targets.PREEMPT`; what was asked for is not doubted here.

    Raises:
        Unreadable: beside the program lies a record of its finding that is none.
    """
    if preempt is not None:
        return preempt
    able = target == MODEL or not targets.without_deep([target])
    return targets.DEEP if able and (case.deep or _found_deep(path)) else targets.POINTS


def _found_deep(path: str) -> bool:
    """Whether the finding that the program lies in came from a campaign with preemption inside objects."""
    if path in ("", "-"):
        return False
    record = Path(path if Path(path).is_dir() else Path(path).parent) / _RECORD
    if not record.is_file():
        return False
    try:
        origin = msgspec.json.decode(record.read_bytes(), type=dict[str, Any])
    except (OSError, msgspec.DecodeError) as error:
        raise Unreadable(f"{record}: {error}") from None
    return origin.get("preempt") == targets.DEEP
