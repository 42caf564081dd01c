# SPDX-License-Identifier: Apache-2.0
"""Options that say how a program is read and who goes first: `--variant` and `--choose`."""

from collections.abc import Callable
from typing import Any, Final, TypeVar

import attrs
import click

from fuzz.cli.errors import Unreadable
from fuzz.text import Case
from model.program import Choice, Program, ProgramError
from model.variant import Variant

F = TypeVar("F", bound=Callable[..., Any])

_CHOICES: Final = "choices"


def variant_option(told: str) -> Callable[[F], F]:
    """`--variant SWITCH=VALUE`, several times."""
    return click.option("--variant", "settings", multiple=True, metavar="SWITCH=VALUE", help=told)


def choose_option(function: F) -> F:
    """`--choose 2:2`: another chooser than the program's own."""
    option = click.option(
        "--choose",
        _CHOICES,
        multiple=True,
        metavar="N:K",
        callback=_choices,
        help="Use this choice instead of PROG's `choose` lines. Several: '5:1 0:2', or the option once for each.",
    )
    return option(function)


def _choices(_: click.Context, __: click.Parameter, given: tuple[str, ...]) -> tuple[Choice, ...]:
    made = []
    for word in " ".join(given).split():
        skip, colon, pick = word.partition(":")
        if not (colon and skip.isdecimal() and pick.isdecimal()):
            raise click.BadParameter(f"{word!r} is no choice; it is N:K, as in a line `choose 2:2`")
        try:
            made.append(Choice(int(skip), int(pick)))
        except ProgramError as error:
            raise click.BadParameter(f"{word}: {error}") from None
    try:
        return Program(chooser=tuple(made)).chooser
    except ProgramError as error:
        raise click.BadParameter(str(error)) from None


def with_choices(case: Case, choices: tuple[Choice, ...]) -> Case:
    """The case with these choices instead of its own; without any it stays as it is."""
    return attrs.evolve(case, program=attrs.evolve(case.program, chooser=choices)) if choices else case


def reading_of(settings: tuple[str, ...]) -> Variant:
    """The reading that these settings make. Raises Unreadable where they make none."""
    from fuzz.spec import switches

    try:
        return switches.reading(settings)
    except switches.UnknownSwitch as error:
        raise Unreadable(str(error)) from None
