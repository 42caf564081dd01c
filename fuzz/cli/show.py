# SPDX-License-Identifier: Apache-2.0
"""`show`: a picture of a run."""

import shutil
import sys
from pathlib import Path
from typing import Final

import click

from fuzz.cli.common import (
    Whole,
    build_option,
    fault_option,
    open_target,
    read_case,
    read_trace,
    target_parameters,
)
from fuzz.cli.errors import Unreadable
from fuzz.cli.formats import what_lies_in
from fuzz.cli.mode import MODEL, meant_option, mode_of
from fuzz.cli.reading import choose_option, reading_of, variant_option, with_choices
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
from native.targets import known as targets
from native.targets.host import Failure

_WITNESSES: Final = (
    (folders.MINIMIZED, folders.OF_MINIMIZED + folders.TRACE),
    (folders.PROGRAM, folders.TRACE),
)
"""Program and trace as they lie in a finding's folder, the smaller ones first."""
_RECORDS: Final = (folders.RECORD, folders.GROUP)
"""Beside which lies what has a name by its folder."""
_TEXT_WIDTH: Final = 100


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
@click.argument("what", metavar="PROG|TRACE|FINDING")
@click.argument("trace", required=False)
@click.option("--as", "medium", type=click.Choice(list(MEDIA)), help="The medium; the default is FILE's, or text.")
@click.option(
    "-o", "--output", metavar="FILE", help="Write to FILE (.txt, .svg, .html, .json); the default is standard output."
)
@click.option(
    "--target",
    **target_parameters(MODEL),
    default=MODEL,
    help="What to run PROG on.",
)
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
    both = against == "model"
    name = _name(what, trace)
    try:
        medium = medium_for(output, medium)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    if trace is None:
        what, trace = _find(what)
    _refuse(settings, choices, target, ran=trace is None)
    case = with_choices(read_case(what) if what else Case.of(Program()), choices)
    program = case.program
    deep = mode_of(preempt, case, what, MODEL if trace is not None else target) == targets.DEEP
    if trace is not None:
        observed = read_trace(trace)
        story = (
            _of_trace(program, observed, "the target", both=both, deep=deep) if what else alone(observed, "the target")
        )
    else:
        if settings:
            part = narrate(program, reading_of(settings), deep=deep)
            story = Story(f"on the model, read with {', '.join(settings)}", part)
        else:
            story = _of_run(program, target, build, fault, both=both, deep=deep)
    plain = plain or (not output and _plain())
    drawn = draw(story, medium, program, name, width=width or _terminal(), plain=plain, room=width)
    if output is None or output == "-":
        click.echo(drawn, nl=False)
        return
    try:
        Path(output).write_text(drawn, encoding="utf-8")
    except OSError as error:
        raise Unreadable(f"{output}: {error.strerror or error}") from None


def _name(what: str, trace: str | None) -> str:
    """What the picture is called: the program, or the folder that its finding lies in."""
    if what == "-":
        return "standard input"
    path = Path(what)
    if path.is_dir():
        return path.resolve().name
    if trace is None and any(path.with_name(record).is_file() for record in _RECORDS):
        return path.resolve().parent.name
    return path.name.removesuffix(".syslet")


def _refuse(settings: tuple[str, ...], choices: tuple[Choice, ...], target: str, *, ran: bool) -> None:
    """What was run is run, and a target has one reading."""
    if choices and not ran:
        raise click.UsageError("--choose is for a run; a trace went the way it went")
    if settings and (target != MODEL or not ran):
        raise click.UsageError("--variant is for a run of the model; targets have the pinned reading only")


def _terminal() -> int:
    return shutil.get_terminal_size((_TEXT_WIDTH, 24)).columns


def _plain() -> bool:
    """Whether standard output cannot show the characters of a picture."""
    try:
        "┃▶…".encode(getattr(sys.stdout, "encoding", None) or "ascii")
    except UnicodeEncodeError:
        return True
    return False


def _find(what: str) -> tuple[str, str | None]:
    """Program and trace of a folder or trace file; the program is empty when it is not known."""
    path = Path(what)
    if path.is_dir():
        for folder in (path, *sorted(x for x in path.iterdir() if x.is_dir())):
            for program, trace in _WITNESSES:
                if (folder / program).is_file() and (folder / trace).is_file():
                    return str(folder / program), str(folder / trace)
        raise Unreadable(f"{what}: {what_lies_in(path)}")
    if path.suffix != ".json":
        return what, None
    for program, trace in _WITNESSES:
        if path.name == trace and path.with_name(program).is_file():
            return str(path.with_name(program)), what
    return "", what


def _of_trace(program: Program, trace: Trace, target: str, *, both: bool, deep: bool) -> Story:
    judgement = judge_trace(program, layout.build(program), trace, deep=deep)
    return retell(program, trace, target, judgement.verdict, against_model=both, deep=deep)


def _of_run(program: Program, target: str, build: str, fault: str | None, *, both: bool, deep: bool) -> Story:
    if target == MODEL:
        return Story("on the model", narrate(program, deep=deep))
    with open_target(target, fault, build, targets.DEEP if deep else targets.POINTS) as native:
        answer = native.run(layout.build(program))
    if isinstance(answer, Failure):
        return silent(target, narrate(program, deep=deep), answer.kind.value, answer.text)
    return _of_trace(program, answer, target, both=both, deep=deep)
