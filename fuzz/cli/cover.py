# SPDX-License-Identifier: Apache-2.0
"""`cover`: how much of the specification programs exercise."""

from pathlib import Path
from typing import Final

import click

from fuzz import form
from fuzz.campaign.seeds import corpus_root
from fuzz.cli.errors import write_output
from fuzz.cli.options import complete_files, json_option, print_json
from fuzz.cli.reading import program_files, read_case
from fuzz.cli.terminal import say

_FEW: Final = 20
"""Programs that cannot be meant to exercise everything."""


@click.command(
    "cover",
    short_help="Which clauses, transitions and lines do programs exercise?",
    epilog="""\b
Examples:
  syslet cover
  syslet cover corpus/litmus/hello.syslet
  syslet cover --html cover.html""",
)
@click.argument("paths", nargs=-1, metavar="[PATH]...", shell_complete=complete_files)
@click.option("--html", type=click.Path(dir_okay=False, writable=True), metavar="FILE", help="Also write a page.")
@click.option("--all", "everything", is_flag=True, help="List what the programs never exercise, even if they are few.")
@json_option
def cover_command(paths: tuple[str, ...], html: str | None, everything: bool, as_json: bool) -> None:
    """Replay programs and say how often each clause and each transition was exercised, and by which of them.

    PATH is a file or a folder. Without one the project's own corpus is replayed, and the exit status is 1 if there is
    a clause that it never exercises. The same runs give the lines of the model (by coverage.py, if it is installed)
    and of the kernel files (by gcov, if it is there). For a few programs the clauses that they never exercise are
    counted, not listed.
    """
    form.need_interpreted()
    from fuzz.cover import show
    from fuzz.cover.html import page
    from fuzz.cover.measure import measure

    files = program_files(paths)
    covered = measure([(_shown(path), read_case(path)) for path in files])
    if as_json:
        print_json(show.as_dict(covered))
    else:
        say(show.print_coverage(covered, whole=everything or not paths or len(files) > _FEW))
    if html:
        write_output(html, page(covered))
    raise click.exceptions.Exit(1 if covered.never and not paths else 0)


def _shown(path: str) -> str:
    """Files of the project's corpus by their place in the project, wherever that is installed."""
    root = corpus_root().parent
    return str(Path(path).relative_to(root)) if Path(path).is_relative_to(root) else path
