# SPDX-License-Identifier: Apache-2.0
"""Rounds of a hostile world until the time is up: what is found is written, confirmed, and made small."""

import random
import re
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Final

import attrs

from fuzz.torture import found, shrink
from fuzz.torture.store import Group, Store
from fuzz.torture.text import Round
from native.targets.uml.torture import Move, Told, World

Boot = Callable[[World, float], Told]
"""One boot, for so many seconds at most."""
CONFIRMATIONS: Final = 2
_REAL: Final = 3
"""One round in so many is in real time: chains without an end are to be stopped, and user mode is preempted."""
_FULL: Final = 3
"""One in so many has all moves. The others have half of them, so that one fault does not hide all others."""
_SHRINKING: Final = 60.0
"""Seconds for one finding."""
_LONGEST: Final = 240.0
_LAST: Final = 2.0


@attrs.frozen
class Options:
    """What a campaign is to do. `moves` are those to play; empty: all."""

    kernel: str
    seed: int
    findings: str
    seconds: int | None = None
    fault: str | None = None
    moves: tuple[str, ...] = ()
    strict: bool = False


@attrs.define
class Counted:
    """What was exercised."""

    boots: int = 0
    stuck: int = 0
    """Of these: the guest said nothing any more. In virtual time that is no finding."""
    rounds: int = 0
    processes: int = 0
    handovers: int = 0
    moves: Counter[str] = attrs.field(factory=Counter)
    known: Counter[str] = attrs.field(factory=Counter)
    first: dict[str, float] = attrs.field(factory=dict)
    """Seconds after which each signature was met for the first time."""

    def add(self, told: Told, table: dict[str, Move]) -> None:
        """What one boot told."""
        self.boots += 1
        self.stuck += told.silent and not told.ended
        births = handovers = 0
        for line in told.log:
            if move := re.match(r"move (\d+) (\S+)", line):
                births = max(births, int(move[1]))
                if move[2] in table:
                    self.moves[table[move[2]].kind] += 1
            elif counts := re.match(r"beat (\d+) (\d+)|done (\d+) processes (\d+)", line):
                numbers = [int(x) for x in counts.groups() if x]
                births, handovers = max(births, numbers[0]), numbers[1]
        self.processes += births
        self.handovers += handovers


class Campaign:
    """Rounds, each of a seed of its own."""

    def __init__(
        self,
        options: Options,
        boot: Boot,
        table: dict[str, Move],
        say: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.options = options
        self.counted = Counted()
        self.new: list[Group] = []
        self._boot = boot
        self._table = table
        self._say = say
        self._clock = clock
        self._begun = clock()
        self._store = Store(Path(options.findings))

    @property
    def seconds(self) -> float:
        """Since the campaign began."""
        return self._clock() - self._begun

    def _left(self) -> float:
        most = self.options.seconds
        return _LONGEST if most is None else most - self.seconds

    def world(self, number: int) -> World:
        """The world of a round: the seed of the campaign and its number say all."""
        seed = self.options.seed + number
        draw = random.Random(seed)
        moves = self.options.moves or tuple(self._table)
        if number % _FULL and not self.options.moves:
            moves = tuple(x for x in moves if draw.random() < 0.5 or self._table[x].who == "outside")
        real = number % _REAL == 1
        return World(
            seed=seed,
            births=draw.choice((10, 20)) if real else draw.choice((12, 24, 48)),
            together=draw.choice((2, 4, 6, 12)),
            length=draw.choice((16, 40, 80)),
            moves=() if moves == tuple(self._table) else moves,
            real=real,
        )

    def run(self) -> None:
        """Until the time is up. KeyboardInterrupt ends it at any moment; what was found is written by then."""
        self._begun = self._clock()
        large: list[Group] = []
        shrunk = 0.0
        while self._left() > _LAST:
            made = Round(self.world(self.counted.rounds), self.options.kernel, self.options.fault)
            told = self._one(made.world)
            self.counted.rounds += 1
            groups = self._written(made, told)
            self._progress()
            self._confirm(groups)
            if groups and self.options.strict:
                return
            large += groups
            # Half of the time: what comes first must not keep others from being found.
            while large and shrunk < self.seconds / 2 and self._left() > _LAST:
                before = self.seconds
                self._make_small(large.pop(0))
                shrunk += self.seconds - before

    def _one(self, world: World) -> Told:
        """What ended only because the time was up is no hang."""
        most = max(_LAST, min(self._left(), _LONGEST))
        told = self._boot(world, most)
        if told.silent and told.seconds >= most:
            told = attrs.evolve(told, ended=True)
        self.counted.add(told, self._table)
        return told

    def _written(self, made: Round, told: Told) -> list[Group]:
        groups = []
        for wrong in found.wrong_in(told, made.world.real).values():
            self.counted.first.setdefault(f"{wrong.kind}: {wrong.where}", self.seconds)
            if self._store.is_known(wrong):
                self.counted.known[f"{wrong.kind}: {wrong.where}"] += 1
                continue
            group = self._store.write(wrong, made, told)
            self._say(f"{self.seconds:4.0f} s  FOUND {wrong.kind}: {wrong.where}  ({group.folder})")
            groups.append(group)
        self.new += groups
        return groups

    def _shows(self, group: Group, world: World) -> bool:
        return group.wrong.signature in found.wrong_in(self._one(world), world.real)

    def _confirm(self, groups: list[Group]) -> None:
        """Fresh boots of the round that showed them all."""
        for _ in range(CONFIRMATIONS if groups else 0):
            if self._left() <= _LAST:
                break
            world = groups[0].smallest.world
            shown = found.wrong_in(self._one(world), world.real)
            for group in groups:
                group.shown += group.wrong.signature in shown
                group.tried += 1
        for group in groups:
            self._store.keep(group)

    def _make_small(self, group: Group) -> None:
        """One that shows itself now and then is given two tries at each step."""
        tries = 1 if group.shown == group.tried else 2
        end = self.seconds + _SHRINKING
        world = group.smallest.world
        if not world.moves:
            world = attrs.evolve(world, moves=tuple(self._table))
        smaller = shrink.shrink(
            world,
            (group.wrong.process,) if group.wrong.process else (),
            lambda x: any(self._shows(group, x) for _ in range(tries)),
            lambda: self.seconds < end and self._left() > _LAST,
        )
        if smaller != world:
            group.smallest = attrs.evolve(group.smallest, world=smaller)
            self._store.keep(group)

    def _progress(self) -> None:
        c = self.counted
        self._say(
            f"{self.seconds:4.0f} s  rounds {c.rounds:,}  boots {c.boots:,}  processes {c.processes:,}  "
            f"hand-overs {c.handovers:,}  moves {c.moves.total():,}  findings {len(self.new)} new, "
            f"{len(c.known)} known"
        )

    def summary(self) -> str:
        """What was exercised, and where findings lie."""
        c = self.counted
        lines = [
            (
                f"{c.rounds:,} rounds, {c.boots:,} boots ({c.stuck:,} stuck) in {self.seconds:.0f} s: "
                f"{c.processes:,} processes, {c.handovers:,} hand-overs, {c.moves.total():,} moves"
            ),
            "moves: " + ", ".join(f"{kind} {n:,}" for kind, n in sorted(c.moves.items(), key=lambda x: (-x[1], x[0]))),
        ]
        for group in self.new:
            world = group.smallest.world
            size = f"{len(world.only) or world.births} processes, {len(world.moves) or len(self._table)} moves"
            lines += [
                f"  {group.wrong.kind}: {group.wrong.where}",
                f"    shown by {group.shown} of {group.tried} boots; smallest: {size}",
                f"    {group.folder / 'smallest.torture'}",
            ]
        lines += [f"  known, met again {n} times: {name}" for name, n in sorted(c.known.items())]
        if not self.new and not c.known:
            lines.append("findings: none")
        return "\n".join(lines)
