# SPDX-License-Identifier: Apache-2.0
"""What is told to the browser that looks at the site, and what is made of its answer; tox -e look does it."""

import importlib
import json
import re
from pathlib import Path
from types import ModuleType

import pytest

EXT = Path(__file__).parents[2] / "docs" / "_ext"


@pytest.fixture
def looker(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(EXT)
    return importlib.import_module("look")


def test_every_page_is_opened_at_both_widths(looker: ModuleType, tmp_path: Path) -> None:
    for name in ("index.html", "made/clauses/ring.html"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "made" / "clauses" / "ring.html").write_text('<section id="ring-3"><section id="more">')
    page = looker.harness(tmp_path)
    told = re.search(r"const pages = (\[.*\]), widths = (\[.*\]), clauses = (\[.*\]), searchPage = (.*), found", page)
    assert told is not None
    assert json.loads(told[1]) == [f"{tmp_path.as_uri()}/index.html", f"{tmp_path.as_uri()}/made/clauses/ring.html"]
    assert json.loads(told[2]) == [1280, 390]
    assert json.loads(told[3]) == ["RING-3"]
    assert json.loads(told[4]) == f"{tmp_path.as_uri()}/search.html"


def test_the_answer_is_read(looker: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "made" / "clauses").mkdir(parents=True)
    (tmp_path / "made" / "clauses" / "ring.html").write_text('<section id="ring-3"></section><section id="ring-4">')
    found = [[f"{tmp_path.as_uri()}/a/b.html", 390, "table", "<RING-4>\n and more"]]
    first = [
        ["RING-3", "RING-3 · A slot", "made/clauses/ring#ring-3"],
        ["RING-4", "RING-40 · A size", "made/clauses/ring#ring-4"],
        ["RING-3", "RING-3 · A slot", "made/clauses/ring"],
    ]
    report = {"looked": 4, "found": found, "first": first}
    text = json.dumps(report).replace("<", "&lt;").replace(">", "&gt;")
    assert looker.read(f'<body><pre id="report">{text}</pre></body>', tmp_path) == (
        4,
        [
            "a/b.html: at 390 pixels <table> is cut off: <RING-4> and more",
            "the search for RING-4 finds RING-40 · A size (made/clauses/ring#ring-4) first",
            "the search for RING-3 finds RING-3 · A slot (made/clauses/ring) first",
        ],
    )  # fmt: skip
    with pytest.raises(looker.NoBrowser, match="no report"):
        looker.read("<body></body>", tmp_path)
