# SPDX-License-Identifier: Apache-2.0
"""Programs as bytes: every program has bytes, all bytes are a program."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fuzz.generate.codec import decode, decode_anew, encode
from fuzz.generate.strategies import operands, programs
from model import program as pg
from model.program import Arg, Atom, Call, Exec, Operand, Poke, Program, Reap, Settle, Space, Store, Threadlet


@pytest.mark.slow
@settings(max_examples=400, deadline=None)
@given(programs())
def test_every_program_comes_back(program: Program) -> None:
    assert decode_anew(encode(program)) == program


@settings(max_examples=400, deadline=None)
@given(st.binary(max_size=600))
def test_all_bytes_are_a_program(data: bytes) -> None:
    program = decode(data)
    assert decode_anew(encode(program)) == program


@settings(max_examples=400, deadline=None)
@given(operands())
def test_every_operand_comes_back_in_every_place(operand: Operand) -> None:
    places = operand.space not in (Space.INT, Space.PIPE_READ, Space.PIPE_WRITE, Space.EVENTFD)
    operation = (Store(operand, operand), Call(0, (operand,) * 6), Exec(1, 2, operand))
    program = Program(
        atoms=(Atom(3, args=(Arg(operand, True),) * 6, ret=operand, next=operand, private=operand, at=operand),),
        pokes=(Poke(operand, operand),) if places else (),
        threadlets=(Threadlet(4, operation),),
        steps=(*operation, Reap(operand)),
    )
    assert decode_anew(encode(program)) == program


def test_lists_are_cut_at_their_limits() -> None:
    program = decode(bytes([0] * 1000) + bytes([11, 9] * 1000) + bytes([12, *[0] * 8] * 1000))
    assert len(program.steps) == pg.MAX_STEPS
    assert len(program.chooser) == pg.MAX_CHOICES
    assert len(program.pokes) == pg.MAX_POKES


def test_the_later_record_with_a_number_wins() -> None:
    first, second = Atom(3, flags=1), Atom(3, flags=2)
    data = encode(Program(atoms=(first,))) + encode(Program(atoms=(second,)))
    assert decode(data).atoms == (second,)


def test_a_record_that_is_cut_short_goes_on_with_zeros() -> None:
    whole = encode(Program(atoms=(Atom(3, flags=1),)))
    assert whole[-1] == 0
    assert decode(whole.rstrip(b"\0")) == decode(whole)


def test_operations_keep_their_order_and_their_limit() -> None:
    calls = tuple(Call(n) for n in range(40))
    data = encode(Program(threadlets=(Threadlet(1, calls[:9]), Threadlet(6, calls[9:16]))))
    more = encode(Program(threadlets=(Threadlet(1, calls[16:30]),)))
    assert decode(data + more).threadlets == (Threadlet(1, calls[:9] + calls[16:23]), Threadlet(6, calls[9:16]))


def test_an_empty_script_is_not_none() -> None:
    assert decode(encode(Program(threadlets=(Threadlet(3),)))).threadlets == (Threadlet(3),)


def test_usual_executions_are_short() -> None:
    head = Operand(Space.HEAD, 7)
    for threadlet, stack, cached in ((7, 7, True), (0, 5, False)):
        program = Program(steps=(Exec(threadlet, stack, head, cached),))
        assert len(encode(program)) == 3
        assert decode(encode(program)) == program


@pytest.mark.parametrize("position", range(1, 21))
def test_one_byte_of_an_operation_changes_its_script_only(position: int) -> None:
    scripts = (Threadlet(1, (Call(24),)), Threadlet(2, (Call(0, (Operand(Space.WORD, 1),)),)))
    data = bytearray(encode(Program(threadlets=scripts, steps=(Settle(),))))
    data[position] ^= 4
    program = decode(bytes(data))
    assert program.steps == (Settle(),)
    assert scripts[1] in program.threadlets


@pytest.mark.parametrize("position", range(1, 38))
def test_one_byte_of_an_atom_changes_that_atom_only(position: int) -> None:
    atoms = (Atom(2, nr=24), Atom(5, nr=39, args=(Arg(Operand(Space.WORD, 1)),)))
    data = bytearray(encode(Program(atoms=atoms, steps=(Settle(),))))
    data[position] ^= 1
    program = decode(bytes(data))
    assert program.steps == (Settle(),)
    assert atoms[1] in program.atoms
