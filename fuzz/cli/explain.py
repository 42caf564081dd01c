# SPDX-License-Identifier: Apache-2.0
"""`explain`: what the specification allows for a program."""

import sys

import click

from fuzz.cli.common import json_option, preempt_option, print_json, read_case
from fuzz.cli.errors import Unreadable
from native.targets import DEEP


@click.command(
    "explain",
    short_help="Tell what the specification allows for a program.",
    epilog="""\b
Examples:
  syslet explain corpus/litmus/async-second-atom-blocks.syslet
  syslet explain PROG --variant ring_full=overwrite
  syslet explain --interactive PROG""",
)
@click.argument("prog")
@click.option(
    "--variant",
    "settings",
    multiple=True,
    metavar="SWITCH=VALUE",
    help="Print only what this other reading of v3 changes; may be given several times. `list` lists the switches.",
)
@click.option("--interactive", is_flag=True, help="Step forward and back, choosing who moves.")
@preempt_option
@click.option(
    "--budget",
    type=click.IntRange(1),
    default=20_000,
    show_default=True,
    metavar="N",
    help="Blocks of a run that looking for outcomes may try.",
)
@click.option(
    "--most", type=click.IntRange(1), default=12, show_default=True, metavar="N", help="Outcomes to print in full."
)
@json_option
def explain_command(
    prog: str, settings: tuple[str, ...], interactive: bool, preempt: str, budget: int, most: int, as_json: bool
) -> None:
    """Tell what the specification allows for PROG, step by step, with the clauses behind it.

    The run that PROG's own `choose` lines make is told in words. A diamond marks where another task may go first and
    something else comes of it. Then follow all outcomes, each with the `choose` line that leads to it.
    """
    from fuzz.explain import show
    from fuzz.explain.answer import answer
    from fuzz.spec import switches

    if "list" in settings:
        for switch in switches.names():
            for value in switches.values(switch):
                click.echo(f"{switch}={value.name}{' (pinned)' if value.pinned else ''}: {value.means}")
        return
    try:
        variant = switches.reading(settings)
    except switches.UnknownSwitch as error:
        raise Unreadable(str(error)) from None
    program = read_case(prog).program
    deep = preempt == DEEP
    if interactive:
        from fuzz.explain.interactive import Session, interact

        interact(Session(program, variant, deep=deep), sys.stdin, click.echo)
        return
    found = answer(program, variant, budget, deep=deep)
    if not settings:
        if as_json:
            print_json(show.as_dict(found))
        else:
            click.echo(show.print_answer(found, most))
        return
    pinned = answer(program, budget=budget, deep=deep)
    reading = ", ".join(settings)
    if as_json:
        print_json({"pinned": show.as_dict(pinned), reading: show.as_dict(found)})
    else:
        click.echo(show.print_change(pinned, found, reading))
