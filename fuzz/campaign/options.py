# SPDX-License-Identifier: Apache-2.0
"""What a campaign is told, in a form that passes from the command line to the fuzzing process."""

from typing import Final

import msgspec

ENVIRONMENT: Final = "SYSLET_CAMPAIGN"
"""Environment variable with the options as JSON. libFuzzer's own flags are the process's arguments."""
MAX_BYTES: Final = 768
"""Longest input that is tried."""


class CampaignError(Exception):
    """The campaign could not do its work; the text says why."""


class Options(msgspec.Struct, frozen=True):
    """A campaign: the options of `syslet fuzz` by their names, and what it has no option for.

    Attributes:
        targets: names of what each program is run on; the last one's coverage steers.
        corpus: folder that keeps the evolved corpus; None: it goes with the campaign.
        reruns: how often a new finding is run again.
        minimize_runs: runs that minimizing one finding may cost.
        until: moment of the monotonic clock at which minimizing ends as well; None: when it is done.
        stats: file of the shared counters.
        arguments: passed to libFuzzer as they are.
    """

    targets: tuple[str, ...] = ("host",)
    engine: str = "atheris"
    seed: int = 1
    seconds: int | None = None
    runs: int | None = None
    findings: str = "findings"
    corpus: str | None = None
    strict: bool = False
    fault: str | None = None
    build: str = "fast"
    preempt: str = "points"
    instrument_model: bool = False
    reruns: int = 5
    minimize_runs: int = 6_000
    until: float | None = None
    stats: str = ""
    arguments: tuple[str, ...] = ()
