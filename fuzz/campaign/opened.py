# SPDX-License-Identifier: Apache-2.0
"""The targets of a campaign, all on one processor."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from fuzz.campaign.cpu import choose
from fuzz.campaign.options import Options
from native.targets import known as targets
from native.targets.host import ExecutorTarget

Opened = dict[str, ExecutorTarget]
"""By name, in the order in which a program is run on them."""


@contextmanager
def open_targets(options: Options) -> Iterator[Opened]:
    """Start them all. Raises TargetUnavailable."""
    cpu = choose()
    with ExitStack() as stack:
        yield {
            name: stack.enter_context(
                targets.open_target(name, build=options.build, fault=options.fault, cpu=cpu, preempt=options.preempt)
            )
            for name in options.targets
        }
