# SPDX-License-Identifier: Apache-2.0
"""`run`, `check` and `diff`: one program at a time."""

from typing import Final, NoReturn

import click

from fuzz.ask.rejected import as_dict, print_rejection, reject
from fuzz.cli.common import (
    Whole,
    build_option,
    fault_option,
    json_option,
    open_target,
    print_json,
    read_case,
    read_trace,
    target_option,
    target_parameters,
)
from fuzz.cli.errors import STATUS, Unreadable
from fuzz.cli.found import lacking
from fuzz.cli.mode import MODEL, meant_option, mode_of
from fuzz.findings import report
from fuzz.oracle import Judgement, judge, judge_trace
from fuzz.text import symbols
from fuzz.text.misfit import misfit
from fuzz.text.tracefile import to_json
from model import image as layout
from model.spec import run
from model.trace import Trace
from model.verdict import DEFAULT_BUDGET, Outcome
from native.targets import known as targets
from native.targets.host import Failure

_BUDGET: Final = click.option(
    "--budget",
    type=Whole(1),
    default=DEFAULT_BUDGET,
    show_default=True,
    metavar="N",
    help="How many blocks a search may try before it answers unknown.",
)


@click.command(
    "run",
    short_help="Run one program, print its trace.",
    epilog="Example: syslet run corpus/litmus/hello.syslet --target model",
)
@click.argument("prog")
@click.option("--target", **target_parameters(MODEL), default=MODEL, help="What to run on.")
@meant_option
@build_option
@fault_option
@json_option
def run_command(prog: str, target: str, preempt: str | None, build: str, fault: str | None, as_json: bool) -> None:
    """Run PROG once and print its trace. Its expectations are not checked: `syslet replay PROG` does that."""
    case = read_case(prog)
    program, mode = case.program, mode_of(preempt, case, prog, target)
    image = layout.build(program)
    answer: Trace | Failure
    if target == MODEL:
        answer = run.run(image, deep=mode == targets.DEEP)
    else:
        with open_target(target, fault, build, mode) as native:
            answer = native.run(image)
    if isinstance(answer, Failure):
        _target_failed(answer, as_json)
    elif as_json:
        click.echo(to_json(answer), nl=False)
    else:
        click.echo(symbols.print_trace(answer, program).rstrip())


def _target_failed(failure: Failure, as_json: bool) -> None:
    if as_json:
        print_json({"failure": failure.kind.value, "report": failure.text})
    else:
        click.echo(f"the target gave no trace: {failure.kind.value}\n{failure.text.rstrip()}")
    raise click.exceptions.Exit(1)


@click.command(
    "check",
    short_help="Is this trace an allowed run of this program?",
    epilog="Example: syslet run p.syslet --target host --json > t.json && syslet check p.syslet t.json",
)
@click.argument("prog")
@click.argument("trace")
@meant_option
@_BUDGET
@json_option
def check_command(prog: str, trace: str, preempt: str | None, budget: int, as_json: bool) -> None:
    """Ask the model whether TRACE, as `syslet run --json` prints it, is an allowed run of PROG.

    If it is not, the answer is the longest part that some run explains, the states in which those runs were left, and
    what each of them would have shown next, by which clause. PROG's expectations are not checked: `syslet replay
    PROG` does that.

    A trace with steps or operations that PROG does not have belongs to another program. It is not judged, and the exit
    status is 2.
    """
    case = read_case(prog)
    program, deep = case.program, mode_of(preempt, case, prog) == targets.DEEP
    observed = read_trace(trace)
    if other := misfit(program, observed):
        _refuse(prog, trace, other, as_json)
    image = layout.build(program)
    judgement = judge_trace(program, image, observed, budget=budget, deep=deep)
    rejection = reject(judgement, image, budget)
    if as_json:
        print_json({**report.as_dict(judgement), **(as_dict(rejection) if rejection else {})})
    else:
        click.echo(report.explain(judgement), nl=False)
        if rejection:
            click.echo("\n" + print_rejection(rejection))
    raise click.exceptions.Exit(STATUS[judgement.verdict.outcome])


def _refuse(prog: str, trace: str, why: str, as_json: bool) -> NoReturn:
    """End as with any wrong file: a verdict on another program's trace would read like a divergence."""
    if as_json:
        print_json({"outcome": "misfit", "misfit": why})
        raise click.exceptions.Exit(Unreadable.exit_code)
    raise Unreadable(
        f"{trace} does not fit {prog}: {why}. It seems to be another program's."
        " If a target made it of this one, syslet diff judges that."
    )


@click.command(
    "diff",
    short_help="Compare the target with the model on one program.",
    epilog="Example: syslet diff findings/ring-3-…/smallest.syslet",
)
@click.argument("prog")
@target_option
@meant_option
@build_option
@fault_option
@_BUDGET
@json_option
def diff_command(
    prog: str, target: str, preempt: str | None, build: str, fault: str | None, budget: int, as_json: bool
) -> None:
    """Run PROG on the target and compare with the model.

    Shows the last common event, the first difference, the clause with its sentence, and what was allowed.
    """
    case = read_case(prog)
    with open_target(target, fault, build, mode_of(preempt, case, prog, target)) as native:
        judgement = judge(case.program, native, budget=budget)
    diverges = judgement.verdict.outcome is Outcome.DIVERGENCE
    _answer(judgement, "" if diverges else lacking(prog, target, build, fault), as_json)


def _answer(judgement: Judgement, hint: str, as_json: bool) -> None:
    if as_json:
        print_json({**report.as_dict(judgement), **({"hint": hint} if hint else {})})
    else:
        click.echo(report.explain(judgement), nl=False)
        if hint:
            click.echo(hint)
    raise click.exceptions.Exit(STATUS[judgement.verdict.outcome])
