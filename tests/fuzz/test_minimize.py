# SPDX-License-Identifier: Apache-2.0
"""The minimizer keeps what was shown, never grows, ends, and is idempotent."""

from collections.abc import Callable

import attrs
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fuzz.generate.strategies import programs
from fuzz.minimize import Predicate, minimize, order, passes
from fuzz.minimize.edit import operands
from fuzz.text import parse, print_program
from model import abi
from model.program import MAX_STEPS, Advance, Call, Exec, Operand, Program, Space, Threadlet

Test = Callable[[Program], bool]

TESTS: dict[str, Test] = {
    "any": lambda p: True,
    "a step": lambda p: bool(p.steps),
    "two atoms with flags": lambda p: sum(bool(a.flags & 1) for a in p.atoms) > 1,
    "a late advance": lambda p: any(isinstance(s, Advance) and s.ticks > 6 for s in p.steps),
    "a mention of a word": lambda p: any(x.space is Space.WORD for x in operands(p)),
    "a nested execution": lambda p: any(isinstance(x, Exec) for t in p.threadlets for x in t.script),
    "two executions on one stack": lambda p: (
        len({x.stack for x in p.steps if isinstance(x, Exec)}) < sum(isinstance(x, Exec) for x in p.steps)
    ),
    "an odd number of things": lambda p: order.lines(p) % 2 == 1,
}


def again_on_one_stack(program: Program) -> Program:
    """Few random programs execute two threadlets on one stack."""
    twice = (Exec(0, 1, Operand(Space.HEAD, 0)), Exec(1, 1, Operand(Space.HEAD, 0)))
    return attrs.evolve(program, steps=(*program.steps[: MAX_STEPS - 2], *twice))


@pytest.mark.slow
@pytest.mark.parametrize("name", TESTS)
@settings(max_examples=15, deadline=None)
@given(program=programs() | programs().map(again_on_one_stack))
def test_it_keeps_never_grows_ends_and_is_idempotent(name: str, program: Program) -> None:
    test = TESTS[name]
    assume(test(program))
    result = minimize(program, Predicate(test))
    assert test(result.program)
    assert order.key(result.program) <= order.key(program)
    assert result.complete
    assert minimize(result.program, Predicate(test)).program == result.program


def test_a_number_is_searched_and_not_counted_down() -> None:
    """From 5 ms to the first nanosecond that rounds up to two ticks there are millions of steps."""
    start = parse("syslet 1\ntimespec t0 = 5ms\n\nnanosleep(t0, NULL)\n", "x").program
    result = minimize(start, Predicate(lambda p: any(x.sec == 0 and x.nsec > 1_000_000 for x in p.timespecs)))
    (timespec,) = result.program.timespecs
    assert (timespec.sec, timespec.nsec) == (0, 1_000_001)
    assert result.complete
    assert result.runs < 400


@pytest.mark.slow
@settings(max_examples=15, deadline=None)
@given(programs())
def test_a_program_that_does_not_show_it_stays(program: Program) -> None:
    assert minimize(program, Predicate(lambda _: False)).program == program


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(programs(), st.sampled_from(list(passes.PASSES.values())))
def test_a_pass_proposes_programs_that_can_be_written_down(program: Program, single: passes.Pass) -> None:
    for count, candidate in enumerate(single(program)):
        if count == 40:
            break
        assert parse(print_program(candidate), "<test>").program == candidate


def small(text: str, test: Test) -> str:
    program = parse(f"syslet 1\n{text}", "<test>").program
    assert test(program)
    return print_program(minimize(program, Predicate(test)).program).removeprefix("syslet 1\n")


def test_a_chain_is_bypassed() -> None:
    def both_ends(p: Program) -> bool:
        """A chain from the submitted atom to a write with a flag, however long."""
        atoms = {(Space.ATOM, a.index): a for a in p.atoms}
        for step in p.steps:
            if isinstance(step, Call) and step.nr == abi.NR_ASYNC_EXEC and step.args:
                at, seen = step.args[0], 0
                while (atom := atoms.get((at.space, at.index))) and seen < 9:
                    if atom.nr == abi.NR_WRITE and atom.flags and seen:
                        return True
                    at, seen = atom.next, seen + 1
        return False

    text = """\
        atom a3 = getpid() next=a5
        atom a5 = getpid() next=a9
        atom a9 = read() next=a12
        atom a12 = write() [ASYNC SYNC]

        async_exec(a3)
        """
    assert small(text, both_ends) == ("atom a0 = getpid() next=a1\natom a1 = write() [ASYNC]\n\nasync_exec(a0)\n")


def test_the_place_of_an_initial_value_is_not_bypassed() -> None:
    """The successor is NULL, where nothing can lie."""
    text = "atom a0 = read()\ninit a0 = 1\n\nsettle\n"
    assert small(text, lambda p: bool(p.pokes and p.atoms)) == "atom a0 = getpid()\ninit a0.flags = 0\n"


def test_things_are_merged_and_numbered_from_zero() -> None:
    text = "atom a7 = read(w5, w6, p3.r)\npipe p3\nsettle\n"
    ordered = "pipe p3\natom a7 = read(w5, w6, p3.r)\n\nsettle\n"
    assert "a7" in text

    def test(p: Program) -> bool:
        spaces = [x.operand.space for a in p.atoms for x in a.args]
        return spaces == [Space.WORD, Space.WORD, Space.PIPE_READ] and bool(p.pipes)

    assert small(ordered, test) == "pipe p0\natom a0 = getpid(w0, w0, p0.r)\n"


THREADLETS = """\
        f3: getpid()
        f3: read(p0.r, pg3, 8)
        f5: write(w2)

        threadlet_exec(f3, s4, h2) cached
        threadlet_exec(f5, s2, h0) cached
        settle
        """


def _scripts(p: Program) -> dict[int, Threadlet]:
    return {x.index: x for x in p.threadlets}


def test_a_script_that_need_not_be_one_is_done_by_the_head() -> None:
    def is_made(p: Program) -> bool:
        """The head makes the call, or a threadlet that is executed."""
        run = [x.threadlet for x in p.steps if isinstance(x, Exec)]
        calls = [*p.steps, *(y for i in run for y in _scripts(p).get(i, Threadlet(0)).script)]
        return any(isinstance(x, Call) and x.nr == abi.NR_READ for x in calls)

    made = small(THREADLETS, is_made)
    assert made == "\nread()\n"


def test_threadlets_and_stacks_are_few_real_and_numbered_from_zero() -> None:
    def both_run(p: Program) -> bool:
        run = [x for x in p.steps if isinstance(x, Exec)]
        calls = [y.nr for x in run for y in _scripts(p).get(x.threadlet, Threadlet(0)).script if isinstance(y, Call)]
        return abi.NR_READ in calls and abi.NR_WRITE in calls and len({x.stack for x in run}) == 2

    made = small(THREADLETS, both_run)
    assert made == "f0: read()\nf1: write()\n\nthreadlet_exec(f0, s0, NULL)\nthreadlet_exec(f1, s1, NULL)\n"


def test_the_cached_way_stays_where_it_matters() -> None:
    made = small(THREADLETS, lambda p: any(isinstance(x, Exec) and x.cached for x in p.steps))
    assert made == "\nthreadlet_exec(f0, s0, NULL) cached\n"


def test_the_predicate_is_memoised_counted_and_limited() -> None:
    asked: list[Program] = []

    def test(p: Program) -> bool:
        asked.append(p)
        return True

    programs_ = [parse(f"syslet 1\nadvance {n}\n", "<test>").program for n in (1, 2, 3)]
    predicate = Predicate(test, limit=2)
    assert [predicate(programs_[0]), predicate(programs_[0]), predicate(programs_[1])] == [True] * 3
    assert predicate.runs == 2
    assert not predicate(programs_[2])
    assert len(asked) == 2


@pytest.mark.parametrize(
    ("answers", "tries", "expected", "runs"),
    [([True], 1, True, 1), ([False, False, True], 3, True, 3), ([False, False, False], 3, False, 3)],
)
def test_the_predicate_is_patient_with_flakes(answers: list[bool], tries: int, expected: bool, runs: int) -> None:
    left = iter(answers)
    predicate = Predicate(lambda _: next(left), tries=tries)
    assert predicate(Program()) is expected
    assert predicate.runs == runs


def test_a_spent_limit_is_told() -> None:
    program = parse("syslet 1\n" + "settle\n" * 40, "<test>").program
    result = minimize(program, Predicate(lambda p: len(p.steps) > 20, limit=3))
    assert not result.complete
    assert len(result.program.steps) > 20


THREADS = """\
pipe p0
eventfd e0 = 1

getpid()
settle
read(e0, pg3, 8)

u1: settle
u1: read(p0.r, pg3, 8)

u2: gettid()
u2: write(p0.w, pg4, 8)
"""


def _reads_of_a_pipe(p: Program) -> list[int]:
    """The threads that read from a pipe."""
    return [
        p.thread_of(i)
        for i, x in enumerate(p.all_steps)
        if isinstance(x, Call) and x.nr == abi.NR_READ and any(y.space is Space.PIPE_READ for y in x.args)
    ]


def test_threads_go_as_a_whole() -> None:
    assert small(THREADS, lambda p: any(isinstance(x, Call) for x in p.steps)) == "\ngetpid()\n"


def test_what_no_thread_of_its_own_is_needed_for_goes_to_thread_0() -> None:
    assert small(THREADS, lambda p: bool(_reads_of_a_pipe(p))) == "\nread(p0.r)\n"


def test_a_thread_that_matters_stays_and_is_numbered_anew() -> None:
    assert small(THREADS, lambda p: any(_reads_of_a_pipe(p))) == "\nu1: read(p0.r)\n"
