# SPDX-License-Identifier: Apache-2.0
"""A round is a text that is read back, and errors in it say where they are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzz.torture.text import Round, RoundError, parse_round, print_round
from native.targets.uml import torture
from native.targets.uml.torture import World
from tests.docs.pages import blocks
from tests.torture.worlds import TABLE

NUMBERS = st.integers(0, 2**31 - 1)
WORLDS = st.builds(
    World,
    seed=NUMBERS,
    births=NUMBERS,
    together=NUMBERS,
    length=NUMBERS,
    only=st.lists(st.integers(1, 90), max_size=4).map(tuple),
    moves=st.lists(st.sampled_from(sorted(TABLE)), max_size=3).map(tuple),
    real=st.booleans(),
)
ROUNDS = st.builds(Round, WORLDS, st.sampled_from(["fast", "debug"]), st.none() | st.just("MOVE_NO_MASK"))


def parsed(text: str) -> Round:
    return parse_round(text, "r.torture", frozenset(TABLE))


@given(ROUNDS)
def test_what_is_printed_is_read_back(made: Round) -> None:
    assert parsed(print_round(made, ("a remark",))) == made


def test_the_round_on_the_page_is_one() -> None:
    (text,) = (x.text for x in blocks("docs/howto/torture-the-kernel.md") if x.text.startswith("torture 1"))
    made = parse_round(text, "page", frozenset(torture.moves()))
    assert print_round(made, ("oracle: signal lost in a spare",)) == text.rstrip("\n") + "\n"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "r.torture:1: the first line is to be 'torture 1'"),
        ("torture 1\nseed x\n", "r.torture:2: 'x' is no number"),
        ("torture 1\n\nmoves stop stopp\n", "r.torture:3: no move is called 'stopp'"),
        ("torture 1\ntime slow\n", "r.torture:2: 'time slow' says nothing that a round knows"),
        ("torture 1\nkernel old\n", "r.torture:2: 'kernel old' says nothing"),
    ],
)
def test_an_error_says_where_it_is(text: str, complaint: str) -> None:
    with pytest.raises(RoundError, match=complaint):
        parsed(text)
