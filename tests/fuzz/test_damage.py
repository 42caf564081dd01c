# SPDX-License-Identifier: Apache-2.0
"""A folder of findings in which any file may be damaged, missing or not writable: what it says elsewhere is used."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from fuzz.campaign import stats
from fuzz.campaign.options import Options
from fuzz.campaign.session import Session
from fuzz.findings import store as stores
from fuzz.findings.store import Full, Store
from fuzz.text import parse
from model.variant import BadNrStores, Variant
from tests.fuzz.targets import ModelTarget
from tests.fuzz.test_findings import LONGER, ORIGIN, finding
from tests.fuzz.test_oracle import BAD_NUMBER, program

READING = Variant(bad_nr_stores=BadNrStores.YES)
READ_LATER = ("program.bin", "model-trace.json", "target-trace.json", "report.txt", ".told", ".lock")
"""Files that are read when somebody asks for them, and then name themselves; or that hold nothing of a finding."""
DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "cut": lambda x: x[: len(x) // 2],
    "other": lambda x: b"\xff" + x[1:],
}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one finding, worked on to its end."""
    folder = tmp_path_factory.mktemp("whole") / "findings"
    run = Session({"host": ModelTarget(READING)}, Options(findings=str(folder)), stats.Stats.private())
    run.evaluate(program(BAD_NUMBER + "settle\nadvance 7\n"))
    return folder


def files(folder: Path) -> list[Path]:
    return sorted(x.relative_to(folder) for x in folder.rglob("*") if x.is_file())


def test_there_is_something_to_damage(whole: Path) -> None:
    assert len(files(whole)) > 14
    assert Store(whole).damaged == []


@pytest.mark.parametrize("how", DAMAGE)
def test_every_file_damaged_in_turn(whole: Path, tmp_path: Path, how: str) -> None:
    (signature,) = Store(whole).groups
    smallest = Store(whole).groups[signature].program
    for number, name in enumerate(files(whole)):
        folder = tmp_path / str(number)
        shutil.copytree(whole, folder)
        path = folder / name
        before = path.read_bytes()
        path.write_bytes(DAMAGE[how](before))
        store = Store(folder)
        assert list(store.groups) == [signature], name
        group = store.groups[signature]
        assert group.program == smallest, name
        assert (group.target, group.confirmed) == ("host", True)
        read_later = name.name.removeprefix("minimized-") in READ_LATER or name.name.startswith("minimized-")
        if before and not read_later:
            assert [x for x in store.damaged if x.startswith(f"{path}: damaged")], name
        assert Store(folder).groups[signature].program == smallest
        if name.name in ("signature.json", "smallest.syslet"):
            assert Store(folder).damaged == [], "it was written anew"
        Session({"host": ModelTarget(READING)}, Options(findings=str(folder)), stats.Stats.private())
        assert len(Store(folder).groups) == 1


def test_every_file_missing_in_turn(whole: Path, tmp_path: Path) -> None:
    (signature,) = Store(whole).groups
    for number, name in enumerate(files(whole)):
        folder = tmp_path / str(number)
        shutil.copytree(whole, folder)
        (folder / name).unlink()
        assert list(Store(folder).groups) == [signature], name


def test_a_group_of_which_nothing_is_left_is_passed_over_and_written_again(whole: Path, tmp_path: Path) -> None:
    folder = tmp_path / "findings"
    shutil.copytree(whole, folder)
    for path in folder.rglob("*.syslet"):
        path.write_bytes(b"")
    store = Store(folder)
    assert store.groups == {}
    assert "none of its files tells a program" in store.damaged[-1]
    run = Session({"host": ModelTarget(READING)}, Options(findings=str(folder)), stats.Stats.private())
    run.evaluate(program(BAD_NUMBER))
    (group,) = Store(folder).groups.values()
    assert parse(group.smallest.read_text()).program == group.program


def test_the_bound_of_the_folder_is_kept(tmp_path: Path) -> None:
    judgement = finding()
    with pytest.raises(Full, match="as much as it may"):
        Store(tmp_path, most=0).write(judgement, ORIGIN)
    assert not list(tmp_path.iterdir())
    Store(tmp_path).write(judgement, ORIGIN)
    size = sum(x.lstat().st_size for x in tmp_path.rglob("*"))
    with pytest.raises(Full):
        Store(tmp_path, most=size).write(finding(LONGER), ORIGIN)


def test_the_bound_of_programs_without_a_verdict_holds_over_all_runs(tmp_path: Path) -> None:
    for text in (BAD_NUMBER, LONGER, BAD_NUMBER + "advance 1\n"):
        Store(tmp_path).write_unknown(finding(text), ORIGIN, limit=2)
    assert len(list((tmp_path / "unknown").iterdir())) == 2
    assert stores.MOST_UNKNOWN == 1_000


def test_two_stores_of_one_folder_know_of_each_other(tmp_path: Path) -> None:
    first, second = Store(tmp_path), Store(tmp_path)
    judgement = finding()
    assert judgement.signature is not None
    first.write(judgement, ORIGIN)
    assert second.is_known(judgement.signature)


def test_a_finding_that_was_not_told_of_is_new_to_the_next_campaign(tmp_path: Path) -> None:
    store = Store(tmp_path)
    assert store.told() is None
    store.write(finding(), ORIGIN)
    assert Store(tmp_path).told() == set(), "this campaign was killed"
    store.tell(store.groups.values())
    assert Store(tmp_path).told() == {x.folder.name for x in store.groups.values()}


def test_what_a_killed_process_left_is_removed_when_it_is_old(tmp_path: Path) -> None:
    Store(tmp_path).write(finding(), ORIGIN)
    (group,) = tmp_path.glob("*-*")
    for name, age in ((".part-old", 7200), (".part-new", 0)):
        (group / name).mkdir()
        now = (group / name).stat().st_mtime
        os.utime(group / name, (now - age, now - age))
    Store(tmp_path).tidy()
    assert [x.name for x in group.glob(".part-*")] == [".part-new"]
