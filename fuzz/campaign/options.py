# SPDX-License-Identifier: Apache-2.0
"""What a campaign is told, in a form that passes from the command line to the fuzzing process."""

from typing import Final

import msgspec

ENVIRONMENT: Final = "SYSLET_CAMPAIGN"
"""Environment variable with the options as JSON. libFuzzer's own flags are the process's arguments."""
PARENT: Final = "SYSLET_PARENT"
"""Environment variable with the number of the process that supervises the fuzzing process."""
MAX_BYTES: Final = 768
"""Longest input that is tried."""


class CampaignError(Exception):
    """The campaign could not do its work; the text says why."""


class Options(msgspec.Struct, frozen=True):
    """A campaign: the options of `syslet fuzz` by their names, and what it has no option for.

    Attributes:
        targets: names of what each program is run on; the last one's coverage steers.
        campaign: folder of a campaign that goes on over many runs; None: this run is all of it.
        jobs: processes that fuzz at once.
        seconds: how long this run may take.
        total: how long all runs of the campaign may take together.
        corpus: folder that keeps the evolved corpus; None: it goes with the campaign.
        known: file with the findings that are known; empty if there is none.
        explained: their signatures.
        fail_on: which divergences make the exit status 1.
        reruns: how often a new finding is run again.
        minimize_runs: runs that minimizing one finding may cost.
        until: moment of the monotonic clock at which minimizing ends as well; None: when it is done.
        stats: file of the shared counters.
        job: number of the job that these are for.
        cpu: processor of that job; None: any.
        arguments: passed to libFuzzer as they are.
    """

    targets: tuple[str, ...] = ("host",)
    engine: str = "atheris"
    campaign: str | None = None
    jobs: int = 1
    seed: int = 1
    seconds: int | None = None
    total: int | None = None
    runs: int | None = None
    findings: str = "findings"
    corpus: str | None = None
    known: str = ""
    explained: tuple[tuple[str, str, str], ...] = ()
    strict: bool = False
    fail_on: str = "new"
    fault: str | None = None
    build: str = "fast"
    preempt: str = "points"
    instrument_model: bool = False
    reruns: int = 5
    minimize_runs: int = 6_000
    until: float | None = None
    stats: str = ""
    job: int = 0
    cpu: int | None = None
    arguments: tuple[str, ...] = ()

    @property
    def repeats(self) -> bool:
        """Whether the same options do the same to the byte."""
        return self.engine == "random"
