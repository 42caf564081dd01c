# SPDX-License-Identifier: Apache-2.0
"""What was wrong in a boot, and by what its findings are told apart."""

import hashlib
import re
from typing import Final

import attrs

from native.targets.uml import report
from native.targets.uml.torture import Told

_PROCESS: Final = re.compile(r"process (\d+)")
_PLACE: Final = re.compile(r"(?:\bin |at \S+:\d+ |at: |RIP: \S+:)([A-Za-z_]\w+)\+0x")
_CALL: Final = re.compile(r"\] (?:\? )?([A-Za-z_]\w+)\+0x")
_NOISE: Final = re.compile(
    r"show_stack|dump_stack|_printk|vprintk|__warn|warn_slowpath|um_set_signals|panic|block_signals|unblock_signals"
    r"|kasan|print_report|check_memory_region|__asan|__sanitizer|segv|sig_handler|hard_handler|relay_signal|memset"
    r"|__list_|refcount_warn|report_bug|get_fp_registers|userspace|handle_syscall|lock_acquire|print_|__might|schedule$"
)
_CUT: Final = re.compile(r"---\[ end trace.*\]---")
_NUMBER: Final = re.compile(r"0x[0-9a-f]+|\b[0-9a-f]{8,}\b|\d+")
_TAIL: Final = 60


@attrs.frozen
class Wrong:
    """Something that was wrong.

    Attributes:
        kind: `report`, `oracle`, `hang` or `end`.
        where: the kernel's function of a report, or the name of an oracle.
        text: what was said.
        process: whose; 0 if that is not known.
    """

    kind: str
    where: str
    text: str
    process: int = 0

    @property
    def signature(self) -> tuple[str, str]:
        """What findings of one group have in common."""
        return self.kind, self.where


def folder_of(signature: tuple[str, str]) -> str:
    """A name for the folder of a group."""
    words = re.sub(r"[^a-z0-9]+", "-", "-".join(signature).lower()).strip("-")[:60]
    return f"torture-{words}-{hashlib.sha256(repr(signature).encode()).hexdigest()[:6]}"


def place_of(text: str) -> str:
    """Kind of a report by its headline, and the kernel's function that it blames."""
    headline = text.split("\n", 1)[0]
    named = _PLACE.search(headline)
    calls = [x for x in _CALL.findall(text) if not _NOISE.search(x)]
    blamed = [*([named[1]] if named else []), *calls]
    function = next((x for x in blamed if not _NOISE.search(x)), blamed[0] if blamed else "?")
    what = re.split(r" at | in |:.*:|, ", _NUMBER.sub("", headline), maxsplit=1)[0].strip(" :")
    return f"{what}: {function}"


def _reports(console: str) -> list[str]:
    found = []
    while text := report.find(console):
        found.append(text)
        cut = _CUT.search(text)
        if cut is None:
            break
        console = text[cut.end() :]
    return found


def _wrongs(log: tuple[str, ...]) -> list[Wrong]:
    found = []
    for line in log:
        if line.startswith("wrong "):
            name, _, text = line.removeprefix("wrong ").partition(": ")
            of = _PROCESS.match(text)
            found.append(Wrong("oracle", name, text, int(of[1]) if of else 0))
    return found


def wrong_in(told: Told, real: bool = True) -> dict[tuple[str, str], Wrong]:
    """All that was wrong, the first of each signature.

    Where time is not real, a chain without an end may keep all others from running: then silence says nothing.
    """
    found = _wrongs(told.log)
    found += [Wrong("report", place_of(x), x) for x in _reports(told.console)]
    if not any(x.kind == "report" for x in found) and not told.ended:
        if told.silent and real:
            found.append(Wrong("hang", "nothing runs", "the guest said nothing any more, and was ended"))
        elif not told.silent:
            found.append(Wrong("end", "the kernel ended", told.console[-2000:]))
    return {x.signature: x for x in reversed(found)}


def tail(told: Told) -> str:
    """What happened last: who made which move."""
    return "\n".join(told.log[-_TAIL:]) + "\n"
