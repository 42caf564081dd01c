# SPDX-License-Identifier: Apache-2.0
"""`pull-request`: what a change of the kernel code does that the code before it did not."""

import io
import os
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import attrs
import click
from rich.console import Console

from fuzz.campaign import options as campaign
from fuzz.cli import status
from fuzz.cli.errors import Unreadable
from fuzz.cli.known import read_known
from fuzz.cli.options import Whole, json_option, print_json, reports_option, write_reports
from fuzz.cli.reading import program_files
from fuzz.cli.replay import read_one
from fuzz.cli.running import fault_option
from fuzz.findings import known
from fuzz.findings.group import Group
from fuzz.findings.machine import Row
from fuzz.oracle import judge_safely
from fuzz.replay import Replayed, replay
from native.targets import known as targets
from native.targets.host import ExecutorTarget

_SEED: Final = 1
_RUNS: Final = 5_000
_BUILD: Final = "from native.targets import build\nprint(build.ROOT)\nprint(build.executor())\n"


@attrs.frozen
class Changed:
    """What a change brings: files of the corpus and groups of findings that are fine, or absent, before it."""

    files: list[Replayed]
    groups: list[Group]
    there_before: list[str]


@click.command(
    "pull-request",
    short_help="What a change does that the code before it did not.",
    epilog="""\b
Examples:
  syslet pull-request origin/main
  syslet pull-request ../clone-of-main --runs 20000 --sarif new.sarif""",
)
@click.argument("base", metavar="BASE")
@click.option("--runs", type=Whole(1), default=_RUNS, show_default=True, metavar="N", help="Programs to try.")
@click.option("--seed", type=Whole(0), default=_SEED, show_default=True, metavar="N", help="Which programs.")
@click.option("--findings", type=click.Path(file_okay=False), metavar="DIR", help="Keep the findings here.")
@fault_option
@reports_option
@json_option
def pull_request_command(
    base: str, runs: int, seed: int, findings: str | None, fault: str | None,
    junit_xml: str | None, sarif: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Replay the corpus and fuzz the kernel code of this clone, and tell only what BASE does not show as well.

    BASE is a revision of git, or the folder of another clone. The programs are those of the random engine with a fixed
    seed, so the same change gives the same answer.
    """
    with tempfile.TemporaryDirectory(prefix="syslet-base-") as name, executor_of(base, Path(name)) as before:
        folder = Path(findings or Path(name) / "findings")
        made, seconds = _compare(before, folder, runs, seed, fault)
        rows = [Row(x, True, "new with this change") for x in made.groups]
        write_reports("syslet pull-request", rows, seconds, junit_xml, sarif)
        if as_json:
            print_json(_as_json(made, base, runs, seed))
        else:
            _print(made, base, runs)
    fails = made.files or made.groups
    raise click.exceptions.Exit(status.DIVERGENCE if fails else status.FINE)


@contextmanager
def executor_of(base: str, place: Path) -> Iterator[ExecutorTarget]:
    """The kernel code of a revision or of another clone, built by its own rules. Raises Unreadable."""
    folder = Path(base)
    if not folder.is_dir():
        folder = place / "base"
        _extract(base, folder)
    done = subprocess.run(
        [sys.executable, "-P", "-c", _BUILD],
        env={**os.environ, "PYTHONPATH": str(folder.absolute())},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        said = done.stderr.strip().splitlines() or ["it said nothing"]
        raise Unreadable(f"{base}: its kernel code cannot be built: {said[-1]}")
    built_from, executor = done.stdout.splitlines()[-2:]
    if not Path(built_from).is_relative_to(folder.resolve()):  # an installed one was found instead
        raise Unreadable(f"{base}: its kernel code cannot be built: there is none in that folder")
    with targets.open_target(executor) as target:
        yield target


def _extract(revision: str, folder: Path) -> None:
    try:
        done = subprocess.run(
            ["git", "archive", "--format=tar", revision, "native", "model"], capture_output=True, check=False
        )
    except OSError as error:
        raise Unreadable(f"git cannot be run: {error.strerror}") from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines() or ["git said nothing"]
        raise Unreadable(f"{revision}: neither a folder nor a revision of this clone: {said[-1]}")
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        archive.extractall(folder, filter="data")


def _compare(before: ExecutorTarget, folder: Path, runs: int, seed: int, fault: str | None) -> tuple[Changed, float]:
    from fuzz.campaign.run import run

    files = _replay(before, fault)
    entries = read_known(known.FILE) if Path(known.FILE).is_file() else []
    options = campaign.Options(
        engine="random", seed=seed, runs=runs, findings=str(folder), fault=fault,
        explained=tuple(sorted(known.signatures(entries))),
    )  # fmt: skip
    outcome = run(options, Console(stderr=True))
    for line in outcome.told:
        click.echo(f"syslet: {line}", err=True)
    if outcome.trouble:
        raise campaign.CampaignError(outcome.trouble)
    met = [x for x in [*outcome.new, *outcome.again] if x.confirmed]
    old = [x for x in met if judge_safely(x.program, before).signature == x.signature]
    return Changed(files, [x for x in met if x not in old], [x.folder.name for x in old]), outcome.seconds


def _replay(before: ExecutorTarget, fault: str | None) -> list[Replayed]:
    """Files of the corpus that fail, and did not before."""
    worse = []
    with targets.open_target("host", fault=fault) as now:
        for path in program_files(()):
            read = read_one(path)
            if isinstance(read, Replayed):
                worse.append(read)
                continue
            result = replay(*read, now)
            if result.came_to != "passed" and replay(*read, before).came_to == "passed":
                worse.append(result)
    return worse


def _as_json(made: Changed, base: str, runs: int, seed: int) -> dict[str, Any]:
    return {
        "base": base,
        "runs": runs,
        "seed": seed,
        "files": [attrs.asdict(x) for x in made.files],
        "findings": [{"signature": x.signature, "program": x.text} for x in made.groups],
        "there_before": made.there_before,
    }


def _print(made: Changed, base: str, runs: int) -> None:
    for file in made.files:
        click.echo(f"{file.path}: {file.verdict}, and passed before")
        for problem in file.problems:
            click.echo("".join(f"    {line}\n" for line in problem.splitlines()), nl=False)
    for group in made.groups:
        click.echo(f"{', '.join(group.signature)}: new with this change\n{group.text}")
    click.echo(
        f"against {base}, with {runs:,} programs: {len(made.files)} files of the corpus fail now, "
        f"{len(made.groups)} new groups of findings, {len(made.there_before)} were there before"
    )
