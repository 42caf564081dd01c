# SPDX-License-Identifier: Apache-2.0
"""`corpus`: folders of evolved inputs, from one campaign or machine to another."""

from pathlib import Path
from typing import Any, Final

import attrs
import click

from fuzz.campaign import exchange, merging
from fuzz.campaign.folder import CORPUS
from fuzz.campaign.options import Options
from fuzz.cli.errors import Unreadable
from fuzz.cli.options import Option, json_option, print_json
from fuzz.cli.running import build_option, fault_option, preempt_option, targets_option

_folder: Final = click.argument("directory", metavar="DIR", type=click.Path(file_okay=False))
_sources: Final = click.argument("sources", metavar="FROM...", nargs=-1, required=True, type=click.Path(exists=True))


def _on(command: Any) -> Any:
    for option in (fault_option, build_option, preempt_option, targets_option):
        command = option(command)
    return command


_runs: Option = _on


def _corpus_of(path: str) -> Path:
    """The corpus of a campaign, where a folder is that of one; else the folder itself."""
    inside = Path(path) / CORPUS
    return inside if inside.is_dir() else Path(path)


@click.group("corpus", short_help="Merge, minimize, export or import a corpus.")
def corpus_command() -> None:
    """Work on the evolved corpus that `syslet fuzz --corpus DIR` or `--campaign DIR` keeps.

    Each of its files is an encoded program, named by the hash of its bytes. A file whose name is not its hash was cut
    when it was written: it is passed over, and told of.
    """


@corpus_command.command("merge", epilog="Example: syslet corpus merge nightly other-machine/corpus")
@_folder
@_sources
@_runs
@json_option
def merge_command(directory: str, sources: tuple[str, ...], as_json: bool, **on: Any) -> None:
    """Add to the corpus DIR those inputs of other folders that reach something new.

    If it is stopped, the same command goes on where it was.
    """
    corpus = _corpus_of(directory)
    corpus.mkdir(parents=True, exist_ok=True)
    made = merging.merge(corpus, [_corpus_of(x) for x in sources], Options(**on))
    _tell(made, as_json, f"{corpus}: {made.before:,} inputs, {made.read:,} looked at, {made.after:,} now")


@corpus_command.command("minimize", epilog="Example: syslet corpus minimize nightly")
@_folder
@_runs
@json_option
def minimize_command(directory: str, as_json: bool, **on: Any) -> None:
    """Remove from the corpus DIR what reaches nothing that the rest does not.

    If it is stopped, the same command goes on where it was; nothing is removed before it has looked at all.
    """
    corpus = _corpus_of(directory)
    made = merging.minimize(corpus, Options(**on))
    _tell(made, as_json, f"{corpus}: {made.before:,} inputs, {made.after:,} now")


def _tell(made: merging.Merged, as_json: bool, line: str) -> None:
    for told in made.passed_over:
        click.echo(f"syslet: {told}", err=True)
    if as_json:
        print_json(attrs.asdict(made))
        return
    if made.went_on:
        click.echo("went on with a merge that had been stopped")
    if made.diverging:
        click.echo(f"{made.diverging:,} programs diverged; a campaign with this corpus finds them")
    click.echo(line)


@corpus_command.command(
    "export", epilog="Example: syslet corpus export nightly nightly.zip; syslet corpus export nightly texts"
)
@_folder
@click.argument("place", metavar="FILE.zip|DIR", type=click.Path())
def export_command(directory: str, place: str) -> None:
    """Write the corpus DIR into an archive, or as program texts into a folder."""
    corpus = _corpus_of(directory)
    if not corpus.is_dir():
        raise Unreadable(f"{corpus}: no such folder")
    made = exchange.export(corpus, Path(place))
    for line in made.passed_over:
        click.echo(f"syslet: {line}", err=True)
    click.echo(f"{place}: {made.good:,} inputs")


@corpus_command.command("import", epilog="Example: syslet corpus import nightly other-machine.zip cases/*.syslet")
@_folder
@_sources
def import_command(directory: str, sources: tuple[str, ...]) -> None:
    """Put inputs into the corpus DIR: program texts, encoded programs, archives, and folders of them.

    All that can be read is put there, whatever it reaches; `syslet corpus minimize` removes what is not needed.
    """
    corpus = _corpus_of(directory)
    made = exchange.bring_in(corpus, [_corpus_of(x) for x in sources])
    for line in made.passed_over:
        click.echo(f"syslet: {line}", err=True)
    click.echo(f"{corpus}: {made.new:,} new, of {made.good:,} that were read")
    raise click.exceptions.Exit(0 if made.good or not made.passed_over else 2)
