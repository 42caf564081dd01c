# SPDX-License-Identifier: Apache-2.0
"""`bench`: the figures, with the machine and the floors; what fresh programs meet; which planted faults are found."""

from typing import Any

import attrs
import click

from fuzz.cli.options import Whole, json_option, print_json
from native.targets import known as targets


def _note(what: str) -> None:
    click.echo(f"measuring: {what}", err=True)


@click.command(
    "bench",
    short_help="Measure: figures, with the machine and the floors.",
    epilog="""\b
Examples:
  syslet bench --json > figures.json
  syslet bench --generator
  syslet bench --faults --tenth 3""",
)
@click.option("--quick", is_flag=True, help="Shorter measurements: rough figures in half a minute.")
@click.option("--generator", is_flag=True, help="Instead: what 12,000 fresh programs meet; status 1 if a row is rare.")
@click.option("--faults", is_flag=True, help="Instead: find all planted faults; status 1 if one is not found.")
@click.option("--target", type=click.Choice(targets.NAMES), default="host", show_default=True, help="With --faults.")
@click.option("--tenth", type=Whole(0), metavar="N", help="With --faults: a tenth of them, drawn by N.")
@click.option("--seeds", type=Whole(1), default=5, show_default=True, help="With --faults: campaigns for each.")
@click.option(
    "--time", "seconds", type=Whole(1), default=60, show_default=True, help="With --faults: of each campaign."
)
@json_option
def bench_command(*, quick: bool, generator: bool, faults: bool, as_json: bool, **given: Any) -> None:
    """Measure speed, reach and time to find planted faults; print them with the machine and the floors."""
    if generator and faults:
        raise click.UsageError("--generator and --faults are two measurements: take one")
    if generator:
        _generator(as_json)
    elif faults:
        _faults(as_json, **given)
    else:
        _figures(quick, as_json)


def _figures(quick: bool, as_json: bool) -> None:
    from fuzz.bench.parts import BenchmarkError
    from fuzz.bench.show import measure_all, table

    try:
        if quick:
            made = measure_all(_note, seconds=0.5, cycle_seconds=5, fault_seconds=10)
        else:
            made = measure_all(_note, seconds=2.0, cycle_seconds=30, fault_seconds=60)
    except BenchmarkError as error:
        raise click.ClickException(str(error)) from None
    if as_json:
        print_json(made)
    else:
        click.echo(table(made))


def _generator(as_json: bool) -> None:
    from fuzz.bench import generator

    _note(f"{generator.PROGRAMS:,} fresh programs, on the sources of the model with marks in them")
    rows = generator.measure()
    if as_json:
        print_json([{"kind": x.kind, "what": x.what, "programs": x.programs} for x in rows])
    else:
        click.echo(generator.table(rows, generator.PROGRAMS))
    raise click.exceptions.Exit(1 if any(x.programs <= generator.FLOOR for x in rows) else 0)


def _faults(as_json: bool, target: str, tenth: int | None, seeds: int, seconds: int) -> None:
    from fuzz.bench import faults

    made = faults.measure(_note, seconds=seconds, seeds=seeds, target=target, tenth=tenth)
    told = faults.summary(made)
    if as_json:
        print_json({"faults": [attrs.asdict(x) for x in made], **{f"all_{k}": v for k, v in told.items()}})
    else:
        click.echo(faults.table(made))
    raise click.exceptions.Exit(1 if told["found"] < told["faults"] else 0)
