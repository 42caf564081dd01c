# SPDX-License-Identifier: Apache-2.0
"""The targets of a campaign.

All share one processor with the fuzzer, because waking the other one costs far more.
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from fuzz.campaign.options import Options
from native.targets import known as targets
from native.targets.host import ExecutorTarget

Opened = dict[str, ExecutorTarget]
"""By name, in the order in which a program is run on them."""


def choose() -> int | None:
    """The last processor that this process may use; None where processors cannot be chosen."""
    try:
        return max(os.sched_getaffinity(0))
    except (AttributeError, OSError):
        return None


@contextmanager
def open_targets(options: Options) -> Iterator[Opened]:
    """Start them all. Raises TargetUnavailable."""
    with ExitStack() as stack:
        yield {
            name: stack.enter_context(
                targets.open_target(
                    name, build=options.build, fault=options.fault, cpu=choose(), preempt=options.preempt
                )
            )
            for name in options.targets
        }
