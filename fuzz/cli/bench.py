# SPDX-License-Identifier: Apache-2.0
"""`bench`: the figures, with the machine and the floors."""

import click

from fuzz.cli.options import json_option, print_json


@click.command(
    "bench",
    short_help="Measure: figures, with the machine and the floors.",
    epilog="Example: syslet bench --json > figures.json",
)
@click.option("--quick", is_flag=True, help="Shorter measurements: rough figures in half a minute.")
@json_option
def bench_command(quick: bool, as_json: bool) -> None:
    """Measure speed, reach and time to find planted faults; print them with the machine and the floors."""
    from fuzz.bench.parts import BenchmarkError
    from fuzz.bench.show import measure_all, table

    def note(what: str) -> None:
        click.echo(f"measuring: {what}", err=True)

    try:
        if quick:
            made = measure_all(note, seconds=0.5, cycle_seconds=5, fault_seconds=10)
        else:
            made = measure_all(note, seconds=2.0, cycle_seconds=30, fault_seconds=60)
    except BenchmarkError as error:
        raise click.ClickException(str(error)) from None
    if as_json:
        print_json(made)
    else:
        click.echo(table(made))
