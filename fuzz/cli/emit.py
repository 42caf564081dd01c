# SPDX-License-Identifier: Apache-2.0
"""`emit-c`: a program as a C file of its own."""

import click

from fuzz.ask.reproducer import emit, needs
from fuzz.cli.errors import write_output
from fuzz.cli.reading import program_in, read_case


@click.command(
    "emit-c",
    short_help="A program as a C file of its own.",
    epilog="Example: syslet emit-c findings/ring-1-… -o reproducer.c",
)
@click.argument("prog")
@click.option("-o", "--output", type=click.Path(dir_okay=False, writable=True), metavar="FILE", help="Write it here.")
def emit_c_command(prog: str, output: str | None) -> None:
    """Write PROG as a C program for libsyslet, for a kernel without this project.

    Run on a kernel with syslets (`syslet boot`), it tells what each step returns, and ends with 1 if that, or memory at
    the end, differs from the run that the specification allows without choices. Where a schedule is needed, it says so.
    """
    case = read_case(prog)
    for line in needs(case):
        click.echo(f"syslet: {prog} needs {line}", err=True)
    text = emit(case, program_in(prog))
    if output is None:
        click.echo(text, nl=False)
    else:
        write_output(output, text)
