# SPDX-License-Identifier: Apache-2.0
"""What `syslet explain` says besides the run: expectations, orders of completion, what is not certain, warnings."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from fuzz.ask import show
from fuzz.ask.answer import answer
from fuzz.ask.overlap import warnings
from fuzz.cli import syslet
from fuzz.text import parse, symbols
from model.clauses import CLAUSES, Confidence

CORPUS = Path(__file__).parents[2] / "corpus"
FILES = sorted(CORPUS.rglob("*.syslet"))
THREE = CORPUS / "litmus" / "three-completions-in-any-order.syslet"

SIX_ORDERS = """\
completions may arrive in 6 orders:
  r0: a0, a1, a2  outcome 1
  r0: a1, a0, a2  outcome 2
  r0: a2, a0, a1  outcome 3
  r0: a1, a2, a0  outcome 4
  r0: a2, a1, a0  outcome 5
  r0: a0, a2, a1  outcome 6
"""
TWO_CHAINS = """\
syslet 1
pipe p0
pipe p1
head h0 ring=r0 slots=4 stack=top
head h1 ring=r1 slots=2 stack=top
atom a0 = read(p0.r, pg3, 8)
atom a1 = read(p1.r, pg3+8, 8)

async_exec(a0, h0)
async_exec(a1, h1)
settle
write(p0.w, pg4, 8)
write(p1.w, pg4, 8)
"""
TWO_THREADLETS = """\
syslet 1
pipe p0
pipe p1
head h0 stack=top
head h1 stack=top
f0: read(p0.r, pg3, 8)
f1: read(p1.r, pg3+8, 8)

threadlet_exec(f0, s0, h0)
threadlet_exec(f1, s1, h1)
settle
write(p0.w, pg4, 8)
write(p1.w, pg4, 8)
settle
"""
BUFFER = """\
syslet 1
pipe p0
head h0 ring=r0 slots=4 stack=top
atom a0 = read(p0.r, {buffer}, {count}) -> {ret}
atom a1 = getpid()

async_exec(a0, h0)
"""
OVERWRITTEN = {
    ("pg0", 64, "w0"): "the read of a0 may write over a0: pg0",
    ("pg0+0x50", 16, "w0"): "the read of a0 may write over a0 and a1: pg0+0x50",
    ("a1", 16, "w0"): "the read of a0 may write over a1: a1",
    ("pg1", 4, "w0"): "the read of a0 may write over an argument of a0: pg1",
    ("pg2", 8, "NULL"): "the read of a0 may write over the ring of h0: pg2",
    ("pg3", 8, "pg0"): "the result of a0 may write over a0: pg0",
    ("w0", 8192, "w0"): "the read of a0 may write over the ring of h0: w0",
    ("h0+4", 8, "w0"): "the read of a0 may write over h0: h0+4",
}
MEANT = [("pg3", 4096, "w0"), ("w0", 512, "w0"), ("a1.next", 8, "w0"), ("r0[1]", 8, "a1.nr"), ("a9", 88, "pg6")]


def explain(path: Path | str, *options: str) -> Result:
    result = CliRunner().invoke(syslet, ["explain", str(path), *options])
    assert result.exit_code == 0, result.output
    return result


@pytest.fixture
def written(tmp_path: Path) -> Path:
    return tmp_path / "program.syslet"


def changed(written: Path, original: Path, old: str, new: str) -> Path:
    text = original.read_text()
    assert old in text
    written.write_text(text.replace(old, new))
    return written


def test_expectations_that_hold_are_counted() -> None:
    assert explain(THREE).output.endswith("\nexpectations: all 12 hold in every outcome\n")


def test_a_false_expectation_is_the_last_thing_said(written: Path) -> None:
    path = CORPUS / "litmus" / "no-spare-and-no-stack-is-refused.syslet"
    output = explain(changed(written, path, "=> -EINVAL", "=> NULL")).output
    assert output.endswith(
        "\nexpectations: 2 of 3 hold in the only outcome\n"
        "  FALSE in the only outcome: line 10: expected async_exec(a0, h0) => NULL, it returned -EINVAL\n"
    )


def test_an_expectation_that_holds_in_some_outcomes_says_in_which_not(written: Path) -> None:
    path = changed(written, THREE, "r0[1] = a0 | a1 | a2", "r0[1] = a0")
    assert "  FALSE in outcomes 1, 4, 5, 6 of 6: line 27: expected r0[1] = a0, saw a1\n" in explain(path).output
    found = json.loads(explain(path, "--json").output)["expectations"]
    held = {x["line"]: (x["holds"], x["fails_in"]) for x in found}
    assert held[26] == ("all", [])
    assert held[27] == ("some", [1, 4, 5, 6])


def test_expectations_of_what_was_cut_are_not_called_certain() -> None:
    assert "12 hold in every outcome found so far" in explain(THREE, "--budget", "60").output


def test_expectations_for_a_choice_say_that_they_are() -> None:
    output = explain(CORPUS / "litmus" / "umem-add-is-not-atomic.syslet").output
    assert "  FALSE in outcome 2 of 3: line 13: expected umem_add(w0, 1) => 1, it returned 2\n" in output
    assert output.endswith("  All hold in outcome 1, to which `choose 2:1` leads.\n")


def test_a_program_that_expects_nothing_hears_nothing_of_it(written: Path) -> None:
    written.write_text(TWO_CHAINS)
    assert "expectations" not in explain(written).output


def test_in_which_order_three_completions_arrive_is_one_short_list() -> None:
    assert f"\n\n{SIX_ORDERS}\n" in explain(THREE).output
    assert json.loads(explain(THREE, "--json").output)["outcomes"][1]["orders"] == ["r0: a1, a0, a2"]


def test_long_lists_say_how_to_see_them_whole() -> None:
    cut = explain(THREE, "--most", "2").output
    assert "  … and 4 more orders (--all prints them)\n" in cut
    assert "… and 4 more outcomes (--all prints them)\n" in cut
    assert SIX_ORDERS in explain(THREE, "--most", "2", "--all").output


def test_which_of_two_rings_is_first_is_nobodys_business(written: Path) -> None:
    written.write_text(TWO_CHAINS)
    assert "\ncompletions arrive in one order: r0: a0; r1: a1\n" in explain(written).output


def test_an_order_that_nobody_sees_is_told_as_well(written: Path) -> None:
    unseen = "async_wait(2, 0, h0)\nstore r0[0] = 0\nstore r0[1] = 0\nsettle\n"
    text = TWO_CHAINS.replace("async_exec(a1, h1)", "refill h0\nasync_exec(a1, h0)")
    written.write_text(text + unseen)
    output = explain(written).output
    assert "one outcome, in every order of moves" in output
    for order in ("a0, a1", "a1, a0"):
        assert f"\n  r0: {order}  (cannot be told from the trace)\n" in output


def test_threadlets_complete_in_an_order_and_outcomes_may_differ_in_nothing_else(written: Path) -> None:
    written.write_text(TWO_THREADLETS)
    output = explain(written).output
    assert "\n  threadlets: f0, f1  outcomes 1, 2\n  threadlets: f1, f0  outcome 3\n" in output
    assert (
        "outcome 3, choose 2:2:\n  in this order:\n    step 4  write(p1.w, pg4, 8)  = 8\n"
        "    f1[0] read(p1.r, pg3+8, 8)  = 8 by task 1 (busy), threadlet of step 1\n"
        "    f0[0] read(p0.r, pg3, 8)  = 8 by task 0 (busy), threadlet of step 0\n"
    ) in output


def test_where_nothing_completes_that_is_said() -> None:
    path = CORPUS / "litmus" / "no-spare-and-no-stack-is-refused.syslet"
    output = explain(path).output
    assert "completions" not in output
    assert "\n\nno completion arrives\n\n" in output
    assert "\n\nno completion arrives, as far as was looked\n\n" in explain(path, "--budget", "1").output


def test_what_is_not_certain_is_named_with_who_decided() -> None:
    output = explain(CORPUS / "litmus" / "no-spare-and-no-stack-is-refused.syslet").output
    assert (
        "\nthis rests on what is not certain (`syslet spec ID` tells why):\n"
        "  open: ENTRY-3 No spare and `new_thread_stack` 0: -EINVAL, nothing is executed (D5)\n"
        "    another reading gives other outcomes: --variant refill_failure=run_sync\n"
        "  also used; no other reading of them changes an outcome: ENTRY-1\n"
    ) in output


def test_every_open_and_likely_clause_that_applied_is_there() -> None:
    path = CORPUS / "litmus" / "second-atom-blocks-and-the-ring-is-full.syslet"
    output = explain(path).output
    answered = answer(parse(path.read_text()).program)
    met = [clause for clause in CLAUSES.values() if clause.number in answered.met]
    wanted = {clause.id for clause in met if clause.confidence in (Confidence.OPEN, Confidence.LIKELY)}
    assert {"RING-3", "MOVE-1", "ENTRY-9", "STOP-6"} <= wanted
    section = output[output.index("this rests on") : output.index("certain: ")]
    assert {name for name in CLAUSES if f" {name} " in section.replace(",", " ").replace("\n", " ")} == wanted
    assert {x["id"] for x in json.loads(explain(path, "--json").output)["rests_on"]} == wanted


def test_what_is_certain_is_named_too() -> None:
    told = "\ncertain: ENTRY-4, NEXT-4, EXEC-2 (by client), RING-1, FETCH-2, ATOM-8 (by client), RING-6\n"
    assert told in explain(THREE).output
    kinds = {x["id"]: x["confidence"] for x in json.loads(explain(THREE, "--json").output)["certain"]}
    assert (kinds["RING-1"], kinds["EXEC-2"]) == ("certain", "certain by client")
    refused = explain(CORPUS / "litmus" / "no-spare-and-no-stack-is-refused.syslet").output
    assert "certain:" not in refused, "nothing of it is"


def test_clauses_of_other_outcomes_count_too() -> None:
    """Only where the first chain is not done yet is there no spare for the second."""
    output = explain(CORPUS / "seeds" / "ring-wraps.syslet").output
    assert "[ENTRY-3]" not in output
    assert "\n  open: ENTRY-3 No spare and " in output


@pytest.mark.parametrize("case", OVERWRITTEN)
def test_a_buffer_over_the_program_itself_is_warned_of(case: tuple[str, int, str], written: Path) -> None:
    buffer, count, ret = case
    written.write_text(BUFFER.format(buffer=buffer, count=count, ret=ret))
    first = explain(written).output.split("\n", 1)[0]
    assert first == f"warning: {OVERWRITTEN[case]} is part of the program itself; data goes into pg3, pg4 or pg6"
    assert json.loads(explain(written, "--json").output)["warnings"] == [first]


def test_steps_and_scripts_are_looked_at_as_well() -> None:
    text = "syslet 1\npipe p0\nhead h0 ring=r0 slots=4\nf0: read(p0.r, pg2, 8)\n\nstore pg1+0x900 = 1\n"
    told = [line.split(" is part of ")[0] for line in warnings(parse(text).program)]
    assert told == [
        "warning: store pg1+0x900 = 1 may write over h0: pg1+0x900",
        "warning: read(p0.r, pg2, 8) may write over the ring of h0: pg2",
    ]


@pytest.mark.parametrize(("buffer", "count", "ret"), MEANT)
def test_no_warning_of_what_is_meant(buffer: str, count: int, ret: str) -> None:
    assert warnings(parse(BUFFER.format(buffer=buffer, count=count, ret=ret)).program) == []


def test_no_warning_of_an_eventfd_that_stores_a_word() -> None:
    text = BUFFER.format(buffer="w63", count=4096, ret="w0")
    assert warnings(parse(text).program)
    assert not warnings(parse(text.replace("p0.r", "e0").replace("pipe p0", "eventfd e0 = 1")).program)


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_no_corpus_file_is_warned_of(path: Path) -> None:
    assert warnings(parse(path.read_text()).program) == []


def test_variants_are_listed_without_a_program() -> None:
    result = CliRunner().invoke(syslet, ["explain", "--variant", "list"])
    assert result.exit_code == 0
    assert "ring_full=lose (pinned): The event is lost" in result.output
    assert "ring_full=overwrite: " in result.output


def test_otherwise_a_program_is_asked_for() -> None:
    result = CliRunner().invoke(syslet, ["explain"])
    assert result.exit_code == 2
    assert "Missing argument 'PROG'" in result.output


def test_a_variant_has_no_empty_heading() -> None:
    path = CORPUS / "litmus" / "occupied-slot-loses-the-event.syslet"
    output = explain(path, "--variant", "ring_full=overwrite").output
    assert "- no longer possible:\n-   step 1  settle: h0.kernel_idx = 0, r0[0] = 7 (as before)\n" in output
    assert "+ now possible:\n+   step 1  settle: h0.kernel_idx = 1, r0[0] = a0\n" in output


def test_a_variant_under_which_only_the_order_differs_says_so(written: Path) -> None:
    case = parse(TWO_THREADLETS)
    pinned = answer(case.program)
    fewer = pinned.__class__(
        case.program, pinned.variant, pinned.lines, (), pinned.outcomes[:1], pinned.met, True, pinned.effort
    )
    told = show.print_change(pinned, fewer, "x=y")
    assert told.count("no longer possible") == 2
    assert told.count("-   one with the same events in another order") == 2


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (-11, "-EAGAIN"),
        (0xFFFFFFFFFFFFFFF5, "-EAGAIN"),
        (-9999, "-9999"),
        (-1 << 40, "0xffffff0000000000"),
        (1 << 63, "0x8000000000000000"),
        (4096, "0x1000"),
    ],
)
def test_negative_words_are_shown_as_they_are_read(value: int, text: str) -> None:
    assert symbols.name_of(value) == text


@pytest.mark.slow
@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_no_negative_number_is_hexadecimal(path: Path) -> None:
    case = parse(path.read_text())
    output = show.print_answer(case, answer(case.program, budget=100), show.Wish(shared=True))
    assert not [line for line in output.splitlines() if " -0x" in line or "(-0x" in line]


def test_a_case_for_deep_preemption_is_explained_with_it() -> None:
    path = CORPUS / "litmus" / "object-lock-makes-a-call-sleep.syslet"
    output = explain(path).output
    assert "another task is inside p0, so it sleeps [OBJECT-1]" in output
    assert output == explain(path, "--preempt", "deep").output
    assert "OBJECT-1" not in explain(path, "--preempt", "points").output


def test_why_a_call_sleeps_is_said_where_it_was_found_out_before(tmp_path: Path) -> None:
    text = (CORPUS / "litmus" / "object-wakes-before-the-sleep.syslet").read_text()
    path = tmp_path / "sleeps.syslet"
    path.write_text(text.replace("choose 1:1", "choose 0:1"))
    output = explain(path).output
    assert "a0: read(p0.r, pg5, 0x1000) — p0 is empty, so it sleeps [PIPE-2]\n" in output
    assert "a1: write(p0.w, pg3, 0x2000) — p0 is full, so it sleeps [PIPE-6]\n" in output


def test_what_a_page_was_filled_with_is_known_again(written: Path) -> None:
    text = "syslet 1\npipe p0\n\nwrite(p0.w, {source}, 104)\nread(p0.r, pg6, {count})\nstore w0 = 0x1122334455667788\n"
    written.write_text(text.format(source="pg4", count=8))
    output = explain(written).output
    assert " = 0x1122334455667788\n" in output
    (line,) = (x for x in output.splitlines() if x.strip().startswith("pg6 = 0x"))
    assert line.endswith(" (what pg4 has at first)")
    written.write_text(text.format(source="pg4+3", count=100))
    (line,) = (x for x in explain(written).output.splitlines() if x.strip().startswith("pg6: 104 bytes"))
    assert line.endswith(" … (what data pages have at first)")
