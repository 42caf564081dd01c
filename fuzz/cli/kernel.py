# SPDX-License-Identifier: Apache-2.0
"""`kernel`: build the real kernels."""

import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from fuzz.cli.cache import readable
from fuzz.cli.running import fault_option
from native.targets import cache
from native.targets.uml import export, kernel

_MINUTES: Final = "2 to 5 minutes on two processors"
_EVERY: Final = 10.0
_AUTHOR: Final = re.compile(r"[^<>\n]+ <[^<>\s@]+@[^<>\s@]+>")
_COMPILED: Final = ("  CC ", "  AS ")


@click.command(
    "kernel",
    short_help="Build Linux with syslets, to run on.",
    epilog="""\b
Examples:
  syslet kernel
  LINUX_SOURCE=linux-6.12.tar.xz syslet kernel fast
  syslet kernel --export series""",
)
@click.argument("which", type=click.Choice(["fast", "debug", "all"]), default=None, required=False)
@fault_option
@click.option(
    "--export",
    "series",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Build nothing; write the implementation as three series of patches for Linux.",
)
@click.option("--key", is_flag=True, help="Build nothing; print a name for both kernels, for caches.")
@click.option("--author", metavar="'NAME <MAIL>'", help="With --export: who sends and signs the series.")
def kernel_command(which: str | None, fault: str | None, series: Path | None, key: bool, author: str | None) -> None:
    """Obtain Linux 6.12, patch it, and build it as User Mode Linux.

    WHICH is `fast`, `debug` or `all`, the default. The fast kernel is the target `uml`, the debug kernel (KASAN,
    lockdep) `uml-debug`. They are kept in the cache; what is there already is not built again.
    """
    if key:
        click.echo("-".join(kernel.kernel_id(flavour, fault).removeprefix("uml-") for flavour in kernel.Flavour))
        return
    if series is not None:
        if which or fault:
            raise click.UsageError("--export writes patches and builds nothing: leave out WHICH and --fault")
        _export(series, author)
        return
    if author:
        raise click.UsageError("--author goes with --export")
    for flavour in kernel.Flavour:
        if which in (flavour.value, "all", None):
            _build(flavour, fault)


def _export(folder: Path, author: str | None) -> None:
    if author and not _AUTHOR.fullmatch(author):
        raise click.BadParameter(f"{author!r} is not of the form 'Name <name@example.org>'", param_hint="--author")
    files = export.export(folder, click.echo, author)
    for part in dict.fromkeys(x.parent for x in files):
        number = sum(x.parent == part for x in files) - 1
        click.echo(f"{part}: a cover letter and {number} patches")
    click.echo("write the letters anew before you send them")


def _build(flavour: kernel.Flavour, fault: str | None) -> None:
    folder = kernel.built(flavour, fault)
    if folder is None:
        click.echo(f"building the {flavour.value} kernel: {_MINUTES} the first time, seconds after a small change")
        started = time.monotonic()
        with _progress(kernel.OBJECTS[flavour]) as say:
            folder = kernel.kernel(flavour, fault, say)
        click.echo(f"built in {time.monotonic() - started:.0f} s")
        _keep_the_bound(folder)
    click.echo(f"{kernel.kernel_id(flavour, fault)}: {folder}")


def _keep_the_bound(built: Path) -> None:
    """A kernel takes a hundred megabytes, and its tree two gigabytes. What goes can be built again."""
    try:
        gone = cache.prune(kept=[built])
    except OSError as error:
        click.echo(f"syslet: the cache could not be pruned: {error.strerror or error}", err=True)
        return
    if gone:
        click.echo(
            f"removed {len(gone)} old builds, {readable(sum(x.size for x in gone))} (`syslet cache` lists the rest)"
        )


@contextmanager
def _progress(expected: int) -> Iterator[Callable[[str], None]]:
    """Tells each step, and how far the compiling is: a bar on a terminal, else a line now and then."""
    if not sys.stdout.isatty():
        yield _speaker(lambda line: click.echo(f"  {line}"), _lines(expected))
        return
    columns = TextColumn("  files compiled"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with Progress(*columns, transient=True) as bar:
        task = bar.add_task("", total=expected)
        yield _speaker(
            lambda line: bar.console.print(f"  {line}", markup=False, highlight=False), lambda: bar.advance(task)
        )


def _speaker(tell: Callable[[str], None], advance: Callable[[], None]) -> Callable[[str], None]:
    def say(line: str) -> None:
        if line.startswith(_COMPILED):
            advance()
        elif not line.startswith(("  ", "make")):  # we say it, and not make
            tell(line)

    return say


def _lines(expected: int) -> Callable[[], None]:
    compiled = 0
    started = told = time.monotonic()

    def advance() -> None:
        nonlocal compiled, told
        compiled += 1
        now = time.monotonic()
        if now - told >= _EVERY:
            told = now
            click.echo(f"  {now - started:4.0f} s  {compiled} of about {expected} files compiled")

    return advance
