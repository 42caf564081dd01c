# SPDX-License-Identifier: Apache-2.0
"""A guest that is none: it tells what it is told to tell."""

from collections.abc import Callable

from native.targets.uml.torture import Move, Told, World

TABLE = {
    x.name: x
    for x in (
        Move("stop", "job control", "outside", 0),
        Move("chain", "chains", "user", 0),
        Move("garbage", "chains", "user", 0),
        Move("give-up", "credentials", "script", 0),
        Move("endless", "job control", "script", 1),
    )
}

PANIC = """\
Kernel panic - not syncing: Kernel mode fault at addr 0x40e, ip 0x6002136b
Call Trace:
 [<600ff98f>] ? show_stack+0x0/0xc0
 [<600ff98f>] ? tlb_finish_mmu+0x9f/0xe0
"""


def told(*log: str, console: str = "", report: str = "", ended: bool = True, silent: bool = False) -> Told:
    return Told(tuple(log), console, report, ended, silent, 1.0)


def moves_of(world: World) -> tuple[str, ...]:
    return world.moves or tuple(TABLE)


class FakeGuest:
    """Each boot takes ten seconds of a clock that is none. `wrong` says what is wrong in a world."""

    def __init__(self, wrong: Callable[[World], list[str]] = lambda _: []) -> None:
        self.now = 0.0
        self.booted: list[World] = []
        self._wrong = wrong

    def clock(self) -> float:
        return self.now

    def boot(self, world: World, most: float) -> Told:
        self.now += min(10.0, most)
        self.booted.append(world)
        lines = [f"move 1 {moves_of(world)[0]}", *self._wrong(world)]
        return told(*lines, f"done {world.births} processes 7 hand-overs 0 wrong")
