# SPDX-License-Identifier: Apache-2.0
"""Findings on disk: written down before anything is run again, grouped by signature.

    findings/<signature>/signature.json       what these findings have in common
    findings/<signature>/smallest.syslet      the simplest witness so far
    findings/<signature>/<program>/…          one finding: program, encoded bytes, both traces, verdict, record

Every folder appears whole (it is written aside and renamed), so a campaign may be killed at any moment.
"""

import hashlib
import os
import re
import shutil
import tempfile
from pathlib import Path
from typing import Any, Final

import attrs
import msgspec

from fuzz.findings import names as folders
from fuzz.findings import report
from fuzz.generate import codec
from fuzz.minimize import order
from fuzz.minimize.witness import Witness
from fuzz.oracle import Judgement, Signature
from fuzz.text import Case, parse, print_case, print_program, tracefile
from fuzz.text.case import DEEP
from model import image as layout
from model.program import Program
from model.spec import run

FORMAT_VERSION: Final = 1
_VERDICT: Final = "verdict.json"
_WITNESSES: Final = 8
"""Findings of one signature that a campaign writes down; further ones are only counted."""


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


@attrs.define
class Group:
    """What is known of one signature. `key` is the smallest witness's place in the order."""

    signature: Signature
    folder: Path
    key: order.Key
    written: int = 0

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
        records = sorted(self.folder.glob(f"*/{folders.RECORD}"))
        return str(msgspec.json.decode(records[0].read_bytes()).get("target", "host")) if records else "host"

    @property
    def confirmed(self) -> bool:
        """Whether a fresh start showed it again, or none was tried yet."""
        tried = [msgspec.json.decode(x.read_bytes()) for x in self.folder.glob(f"*/{folders.STABILITY}")]
        return not tried or any(one["same"] for one in tried)

    @property
    def unfinished(self) -> Path | None:
        """A finding of a group of which none was minimized: the campaign that met it was broken off."""
        met = [record.parent for record in sorted(self.folder.glob(f"[!.]*/{folders.RECORD}"))]
        return None if any((one / folders.STABILITY).exists() for one in met) else next(iter(met), None)

    @property
    def program(self) -> Program:
        """The simplest witness."""
        return _program(self.smallest)


class _Common(msgspec.Struct):
    """What the findings of a group have in common."""

    version: int
    clause: str
    kind: str
    event: str


class _Divergence(msgspec.Struct):
    signature: Signature


class _Verdict(msgspec.Struct):
    divergence: _Divergence


def _begin_group(folder: Path, signature: Signature, text: bytes) -> None:
    write_file(folder / folders.SMALLEST, text)
    clause, kind, event = signature
    common = {"clause": clause, "kind": kind, "event": event, "sentence": report.sentence(clause)}
    write_file(folder / folders.GROUP, _json({"version": FORMAT_VERSION, **common}))


def _program(path: Path) -> Program:
    return parse(path.read_text(encoding="utf-8"), str(path)).program


def program_id(program: Program) -> str:
    """A short name for a program, from its content."""
    return hashlib.sha256(codec.encode(program)).hexdigest()[:16]


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


def write_file(path: Path, data: bytes) -> None:
    """Write a file so that it is there whole or not at all."""
    handle, name = tempfile.mkstemp(prefix=".part-", dir=path.parent)
    with os.fdopen(handle, "wb") as out:
        out.write(data)
        os.fchmod(handle, 0o644)
    Path(name).replace(path)


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
        _VERDICT: _json(report.as_dict(judgement)),
        "report.txt": (judgement.report or report.explain(judgement)).encode(),
    }
    if judgement.trace is not None:
        files[folders.TRACE] = tracefile.to_json(judgement.trace)
    return files


class Store:
    """A folder of findings. Opening one that exists continues it: its signatures are known."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.groups: dict[Signature, Group] = {}
        self.kept_unknown = 0
        self.damaged: list[str] = []
        found = {x.parent for x in root.glob(f"*/{folders.GROUP}")}
        found |= {x.parents[1] for x in root.glob(f"*/[!.]*/{folders.RECORD}")}
        for folder in sorted(found - {root / folders.UNKNOWN}):
            try:
                self._load(folder)
            except (OSError, ValueError, StopIteration, msgspec.DecodeError) as error:
                self.damaged.append(f"{folder}: a damaged group of findings: {error}")

    def _load(self, folder: Path) -> None:
        record, smallest = folder / folders.GROUP, folder / folders.SMALLEST
        if not record.exists():  # the campaign was killed just before it wrote it
            finding = next(x.parent for x in sorted(folder.glob(f"[!.]*/{folders.RECORD}")))
            verdict = msgspec.json.decode((finding / _VERDICT).read_bytes(), type=_Verdict)
            text = (smallest if smallest.exists() else finding / folders.PROGRAM).read_bytes()
            _begin_group(folder, verdict.divergence.signature, text)
        fields = msgspec.json.decode(record.read_bytes(), type=_Common)
        if fields.version != FORMAT_VERSION:
            raise ValueError(f"{record} has version {fields.version}, not {FORMAT_VERSION}")
        signature = (fields.clause, fields.kind, fields.event)
        self.groups[signature] = Group(signature, folder, order.key(_program(smallest)))

    def is_known(self, signature: Signature) -> bool:
        """Whether a finding with this signature has been written down."""
        return signature in self.groups

    def is_simpler(self, signature: Signature, program: Program) -> bool:
        """Whether to look at this witness of a known signature as well: a shorter one than all before, a few times."""
        group = self.groups[signature]
        return group.written < _WITNESSES and order.lines(program) < group.lines

    def write(self, judgement: Judgement, origin: Origin) -> Path:
        """Write down a finding as it was observed. Nothing is run on the target; returns its folder."""
        signature = judgement.signature
        assert signature is not None
        text = witness_text(judgement)
        folder = self._place(self.root / slug(signature), judgement, text, origin)
        if signature not in self.groups:
            self.groups[signature] = Group(signature, folder.parent, order.key(judgement.program))
            _begin_group(folder.parent, signature, text.encode())
        self.groups[signature].written += 1
        return folder

    def write_unknown(self, judgement: Judgement, origin: Origin, limit: int = 20) -> None:
        """Keep the first few programs whose check ran out of budget: they show where the model must improve."""
        if self.kept_unknown < limit:
            self.kept_unknown += 1
            self._place(self.root / folders.UNKNOWN, judgement, print_program(judgement.program), origin)

    def _place(self, parent: Path, judgement: Judgement, text: str, origin: Origin) -> Path:
        """Make the folder of a program, whole, unless it is there; returns it."""
        folder = parent / program_id(judgement.program)
        if folder.exists():
            return folder
        files = _evidence(judgement)
        files[folders.PROGRAM] = text.encode()
        files[folders.RECORD] = _json({"version": FORMAT_VERSION, **attrs.asdict(origin)})
        parent.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=".part-", dir=parent))
        for name, data in files.items():
            (aside / name).write_bytes(data)
        aside.chmod(0o755)
        try:
            aside.rename(folder)
        except OSError:
            shutil.rmtree(aside)
            if not folder.is_dir():
                raise
        return folder

    def add_witness(self, folder: Path, witness: Witness) -> None:
        """What re-running and minimizing came to. How often it was shown again is written last: the rest is there."""
        if witness.log:
            write_file(folder / "target.log", witness.log.encode())
        if witness.judgement is not None and witness.result is not None:
            self.add_minimized(folder, witness.judgement, witness.result.runs)
        if not witness.cut:
            write_file(folder / folders.STABILITY, _json({"same": witness.same, "runs": witness.reruns}))

    def add_minimized(self, folder: Path, judgement: Judgement, runs: int) -> bool:
        """Keep the minimized witness beside its finding; says whether it is the group's smallest now."""
        signature = judgement.signature
        assert signature is not None
        text = witness_text(judgement).encode()
        for name, data in _evidence(judgement).items():
            write_file(folder / f"{folders.OF_MINIMIZED}{name}", data)
        write_file(folder / folders.MINIMIZED, text)
        write_file(folder / "minimized.json", _json({"runs": runs, "lines": order.lines(judgement.program)}))
        group = self.groups[signature]
        key = order.key(judgement.program)
        if key >= group.key:
            return False
        group.key = key
        write_file(group.smallest, text)
        return True
