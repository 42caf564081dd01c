# SPDX-License-Identifier: Apache-2.0
"""`torture`: a hostile world in the real kernel."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any, Final

import click
import msgspec

from fuzz.cli.campaign import check_writable
from fuzz.cli.errors import Unreadable
from fuzz.cli.options import Whole, print_json, seed_option
from fuzz.cli.running import fault_option
from fuzz.torture import found
from fuzz.torture.campaign import Campaign, Options
from fuzz.torture.store import SMALLEST
from fuzz.torture.text import Round, RoundError, parse_round
from native.targets.host import TargetUnavailable
from native.targets.uml import kernel, torture

_LONGEST: Final = 600.0
"""Seconds for a round that is run again."""


@click.command(
    "torture",
    short_help="Run hostile programs in the real kernel.",
    epilog="""\b
Examples:
  syslet torture --time 300
  syslet torture --kernel fast --time 60 --seed 7
  syslet torture --moves give-up,cold-head --time 60
  syslet torture --replay findings/torture-…/smallest.torture""",
)
@click.option(
    "--kernel",
    type=click.Choice(["debug", "fast"]),
    help="debug, the default, watches itself (KASAN, lockdep, families); fast does more in the same time.",
)
@click.option("--time", "seconds", type=Whole(1), metavar="S", help="Stop after this many seconds.")
@seed_option
@click.option(
    "--findings",
    type=click.Path(file_okay=False),
    default="findings",
    show_default=True,
    metavar="DIR",
    help="Where findings are written. Those already there count as known.",
)
@click.option("--moves", metavar="A,B,...", help="Play only these (`list` tells all).")
@click.option("--strict", is_flag=True, help="Stop at the first finding.")
@click.option("--replay", metavar="FILE", type=click.Path(path_type=Path), help="Run this round once, and no others.")
@fault_option
@click.option("--json", "as_json", is_flag=True, help="Print the counters as JSON at the end, progress on stderr.")
def torture_command(replay: Path | None, as_json: bool, moves: str | None, **given: Any) -> None:
    """Hurt the kernel until the time is used up, or until Ctrl-C; it must not notice.

    Each round is a boot: many processes at once, garbage, signals, debuggers, stops, rights that are given up,
    memory that is not there. What must never happen is a report of the kernel, a task that is left or cannot be
    killed, a right that comes back, a signal that is lost, memory that is not given back. Exit status 1 if something
    new was found, 77 if this machine could not go on before.
    """
    if moves == "list":
        _list_moves()
    elif replay is not None:
        _replay(replay, given["kernel"], given["fault"])
    else:
        given["kernel"] = given["kernel"] or "debug"
        check_writable(Path(given["findings"]))
        _campaign(msgspec.convert({**given, "moves": _selected(moves)}, Options), as_json)


def _list_moves() -> None:
    for move in torture.moves().values():
        click.echo(f"{move.name:22}{move.kind:14}{move.who}")


def _selected(moves: str | None) -> tuple[str, ...]:
    names = tuple(x.strip() for x in moves.split(",")) if moves else ()
    if unknown := [x for x in names if x not in torture.moves()]:
        raise click.BadParameter(f"no move is called {unknown[0]!r}; `--moves list` tells all", param_hint="--moves")
    return names


def _campaign(options: Options, as_json: bool) -> None:
    flavour = kernel.Flavour(options.kernel)

    def boot(world: torture.World, most: float) -> torture.Told:
        return torture.run(world, flavour, options.fault, most)

    say = partial(click.echo, err=as_json)
    fault = f" with {options.fault}" if options.fault else ""
    say(f"syslet torture: the {options.kernel} kernel{fault}, seed {options.seed}")
    campaign = Campaign(options, boot, torture.moves(), say)
    trouble = None
    with _ended_by_signals():
        try:
            campaign.run()
        except KeyboardInterrupt:
            say("ended")
        except TargetUnavailable as error:  # of this machine: what was found until then was found
            trouble = error
    if campaign.counted.boots or trouble is None:
        _tell(campaign, as_json)
    if trouble is not None and not campaign.new:
        raise trouble
    raise click.exceptions.Exit(1 if campaign.new else 0)


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """SIGTERM is Ctrl-C."""

    def end(_: int, __: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _tell(campaign: Campaign, as_json: bool) -> None:
    if not as_json:
        click.echo(campaign.summary())
        return
    counted = campaign.counted
    print_json(
        {
            "seed": campaign.options.seed,
            "seconds": round(campaign.seconds, 1),
            "rounds": counted.rounds,
            "boots": counted.boots,
            "processes": counted.processes,
            "handovers": counted.handovers,
            "moves": dict(counted.moves),
            "findings": [str(x.folder) for x in campaign.new],
            "known": dict(counted.known),
            "first_met": {name: round(at, 1) for name, at in counted.first.items()},
        }
    )


def _read_round(path: Path) -> Round:
    file = path / SMALLEST if path.is_dir() else path
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Unreadable(f"{file}: {getattr(error, 'strerror', None) or error}") from None
    try:
        return parse_round(text, str(file), frozenset(torture.moves()))
    except RoundError as error:
        raise Unreadable(str(error)) from None


def _replay(path: Path, which: str | None, fault: str | None) -> None:
    """Once, whatever is known; writes nothing."""
    made = _read_round(path)
    told = torture.run(made.world, kernel.Flavour(which or made.kernel), fault or made.fault, _LONGEST)
    wrongs = found.wrong_in(told, made.world.real)
    click.echo(found.tail(told), nl=False)
    for wrong in wrongs.values():
        click.echo(f"{wrong.kind}: {wrong.where}\n{wrong.text}")
    if not wrongs:
        click.echo("nothing was wrong")
    raise click.exceptions.Exit(1 if wrongs else 0)
