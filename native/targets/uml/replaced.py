# SPDX-License-Identifier: GPL-2.0
"""Files of Linux itself that a planted fault changes: it changes one of our patches.

The patched tree is shared by all builds, and patching another one for a fault would mean to build all of it. So the
files that come out otherwise are put into the tree for one build, and what was there is kept beside them.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import attrs

from native.targets import patch
from native.targets.patch import Patch

_KEPT: Final = ".syslet-replaced"
"""The folder of the tree with what was there, under its place."""


def otherwise(tree: Path, name: str, text: str, other: str) -> dict[str, bytes]:
    """Files of the patched tree that `text`, the patch called `name`, has left otherwise than `other` would.

    By their place in the tree, as `other` leaves them. Raises PatchError.
    """
    ours, planted = patch.parse(name, text), patch.parse(name, other)
    found = {x.path: (tree / x.path).read_text(encoding="utf-8") for x in _but(planted, ours).changes}
    before = patch.apply(patch.reverse(_but(ours, planted)), found)
    changed = patch.apply(_but(planted, ours), {**found, **before})
    return {path: x.encode() for path, x in sorted(changed.items())}


def _but(made: Patch, other: Patch) -> Patch:
    """What it changes otherwise than the other one does: later patches may have changed the rest again."""
    return attrs.evolve(made, changes=tuple(x for x in made.changes if x not in other.changes))


@contextmanager
def replaced(tree: Path, files: Mapping[str, bytes]) -> Iterator[None]:
    """Have these files in the tree for a while; the caller holds its lock."""
    restore(tree)
    try:
        for place, content in files.items():
            kept = tree / _KEPT / place
            kept.parent.mkdir(parents=True, exist_ok=True)
            _write(kept, (tree / place).read_bytes())
            _write(tree / place, content)
        yield
    finally:
        restore(tree)


def restore(tree: Path) -> None:
    """Put back what a build has left that was killed, too; the caller holds the lock of the tree."""
    folder = tree / _KEPT
    for kept in sorted(x for x in folder.rglob("*") if x.is_file()):
        if kept.suffix != ".new":
            _write(tree / kept.relative_to(folder), kept.read_bytes())
        kept.unlink()


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all, and not into a copy of the tree that has links to the same files."""
    new = path.with_name(f"{path.name}.new")
    new.write_bytes(content)
    new.replace(path)
