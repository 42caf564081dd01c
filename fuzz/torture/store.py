# SPDX-License-Identifier: Apache-2.0
"""Findings of torture on disk: a folder for each signature, written before anything is run again.

findings/torture-<signature>/signature.txt    what was wrong
findings/torture-<signature>/round.torture    the boot that showed it first
findings/torture-<signature>/smallest.torture the smallest round so far that shows it
findings/torture-<signature>/report.txt       what the kernel or the oracle said
findings/torture-<signature>/log.txt          all that the guest told, whose tail tells what happened
findings/torture-<signature>/confirmed.txt    how many of how many boots showed it
"""

import re
from pathlib import Path

import attrs

from fuzz.files import write_file
from fuzz.torture.found import Wrong, folder_of
from fuzz.torture.text import Round, print_round
from native.targets.uml.torture import Told

SMALLEST = "smallest.torture"
_SIGNATURE = "signature.txt"


@attrs.define
class Group:
    """A group of findings. `shown` of `tried` boots of its round showed it."""

    wrong: Wrong
    folder: Path
    smallest: Round
    shown: int = 1
    tried: int = 1


class Store:
    """A folder of findings; those that are there already are known."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def is_known(self, wrong: Wrong) -> bool:
        """Whether a group of this signature is there."""
        return (self.root / folder_of(wrong.signature) / _SIGNATURE).exists()

    def write(self, wrong: Wrong, made: Round, told: Told) -> Group:
        """Write down what was seen. The file with the signature comes last: a folder without it is not whole."""
        folder = self.root / folder_of(wrong.signature)
        folder.mkdir(parents=True, exist_ok=True)
        text = print_round(made, _remarks(wrong))
        write_file(folder / "round.torture", text.encode())
        write_file(folder / SMALLEST, text.encode())
        write_file(folder / "report.txt", f"{wrong.text}\n".encode())
        write_file(folder / "log.txt", ("\n".join(told.log) + "\n\n" + told.console).encode())
        write_file(folder / _SIGNATURE, f"{wrong.kind}: {wrong.where}\n".encode())
        return Group(wrong, folder, made)

    def keep(self, group: Group) -> None:
        """What is known of it by now."""
        counted = f"{group.shown} of {group.tried} boots"
        write_file(group.folder / "confirmed.txt", f"{counted}\n".encode())
        text = print_round(group.smallest, (*_remarks(group.wrong), f"shown by {counted} of the first round"))
        write_file(group.folder / SMALLEST, text.encode())


def _remarks(wrong: Wrong) -> tuple[str, ...]:
    first = re.sub(r"\s+", " ", wrong.text.split("\n", 1)[0])
    return (f"{wrong.kind}: {wrong.where}", first)
