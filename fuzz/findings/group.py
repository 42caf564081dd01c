# SPDX-License-Identifier: Apache-2.0
"""A group of findings as it lies on disk, read so that one damaged file costs no more than that file.

A file may be damaged by a disk that was full, by a machine that lost power, or by hand. What it said is taken from
another file that says the same, if there is one; in any case the list of what is damaged names it.
"""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, TypeVar

import attrs
import msgspec

from fuzz.findings import names as folders
from fuzz.generate import codec
from fuzz.minimize import order
from fuzz.oracle import Signature
from fuzz.text import TextError, parse
from model.program import Program, ProgramError

FORMAT_VERSION: Final = 1
Read = TypeVar("Read")


class Newer(Exception):
    """A group that a later version wrote: nothing may be changed in it."""


class Common(msgspec.Struct):
    """What the findings of a group have in common (`signature.json`)."""

    version: int
    clause: str
    kind: str
    event: str


class Stability(msgspec.Struct):
    """How many fresh starts showed a finding again (`stability.json`)."""

    same: int
    runs: int


class Minimizing(msgspec.Struct):
    """How minimizing ended (`minimized.json`); False is written where its allowance was used up before its end."""

    complete: bool = True


class _Divergence(msgspec.Struct):
    signature: Signature


class _Verdict(msgspec.Struct):
    divergence: _Divergence


class _Record(msgspec.Struct):
    target: str = "host"


@attrs.define
class Group:
    """What is known of one signature.

    Attributes:
        key: the smallest witness's place in the order.
        written: findings that this process has written down.
        mended: the text of its smallest witness where the file that ought to hold it was damaged.
    """

    signature: Signature
    folder: Path
    key: order.Key
    written: int = 0
    mended: bytes | None = None

    @property
    def smallest(self) -> Path:
        """The program to look at."""
        return self.folder / folders.SMALLEST

    @property
    def lines(self) -> int:
        """The size of its smallest witness."""
        return self.key[0]

    @property
    def target(self) -> str:
        """Where its first finding was met."""
        met = (_peek(x / folders.RECORD, _Record) for x in findings_in(self.folder))
        return next((x.target for x in met if x is not None), "host")

    @property
    def starts(self) -> tuple[int, int] | None:
        """How many of how many fresh starts showed it again, of its surest finding; None when none was tried."""
        tried = [x for _, x in self._tried()]
        best = max(tried, key=lambda x: (x.same / max(x.runs, 1), x.runs), default=None)
        return None if best is None else (best.same, best.runs)

    @property
    def confirmed(self) -> bool:
        """Whether a fresh start showed it again, or none was tried yet."""
        return self.starts is None or self.starts[0] > 0

    @property
    def broken_off(self) -> Path | None:
        """A finding of a group of which none was worked on to its end: the campaign that met it was stopped."""
        return None if self._tried() else next(findings_in(self.folder), None)

    @property
    def cut(self) -> Path | None:
        """A finding of a group whose minimizing used up its allowance, and which may have a simpler witness."""
        met = [folder for folder, stability in self._tried() if stability.same]
        ended = [_peek(folder / folders.MINIMIZING, Minimizing) for folder in met]
        return None if any(x is None or x.complete for x in ended) else next(iter(met), None)

    def _tried(self) -> list[tuple[Path, Stability]]:
        tried = [(folder, _peek(folder / folders.STABILITY, Stability)) for folder in findings_in(self.folder)]
        return [(folder, stability) for folder, stability in tried if stability is not None]

    @property
    def text(self) -> str:
        """The simplest witness, as it is written. Raises OSError, ValueError."""
        return (self.smallest.read_bytes() if self.mended is None else self.mended).decode()

    @property
    def program(self) -> Program:
        """The simplest witness. Raises OSError, ValueError."""
        return parse(self.text, str(self.smallest)).program


def program_id(program: Program) -> str:
    """A short name for a program, from its content."""
    return hashlib.sha256(codec.encode(program)).hexdigest()[:16]


def findings_in(folder: Path) -> Iterator[Path]:
    """The findings of a group, in order; what is being written is none yet."""
    yield from sorted(x for x in folder.glob("[!.]*") if x.is_dir())


def groups_in(root: Path) -> list[Path]:
    """The folders of groups, in order: whatever holds a file of one, or of one of its findings."""
    found = {x.parent for name in (folders.GROUP, folders.SMALLEST) for x in root.glob(f"*/{name}")}
    for name in (folders.RECORD, folders.PROGRAM):
        found |= {x.parents[1] for x in root.glob(f"*/[!.]*/{name}")}
    return sorted(found - {root / folders.UNKNOWN})


def read_program(path: Path) -> Program:
    """A program text. Raises OSError, ValueError."""
    return parse(path.read_text(encoding="utf-8"), str(path)).program


def _decode(path: Path, kind: type[Read]) -> Read:
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (msgspec.DecodeError, ValueError) as error:
        raise ValueError(f"{error}") from None


def _peek(path: Path, kind: type[Read]) -> Read | None:
    """What a file says; None if it says nothing, or is not there. That it is damaged was told when it was opened."""
    try:
        return _decode(path, kind)
    except (OSError, ValueError):
        return None


class Reader:
    """Reads a group, and notes which of its files are damaged."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.damaged: list[str] = []
        self.mended: dict[Path, bytes] = {}
        """Files to be written anew, since others told what they held."""
        self._witnesses: list[tuple[order.Key, Program, Path]] = []

    def read(self) -> Group | None:
        """The group; None if no file of it tells what it is, or no program of it can be read. Raises Newer."""
        for finding in findings_in(self.folder):
            self._look_through(finding)
        signature = self._signature()
        program, text = self._smallest()
        if signature is None or program is None:
            lost = "what it is of" if signature is None else "a program"
            self.damaged.append(f"{self.folder}: passed over: none of its files tells {lost}")
            return None
        if text is not None:
            self.mended[self.folder / folders.SMALLEST] = text
        return Group(signature, self.folder, order.key(program), mended=text)

    def _note(self, path: Path, error: Exception) -> None:
        what = error.message if isinstance(error, TextError) else str(error)
        if isinstance(error, OSError):
            what = error.strerror or what
        self.damaged.append(f"{path}: damaged, passed over: {what}")

    def _file(self, path: Path, kind: type[Read]) -> Read | None:
        try:
            return _decode(path, kind)
        except (OSError, ValueError) as error:
            self._note(path, error)
            return None

    def _look_through(self, finding: Path) -> None:
        """Files of a finding that are read later, and then as if they were not there."""
        self._file(finding / folders.RECORD, _Record)
        self._file(finding / folders.VERDICT, _Verdict)
        if (finding / folders.STABILITY).exists():
            self._file(finding / folders.STABILITY, Stability)
        if (finding / folders.MINIMIZING).exists():
            self._file(finding / folders.MINIMIZING, Minimizing)
        if (finding / folders.MINIMIZED).exists():
            self._witness(finding / folders.MINIMIZED, self._is_minimized)
        self._witness(finding / folders.PROGRAM, lambda program: program_id(program) == finding.name)

    def _witness(self, path: Path, is_whole: Callable[[Program], bool]) -> None:
        """A text that was cut may be a program all the same, but not the one that was written."""
        program = self._program(path)
        if program is None:
            return
        if is_whole(program):
            self._witnesses.append((order.key(program), program, path))
        else:
            self._note(path, ValueError("it is another program than the one that was found"))

    def _is_minimized(self, program: Program) -> bool:
        """Of three files that hold the same program, two are right."""
        if program in self._encoded():
            return True
        try:
            return read_program(self.folder / folders.SMALLEST) == program
        except (OSError, ValueError):
            return False

    def _program(self, path: Path) -> Program | None:
        try:
            return read_program(path)
        except (OSError, ValueError, ProgramError) as error:
            self._note(path, error)
            return None

    def _encoded(self) -> Iterator[Program]:
        """The minimized programs, of those files that hold them as bytes."""
        for path in self.folder.glob(f"[!.]*/{folders.OF_MINIMIZED}program.bin"):
            yield codec.decode(path.read_bytes())

    def _signature(self) -> Signature | None:
        record = self.folder / folders.GROUP
        common = self._file(record, Common) if record.exists() else None
        if common is not None:
            if common.version != FORMAT_VERSION:
                raise Newer(f"{record} has version {common.version}, not {FORMAT_VERSION}")
            return (common.clause, common.kind, common.event)
        for finding in findings_in(self.folder):
            verdict = _peek(finding / folders.VERDICT, _Verdict)
            if verdict is not None:
                return verdict.divergence.signature
        return next(filter(None, map(_signature_of, self._texts())), None)

    def _texts(self) -> Iterator[Path]:
        yield self.folder / folders.SMALLEST
        for finding in findings_in(self.folder):
            yield from (finding / name for name in folders.WITNESSES)

    def _smallest(self) -> tuple[Program | None, bytes | None]:
        """The simplest witness; and its text, where the file that ought to hold it does not."""
        path = self.folder / folders.SMALLEST
        program = self._program(path) if path.exists() else None
        best = min(self._witnesses, key=lambda x: x[0], default=None)
        if best is None or program in [*(x for _, x, _ in self._witnesses), *self._encoded()]:
            return program, None
        if program is not None:
            self._note(path, ValueError("it is no witness of a finding that is there"))
        return best[1], best[2].read_bytes()


def _signature_of(path: Path) -> Signature | None:
    """What a witness says of itself in its `#:` lines."""
    try:
        meta = dict(parse(path.read_text(encoding="utf-8"), str(path)).meta)
    except (OSError, ValueError, ProgramError):
        return None
    told: Any = tuple(meta.get(x) for x in ("clause", "kind", "event"))
    return None if None in told else told
