# SPDX-License-Identifier: Apache-2.0
"""`replay`: run corpus files and say whether each still holds."""

from collections import Counter
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

import attrs
import click

from fuzz.cli.errors import Unreadable, write_output
from fuzz.cli.options import complete_files, json_option, print_json
from fuzz.cli.reading import program_files, read_case
from fuzz.cli.running import On, preempt_option, runs_on
from fuzz.cli.terminal import say
from fuzz.replay import FAILED, PASSED, SKIPPED, UNREADABLE, Replayed, replay
from fuzz.schedule.every import FEW
from fuzz.text import Case
from model.verdict import Outcome

_NOT_EXPECTED: Final = "not as expected"


@click.command(
    "replay",
    short_help="Run corpus files again and say whether each still holds.",
    epilog="Example: syslet replay corpus/litmus --junit-xml replay.xml",
)
@click.argument("paths", nargs=-1, metavar="[PATH]...", shell_complete=complete_files)
@runs_on(preempt=preempt_option)
@click.option("--junit-xml", type=click.Path(dir_okay=False, writable=True), help="Write a JUnit report here.")
@json_option
def replay_command(paths: tuple[str, ...], on: On, junit_xml: str | None, as_json: bool) -> None:
    """Run each program on the target and check its trace; hold model and target to the file's expectations.

    Then run all other schedules of the program where there are at most 100 in all, and else so many of them: its own,
    those with one preemption, and drawn ones, the same each time. Each trace must be allowed, and on the host every
    outcome that the specification allows must be seen.

    PATH is a file or a folder; without one, the project's own corpus is replayed. A `#: clause` or `#: switch` line
    that names something unknown, and a clause that the run does not meet, are warnings, not failures.

    A file with opaque calls is skipped, and counted so, on a target that makes none.

    A file that cannot be read is counted separately, and the others still run. The exit status is then 2, or 1 if one
    of them fails.
    """
    read = [read_one(path) for path in program_files(paths)]
    results = [x for x in read if isinstance(x, Replayed)]
    if len(results) < len(read):
        with on.open() as native:
            results = [x if isinstance(x, Replayed) else replay(*x, native) for x in read]
    if as_json:
        print_json([attrs.asdict(x) for x in results])
    else:
        _print(results)
    if junit_xml:
        write_output(junit_xml, _junit(results))
    raise click.exceptions.Exit(_status(results))


def read_one(path: str) -> tuple[str, Case] | Replayed:
    """A file and its case; or, of one that cannot be read, what came of it."""
    try:
        return path, read_case(path)
    except Unreadable as error:
        return Replayed(path, UNREADABLE, (error.format_message(),))


def _counts(results: list[Replayed]) -> dict[str, int]:
    """Unreadable files are mentioned only if there are any."""
    return {PASSED: 0, FAILED: 0, **Counter(x.came_to for x in results)}


def _status(results: list[Replayed]) -> int:
    """A divergence or a broken expectation weighs more than an unreadable file, and that more than an unknown."""
    bad = {x.verdict for x in results if x.came_to not in (PASSED, SKIPPED)}
    if bad - {UNREADABLE, Outcome.UNKNOWN.value}:
        return 1
    return 2 if UNREADABLE in bad else 3 if bad else 0


def _print(results: list[Replayed]) -> None:
    for result in results:
        for warning in result.warnings:
            say(f"{warning} (warning)", err=True)
        if result.came_to == PASSED:
            continue
        but = f", but {_NOT_EXPECTED}" if result.verdict == Outcome.ALLOWED.value else ""
        say(f"{result.path}: {result.verdict}{but}")
        for problem in result.problems:
            for line in problem.splitlines():
                say(f"    {line}")
    if any(x.schedules for x in results):
        say(_searched(results))
    say(", ".join(f"{number} {word}" for word, number in _counts(results).items()))


def _searched(results: list[Replayed]) -> str:
    """How many schedules were run, and of how many files these were all."""
    ran = [x for x in results if x.schedules]
    every = sum(x.every for x in ran)
    some = len(ran) - every
    parts = [f"all of {every} file{'s' * (every != 1)}"] * bool(every)
    parts += [f"{FEW} or fewer of the many of {some} file{'s' * (some != 1)}"] * bool(some)
    number = sum(x.schedules for x in ran)
    return f"{number:,} schedule{'s' * (number != 1)} run: {' and '.join(parts)}"


def _junit(results: list[Replayed]) -> bytes:
    """As pytest writes it (xunit2), so that a CI machine shows it in the same table."""
    did = _counts(results)
    counts = {
        "tests": len(results),
        "failures": did[FAILED],
        "errors": did.get(UNREADABLE, 0),
        "skipped": did.get(SKIPPED, 0),
    }
    suites = ElementTree.Element("testsuites")
    attributes = {name: str(count) for name, count in counts.items()}
    suite = ElementTree.SubElement(suites, "testsuite", {"name": "syslet replay", **attributes})
    for result in results:
        path = Path(result.path)
        case = ElementTree.SubElement(suite, "testcase", classname=path.parent.name, name=path.stem, time="0")
        if result.came_to != PASSED:
            message = _NOT_EXPECTED if result.verdict == Outcome.ALLOWED.value else result.verdict
            kind = {UNREADABLE: "error", SKIPPED: "skipped"}.get(result.came_to, "failure")
            ElementTree.SubElement(case, kind, message=message).text = "\n".join(result.problems)
        if result.warnings:
            ElementTree.SubElement(case, "system-err").text = "\n".join(result.warnings)
    made: bytes = ElementTree.tostring(suites, encoding="utf-8", xml_declaration=True)
    return made
