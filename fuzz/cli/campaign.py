# SPDX-License-Identifier: Apache-2.0
"""`fuzz`: a campaign."""

import os
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path

import click
from rich.console import Console

from fuzz import form
from fuzz.campaign.options import Options
from fuzz.cli.common import Whole, build_option, check_preempt, fault_option, preempt_option, print_json, targets_option
from fuzz.cli.errors import Unavailable, Unreadable
from fuzz.findings import names as folders


@click.command(
    "fuzz",
    short_help="Fuzz the model against the target.",
    epilog="""\b
Examples:
  syslet fuzz --time 60
  syslet fuzz --engine random --seed 7 --runs 10000
  syslet fuzz --target host,uml --time 600
  syslet fuzz --target uml --preempt deep --time 600
  syslet fuzz --time 600 -- -use_value_profile=1""",
)
@targets_option
@preempt_option
@click.option(
    "--engine",
    type=click.Choice(["atheris", "random"]),
    default="atheris",
    show_default=True,
    help="atheris is steered by the kernel's and the model's coverage; random repeats byte for byte.",
)
@click.option("--time", "seconds", type=Whole(1), metavar="S", help="Stop after this many seconds.")
@click.option("--runs", type=Whole(1), metavar="N", help="Stop after this many programs.")
@click.option("--seed", type=Whole(0, 2**31 - 1), metavar="N", help="By default a new one, which is printed.")
@click.option(
    "--findings",
    type=click.Path(file_okay=False),
    default="findings",
    show_default=True,
    metavar="DIR",
    help="Where findings are written. Those already there count as known.",
)
@click.option("--corpus", type=click.Path(file_okay=False), metavar="DIR", help="Keep the evolved corpus here.")
@click.option("--strict", is_flag=True, help="Stop at the first finding.")
@click.option("--instrument-model", is_flag=True, help="Add bytecode coverage of the model (about 3 times slower).")
@build_option
@fault_option
@click.option("--json", "as_json", is_flag=True, help="Print the counters as JSON at the end, progress on stderr.")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="[-- LIBFUZZER ARGS]")
def fuzz_command(
    names: tuple[str, ...],
    preempt: str,
    engine: str,
    seconds: int | None,
    runs: int | None,
    seed: int | None,
    findings: str,
    corpus: str | None,
    strict: bool,
    instrument_model: bool,
    build: str,
    fault: str | None,
    as_json: bool,
    arguments: tuple[str, ...],
) -> None:
    """Fuzz the model against the targets until the time or the runs are used up, or until Ctrl-C.

    Nothing a target does ends a campaign: crashes, hangs and reports are findings like any other.
    """
    if arguments and engine != "atheris":
        raise click.UsageError("arguments after -- are libFuzzer's; the random engine takes none")
    check_preempt(preempt, names)
    if instrument_model:
        form.need_interpreted()
    check_writable(Path(findings))
    if corpus:
        check_writable(Path(corpus))
    from fuzz.campaign.engine_atheris import CampaignError
    from fuzz.campaign.run import run
    from native.targets.host import TargetUnavailable

    options = Options(
        targets=names,
        engine=engine,
        seed=secrets.randbelow(2**31 - 1) + 1 if seed is None else seed,
        seconds=seconds,
        runs=runs,
        findings=os.fspath(findings),
        corpus=corpus,
        strict=strict,
        fault=fault,
        build=build,
        preempt=preempt,
        instrument_model=instrument_model,
        arguments=arguments,
    )
    console = Console(stderr=as_json)
    mode = ", preempted inside objects" if preempt == "deep" else ""
    title = f"syslet fuzz: {' and '.join(names)}{mode}, engine {engine}, seed {options.seed}"
    console.print(f"{title} (model: {form.describe()})", highlight=False, soft_wrap=True)
    try:
        outcome = run(options, console)
    except TargetUnavailable as error:
        raise Unavailable(str(error)) from None
    except (CampaignError, ValueError) as error:
        raise Unreadable(str(error)) from None
    if as_json:
        print_json(
            {
                "seed": options.seed,
                "model": form.describe(),
                "findings": [str(x) for x in outcome.groups],
                **outcome.counted,
            }
        )
    else:
        click.echo(outcome.text)
        for line in next_steps(outcome.groups, outcome.new or outcome.again, build, fault, names, preempt):
            click.echo(line)
    raise click.exceptions.Exit(1 if outcome.counted["divergence"] else 0)


def check_writable(folder: Path) -> None:
    """Findings that cannot be written are lost, so a campaign does not begin without a place for them."""
    made = [path for path in (folder, *folder.parents) if not path.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise Unreadable(f"{folder}: cannot be written: {error.strerror or error}") from None
    finally:
        for path in made:
            with suppress(OSError):
                path.rmdir()


def next_steps(
    groups: list[Path], met: list[Path], build: str, fault: str | None, names: tuple[str, ...], preempt: str
) -> list[str]:
    """Commands for the first group that was met, with the options that show it again; older ones may need others."""
    if not groups:
        return []
    options = (f" --fault {fault}" if fault else "") + (f" --build {build}" if build != "fast" else "")
    from fuzz.campaign.panel import target_of

    group = (met or groups)[0]
    found_on = target_of(group)
    if found_on in names and found_on != "host":
        options += f" --target {found_on}"
    if preempt != "points":
        options += f" --preempt {preempt}"
    triage = f"  syslet triage {group.parent}{options}"
    if not met:
        return ["next, since all these findings are of earlier campaigns:", triage]
    return ["next:", f"  syslet diff {group / folders.SMALLEST}{options}", triage]
