# SPDX-License-Identifier: GPL-2.0
"""The hostile world of the guest: its program, and one boot of it.

What it tells comes over a serial line as it happens, so the tail of it is there when the kernel dies.
"""

import re
import subprocess
from functools import cache
from pathlib import Path
from typing import Final

import attrs

from native.targets import build
from native.targets.uml import boot, kernel, report, watch

_FOLDER: Final = build.ROOT / "linux" / "guest" / "torture"
_FLAGS: Final = ("-static", "-fno-stack-protector", f"-I{build.ROOT / 'kernel' / 'include'}")
_DISK: Final = "16M"
_WRONG: Final = b"\nwrong "
_AFTER_WRONG: Final = 15.0
"""Seconds that a guest goes on after something was wrong: it may show more, and it may be about to die of it."""
_HAS_TIME: Final = 1
_HAS_DISK: Final = 2
SILENCE: Final = {kernel.Flavour.FAST: 20.0, kernel.Flavour.DEBUG: 60.0}
"""Seconds without a word after which a guest is given up; it says something every second of its own time."""
_VIRTUAL: Final = 0.25
"""Part of it that is enough where time is not real: then no chain waits for anything outside."""


@attrs.frozen
class Move:
    """A line of the guest's table.

    Attributes:
        who: `outside`, `user` or `script`.
    """

    name: str
    kind: str
    who: str
    needs: int


@attrs.frozen
class World:
    """One boot of it: everything that what happens follows from.

    Attributes:
        births: how many processes there will be.
        together: how many at once.
        length: a process plays about so many moves.
        only: numbers of the processes that are born; empty: all.
        moves: names of those that are played; empty: all.
        real: time is the host's; otherwise it passes when nothing can run, and a round repeats itself.
    """

    seed: int
    births: int = 40
    together: int = 6
    length: int = 40
    only: tuple[int, ...] = ()
    moves: tuple[str, ...] = ()
    real: bool = False

    def words(self) -> list[str]:
        """Arguments of the guest's program."""
        has = _HAS_DISK | (_HAS_TIME if self.real else 0)
        words = [f"{x}={getattr(self, x)}" for x in ("seed", "births", "together", "length")]
        words.append(f"has={has}")
        words += [f"only={','.join(map(str, self.only))}"] if self.only else []
        words += [f"moves={','.join(self.moves)}"] if self.moves else []
        return words


@attrs.frozen
class Told:
    """What became of a boot.

    Attributes:
        log: what the program told, line by line.
        console: the kernel's messages.
        report: from the headline of its first report on; empty if there is none.
        ended: the program came to its end.
        silent: it was given up, as it said nothing any more.
        seconds: it took.
    """

    log: tuple[str, ...]
    console: str
    report: str
    ended: bool
    silent: bool
    seconds: float


def sources() -> list[Path]:
    """The files of the program."""
    return sorted(_FOLDER.glob("*.[ch]"))


def program() -> Path:
    """The program for the guest, built when first needed. Raises NoCompiler."""
    headers = sorted((build.ROOT / "kernel" / "include" / "uapi").rglob("*.h"))
    parts = [x.read_bytes() for x in [*sources(), *headers]]
    digest = build.digest_of([*parts, " ".join([*build.compiler(), *_FLAGS]).encode()])

    def fill(folder: Path) -> None:
        first, *others = [x for x in sources() if x.suffix == ".c"]
        build.compile_program(first, folder / "torture", *_FLAGS, *map(str, others))

    return build.cached(f"torture-{digest}", fill) / "torture"


@cache
def moves() -> dict[str, Move]:
    """The table, by name: the program tells it, so a move is written down once."""
    done = subprocess.run([program(), "moves"], capture_output=True, text=True, check=True)
    rows = (line.split("\t") for line in done.stdout.splitlines())
    return {name: Move(name, kind, who, int(needs)) for name, kind, who, needs in rows}


def run(world: World, flavour: kernel.Flavour, fault: str | None, most: float) -> Told:
    """One boot, for `most` seconds at most. Raises TargetUnavailable, NoCompiler, ValueError."""
    job = boot.Job((str(program()), *world.words()), flavour, fault, _DISK, world.real)
    silence = SILENCE[flavour] * (1 if world.real else _VIRTUAL)
    seen = watch.watch(job, watch.Patience(most, min(silence, most), _WRONG, _AFTER_WRONG))
    log = tuple(seen.output.decode(errors="replace").splitlines())
    console = report.plain(seen.console)
    ended = any(re.match(r"done \d", line) for line in log) or (_WRONG in seen.output and not seen.silent)
    return Told(log, console, report.find(console) or "", ended, seen.silent and not ended, seen.seconds)
