# SPDX-License-Identifier: Apache-2.0
"""`minimize` and `triage`: work on what a campaign found."""

from pathlib import Path
from typing import Final

import attrs
import click
import msgspec

from fuzz.cli.common import (
    Whole,
    build_option,
    fault_option,
    json_option,
    open_target,
    preempt_option,
    print_json,
    read_case,
    target_option,
)
from fuzz.cli.errors import STATUS, Unreadable
from fuzz.cli.found import lacking
from fuzz.cli.mode import meant_option, mode_of
from fuzz.findings import names as folders
from fuzz.findings.report import sentence
from fuzz.findings.store import Store, witness_text
from fuzz.minimize import order
from fuzz.minimize.witness import DEFAULT_RUNS, work_up
from fuzz.oracle import Judgement, judge
from fuzz.text import print_program
from model.verdict import Outcome
from native.targets.host import Target

_THERE: Final = "still there"
_RUNS: Final = click.option(
    "--runs",
    type=Whole(1),
    default=DEFAULT_RUNS,
    show_default=True,
    metavar="N",
    help="How many runs minimizing one program may cost.",
)


@click.command(
    "minimize",
    short_help="The simplest program that shows the same divergence.",
    epilog="Example: syslet minimize findings/…/program.syslet -o small.syslet",
)
@click.argument("prog")
@target_option
@meant_option
@build_option
@fault_option
@_RUNS
@click.option("-o", "--output", type=click.Path(dir_okay=False, writable=True), help="Write the text here.")
@json_option
def minimize_command(
    prog: str,
    target: str,
    preempt: str | None,
    build: str,
    fault: str | None,
    runs: int,
    output: str | None,
    as_json: bool,
) -> None:
    """Simplify PROG while it shows the same divergence; without a verdict, while it stays unexplained.

    The exit status is that of the simplified program.
    """
    case = read_case(prog)
    program = case.program
    with open_target(target, fault, build, mode_of(preempt, case, prog, target)) as native:
        judgement = judge(program, native)
        if judgement.verdict.outcome is Outcome.ALLOWED:
            click.echo(f"{prog}: allowed, nothing to minimize", err=True)
            if hint := lacking(prog, target, build, fault):
                click.echo(hint, err=True)
            if as_json:
                print_json(_unchanged(judgement))
            return
        witness = work_up(judgement, native, limit=runs)
    if witness.result is None or witness.judgement is None:
        click.echo(f"{prog}: {witness.reruns} runs, and none showed it again; nothing was minimized", err=True)
        if as_json:
            print_json({**_unchanged(judgement), "stability": [0, witness.reruns]})
        raise click.exceptions.Exit(STATUS[judgement.verdict.outcome])
    final = witness.judgement
    text = witness_text(final) if final.signature else print_program(final.program)
    if output:
        Path(output).write_text(text, encoding="utf-8")
    if as_json:
        print_json(
            {
                "program": text,
                "signature": final.signature,
                "lines": [order.lines(program), order.lines(final.program)],
                "runs": witness.result.runs,
                "stability": [witness.same, witness.reruns],
                "complete": witness.result.complete,
                "taken": witness.result.taken,
            }
        )
    elif not output:
        click.echo(text, nl=False)
    raise click.exceptions.Exit(STATUS[final.verdict.outcome])


def _unchanged(judgement: Judgement) -> dict[str, object]:
    """The answer of `minimize --json` when there was nothing to do, with the same keys as any other."""
    size = order.lines(judgement.program)
    return {
        "program": print_program(judgement.program),
        "signature": judgement.signature,
        "lines": [size, size],
        "runs": 0,
        "stability": None,
        "complete": False,
        "taken": {},
    }


@attrs.frozen
class _Row:
    """One group of findings, looked at again."""

    signature: tuple[str, str, str]
    findings: int
    lines: int
    path: str
    now: str
    hint: str = ""
    """Which options it was found with and now lacks, if it is not there any more."""


@click.command(
    "triage", short_help="Look at a folder of findings again.", epilog="Example: syslet triage findings --json"
)
@click.argument("directory", metavar="DIR", type=click.Path(exists=True, file_okay=False))
@target_option
@preempt_option
@build_option
@fault_option
@json_option
def triage_command(directory: str, target: str, preempt: str, build: str, fault: str | None, as_json: bool) -> None:
    """Group the findings in DIR by (clause, kind, first difference) and run the smallest of each again."""
    try:
        store = Store(Path(directory))
    except (OSError, ValueError, KeyError, msgspec.DecodeError) as error:
        raise Unreadable(str(error)) from None
    rows = []
    if store.groups:
        with open_target(target, fault, build, preempt) as native:
            rows = [_look(group.folder, signature, native) for signature, group in store.groups.items()]
        rows = [_hinted(row, target, build, fault) for row in rows]
    if as_json:
        print_json([attrs.asdict(row) for row in rows])
    else:
        for row in rows:
            click.echo(_row_text(row))
        click.echo(f"{_count(len(rows), 'group')}, {_count(sum(row.findings for row in rows), 'finding')}")
    raise click.exceptions.Exit(_status(rows))


def _status(rows: list[_Row]) -> int:
    """A divergence weighs more than an unknown."""
    answers = {row.now for row in rows} - {Outcome.ALLOWED.value}
    if answers - {Outcome.UNKNOWN.value}:
        return STATUS[Outcome.DIVERGENCE]
    return STATUS[Outcome.UNKNOWN if answers else Outcome.ALLOWED]


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"


def _look(folder: Path, signature: tuple[str, str, str], native: Target) -> _Row:
    smallest = folder / folders.SMALLEST
    program = read_case(str(smallest)).program
    judgement = judge(program, native)
    findings = sum(path.is_dir() and not path.name.startswith(".") for path in folder.iterdir())
    return _Row(signature, findings, order.lines(program), str(smallest), _now(judgement, signature))


def _hinted(row: _Row, target: str, build: str, fault: str | None) -> _Row:
    return row if row.now == _THERE else attrs.evolve(row, hint=lacking(row.path, target, build, fault))


def _now(judgement: Judgement, signature: tuple[str, str, str]) -> str:
    if judgement.signature == signature:
        return _THERE
    if judgement.signature is not None:
        return "now " + ", ".join(judgement.signature)
    return judgement.verdict.outcome.value


def _row_text(row: _Row) -> str:
    clause, kind, event = row.signature
    text = (
        f"{kind} · {clause} · {event}: {row.now}\n"
        f"    {sentence(clause)}\n"
        f"    {row.path} ({_count(row.lines, 'line')}, {_count(row.findings, 'finding')})"
    )
    return f"{text}\n    {row.hint}" if row.hint else text
