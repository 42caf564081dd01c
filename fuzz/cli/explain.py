# SPDX-License-Identifier: Apache-2.0
"""`explain`: what the specification allows for a program."""

import sys

import click

from fuzz.ask import expected, show
from fuzz.ask.answer import answer
from fuzz.ask.interactive import Session, interact
from fuzz.ask.readings import other_readings
from fuzz.ask.warnings import every_warning
from fuzz.cli.errors import STATUS
from fuzz.cli.options import (
    choose_option,
    complete_files,
    json_option,
    limit_option,
    print_json,
    reading_of,
    variant_option,
    with_choices,
)
from fuzz.cli.reading import read_case
from fuzz.cli.running import On, meant_option
from fuzz.cli.terminal import say
from fuzz.spec import chapters, switches
from fuzz.text import Case
from model.program import Choice
from model.variant import Variant
from model.verdict import Outcome


@click.command(
    "explain",
    short_help="Tell what the specification allows for a program.",
    epilog="""\b
Examples:
  syslet explain corpus/litmus/async-second-atom-blocks.syslet
  syslet explain PROG --variant ring_full=overwrite
  syslet explain PROG --brief
  syslet explain PROG --choose 2:2
  syslet explain --variant list
  syslet explain --interactive PROG""",
)
@click.argument("prog", required=False, shell_complete=complete_files)
@variant_option("Print only what this other reading of v3 changes; may be given several times. `list` lists them.")
@choose_option
@click.option("--interactive", is_flag=True, help="Step forward and back, choosing who moves.")
@meant_option
@limit_option(
    "--budget",
    20_000,
    "How many blocks the search for outcomes may try; each other reading of what is not certain may try as many.",
)
@limit_option("--most", 12, "How many outcomes, orders and likely clauses to print one by one.")
@click.option("--all", "everything", is_flag=True, help="Print all of them, and what all outcomes show as well.")
@click.option(
    "--brief",
    is_flag=True,
    help="Leave out the run and what all outcomes share. For a single outcome results stay.",
)
@click.option(
    "--strict",
    is_flag=True,
    help="Exit with 1 if an expectation is false in some outcome, with 3 if the search was cut short before.",
)
@json_option
def explain_command(
    prog: str | None,
    settings: tuple[str, ...],
    choices: tuple[Choice, ...],
    interactive: bool,
    preempt: str | None,
    budget: int,
    most: int,
    everything: bool,
    brief: bool,
    strict: bool,
    as_json: bool,
) -> None:
    """Tell what the specification allows for PROG, step by step, with the clauses behind it.

    First comes the run that PROG's own `choose` lines make. A diamond marks where another task could go first, with
    another outcome. Then come: all outcomes, each with the `choose` line that leads to it; the orders in which things
    may complete; the clauses that the answer rests on and that are open or only likely, first those whose other
    reading would change the outcome; the ids of the clauses that are certain; and which of PROG's expectations hold in
    every outcome.

    The exit status is 0 even if an expectation is false in some outcome, unless --strict is given. `syslet replay`
    looks at one run, and fails if an expectation is false in that one.
    """
    if "list" in settings:
        _list_switches()
        return
    if prog is None:
        raise click.MissingParameter(param_hint="'PROG'", param_type="argument")
    if interactive:
        _refuse_interactive(prog, choices, as_json=as_json, strict=strict)
    variant = reading_of(settings)
    case = with_choices(read_case(prog), choices)
    deep = On(preempt=preempt).deep(case, prog)
    if interactive:
        _interact(case, variant, deep=deep)
        return
    found = answer(case.program, variant, budget, deep=deep)
    fails = any(held.fails for held in expected.hold(case, found))
    most = sys.maxsize if everything else most
    if settings:
        pinned, reading = answer(case.program, budget=budget, deep=deep), ", ".join(settings)
        if as_json:
            print_json({"pinned": show.as_dict(case, pinned), reading: show.as_dict(case, found)})
        else:
            say(show.print_change(pinned, found, reading, most))
            if strict and fails:
                say("\n".join(["", f"with {reading}:", *expected.print_held(case, found)]))
    elif as_json:
        print_json(show.as_dict(case, found, other_readings(found, budget)))
    else:
        wish = show.Wish(most, everything, brief)
        say(show.print_answer(case, found, wish, other_readings(found, budget)))
    if strict:
        in_time = found.complete or not case.expectations
        outcome = Outcome.DIVERGENCE if fails else Outcome.ALLOWED if in_time else Outcome.UNKNOWN
        raise click.exceptions.Exit(STATUS[outcome])


def _refuse_interactive(prog: str, choices: tuple[Choice, ...], *, as_json: bool, strict: bool) -> None:
    if prog == "-":
        raise click.UsageError("--interactive reads its commands from standard input, so PROG cannot be -")
    if as_json:
        raise click.UsageError("--interactive prints no JSON")
    for option, given in (("--choose", choices), ("--strict", strict)):
        if given:
            raise click.UsageError(f"with --interactive you choose; {option} has no use there")


def _list_switches() -> None:
    for switch in switches.names():
        for clause in switches.clauses_of(switch):
            say(f"{clause.id}  {chapters.CHAPTERS[chapters.chapter_of(clause)]}")
        for value in switches.values(switch):
            say(f"  {switch}={value.name}{' (pinned)' if value.pinned else ''}: {value.means}")


def _interact(case: Case, variant: Variant, *, deep: bool) -> None:
    for line in every_warning(case.program, deep=deep):
        say(line)
    session = Session(case.program, variant, deep=deep)
    interact(session, sys.stdin, say, echo=not sys.stdin.isatty())
