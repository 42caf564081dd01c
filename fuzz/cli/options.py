# SPDX-License-Identifier: Apache-2.0
"""What several commands print and are told: JSON, limits, how a program is read, and who goes first."""

import json
import secrets
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version
from typing import Any, Final

import attrs
import click
import msgspec

from fuzz.cli.errors import Unreadable, write_output
from fuzz.findings import machine
from fuzz.spec import switches
from fuzz.text import Case
from model.clauses import CLAUSES
from model.program import Choice, Program, ProgramError
from model.variant import Variant
from model.verdict import DEFAULT_BUDGET

Option = Callable[[Callable[..., Any]], Callable[..., Any]]

json_option: Final = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def print_json(value: Any) -> None:
    """One JSON document on standard output."""
    try:
        data = msgspec.json.encode(value)
    except UnicodeEncodeError:  # the name of a file, which may be any bytes
        data = json.dumps(msgspec.to_builtins(value), ensure_ascii=False).encode(errors="replace")
    click.echo(msgspec.json.format(data, indent=1))


def can_print(text: str) -> bool:
    """Whether standard output has these characters."""
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "ascii")
    except UnicodeEncodeError:
        return False
    return True


class Whole(click.IntRange):
    """A whole number, at least `min` and at most `max`; an error says so."""

    name = "whole number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The number. Fails with what is expected."""
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter:
            limits = f"at least {self.min}" if self.max is None else f"{self.min} to {self.max}"
            self.fail(f"{value!r} is not what is expected: a whole number, {limits}", param, ctx)


_LARGEST_SEED: Final = 2**31 - 1
seed_option: Final = click.option(
    "--seed",
    type=Whole(0, _LARGEST_SEED),
    default=lambda: secrets.randbelow(_LARGEST_SEED) + 1,
    metavar="N",
    help="By default a new one, which is printed.",
)


def reports_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--junit-xml` and `--sarif`."""
    file = click.Path(dir_okay=False, writable=True)
    junit = click.option("--junit-xml", type=file, metavar="FILE", help="Write a JUnit report here.")
    sarif = click.option("--sarif", type=file, metavar="FILE", help="Write findings as SARIF here, for annotations.")
    return junit(sarif(command))


def write_reports(
    command: str, rows: Sequence[machine.Row], seconds: float, junit_xml: str | None, sarif: str | None
) -> None:
    """What was asked for by `reports_option`. Raises Unreadable where it cannot be written."""
    if junit_xml:
        write_output(junit_xml, machine.junit(command, rows, seconds))
    if sarif:
        write_output(sarif, machine.sarif(version("syslets"), rows))


def limit_option(name: str, default: int, told: str) -> Option:
    """How much may be done or printed, at least 1."""
    return click.option(name, type=Whole(1), default=default, show_default=True, metavar="N", help=told)


budget_option: Final = limit_option(
    "--budget", DEFAULT_BUDGET, "How many blocks a search may try before it answers unknown."
)


def complete_clause(_: click.Context, __: click.Parameter, begun: str) -> list[str]:
    """Clauses, for the shell."""
    return [name for name in CLAUSES if name.startswith(begun.upper())]


def _complete_setting(_: click.Context, __: click.Parameter, begun: str) -> list[str]:
    switch, equals, _value = begun.partition("=")
    if not equals:
        return [f"{name}=" for name in switches.names() if name.startswith(begun)]
    try:
        return [x for x in (f"{switch}={value.name}" for value in switches.values(switch)) if x.startswith(begun)]
    except switches.UnknownSwitch:
        return []


def variant_option(told: str) -> Option:
    """`--variant SWITCH=VALUE`, several times."""
    return click.option(
        "--variant", "settings", multiple=True, metavar="SWITCH=VALUE", help=told, shell_complete=_complete_setting
    )


def reading_of(settings: tuple[str, ...]) -> Variant:
    """The reading that these settings make. Raises Unreadable where they make none."""
    try:
        return switches.reading(settings)
    except switches.UnknownSwitch as error:
        raise Unreadable(str(error)) from None


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


choose_option: Final = click.option(
    "--choose",
    "choices",
    multiple=True,
    metavar="N:K",
    callback=_choices,
    help="Use this choice instead of PROG's `choose` lines. Several: '5:1 0:2', or the option once for each.",
)


def with_choices(case: Case, choices: tuple[Choice, ...]) -> Case:
    """The case with these choices instead of its own; without any it stays as it is."""
    return attrs.evolve(case, program=attrs.evolve(case.program, chooser=choices)) if choices else case
