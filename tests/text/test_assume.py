# SPDX-License-Identifier: Apache-2.0
"""`assume`: what an opaque call is taken to give where no target tells (D154)."""

import pytest

from fuzz.text import TextError, parse, print_program
from model.program import FOR_EVER, Assumed

LINES = {
    "assume poll => 1": Assumed(7, 1),
    "assume poll => -EFAULT": Assumed(7, -14),
    "assume poll => 0 after 0": Assumed(7, 0, 1),
    "assume poll => 1 after 3": Assumed(7, 1, 4),
    "assume ioctl => 0 writes 8": Assumed(16, 0, 0, 8),
    "assume select => 2 after 1 writes 0x100000000000000": Assumed(23, 2, 2, 1 << 56),
    "assume poll => blocked": Assumed(7, 0, FOR_EVER),
}


@pytest.mark.parametrize("line", LINES)
def test_a_line_is_read_and_printed_alike(line: str) -> None:
    program = parse(f"syslet 1\n{line}\n").program
    assert program.assumed == (LINES[line],)
    assert line in print_program(program).splitlines()


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("assume read => 8", "read is no opaque call"),
        ("assume nr(2) => 8", "nr is no opaque call"),
        ("assume poll = 1", "expected '=>' and what it gives, found '='"),
        ("assume poll => pg3", "expected a number or an error"),
        ("assume poll => 1 after 254", "a number of moments of rest must be 0 to 253"),
        ("assume poll => 1\nassume poll => 2", "what poll gives is assumed twice"),
        ("assume poll => 1 2", "expected the end of the line"),
    ],
)
def test_what_is_wrong_is_said(lines: str, message: str) -> None:
    with pytest.raises(TextError, match=message.replace("(", r"\(").replace(")", r"\)")):
        parse(f"syslet 1\n{lines}\n")
