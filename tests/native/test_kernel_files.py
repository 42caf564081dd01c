# SPDX-License-Identifier: Apache-2.0
"""The kernel files as a reader of the specification meets them: named after the rules, each clause at its line."""

import re

import pytest

from model.clauses import CLAUSES
from native.targets import build

KERNEL = build.ROOT / "kernel"
RULES = ("chain", "entry", "family", "move", "refused", "rights", "ring", "threadlet", "wait")
SCREEN = 60
"""Lines of code that are seen at once."""


def test_the_files_are_named_after_the_rules() -> None:
    assert sorted(path.stem for path in KERNEL.glob("*.c")) == [f"syslet_{name}" for name in RULES]


def test_a_reader_meets_no_planted_fault() -> None:
    for folder in (KERNEL, build.ROOT / "linux", build.ROOT / "host"):
        for path in folder.rglob("*"):
            if path.is_file():
                assert not re.search(r"SYSLET_FAULT|planted", path.read_text(errors="replace"), re.IGNORECASE), path


@pytest.mark.parametrize("clause", [name for name in CLAUSES if name.startswith(("RING-", "WAIT-"))])
def test_a_clause_stands_at_its_line(clause: str) -> None:
    """In the file of its chapter, behind code or above a single statement; its lines fit on a screen."""
    lines = (KERNEL / f"syslet_{clause[:4].lower()}.c").read_text().splitlines()
    named = re.compile(rf"^\t\s*(?!\s|\* ).*\b{clause}\b")
    at = [number for number, line in enumerate(lines) if named.search(line)]
    assert at
    assert at[-1] - at[0] < SCREEN
