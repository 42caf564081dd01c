# SPDX-License-Identifier: Apache-2.0
"""`kernel`: build the real kernels."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from fuzz.cli.running import fault_option
from native.targets.uml import kernel

_MINUTES: Final = "2 to 5 minutes on two processors"
_EVERY: Final = 10.0
_COMPILED: Final = ("  CC ", "  AS ")


@click.command(
    "kernel",
    short_help="Build Linux with syslets, to run on.",
    epilog="""\b
Examples:
  syslet kernel
  LINUX_SOURCE=linux-6.12.tar.xz syslet kernel fast""",
)
@click.argument("which", type=click.Choice(["fast", "debug", "all"]), default="all")
@fault_option
def kernel_command(which: str, fault: str | None) -> None:
    """Obtain Linux 6.12, patch it, and build it as User Mode Linux.

    The fast kernel is the target `uml`, the debug kernel (KASAN, lockdep) `uml-debug`. They are kept in the cache;
    what is there already is not built again.
    """
    for flavour in kernel.Flavour:
        if which in (flavour.value, "all"):
            _build(flavour, fault)


def _build(flavour: kernel.Flavour, fault: str | None) -> None:
    try:
        folder = kernel.built(flavour, fault)
        if folder is None:
            click.echo(f"building the {flavour.value} kernel: {_MINUTES} the first time, seconds after a small change")
            started = time.monotonic()
            with _progress(kernel.OBJECTS[flavour]) as say:
                folder = kernel.kernel(flavour, fault, say)
            click.echo(f"built in {time.monotonic() - started:.0f} s")
    except kernel.BuildFailed as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"{kernel.kernel_id(flavour, fault)}: {folder}")


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
