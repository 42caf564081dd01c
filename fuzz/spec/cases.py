# SPDX-License-Identifier: Apache-2.0
"""Which files of the corpus show a clause, and which once broke one."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import attrs

from fuzz.campaign.seeds import corpus_files, corpus_root
from fuzz.text import parse


@attrs.frozen
class Shown:
    """A file of the corpus: its path in the project, what its first comment says, and its `#:` lines."""

    path: str
    story: str
    meta: tuple[tuple[str, str], ...]

    def says(self, key: str) -> list[str]:
        """The values of its `#: key` lines."""
        return [value for name, value in self.meta if name == key]


@cache
def shown(folder: str) -> tuple[Shown, ...]:
    """Every file of one folder of the corpus."""
    return tuple(_read(corpus_files((folder,))))


def _read(paths: list[Path]) -> Iterator[Shown]:
    for path in paths:
        case = parse(path.read_text(encoding="utf-8"), path.name)
        about = next((note.above for note in case.notes if note.key == ("about", 0)), ())
        told = " ".join(line.lstrip("# ") for line in about if line.strip())
        yield Shown(f"corpus/{path.relative_to(corpus_root())}", told, case.meta)


def litmus_of(clause: str) -> list[Shown]:
    """The litmus files that show a clause."""
    return [x for x in shown("litmus") if clause in x.says("clause")]


def regressions_of(clause: str) -> list[Shown]:
    """Programs that one of the sides once got wrong, by the clause that was blamed."""
    return [x for x in shown("regressions") if clause in x.says("clause")]


def cases_of_switch(switch: str) -> list[Shown]:
    """Files that come out differently under each other value of a switch of `Variant`."""
    return [x for folder in ("litmus", "regressions") for x in shown(folder) if switch in x.says("switch")]
