# SPDX-License-Identifier: Apache-2.0
"""A round as a file that a person can read, change, and run again."""

from typing import Any, Final

import attrs

from native.targets.uml.torture import World

VERSION: Final = "torture 1"
KERNELS: Final = ("fast", "debug")
_NUMBERS: Final = ("seed", "births", "together", "length")


class RoundError(ValueError):
    """A file that is no round; the message says where and why."""


@attrs.frozen
class Round:
    """One boot: the kernel, and what happens in it."""

    world: World
    kernel: str = "debug"
    fault: str | None = None


def print_round(made: Round, remarks: tuple[str, ...] = ()) -> str:
    """The file; remarks are comments at its beginning."""
    world = made.world
    lines = [VERSION, *(f"# {x}" for x in remarks), f"kernel {made.kernel}"]
    lines += [f"fault {made.fault}"] if made.fault else []
    lines += [f"{name} {getattr(world, name)}" for name in _NUMBERS]
    lines.append(f"time {'real' if world.real else 'virtual'}")
    lines += [f"only {' '.join(map(str, world.only))}"] if world.only else []
    lines += [f"moves {' '.join(world.moves)}"] if world.moves else []
    return "\n".join(lines) + "\n"


def _number(word: str, place: str) -> int:
    if not word.isdecimal():
        raise RoundError(f"{place}: {word!r} is no number")
    return int(word)


def parse_round(text: str, name: str, known: frozenset[str]) -> Round:
    """What the file says. `known` are the names of moves. Raises RoundError."""
    lines = text.splitlines()
    if not lines or lines[0] != VERSION:
        raise RoundError(f"{name}:1: the first line is to be {VERSION!r}")
    fields: dict[str, Any] = {"seed": 1}
    made: dict[str, str] = {}
    for number, line in enumerate(lines[1:], 2):
        place = f"{name}:{number}"
        word, *rest = line.split() or ["#"]
        if word.startswith("#"):
            continue
        if word in _NUMBERS and len(rest) == 1:
            fields[word] = _number(rest[0], place)
        elif word == "only" and rest:
            fields[word] = tuple(_number(x, place) for x in rest)
        elif word == "moves" and rest:
            if unknown := [x for x in rest if x not in known]:
                raise RoundError(f"{place}: no move is called {unknown[0]!r}: {', '.join(sorted(known))}")
            fields[word] = tuple(rest)
        elif word == "time" and rest in (["real"], ["virtual"]):
            fields["real"] = rest == ["real"]
        elif (word == "kernel" and len(rest) == 1 and rest[0] in KERNELS) or (word == "fault" and len(rest) == 1):
            made[word] = rest[0]
        else:
            raise RoundError(f"{place}: {line.strip()!r} says nothing that a round knows")
    return Round(World(**fields), **made)
