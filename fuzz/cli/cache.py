# SPDX-License-Identifier: Apache-2.0
"""`cache`: what builds take of the disk."""

import datetime
import re
from typing import Any, Final

import click

from fuzz.cli.options import json_option, print_json
from native.targets import build, cache

_UNITS: Final = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}


def _bytes(_: click.Context, __: click.Parameter, value: str) -> int:
    match = re.fullmatch(r"(\d+)([KMGT]?)B?", value.strip().upper())
    if match is None:
        raise click.BadParameter(f"{value!r} is no size, such as 4G or 500M")
    return int(match[1]) * _UNITS[match[2]]


def readable(size: int) -> str:
    """`1.2 GB`."""
    amount, units = float(size), iter(("bytes", "KB", "MB", "GB", "TB"))
    unit = next(units)
    while amount >= 1000 and unit != "TB":
        amount, unit = amount / 1024, next(units)
    return f"{amount:.0f} {unit}" if amount >= 100 or unit == "bytes" else f"{amount:.1f} {unit}"


@click.command(
    "cache",
    short_help="List or prune the builds that are kept.",
    epilog="""\b
Examples:
  syslet cache
  syslet cache --prune --most 4G""",
)
@click.option("--prune", is_flag=True, help="Remove what was used longest ago, until the rest fits.")
@click.option(
    "--most", default="10G", show_default=True, metavar="SIZE", callback=_bytes, help="With --prune: what may stay."
)
@json_option
def cache_command(prune: bool, most: int, as_json: bool) -> None:
    """List the kernels, trees and executors that are kept, with their sizes and when they were last used.

    `syslet kernel` keeps the cache within 10 GB. What was used in the last hour is never removed, and whatever is
    missing is built again.
    """
    gone = cache.prune(most) if prune else []
    there = cache.entries()
    if as_json:
        rows = {
            "folder": str(build.cache_folder()),
            "removed": list(map(_row, gone)),
            "entries": list(map(_row, there)),
        }
        print_json(rows)
        return
    for entry in there if not prune else gone:
        click.echo(f"{readable(entry.size):>9}  {_when(entry.used)}  {entry.path.name}  ({entry.kind})")
    if prune:
        click.echo(f"removed {len(gone)}, {readable(sum(x.size for x in gone))}")
    click.echo(f"{build.cache_folder()}: {len(there)} builds, {readable(sum(x.size for x in there))}")


def _when(moment: float) -> str:
    return datetime.datetime.fromtimestamp(moment, datetime.UTC).strftime("%Y-%m-%d")


def _row(entry: cache.Entry) -> dict[str, Any]:
    return {"name": entry.path.name, "kind": entry.kind, "bytes": entry.size, "used": int(entry.used)}
