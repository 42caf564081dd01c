# SPDX-License-Identifier: Apache-2.0
"""A threadlet's script: its operations one after another, each seen when it returns to user mode (D87, D88).

The head runs it while nothing has slept; the same task, busy, from then on.
"""

from model import abi
from model.image import OP_CALL, OP_EXEC, OP_STORE
from model.spec import events as ev
from model.spec import user
from model.spec.calls import NO_ARGUMENTS, make_call, recursion_error
from model.spec.entry import threadlet_on
from model.spec.machine import Fault, Given, Machine, not_back
from model.spec.names import NOTHING, ON_LISTS, PLAIN, PRIVATE, SHOWN
from model.spec.names import stack as place_of_stack
from model.spec.task import BUSY, Next, Rule, Task


def next_operation(m: Machine, t: Task, complete: Rule) -> Next:
    """The next operation, after its point; behind the last one `complete`."""
    script = t.script
    assert script is not None
    operations = m.image.scripts[script.threadlet]
    if script.place == len(operations):
        return complete, ()
    kind, *words = operations[script.place]
    nr = words[0] if kind == OP_CALL else abi.NR_THREADLET_ON
    if kind == OP_STORE:
        m.point(t, words[0], True, ON_LISTS if m.comes_in and t.armed else NOTHING)
    elif kind == OP_EXEC:
        m.point(t, place_of_stack(words[1]), False)
    else:
        m.point(t, PLAIN if _reaches_handler(m, nr) else PRIVATE, False)
    m.say(t, ev.OperationBegins, script.threadlet, script.place)
    if kind == OP_STORE:
        given: Given | None = store(m, t, words[0], words[1])
    elif kind == OP_EXEC:
        given = _nested(m, t, words[1], words[2])
    else:
        given = _call(m, t, nr, (*words[1:], *NO_ARGUMENTS[len(words) - 1]))
    return not_back(m, t) if given is None else _returns(m, t, complete, nr, *given)


def _returns(m: Machine, t: Task, complete: Rule, nr: int, ret: int, why: int) -> Next:
    """THREAD-22: the result is seen in user mode. THREAD-5: whatever became of the head meanwhile."""
    script = t.script
    assert script is not None
    m.say(t, ev.OperationReturns, script.threadlet, script.place, ret, why)
    if t.role is BUSY:
        m.say(t, ev.GoesOnBusy)
    m.why = why
    m.touch(t, SHOWN, True)
    m.observer.done(m, t, signed(ret))
    if m.noting:
        m.note(nr, ret, t.role)
    t.script = script._replace(place=script.place + 1)
    return next_operation, (complete,)


def _reaches_handler(m: Machine, nr: int) -> bool:
    """THREAD-18: `threadlet_on` and `threadlet_off` are empty entries here, refused or not."""
    return nr < abi.NR_TABLE and (nr not in m.refused_calls or nr == abi.NR_THREADLET_ON)


def _call(m: Machine, t: Task, nr: int, args: tuple[int, ...]) -> Given | None:
    """THREAD-17: what is refused in a chain is refused here, head or not; THREAD-18: no such number."""
    if _reaches_handler(m, nr):
        return make_call(m, t, nr, args)
    if nr >= abi.NR_TABLE:
        return m.gives(t, -abi.ENOSYS, ev.NoSuchCallInThreadlet)
    if abi.NR_ASYNC_EXEC <= nr <= abi.NR_ASYNC_THREAD:
        return m.gives(t, recursion_error(m), ev.CallOfSysletsInThreadlet)
    return m.gives(t, -abi.ENOSYS, ev.RefusedInThreadlet)


def store(m: Machine, t: Task, address: int, value: int) -> Given:
    """STEP-1: a store of user mode."""
    try:
        user.write(m, t, address, value, ev.StoreStep.clause)
    except Fault:
        return m.gives(t, -abi.EFAULT, ev.StoreStepFaults)
    return m.gives(t, 0, ev.StoreStep)


def _nested(m: Machine, t: Task, stack: int, ahu: int) -> Given:
    """THREAD-14 comes first, then THREAD-3: the kernel refuses it. The stack is taken and given back in one go."""
    is_taken = m.again() if m.left else m.keep(m.taken >> stack & 1)
    if is_taken:
        return m.gives(t, -abi.EBUSY, ev.StackStillTaken, stack)
    return threadlet_on(m, t, (0, 0, ahu))


def signed(word: int) -> int:
    """An unsigned word, read as a signed one."""
    return word - (1 << 64) if word >> 63 else word
