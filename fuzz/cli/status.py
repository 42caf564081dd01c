# SPDX-License-Identifier: Apache-2.0
"""Every exit status, in one place: docs/exit-status.md and docs/exit-status.json are made from this."""

from typing import Any, Final

import attrs

FINE: Final = 0
DIVERGENCE: Final = 1
UNUSABLE: Final = 2
UNKNOWN: Final = 3
STALE: Final = 4
BROKEN: Final = 70
UNAVAILABLE: Final = 77
SIGNALLED: Final = 128


@attrs.frozen
class Status:
    """An exit status: what it means, and which commands have it."""

    status: int
    name: str
    means: str
    commands: str = "all"


ALL: Final = (
    Status(FINE, "fine", "Nothing is wrong. A campaign met no divergence, or none that `--fail-on` asks for."),
    Status(
        DIVERGENCE,
        "divergence",
        "The target does what the specification does not allow. For `fuzz`: a finding that is new, and that a fresh "
        "start of the target showed again. For `replay` also an expectation that does not hold. Never trouble of the "
        "machine.",
        "fuzz, pull-request, replay, run, check, diff, minimize, triage, torture, explain, cover",
    ),
    Status(
        UNUSABLE,
        "unusable",
        "The command could not do its work: a wrong option, an input that cannot be read, a folder that cannot be "
        "written, a full disk.",
    ),
    Status(
        UNKNOWN,
        "unknown",
        "The budget was spent before there was a verdict.",
        "replay, check, diff, minimize, triage, explain",
    ),
    Status(STALE, "stale", "The witness of a known finding no longer diverges, or not so.", "known check"),
    Status(BROKEN, "broken", "`boot`: the kernel failed while it ran the program. Else: a fault of this tool."),
    Status(
        UNAVAILABLE,
        "unavailable",
        "The target cannot be had on this machine: no compiler, no kernel, no right to trace. Or it cannot run this "
        "program: only the real kernel makes opaque calls. A CI machine may skip the step.",
    ),
    Status(
        SIGNALLED + 2,
        "interrupted",
        "Ctrl-C. A campaign ends as if its time were up, and has the status of what it found.",
    ),
    Status(SIGNALLED + 13, "unread", "The program that read the output has ended (a closed pipe)."),
)  # fmt: skip


def as_json() -> list[dict[str, Any]]:
    """The list for scripts."""
    return [attrs.asdict(x) for x in ALL]


def as_table() -> str:
    """The list for a page."""
    lines = ["| status | name | means | commands |", "|---|---|---|---|"]
    lines += [f"| {x.status} | {x.name} | {x.means} | {x.commands} |" for x in ALL]
    return "\n".join(lines) + "\n"
