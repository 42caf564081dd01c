# SPDX-License-Identifier: Apache-2.0
"""What the parser says about common mistakes, word for word."""

import pytest

from fuzz.text import TextError, parse

MISTAKES = {
    "no header": (
        "pipe p0",
        "t:1:1: expected 'syslet 1' as the first line\n    pipe p0\n    ^",
    ),
    "a newer version": (
        "syslet 2",
        "t:1:8: this is not version 1: a newer reader is needed\n    syslet 2\n           ^",
    ),
    "an empty file": ("", "t:1:1: expected 'syslet 1' as the first line"),
    "a page kind": (
        "syslet 1\npage pg6 rx",
        "t:2:10: expected a page kind: rw, ro, none or cold, found 'rx'\n    page pg6 rx\n             ^",
    ),
    "declared twice": (
        "syslet 1\npipe p0\npipe p1\npipe p0  # again",
        "t:4:6: p0 is declared twice\n    pipe p0  # again\n         ^\nhint: first declared at line 2",
    ),
    "an unknown field of a head": (
        "syslet 1\nstore h0.kernel_index = 1",
        (
            "t:2:10: expected a field of h0: kernel_idx, user_idx, ring, size, head_stack, head_ip, stack, new_ip, "
            "found 'kernel_index'\n    store h0.kernel_index = 1\n             ^\nhint: did you mean 'kernel_idx'?"
        ),
    ),
    "size and slots": (
        "syslet 1\nhead h0 size=8 slots=1",
        "t:2:16: slots is given twice\n    head h0 size=8 slots=1\n                   ^",
    ),
    "an unknown call": (
        "syslet 1\nasinc_exec(a0, h0)",
        "t:2:1: unknown call 'asinc_exec'\n    asinc_exec(a0, h0)\n    ^\nhint: did you mean 'async_exec'?",
    ),
    "an unknown word": (
        "syslet 1\nsetle",
        "t:2:1: unknown word 'setle'\n    setle\n    ^\nhint: did you mean 'settle'?",
    ),
    "a number too large": (
        "syslet 1\natom a99 = getpid()",
        "t:2:6: atom 99 does not exist: atoms are a0 to a45\n    atom a99 = getpid()\n         ^",
    ),
    "a pipe without its end": (
        "syslet 1\natom a0 = read(p0, pg3, 8)",
        (
            "t:2:18: expected p0.r (the end to read) or p0.w (the end to write), found ','\n"
            "    atom a0 = read(p0, pg3, 8)\n                     ^"
        ),
    ),
    "a comma forgotten": (
        "syslet 1\natom a0 = read(p0.r, pg3 8)",
        "t:2:26: expected ',' or ')', found '8'\n    atom a0 = read(p0.r, pg3 8)\n                             ^",
    ),
    "an unknown flag": (
        "syslet 1\natom a0 = getpid() [STOP_ON_NEG]",
        (
            "t:2:21: expected a flag, a number or ']', found 'STOP_ON_NEG'\n    atom a0 = getpid() [STOP_ON_NEG]\n"
            "                        ^\nhint: did you mean 'STOP_ON_NEGATIVE'?"
        ),
    ),
    "no time at all": (
        "syslet 1\nadvance 0",
        "t:2:9: a number of ticks must be 1 to 10000\n    advance 0\n            ^",
    ),
    "a result of settle": (
        "syslet 1\nsettle => 0",
        "t:2:8: this step has no result\n    settle => 0\n           ^",
    ),
    "a slot of a word": (
        "syslet 1\nstore w0[1] = 2",
        (
            "t:2:9: w0 is not a ring: only rings have slots\n    store w0[1] = 2\n            ^\n"
            "hint: an offset in bytes is written w0+8"
        ),
    ),
    "a positive error number": (
        "syslet 1\nstore w0 = EFAULT",
        (
            "t:2:12: expected a number, NULL, top or a name such as a0, w1, h0, r0, t0, pg3, p0.r, e0, found 'EFAULT'\n"
            "    store w0 = EFAULT\n               ^\nhint: error numbers are negative: -EFAULT"
        ),
    ),
    "an initial value of a descriptor": (
        "syslet 1\ninit p0.r = 1",
        "t:2:6: expected a place in the arena, such as w1, r0[2], h0.size or pg6+8\n    init p0.r = 1\n         ^",
    ),
    "an unknown end": (
        "syslet 1\nexpect end don",
        (
            "t:2:12: expected an end: done, stuck, exited or fuel, found 'don'\n    expect end don\n               ^\n"
            "hint: did you mean 'done'?"
        ),
    ),
    "a star in a step": (
        "syslet 1\nwrite(*w0)",
        "t:2:6: a step's arguments are values: '*' is only for atoms\n    write(*w0)\n         ^",
    ),
    "seven arguments": (
        "syslet 1\nread(1, 2, 3, 4, 5, 6, 7)",
        "t:2:24: a call has at most 6 arguments\n    read(1, 2, 3, 4, 5, 6, 7)\n                           ^",
    ),
    "a threadlet that does not exist": (
        "syslet 1\nf8: getpid()",
        "t:2:1: threadlet 8 does not exist: threadlets are f0 to f7\n    f8: getpid()\n    ^",
    ),
    "a colon behind another thing": (
        "syslet 1\na0: getpid()",
        "t:2:1: expected the name of a threadlet, such as f0, found 'a0'\n    a0: getpid()\n    ^",
    ),
    "a step in a script": (
        "syslet 1\nf0: settle",
        (
            "t:2:5: 'settle' is no operation\n    f0: settle\n        ^\n"
            "hint: a script has calls, store, refill and threadlet_exec"
        ),
    ),
    "an empty script with operations": (
        "syslet 1\nf0:\nf0: getpid()",
        "t:3:1: f0 is declared empty, and has operations or is declared twice\n    f0: getpid()\n    ^",
    ),
    "operations declared empty": (
        "syslet 1\nf0: getpid()\nf0:",
        "t:3:1: f0 is declared empty, and has operations or is declared twice\n    f0:\n    ^",
    ),
    "a threadlet as an atom": (
        "syslet 1\natom a0 = threadlet_exec(f0, s0, h0)",
        (
            "t:2:11: unknown call 'threadlet_exec'\n    atom a0 = threadlet_exec(f0, s0, h0)\n              ^\n"
            "hint: threadlet_exec is a step of the head or an operation of a script"
        ),
    ),
    "a threadlet without a stack": (
        "syslet 1\nthreadlet_exec(f0, h0)",
        (
            "t:2:20: expected the name of a stack, such as s0, found 'h0'\n    threadlet_exec(f0, h0)\n"
            "                       ^"
        ),
    ),
    "a threadlet as a value": (
        "syslet 1\nstore w0 = f0",
        "t:2:12: f0 is a threadlet: it has no value\n    store w0 = f0\n               ^",
    ),
    "by whom, of a step": (
        "syslet 1\ngetpid() => 1 by head",
        (
            "t:2:15: only an operation of a script tells by whom: a step is the head's\n"
            "    getpid() => 1 by head\n                  ^"
        ),
    ),
    "by nobody": (
        "syslet 1\nf0: getpid() => 1 by ready",
        (
            "t:2:22: expected head or busy, found 'ready'\n    f0: getpid() => 1 by ready\n"
            "                         ^\nhint: did you mean 'head'?"
        ),
    ),
    "a call that the world does not have": (
        "syslet 1\nopen(pg3, 0)",
        (
            "t:2:1: unknown call 'open'\n    open(pg3, 0)\n    ^\n"
            "hint: the world has read, write, close, sched_yield, dup, dup2, nanosleep, getpid, fcntl, gettid, futex, "
            "clock_gettime, clock_nanosleep, eventfd2, dup3, pipe2, async_exec, async_wait, umem_add, async_thread, "
            "threadlet_off; any other call by its number: nr(N)"
        ),
    ),
    "a refused call, nearly": (
        "syslet 1\natom a0 = set_tid_adress(1)",
        (
            "t:2:11: unknown call 'set_tid_adress'\n    atom a0 = set_tid_adress(1)\n              ^\n"
            "hint: did you mean 'set_tid_address'?"
        ),
    ),
    "a result as run prints it": (
        "syslet 1\nasync_exec(a0, h0) = NULL",
        (
            "t:2:20: expected the end of the line, found '='\n    async_exec(a0, h0) = NULL\n"
            "                       ^\nhint: what must come out is written behind '=>'"
        ),
    ),
    "a result of an operation as run prints it": (
        "syslet 1\nf0: store w0 = 1 = 0",
        (
            "t:2:18: expected the end of the line, found '='\n    f0: store w0 = 1 = 0\n"
            "                     ^\nhint: what must come out is written behind '=>'"
        ),
    ),
    "a slot behind a ring's place": (
        "syslet 1\nsettle\nexpect r0[64] = NULL",
        (
            "t:3:11: slot 64 does not exist: a ring has place for 64, r0[0] to r0[63]\n    expect r0[64] = NULL\n"
            "              ^\nhint: the word there is r0+0x200"
        ),
    ),
    "more slots than an offset": (
        "syslet 1\nhead h0 slots=4096",
        (
            "t:2:15: a number of slots must be 0 to 4095\n    head h0 slots=4096\n                  ^\n"
            "hint: a size in bytes may be any number, such as size=32768"
        ),
    ),
    "something behind the end": (
        "syslet 1\nreap h0 => a0 a1",
        "t:2:15: expected the end of the line, found 'a1'\n    reap h0 => a0 a1\n                  ^",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_the_message_tells_place_and_way_out(mistake: str) -> None:
    text, message = MISTAKES[mistake]
    with pytest.raises(TextError) as caught:
        parse(text, "t")
    assert str(caught.value) == message


def test_limits_are_told_where_they_are_passed() -> None:
    with pytest.raises(TextError, match="at most 128 steps") as caught:
        parse("syslet 1\n" + "settle\n" * 129)
    assert caught.value.line == 130
    with pytest.raises(TextError, match="a threadlet has at most 16 operations") as caught:
        parse("syslet 1\n" + "f0: getpid()\n" * 17)
    assert caught.value.line == 18


def test_undeclared_things_may_be_named() -> None:
    assert parse("syslet 1\nread(p3.r, pg3, 8)\nasync_exec(a9, h2)\n").program.pipes == ()
