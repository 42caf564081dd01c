# SPDX-License-Identifier: Apache-2.0
"""Model and host, side by side: a program grows by one thing at a time and both sides must keep agreeing."""

import attrs
from hypothesis import assume, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from fuzz.generate.strategies import steps
from fuzz.text import print_program
from model import abi, opaque
from model.check.check import check
from model.image import STACK_TOP, build
from model.program import (
    MAX_STEPS,
    NULL,
    Advance,
    Arg,
    Atom,
    Call,
    Choice,
    Eventfd,
    Head,
    Operand,
    Program,
    Reap,
    Settle,
    Space,
    Store,
)
from model.program import Step as AnyStep
from model.trace import Trace
from model.verdict import Outcome
from native.targets.host import HostTarget

HEADS = [Operand(Space.HEAD, 0), Operand(Space.HEAD, 1)]
DATA = Operand(Space.PAGE, 3, 64)
ATOMS = st.integers(0, 5)
FLAGS = st.sampled_from([0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 0xA0, 3, 0x24])
MAX_CHOICES = 20
WORDS = st.integers(0, 3).map(lambda i: Operand(Space.WORD, i))


def _is_for_the_host(step: AnyStep) -> bool:
    return not (isinstance(step, Call) and step.nr in opaque.BY_NUMBER)


class SideBySide(RuleBasedStateMachine):
    """The rules are what a program may do; the invariant is that the model allows what the kernel file did."""

    target: HostTarget

    @initialize(slots=st.integers(1, 4), semaphore=st.booleans())
    def begin(self, slots: int, semaphore: bool) -> None:
        heads = tuple(
            Head(i, ring=Operand(Space.RING, i), size=Operand.number(8 * slots), stack=Operand.number(STACK_TOP))
            for i in (0, 1)
        )
        self.program = Program(pipes=(0,), eventfds=(Eventfd(0, 0, semaphore),), heads=heads)

    def has_room(self) -> bool:
        """Rules add one step, or two."""
        return len(self.program.steps) + 2 <= MAX_STEPS

    def _step(self, *added: AnyStep) -> None:
        self.program = attrs.evolve(self.program, steps=(*self.program.steps, *added))

    @rule(
        index=ATOMS,
        call=st.sampled_from([
            (abi.NR_READ, (Operand(Space.PIPE_READ), DATA, Operand.number(8))),
            (abi.NR_READ, (Operand(Space.EVENTFD), DATA, Operand.number(8))),
            (abi.NR_WRITE, (Operand(Space.PIPE_WRITE), DATA, Operand.number(4000))),
            (abi.NR_WRITE, (Operand(Space.EVENTFD), Operand(Space.WORD, 3), Operand.number(8))),
            (abi.NR_UMEM_ADD, (Operand(Space.WORD, 0), Operand.number(1))),
            (abi.NR_UMEM_ADD, (Operand(Space.WORD, 1), Operand.number(-1))),
            (abi.NR_FUTEX, (Operand(Space.WORD, 2), Operand.number(128), NULL)),
            (abi.NR_FUTEX, (Operand(Space.WORD, 2), Operand.number(129), Operand.number(1))),
            (abi.NR_GETTID, ()),
            (5000, ()),
        ]),
        flags=FLAGS,
        ret=st.one_of(st.just(NULL), WORDS),
        following=st.one_of(st.just(NULL), ATOMS.map(lambda i: Operand(Space.ATOM, i))),
    )  # fmt: skip
    def atom(
        self, index: int, call: tuple[int, tuple[Operand, ...]], flags: int, ret: Operand, following: Operand
    ) -> None:
        nr, values = call
        atom = Atom(index, nr, tuple(Arg(v) for v in values), flags, ret, following)
        others = [a for a in self.program.atoms if a.index != index]
        self.program = attrs.evolve(self.program, atoms=tuple(sorted([*others, atom], key=lambda a: a.index)))

    @precondition(has_room)
    @rule(index=ATOMS, head=st.sampled_from(HEADS), refill=st.booleans())
    def submit(self, index: int, head: Operand, refill: bool) -> None:
        if refill:
            self._step(Store(attrs.evolve(head, value=abi.AHU_NEW_THREAD_STACK), Operand.number(STACK_TOP)))
        self._step(Call(abi.NR_ASYNC_EXEC, (Operand(Space.ATOM, index), head)))

    @precondition(has_room)
    @rule(head=st.sampled_from(HEADS), least=st.integers(0, 3))
    def wait(self, head: Operand, least: int) -> None:
        self._step(Call(abi.NR_ASYNC_WAIT, (Operand.number(least), NULL, head)))

    @precondition(has_room)
    @rule(head=st.sampled_from(HEADS))
    def reap(self, head: Operand) -> None:
        self._step(Reap(head))

    @precondition(has_room)
    @rule(count=st.sampled_from([8, 100, 4096]))
    def feed(self, count: int) -> None:
        self._step(Call(abi.NR_WRITE, (Operand(Space.PIPE_WRITE), DATA, Operand.number(count))))

    @precondition(has_room)
    @rule()
    def settle(self) -> None:
        self._step(Settle())

    @precondition(has_room)
    @rule(ticks=st.integers(1, 20))
    def advance(self, ticks: int) -> None:
        self._step(Advance(ticks))

    @precondition(has_room)
    @rule(step=steps().filter(_is_for_the_host))
    def anything(self, step: AnyStep) -> None:
        assume(not (isinstance(step, Call) and step.nr in opaque.BY_NUMBER))  # the host makes none
        self._step(step)

    @precondition(lambda self: len(self.program.chooser) < MAX_CHOICES)
    @rule(skip=st.integers(0, 31), pick=st.integers(1, 7))
    def interfere(self, skip: int, pick: int) -> None:
        self.program = attrs.evolve(self.program, chooser=(*self.program.chooser, Choice(skip, pick)))

    @precondition(lambda self: hasattr(self, "program"))
    @invariant()
    def both_agree(self) -> None:
        image = build(self.program)
        trace = self.target.run(image)
        assert isinstance(trace, Trace), trace
        verdict = check(image, trace)
        assert verdict.outcome is Outcome.ALLOWED, f"{verdict.divergence}\n{print_program(self.program)}"


def test_side_by_side(host: HostTarget) -> None:
    SideBySide.target = host
    machine = SideBySide.TestCase
    machine.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
    machine().runTest()
