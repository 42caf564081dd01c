# SPDX-License-Identifier: Apache-2.0
"""The whole table of system calls: which are refused inside a syslet or threadlet, and why each is or is not."""

import re
import uuid
from pathlib import Path
from typing import Final

import attrs
import pytest

from model import abi
from model.calls import CALLS
from native.targets import build
from native.targets.uml import source
from tests.native.guests import boot, guest_program

TABLE: Final = build.ROOT / "linux" / "calls.table"
REFUSED: Final = {"frame", "thread", "cred", "nested", "mask", "state"}
ALLOWED: Final = {
    "files", "path", "memory", "group", "others", "ipc", "sync", "aio", "time", "sleep", "tells", "system", "empty",
}  # fmt: skip


@attrs.frozen
class Row:
    number: int
    name: str
    refused: bool
    kind: str
    why: str


def rows() -> list[Row]:
    lines = [x for x in TABLE.read_text().splitlines() if not x.startswith("#")]
    found = []
    for line in lines:
        number, name, verdict, kind, why = (x.strip() for x in re.split(r"[\t ]+", line, maxsplit=4))
        assert verdict in ("refused", "allowed"), line
        found.append(Row(int(number), name, verdict == "refused", kind, why))
    return found


def test_each_number_has_a_reason() -> None:
    numbers = [x.number for x in rows()]
    assert numbers == [*range(336), *range(424, abi.NR_TABLE)]
    for row in rows():
        assert row.kind in (REFUSED if row.refused else ALLOWED), row
        assert len(row.why) > 3, row


def test_both_sides_refuse_what_the_table_does() -> None:
    assert {x.name: x.number for x in rows() if x.refused} == abi.REFUSED_CALLS
    text = (build.ROOT / "kernel" / "syslet_refused.c").read_text()
    kinds = dict(re.findall(r"\[__NR_(\w+)\] = true,\s*/\* (\w+)", text))
    assert kinds == {x.name: x.kind for x in rows() if x.refused}


def test_what_a_head_does_not_wait_for_is_allowed_inside() -> None:
    """And asks for nothing by a name, which is read late (D127)."""
    text = (build.ROOT / "kernel" / "syslet_granted.c").read_text()
    granted = set(re.findall(r"\[__NR_(\w+)\] = true,\s*/\* \w", text))
    known = {x.name: x for x in rows()}
    assert "read" in granted
    assert granted <= known.keys()
    assert not any(known[x].refused or known[x].kind == "path" for x in granted)


@pytest.mark.slow
@pytest.mark.kernel
def test_it_is_the_table_of_linux(tmp_path: Path) -> None:
    found = source.find()
    if found is None:
        pytest.skip("there is no source of Linux")
    name = "arch/x86/entry/syscalls/syscall_64.tbl"
    tree = found.path
    if not tree.is_dir():
        tree = tmp_path
        source.unpack(found.path, tree, [name])
    words = [x.split() for x in (tree / name).read_text().splitlines() if x[:1].isdigit()]
    theirs = {(int(x[0]), x[2]) for x in words if x[1] != "x32"}
    assert {(x.number, x.name) for x in rows()} - theirs == {
        (x.nr, x.name) for x in CALLS if x.nr >= abi.NR_ASYNC_EXEC
    } | {(abi.NR_THREADLET_ON, "threadlet_on")}
    assert theirs <= {(x.number, x.name) for x in rows()}


@pytest.mark.kernel
@pytest.mark.parametrize("check", ["refused", "masks", "allowed", "would-change"])
@pytest.mark.parametrize("which", ["fast", "debug"])
def test_calls_of_the_kernel_do_what_the_table_says(which: str, check: str) -> None:
    """What is allowed changes nothing of the calling task, whatever its arguments; what is refused would."""
    folder = build.cache_folder() / f"guest-{uuid.uuid4().hex}"
    folder.mkdir(parents=True)
    program = guest_program("calls", folder)
    try:
        done = boot("--kernel", which, "--", str(program), check, str(TABLE))
        assert (done.stdout, done.returncode) == (f"{check}: ok\n", 0), done.stderr
    finally:
        program.unlink()
        folder.rmdir()
