# SPDX-License-Identifier: GPL-2.0
"""Unified diffs, read and applied strictly, without a tool: the host needs nothing but a C compiler.

Every line of a hunk must be there, exactly as it is. A hunk may have moved, as long as there is only one place for it.
Files are neither created nor removed.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import attrs

_HUNK: Final = re.compile(r"@@ -(\d+)(?:,(\d+))? \+\d+(?:,(\d+))? @@")
_OF_GIT: Final = ("diff --git ", "index ")


class PatchError(ValueError):
    """A patch that cannot be read, or does not apply; the message says which one, where, and why."""


@attrs.frozen
class Hunk:
    """Lines to find and lines to put in their place, without their ends.

    Attributes:
        start: where the old lines begin, counted from 1.
        old: context and lines that go.
        new: context and lines that come.
    """

    start: int
    old: tuple[str, ...]
    new: tuple[str, ...]


@attrs.frozen
class Change:
    """The hunks for one file, named by its path without the leading `a/`."""

    path: str
    hunks: tuple[Hunk, ...]


@attrs.frozen
class Patch:
    """What stands in front of the first file, and the changes."""

    name: str
    head: str
    changes: tuple[Change, ...]


def parse(name: str, text: str) -> Patch:
    """Read a unified diff; `name` is what messages call it. Raises PatchError."""
    lines = text.split("\n")
    first = next((at for at, line in enumerate(lines) if line.startswith(("--- ", *_OF_GIT))), len(lines))
    head = "".join(f"{line}\n" for line in lines[:first])
    changes = tuple(_changes(name, lines, first))
    if not changes:
        raise PatchError(f"{name}: it changes no file; a line that begins with `--- a/` is missing")
    return Patch(name, head, changes)


def _changes(name: str, lines: Sequence[str], at: int) -> Iterator[Change]:
    while at < len(lines):
        if not lines[at] or lines[at].startswith(_OF_GIT):
            at += 1
            continue
        path = _path(name, lines, at)
        at += 2
        hunks = []
        while at < len(lines) and lines[at].startswith("@@"):
            hunk, at = _hunk(f"{name}, line {at + 1}", lines, at)
            hunks.append(hunk)
        if not hunks:
            raise PatchError(f"{name}, line {at + 1}: no hunk (`@@ -1,2 +1,3 @@`) for {path}")
        yield Change(path, tuple(hunks))


def _path(name: str, lines: Sequence[str], at: int) -> str:
    """Of the file that two lines, `--- a/PATH` and `+++ b/PATH`, speak of; what follows a tab is a date."""
    old, new = (line.split("\t")[0] for line in (*lines[at : at + 2], "", "")[:2])
    path = old.removeprefix("--- a/")
    if path == old or new != f"+++ b/{path}":
        raise PatchError(f"{name}, line {at + 1}: here are to be `--- a/PATH` and `+++ b/PATH`, of the same path")
    return path


def _hunk(where: str, lines: Sequence[str], at: int) -> tuple[Hunk, int]:
    """The hunk that begins there, and the line behind it."""
    found = _HUNK.match(lines[at])
    if found is None:
        raise PatchError(f"{where}: no head of a hunk, such as `@@ -1,2 +1,3 @@`: {lines[at]}")
    start, *counts = (int(x or "1") for x in found.groups())
    sides: tuple[list[str], list[str]] = ([], [])
    at += 1
    while [len(side) for side in sides] != counts:
        kind, line = (lines[at][:1] or " ", lines[at][1:]) if at < len(lines) else ("", "")
        if kind not in (" ", "-", "+") or any(len(x) > n for x, n in zip(sides, counts, strict=True)):
            raise PatchError(f"{where}: the hunk has not the number of lines that its head says")
        for side, other in zip(sides, ("+", "-"), strict=True):
            if kind != other:
                side.append(line)
        at += 1
    if sides[0] == sides[1]:
        raise PatchError(f"{where}: the hunk changes nothing")
    return Hunk(start, tuple(sides[0]), tuple(sides[1])), at


def apply(patch: Patch, files: Mapping[str, str]) -> dict[str, str]:
    """The files that the patch changes, by path, as they are afterwards. Raises PatchError."""
    changed = dict(files)
    for change in patch.changes:
        if change.path not in changed:
            raise PatchError(f"{patch.name}: there is no file {change.path} that it could change")
        changed[change.path] = _apply(patch.name, change, changed[change.path])
    return {change.path: changed[change.path] for change in patch.changes}


def reverse(patch: Patch) -> Patch:
    """The patch that takes it back."""
    return attrs.evolve(patch, changes=tuple(Change(x.path, tuple(_reversed(x.hunks))) for x in patch.changes))


def _reversed(hunks: Sequence[Hunk]) -> Iterator[Hunk]:
    moved = 0
    for hunk in hunks:
        yield Hunk(hunk.start + moved, hunk.new, hunk.old)
        moved += len(hunk.new) - len(hunk.old)


def _apply(name: str, change: Change, text: str) -> str:
    lines = text.split("\n")
    done, moved = 0, 0  # lines that no later hunk may touch; what the ones before have added
    for number, hunk in enumerate(change.hunks, 1):
        wanted = hunk.start - 1 + moved
        at = _place(f"{name}: hunk {number} for {change.path}", hunk, lines, done, wanted)
        lines[at : at + len(hunk.old)] = hunk.new
        done = at + len(hunk.new)
        moved += at - wanted + len(hunk.new) - len(hunk.old)
    return "\n".join(lines)


def _place(what: str, hunk: Hunk, lines: Sequence[str], done: int, wanted: int) -> int:
    """Where its old lines are: where it says, else the only place there is."""
    size = len(hunk.old)
    places = [at for at in range(done, len(lines) - size + 1) if tuple(lines[at : at + size]) == hunk.old]
    if wanted in places:
        return wanted
    if len(places) == 1:
        return places[0]
    if places:
        there = ", ".join(str(at + 1) for at in places)
        raise PatchError(f"{what} fits at lines {there}, and not at {wanted + 1}: give it more context")
    for offset, line in enumerate(hunk.old):
        at = wanted + offset
        found = repr(lines[at]) if 0 <= at < len(lines) else "missing"
        if found != repr(line):
            raise PatchError(f"{what} does not apply: line {at + 1} is {found}, to be {line!r}")
    raise PatchError(f"{what} does not apply: the hunk before it has changed line {wanted + 1}")
