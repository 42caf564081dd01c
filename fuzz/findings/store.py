# SPDX-License-Identifier: Apache-2.0
"""Findings on disk: written down before anything is run again, grouped by signature.

    findings/<signature>/signature.json       what these findings have in common
    findings/<signature>/smallest.syslet      the simplest witness so far
    findings/<signature>/<program>/…          one finding: program, encoded bytes, both traces, verdict, record

Every folder appears whole (it is written aside and renamed), so a campaign may be killed at any moment. Several
processes may write into one folder. It has bounds, which are kept and said.
"""

import fcntl
import hashlib
import re
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import attrs
import msgspec

from fuzz.files import PART, write_file
from fuzz.findings import names as folders
from fuzz.findings import report
from fuzz.findings.group import FORMAT_VERSION, Group, Newer, Reader, groups_in, program_id, read_program
from fuzz.generate import codec
from fuzz.minimize import Minimized, order
from fuzz.minimize.witness import Witness
from fuzz.oracle import Judgement, Signature
from fuzz.text import Case, print_case, print_program, tracefile
from fuzz.text.case import DEEP
from model import image as layout
from model.program import Program
from model.spec import run

MOST_BYTES: Final = 1 << 30
"""What a folder of findings may hold. Programs without a verdict, and further witnesses, get three quarters of it."""
MOST_UNKNOWN: Final = 1_000
_WITNESSES: Final = 8
"""Findings of one signature that a campaign writes down; further ones are only counted."""
_WEIGH_EVERY: Final = 64
"""Writes after which the folder is measured again: other processes write there, too."""
_ABANDONED: Final = 3600.0
"""Seconds after which what was never finished is what a killed process left."""
_LOCK: Final = ".lock"
_TOLD: Final = ".told"


class Full(Exception):
    """The folder of findings holds as much as it may; the text says so."""


@attrs.frozen
class Origin:
    """Where a program came from: enough to repeat the campaign that met it."""

    engine: str
    seed: int
    build_id: str
    run: int
    build: str = "fast"
    fault: str = ""
    target: str = "host"
    preempt: str = "points"


def _write_signature(folder: Path, signature: Signature) -> None:
    clause, kind, event = signature
    common = {"clause": clause, "kind": kind, "event": event, "sentence": report.sentence(clause)}
    write_file(folder / folders.GROUP, _json({"version": FORMAT_VERSION, **common}))


def slug(signature: Signature) -> str:
    """A folder name for a signature: readable, and distinct by a piece of its hash."""
    words = re.sub(r"[^a-z0-9]+", "-", "-".join(signature).lower()).strip("-")[:60].rstrip("-")
    return f"{words}-{hashlib.sha256(repr(signature).encode()).hexdigest()[:6]}"


def witness_text(judgement: Judgement) -> str:
    """The program of a divergence as text, with its signature as facts for the corpus, and the mode it needs."""
    assert judgement.signature is not None
    clause, kind, event = judgement.signature
    meta = [("clause", clause), ("kind", kind), ("event", event)]
    if judgement.deep:
        meta.append(DEEP)
    return print_case(attrs.evolve(Case.of(judgement.program), meta=tuple(meta)))


def _json(value: Any) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=1) + b"\n"


def _evidence(judgement: Judgement) -> dict[str, bytes]:
    """The files that hold what was observed and what is said of it."""
    program = judgement.program
    try:
        own = tracefile.to_json(run.run(layout.build(program), deep=judgement.deep))
    except Exception as error:  # noqa: BLE001  # a finding is kept in any case
        own = _json({"error": repr(error)})
    files = {
        "program.bin": codec.encode(program),
        "model-trace.json": own,
        folders.VERDICT: _json(report.as_dict(judgement)),
        "report.txt": (judgement.report or report.explain(judgement)).encode(),
    }
    if judgement.trace is not None:
        files[folders.TRACE] = tracefile.to_json(judgement.trace)
    return files


class Store:
    """A folder of findings. Opening one that exists continues it: its signatures are known.

    Attributes:
        damaged: a line for each file that could not be read, and what became of it.
        newer: a line for each group of a later version, which is left alone.
    """

    def __init__(self, root: Path, most: int = MOST_BYTES, *, mend: bool = True) -> None:
        self.root = root
        self.groups: dict[Signature, Group] = {}
        self.damaged: list[str] = []
        self.newer: list[str] = []
        self._most = most
        self._mend = mend
        self._unknown: int | None = None
        self._size = self._writes = 0
        for folder in groups_in(root):
            self._load(folder)

    def _load(self, folder: Path) -> None:
        reader = Reader(folder)
        try:
            group = reader.read()
        except Newer as error:
            self.newer.append(str(error))
            return
        except OSError as error:
            self.damaged.append(f"{folder}: passed over: {error.strerror or error}")
            return
        self.damaged += reader.damaged
        if group is None:
            return
        self.groups[group.signature] = group
        if not self._mend:
            return
        with suppress(OSError):  # it may be read only
            for path, text in reader.mended.items():
                write_file(path, text)
                group.mended = None
            record = folder / folders.GROUP
            if not record.exists() or any(line.startswith(f"{record}: ") for line in reader.damaged):
                _write_signature(folder, group.signature)

    def tidy(self) -> None:
        """Remove what processes left that were killed while they wrote."""
        for part in [*self.root.glob(f"{PART}*"), *self.root.glob(f"*/{PART}*"), *self.root.glob(f"*/*/{PART}*")]:
            with suppress(OSError):
                if time.time() - part.stat().st_mtime > _ABANDONED:
                    shutil.rmtree(part) if part.is_dir() else part.unlink()

    def told(self) -> set[str] | None:
        """Names of the groups that an earlier campaign's summary told of; None where no campaign has kept account."""
        with suppress(OSError, ValueError, msgspec.DecodeError):
            return msgspec.json.decode((self.root / _TOLD).read_bytes(), type=set[str])
        return None

    def tell(self, groups: Iterable[Group]) -> None:
        """Keep account of the groups that were told of: a campaign that was killed told of none. Raises OSError."""
        if self.root.is_dir():
            write_file(self.root / _TOLD, _json(sorted(x.folder.name for x in groups)))

    def is_known(self, signature: Signature) -> bool:
        """Whether a finding with this signature has been written down, by this process or another."""
        if signature not in self.groups:
            folder = self.root / slug(signature)
            if not (folder / folders.GROUP).exists():
                return False
            self._load(folder)
        return signature in self.groups

    def is_simpler(self, signature: Signature, program: Program) -> bool:
        """Whether to look at this witness of a known signature as well: a shorter one than all before, a few times."""
        group = self.groups[signature]
        return group.written < _WITNESSES and order.lines(program) < group.lines

    def write(self, judgement: Judgement, origin: Origin) -> Path:
        """Write down a finding as it was observed. Nothing is run on the target; returns its folder.

        Raises Full, and OSError.
        """
        signature = judgement.signature
        assert signature is not None
        known = self.is_known(signature)
        self._need_room(further=known)
        text = witness_text(judgement)
        folder = self._place(self.root / slug(signature), judgement, text, origin)
        if not known:
            with self._locked():
                self._begin_group(folder.parent, signature, judgement, text.encode())
        self.groups[signature].written += 1
        return folder

    def _begin_group(self, folder: Path, signature: Signature, judgement: Judgement, text: bytes) -> None:
        """Unless another process did so meanwhile."""
        try:
            read_program(folder / folders.SMALLEST)
        except (OSError, ValueError):
            write_file(folder / folders.SMALLEST, text)
        _write_signature(folder, signature)
        self.groups[signature] = Group(signature, folder, order.key(judgement.program))

    def write_unknown(self, judgement: Judgement, origin: Origin, limit: int = MOST_UNKNOWN) -> None:
        """Keep the first programs whose check ran out of budget: they show where the model must improve."""
        folder = self.root / folders.UNKNOWN
        if self._unknown is None:
            self._unknown = sum(1 for _ in folder.glob("[!.]*"))
        if self._unknown < limit:
            with suppress(Full):
                self._need_room(further=True)
                self._unknown += 1
                self._place(folder, judgement, print_program(judgement.program), origin)

    def _need_room(self, *, further: bool) -> None:
        """Raises Full. A signature that is new gets the last quarter."""
        if self._writes % _WEIGH_EVERY == 0:
            self._size = sum(_size(x) for x in self.root.rglob("*"))
        self._writes += 1
        if self._size >= (self._most * 3 // 4 if further else self._most):
            raise Full(f"{self.root}: holds {self._size:,} bytes, as much as it may; nothing more is written there")

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """No other process replaces a group's smallest witness meanwhile."""
        with (self.root / _LOCK).open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _place(self, parent: Path, judgement: Judgement, text: str, origin: Origin) -> Path:
        """Make the folder of a program, whole, unless it is there; returns it."""
        folder = parent / program_id(judgement.program)
        if folder.exists():
            return folder
        files = _evidence(judgement)
        files[folders.PROGRAM] = text.encode()
        files[folders.RECORD] = _json({"version": FORMAT_VERSION, **attrs.asdict(origin)})
        parent.mkdir(parents=True, exist_ok=True)
        if not self.groups and self.told() is None:
            self.tell(())
        aside = Path(tempfile.mkdtemp(prefix=PART, dir=parent))
        try:
            for name, data in files.items():
                (aside / name).write_bytes(data)
            aside.chmod(0o755)
            aside.rename(folder)
        except OSError:
            shutil.rmtree(aside, ignore_errors=True)
            if not folder.is_dir():
                with suppress(OSError):
                    parent.rmdir()  # nothing else is in it
                raise
        self._size += sum(map(len, files.values()))
        return folder

    def add_witness(self, folder: Path, witness: Witness) -> None:
        """What re-running and minimizing came to. How often it was shown again is written last: the rest is there."""
        if witness.log:
            write_file(folder / "target.log", witness.log.encode())
        if witness.judgement is not None and witness.result is not None:
            self.add_minimized(folder, witness.judgement, witness.result)
        if not witness.late:
            write_file(folder / folders.STABILITY, _json({"same": witness.same, "runs": witness.reruns}))

    def add_minimized(self, folder: Path, judgement: Judgement, result: Minimized) -> bool:
        """Keep the minimized witness beside its finding; says whether it is the group's smallest now."""
        signature = judgement.signature
        assert signature is not None
        text = witness_text(judgement).encode()
        for name, data in _evidence(judgement).items():
            write_file(folder / f"{folders.OF_MINIMIZED}{name}", data)
        write_file(folder / folders.MINIMIZED, text)
        made = {"runs": result.runs, "lines": order.lines(judgement.program), "complete": result.complete}
        write_file(folder / folders.MINIMIZING, _json(made))
        group = self.groups[signature]
        with self._locked():
            key = order.key(judgement.program)
            with suppress(OSError, ValueError):
                group.key = order.key(read_program(group.smallest))
            if key >= group.key:
                return False
            write_file(group.smallest, text)
            group.key = key
        return True


def _size(path: Path) -> int:
    with suppress(OSError):
        return path.lstat().st_size
    return 0
