# SPDX-License-Identifier: Apache-2.0
"""What every handler needs: the way back."""

from model.abi import MASK
from model.spec.machine import Machine, Task


def returns(m: Machine, t: Task, value: int, clause: int) -> bool:
    """The call is over with `value`, because of `clause`."""
    m.hit[clause] = 1
    t.ret = value & MASK
    t.done = clause
    t.phase = t.back
    return True
