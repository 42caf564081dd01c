# SPDX-License-Identifier: Apache-2.0
"""Processor placement: the fuzzer and its executor share one, because waking the other one costs far more."""

import os


def pin(place: int = -1) -> int | None:
    """Keep this process on one of the processors it may use; says which, or None where that is not possible."""
    try:
        usable = sorted(os.sched_getaffinity(0))
        chosen = usable[place % len(usable)]
        os.sched_setaffinity(0, {chosen})
    except (AttributeError, OSError):
        return None
    return chosen
