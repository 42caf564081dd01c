# SPDX-License-Identifier: Apache-2.0
"""`report`: a campaign as a page."""

from pathlib import Path

import click

from fuzz.campaign.page import page, read
from fuzz.cli.errors import write_output
from fuzz.cli.reading import findings_of


@click.command(
    "report", short_help="A campaign as one HTML page.", epilog="Example: syslet report nightly -o nightly.html"
)
@click.argument("directory", metavar="DIR", type=click.Path(exists=True, file_okay=False))
@click.option(
    "-o", "--output", default="report.html", show_default=True, metavar="FILE", help="Where to write it; - prints it."
)
def report_command(directory: str, output: str) -> None:
    """Write a page about the campaign in DIR that needs no other file.

    It has coverage and throughput over time, the clauses that were met and never met, the groups of findings with
    their pictures, and the runs with their machines. DIR may also be a folder of findings alone. Nothing is run.
    """
    folder = Path(directory)
    made = page(read(folder, findings_of(folder)))
    if output == "-":
        click.echo(made, nl=False)
    else:
        write_output(output, made)
        click.echo(output)
