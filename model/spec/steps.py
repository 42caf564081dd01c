# SPDX-License-Identifier: Apache-2.0
"""The steps of a user thread, one after another, and what happens when nothing can run (D25, D26, D53 to D58)."""

from collections.abc import Callable
from typing import Final

from model import abi, clauses
from model.image import OP_ADVANCE, OP_CALL, OP_EXEC, OP_EXIT, OP_REAP, OP_SETTLE, OP_STORE, Image
from model.spec import calls, rest, user
from model.spec import events as ev
from model.spec.entry import async_exec
from model.spec.family import leave_family
from model.spec.machine import Fault, Handler, Machine, not_back
from model.spec.move import sleeping
from model.spec.names import SHOWN, STEP
from model.spec.observer import Observer
from model.spec.oracle import oracle_of
from model.spec.script import store
from model.spec.state import Chooser, Hooks, Listener
from model.spec.task import DEAD, HEAD, STOPPED, Next, Rule, Task, UserThread
from model.spec.threadlet import async_thread, threadlet_exec, threadlet_off_by_number
from model.spec.wait import async_wait
from model.trace import End, Trace
from model.variant import PINNED, Variant

TABLE: Final[dict[int, Handler]] = {
    **calls.ANY_TASK,
    abi.NR_ASYNC_EXEC: async_exec,
    abi.NR_ASYNC_WAIT: async_wait,
    abi.NR_ASYNC_THREAD: async_thread,
    abi.NR_THREADLET_OFF: threadlet_off_by_number,
}
"""The system-call table: handlers by number. Numbers without one are empty entries (D42)."""

Operation = tuple[int, ...]
"""A step as an image has it: what is done, then its words."""


def begin_step(m: Machine, t: Task) -> Next:
    """The head is in user mode, about to take its next step."""
    thread = t.family.thread
    step = thread.step
    if (step < thread.end or len(m.families) == 1) and not m.passes(t, STEP, True):
        return STOPPED
    if step == thread.end:
        return _all_done(m, t)
    if m.listener is not None:
        m.say(t, ev.StepBegins, step)
    operation = m.image.steps[step]
    return _OPERATIONS[operation[0]](m, t, operation)


def _all_done(m: Machine, t: Task) -> Next:
    """STEP-7, GROUP-5: a thread at its end waits there, unless it is the last that has steps left."""
    m.tell(t, ev.AllStepsDone)
    t.family.thread.waits = True
    if all(family.thread.is_done for family in m.families):
        return _settle_until(m, t, None, _quiet_at_end)
    m.tell(t, ev.ThreadWaits)
    t.asleep = True
    m.runnable.remove(t)
    return STOPPED


def step_returns(m: Machine, t: Task, ret: int, why: int) -> Next:
    """The call of the present step is over, in the task that is head now."""
    if m.noting:
        step = m.image.steps[t.family.thread.step]
        m.note(step[1] if step[0] == OP_CALL else abi.NR_THREADLET_ON, ret, HEAD)
    return _show(m, t, ret, why)


def _show(m: Machine, t: Task, ret: int, why: int) -> Next:
    """The result is seen in user mode, and the next step begins."""
    thread = t.family.thread
    m.why = why
    if m.listener is not None:
        m.tell(t, ev.StepReturns, thread.step, ret, why)
    if m.noter is not None:
        m.touch(t, SHOWN, True)
    m.observer.result(m, thread, ret - (1 << 64) if ret >> 63 else ret)
    thread.step += 1
    return begin_step, ()


def _call(m: Machine, t: Task, operation: Operation) -> Next:
    nr, args = operation[1], operation[2:]
    if nr < abi.NR_TABLE:
        given = calls.make_call(m, t, nr, args + calls.NO_ARGUMENTS[len(args)])
    else:
        given = m.gives(t, -abi.ENOSYS, ev.NumberOutOfTable)
    return not_back(m, t) if given is None else step_returns(m, t, *given)


def _store(m: Machine, t: Task, operation: Operation) -> Next:
    """STEP-1."""
    _, address, value = operation
    ret, why = store(m, t, address, value)
    return _show(m, t, ret, why)


def _reap(m: Machine, t: Task, operation: Operation) -> Next:
    """STEP-2: the client's consumer."""
    _, ahu = operation
    try:
        event = _consume(m, t, ahu)
    except Fault:
        ret, why = m.gives(t, -abi.EFAULT, ev.ReapFaults)
    else:
        ret, why = m.gives(t, event, ev.Reaped)
    return _show(m, t, ret, why)


def _consume(m: Machine, t: Task, ahu: int) -> int:
    ring = user.read(m, t, ahu + abi.AHU_COMPLETION_RING & abi.MASK)
    slots = user.read(m, t, ahu + abi.AHU_RING_SIZE_BYTES & abi.MASK) // abi.WORD
    index = user.read(m, t, ahu + abi.AHU_USER_RING_IDX & abi.MASK)
    if index >= slots:
        return 0
    slot = ring + index * abi.WORD & abi.MASK
    event = user.read(m, t, slot)
    if event:
        following = index + 1 if index + 1 < slots else 0
        user.write(m, t, slot, 0, ev.Reaped.clause)
        user.write(m, t, ahu + abi.AHU_USER_RING_IDX & abi.MASK, following, ev.Reaped.clause)
    return event


def _settle_until(m: Machine, t: Task, until: int | None, then: Rule) -> Next:
    t.family.thread.settling = True
    t.family.thread.until = until
    return then, ()


def _settle(m: Machine, t: Task, operation: Operation) -> Next:
    return _settle_until(m, t, None, _quiet)


def _advance(m: Machine, t: Task, operation: Operation) -> Next:
    _, ticks = operation
    return _settle_until(m, t, m.now + ticks, _quiet)


def _execute(m: Machine, t: Task, operation: Operation) -> Next:
    _, threadlet, stack, ahu, cached = operation
    return threadlet_exec(m, t, threadlet, stack, ahu, cached)


def _quiet(m: Machine, t: Task) -> Next:
    """STEP-3, TIME-4: once nothing else can run, go on with time, or with the next step.

    With several threads that settle, one does it for all (D133).
    """
    if len(m.runnable) > 1 and (len(m.families) == 1 or m.able() != [t]):
        return STOPPED
    m.chooser.rests(m)
    if not _is_time(m, t):
        return _quiet, ()
    due = [x for x in rest.settling(m) if rest.is_due(m, x)]
    if len(m.families) > 1:
        _go_on_together(m, t, due)
    for thread in due:
        m.tell(m.families[thread.number].head, ev.Settled)
        thread.settling = False
        m.why = clauses.STEP_3 if thread.until is None else clauses.TIME_4
        m.observer.settled(m, thread)
        m.rests += 1
        thread.step += 1
    m.wake_dozing()
    return begin_step, ()


def _is_time(m: Machine, t: Task) -> bool:
    """Whether the thread is done with settling. If not, the clock goes on: to the first timer, or to where one ends."""
    until, ends = t.family.thread.until, rest.first_end(m)
    if until is None or ends is None:
        return True
    if m.timers and m.timers[0][0] <= ends:
        m.tell(t, ev.ClockAdvances, m.timers[0][0])
        m.fire_timers(m.timers[0][0])
        return False
    m.now = ends
    return until <= ends


def _go_on_together(m: Machine, t: Task, due: list[UserThread]) -> None:
    """GROUP-4: they go on in order of number, the task at hand first."""
    heads = [m.families[thread.number].head for thread in due]
    if len(rest.settling(m)) > 1:
        m.tell(t, ev.SettleTogether, len(heads))
    for head in heads[1:]:
        head.begin(begin_step)
    m.runnable = [*heads, *[x for x in m.runnable if x not in heads]]


def _quiet_at_end(m: Machine, t: Task) -> Next:
    """STEP-7."""
    if len(m.runnable) > 1:
        return STOPPED
    m.tell(t, ev.StepsDone)
    m.why = ev.StepsDone.clause
    m.end(End.DONE)
    return STOPPED


def _exit(m: Machine, t: Task, operation: Operation) -> Next:
    """EXIT-1, EXIT-2: the head goes when the busy tasks have finished, and the group with it."""
    leave_family(m, t)
    t.family.thread.step += 1
    t.family.thread.gone = True
    if not all(family.thread.gone for family in m.families):
        m.tell(t, ev.ThreadGone, t.family.number)
        t.role, t.asleep = DEAD, True
        m.runnable.remove(t)
        return STOPPED
    m.tell(t, ev.GroupGone)
    m.why = ev.GroupGone.clause
    for task in m.tasks:
        task.role = DEAD
    m.end(End.EXITED)
    return STOPPED


_OPERATIONS: Final[dict[int, Callable[[Machine, Task, Operation], Next]]] = {
    OP_CALL: _call,
    OP_STORE: _store,
    OP_REAP: _reap,
    OP_SETTLE: _settle,
    OP_ADVANCE: _advance,
    OP_EXIT: _exit,
    OP_EXEC: _execute,
}

HOOKS: Final = Hooks(step_returns, TABLE, sleeping)


def nothing_runs(m: Machine) -> None:
    """STEP-4, TIME-5: the head sleeps in its step and nothing can run: noted; then time goes on, or all is over."""
    thread = next((family.thread for family in m.families if not family.thread.is_done), None)
    m.chooser.rests(m)
    if thread is None:  # all the others wait at their ends, and the last one has exited
        m.tell(None, ev.StepsDone)
        m.why = ev.StepsDone.clause
        return m.end(End.DONE)
    m.why = clauses.STEP_4
    m.observer.blocked(m, thread)
    m.rests += 1
    woken = m.wake_dozing()
    if m.timers:
        m.tell(None, ev.ClockJumps, m.timers[0][0])
        m.fire_timers(m.timers[0][0])
    elif not woken:
        m.tell(None, ev.HeadBlocked)
        m.end(End.STUCK)
    return None


def start(
    image: Image, observer: Observer, chooser: Chooser, variant: Variant = PINNED, *, tids: tuple[int, ...] = (),
    features: bytearray | None = None, listener: Listener | None = None, deep: bool = False,
    answers: Trace | None = None,
) -> Machine:  # fmt: skip
    """A machine at the beginning of a program; `answers` tells what opaque calls give."""
    m = Machine(
        image, variant, observer, chooser, HOOKS, tids=tids, features=features, listener=listener, deep=deep,
        oracle=oracle_of(image, answers),
    )  # fmt: skip
    for family in m.families:
        family.head.begin(begin_step)
    return m
