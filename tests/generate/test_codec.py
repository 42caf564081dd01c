# SPDX-License-Identifier: Apache-2.0
"""Programs as bytes: every program has bytes, all bytes are a program.

`docs/bytes.md` is made by `fuzz.generate.page`; `pytest --renew` writes it anew, and the samples of the encoding.
"""

from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fuzz.generate.codec import decode, decode_anew, encode
from fuzz.generate.fields import Field, bits, number
from fuzz.generate.page import page
from fuzz.generate.record import Record
from fuzz.generate.strategies import operands, programs
from fuzz.generate.table import FORMS, OF_CODE
from fuzz.text import print_program
from model import program as pg
from model.program import NULL, Arg, Atom, Call, Exec, Operand, Poke, Program, Reap, Settle, Space, Store, Threadlet

PAGE = Path(__file__).parents[2] / "docs" / "bytes.md"
SAMPLES = Path(__file__).parent / "encoding.txt"
FIELDS = {f"{form.name}-{field.name}": (field, form.is_wide, width)
          for form in FORMS.values() for field, _, width in form.places}  # fmt: skip


def test_the_page_is_up_to_date(golden: Callable[[Path, str], None]) -> None:
    golden(PAGE, page())


def test_each_kind_has_one_form_and_each_form_is_on_the_page() -> None:
    assert sorted(form.kind for form in FORMS.values()) == [*range(32), 64, 196]
    assert set(OF_CODE) == set(FORMS.values())
    assert all(OF_CODE[form.kind] is form for form in FORMS.values())
    assert all(f"{form.name} ({form.kind})" in page() for form in FORMS.values())


def _samples() -> str:
    """Records of every kind byte: their canonical bytes, and what they say."""
    lines = []
    for code in range(65):
        for turn in range(2):
            data = bytes((code,)) + Random(2 * code + turn).randbytes(OF_CODE[code].size - 1)
            program = decode_anew(data)
            said = [line for line in print_program(program).splitlines()[1:] if line]
            lines += [data.hex(), f"= {encode(program).hex()}", *said, ""]
    return "\n".join(lines)


def test_the_encoding_is_what_it_was(golden: Callable[[Path, str], None]) -> None:
    """Corpora of bytes stay what they are: renew these samples only if kinds were added."""
    golden(SAMPLES, _samples())


@pytest.mark.parametrize(("field", "is_wide", "width"), FIELDS.values(), ids=list(FIELDS))
def test_a_field_gives_back_what_it_took(field: Field, is_wide: bool, width: int) -> None:
    random = Random(width)
    for said in (0, (1 << width) - 1, *(random.getrandbits(width) for _ in range(30))):
        value = field.take(said, is_wide)
        again = field.put(value, is_wide)
        assert again is not None
        assert 0 <= again < 1 << width
        assert field.take(again, is_wide) == value


def test_a_field_refuses_what_does_not_fit() -> None:
    def put(field: Field, value: int) -> bytes | None:
        return Record(9, "x", "steps", int, "", field).put(value)

    assert put(number("x", "", 2, of=int), 1 << 16) is None
    assert put(number("x", "", 1, 2, low=1, of=int), 256) == b"\x09\xff"
    assert put(number("x", "", 1, 2, low=1, of=int), 257) is None
    for first in range(3):
        assert put(bits("x", "", (first, 3), of=int), 7) == bytes((9, 7 << first))
        assert put(bits("x", "", (first, 3), of=int), 8) is None


def test_a_short_record_is_taken_where_it_says_the_same() -> None:
    def kinds(program: Program) -> list[str]:
        data, found = encode(program), []
        while data:
            form = OF_CODE[data[0]]
            found.append(form.name)
            data = data[form.size :]
        return found

    head, atom, wide = Operand(Space.HEAD, 1), Operand(Space.ATOM, 2), Operand(Space.INT, 0, 1 << 50)
    five = (Call(0, (head,) * 5), Call(0, (NULL,) * 5))
    steps = (Call(463, (atom, head)), Call(463, (head, atom)), Call(0, (wide,)), *five, Call(0x8000))
    assert kinds(Program(steps=steps)) == ["EXEC", "CALL", *["WIDE_CALL"] * 4]
    assert kinds(Program(threadlets=(Threadlet(1, (steps[0], steps[2])),))) == ["CALL_IN", "WIDE_CALL_IN"]


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
