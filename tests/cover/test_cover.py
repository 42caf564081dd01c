# SPDX-License-Identifier: Apache-2.0
"""Coverage of the specification: the corpus exercises every clause, and what is counted is counted right."""

import json
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from fuzz.campaign.seeds import corpus_root
from fuzz.cli import syslet
from fuzz.cover import show
from fuzz.cover.html import page
from fuzz.cover.lines import MISSING
from fuzz.cover.measure import Coverage, measure
from fuzz.cover.tally import all_events
from fuzz.text import Case, parse
from model.clauses import BY_NUMBER, CLAUSES
from native.targets import build, gcov

pytestmark = [pytest.mark.slow, pytest.mark.interpreted]
ROOT = Path(__file__).parents[2]
HELLO = str(corpus_root() / "litmus" / "hello.syslet")
COUNTED = """\
syslet 1
head h0 ring=r0 slots=4 stack=top
atom a0 = umem_add(w0, -1) [STOP_ON_ZERO] next=a0
init w0 = 3

async_exec(a0, h0)
"""


def call(*arguments: str) -> Result:
    return CliRunner().invoke(syslet, ["cover", *arguments])


def cases(folder: Path) -> list[tuple[str, Case]]:
    paths = sorted(folder.rglob("*.syslet"))
    return [(str(path.relative_to(ROOT)), parse(path.read_text(), path.name)) for path in paths]


@pytest.fixture(scope="module")
def corpus() -> Coverage:
    return measure(cases(ROOT / "corpus"))


def test_the_corpus_exercises_every_clause(corpus: Coverage) -> None:
    assert not corpus.never


def test_the_corpus_says_every_event_of_the_pinned_reading(corpus: Coverage) -> None:
    assert corpus.events == [
        "NoTime",  # zero_sleep=immediate
        "SlotOverwritten",  # ring_full=overwrite
    ]


def test_the_litmus_files_alone_exercise_every_clause() -> None:
    assert not measure(cases(ROOT / "corpus" / "litmus")).never


def test_both_sides_lines_are_counted_in_the_same_runs(corpus: Coverage) -> None:
    assert not corpus.model.problem
    assert not corpus.kernel.problem
    model = {file.path: file for file in corpus.model.files}
    kernel = {file.path: file for file in corpus.kernel.files}
    assert model["model/spec/chain.py"].covered > 0.8 * len(model["model/spec/chain.py"].counts)  # not the fast fetch
    assert kernel["native/kernel/syslet_ring.c"].covered > 0.9 * len(kernel["native/kernel/syslet_ring.c"].counts)
    blame = model["model/check/difference.py"]
    assert blame.missed, "nothing was blamed, so functions of blame.py were not run"
    definitions = [i for i, line in enumerate(blame.source.splitlines(), 1) if line.startswith("def ")]
    assert all(blame.counts[i] for i in definitions), "but they were defined"


def test_counts_are_of_what_happened() -> None:
    covered = measure([("loop", parse(COUNTED))])
    assert covered.clauses["STOP-2"] == {"loop": 3}
    assert covered.clauses["NEXT-3"] == {"loop": 2}
    assert covered.clauses["NEXT-1"] == {"loop": 1}
    assert covered.transitions["StopOnZero", "ChainGoesOn"] == {"loop": 2}
    assert covered.transitions["StopOnZero", "ChainStops"] == {"loop": 1}
    assert "RING-1" in covered.never
    lines = (ROOT / "native" / "kernel" / "syslet_chain.c").read_text().splitlines()
    number = next(i for i, line in enumerate(lines, 1) if "if (syslet_fetch(" in line)
    counts = next(file.counts for file in covered.kernel.files if file.path.endswith("/syslet_chain.c"))
    assert counts[number] == 3


def test_a_stuck_program_counts_its_end() -> None:
    covered = measure([("stuck", parse("syslet 1\npipe p0\nread(p0.r, pg3, 8)\n"))])
    assert covered.clauses["STEP-4"] == {"stuck": 1}


def test_a_clause_of_another_reading_is_run_by_it() -> None:
    path = ROOT / "corpus" / "litmus" / "no-spare-would-have-slept.syslet"
    case = parse(path.read_text())
    assert measure([("it", case)]).clauses["MOVE-2"]
    assert CLAUSES["MOVE-2"].only


def test_events_are_those_of_the_vocabulary() -> None:
    assert {"EventPosted", "AtomFetched", "PipeEmpty", "OperationReturns"} <= all_events()
    assert not {"Event", "Runs", "PointPassed"} & all_events()


def test_the_text_tells_of_all_clauses(corpus: Coverage) -> None:
    text = show.print_coverage(corpus)
    assert all(f"\n  {clause.id} " in text for clause in BY_NUMBER)
    assert "AtomFetched → CallBegins" in text
    assert "lines of the kernel files: " in text
    assert f"{len(BY_NUMBER)} of {len(BY_NUMBER)} clauses" in text
    row = next(line for line in text.splitlines() if line.startswith("  RING-3 "))
    assert row.endswith("full-ring-loses-the-second-event.syslet")


def test_ranges_of_lines_are_joined() -> None:
    assert show.ranges([1, 2, 3, 5, 8, 9]) == "1-3, 5, 8-9"
    assert show.ranges([]) == ""


class _Tags(HTMLParser):
    """Checks that every tag is closed in its turn, and collects what a page would load."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.loads: list[str] = []
        self.ids: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "meta":
            self.open.append(tag)
        self.loads += [str(value) for name, value in attrs if name in ("src", "href")]
        self.ids |= {str(value) for name, value in attrs if name == "id"}

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_stands_by_itself(corpus: Coverage) -> None:
    tags = _Tags()
    tags.feed(page(corpus))
    assert not tags.open
    assert not tags.loads
    assert set(CLAUSES) <= tags.ids


def test_the_command_on_one_program(tmp_path: Path) -> None:
    html = tmp_path / "cover.html"
    result = call(HELLO, "--html", str(html), "--json")
    assert result.exit_code == 0, "a few programs need not exercise everything"
    found = json.loads(result.output)
    assert found["programs"] == ["corpus/litmus/hello.syslet"]
    assert "EXIT-1" in found["never"]
    assert found["kernel"]["files"]["native/kernel/syslet_chain.c"]["covered"] > 50
    shown = html.read_text()
    assert "hello.syslet" in shown
    assert "<p>1 program: " in shown
    assert '<span class="id">THREAD-2</span>' in shown
    assert ".id { white-space: nowrap; }" in shown
    assert shown.index("events never said") > shown.index("<h2>Transitions</h2>")


def test_of_one_program_what_it_exercises_is_listed_and_the_rest_counted() -> None:
    output = call(HELLO).output
    assert "\n  RING-1 " in output
    assert "ArgumentsEnd → AtomFetched" in output
    assert "EXIT-1" not in output
    assert "never: " in output.splitlines()[-1]
    assert "model/spec/chain.py" not in output
    whole = call(HELLO, "--all").output
    assert "\n  EXIT-1      never\n" in whole
    assert "model/spec/chain.py" in whole
    assert {line for line in output.splitlines() if "hello.syslet" in line} < set(whole.splitlines())


def test_a_clause_without_program_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fuzz.cli.cover.program_files", lambda _: [HELLO])
    result = call()
    assert result.exit_code == 1
    assert "clauses never exercised: ENTRY-3," in result.output


def test_what_is_missing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "coverage", None)
    monkeypatch.setattr("native.targets.gcov.shutil.which", lambda _: None)
    result = call(HELLO)
    assert result.exit_code == 0
    assert f"lines of the model: not measured: {MISSING}" in result.output
    assert "is not installed; it comes with the compiler" in result.output
    assert "  RING-1 " in result.output


def test_no_compiler_leaves_the_model(monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> tuple[str, ...]:
        raise build.NoCompiler("no C compiler found")

    monkeypatch.setattr(build, "compiler", none)
    covered = measure([("loop", parse(COUNTED))])
    assert covered.kernel.problem == "no C compiler found"
    assert covered.clauses["STOP-2"] == {"loop": 3}


def test_counters_that_are_not_there_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(gcov.NoGcov, match="no counters"):
        gcov.counts(tmp_path)
