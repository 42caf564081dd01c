# SPDX-License-Identifier: Apache-2.0
"""A tree that passes for the source of Linux: the files that our series change, with just the lines they need.

The series of the observer changes files that the others have changed, so for it there has to be the real Linux.
"""

from pathlib import Path
from typing import Final

from native.targets import patch
from native.targets.uml import export

ALONE: Final = tuple(name for name in export.ORDER if name != export.OBSERVER)
"""The series for which such a tree is enough."""
MAINTAINERS: Final = (
    "List of maintainers\n===================\n\n"
    "SYNC FILE FRAMEWORK\nM:\tA <a@example.org>\nF:\tdrivers/dma-buf/sync_*\n\n"
    "SYSTEM CONFIGURATION (SYSCON)\nM:\tB <b@example.org>\nF:\tdrivers/mfd/syscon.c\n\n"
    "THE REST\nM:\tC <c@example.org>\nF:\t*\nF:\t*/\n"
)


def synthetic(folder: Path) -> Path:
    """Written to a folder, which is returned."""
    files = {"MAINTAINERS": MAINTAINERS, "Makefile": "VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 7\n"}
    hunks: dict[str, list[patch.Hunk]] = {}
    for path in (path for name in ALONE for path in export.patches(name).values()):
        for change in patch.parse(path.name, path.read_text()).changes:
            hunks.setdefault(change.path, []).extend(change.hunks)
    for name, those in hunks.items():
        lines: list[str] = []
        for hunk in sorted(those, key=lambda hunk: hunk.start):
            assert hunk.start > len(lines), f"two patches change the same lines of {name}"
            lines += (f"line {number}" for number in range(len(lines) + 1, hunk.start))
            lines += hunk.old
        files[name] = "".join(f"{line}\n" for line in lines)
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder
