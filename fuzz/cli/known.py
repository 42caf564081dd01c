# SPDX-License-Identifier: Apache-2.0
"""`known`: findings that are known and explained, so that a campaign does not fail for them."""

import datetime
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

import attrs
import click

from fuzz.campaign.explained import look
from fuzz.cli import status
from fuzz.cli.errors import Unreadable
from fuzz.cli.options import json_option, print_json
from fuzz.cli.reading import findings_of
from fuzz.cli.running import On, preempt_option, runs_on
from fuzz.findings import known
from fuzz.findings.store import Store
from fuzz.oracle import Signature

_file_option: Final = click.option(
    "--known",
    "file",
    type=click.Path(dir_okay=False),
    default=known.FILE,
    show_default=True,
    metavar="FILE",
    help="The list.",
)


def read_known(path: str) -> list[known.Entry]:
    """The entries of a list. Raises Unreadable."""
    try:
        return known.load(Path(path))
    except known.KnownError as error:
        raise Unreadable(str(error)) from None


@click.group("known", short_help="Keep a list of findings that are known and explained.")
def known_command() -> None:
    """Findings that are known and explained, kept with the sources: known.toml, and its witnesses beside it.

    `syslet fuzz` counts what the list explains and does not fail for it.
    """


@known_command.command("add", epilog="Example: syslet known add findings --reason 'fixed by the next series'")
@click.argument("directory", metavar="DIR", type=click.Path(exists=True, file_okay=False))
@click.option("--reason", required=True, metavar="TEXT", help="Why it is left as it is.")
@click.option("--date", metavar="YYYY-MM-DD", help="Since when.  [default: today]")
@_file_option
def add_command(directory: str, reason: str, date: str | None, file: str) -> None:
    """Add each group of findings in DIR, or the one group that DIR is, with its smallest witness."""
    store, only = _groups(Path(directory))
    for line in store.damaged:
        click.echo(f"syslet: {line}", err=True)
    since = _date(date)
    there = known.signatures(read_known(file)) if Path(file).exists() else frozenset()
    added = 0
    for signature, group in store.groups.items():
        if signature in there or (only is not None and group.folder.name != only):
            continue
        entry = known.Entry(group.smallest, signature, reason, since, group.target)
        try:
            known.add(Path(file), group.folder.name, group.text, entry)
        except known.KnownError as error:
            raise Unreadable(str(error)) from None
        added += 1
    click.echo(f"{file}: {added} added, {len(read_known(file)) if Path(file).exists() else 0} in all")


def _groups(folder: Path) -> tuple[Store, str | None]:
    """The store, and the name of the only group that is meant."""
    store = Store(findings_of(folder))
    if store.groups:
        return store, None
    above = Store(folder.absolute().parent)
    if any(x.folder.name == folder.absolute().name for x in above.groups.values()):
        return above, folder.absolute().name
    raise Unreadable(f"{folder}: no group of findings is there")


def _date(text: str | None) -> datetime.date:
    if text is None:
        return datetime.datetime.now(datetime.UTC).date()
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"{text!r} is no date, such as 2007-02-28", param_hint="--date") from None


@known_command.command("check", epilog="Example: syslet known check")
@runs_on(preempt=preempt_option)
@_file_option
@json_option
def check_command(on: On, file: str, as_json: bool) -> None:
    """Run each witness of the list. The exit status is 4 if one no longer shows what it is kept for."""
    entries = read_known(file)
    with ExitStack() as stack:
        opened = {on.target: stack.enter_context(on.open())} if entries else {}
        try:
            looked = look(entries, opened)
        except known.KnownError as error:
            raise Unreadable(str(error)) from None
    if as_json:
        print_json([_row(x.entry, x.now.signature if x.now else None, x.stale) for x in looked])
    else:
        for one in looked:
            click.echo(str(one))
        click.echo(f"{len(looked)} known, {sum(x.stale for x in looked)} of them not there any more")
    raise click.exceptions.Exit(status.STALE if any(x.stale for x in looked) else status.FINE)


def _row(entry: known.Entry, now: Signature | None, stale: bool) -> dict[str, Any]:
    return {**attrs.asdict(entry), "witness": str(entry.witness), "date": str(entry.date), "now": now, "stale": stale}
