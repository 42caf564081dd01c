# SPDX-License-Identifier: Apache-2.0
"""What the commands share: reading programs and traces, opening a target, options."""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click
import msgspec

from fuzz.campaign.cpu import choose
from fuzz.campaign.seeds import corpus_files
from fuzz.cli.errors import Unavailable, Unreadable
from fuzz.cli.formats import is_text, program_in
from fuzz.generate import codec
from fuzz.text import Case, TextError, parse
from fuzz.text.line import similar
from fuzz.text.tracefile import TraceFileError, from_json
from model.program import ProgramError
from model.trace import Trace
from native.targets import faults
from native.targets import known as targets
from native.targets.host import ExecutorTarget, TargetUnavailable

F = TypeVar("F", bound=Callable[..., Any])


def read_bytes(path: str) -> bytes:
    """A file's bytes, or standard input's for `-`."""
    try:
        return sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
    except OSError as error:
        raise Unreadable(f"{path}: {error.strerror or error}") from None


def read_case(path: str) -> Case:
    """A program from a text file, an encoded file, standard input, or the folder of a finding.

    Raises:
        Unreadable: none of these, or a text with an error in it.
    """
    path = program_in(path)
    data = read_bytes(path)
    if not is_text(path, data):
        return Case.of(codec.decode(data))
    try:
        return parse(data.decode("utf-8"), path)
    except UnicodeDecodeError as error:
        raise Unreadable(f"{path}: not UTF-8 text ({error.reason} at byte {error.start})") from None
    except (TextError, ProgramError) as error:
        raise Unreadable(str(error)) from None


def read_trace(path: str) -> Trace:
    """A trace from its JSON file."""
    data = read_bytes(path)
    try:
        return from_json(data)
    except TraceFileError as error:
        if data.startswith(b"syslet "):
            raise Unreadable(f"{path}: this is a program, where a trace is expected: PROG comes first") from None
        raise Unreadable(f"{path}: {error}") from None


def program_files(paths: tuple[str, ...]) -> list[str]:
    """Files as they are named, and the program texts of folders; without any, the project's own corpus."""
    if not paths:
        return [str(path) for path in corpus_files()]
    found: list[str] = []
    for path in paths:
        if Path(path).is_dir():
            found += [str(x) for x in sorted(Path(path).rglob("*.syslet"))]
        else:
            found.append(path)
    return found


@contextmanager
def open_target(
    name: str, fault: str | None, build: str = "fast", preempt: str = targets.POINTS
) -> Iterator[ExecutorTarget]:
    """The target of that name; exits with 77 when it cannot be had here."""
    check_preempt(preempt, [name])
    try:
        with targets.open_target(name, build=build, fault=fault, cpu=choose(), preempt=preempt) as target:
            yield target
    except TargetUnavailable as error:
        raise Unavailable(str(error)) from None


class Whole(click.IntRange):
    """A whole number, at least `min` and at most `max`; an error says so."""

    name = "whole number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The number. Fails with what is expected."""
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter:
            most = "" if self.max is None else f" to {self.max}"
            low = f"{self.min}{most}" if most else f"at least {self.min}"
            self.fail(f"{value!r} is not what is expected: a whole number, {low}", param, ctx)


def print_json(value: Any) -> None:
    """One JSON document on standard output."""
    click.echo(msgspec.json.format(msgspec.json.encode(value), indent=1))


def target_parameters(*others: str) -> dict[str, Any]:
    """Of an option that takes one target: ours by name, `others`, or a program that speaks the executor protocol."""
    names = (*others, *targets.NAMES)

    def known(_: click.Context, __: click.Parameter, value: str) -> str:
        if value not in names and not targets.is_program(value):
            raise click.BadParameter(f"no target is called {value!r}; there are {', '.join(names)}, or ./PROGRAM")
        return value

    return {"callback": known, "metavar": f"[{'|'.join(names)}|./PROGRAM]", "show_default": True}


def target_option(function: F) -> F:
    """`--target`: what to run on."""
    option = click.option(
        "--target",
        default="host",
        **target_parameters(),
        help="What to run on: the kernel file in user space, the real kernel (`syslet kernel` builds it), "
        "or your own executor.",
    )
    return option(function)


def targets_option(function: F) -> F:
    """`--target host,uml`: every program on each of them."""
    option = click.option(
        "--target",
        "names",
        default="host",
        show_default=True,
        metavar="NAME[,NAME]...",
        callback=_known_targets,
        help=f"What to run every program on: {', '.join(targets.NAMES)}, or ./PROGRAM.",
    )
    return option(function)


def _known_targets(_: click.Context, __: click.Parameter, value: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(x.strip() for x in value.split(",")))
    for name in names:
        if not targets.known(name):
            raise click.BadParameter(f"no target is called {name!r}; there are: {', '.join(targets.NAMES)}")
    return names


def preempt_option(function: F) -> F:
    """`--preempt`: at our own points, or inside pipes, eventfds and futexes as well."""
    option = click.option(
        "--preempt",
        type=click.Choice(targets.PREEMPT),
        default=targets.POINTS,
        show_default=True,
        help="Where tasks may be preempted: at schedule points, or deep: inside pipe, eventfd and futex code as well"
        " (real kernel only).",
    )
    return option(function)


def check_preempt(preempt: str, names: Iterable[str]) -> None:
    """Refuse `--preempt deep` where a target cannot do it."""
    unable = targets.without_deep(names)
    if preempt == targets.DEEP and unable:
        raise click.UsageError(
            f"--target {unable[0]} has its own pipes, eventfds and futexes, and tasks are not preempted inside them; "
            "--preempt deep needs --target uml or uml-debug (`syslet kernel` builds them)"
        )


def fault_option(function: F) -> F:
    """`--fault NAME`: to see the tool find something."""
    option = click.option(
        "--fault",
        metavar="NAME",
        callback=_known_fault,
        help="Build the native side with this planted fault (`list` says what each does).",
    )
    return option(function)


def build_option(function: F) -> F:
    """`--build`: fast, or with sanitizers."""
    option = click.option(
        "--build",
        type=click.Choice(["fast", "asan"]),
        default="fast",
        show_default=True,
        help="The native side for speed, or with AddressSanitizer and UBSan.",
    )
    return option(function)


def json_option(function: F) -> F:
    """`--json`: for scripts."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(function)


def _known_fault(context: click.Context, _: click.Parameter, value: str | None) -> str | None:
    if value is None:
        return None
    try:
        known = faults.load()
        if value == "list":
            width = max(map(len, known))
            click.echo("\n".join(f"{name:{width}}  {fault.what}" for name, fault in known.items()))
            context.exit(0)
        if value not in known:
            hint = similar(value, known)
            raise click.BadParameter(f"no fault is called {value!r}: {hint or '`--fault list` lists them'}")
        known[value].planted()  # here, where it can be said
    except faults.PatchError as error:
        raise click.ClickException(str(error)) from None
    return value
