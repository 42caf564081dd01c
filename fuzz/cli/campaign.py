# SPDX-License-Identifier: Apache-2.0
"""`fuzz`: a campaign."""

import secrets
import shlex
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import click
import msgspec
from rich.console import Console

from fuzz import form
from fuzz.campaign.options import Options
from fuzz.cli.errors import Unreadable
from fuzz.cli.options import Whole, print_json
from fuzz.cli.running import build_option, check_preempt, fault_option, preempt_option, targets_option
from fuzz.findings.store import Group
from native.targets import known as targets

_LARGEST_SEED: Final = 2**31 - 1


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
@click.option("--time", "seconds", type=Whole(1), metavar="S", help="Stop after S seconds; a finding has 15 more.")
@click.option("--runs", type=Whole(1), metavar="N", help="Stop after this many programs.")
@click.option(
    "--seed",
    type=Whole(0, _LARGEST_SEED),
    default=lambda: secrets.randbelow(_LARGEST_SEED) + 1,
    metavar="N",
    help="By default a new one, which is printed.",
)
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
def fuzz_command(as_json: bool, **given: Any) -> None:
    """Fuzz the model against the targets until the time or the runs are used up, or until Ctrl-C.

    Nothing a target does ends a campaign: crashes, hangs and reports are findings like any other.
    """
    options = msgspec.convert(given, Options)
    if options.arguments and options.engine != "atheris":
        raise click.UsageError("arguments after -- are libFuzzer's; the random engine takes none")
    check_preempt(options.preempt, options.targets)
    if options.instrument_model:
        form.need_interpreted()
    for folder in (options.findings, options.corpus):
        if folder:
            check_writable(Path(folder))
    for name in options.targets:
        if name != "host":  # that one may have to be built, which takes a while
            targets.open_target(name, fault=options.fault, preempt=options.preempt).close()
    from fuzz.campaign.run import run

    console = _Console(stderr=as_json)
    mode = ", preempted inside objects" if options.preempt == "deep" else ""
    title = f"syslet fuzz: {' and '.join(options.targets)}{mode}, engine {options.engine}, seed {options.seed}"
    console.print(f"{title} (model: {form.describe()})", highlight=False, soft_wrap=True)
    outcome = run(options, console)
    if as_json:
        found = [str(group.folder) for group in outcome.groups]
        print_json({"seed": options.seed, "model": form.describe(), "findings": found, **outcome.counted})
    else:
        click.echo("\n".join([outcome.text, *next_steps(outcome.groups, outcome.new or outcome.again, options)]))
    raise click.exceptions.Exit(1 if outcome.counted["divergence"] else 0)


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Leave the status to us."""
        raise  # noqa: PLE0704  # what is being handled


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
