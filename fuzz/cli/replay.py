# SPDX-License-Identifier: Apache-2.0
"""`replay`: run corpus files and say whether each still holds."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

import attrs
import click

from fuzz.cli.common import (
    build_option,
    fault_option,
    json_option,
    open_target,
    preempt_option,
    print_json,
    program_files,
    read_case,
    target_option,
)
from fuzz.cli.errors import Unreadable
from fuzz.findings import report
from fuzz.oracle import judge, judge_trace
from fuzz.spec import promises
from fuzz.text import Case, expect
from model import image as layout
from model.spec import run
from model.spec.features import SIZE
from model.verdict import Outcome
from native.targets.host import Target

_UNREADABLE: Final = "unreadable"
_NOT_EXPECTED: Final = "not as expected"


@attrs.frozen
class Replayed:
    """One file: its verdict on the target (None: it could not be read), and what else is wrong, in words.

    `warnings` are about what it says of itself; it passes all the same.
    """

    path: str
    outcome: Outcome | None
    problems: tuple[str, ...]
    warnings: tuple[str, ...] = ()

    @property
    def verdict(self) -> str:
        """One word for it."""
        return self.outcome.value if self.outcome else _UNREADABLE

    @property
    def fine(self) -> bool:
        """Allowed, and every expectation held."""
        return self.outcome is Outcome.ALLOWED and not self.problems

    @property
    def unreadable(self) -> bool:
        """There was nothing to run."""
        return self.outcome is None


@click.command(
    "replay",
    short_help="Run corpus files again and say whether each still holds.",
    epilog="Example: syslet replay corpus/litmus --junit-xml replay.xml",
)
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@target_option
@preempt_option
@build_option
@fault_option
@click.option("--junit-xml", type=click.Path(dir_okay=False, writable=True), help="Write a JUnit report here.")
@json_option
def replay_command(
    paths: tuple[str, ...],
    target: str,
    preempt: str,
    build: str,
    fault: str | None,
    junit_xml: str | None,
    as_json: bool,
) -> None:
    """Run each program on the target and check its trace; hold model and target to the file's expectations.

    PATH is a file or a folder; without one, the project's own corpus is replayed. A `#: clause` or `#: switch` line
    that names something unknown, and a clause that the run does not meet, are warnings, not failures.

    A file that cannot be read is counted separately, and the others still run. The exit status is then 2, or 1 if one
    of them fails.
    """
    files = program_files(paths)
    if not files:
        raise Unreadable(f"no .syslet files in {' '.join(paths) or 'the corpus'}")
    read = [_read(path) for path in files]
    results = [x for x in read if isinstance(x, Replayed)]
    if len(results) < len(read):
        with open_target(target, fault, build, preempt) as native:
            results = [x if isinstance(x, Replayed) else _replay(*x, native) for x in read]
    if junit_xml:
        Path(junit_xml).write_bytes(_junit(results))
    if as_json:
        print_json(
            [{"path": x.path, "verdict": x.verdict, "problems": x.problems, "warnings": x.warnings} for x in results]
        )
    else:
        _print(results)
    raise click.exceptions.Exit(_status(results))


def _read(path: str) -> tuple[str, Case] | Replayed:
    try:
        return path, read_case(path)
    except Unreadable as error:
        return Replayed(path, None, (error.format_message(),))


def _replay(path: str, case: Case, native: Target) -> Replayed:
    image = layout.build(case.program)
    met = bytearray(SIZE)
    judgement = judge(case.program, native, features=met)
    problems = []
    if judgement.verdict.outcome is not Outcome.ALLOWED:
        problems.append(report.explain(judgement))
    expected = _expected_here(case, deep=native.deep)
    own = run.run(image, deep=native.deep, features=met)
    if expected:
        there = expect.failures(case, judgement.trace) if judgement.trace is not None else []
        problems += _unexpected(there, expect.failures(case, own))
    if judge_trace(case.program, image, own, deep=native.deep).verdict.outcome is not Outcome.ALLOWED:
        problems.append("the model rejects its own trace")
    return Replayed(path, judgement.verdict.outcome, tuple(problems), tuple(promises.broken(case, met)))


def _unexpected(there: list[str], here: list[str]) -> Iterator[str]:
    """What fails on the target and on the model; once, if it is the same."""
    for failure in there:
        yield f"on {'both sides' if failure in here else 'the target'}: {failure}"
    yield from (f"on the model: {failure}" for failure in here if failure not in there)


def _expected_here(case: Case, *, deep: bool) -> bool:
    """Choices count points, so a case with choices is held to its expectations only in the mode it was written for."""
    return not deep or not case.program.chooser or case.deep


def _print(results: list[Replayed]) -> None:
    for result in results:
        for warning in result.warnings:
            click.echo(f"{warning} (warning)", err=True)
        if result.fine:
            continue
        but = f", but {_NOT_EXPECTED}" if result.outcome is Outcome.ALLOWED else ""
        click.echo(f"{result.path}: {result.verdict}{but}")
        for problem in result.problems:
            for line in problem.splitlines():
                click.echo(f"    {line}")
    click.echo(", ".join(f"{number} {word}" for word, number in _counts(results).items()))


def _counts(results: list[Replayed]) -> dict[str, int]:
    """The counts. Unreadable files are mentioned only if there are any."""
    good = sum(x.fine for x in results)
    unread = sum(x.unreadable for x in results)
    return {"passed": good, "failed": len(results) - good - unread, **({"unreadable": unread} if unread else {})}


def _status(results: list[Replayed]) -> int:
    """A divergence or a broken expectation weighs more than an unreadable file, and that more than an unknown."""
    bad = {x.outcome for x in results if not x.fine}
    if bad - {None, Outcome.UNKNOWN}:
        return 1
    if None in bad:
        return 2
    return 3 if bad else 0


def _junit(results: list[Replayed]) -> bytes:
    """As pytest writes it (xunit2), so that a CI machine shows it in the same table."""
    did = _counts(results)
    counts = {"tests": len(results), "failures": did["failed"], "errors": did.get("unreadable", 0), "skipped": 0}
    suites = ElementTree.Element("testsuites")
    attributes = {name: str(count) for name, count in counts.items()}
    suite = ElementTree.SubElement(suites, "testsuite", {"name": "syslet replay", **attributes})
    for result in results:
        path = Path(result.path)
        case = ElementTree.SubElement(suite, "testcase", classname=path.parent.name, name=path.stem, time="0")
        if not result.fine:
            message = _NOT_EXPECTED if result.outcome is Outcome.ALLOWED else result.verdict
            failure = ElementTree.SubElement(case, "error" if result.unreadable else "failure", message=message)
            failure.text = "\n".join(result.problems)
        if result.warnings:
            ElementTree.SubElement(case, "system-err").text = "\n".join(result.warnings)
    made: bytes = ElementTree.tostring(suites, encoding="utf-8", xml_declaration=True)
    return made
