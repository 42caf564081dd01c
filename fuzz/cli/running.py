# SPDX-License-Identifier: Apache-2.0
"""What programs are run on: `--target`, `--build`, `--fault`, and `--preempt`."""

import functools
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import attrs
import click

from fuzz.campaign.opened import choose
from fuzz.cli.found import lacking, record_of
from fuzz.cli.options import Option
from fuzz.text import Case
from fuzz.text.line import similar
from native.targets import faults
from native.targets import known as targets
from native.targets.host import ExecutorTarget

MODEL: Final = "model"


@attrs.frozen
class On:
    """What programs are run on. Without `preempt` each is run as it was written for (D77)."""

    target: str = MODEL
    build: str = "fast"
    fault: str | None = None
    preempt: str | None = None

    def deep(self, case: Case | None = None, path: str = "") -> bool:
        """Whether tasks may be preempted inside objects. What was asked for is not doubted here.

        Raises:
            Unreadable: beside the program lies a record of its finding that is none.
        """
        if self.preempt is not None or case is None:
            return self.preempt == targets.DEEP
        able = self.target == MODEL or not targets.without_deep([self.target])
        return able and (case.deep or record_of(path).get("preempt") == targets.DEEP)

    @contextmanager
    def open(self, case: Case | None = None, path: str = "") -> Iterator[ExecutorTarget]:
        """The target, as the program at `path` needs it. Raises TargetUnavailable."""
        preempt = targets.DEEP if self.deep(case, path) else targets.POINTS
        check_preempt(preempt, [self.target])
        with targets.open_target(
            self.target, build=self.build, fault=self.fault, cpu=choose(), preempt=preempt
        ) as target:
            yield target

    def lacking(self, path: str) -> str:
        """A line with the options that a finding was met with and this is not; empty if none."""
        return lacking(path, self.target, self.build, self.fault)


def check_preempt(preempt: str, names: Iterable[str]) -> None:
    """Refuse `--preempt deep` where a target cannot do it."""
    unable = targets.without_deep(names)
    if preempt == targets.DEEP and unable:
        raise click.UsageError(
            f"--target {unable[0]} has its own pipes, eventfds and futexes, and tasks are not preempted inside them; "
            "--preempt deep needs --target uml or uml-debug (`syslet kernel` builds them)"
        )


def _known_target(name: str, names: tuple[str, ...] = targets.NAMES) -> str:
    if name not in names and not targets.is_program(name):
        raise click.BadParameter(f"no target is called {name!r}; there are {', '.join(names)}, or ./PROGRAM")
    return name


def _known_fault(context: click.Context, _: click.Parameter, value: str | None) -> str | None:
    if value is None:
        return None
    known = faults.load()
    if value == "list":
        width = max(map(len, known))
        click.echo("\n".join(f"{name:{width}}  {fault.what}" for name, fault in known.items()))
        context.exit(0)
    if value not in known:
        raise click.BadParameter(
            f"no fault is called {value!r}: {similar(value, known) or '`--fault list` lists them'}"
        )
    known[value].planted()  # here, where it can be said
    return value


def _target_option(told: str, *, model: bool = False) -> Option:
    """`--target`: ours by name, or a program that speaks the executor protocol."""
    names = (MODEL, *targets.NAMES) if model else targets.NAMES
    return click.option(
        "--target",
        default=names[0],
        show_default=True,
        callback=lambda _, __, value: _known_target(value, names),
        metavar=f"[{'|'.join(names)}|./PROGRAM]",
        help=told,
    )


target_option: Final = _target_option(
    "What to run on: the kernel file in user space, the real kernel (`syslet kernel` builds it), or your own executor."
)
any_target_option: Final = _target_option("What to run on.", model=True)
shown_target_option: Final = _target_option("What to run PROG on.", model=True)
targets_option: Final = click.option(
    "--target",
    "targets",
    default="host",
    show_default=True,
    metavar="NAME[,NAME]...",
    callback=lambda _, __, value: tuple(dict.fromkeys(_known_target(x.strip()) for x in value.split(","))),
    help=f"What to run every program on: {', '.join(targets.NAMES)}, or ./PROGRAM.",
)
preempt_option: Final = click.option(
    "--preempt",
    type=click.Choice(targets.PREEMPT),
    default=targets.POINTS,
    show_default=True,
    help="Where tasks may be preempted: at schedule points, or deep: inside pipe, eventfd and futex code as well"
    " (real kernel only).",
)
meant_option: Final = click.option(
    "--preempt",
    type=click.Choice(targets.PREEMPT),
    help="Where tasks may be preempted: at schedule points, or deep: inside pipe, eventfd and futex code as well;"
    " the default is what PROG or its finding says (`#: preempt deep`), if the target can do it.",
)
build_option: Final = click.option(
    "--build",
    type=click.Choice(["fast", "asan"]),
    default="fast",
    show_default=True,
    help="The native side for speed, or with AddressSanitizer and UBSan.",
)
fault_option: Final = click.option(
    "--fault",
    metavar="NAME",
    callback=_known_fault,
    shell_complete=lambda _, __, begun: [x for x in faults.load() if x.startswith(begun)],
    help="Build the native side with this planted fault (`list` says what each does).",
)


def runs_on(target: Option = target_option, preempt: Option = meant_option) -> Option:
    """All four options, which the command gets as one `On`."""

    def declare(command: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(command)
        def gathered(*, target: str, build: str, fault: str | None, preempt: str | None, **others: Any) -> Any:
            return command(on=On(target, build, fault, preempt), **others)

        return target(preempt(build_option(fault_option(gathered))))

    return declare
