# SPDX-License-Identifier: Apache-2.0
"""Faults planted in the kernel file: a campaign finds each within a number of programs, blames the right clause,
and minimizes it to a few lines. The random engine is used, so what these tests see is the same every time.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from fuzz.text import parse
from model.check.check import check
from model.image import build
from model.trace import Trace
from model.verdict import Outcome
from native.targets.host import HostTarget

LITMUS = Path(__file__).parents[2] / "corpus" / "litmus"

#: Switches of the model that a planted fault flips in the kernel instead, with a litmus file that must notice.
FLIPPED = {
    "BAD_NR_STORES": "bad-call-number-stores-nothing",
    "FULL_SLOT_OVERWRITTEN": "full-ring-loses-the-second-event",
    "SYNC_NOT_RESTORED": "sync-atom-with-bad-number-restores-async",
    "WAKE_BEFORE_READY": "woken-waiter-finds-the-spare",
}

#: fault: (programs within which it is found, clauses that may be blamed)
FOUND = {
    "LOST_EVENT_ON_WRAP": (500, {"RING-5"}),
    "STOP_IGNORED_WHEN_ASYNC": (500, {"STOP-1", "STOP-2", "STOP-3", "STOP-4", "NEXT-1", "NEXT-2"}),
    "EVENT_OF_FIRST_ATOM": (500, {"RING-1"}),
    "LOST_WAKEUP": (8000, {"WAIT-7", "WAIT-8"}),
    "BAD_NR_STORES": (2000, {"ATOM-4"}),
    "SYNC_NOT_RESTORED": (4000, {"ATOM-3"}),
    "STACK_NOT_CLEARED": (500, {"ENTRY-4"}),
    "FULL_SLOT_OVERWRITTEN": (1000, {"RING-3"}),
    "FETCH_FAULT_POSTS": (2000, {"FETCH-4"}),
    "NON_POSITIVE_AT_ZERO": (1000, {"STOP-4"}),
    "CONTEXT_LEAKED": (100, {"TARGET"}),
    "BUSY_OF_ALL_FAMILIES": (1000, {"WAIT-4"}),
    "SPARES_OF_ALL_FAMILIES": (1000, {"ENTRY-3", "ENTRY-4"}),
    "INDEX_OF_THE_FAMILY": (2000, {"RING-3", "RING-5"}),
    "SETTLE_ONE_AFTER_ANOTHER": (1000, {"STEP-3"}),
    "END_OF_THE_FIRST_THREAD": (1000, {"STEP-4"}),
    "EXIT_WAITS_FOR_ALL_FAMILIES": (1000, {"ENTRY-2", "EXIT-1"}),
}

TWO_THREADS = {
    "BUSY_OF_ALL_FAMILIES", "SPARES_OF_ALL_FAMILIES", "INDEX_OF_THE_FAMILY", "SETTLE_ONE_AFTER_ANOTHER",
    "END_OF_THE_FIRST_THREAD", "EXIT_WAITS_FOR_ALL_FAMILIES",
}  # fmt: skip
"""Faults that a program of two threads shows, or of one with two heads: that takes a line or two more."""

SEEDS = {
    "LOST_WAKEUP": (6, 5, 1, 2), "NON_POSITIVE_AT_ZERO": (3, 1, 2, 4), "INDEX_OF_THE_FAMILY": (7, 12, 2, 6),
    "SETTLE_ONE_AFTER_ANOTHER": (2, 1, 3, 4), "SPARES_OF_ALL_FAMILIES": (6, 1, 4, 2),
    "BUSY_OF_ALL_FAMILIES": (5, 6, 3, 7),
}  # fmt: skip
"""Tried in turn until one finding is small and blames the clause: every one must find the fault, but some meet a
program first whose lines cannot be taken away one by one (two events, on a ring of two; a long write instead of a short
one), or one that shows the fault elsewhere (a cycle that does not stop spends its fuel)."""


@pytest.mark.slow
@pytest.mark.parametrize("fault", FOUND)
def test_a_fault_in_the_kernel_file_is_found_blamed_and_minimized(fault: str, tmp_path: Path) -> None:
    programs, clauses = FOUND[fault]
    told = []
    for seed in SEEDS.get(fault, (1, 2, 3, 4)):
        lines, blamed = _found(fault, seed, programs, tmp_path / str(seed))
        if len(lines) < (12 if fault in TWO_THREADS else 10) and blamed in clauses:
            return
        told.append((seed, blamed, lines))
    pytest.fail(f"no finding is small and blames one of {clauses}: {told}")


def _found(fault: str, seed: int, programs: int, folder: Path) -> tuple[list[str], str]:
    """The lines of the finding's smallest program, and the clause that it blames."""
    folder.mkdir()
    command = [
        sys.executable,
        "-m",
        "fuzz.cli",
        "fuzz",
        "--engine",
        "random",
        "--seed",
        str(seed),
        "--strict",
        "--json",
    ]
    done = subprocess.run(
        [*command, "--runs", str(programs), "--fault", fault, "--findings", str(folder / "findings")],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
    )
    assert done.returncode == 1, done.stderr
    assert json.loads(done.stdout)["findings_new"] == 1
    (smallest,) = folder.glob("findings/*/smallest.syslet")
    lines = [line for line in smallest.read_text().splitlines() if line and not line.startswith(("#", "syslet"))]
    (blamed,) = [line.split()[2] for line in smallest.read_text().splitlines() if line.startswith("#: clause")]
    return lines, blamed


@pytest.mark.parametrize("fault", FLIPPED)
def test_a_switch_flipped_in_the_kernel_is_noticed(fault: str) -> None:
    path = LITMUS / f"{FLIPPED[fault]}.syslet"
    image = build(parse(path.read_text(), path.name).program)
    with HostTarget(fault=fault) as flipped, HostTarget() as honest:
        wrong, right = flipped.run(image), honest.run(image)
    assert isinstance(wrong, Trace)
    assert isinstance(right, Trace)
    assert check(image, right).outcome is Outcome.ALLOWED
    assert check(image, wrong).outcome is Outcome.DIVERGENCE
