# SPDX-License-Identifier: Apache-2.0
"""Findings on disk: written before anything is run again, whole, grouped, and readable later."""

from pathlib import Path

import msgspec
import pytest

from fuzz.campaign.panel import by_weight
from fuzz.files import write_file
from fuzz.findings.group import Group
from fuzz.findings.store import Origin, Store, slug
from fuzz.generate import codec
from fuzz.minimize import Minimized, order
from fuzz.oracle import Judgement, judge
from fuzz.text import parse
from fuzz.text.tracefile import from_json
from model.variant import BadNrStores, Variant
from tests.fuzz.targets import ModelTarget, crash_on_exit
from tests.fuzz.test_oracle import BAD_NUMBER, program

ORIGIN = Origin("random", 7, "build", 12)
LONGER = BAD_NUMBER + "settle\nsettle\n"


def finding(text: str = BAD_NUMBER) -> Judgement:
    return judge(program(text), ModelTarget(Variant(bad_nr_stores=BadNrStores.YES)))


def test_a_finding_is_complete(tmp_path: Path) -> None:
    judgement = finding()
    folder = Store(tmp_path).write(judgement, ORIGIN)
    assert parse((folder / "program.syslet").read_text()).program == judgement.program
    assert codec.decode((folder / "program.bin").read_bytes()) == judgement.program
    assert from_json((folder / "target-trace.json").read_bytes()) == judgement.trace
    assert from_json((folder / "model-trace.json").read_bytes()) != judgement.trace
    verdict = msgspec.json.decode((folder / "verdict.json").read_bytes())
    assert verdict["outcome"] == "divergence"
    record = msgspec.json.decode((folder / "finding.json").read_bytes())
    where = {
        "engine": "random",
        "seed": 7,
        "build_id": "build",
        "run": 12,
        "build": "fast",
        "fault": "",
        "target": "host",
        "preempt": "points",
    }
    assert record == {"version": 1, **where}
    assert "clause" in (folder / "report.txt").read_text()
    assert not list(tmp_path.rglob(".part-*"))


def test_writing_runs_nothing_on_the_target(tmp_path: Path) -> None:
    target = ModelTarget(special=crash_on_exit)
    judgement = judge(program("syslet 1\nexit 1\n"), target)
    folder = Store(tmp_path).write(judgement, ORIGIN)
    assert target.runs == 1
    assert not (folder / "target-trace.json").exists()
    assert "heap-use-after-free" in (folder / "report.txt").read_text()


def test_groups_keep_their_smallest_witness(tmp_path: Path) -> None:
    store = Store(tmp_path)
    long, short = finding(LONGER), finding()
    assert long.signature == short.signature
    folder = store.write(long, ORIGIN)
    assert long.signature is not None
    smallest = tmp_path / slug(long.signature) / "smallest.syslet"
    assert parse(smallest.read_text()).program == long.program
    assert store.add_minimized(folder, short, Minimized(short.program, 40, {}, True))
    assert parse(smallest.read_text()).program == short.program
    assert not store.add_minimized(folder, long, Minimized(long.program, 40, {}, True))
    assert parse(smallest.read_text()).program == short.program


def test_a_later_campaign_knows_the_signature(tmp_path: Path) -> None:
    judgement = finding()
    Store(tmp_path).write(judgement, ORIGIN)
    later = Store(tmp_path)
    assert judgement.signature is not None
    assert later.is_known(judgement.signature)
    assert later.groups[judgement.signature].key == order.key(judgement.program)


def test_an_unknown_version_is_refused(tmp_path: Path) -> None:
    judgement = finding()
    Store(tmp_path).write(judgement, ORIGIN)
    record = next(tmp_path.glob("*/signature.json"))
    record.write_bytes(record.read_bytes().replace(b'"version": 1', b'"version": 9'))
    (told,) = Store(tmp_path).newer
    assert "version 9" in told


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "x"
    write_file(path, b"one")
    write_file(path, b"two")
    assert path.read_bytes() == b"two"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_cannot_be_put_in_its_place_leaves_nothing(tmp_path: Path) -> None:
    place = tmp_path / "x"
    place.mkdir()
    with pytest.raises(OSError, match="directory"):
        write_file(place, b"one")
    assert list(tmp_path.iterdir()) == [place]


def test_folder_names_are_readable_and_distinct() -> None:
    first = slug(("RING-5", "ring state", "settled"))
    assert first.startswith("ring-5-ring-state-settled-")
    assert first != slug(("RING-5", "ring", "state-settled"))


def test_the_clause_that_most_groups_blame_comes_first(tmp_path: Path) -> None:
    key = order.key(finding().program)
    signatures = [("AAA-1", "memory", "result"), ("RING-5", "memory", "ended"), ("RING-5", "memory", "settled")]
    groups = [Group(x, tmp_path / f"{x[0]}-{x[2]}", key) for x in signatures]
    assert [x.folder.name for x in by_weight(groups)] == ["RING-5-ended", "RING-5-settled", "AAA-1-result"]
