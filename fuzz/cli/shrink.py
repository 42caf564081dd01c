# SPDX-License-Identifier: Apache-2.0
"""`minimize` and `triage`: work on what a campaign found."""

import time
from pathlib import Path
from typing import Any, Final

import attrs
import click

from fuzz.cli.errors import STATUS, Unreadable, write_output
from fuzz.cli.options import json_option, limit_option, print_json, reports_option, write_reports
from fuzz.cli.reading import findings_of, read_case
from fuzz.cli.running import On, preempt_option, runs_on
from fuzz.findings import machine
from fuzz.findings.group import Group, findings_in
from fuzz.findings.report import counted, sentence
from fuzz.findings.store import Store, witness_text
from fuzz.minimize import order
from fuzz.minimize.witness import DEFAULT_RUNS, work_up
from fuzz.oracle import Judgement, Signature, judge
from fuzz.text import print_program
from model.verdict import Outcome
from native.targets.host import Target

_THERE: Final = "still there"


@click.command(
    "minimize",
    short_help="The simplest program that shows the same divergence.",
    epilog="Example: syslet minimize findings/…/program.syslet -o small.syslet",
)
@click.argument("prog")
@runs_on()
@limit_option("--runs", DEFAULT_RUNS, "How many runs minimizing one program may cost.")
@click.option("-o", "--output", type=click.Path(dir_okay=False, writable=True), help="Write the text here.")
@json_option
def minimize_command(prog: str, on: On, runs: int, output: str | None, as_json: bool) -> None:
    """Simplify PROG while it shows the same divergence; without a verdict, while it stays unexplained.

    The exit status is that of the simplified program.
    """
    case = read_case(prog)
    with on.open(case, prog) as native:
        judgement = judge(case.program, native)
        if judgement.verdict.outcome is Outcome.ALLOWED:
            click.echo(f"{prog}: allowed, nothing to minimize", err=True)
            if hint := on.lacking(prog):
                click.echo(hint, err=True)
            if as_json:
                print_json(_answer(judgement, judgement))
            return
        witness = work_up(judgement, native, limit=runs)
    final, result = witness.judgement or judgement, witness.result
    text = print_program(final.program) if result is None or not final.signature else witness_text(final)
    if result is None:
        click.echo(f"{prog}: {witness.reruns} runs, and none showed it again; nothing was minimized", err=True)
    if as_json:
        made = {} if result is None else {"runs": result.runs, "complete": result.complete, "taken": result.taken}
        print_json(_answer(judgement, final, program=text, stability=[witness.same, witness.reruns], **made))
    elif result is not None and not output:
        click.echo(text, nl=False)
    if result is not None and not result.complete:
        click.echo(
            f"{prog}: cut: the allowance of {counted(runs, 'run')} was used up; a larger --runs goes on", err=True
        )
    if result is not None and output:
        try:
            write_output(output, text)
        except Unreadable:
            click.echo(text, nl=False)  # it may have taken long
            raise
    raise click.exceptions.Exit(STATUS[final.verdict.outcome])


def _answer(first: Judgement, final: Judgement, **made: Any) -> dict[str, Any]:
    """The answer of `minimize --json`, which has the same keys if there was nothing to do."""
    return {
        "program": print_program(final.program),
        "signature": final.signature,
        "lines": [order.lines(first.program), order.lines(final.program)],
        "runs": 0,
        "stability": None,
        "complete": False,
        "taken": {},
        **made,
    }


@attrs.frozen
class _Row:
    """One group of findings, looked at again."""

    signature: Signature
    findings: int
    lines: int
    path: str
    now: str
    hint: str = ""
    """Which options it was found with and now lacks, if it is not there any more; else how minimizing went on."""
    starts: tuple[int, int] | None = None
    """How many of how many fresh starts showed it again when it was met."""
    seconds: float = 0.0
    """How long this took."""

    def __str__(self) -> str:
        clause, kind, event = self.signature
        return (
            f"{kind} · {clause} · {event}: {self.now}\n"
            f"    {sentence(clause)}\n"
            f"    {self.path} ({counted(self.lines, 'line')}, {counted(self.findings, 'finding')})"
        ) + (f"\n    {self.hint}" if self.hint else "")


@click.command(
    "triage", short_help="Look at a folder of findings again.", epilog="Example: syslet triage findings --json"
)
@click.argument("directory", metavar="DIR", type=click.Path(exists=True, file_okay=False))
@runs_on(preempt=preempt_option)
@limit_option("--runs", DEFAULT_RUNS, "How many runs minimizing one group may cost.")
@reports_option
@json_option
def triage_command(directory: str, on: On, runs: int, junit_xml: str | None, sarif: str | None, as_json: bool) -> None:
    """Group the findings in DIR by (clause, kind, first difference) and run the smallest of each again.

    What is still there and was not minimized to the end is minimized further: its campaign was broken off, or its
    allowance was used up. A folder of a campaign is that of its findings.
    """
    store = Store(findings_of(Path(directory)))
    rows = []
    if store.groups:
        with on.open() as native:
            rows = [_look(group, native, on, store, runs) for group in store.groups.values()]
    if as_json:
        print_json([attrs.asdict(row) for row in rows])
    else:
        for row in rows:
            click.echo(row)
        click.echo(f"{counted(len(rows), 'group')}, {counted(sum(row.findings for row in rows), 'finding')}")
    for line in store.damaged:
        click.echo(line, err=True)
    told = [
        machine.Row(group, row.now != Outcome.ALLOWED.value, row.now, row.seconds)
        for group, row in zip(store.groups.values(), rows, strict=True)
    ]
    write_reports("syslet triage", told, sum(row.seconds for row in rows), junit_xml, sarif)
    status = _status({row.now for row in rows})
    raise click.exceptions.Exit(status if status == STATUS[Outcome.DIVERGENCE] or not store.damaged else 2)


def _look(group: Group, native: Target, on: On, store: Store, runs: int) -> _Row:
    began, went_on = time.monotonic(), ""
    path = str(group.smallest)
    judgement = judge(group.program, native)
    if judgement.signature == group.signature:
        now = _THERE
        before = group.lines
        if folder := group.broken_off or group.cut:
            store.add_witness(folder, work_up(judgement, native, limit=runs))
            went_on = f"minimized from {before} to {counted(group.lines, 'line')}"
            went_on += "; cut again: triage goes on with it" if group.cut else ""
    elif judgement.signature is not None:
        now = "now " + ", ".join(judgement.signature)
    else:
        now = judgement.verdict.outcome.value
    findings = len(list(findings_in(group.folder)))
    hint = went_on if now == _THERE else on.lacking(path)
    return _Row(group.signature, findings, group.lines, path, now, hint, group.starts, time.monotonic() - began)


def _status(answers: set[str]) -> int:
    """A divergence weighs more than an unknown."""
    bad = answers - {Outcome.ALLOWED.value}
    if bad - {Outcome.UNKNOWN.value}:
        return STATUS[Outcome.DIVERGENCE]
    return STATUS[Outcome.UNKNOWN if bad else Outcome.ALLOWED]
