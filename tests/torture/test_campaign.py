# SPDX-License-Identifier: Apache-2.0
"""A campaign of torture: time, seeds, findings that are written first, confirmed, and made small."""

from pathlib import Path

import pytest

from fuzz.torture.campaign import Campaign, Options
from fuzz.torture.store import SMALLEST
from fuzz.torture.text import parse_round
from native.targets.uml.torture import Told, World
from tests.torture.worlds import TABLE, FakeGuest, moves_of

WRONG = "wrong signal lost: process 3: 9 of 10"


def campaign(guest: FakeGuest, tmp_path: Path, seconds: int = 500, **others: object) -> tuple[Campaign, list[str]]:
    said: list[str] = []
    options = Options("fast", 7, str(tmp_path / "findings"), seconds, **others)  # type: ignore[arg-type]
    return Campaign(options, guest.boot, TABLE, said.append, guest.clock), said


def of_the_third_with_chains(world: World) -> list[str]:
    lives = not world.only or 3 in world.only
    return [WRONG] if lives and world.births >= 3 and "chain" in moves_of(world) else []


def test_nothing_is_found(tmp_path: Path) -> None:
    guest = FakeGuest()
    made, said = campaign(guest, tmp_path, 100)
    made.run()
    assert (made.new, len(guest.booted)) == ([], 10)
    assert "findings: none" in made.summary()
    assert "boots 10" in said[-1]
    assert made.counted.handovers == 70
    assert not (tmp_path / "findings").exists()


def test_the_time_holds(tmp_path: Path) -> None:
    guest = FakeGuest(of_the_third_with_chains)
    made, _ = campaign(guest, tmp_path, 45)
    made.run()
    assert guest.now <= 45


def test_rounds_follow_from_the_seed(tmp_path: Path) -> None:
    guests = [FakeGuest(), FakeGuest()]
    for guest in guests:
        campaign(guest, tmp_path, 60)[0].run()
    assert guests[0].booted == guests[1].booted
    assert len({x.seed for x in guests[0].booted}) == 6
    assert {x.real for x in guests[0].booted} == {False, True}


def test_a_finding_is_confirmed_and_made_small(tmp_path: Path) -> None:
    made, said = campaign(FakeGuest(of_the_third_with_chains), tmp_path)
    made.run()
    (group,) = made.new
    assert (group.shown, group.tried) == (3, 3)
    assert any("FOUND oracle: signal lost" in x for x in said)
    smallest = parse_round((group.folder / SMALLEST).read_text(), "smallest", frozenset(TABLE)).world
    assert (smallest.only, smallest.moves, smallest.births) == ((3,), ("chain",), 3)
    assert smallest.together == 1
    assert (group.folder / "confirmed.txt").read_text() == "3 of 3 boots\n"
    assert WRONG in (group.folder / "log.txt").read_text()


def test_a_known_group_is_counted_and_not_looked_at_again(tmp_path: Path) -> None:
    campaign(FakeGuest(of_the_third_with_chains), tmp_path, 30)[0].run()
    guest = FakeGuest(of_the_third_with_chains)
    again, _ = campaign(guest, tmp_path, 100)
    again.run()
    assert again.new == []
    assert again.counted.known.total() > 0
    assert "known, met again" in again.summary()


def test_a_finding_is_written_before_anything_else_happens(tmp_path: Path) -> None:
    class Stops(FakeGuest):
        def boot(self, world: World, most: float) -> Told:
            if self.booted:
                raise KeyboardInterrupt
            return super().boot(world, most)

    made, _ = campaign(Stops(lambda _: [WRONG]), tmp_path)
    with pytest.raises(KeyboardInterrupt):
        made.run()
    (group,) = made.new
    assert (group.folder / "signature.txt").read_text() == "oracle: signal lost\n"
    assert (group.folder / SMALLEST).exists()


def test_strict_stops_at_the_first(tmp_path: Path) -> None:
    guest = FakeGuest(lambda _: [WRONG])
    made, _ = campaign(guest, tmp_path, 500, strict=True)
    made.run()
    assert made.counted.rounds == 1


def test_selected_moves_are_all_that_is_played(tmp_path: Path) -> None:
    guest = FakeGuest()
    campaign(guest, tmp_path, 60, moves=("give-up",))[0].run()
    assert {x.moves for x in guest.booted} == {("give-up",)}


def test_the_end_of_the_time_is_no_hang(tmp_path: Path) -> None:
    class Slow(FakeGuest):
        def boot(self, world: World, most: float) -> Told:
            super().boot(world, most)
            self.now += most
            return Told(("move 1 chain",), "", "", False, True, most)

    made, _ = campaign(Slow(), tmp_path, 50)
    made.run()
    assert made.new == []
