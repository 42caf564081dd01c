# SPDX-License-Identifier: Apache-2.0
"""What docs/grammar.md says of ranges, defaults and limits is what parser, image and model do."""

import re
import struct
from pathlib import Path
from typing import Final

import pytest

from fuzz.text import TextError, expect, parse, print_case
from fuzz.text.names import FIELDS
from model import abi
from model.image import BASE, HEADS_AT, PAGE, STACK_TOP, Image, build
from model.program import Call, PageKind
from model.spec.run import run

PAGE_OF_GRAMMAR: Final = (Path(__file__).parents[2] / "docs" / "grammar.md").read_text()
PLAIN: Final = " ".join(PAGE_OF_GRAMMAR.replace("\N{MINUS SIGN}", "-").split())


def image(lines: str) -> Image:
    return build(parse(f"syslet 1\n{lines}\n").program)


def is_read(lines: str) -> bool:
    try:
        parse(f"syslet 1\n{lines}\n")
    except TextError:
        return False
    return True


def head(made: Image, number: int) -> tuple[int, ...]:
    return struct.unpack_from("<8Q", made.memory, HEADS_AT + abi.AHU_BYTES * number)


@pytest.mark.parametrize(
    ("row", "name", "line"),
    [
        ("`a0` … `a45`", "a{}", "store a{} = 1"), ("`h0` … `h7`", "h{}", "store h{} = 1"),
        ("`r0` … `r7`", "r{}", "store r{} = 1"), ("`w0` … `w63`", "w{}", "store w{} = 1"),
        ("`t0` … `t15`", "t{}", "store t{} = 1"), ("`pg0` … `pg7`", "pg{}", "store pg{} = 1"),
        ("`p0.r`, `p0.w` … `p7.w`", "p{}", "pipe p{}"), ("`e0` … `e7`", "e{}", "eventfd e{} = 0"),
        ("`s0` … `s7`", "s{}", "threadlet_exec(f0, s{}, h0)"), ("`f0` … `f7`", "f{}", "f{}:"),
    ],
)  # fmt: skip
def test_names_go_as_far_as_the_table_says(row: str, name: str, line: str) -> None:
    assert f"| {row} |" in PAGE_OF_GRAMMAR
    last = max(map(int, re.findall(name.format(r"(\d+)"), row)))
    assert is_read(line.format(last))
    assert not is_read(line.format(last + 1))


@pytest.mark.parametrize(
    ("claim", "line", "most"),
    [
        ("Limits: 128 steps", "settle", 128), ("64 `init`", "init w0 = 1", 64), ("64 choices", "choose 0:1", 64),
        ("16 operations a threadlet", "f0: getpid()", 16),
    ],
)  # fmt: skip
def test_limits(claim: str, line: str, most: int) -> None:
    assert claim in PAGE_OF_GRAMMAR
    assert is_read("\n".join([line] * most))
    assert not is_read("\n".join([line] * (most + 1)))


@pytest.mark.parametrize(
    ("claim", "line", "low", "high"),
    [
        ("(0 to 4095 slots;", "head h0 slots={}", 0, 4095), ("choice points (0 to 31)", "choose {}:0", 0, 31),
        ("then option 1 (0 to 7)", "choose 0:{}", 0, 7), ("ticks of 1 ms (1 to 10000)", "advance {}", 1, 10000),
        ("with a code (0 to 255;", "exit {}", 0, 255), ("counter (32 bits)", "eventfd e0 = {}", 0, 2**32 - 1),
        ("what lies beyond `r0[63]` is an offset", "init r0[{}] = 1", 0, 63),
        ("follow an address (-32768 to 32767)", "store w0+{} = 1", 0, 32767),
    ],
)  # fmt: skip
def test_ranges(claim: str, line: str, low: int, high: int) -> None:
    assert claim in PLAIN
    assert is_read(line.format(low))
    assert is_read(line.format(high))
    assert not is_read(line.format(low - 1))
    assert not is_read(line.format(high + 1))


def test_an_offset_goes_down_to_its_limit() -> None:
    assert is_read("store w0-32768 = 1")
    assert not is_read("store w0-32769 = 1")
    assert len(parse(f"syslet 1\ngetpid({'1, ' * 5}1)\n").program.steps) == 1
    assert not is_read(f"getpid({'1, ' * 6}1)"), "6 arguments"


def test_any_number_of_a_call_can_be_said() -> None:
    """With a sign as well; the canonical text has none."""
    for text, nr in (("-1", 2**64 - 1), ("0xffffffffffffffff", 2**64 - 1), (f"-{2**63}", 2**63), ("469", 469)):
        case = parse(f"syslet 1\nnr({text})()\n")
        assert case.program.steps == (Call(nr),)
        assert parse(print_case(case)).program == case.program
        assert "-" not in print_case(case)
    assert not is_read(f"nr({2**64})()")
    assert not is_read(f"nr(-{2**63 + 1})()")


def test_a_declared_head_has_its_two_addresses() -> None:
    declared, absent = head(image("head h0"), 0), head(image("head h1"), 0)
    told = re.search(r"`head_ip` and `new_ip` are (0x\d+) and (0x\d+)", PAGE_OF_GRAMMAR)
    assert told
    assert declared == (0, 0, 0, 0, 0, int(told[1], 16), 0, int(told[2], 16))
    assert absent == (0,) * 8, "an undeclared one is zeros"


def test_a_name_keeps_naming_its_own_place() -> None:
    made = image("head h0 stack=top at=pg6\nrefill h0")
    assert made.steps[0][1] == BASE + HEADS_AT + abi.AHU_NEW_THREAD_STACK
    assert struct.unpack_from("<Q", made.memory, 6 * PAGE + abi.AHU_NEW_THREAD_STACK) == (STACK_TOP,)


def test_pages_by_default() -> None:
    assert "pg5 `ro`, pg7 `none`, the others `rw`" in PAGE_OF_GRAMMAR
    kinds = [PageKind.READ_WRITE] * 8
    kinds[5], kinds[7] = PageKind.READ_ONLY, PageKind.ABSENT
    made = image("settle")
    assert list(made.pages) == kinds
    patterned = [n for n in range(8) if any(made.memory[n * PAGE : (n + 1) * PAGE])]
    assert patterned == [3, 4], "pg3, pg4 (which hold a pattern)"


@pytest.mark.parametrize(
    ("first", "what"),
    [("a0", "atom a0 = getpid()"), ("h0", "head h0"), ("t0", "timespec t0 = 1s"), ("r0", ""), ("w0", "")],
)
def test_where_things_lie(first: str, what: str) -> None:
    """Atoms lie in pg0, arguments, heads, words and times in pg1, rings in pg2."""
    made = image(f"{what}\nstore {first} = 1")
    assert (made.steps[0][1] - BASE) // PAGE == {"a0": 0, "r0": 2}.get(first, 1)


def test_the_values_that_have_names() -> None:
    told = re.findall(r"`-(E[A-Z]+)`", PLAIN.split("are error numbers")[0].split("## Values")[1])
    assert sorted(told) == sorted(abi.ERRNO_NAMES.values())
    operations = re.findall(r"`([A-Z_]+)` \((\d+)\)", PLAIN)
    assert len(operations) == 10
    flags = re.findall(r"`([A-Z_]+)` \((0x[0-9a-f]+)\)", PLAIN)
    assert len(flags) == 3
    for name, number in operations + flags:
        assert image(f"futex(w0, {name}, 1)").steps == image(f"futex(w0, {number}, 1)").steps
    assert image("store w0 = top").steps == image("store w0 = 0x70000000").steps


def test_the_fields_that_the_table_names_are_all_there_are() -> None:
    rows = dict(re.findall(r"^\| (atom|head|timespec) \| (`.*?) \|$", PAGE_OF_GRAMMAR, re.MULTILINE))
    arguments = ("`arg0` … `arg5`", "`arg0` `arg1` `arg2` `arg3` `arg4` `arg5`")
    for space, fields in FIELDS.items():
        told = rows[space.name.lower()].split("(`stack`")[0].replace(*arguments)
        assert sorted(re.findall(r"`(\w+)`", told)) == sorted(fields)


def test_a_pipe_holds_one_page() -> None:
    assert "it holds one page, 4096 bytes" in PAGE_OF_GRAMMAR
    for size, result in ((4096, "=> 4096"), (4097, "=> blocked")):
        case = parse(f"syslet 1\npipe p0\nwrite(p0.w, pg3, {size}) {result}\n")
        assert not expect.failures(case, run(build(case.program)))
