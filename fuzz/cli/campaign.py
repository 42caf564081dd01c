# SPDX-License-Identifier: Apache-2.0
"""`fuzz`: a campaign."""

import os
import shlex
import tempfile
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec
from rich.console import Console

from fuzz import form
from fuzz.campaign import folder
from fuzz.campaign.engine_atheris import manages
from fuzz.campaign.explained import look as look_at
from fuzz.campaign.opened import open_targets
from fuzz.campaign.options import CampaignError, Options
from fuzz.cli import status
from fuzz.cli.errors import Unreadable
from fuzz.cli.known import read_known
from fuzz.cli.options import Whole, print_json, reports_option, seed_option, write_reports
from fuzz.cli.running import build_option, check_preempt, fault_option, preempt_option, targets_option
from fuzz.findings import known
from fuzz.findings.group import Group
from fuzz.findings.machine import Row
from native.targets import known as targets

if TYPE_CHECKING:
    from fuzz.campaign.run import Outcome


@click.command(
    "fuzz",
    short_help="Fuzz the model against the target.",
    epilog="""\b
Examples:
  syslet fuzz --time 60
  syslet fuzz --engine random --seed 7 --runs 10000
  syslet fuzz --target host,uml --time 600
  syslet fuzz --target uml --preempt deep --time 600
  syslet fuzz --campaign nightly --jobs 4 --time 3600
  syslet fuzz --time 600 -- -use_value_profile=1""",
)
@targets_option
@preempt_option
@click.option(
    "--engine",
    type=click.Choice(["atheris", "random", "hypothesis"]),
    default="atheris",
    show_default=True,
    help="atheris is steered by the kernel's and the model's coverage; random repeats byte for byte; hypothesis draws"
    " programs without corpus and steering, as a baseline.",
)
@click.option("--time", "seconds", type=Whole(1), metavar="S", help="Stop after S seconds; a finding has 15 more.")
@click.option(
    "--total-time",
    "total",
    type=Whole(1),
    metavar="S",
    help="Stop when all runs of the campaign have taken S seconds.",
)
@click.option("--runs", type=Whole(1), metavar="N", help="Stop after this many programs.")
@click.option(
    "--jobs",
    type=Whole(1, 256),
    metavar="N",
    help="How many processes fuzz at once, each on a processor of its own.  [default: all but one]",
)
@seed_option
@click.option(
    "--campaign",
    type=click.Path(file_okay=False),
    metavar="DIR",
    help="Keep corpus, findings and statistics here, and go on with what is there.",
)
@click.option(
    "--findings",
    type=click.Path(file_okay=False),
    metavar="DIR",
    help="Where findings are written. Those already there count as known.  [default: findings]",
)
@click.option("--corpus", type=click.Path(file_okay=False), metavar="DIR", help="Keep the evolved corpus here.")
@click.option(
    "--known",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="Findings that are known and explained.  [default: known.toml, if there is one]",
)
@click.option(
    "--fail-on",
    type=click.Choice(["new", "any", "none"]),
    default="new",
    show_default=True,
    help="Which divergences make the exit status 1. Those that no fresh start shows again never do.",
)
@click.option("--strict", is_flag=True, help="Stop at the first finding that is new.")
@click.option("--instrument-model", is_flag=True, help="Add bytecode coverage of the model (about 3 times slower).")
@build_option
@fault_option
@reports_option
@click.option("--json", "as_json", is_flag=True, help="Print the counters as JSON at the end, progress on stderr.")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="[-- LIBFUZZER ARGS]")
def fuzz_command(as_json: bool, junit_xml: str | None, sarif: str | None, **given: Any) -> None:
    """Fuzz the model against the targets until the time or the runs are used up, or until Ctrl-C.

    Nothing a target does ends a campaign: crashes, hangs and reports are findings like any other.
    """
    options = _options(given)
    _check(options)
    options, stale = _explained(options)
    from fuzz.campaign.run import run

    console = _Console(stderr=as_json)
    mode = ", preempted inside objects" if options.preempt == "deep" else ""
    jobs = f", {options.jobs} jobs" if options.jobs > 1 else ""
    title = f"syslet fuzz: {' and '.join(options.targets)}{mode}, engine {options.engine}{jobs}, seed {options.seed}"
    console.print(f"{title} (model: {form.describe()})", highlight=False, soft_wrap=True)
    outcome = run(options, console)
    for line in [*stale, *outcome.told]:
        click.echo(f"syslet: {line}", err=True)
    if as_json:
        print_json(_as_json(options, outcome, stale))
    else:
        click.echo("\n".join([outcome.text, *next_steps(outcome.groups, outcome.new or outcome.again, options)]))
    write_reports("syslet fuzz", _rows(outcome, options), outcome.seconds, junit_xml, sarif)
    if outcome.trouble:
        raise CampaignError(outcome.trouble)
    raise click.exceptions.Exit(status.DIVERGENCE if outcome.fails(options.fail_on) else status.FINE)


def _options(given: dict[str, Any]) -> Options:
    """What was asked for, with what follows from it."""
    campaign = given["campaign"]
    place = Path(campaign or "")
    given["findings"] = given["findings"] or str(place / folder.FINDINGS)
    if campaign is not None:
        given["corpus"] = given["corpus"] or str(place / folder.CORPUS)
    elif given["total"] is not None:
        raise click.UsageError("--total-time is of a campaign that goes on over many runs: add --campaign DIR")
    if given["known"] is None and Path(known.FILE).is_file():
        given["known"] = known.FILE
    jobs = given.pop("jobs")
    options = msgspec.convert({**given, "known": given["known"] or ""}, Options)
    if options.engine != "atheris":
        if options.arguments:
            raise click.UsageError(f"arguments after -- are libFuzzer's; the {options.engine} engine takes none")
        if (jobs or 1) > 1:
            raise click.UsageError(f"the {options.engine} engine repeats itself, several jobs do not: leave out --jobs")
        jobs = 1
    if manages(options):
        jobs = 1
    return msgspec.structs.replace(options, jobs=jobs or max(1, len(os.sched_getaffinity(0)) - 1))


def _check(options: Options) -> None:
    """Raises what is wrong before any work is done."""
    check_preempt(options.preempt, options.targets)
    if options.instrument_model:
        form.need_interpreted()
    for place in (options.campaign, options.findings, options.corpus):
        if place:
            check_writable(Path(place))
    for name in options.targets:
        if name != "host":  # that one may have to be built, which takes a while
            targets.open_target(name, fault=options.fault, preempt=options.preempt).close()


def _explained(options: Options) -> tuple[Options, list[str]]:
    """With the findings that are known; and a line for each of them that is not there any more."""
    if not options.known:
        return options, []
    entries = read_known(options.known)
    with open_targets(options) as opened:
        looked = look_at(entries, opened)
    signatures = tuple(sorted(known.signatures(entries)))
    return msgspec.structs.replace(options, explained=signatures), [str(x) for x in looked if x.stale]


def _rows(outcome: "Outcome", options: Options) -> list[Row]:
    """What this run met, for reports: what is new first."""
    counts = {"none": [], "new": outcome.new, "any": [*outcome.new, *outcome.again]}[options.fail_on]
    rows = [Row(x, x in counts and x.confirmed, "new") for x in outcome.new]
    rows += [Row(x, x in counts and x.confirmed, "a known group, met again") for x in outcome.again]
    return [x if x.group.confirmed else Row(x.group, False, "NOT CONFIRMED") for x in rows]


def _as_json(options: Options, outcome: "Outcome", stale: list[str]) -> dict[str, Any]:
    """For scripts: what was run, how long, and what came of it."""
    seconds = round(outcome.seconds, 1)
    return {
        "version": version("syslets"),
        "model": form.describe(),
        "engine": options.engine,
        "targets": list(options.targets),
        "builds": outcome.builds,
        "fault": options.fault,
        "jobs": options.jobs,
        "seed": options.seed,
        "seconds": seconds,
        "rate": round(outcome.counted["runs"] / max(seconds, 0.1), 1),
        "interrupted": outcome.interrupted,
        "findings": [str(group.folder) for group in outcome.groups],
        "new": [str(group.folder) for group in outcome.new],
        "not_confirmed": [str(group.folder) for group in outcome.groups if not group.confirmed],
        "told": [*stale, *outcome.told],
        **outcome.counted,
        **({"campaign": outcome.whole} if outcome.whole else {}),
    }


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Leave the status to us."""
        raise  # noqa: PLE0704  # what is being handled


def check_writable(place: Path) -> None:
    """Findings that cannot be written are lost, so a campaign does not begin without a place for them."""
    made = [path for path in (place, *place.parents) if not path.exists()]
    try:
        place.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=place) as file:
            file.write(b"whether there is any room")
            file.flush()
    except OSError as error:
        raise Unreadable(f"{place}: cannot be written: {error.strerror or error}") from None
    finally:
        for path in made:
            with suppress(OSError):
                path.rmdir()


def next_steps(groups: list[Group], met: list[Group], options: Options) -> list[str]:
    """Commands for the first group that was met, with the options that show it again; older ones may need others."""
    if not groups:
        return []
    group = (met or groups)[0]
    add = ["--fault", options.fault] if options.fault else []
    add += ["--build", options.build] if options.build != "fast" else []
    add += ["--target", group.target] if group.target in options.targets and group.target != "host" else []
    add += ["--preempt", options.preempt] if options.preempt != "points" else []
    triage = f"  {shlex.join(['syslet', 'triage', str(group.folder.parent), *add])}"
    if not met:
        return ["next, since all these findings are of earlier campaigns:", triage]
    return ["next:", f"  {shlex.join(['syslet', 'diff', str(group.smallest), *add])}", triage]
