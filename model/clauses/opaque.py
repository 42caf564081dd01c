# SPDX-License-Identifier: Apache-2.0
"""Calls of which the specification does not say what they do: OPAQUE."""

from typing import Final

from model.clauses.registry import Confidence, clause

_W: Final = Confidence.WORLD

OPAQUE_1 = clause(
    "OPAQUE-1",
    _W,
    "D150, D152",
    "An opaque call is made as it is asked for, and gives what the target tells.",
    why="Whether a call sleeps, its result and what it does to memory come from outside (sheet 11); what syslets do around it does not.",
)
OPAQUE_2 = clause(
    "OPAQUE-2",
    _W,
    "D152",
    "When an opaque call ends, its buffers hold what the target tells.",
    why="What it writes is an input like its result; the next atom reads it as any other word.",
)
OPAQUE_3 = clause(
    "OPAQUE-3",
    _W,
    "D153",
    "An opaque call sleeps as often as the target tells, and each sleep is one that hands over.",
    why="The scheduler's hook sees a sleep, and not the call that it is in (sheet 3.1).",
)
OPAQUE_4 = clause(
    "OPAQUE-4",
    _W,
    "D151",
    "An opaque call with an argument that it may not have is an empty entry: -ENOSYS.",
    why="With others it might change what the specification knows, harm the machine, or end by the clock.",
)
