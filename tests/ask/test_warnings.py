# SPDX-License-Identifier: Apache-2.0
"""Warnings of what is allowed and hardly meant: undeclared names, missing arguments, unused choices, long rings."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from fuzz.ask.warnings import warnings
from fuzz.cli import syslet
from fuzz.text import parse

CORPUS = Path(__file__).parents[2] / "corpus"
FILES = sorted(CORPUS.rglob("*.syslet"))
HEAD = "syslet 1\npipe p0\nhead h0 ring=r0 slots=4 stack=top\n"
MEANT = {
    "close-of-a-bad-descriptor": ["close(e0) names e0, which is not declared: it is a bad descriptor"],
    "missing-arguments-are-zero-not-left-over": [
        "the umem_add of a1 has 1 of 2 arguments; those that are missing are 0"
    ],
    "ring-of-more-than-32-bits": [
        "h0 has a ring of 536870913 slots; a place for one has 64, and what lies behind it may be written over"
    ],
    "stop-conditions": ["a1 names p7, which is not declared: it is a bad descriptor"],
    "the-first-head-took-over-again": [
        "async_exec(a0, NULL) names a0, which is not declared: an atom of zeros is read(0, NULL, 0)"
    ],
    "wait-for-a-ring-that-another-thread-fills": [
        "async_wait(1, 0, h0) waits for nothing: u1 submits nothing, and no other thread counts"
    ],
    "woken-waiter-arms-by-the-spare": ["the last choice is never asked for: the run has 0 decisions"],
    "woken-waiter-finds-the-spare": ["the last choice is never asked for: the run has 0 decisions"],
}
"""Files of the corpus that do it on purpose: for an error, or for a choice that another reading would ask for."""
CARELESS = {
    "atom a0 = getpid() next=a1\n\nasync_exec(a0, h0)\n": (
        "a0 names a1, which is not declared: an atom of zeros is read(0, NULL, 0)"
    ),
    "atom a0 = getpid() next=a1\natom a1 = getpid() at=pg6\n\nasync_exec(a0, h0)\n": (
        "a0 names a1, which lies elsewhere: an atom of zeros is read(0, NULL, 0)"
    ),
    "\nasync_exec(a0, h0)\n": (
        "async_exec(a0, h0) names a0, which is not declared: an atom of zeros is read(0, NULL, 0)"
    ),
    "atom a0 = getpid()\n\nasync_exec(a0, h1)\n": (
        "async_exec(a0, h1) names h1, which is not declared: a head of zeros has no stack and no ring"
    ),
    "atom a0 = nanosleep(t1)\n\nsettle\n": "a0 names t1, which is not declared: it is no time",
    "\nasync_wait(1, 0, h0)\n\nu1: settle\n": (
        "async_wait(1, 0, h0) waits for nothing: thread 0 submits nothing, and no other thread counts"
    ),
    "\nreap h1\n": "reap h1 names h1, which is not declared: a head of zeros has no stack and no ring",
    "atom a0 = read(p1.r, pg3, 8)\n\nsettle\n": "a0 names p1, which is not declared: it is a bad descriptor",
    "\nwrite(e1, pg3, 8)\n": "write(e1, pg3, 8) names e1, which is not declared: it is a bad descriptor",
    "atom a0 = read(p0.r, pg3)\n\nsettle\n": "the read of a0 has 2 of 3 arguments; those that are missing are 0",
    "\nasync_wait(1, 0)\n": "async_wait(1, 0) has 2 of 3 arguments; those that are missing are 0",
    "f0: umem_add(w0)\n\nthreadlet_exec(f0, s0, h0)\n": (
        "umem_add(w0) has 1 of 2 arguments; those that are missing are 0"
    ),
    "choose 0:1 31:1 31:1\natom a0 = getpid()\n\nasync_exec(a0, h0)\n": (
        "the last 3 choices are never asked for: the run has 0 decisions"
    ),
    "head h1 ring=r1 slots=1000\n\nsettle\n": (
        "h1 has a ring of 1000 slots; a place for one has 64, and what lies behind it may be written over"
    ),
}
CAREFUL = (
    "f0:\n\nthreadlet_exec(f1, s0, h0)\n",
    "atom a0 = getpid() next=a1\n\nstore a1.nr = 39\nasync_exec(a0, h0)\n",
    "atom a0 = getpid() next=a1\ninit a1.nr = 39\n\nasync_exec(a0, h0)\n",
    "atom a0 = getpid() next=pg3\n\nasync_exec(a0, h0)\n",
    "atom a0 = nanosleep(t0)\ntimespec t0 = 5ms\n\nfutex(w0, 1, 1)\n",
    "timespec t0 = 0ms\natom a0 = read(0, 0, 0) next=a0\n\nnanosleep(t0)\nasync_exec(a0, h0)\n",
    "head h1 ring=pg3 slots=512\n\nsettle\n",
)


@pytest.mark.parametrize("text", CARELESS)
def test_it_is_warned_of(text: str, tmp_path: Path) -> None:
    wanted = f"warning: {CARELESS[text]}"
    assert wanted in warnings(parse(HEAD + text).program)
    path = tmp_path / "p.syslet"
    path.write_text(HEAD + text)
    output = CliRunner().invoke(syslet, ["explain", str(path)]).output
    assert f"{wanted}\n" in output[: output.index("\nstep 0") + 1]
    assert wanted in json.loads(CliRunner().invoke(syslet, ["explain", "--json", str(path)]).output)["warnings"]


@pytest.mark.parametrize("text", CAREFUL)
def test_what_is_in_order_is_not(text: str) -> None:
    assert warnings(parse(HEAD + text).program) == []


def test_an_entry_of_the_chooser_that_was_used_is_not_counted() -> None:
    case = parse((CORPUS / "litmus" / "umem-add-race.syslet").read_text().replace(
        "syslet 1\n", "syslet 1\nchoose 0:1 31:1\n", 1
    ))  # fmt: skip
    assert [x for x in warnings(case.program) if x.startswith("warning: the last choice is never asked for")]


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_of_the_corpus_only_those_are_warned_of_that_mean_it(path: Path) -> None:
    case = parse(path.read_text())
    assert warnings(case.program, deep=case.deep) == [f"warning: {x}" for x in MEANT.get(path.stem, ())]
