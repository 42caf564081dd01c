# SPDX-License-Identifier: Apache-2.0
"""`syslet show`: programs, targets, traces and findings as pictures."""

import json
from pathlib import Path
from random import Random
from xml.etree import ElementTree

import attrs
import pytest

from fuzz.findings.store import Origin, Store
from fuzz.oracle import judge
from fuzz.text import parse
from model.image import Image
from model.trace import Settled, Trace
from native.targets.host import HostTarget
from tests.cli.test_commands import call
from tests.model.wander import wander

SEED = 47
"""Of a run in which one task sleeps on a pipe's lock that the other one has."""
FAULT = ("--target", "host", "--fault", "EVENT_OF_FIRST_ATOM")
DEEP = "corpus/litmus/object-lock-makes-a-call-sleep.syslet"
PROGRAM = "corpus/litmus/async-second-atom-blocks.syslet"


def test_a_program_is_shown_on_the_model_and_on_a_target() -> None:
    for options in ((), ("--target", "host")):
        result = call("show", PROGRAM, *options)
        assert result.exit_code == 0, result.output
        assert "hand-over: task 1, the first spare," in result.output
        assert "divergence" not in result.output


def test_preemption_inside_objects_is_drawn(tmp_path: Path) -> None:
    trace = tmp_path / "trace.json"
    trace.write_text(call("run", DEEP, "--preempt", "deep", "--json").output)
    drawn = call("show", DEEP, "--width", "160").output
    assert "another task is inside p0, so it sleeps [OBJECT-1]" in drawn
    assert drawn == call("show", DEEP, "--preempt", "deep", "--width", "160").output
    assert "OBJECT-1" not in call("show", DEEP, "--preempt", "points").output
    assert "divergence" not in call("show", DEEP, str(trace)).output
    assert "divergence" in call("show", DEEP, str(trace), "--preempt", "points").output


def test_a_target_that_cannot_preempt_inside_objects_shows_what_it_can() -> None:
    drawn = call("show", DEEP, "--target", "host")
    assert drawn.exit_code == 0, drawn.output
    assert "OBJECT-1" not in drawn.output
    assert call("show", DEEP, "--target", "host", "--preempt", "deep").exit_code == 2


class Liar(HostTarget):
    """A target that preempts inside objects, and stores 2 where a write of one byte returns 1."""

    deep = True

    def run(self, image: Image) -> Trace:
        trace = wander(image, Random(SEED), deep=True)
        events = list(trace.events)
        for i, event in enumerate(events):
            if isinstance(event, Settled):
                changes = tuple((at, data.replace(b"\1", b"\2", 1)) for at, data in event.seen.changes)
                events[i] = Settled(event.step, attrs.evolve(event.seen, changes=changes))
        return attrs.evolve(trace, events=tuple(events))


@pytest.mark.parametrize("said_by", ["program", "record"])
def test_a_deep_finding_is_drawn_with_both_sides(said_by: str, tmp_path: Path) -> None:
    program = parse(Path(DEEP).read_text(encoding="utf-8")).program
    with Liar() as liar:
        judgement = judge(program, liar)
    folder = Store(tmp_path / "findings").write(judgement, Origin("random", 7, "build", 1, preempt="deep"))
    text = folder / "program.syslet"
    assert "#: preempt deep\n" in text.read_text()
    if said_by == "record":
        text.write_text(text.read_text().replace("#: preempt deep\n", ""))
    for what in (folder, folder / "target-trace.json"):
        drawn = call("show", str(what), "--width", "200").output
        assert "the specification allows" in drawn
        assert "first difference" in drawn
        assert "another task is inside p0, so it sleeps" in drawn
        assert "OBJECT-1" not in call("show", str(what), "--preempt", "points").output
    if said_by == "program":
        assert "OBJECT-1" in call("show", str(folder.parent / "smallest.syslet"), "--width", "160").output


def test_both_sides_of_a_divergence_or_one() -> None:
    both = call("show", PROGRAM, *FAULT, "--width", "140").output
    assert "divergence: ring state" in both
    assert "the specification allows" in both
    assert "first difference" in both
    one = call("show", PROGRAM, *FAULT, "--against", "nothing").output
    assert "the specification allows" not in one
    assert "host shows" in one


@pytest.mark.parametrize("medium", ["svg", "html", "perfetto"])
def test_media_go_to_files(medium: str, tmp_path: Path) -> None:
    out = tmp_path / "picture"
    result = call("show", PROGRAM, *FAULT, "--as", medium, "-o", str(out))
    assert result.exit_code == 0, result.output
    assert result.output == ""
    written = out.read_text(encoding="utf-8")
    if medium == "svg":
        ElementTree.fromstring(written)
    elif medium == "perfetto":
        names = {e["args"]["name"] for e in json.loads(written)["traceEvents"] if e.get("name") == "process_name"}
        assert len(names) == 2
    else:
        assert written.startswith("<!doctype html>")


@pytest.mark.parametrize(
    ("name", "start"),
    [("p.svg", "<svg"), ("p.HTML", "<!doctype html>"), ("p.json", "{"), ("p.perfetto-trace", "{"), ("p.txt", "┃ head")],
)
def test_the_name_of_the_file_says_the_medium(name: str, start: str, tmp_path: Path) -> None:
    assert call("show", PROGRAM, "-o", str(tmp_path / name)).exit_code == 0
    assert (tmp_path / name).read_text(encoding="utf-8").startswith(start)


def test_a_name_that_says_otherwise_is_an_error(tmp_path: Path) -> None:
    for arguments, says in (
        (("--as", "html", "-o", str(tmp_path / "p.svg")), "p.svg would be svg, and --as html was asked for"),
        (("-o", str(tmp_path / "p.png")), "no medium has this suffix"),
    ):
        result = call("show", PROGRAM, *arguments)
        assert result.exit_code == 2
        assert says in result.output
    assert list(tmp_path.iterdir()) == []
    assert call("show", PROGRAM, "--as", "svg", "-o", str(tmp_path / "p.png")).exit_code == 0


def test_traces_with_and_without_their_program(tmp_path: Path) -> None:
    trace = tmp_path / "trace.json"
    trace.write_text(call("run", PROGRAM, "--target", "host", "--json").output)
    assert "hand-over: task 1, the first spare," in call("show", PROGRAM, str(trace)).output
    assert "the program is not known" in call("show", str(trace)).output


def test_the_folder_of_a_finding_needs_nothing_else(tmp_path: Path) -> None:
    program = parse(Path(PROGRAM).read_text(encoding="utf-8")).program
    with HostTarget(fault="EVENT_OF_FIRST_ATOM") as target:
        judgement = judge(program, target)
    group = Store(tmp_path / "findings").write(judgement, Origin("random", 7, "build", 1)).parent
    trace = next(group.glob("*/target-trace.json"))
    for what in (group, trace.parent, trace):
        shown = call("show", str(what))
        assert shown.exit_code == 0, shown.output
        assert "first difference" in shown.output
        assert "the model tells what happened, moving as the log of the target says" in " ".join(shown.output.split())
        page = call("show", str(what), "--as", "html").output
        folder = group if what == group else trace.parent
        assert f"<title>{folder.name} on the target</title>" in page
    named = call("show", str(group / "smallest.syslet"), "--as", "html").output
    assert f"<title>{group.name} on the model</title>" in named
    assert call("show", str(tmp_path)).exit_code == 2


def test_what_cannot_be_written_or_read_is_said(tmp_path: Path) -> None:
    assert call("show", PROGRAM, "-o", str(tmp_path / "no" / "folder")).exit_code == 2
    assert call("show", str(tmp_path / "nothing.syslet")).exit_code == 2
    assert call("show", PROGRAM, "--ascii").output.isascii()


RACE = "corpus/litmus/umem-add-race.syslet"
FULL = "corpus/litmus/full-ring-loses-the-second-event.syslet"


def test_another_way_is_drawn_without_editing_the_file(tmp_path: Path) -> None:
    pasted = tmp_path / "p.syslet"
    pasted.write_text(Path(RACE).read_text().replace("syslet 1\n", "syslet 1\nchoose 2:1\n"))
    assert call("show", RACE).output != call("show", str(pasted)).output
    for target in ((), ("--target", "host")):
        assert call("show", RACE, "--choose", "2:1", *target).output == call("show", str(pasted), *target).output


def test_another_reading_is_drawn() -> None:
    assert "reap h0 = a0" in call("show", FULL).output
    drawn = call("show", FULL, "--variant", "ring_full=overwrite")
    assert "reap h0 = a1" in drawn.output
    assert "ring_full=overwrite" in call("show", FULL, "--variant", "ring_full=overwrite", "--as", "html").output


def test_what_was_run_and_what_a_target_does_is_not_read_otherwise(tmp_path: Path) -> None:
    trace = tmp_path / "trace.json"
    trace.write_text(call("run", RACE, "--json").output)
    for options in (
        [RACE, str(trace), "--choose", "2:1"],
        [RACE, str(trace), "--variant", "ring_full=overwrite"],
        [RACE, "--target", "host", "--variant", "ring_full=overwrite"],
    ):
        assert call("show", *options).exit_code == 2
