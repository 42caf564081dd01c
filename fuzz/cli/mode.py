# SPDX-License-Identifier: Apache-2.0
"""Where tasks may be preempted: what was asked for, or else what the program was written for (D77)."""

from collections.abc import Callable
from typing import Any, Final, TypeVar

import click

from fuzz.cli.found import record_of
from fuzz.text import Case
from native.targets import known as targets

__all__ = ["MODEL", "meant_option", "mode_of"]

F = TypeVar("F", bound=Callable[..., Any])

MODEL: Final = "model"


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
    return targets.DEEP if able and (case.deep or record_of(path).get("preempt") == targets.DEEP) else targets.POINTS
