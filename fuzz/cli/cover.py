# SPDX-License-Identifier: Apache-2.0
"""`cover`: how much of the specification programs exercise."""

from pathlib import Path

import click

from fuzz.campaign.seeds import corpus_root
from fuzz.cli.common import json_option, print_json, program_files, read_case
from fuzz.cli.errors import Unreadable


@click.command(
    "cover",
    short_help="Which clauses, transitions and lines do programs exercise?",
    epilog="""\b
Examples:
  syslet cover
  syslet cover corpus/litmus/hello.syslet
  syslet cover --html cover.html""",
)
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--html", type=click.Path(dir_okay=False, writable=True), metavar="FILE", help="Write a page here, too.")
@json_option
def cover_command(paths: tuple[str, ...], html: str | None, as_json: bool) -> None:
    """Replay programs and say how often each clause and each transition was exercised, and by which of them.

    PATH is a file or a folder; without one, the project's own corpus is replayed, and a clause that it never exercises
    makes the exit status 1. From the same runs come the lines of the model (by coverage.py, if it is installed) and of
    the kernel files (by gcov, if it is there).
    """
    from fuzz.cover import show
    from fuzz.cover.html import page
    from fuzz.cover.measure import measure

    files = program_files(paths)
    if not files:
        raise Unreadable(f"no .syslet files in {' '.join(paths)}")
    covered = measure([(_shown(path), read_case(path)) for path in files])
    if html:
        Path(html).write_text(page(covered), encoding="utf-8")
    if as_json:
        print_json(show.as_dict(covered))
    else:
        click.echo(show.print_coverage(covered))
    raise click.exceptions.Exit(1 if covered.never and not paths else 0)


def _shown(path: str) -> str:
    """Files of the project's corpus by their place in the project, wherever that is installed."""
    root = corpus_root().parent
    return str(Path(path).relative_to(root)) if Path(path).is_relative_to(root) else path
