# SPDX-License-Identifier: Apache-2.0
"""The builder and the mutator: deterministic, within their size, and on the beaten path often enough."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fuzz.generate import build, codec
from fuzz.generate.change import Edit
from fuzz.generate.edits import EDITS
from fuzz.generate.mutate import crossover, mutate
from fuzz.generate.odd_edits import ODD_EDITS
from fuzz.generate.strategies import programs, sensible_programs
from fuzz.generate.thread_edits import THREAD_EDITS
from model import image as layout
from model.program import Exec, PageKind, Program, Settle
from model.spec.run import run

SEEDS = st.integers(0, (1 << 32) - 1)
BYTES = st.binary(max_size=300) | sensible_programs().map(codec.encode)


@settings(max_examples=200, deadline=None)
@given(BYTES, st.integers(0, 2000), SEEDS)
def test_a_mutant_is_repeatable_and_fits(data: bytes, size: int, seed: int) -> None:
    mutant = mutate(data, size, seed)
    assert len(mutant) <= size
    assert mutant == mutate(data, size, seed)


@settings(max_examples=200, deadline=None)
@given(BYTES, BYTES, st.integers(0, 2000), SEEDS)
def test_a_child_is_repeatable_and_fits(first: bytes, second: bytes, size: int, seed: int) -> None:
    child = crossover(first, second, size, seed)
    assert len(child) <= size
    assert child == crossover(first, second, size, seed)


@pytest.mark.slow
@pytest.mark.parametrize("edit", list(dict.fromkeys((*EDITS, *ODD_EDITS, *THREAD_EDITS))))
@settings(max_examples=25, deadline=None)
@given(program=programs(size=4) | sensible_programs() | st.just(Program()), seed=SEEDS)
def test_every_edit_gives_a_program(edit: Edit, program: Program, seed: int) -> None:
    assert isinstance(edit(program, Random(seed)), Program)


def test_the_builder_depends_on_its_seed_alone() -> None:
    assert [build.program(Random(i)) for i in range(50)] == [build.program(Random(i)) for i in range(50)]


def test_no_bytes_become_a_built_program() -> None:
    assert codec.decode(mutate(b"", 4096, 1)).steps


def test_a_leaf_mutator_is_asked_rarely_and_cut() -> None:
    calls = 0

    def leaf(data: bytes, size: int) -> bytes:
        nonlocal calls
        calls += 1
        return data + bytes(size)

    assert all(len(mutate(b"\x0e\x01", 64, seed, leaf)) <= 64 for seed in range(400))
    assert 0 < calls < 60


def _shares(made: list[Program]) -> tuple[float, float]:
    traces = [run(layout.build(program)) for program in made]
    return sum(t.atoms > 0 for t in traces) / len(made), sum(t.handovers > 0 for t in traces) / len(made)


def test_built_programs_run_atoms_and_hand_over() -> None:
    atoms, handovers = _shares([build.program(Random(seed)) for seed in range(300)])
    assert atoms >= 0.9
    assert handovers >= 0.7


def test_a_third_of_the_built_programs_execute_threadlets() -> None:
    made = [build.program(Random(seed)) for seed in range(600)]
    executed = [x for x in made if any(isinstance(step, Exec) for step in x.steps)]
    assert 0.25 <= len(executed) / len(made) <= 0.45
    steps = [step for x in executed for step in x.steps if isinstance(step, Exec)]
    operations = [x for program in executed for t in program.threadlets for x in t.script]
    assert any(step.cached for step in steps)
    assert any(isinstance(x, Exec) for x in operations)
    assert any(PageKind.COLD in x.pages for x in executed)
    assert sum(bool(x.atoms) for x in executed) / len(executed) >= 0.6
    stacks = [[step.stack for step in x.steps if isinstance(step, Exec)] for x in executed]
    assert any(len(set(some)) < len(some) for some in stacks)


def test_mutants_of_programs_without_threadlets_get_some() -> None:
    made = Program(steps=(Settle(),))
    data = codec.encode(made)
    mutants = [codec.decode(mutate(data, 4096, seed)) for seed in range(400)]
    assert 0 < sum(bool(x.threadlets) for x in mutants) < 100


def test_mutants_run_atoms_and_hand_over() -> None:
    made = []
    for start in range(30):
        data = codec.encode(build.program(Random(start)))
        for generation in range(10):
            data = mutate(data, 4096, 1000 * start + generation)
            made.append(codec.decode(data))
    atoms, handovers = _shares(made)
    assert atoms >= 0.5
    assert handovers >= 0.25
