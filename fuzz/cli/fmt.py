# SPDX-License-Identifier: Apache-2.0
"""`fmt`: program text in its canonical form."""

import sys
from pathlib import Path

import click

from fuzz.cli import status
from fuzz.cli.errors import Unreadable, write_output
from fuzz.cli.reading import program_files
from fuzz.files import write_file
from fuzz.text import TextError, parse, print_case


@click.command(
    "fmt",
    short_help="Format program text.",
    epilog="""\b
Examples:
  syslet fmt case.syslet
  syslet fmt --check corpus
  syslet fmt - < case.syslet""",
)
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--check", is_flag=True, help="Change nothing; the exit status is 2 if a file is not in this form.")
def fmt_command(paths: tuple[str, ...], check: bool) -> None:
    """Write program texts in the form in which they are printed; comments and expectations stay.

    PATH is a file or a folder, or - for standard input, whose text is printed. A text with an error is told of, and
    stays as it is.
    """
    if paths == ("-",):
        click.echo(_formatted(sys.stdin.buffer.read(), "-").decode(), nl=False)
        return
    wrong = 0
    for path in program_files(paths):
        try:
            before = Path(path).read_bytes()
            after = _formatted(before, path)
        except (Unreadable, OSError) as error:
            wrong += 1
            click.echo(
                error.format_message() if isinstance(error, Unreadable) else f"{path}: {error.strerror}", err=True
            )
            continue
        if after == before:
            continue
        if check:
            wrong += 1
            click.echo(f"{path}: would be changed")
        else:
            _replace(path, after)
            click.echo(f"{path}: changed")
    raise click.exceptions.Exit(status.UNUSABLE if wrong else status.FINE)


def _formatted(data: bytes, path: str) -> bytes:
    try:
        return print_case(parse(data.decode("utf-8-sig"), path)).encode()
    except UnicodeDecodeError as error:
        raise Unreadable(f"{path}: not UTF-8 text ({error.reason} at byte {error.start})") from None
    except (TextError, ValueError) as error:
        raise Unreadable(str(error)) from None


def _replace(path: str, data: bytes) -> None:
    """Whole or not at all, where the folder allows it."""
    if Path(path).is_symlink():
        write_output(path, data)
        return
    mode = Path(path).stat().st_mode & 0o7777
    write_file(Path(path), data)
    Path(path).chmod(mode)
