# SPDX-License-Identifier: Apache-2.0
"""The parts of a cycle: all are timed, and no figure is given of programs that fail or diverge."""

from itertools import islice
from typing import Any

import pytest

from fuzz.bench import parts
from fuzz.campaign.seeds import seed_programs
from fuzz.generate import codec
from model.verdict import Kind
from native.targets.host import Failure, HostTarget

POOL = [codec.encode(program) for program in islice(seed_programs(), 40)]


def test_all_parts_and_all_ends(host: HostTarget) -> None:
    made = parts.parts(host, POOL, 200, 1.0)
    each = made["microseconds"]
    assert list(each) == [*parts.PARTS, "rest"]
    # What features cost is the difference of two checks, which may be less than nothing on a busy machine.
    assert all(figure > 0 for part, figure in each.items() if part != "features")
    assert sum(each.values()) == pytest.approx(1e6)
    assert {"done", "stuck"} <= set(made["ends"])
    assert sum(end["programs"] for end in made["ends"].values()) == pytest.approx(1)
    # Which share of the time that was is not for a test: the machine may be busy.
    assert all(end["of_parts"] for end in made["ends"].values())
    text = "\n".join(parts.table(made))
    assert all(word in text for word in (*each, *made["ends"]))


def test_the_same_programs_each_time(host: HostTarget) -> None:
    def shares() -> dict[str, float]:
        return {name: end["programs"] for name, end in parts.parts(host, POOL, 60, 1.0)["ends"].items()}

    assert shares() == shares()


def test_no_figure_of_a_target_that_fails(host: HostTarget, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails() -> Any:
        return Failure(Kind.HANG, "no answer")

    monkeypatch.setattr(host, "execute", fails)
    with pytest.raises(parts.BenchmarkError, match="no answer"):
        parts.parts(host, POOL, 5, 1.0)


def test_no_figure_of_programs_that_diverge() -> None:
    with HostTarget(fault="EVENT_OF_FIRST_ATOM") as target, pytest.raises(parts.BenchmarkError, match="diverges"):
        parts.parts(target, POOL, 500, 1.0)
