# SPDX-License-Identifier: Apache-2.0
"""The page of all calls: which of the four each is, and why (D150). `docs/spec/calls.md` is made from it."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

import attrs

from model import abi, calls
from model.opaque import BUFFERS, BY_NUMBER, MAX_OUT, Argument, Opaque
from native.targets.build import ROOT

TABLE: Final = ROOT / "linux" / "calls.table"
MODELLED: Final = "modelled"
OPAQUE: Final = "opaque"
REFUSED: Final = "refused"
EMPTY: Final = "empty"
KINDS: Final = (MODELLED, OPAQUE, REFUSED, EMPTY)

_ROW: Final = re.compile(r"(\d+)\t(\S+)\s+(refused|allowed)\t(\S+)\s+(.+)")

#: Why a call is empty, by what `native/linux/calls.table` says it has to do with.
_EMPTY: Final = {
    ("files", "the table of descriptors, which all threads share"): "makes descriptors, or frees them",
    ("files", "an open file"): "changes what is behind a descriptor, or moves data of it",
    ("files", "a socket"): "moves data of a socket, or connects it; programs have none",
    ("path", ""): "changes the file system, or looks at it with other rights",
    ("memory", ""): "changes pages, or what is known of them",
    ("group", ""): "changes handlers, timers, limits or root, which all threads share",
    ("ipc", ""): "makes or changes an object of the machine",
    ("others", ""): "acts on other tasks",
    ("sync", ""): "works on words that tasks wait for, and waits by the clock",
    ("aio", ""): "goes on behind the call",
    ("system", ""): "changes the machine, or what a namespace shares",
    ("time", ""): "sets a clock",
    ("tells", ""): "tells by structures that lead to others, or of things that programs have none of",
    ("sleep", ""): "never ends, or ends by the clock",
    ("empty", ""): "Linux has no such call",
}
#: Calls that are empty for another reason than the others of their kind.
_BUT: Final = {
    "getrandom": "its bytes differ from run to run",
    "splice": "moves data between pipes, which the specification does not know",
    "tee": "copies data between pipes, which the specification does not know",
    "vmsplice": "maps pages into a pipe, which the specification does not know",
    "epoll_wait": "waits by the clock, and there is no epoll descriptor",
    "alarm": "sends a signal",
    "setitimer": "sends signals",
    "umask": "changes the mask that all threads share, and by that the chains in flight (D102)",
    "chdir": "changes the directory that all threads share, and by that the chains in flight (D102)",
    "fchdir": "changes the directory that all threads share, and by that the chains in flight (D102)",
    "chroot": "changes the root that all threads share, and by that the chains in flight (D102)",
}


@attrs.frozen
class Row:
    """A call: its number and name, which of the four it is, and why."""

    number: int
    name: str
    kind: str
    why: str


def rows() -> Iterator[Row]:
    """All entries of the table of Linux 6.12 for x86-64, with the calls of syslets behind them."""
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            match = _ROW.fullmatch(line)
            assert match is not None, line
            yield _row(int(match[1]), match[2], match[3] == REFUSED, match[4], match[5])


def _row(number: int, name: str, is_refused: bool, about: str, why: str) -> Row:
    modelled = number in {call.nr for call in calls.CALLS}
    if number in BY_NUMBER:
        return Row(number, name, OPAQUE, _told(BY_NUMBER[number]))
    if is_refused:
        step = "; as a step it is modelled" if modelled else ""
        return Row(number, name, REFUSED, f"{why}{step}")
    if modelled:
        return Row(number, name, MODELLED, "by the specification, on host and uml")
    return Row(number, name, EMPTY, _BUT.get(name) or _EMPTY.get((about, why)) or _EMPTY[about, ""])


def _told(call: Opaque) -> str:
    """What its arguments are and may be."""
    given = [f"{place}: {_argument(x)}" for place, x in enumerate(call.arguments)]
    return "; ".join(given) or "no arguments"


def _argument(argument: Argument) -> str:
    told = argument.what.value
    if argument.values:
        told += " " + " or ".join(str(value - (1 << 32) if value >> 31 else value) for value in argument.values)
        told += " in all 64 bits" if argument.most else ""
    elif argument.most:
        told += f" up to {argument.most}"
    if argument.what not in BUFFERS:
        return told
    if argument.counted_by is None:
        return f"{told}, {argument.unit} bytes"
    each = f"{argument.per} of" if argument.per > 1 else "each of"
    return f"{told}, {argument.unit} bytes for {each} what argument {argument.counted_by} says"


_HEAD: Final = f"""# All calls

Every call of Linux 6.12 on x86-64 is one of four (D150, D155):

* **modelled**: the specification predicts what it does.
* **opaque**: the target tells what came of it, and the specification says what syslets do around it. Only the real
  kernel makes these. With an argument that it may not have the call is empty (D151). Of a buffer {MAX_OUT} bytes are
  told.
* **refused** inside a chain or a threadlet (D17, D110); as a step it is empty, if nothing else is said.
* **empty**: it gives -ENOSYS.

This page is made from `model/calls.py`, `model/opaque.py` and `native/linux/calls.table`. Numbers that are missing have
no entry.
"""


def page() -> str:
    """The page."""
    found = list(rows())
    assert found[-1].number == abi.NR_TABLE - 1
    count = Counter(row.kind for row in found)
    counts = ", ".join(f"{count[kind]} {kind}" for kind in KINDS)
    table = [f"| {row.number} | `{row.name}` | {row.kind} | {row.why} |" for row in found]
    return "\n".join([_HEAD, f"There are {counts}.", "", "| number | call | is | why, or what it may be given |",
                      "|---|---|---|---|", *table, ""])  # fmt: skip
