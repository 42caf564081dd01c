# SPDX-License-Identifier: Apache-2.0
"""R10: every clause is cited by code and by the docs (the corpus is asked in tests/corpus).

`docs/spec/clauses.md` is made from the registry; SYSLET_UPDATE=1 writes it anew.
"""

import os
import re
from pathlib import Path

import attrs

from model import clauses
from model.clauses import BY_NUMBER, CLAUSES, Confidence
from model.variant import Variant

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "spec" / "clauses.md"

CHAPTERS = {
    "ENTRY": "Entering the kernel", "FETCH": "Fetching an atom", "ATOM": "Executing an atom", "STOP": "Stop conditions",
    "NEXT": "The successor", "EXEC": "What async_exec returns", "MOVE": "The hand-over", "RING": "Completion",
    "POOL": "Becoming ready", "WAIT": "async_wait", "UMEM": "umem_add", "THREAD": "Threadlets", "EXIT": "Exit",
    "FILE": "Descriptors", "PIPE": "Pipes", "EVENTFD": "Eventfds", "FUTEX": "Futexes", "TIME": "Time",
    "IDENT": "Identity", "YIELD": "sched_yield", "PAGE": "Cold pages", "STEP": "Programs",
    "OBJECT": "Preemption inside objects",
}  # fmt: skip


def _page() -> str:
    lines = [
        "# Clauses",
        "",
        "Each numbered sentence of the specification, with its confidence (sheet section 0.1; *world*: not about v3)",
        "and its source. This page is made from `model/clauses.py`. Numbers like 2.3 are sections of the fact sheet, D",
        "numbers its decisions and those of [decisions.md](decisions.md).",
    ]
    for prefix, title in CHAPTERS.items():
        lines += ["", f"## {title}", "", "| clause | says | confidence | source | switch | why |", "|---" * 6 + "|"]
        for clause in BY_NUMBER:
            if clause.id.rsplit("-", 1)[0] == prefix:
                switch = f"`{clause.switch}`" if clause.switch else f"only with `{clause.only}`" if clause.only else ""
                anchor = f'<a id="{clause.id}"></a>{clause.id}'
                cells = [anchor, clause.text, clause.confidence.value, clause.source, switch, clause.why]
                lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def test_the_page_is_up_to_date() -> None:
    page = _page()
    if os.environ.get("SYSLET_UPDATE"):
        PAGE.write_text(page)
    assert PAGE.read_text() == page
    assert all(f'id="{name}"' in page for name in CLAUSES)


def test_every_clause_is_cited_by_code() -> None:
    code = "".join(p.read_text() for p in (ROOT / "model").rglob("*.py") if p.name != "clauses.py")
    cited = set(re.findall(r"clauses\.([A-Z]+_\d+)", code))
    assert {name.replace("-", "_") for name in CLAUSES} == cited


def test_switches_exist() -> None:
    fields = {field.name for field in attrs.fields(Variant)}
    named = {clause.switch for clause in BY_NUMBER if clause.switch}
    assert named == fields


def test_what_is_open_says_which_decision_pins_it() -> None:
    for clause in BY_NUMBER:
        if clause.confidence is Confidence.OPEN:
            assert re.search(r"\bD\d+", clause.source), clause.id


def test_the_constants_are_the_numbers() -> None:
    for clause in BY_NUMBER:
        assert getattr(clauses, clause.id.replace("-", "_")) == clause.number
