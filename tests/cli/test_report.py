# SPDX-License-Identifier: Apache-2.0
"""`report`: a page that is whole by itself and tells all of a campaign, whatever is damaged in its folder."""

from html.parser import HTMLParser
from pathlib import Path

import pytest

from fuzz.campaign import stats
from fuzz.campaign.folder import Folder
from fuzz.campaign.history import END, KILLED, MINUTE, START, History
from fuzz.campaign.options import Options
from fuzz.campaign.session import Session
from fuzz.campaign.stats import IN_REACH, Stats, Totals
from model.variant import BadNrStores, Variant
from tests.cli.test_commands import call
from tests.fuzz.targets import ModelTarget
from tests.fuzz.test_oracle import BAD_NUMBER, program


class Page(HTMLParser):
    """Its tags, whether they are closed, and all text."""

    VOID = frozenset({"meta", "br", "img", "path", "rect", "circle", "line"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.links: list[str] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("src", "href")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture
def campaign(tmp_path: Path) -> Path:
    """A campaign of two runs, the first of which was killed, with one finding."""
    path = tmp_path / "nightly"
    held = Folder(path)
    held.begin(Options(seed=7, fault="<none>"), {"host": "fast-123"})
    counters = Stats.private()
    for event, seconds, coverage in ((START, 0.0, 0), (MINUTE, 60.0, 500), (MINUTE, 120.0, 700), (KILLED, 130.0, 700)):
        counters.counters.runs, counters.counters.coverage = int(seconds * 100), coverage
        held.history.note(event, seconds, Totals([counters], hit=IN_REACH - {"RING-1"}), 1, 1)
    held.close()
    again = History(path / "stats.jsonl")
    again.note(START, 130.0, Totals([counters], hit=IN_REACH - {"RING-1"}), 1, 1)
    again.note(END, 190.0, Totals([counters], hit=IN_REACH - {"RING-1"}), 1, 0)
    target = ModelTarget(Variant(bad_nr_stores=BadNrStores.YES))
    Session({"host": target}, Options(findings=str(path / "findings")), stats.Stats.private()).evaluate(
        program(BAD_NUMBER)
    )
    return path


def page_of(folder: Path) -> Page:
    made = call("report", str(folder), "-o", "-")
    assert made.exit_code == 0, made.output
    return Page(made.output)


def test_the_page_tells_all_and_needs_nothing_else(campaign: Path) -> None:
    page = page_of(campaign)
    assert page.open == []
    assert page.links == [], "no script, font or picture from elsewhere"
    assert "script" not in page.tags
    assert page.tags.count("svg") == 3, "coverage, throughput, and the finding"
    for part in (
        "2, of which 1 were killed", "700 features", f"{len(IN_REACH) - 1} of {len(IN_REACH)} exercised", "RING-1",
        "1 group, 1 of them confirmed", "shown again by 5 of 5 fresh starts", "fast-123", "fault=<none>", "seed=7",
        "the specification allows",
    ):  # fmt: skip
        assert part in page.text, part


def test_a_folder_of_findings_alone_has_a_page(campaign: Path) -> None:
    page = page_of(campaign / "findings")
    assert "1 group" in page.text
    assert "Coverage over time" not in page.text


def test_whatever_is_damaged_the_page_is_made_says_so_and_changes_nothing(campaign: Path) -> None:
    for path in sorted(x for x in campaign.rglob("*") if x.is_file() and x.stat().st_size):
        before = path.read_bytes()
        path.write_bytes(b"\xff" + before[1 : len(before) // 2])
        page = page_of(campaign)
        assert page.open == []
        if path.name in ("signature.json", "smallest.syslet", "stats.jsonl"):
            assert str(path) in page.text
        assert path.read_bytes()[:1] == b"\xff"
        path.write_bytes(before)


def test_the_page_is_written_where_it_should(campaign: Path, tmp_path: Path) -> None:
    made = call("report", str(campaign), "-o", str(tmp_path / "r.html"))
    assert made.output == f"{tmp_path / 'r.html'}\n"
    assert "<!doctype html>" in (tmp_path / "r.html").read_text()
    assert call("report", str(campaign), "-o", "/nowhere/r.html").exit_code == 2
