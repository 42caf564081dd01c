# SPDX-License-Identifier: Apache-2.0
"""`explain`: what the specification allows for a program."""

import sys
from collections.abc import Callable
from typing import Any

import click

from fuzz.cli.common import json_option, print_json, read_case
from fuzz.cli.errors import Unreadable
from fuzz.cli.mode import meant_option, mode_of
from fuzz.text import Case
from model.variant import Variant
from native.targets import DEEP


@click.command(
    "explain",
    short_help="Tell what the specification allows for a program.",
    epilog="""\b
Examples:
  syslet explain corpus/litmus/async-second-atom-blocks.syslet
  syslet explain PROG --variant ring_full=overwrite
  syslet explain PROG | tail    # orders, what is not certain, expectations
  syslet explain --variant list
  syslet explain --interactive PROG""",
)
@click.argument("prog", required=False)
@click.option(
    "--variant",
    "settings",
    multiple=True,
    metavar="SWITCH=VALUE",
    help="Print only what this other reading of v3 changes; may be given several times. `list` lists the switches.",
)
@click.option("--interactive", is_flag=True, help="Step forward and back, choosing who moves.")
@meant_option
@click.option(
    "--budget",
    type=click.IntRange(1),
    default=20_000,
    show_default=True,
    metavar="N",
    help="Blocks of a run that looking for outcomes may try.",
)
@click.option(
    "--most",
    type=click.IntRange(1),
    default=12,
    show_default=True,
    metavar="N",
    help="Outcomes, orders and likely clauses to print one by one.",
)
@click.option("--all", "everything", is_flag=True, help="Print all of them.")
@json_option
def explain_command(
    prog: str | None,
    settings: tuple[str, ...],
    interactive: bool,
    preempt: str | None,
    budget: int,
    most: int,
    everything: bool,
    as_json: bool,
) -> None:
    """Tell what the specification allows for PROG, step by step, with the clauses behind it.

    The run that PROG's own `choose` lines make is told in words. A diamond marks where another task may go first and
    something else comes of it. Then follow all outcomes, each with the `choose` line that leads to it; in which
    order things may complete; the clauses behind all this that are open or only likely; and which of PROG's
    expectations hold in every outcome.

    An answer is an answer: the exit status is 0 even if an expectation is false (`syslet replay` gives 1 then).
    """
    if "list" in settings:
        _list_switches()
        return
    if prog is None:
        raise click.MissingParameter(param_hint="'PROG'", param_type="argument")
    if interactive and prog == "-":
        raise click.UsageError("--interactive reads its commands from standard input, so PROG cannot be -")
    if interactive and as_json:
        raise click.UsageError("--interactive prints no JSON")
    variant = _reading(settings)
    case = read_case(prog)
    deep = mode_of(preempt, case, prog) == DEEP
    if interactive:
        _interact(case, variant, deep=deep)
    else:
        text, data = _told(case, settings, variant, budget, sys.maxsize if everything else most, deep=deep)
        if as_json:
            print_json(data())
        else:
            click.echo(text())


def _list_switches() -> None:
    from fuzz.spec import switches

    for switch in switches.names():
        for value in switches.values(switch):
            click.echo(f"{switch}={value.name}{' (pinned)' if value.pinned else ''}: {value.means}")


def _reading(settings: tuple[str, ...]) -> Variant:
    from fuzz.spec import switches

    try:
        return switches.reading(settings)
    except switches.UnknownSwitch as error:
        raise Unreadable(str(error)) from None


def _interact(case: Case, variant: Variant, *, deep: bool) -> None:
    from fuzz.explain.interactive import Session, interact
    from fuzz.explain.overlap import warnings

    for line in warnings(case.program):
        click.echo(line)
    interact(Session(case.program, variant, deep=deep), sys.stdin, click.echo)


def _told(
    case: Case, settings: tuple[str, ...], variant: Variant, budget: int, most: int, *, deep: bool
) -> tuple[Callable[[], str], Callable[[], dict[str, Any]]]:
    """The answer, or what the settings change in it, for people and as plain data."""
    from fuzz.explain import show
    from fuzz.explain.answer import answer

    found = answer(case.program, variant, budget, deep=deep)
    if not settings:
        return lambda: show.print_answer(case, found, most), lambda: show.as_dict(case, found)
    pinned = answer(case.program, budget=budget, deep=deep)
    reading = ", ".join(settings)
    return (
        lambda: show.print_change(pinned, found, reading, most),
        lambda: {"pinned": show.as_dict(case, pinned), reading: show.as_dict(case, found)},
    )
