# SPDX-License-Identifier: Apache-2.0
"""One campaign from start to summary."""

import tempfile
import time
from pathlib import Path
from typing import Any, Final

import attrs
import msgspec
from rich.console import Console

from fuzz.campaign import engine_atheris, engine_hypothesis, engine_random
from fuzz.campaign.opened import open_targets
from fuzz.campaign.options import CampaignError, Options
from fuzz.campaign.panel import Progress, by_weight, summary
from fuzz.campaign.session import Session, StrictFinding
from fuzz.campaign.stats import Stats
from fuzz.findings.store import Group, Store
from native.targets import known as targets

_LATE: Final = 15
"""Seconds that minimizing may take when the campaign's time is up."""
_ENOUGH: Final = 2_000
"""Programs after which a coverage-steered campaign without one call of our mutator is broken."""


@attrs.frozen
class Outcome:
    """What a campaign came to. `new` are those of `groups` that were not there before it, `again` known ones
    that it met. It may have been `interrupted`."""

    counted: dict[str, Any]
    groups: list[Group]
    new: list[Group]
    again: list[Group]
    text: str
    interrupted: bool = False


def run(options: Options, console: Console) -> Outcome:
    """Run a campaign; Ctrl-C ends it like its time. Raises CampaignError, TargetUnavailable."""
    findings = Path(options.findings)
    store = Store(findings)
    if store.damaged:  # told before any work is done
        raise CampaignError("\n".join(store.damaged))
    before = store.groups
    if options.seconds is not None:
        options = msgspec.structs.replace(options, until=time.monotonic() + options.seconds + _LATE)
    with tempfile.TemporaryDirectory(prefix="syslet-stats-") as name:
        path = Path(name) / "stats"
        stats = Stats.shared(path)
        progress = Progress(stats, console, f"syslet fuzz · {options.engine} · seed {options.seed}")
        interrupted = False
        try:
            if options.engine == "atheris":
                _with_atheris(options, path, stats, progress)
            else:
                _here(options, stats, progress)
        except KeyboardInterrupt:
            interrupted = True
        finally:
            progress.close()
        groups = by_weight(Store(findings).groups.values())
        new = [x for x in groups if x.signature not in before]
        again = [x for x in groups if x.signature in before and stats.was_met(x.folder.name)]
        text = summary(stats, progress.seconds, findings, groups, again)
        return Outcome(stats.as_dict(), groups, new, again, text, interrupted)


def _with_atheris(options: Options, path: Path, stats: Stats, progress: Progress) -> None:
    # Builds the native side, so that what is missing is told about here and not in the child's log.
    for name in options.targets:
        targets.open_target(name, build=options.build, fault=options.fault, preempt=options.preempt).close()
    engine_atheris.drive(options, path, stats, progress)
    if stats.counters.runs > _ENOUGH and not stats.counters.mutations:
        raise CampaignError("libFuzzer never called the custom mutator: it was loaded too early")


def _here(options: Options, stats: Stats, progress: Progress) -> None:
    def go_on() -> bool:
        progress.tick()
        if options.runs is not None and stats.counters.runs >= options.runs:
            return False
        return options.seconds is None or progress.seconds < options.seconds

    with open_targets(options) as opened:
        session = Session(opened, options, stats, progress.tick)
        try:
            engine = engine_hypothesis if options.engine == "hypothesis" else engine_random
            engine.drive(session, options.seed, go_on)
        except StrictFinding:
            return
