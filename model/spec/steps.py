# SPDX-License-Identifier: Apache-2.0
"""The head's steps, one after another, and what happens when nothing can run (D25, D26, D53 to D58)."""

from typing import Final

from model import abi, clauses
from model.abi import MASK
from model.image import OP_ADVANCE, OP_CALL, OP_EXEC, OP_EXIT, OP_REAP, OP_SETTLE, OP_STORE, Image
from model.spec import calls as call
from model.spec import user
from model.spec.arming import threadlet_exec
from model.spec.entry import async_exec
from model.spec.machine import SHOWN, STEP, Machine, Phase, Task
from model.spec.observer import DEAD, Observer
from model.spec.parking import async_thread, threadlet_off_by_number
from model.spec.ring import EXIT_KEY
from model.spec.wait import async_wait
from model.trace import End, Role
from model.variant import PINNED, HeadExit, Variant

SIGN: Final = 1 << 63

TABLE: Final[dict[int, Phase]] = {
    **call.ANYBODY,
    abi.NR_ASYNC_EXEC: async_exec,
    abi.NR_ASYNC_WAIT: async_wait,
    abi.NR_ASYNC_THREAD: async_thread,
    abi.NR_THREADLET_OFF: threadlet_off_by_number,
}
"""The system-call table: handlers by number. Numbers without one are empty entries (D42)."""


def begin_step(m: Machine, t: Task) -> bool:
    """The head is in user mode, about to take its next step."""
    if m.pause(t, STEP, True):
        return False
    if m.step == len(m.image.steps):
        m.settling = True
        m.until = -1
        t.phase = _quiet_at_end
        return _alone(m)
    step = m.image.steps[m.step]
    t.phase = _OPERATIONS[step[0]]
    return True


def step_returns(m: Machine, t: Task) -> bool:
    """The call of the present step is over, in whichever task is head now."""
    m.why = t.done
    m.touch_thing(SHOWN, True)
    m.observer.result(m, t.ret - (1 << 64) if t.ret >= SIGN else t.ret)
    if m.noting:
        step = m.image.steps[m.step]
        m.note(step[1] if step[0] == OP_CALL else abi.NR_THREADLET_ON, t.ret, 0)
    m.step += 1
    t.phase = begin_step
    return True


def _call(m: Machine, t: Task) -> bool:
    step = m.image.steps[m.step]
    t.nr, t.args = step[1], step[2:] + call.NO_ARGUMENTS[len(step)]
    t.back = step_returns
    if t.nr >= abi.NR_TABLE:
        m.hit[clauses.STEP_6] = 1
        t.ret, t.done = -abi.ENOSYS & MASK, clauses.STEP_6
        t.phase = step_returns
    else:
        t.phase = call.make_call
    return True


def _user_result(m: Machine, t: Task, value: int, clause: int) -> bool:
    m.hit[clause] = 1
    t.ret, t.done = value & MASK, clause
    m.why = clause
    m.touch_thing(SHOWN, True)
    m.observer.result(m, value - (1 << 64) if value >= SIGN else value)
    m.step += 1
    t.phase = begin_step
    return True


def _store(m: Machine, t: Task) -> bool:
    """STEP-1."""
    _, address, value = m.image.steps[m.step]
    return user.write(m, t, address, value, clauses.STEP_1, _stored, _store_fault)


def _stored(m: Machine, t: Task) -> bool:
    return _user_result(m, t, 0, clauses.STEP_1)


def _store_fault(m: Machine, t: Task) -> bool:
    return _user_result(m, t, -abi.EFAULT, clauses.STEP_1)


def _reap(m: Machine, t: Task) -> bool:
    """STEP-2: the client's consumer."""
    t.pointer = m.image.steps[m.step][1]
    t.phase = _reap_ring
    return True


def _reap_ring(m: Machine, t: Task) -> bool:
    return user.read(m, t, t.pointer + abi.AHU_COMPLETION_RING & MASK, "ring", _reap_size, _reap_fault)


def _reap_size(m: Machine, t: Task) -> bool:
    return user.read(m, t, t.pointer + abi.AHU_RING_SIZE_BYTES & MASK, "slots", _reap_index, _reap_fault)


def _reap_index(m: Machine, t: Task) -> bool:
    return user.read(m, t, t.pointer + abi.AHU_USER_RING_IDX & MASK, "word", _reap_slot, _reap_fault)


def _reap_slot(m: Machine, t: Task) -> bool:
    if t.word >= t.slots >> 3:
        return _user_result(m, t, 0, clauses.STEP_2)
    t.slot = t.ring + t.word * abi.WORD & MASK
    t.phase = _reap_event
    return True


def _reap_event(m: Machine, t: Task) -> bool:
    return user.read(m, t, t.slot, "value", _reap_clear, _reap_fault)


def _reap_clear(m: Machine, t: Task) -> bool:
    if not t.value:
        return _user_result(m, t, 0, clauses.STEP_2)
    return user.write(m, t, t.slot, 0, clauses.STEP_2, _reap_advance, _reap_fault)


def _reap_advance(m: Machine, t: Task) -> bool:
    following = t.word + 1 if t.word + 1 < t.slots >> 3 else 0
    address = t.pointer + abi.AHU_USER_RING_IDX & MASK
    return user.write(m, t, address, following, clauses.STEP_2, _reaped, _reap_fault)


def _reaped(m: Machine, t: Task) -> bool:
    return _user_result(m, t, t.value, clauses.STEP_2)


def _reap_fault(m: Machine, t: Task) -> bool:
    return _user_result(m, t, -abi.EFAULT, clauses.STEP_2)


def _settle(m: Machine, t: Task) -> bool:
    m.settling = True
    m.until = -1
    t.phase = _quiet
    return _alone(m)


def _advance(m: Machine, t: Task) -> bool:
    m.settling = True
    m.until = m.now + m.image.steps[m.step][1]
    t.phase = _quiet
    return _alone(m)


def _alone(m: Machine) -> bool:
    """Whether the head, from the lowest priority, may go on at once."""
    return len(m.runnable) == 1


def _quiet(m: Machine, t: Task) -> bool:
    """STEP-3, TIME-4: nobody else can run; go on with time, or with the next step."""
    m.rest()
    if m.until >= 0:
        if m.timers and m.timers[0][0] <= m.until:
            m.hit[clauses.TIME_4] = 1
            m.fire_timers(m.timers[0][0])
            return _alone(m)
        m.now = m.until
    m.hit[clauses.STEP_3] = 1
    m.settling = False
    m.why = clauses.TIME_4 if m.until >= 0 else clauses.STEP_3
    m.observer.settled(m)
    m.step += 1
    t.phase = begin_step
    return True


def _quiet_at_end(m: Machine, t: Task) -> bool:
    m.hit[clauses.STEP_7] = 1
    m.why = clauses.STEP_7
    m.end(End.DONE)
    return False


def _exit(m: Machine, t: Task) -> bool:
    """EXIT-1: spares end, busy tasks finish first."""
    m.touch_lists()
    m.exiting = True
    for spare in m.ready:
        spare.role = DEAD
    m.ready.clear()
    t.phase = _gone
    if not m.busy or m.variant.head_exit is HeadExit.ABANDON:
        return True
    m.hit[clauses.EXIT_1] = 1
    return m.sleep_on(t, abi.NR_EXIT, EXIT_KEY)


def _gone(m: Machine, t: Task) -> bool:
    """EXIT-2."""
    m.hit[clauses.EXIT_2] = 1
    m.why = clauses.EXIT_2
    m.step += 1
    for task in m.tasks:
        task.role = DEAD
    m.end(End.EXITED)
    return False


_OPERATIONS: Final[dict[int, Phase]] = {
    OP_CALL: _call,
    OP_STORE: _store,
    OP_REAP: _reap,
    OP_SETTLE: _settle,
    OP_ADVANCE: _advance,
    OP_EXIT: _exit,
    OP_EXEC: threadlet_exec,
}


def others(m: Machine) -> list[Task]:
    """The tasks that may run now; the head is none of them while it settles and another can."""
    if m.settling and len(m.runnable) > 1:
        return [t for t in m.runnable if t.role != Role.HEAD]
    return m.runnable


def nothing_runs(m: Machine) -> None:
    """STEP-4, TIME-5: the head sleeps in its step and nobody can run: noted, then time goes on, or the program ends."""
    m.why = clauses.STEP_4
    m.rest()
    m.observer.blocked(m)
    if m.timers:
        m.hit[clauses.TIME_5] = 1
        m.fire_timers(m.timers[0][0])
    else:
        m.hit[clauses.STEP_4] = 1
        m.end(End.STUCK)


def run_task(m: Machine, t: Task) -> None:
    """Let one task run until it sleeps, ends, or must let another go first."""
    phase = t.phase
    while phase is not None and phase(m, t):
        phase = t.phase


def start(
    machine: type[Machine], image: Image, observer: Observer, variant: Variant = PINNED,
    tids: tuple[int, ...] = (), features: bytearray | None = None,
) -> Machine:  # fmt: skip
    """A machine at the beginning of a program."""
    m = machine(image, variant, observer, tids, features)
    m.step_returns = step_returns
    m.table = TABLE
    m.head.phase = begin_step
    return m
