# SPDX-License-Identifier: Apache-2.0
"""The kernel files as a reader meets them: named after the rules, and clauses named where a function is entered."""

import re

import pytest

from fuzz.spec import source
from model.clauses import CLAUSES
from native.targets import build
from native.targets.uml.source import overlay

KERNEL = build.ROOT / "kernel"
RULES = (
    "chain",
    "entry",
    "family",
    "granted",
    "move",
    "refused",
    "rights",
    "ring",
    "settle",
    "threadlet",
    "wait",
    "work",
)
NAMED = re.compile(r"\b(?:[A-Z]+-\d+|D\d+)\b(?! WITH)")
LICENCE = "SPDX-License-Identifier: "


def test_the_files_are_named_after_the_rules() -> None:
    assert sorted(path.stem for path in KERNEL.glob("*.c")) == [f"syslet_{name}" for name in RULES]


def test_a_reader_meets_no_planted_fault() -> None:
    for folder in (KERNEL, build.ROOT / "linux", build.ROOT / "host"):
        for path in folder.rglob("*"):
            if path.is_file():
                assert not re.search("SYSLET_FAULT|(?i:planted)", path.read_text(errors="replace")), path


@pytest.mark.parametrize("clause", [name for name in CLAUSES if name.startswith(("RING-", "WAIT-"))])
def test_a_clause_leads_to_a_function_of_the_file_of_its_chapter(clause: str) -> None:
    path = KERNEL / f"syslet_{clause[:4].lower()}.c"
    assert any(clause in function.speaks for function in source.c(path.name, path.read_text()))


def test_rules_are_named_only_where_a_function_is_entered() -> None:
    """Elsewhere a comment says the rule itself: a name tells a reader of the kernel nothing."""
    for path in (path for path in overlay().values() if path.parent.name != "executor"):
        text = path.read_text()
        above = {line for function in source.c(path.name, text) for line in range(function.first, function.place.line)}
        for number, line in enumerate(text.splitlines(), 1):
            if number not in above:
                assert not NAMED.search(line.partition(LICENCE)[0]), f"{path.name}:{number}"
