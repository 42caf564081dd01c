# SPDX-License-Identifier: Apache-2.0
"""Processor placement: the fuzzer and its executor share one, because waking the other one costs far more."""

import os


def choose() -> int | None:
    """The last processor that this process may use; None where processors cannot be chosen."""
    try:
        return max(os.sched_getaffinity(0))
    except (AttributeError, OSError):
        return None
