# SPDX-License-Identifier: Apache-2.0
"""`replay`: run corpus files and say whether each still holds."""

from pathlib import Path
from xml.etree import ElementTree

import attrs
import click

from fuzz import report
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
from fuzz.oracle import judge, judge_trace
from fuzz.text import Case, expect
from model import layout, run
from model.verdict import Outcome
from native.target import Target


@attrs.frozen
class Replayed:
    """One file: its verdict on the target, and in words whatever else is wrong."""

    path: str
    outcome: Outcome
    problems: tuple[str, ...]

    @property
    def fine(self) -> bool:
        """Allowed, and every expectation held."""
        return self.outcome is Outcome.ALLOWED and not self.problems


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

    PATH is a file or a folder; without one, the project's own corpus is replayed.
    """
    cases = [(path, read_case(path)) for path in program_files(paths)]
    if not cases:
        raise Unreadable(f"no .syslet files in {' '.join(paths) or 'the corpus'}")
    with open_target(target, fault, build, preempt) as native:
        results = [_replay(path, case, native) for path, case in cases]
    if junit_xml:
        Path(junit_xml).write_bytes(_junit(results))
    if as_json:
        print_json([{"path": x.path, "verdict": x.outcome.value, "problems": x.problems} for x in results])
    else:
        _print(results)
    raise click.exceptions.Exit(_status(results))


def _replay(path: str, case: Case, native: Target) -> Replayed:
    image = layout.build(case.program)
    judgement = judge(case.program, native)
    problems = []
    if judgement.verdict.outcome is not Outcome.ALLOWED:
        problems.append(report.explain(judgement))
    expected = _expected_here(case, deep=native.deep)
    if judgement.trace is not None and expected:
        problems += [f"on the target: {x}" for x in expect.failures(case, judgement.trace)]
    own = run.run(image, deep=native.deep)
    if expected:
        problems += [f"on the model: {x}" for x in expect.failures(case, own)]
    if judge_trace(case.program, image, own, deep=native.deep).verdict.outcome is not Outcome.ALLOWED:
        problems.append("the model rejects its own trace")
    return Replayed(path, judgement.verdict.outcome, tuple(problems))


def _expected_here(case: Case, *, deep: bool) -> bool:
    """Choices count decisions, so a case with some expects what they do in the mode it was written for."""
    return not deep or not case.program.chooser or case.deep


def _print(results: list[Replayed]) -> None:
    for result in results:
        if result.fine:
            continue
        but = ", but not as expected" if result.outcome is Outcome.ALLOWED else ""
        click.echo(f"{result.path}: {result.outcome.value}{but}")
        for problem in result.problems:
            for line in problem.splitlines():
                click.echo(f"    {line}")
    good = sum(x.fine for x in results)
    click.echo(f"{good} passed, {len(results) - good} failed")


def _status(results: list[Replayed]) -> int:
    """A divergence or a broken expectation weighs more than an unknown."""
    bad = [x for x in results if not x.fine]
    if any(x.outcome is not Outcome.UNKNOWN for x in bad):
        return 1
    return 3 if bad else 0


def _junit(results: list[Replayed]) -> bytes:
    """As pytest writes it (xunit2), so that a CI machine shows it in the same table."""
    bad = str(sum(not x.fine for x in results))
    suites = ElementTree.Element("testsuites")
    suite = ElementTree.SubElement(
        suites, "testsuite", name="syslet replay", tests=str(len(results)), failures=bad, errors="0", skipped="0"
    )
    for result in results:
        path = Path(result.path)
        case = ElementTree.SubElement(suite, "testcase", classname=path.parent.name, name=path.stem, time="0")
        if not result.fine:
            failure = ElementTree.SubElement(case, "failure", message=result.outcome.value)
            failure.text = "\n".join(result.problems)
    made: bytes = ElementTree.tostring(suites, encoding="utf-8", xml_declaration=True)
    return made
