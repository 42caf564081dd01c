# SPDX-License-Identifier: Apache-2.0
"""What every handler needs: its arguments, and the way back."""

from model.abi import MASK
from model.machine import Machine, Task


def argument(t: Task, position: int) -> int:
    """An argument as an unsigned word; those that were not given are 0 (sheet 2.3)."""
    return t.args[position] if position < len(t.args) else 0


def returns(m: Machine, t: Task, value: int, clause: int) -> bool:
    """The call is over with `value`, because of `clause`."""
    m.hit[clause] = 1
    t.ret = value & MASK
    t.done = clause
    t.phase = t.back
    return True
