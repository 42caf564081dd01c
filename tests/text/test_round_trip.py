# SPDX-License-Identifier: Apache-2.0
"""Texts: what is printed is read back, and canonical text stays as it is."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fuzz.generate.strategies import programs
from fuzz.text import Case, TextError, parse, print_case, print_program
from fuzz.text.expect import failures
from model.image import build
from model.program import Program
from model.spec.run import run

SEEDS = sorted((Path(__file__).parents[2] / "corpus" / "seeds").glob("*.syslet"))


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(programs())
def test_every_program_is_read_back(program: Program) -> None:
    text = print_program(program)
    case = parse(text)
    assert case.program == program
    assert print_case(case) == text


@pytest.mark.parametrize("path", SEEDS, ids=lambda path: path.stem)
def test_the_corpus_is_canonical(path: Path) -> None:
    text = path.read_text()
    assert print_case(parse(text, path.name)) == text


def test_layout_is_kept() -> None:
    text = """\
syslet 1  # the version
#: clause RING-4
#: story two words
# about the case

# a pipe
pipe p0  # behind
head h0 ring=r0 slots=4 stack=top
init w1 = 5  # five


# steps
settle
expect w1 = 5 | -EFAULT  # still
read(p0.r, pg3, 8)      => 8 | blocked  # never
expect busy 1 in read
expect blocked
expect end stuck
# the last line
"""
    case = parse(text)
    assert case.meta == (("clause", "RING-4"), ("story", "two words"))
    assert print_case(case) == text


def test_sugar_is_made_canonical() -> None:
    case = parse(
        "# above\nsyslet 1\n#:kind x\nsettle # last\nhead h0 size = 16 stack=0x70000000\n"
        "page pg0 rw # the default\ninit r0 + 8 = 0\nstore h0.stack=top\nstore a0+24=0x0\n"
        "timespec t0 = 1500ms\nread(-EFAULT, w0+0x4, 4096)\n"
    )
    assert print_case(case) == (
        "# above\nsyslet 1\n#: kind x\ntimespec t0 = 1s 500ms\nhead h0 slots=2 stack=top\n"
        "# the default\ninit r0[1] = NULL\nsettle  # last\nrefill h0\nstore a0.next = NULL\n"
        "read(-14, w0+4, 0x1000)\n"
    )


def read(text: str) -> Case | TextError:
    try:
        return parse(text, "some.syslet")
    except TextError as error:
        return error


def assert_sound(read: Case | TextError) -> None:
    """An error has a place, and a case is printed as what it is."""
    if isinstance(read, TextError):
        assert re.match(r"some\.syslet:[1-9]\d*:[1-9]\d*: .", str(read))
    else:
        again = print_case(read)
        assert parse(again) == read
        assert print_case(parse(again)) == again


@settings(max_examples=300, deadline=None)
@given(st.text() | st.text("syslet 1\npgahrtwf0=+-[]().,|#:*x", max_size=80).map("syslet 1\n".__add__))
def test_any_text_is_a_case_or_a_text_error(text: str) -> None:
    assert_sound(read(text))


WORDS = [
    "syslet", "page", "pipe", "head", "atom", "init", "choose", "expect", "store", "a0", "p0", "pg3", "h0",
    "r0", "[", "]", "(", ")", "=", "->", "=>", "|", "1", "-", "0x8", ".",
    "next", "read", "blocked", "end", "done", "busy", ",", "#", "*", "nr", "t0", "timespec", "ms",
    "e0", "in", ":", "99999", "f0", "s0", "threadlet_exec", "cached", "by", "cold", "fault",
]  # fmt: skip
ODD = ["\n", "\n", "9" * 5000, "\x0b", "\u00b2", "\u00e9"]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(WORDS + ODD), max_size=30))
def test_word_salad_raises_nothing_but_text_errors(some: list[str]) -> None:
    assert_sound(read("syslet 1\n" + " ".join(some)))


def test_a_bare_program_has_one_blank_line() -> None:
    assert print_case(Case.of(Program())) == "syslet 1\n"


def test_the_examples_of_the_grammar_page_are_canonical_and_hold() -> None:
    page = Path(__file__).parents[2] / "docs" / "grammar.md"
    for example in page.read_text().split("```\n")[1:4:2]:
        case = parse(example)
        assert print_case(case) == example
        assert failures(case, run(build(case.program))) == []
