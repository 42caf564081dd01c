# SPDX-License-Identifier: Apache-2.0
"""A threadlet's script: its operations one after another, each seen when it returns to user mode (D87, D88).

Whoever runs it: the head while nothing has slept, the same task, busy, from then on.
"""

from typing import Final

from model import abi, clauses
from model.image import OP_CALL, OP_EXEC, OP_STORE
from model.spec import user
from model.spec.calls import NO_ARGUMENTS, make_call, recursion_error
from model.spec.entry import threadlet_on
from model.spec.machine import PLAIN, PRIVATE, SHOWN, STACKS, Machine, Phase, Task
from model.spec.parking import threadlet_complete
from model.spec.world.base import returns
from model.trace import Role

SIGN: Final = 1 << 63


def next_operation(m: Machine, t: Task) -> bool:
    """The point before an operation, or the end of the script."""
    assert t.script is not None
    script = m.image.scripts[t.script.threadlet]
    if t.script.place == len(script):
        t.phase = threadlet_complete
        return True
    operation = script[t.script.place]
    location, write, lists = _location(m, t, operation)
    if m.pause(t, location, write, lists):
        return False
    t.back = _returns
    t.phase = _PERFORM[operation[0]]
    return True


def _location(m: Machine, t: Task, operation: tuple[int, ...]) -> tuple[int, bool, bool]:
    """What the operation touches before its first point of its own: as `Machine.pause` wants it."""
    if operation[0] == OP_STORE:
        return operation[1], True, t.armed and bool(m.cold)
    if operation[0] == OP_EXEC:
        return STACKS - operation[2], False, False
    return PLAIN if _reaches_handler(m, operation[1]) else PRIVATE, False, False


def _reaches_handler(m: Machine, nr: int) -> bool:
    """THREAD-18: `threadlet_on` and `threadlet_off` are empty entries here, refused or not."""
    return nr < abi.NR_TABLE and (nr not in m.refused or nr == abi.NR_THREADLET_ON)


def _operation(m: Machine, t: Task) -> tuple[int, ...]:
    assert t.script is not None
    return m.image.scripts[t.script.threadlet][t.script.place]


def _call(m: Machine, t: Task) -> bool:
    """THREAD-17: what is refused in a chain is refused here, head or not; THREAD-18: no such number."""
    operation = _operation(m, t)
    t.nr, t.args = operation[1], operation[2:] + NO_ARGUMENTS[len(operation)]
    if _reaches_handler(m, t.nr):
        t.phase = make_call
        return True
    if t.nr >= abi.NR_TABLE:
        return returns(m, t, -abi.ENOSYS, clauses.THREAD_18)
    m.hit[clauses.THREAD_17] = m.hit[clauses.ATOM_10] = 1
    if abi.NR_ASYNC_EXEC <= t.nr <= abi.NR_ASYNC_THREAD:
        return returns(m, t, recursion_error(m), clauses.ENTRY_7)
    return returns(m, t, -abi.ENOSYS, clauses.THREAD_17)


def _store(m: Machine, t: Task) -> bool:
    """STEP-1, in a script."""
    _, address, value = _operation(m, t)
    return user.write(m, t, address, value, clauses.STEP_1, _stored, _store_fault)


def _stored(m: Machine, t: Task) -> bool:
    t.back = _returns
    return returns(m, t, 0, clauses.STEP_1)


def _store_fault(m: Machine, t: Task) -> bool:
    t.back = _returns
    return returns(m, t, -abi.EFAULT, clauses.STEP_1)


def _nested(m: Machine, t: Task) -> bool:
    """THREAD-14 comes first, then THREAD-3: the kernel refuses it. The stack is taken and given back in one go."""
    _, _, stack, ahu, _ = _operation(m, t)
    if m.taken >> stack & 1:
        return returns(m, t, -abi.EBUSY, clauses.THREAD_14)
    t.nr, t.args = abi.NR_THREADLET_ON, (0, 0, ahu)
    t.phase = threadlet_on
    return True


def _returns(m: Machine, t: Task) -> bool:
    """THREAD-22; THREAD-5: whatever became of the head meanwhile."""
    assert t.script is not None
    m.hit[clauses.THREAD_22] = 1
    if t.role == Role.BUSY:
        m.hit[clauses.THREAD_5] = 1
    m.why = t.done
    m.touch_thing(SHOWN, True)
    m.observer.done(m, t, t.ret - (1 << 64) if t.ret >= SIGN else t.ret)
    if m.noting:
        m.note(t.nr, t.ret, t.role)
    t.script = t.script._replace(place=t.script.place + 1)
    t.phase = next_operation
    return True


_PERFORM: Final[dict[int, Phase]] = {OP_CALL: _call, OP_STORE: _store, OP_EXEC: _nested}
