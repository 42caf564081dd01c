# SPDX-License-Identifier: Apache-2.0
"""`show`: a picture of a run."""

import shutil
from pathlib import Path
from typing import Final

import click

from fuzz.cli.errors import Unreadable, write_output
from fuzz.cli.options import Whole, can_print, choose_option, complete_files, reading_of, variant_option, with_choices
from fuzz.cli.reading import read_case, read_trace, what_lies_in
from fuzz.cli.running import MODEL, On, build_option, fault_option, meant_option, shown_target_option
from fuzz.findings import names as folders
from fuzz.oracle import judge_trace
from fuzz.tell.media import MEDIA, draw, medium_for
from fuzz.tell.narrate import narrate
from fuzz.tell.retell import alone, retell, silent
from fuzz.tell.story import Story
from fuzz.text import Case
from model import image as layout
from model.program import Choice, Program
from model.trace import Trace
from native.targets.host import Failure

_TEXT_WIDTH: Final = 100
_ITS_TARGET: Final = "the target"
"""Of a trace: which one, it does not say."""


@click.command(
    "show",
    short_help="Draw a run: text, SVG, HTML, or a file for Perfetto.",
    epilog="""\b
Examples:
  syslet show corpus/litmus/hello.syslet
  syslet show p.syslet --choose 2:2 --variant ring_full=overwrite
  syslet show p.syslet --target host --fault EVENT_OF_FIRST_ATOM -o p.html
  syslet show findings/ring-3-… -o finding.svg""",
)
@click.argument("what", metavar="PROG|TRACE|FINDING", shell_complete=complete_files)
@click.argument("trace", required=False, shell_complete=complete_files)
@click.option("--as", "medium", type=click.Choice(list(MEDIA)), help="The medium; the default is FILE's, or text.")
@click.option(
    "-o", "--output", metavar="FILE", help="Write to FILE (.txt, .svg, .html, .json); the default is standard output."
)
@shown_target_option
@click.option(
    "--against",
    type=click.Choice(["model", "nothing"]),
    default="model",
    show_default=True,
    help="Where a target leaves the specification: show both sides, or the target's alone.",
)
@variant_option("Run PROG on the model by this other reading of v3; may be given several times. See `syslet explain`.")
@choose_option
@build_option
@fault_option
@meant_option
@click.option(
    "--width",
    type=Whole(40),
    metavar="N",
    help="Columns of text; the default is the terminal's. Of an SVG the pixels that there is room for.",
)
@click.option("--ascii", "plain", is_flag=True, help="Text without other characters than ASCII.")
def show_command(
    what: str,
    trace: str | None,
    medium: str | None,
    output: str | None,
    target: str,
    against: str,
    settings: tuple[str, ...],
    choices: tuple[Choice, ...],
    build: str,
    fault: str | None,
    preempt: str | None,
    width: int | None,
    plain: bool,
) -> None:
    """Draw what happens in a run: who is head, what blocks, hand-overs, wake-ups and events.

    PROG is run on the model, or on --target. With TRACE, a trace file or the folder of a finding nothing is run: the
    trace is drawn as far as the model can follow it. Where it leaves the specification, both sides are drawn.
    """
    name = _name(what, trace)
    try:
        medium = medium_for(output, medium)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    if trace is None:
        what, trace = _find(what)
    _refuse(settings, choices, target, ran=trace is None)
    case = with_choices(read_case(what) if what else Case.of(Program()), choices)
    on = On(target if trace is None else MODEL, build, fault, preempt)
    observed = None if trace is None else read_trace(trace)
    if observed is not None and not what:
        story = alone(observed, _ITS_TARGET)
    elif observed is None and on.target == MODEL:
        read = f", read with {', '.join(settings)}" if settings else ""
        story = Story(f"on the model{read}", narrate(case.program, reading_of(settings), deep=on.deep(case, what)))
    else:
        story = _of_target(case, what, on, observed, both=against == "model")
    width_of_text = width or shutil.get_terminal_size((_TEXT_WIDTH, 24)).columns
    plain = plain or not (output or can_print("┃▶…"))
    drawn = draw(story, medium, case.program, name, width=width_of_text, plain=plain, room=width)
    if output is None or output == "-":
        click.echo(drawn, nl=False)
    else:
        write_output(output, drawn)


def _name(what: str, trace: str | None) -> str:
    """What the picture is called: the program, or the folder that its finding lies in."""
    if what == "-":
        return "standard input"
    path = Path(what)
    if path.is_dir():
        return path.resolve().name
    if trace is None and any(path.with_name(record).is_file() for record in (folders.RECORD, folders.GROUP)):
        return path.resolve().parent.name
    return path.name.removesuffix(".syslet")


def _refuse(settings: tuple[str, ...], choices: tuple[Choice, ...], target: str, *, ran: bool) -> None:
    """What was run is run, and a target has one reading."""
    if choices and not ran:
        raise click.UsageError("--choose is for a run; a trace went the way it went")
    if settings and (target != MODEL or not ran):
        raise click.UsageError("--variant is for a run of the model; targets have the pinned reading only")


def _find(what: str) -> tuple[str, str | None]:
    """Program and trace of a folder or trace file; the program is empty when it is not known."""
    path = Path(what)
    if path.is_dir():
        for folder in (path, *sorted(x for x in path.iterdir() if x.is_dir())):
            for program, trace in folders.WITNESSES.items():
                if (folder / program).is_file() and (folder / trace).is_file():
                    return str(folder / program), str(folder / trace)
        raise Unreadable(f"{what}: {what_lies_in(path)}")
    if path.suffix != ".json":
        return what, None
    beside = (path.with_name(program) for program, trace in folders.WITNESSES.items() if trace == path.name)
    return next((str(x) for x in beside if x.is_file()), ""), what


def _of_target(case: Case, path: str, on: On, observed: Trace | None, *, both: bool) -> Story:
    """A trace that is already there, or a run on the target."""
    program, deep = case.program, on.deep(case, path)
    image = layout.build(program)
    if observed is None:
        with on.open(case, path) as native:
            answer = native.run(image)
        if isinstance(answer, Failure):
            return silent(on.target, narrate(program, deep=deep), answer.kind.value, answer.text)
        observed, target = answer, on.target
    else:
        target = _ITS_TARGET
    verdict = judge_trace(program, image, observed, deep=deep).verdict
    return retell(program, observed, target, verdict, against_model=both, deep=deep)
