# SPDX-License-Identifier: GPL-2.0
"""Planted faults: mistakes that an engineer might make, to measure what the checker finds.

Each is a patch `NAME.patch` with a head of four fields, in this order; a field goes on in lines that are indented:

    What: one sentence that says what is wrong.
    Why: why an engineer would write it.
    Clause: the clauses or decisions that it breaks, or `none`.
    Target: the targets that can show it, such as `host, uml`.

A build applies it to a copy of the sources, so these know nothing of it. Paths begin at the project's folder:
`git apply native/faults/NAME.patch` plants the fault in a work tree.
"""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

import attrs

from native.targets import patch
from native.targets.patch import Patch, PatchError

__all__ = [
    "FOLDER",
    "HOST",
    "PROJECT",
    "TARGETS",
    "Fault",
    "PatchError",
    "in_kernel",
    "load",
    "named",
    "on_host",
    "read",
]

PROJECT: Final = Path(__file__).resolve().parents[2]
"""The folder at which the paths of patches begin."""
FOLDER: Final = PROJECT / "native" / "faults"
"""The faults of the kernel files, of what is around them in Linux, and of the host."""
HOST: Final = "host"
TARGETS: Final = frozenset({HOST, "uml", "uml-debug", "model", "torture"})
"""Words of `Target:`; `model` is for faults of the specification, `torture` for what only a hostile world shows."""

_LINUX: Final = ("native/kernel/", "native/linux/", "native/executor/")
"""What goes into the tree of Linux."""
_FIELDS: Final = ("What", "Why", "Clause", "Target")
_FIELD: Final = re.compile(r"^(\w+): *((?:.*\n)(?:[ \t]+.*\n)*)", re.MULTILINE)


@attrs.frozen
class Fault:
    """A planted fault.

    Attributes:
        name: `LOST_WAKEUP`; its file is called `LOST_WAKEUP.patch`.
        what: one sentence that says what is wrong.
        why: why an engineer would write it.
        clauses: the clauses and decisions that it breaks; empty if it breaks none.
        targets: the targets that can show it, in the order of the patch.
        patch: what it changes.
    """

    name: str
    what: str
    why: str
    clauses: tuple[str, ...]
    targets: tuple[str, ...]
    patch: Patch

    def changed(self, files: Mapping[str, str]) -> dict[str, str]:
        """Those of the files (path in the project to text) that it changes, changed. Raises PatchError."""
        return patch.apply(self.patch, files)

    def planted(self) -> dict[str, str]:
        """The same of the project's own files, which stay as they are. Raises PatchError."""
        paths = {change.path: PROJECT / change.path for change in self.patch.changes}
        return self.changed({name: path.read_text(encoding="utf-8") for name, path in paths.items() if path.is_file()})


def read(path: Path) -> Fault:
    """One fault. Raises PatchError."""
    made = patch.parse(path.name, path.read_text(encoding="utf-8"))
    fields = {name: " ".join(said.split()) for name, said in _FIELD.findall(made.head)}
    whole = "".join(match.group() for match in _FIELD.finditer(made.head))
    if tuple(fields) != _FIELDS or whole.strip() != made.head.strip() or not all(fields.values()):
        raise PatchError(f"{path.name}: its head must have the fields {', '.join(_FIELDS)}, in this order, and no more")
    targets = _words(fields["Target"])
    if unknown := set(targets) - TARGETS:
        raise PatchError(f"{path.name}: no target is called {', '.join(sorted(unknown))}: {', '.join(sorted(TARGETS))}")
    clauses = () if fields["Clause"] == "none" else _words(fields["Clause"])
    return Fault(path.stem, fields["What"], fields["Why"], clauses, targets, made)


def _words(listed: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in listed.split(","))


@cache
def load(folder: Path = FOLDER) -> dict[str, Fault]:
    """The faults of a folder by name; those that the host shows come first. Raises PatchError."""
    found = [read(path) for path in folder.glob("*.patch")]
    found.sort(key=lambda fault: (HOST not in fault.targets, fault.name))
    return {fault.name: fault for fault in found}


def on_host() -> tuple[str, ...]:
    """Names of the faults that the host can show."""
    return tuple(name for name, fault in load().items() if HOST in fault.targets)


def in_kernel() -> tuple[str, ...]:
    """Names of the faults that can be planted in a real kernel, whether its programs show them or not."""
    return tuple(name for name, fault in load().items() if any(x.path.startswith(_LINUX) for x in fault.patch.changes))


def named(name: str, among: tuple[str, ...]) -> Fault:
    """The fault of that name. Raises ValueError, which lists them."""
    if name not in among:
        raise ValueError(f"no planted fault is called {name}; there are {', '.join(among)}")
    return load()[name]
