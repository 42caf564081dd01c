# SPDX-License-Identifier: Apache-2.0
"""`run`, `check` and `diff`: one program at a time."""

import click

from fuzz.ask.rejected import as_dict, print_rejection, reject
from fuzz.cli.errors import STATUS, Unreadable
from fuzz.cli.options import budget_option, complete_files, json_option, print_json
from fuzz.cli.reading import read_case, read_trace
from fuzz.cli.running import MODEL, On, any_target_option, meant_option, runs_on
from fuzz.cli.terminal import say
from fuzz.findings import report
from fuzz.oracle import judge, judge_trace
from fuzz.text import symbols
from fuzz.text.misfit import misfit
from fuzz.text.tracefile import to_json
from model import image as layout
from model.spec import run
from model.trace import Trace
from model.verdict import Outcome
from native.targets.host import Failure


@click.command(
    "run",
    short_help="Run one program, print its trace.",
    epilog="Example: syslet run corpus/litmus/hello.syslet --target model",
)
@click.argument("prog", shell_complete=complete_files)
@runs_on(any_target_option)
@json_option
def run_command(prog: str, on: On, as_json: bool) -> None:
    """Run PROG once and print its trace. Its expectations are not checked: `syslet replay PROG` does that."""
    case = read_case(prog)
    image = layout.build(case.program)
    answer: Trace | Failure
    if on.target == MODEL:
        answer = run.run(image, deep=on.deep(case, prog))
    else:
        with on.open(case, prog) as native:
            answer = native.run(image)
    if isinstance(answer, Failure):
        if as_json:
            print_json({"failure": answer.kind.value, "report": answer.text})
        else:
            say(f"the target gave no trace: {answer.kind.value}\n{answer.text.rstrip()}")
        raise click.exceptions.Exit(1)
    click.echo(to_json(answer).rstrip() if as_json else symbols.print_trace(answer, case.program).rstrip())


@click.command(
    "check",
    short_help="Is this trace an allowed run of this program?",
    epilog="Example: syslet run p.syslet --target host --json > t.json && syslet check p.syslet t.json",
)
@click.argument("prog", shell_complete=complete_files)
@click.argument("trace", shell_complete=complete_files)
@meant_option
@budget_option
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
    deep = On(preempt=preempt).deep(case, prog)
    observed = read_trace(trace)
    # A verdict on another program's trace would read like a divergence.
    if why := misfit(case.program, observed):
        if as_json:
            print_json({"outcome": "misfit", "misfit": why})
            raise click.exceptions.Exit(Unreadable.exit_code)
        raise Unreadable(
            f"{trace} does not fit {prog}: {why}. It seems to be another program's."
            " If a target made it of this one, syslet diff judges that."
        )
    image = layout.build(case.program)
    judgement = judge_trace(case.program, image, observed, budget=budget, deep=deep)
    rejection = reject(judgement, image, budget)
    if as_json:
        print_json({**report.as_dict(judgement), **(as_dict(rejection) if rejection else {})})
    else:
        say(report.explain(judgement), nl=False)
        if rejection:
            say("\n" + print_rejection(rejection))
    raise click.exceptions.Exit(STATUS[judgement.verdict.outcome])


@click.command(
    "diff",
    short_help="Compare the target with the model on one program.",
    epilog="Example: syslet diff findings/ring-3-…/smallest.syslet",
)
@click.argument("prog", shell_complete=complete_files)
@runs_on()
@budget_option
@json_option
def diff_command(prog: str, on: On, budget: int, as_json: bool) -> None:
    """Run PROG on the target and compare with the model.

    Shows the last common event, the first difference, the clause with its sentence, and what was allowed.
    """
    case = read_case(prog)
    with on.open(case, prog) as native:
        judgement = judge(case.program, native, budget=budget)
    outcome = judgement.verdict.outcome
    hint = "" if outcome is Outcome.DIVERGENCE else on.lacking(prog)
    if as_json:
        print_json({**report.as_dict(judgement), **({"hint": hint} if hint else {})})
    else:
        say(report.explain(judgement) + hint, nl=bool(hint))
    raise click.exceptions.Exit(STATUS[outcome])
