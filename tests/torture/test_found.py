# SPDX-License-Identifier: Apache-2.0
"""What was wrong in a boot, and how findings are told apart."""

from fuzz.torture.found import folder_of, place_of, tail, wrong_in
from tests.torture.worlds import PANIC, told

WARNING = """\
WARNING: CPU: 0 PID: 77 at kernel/syslet/handover.c:201 syslet_take_signal+0x85/0x90
Call Trace:
 [<6002d300>] ? um_set_signals+0x0/0x60
---[ end trace 0000000000000000 ]---
"""
KASAN = "BUG: KASAN: slab-use-after-free in syslet_exit+0x12/0x80\nWrite of size 8 at addr 00000000613b2c40\n"


def test_nothing_was_wrong() -> None:
    assert wrong_in(told("move 1 chain", "done 4 processes 9 hand-overs 0 wrong")) == {}


def test_an_oracle_names_the_process() -> None:
    found = wrong_in(told("wrong signal lost: process 12: 9 of 10", "wrong signal lost: process 13: 8 of 10"))
    assert list(found) == [("oracle", "signal lost")]
    assert (found["oracle", "signal lost"].process, found["oracle", "signal lost"].text) == (12, "process 12: 9 of 10")


def test_reports_are_told_apart_by_their_function() -> None:
    assert place_of(WARNING) == "WARNING: syslet_take_signal"
    assert place_of(KASAN) == "BUG: syslet_exit"
    assert place_of(PANIC).endswith(": tlb_finish_mmu")


def test_numbers_make_no_other_group() -> None:
    assert place_of(PANIC) == place_of(PANIC.replace("0x40e", "0x88").replace("600ff98f", "60011111"))


def test_a_second_report_is_seen() -> None:
    found = wrong_in(told("move 1 fork", console=f"{WARNING}\n{PANIC}", ended=False))
    assert [x.split(":")[-1].strip() for _, x in sorted(found)] == ["tlb_finish_mmu", "syslet_take_signal"]


def test_a_guest_that_falls_silent_hangs() -> None:
    silent = told("move 1 fork", ended=False, silent=True)
    assert list(wrong_in(silent)) == [("hang", "nothing runs")]
    assert wrong_in(silent, real=False) == {}, "virtual time stands still while something runs"


def test_a_kernel_that_ends_without_a_word() -> None:
    assert list(wrong_in(told("move 1 fork", console="booted", ended=False))) == [("end", "the kernel ended")]


def test_the_folder_of_a_group_is_readable() -> None:
    assert folder_of(("oracle", "signal lost")).startswith("torture-oracle-signal-lost-")
    assert folder_of(("oracle", "a")) != folder_of(("report", "a"))


def test_the_tail_is_what_happened_last() -> None:
    assert tail(told(*(f"move {x} fork" for x in range(100)))).splitlines()[-1] == "move 99 fork"
