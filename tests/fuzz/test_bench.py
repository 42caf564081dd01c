# SPDX-License-Identifier: Apache-2.0
"""What is measured of generators and planted faults: the rows are there, and a tenth is a tenth."""

import ast
from pathlib import Path

import pytest

from fuzz.bench import branches, generator
from fuzz.bench.faults import BASELINES, Tried, chosen, summary, table
from fuzz.bench.unreachable import REASONS
from native.targets import faults

SOURCE = """
def rule(m, a, b):
    if a < b and not m.variant:
        return 1
    return 2 if a == 3 else 3
"""


def _marked(given: tuple[int, int]) -> tuple[list[branches.Row], set[int], int]:
    marks = branches.Marks()
    tree = ast.fix_missing_locations(branches._Marker("x", marks).visit(ast.parse(SOURCE)))
    space: dict[str, object] = {"_mark": marks}
    exec(compile(tree, "x", "exec"), space)
    machine = type("M", (), {"variant": False})
    return marks.rows, marks.met, space["rule"](machine, *given)  # type: ignore[operator]


@pytest.mark.parametrize(
    ("given", "result", "told"),
    [
        ((1, 2), 1, {"a < b: below"}),
        ((3, 3), 2, {"a < b: equal", "a == 3: equal"}),
        ((5, 3), 3, {"a < b: above", "a == 3: unequal"}),
    ],
)
def test_marks_tell_each_side(given: tuple[int, int], result: int, told: set[str]) -> None:
    rows, met, came = _marked(given)
    assert came == result
    assert {f"{rows[i][2]}: {rows[i][3]}" for i in met} >= told
    assert not any("variant" in row[2] for row in rows)


@pytest.mark.slow
@pytest.mark.interpreted
def test_fresh_programs_meet_nearly_everything() -> None:
    """`syslet bench --generator` takes twelve thousand, and wants more than ten for each row."""
    rows = generator.measure(1_500)
    assert {row.kind for row in rows} == {"clause", "branch", "side"}
    never = [row.what for row in rows if not row.programs]
    assert len(never) < len(rows) // 50, never


@pytest.mark.interpreted
def test_each_reason_is_of_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """A reason for what is no longer in the rules would hide what takes its place."""
    marks = branches.Marks()
    root = Path(branches.__file__).parents[2] / "model" / "spec"
    for module in branches.RULES:
        text = root.joinpath(*module.split(".")).with_suffix(".py").read_text()
        branches._Marker(module, marks).visit(ast.parse(text))
    there = {(module, text, outcome) for module, _, text, outcome in marks.rows}
    assert set(REASONS) <= there


def test_ten_tenths_are_all() -> None:
    names = faults.on_host()
    tenths = [chosen(names, n) for n in range(10)]
    assert sorted(x for tenth in tenths for x in tenth) == sorted(names)
    assert chosen(names, 3) == chosen(names, 3) != chosen(names, 13)
    assert chosen(names, None) == list(names)


def test_the_summary_counts_what_was_found() -> None:
    made = [
        Tried("A", "a-file", (1.0, None), {}),
        Tried("B", None, (2.0, 4.0), dict.fromkeys(BASELINES)),
        Tried("C", None, (None, None), {"random": 3.0, "hypothesis": None}),
    ]
    told = summary(made)
    assert (told["found"], told["by_replay"], told["missed_by_replay"], told["of_these_by_every_seed"]) == (2, 1, 2, 1)
    assert (told["median_seconds"], told["worst_seconds"]) == (2.0, 4.0)
    assert told["baselines"] == {"random": 1, "hypothesis": 0}
    assert "2 of 3 found" in table(made)


def test_there_are_sixty_faults_that_the_host_shows() -> None:
    assert len(faults.on_host()) >= 60
