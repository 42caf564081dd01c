# SPDX-License-Identifier: Apache-2.0
"""The move: a spare takes over the head, and a task that is done becomes a spare (sheet 2.7, 3.1 to 3.3; D24, D30)."""

from typing import Final

from model import clauses
from model.spec import events as ev
from model.spec.machine import Machine
from model.spec.names import EXIT_QUEUE, LISTS, queue_of
from model.spec.state import State
from model.spec.task import BUSY, DEAD, HEAD, NOTHING_TO_DO, READY, Next, Task
from model.variant import FinishOrder, HeadIdentity, WaitScope

_WAKE_FIRST: Final = FinishOrder.WAKE_FIRST
_TIDS_CHANGE: Final = HeadIdentity.HEAD
_ALL_RINGS: Final = WaitScope.HEAD


def sleeping(m: State, t: Task) -> None:
    """The scheduler's hook. MOVE-1: a task that is armed hands over. MOVE-3, THREAD-6: one that is busy does not."""
    if t.armed:
        hand_over(m, t)
    elif t.role is BUSY:
        m.tell(t, ev.BusySleeps if t.script is None else ev.ThreadletSleepsAgain)


def hand_over(m: State, t: Task) -> None:
    """MOVE-1: the first spare becomes the head and returns from the call with 0. MOVE-2: there may be none.

    EXEC-2, THREAD-24: the 0 is the NULL of `async_exec`, or the result of `threadlet_exec`.
    """
    family = t.family
    if not family.ready:
        m.tell(t, ev.NoSpareToTakeOver)
        return
    m.touch_lists(t)
    heir = family.ready[0]
    m.tell(t, ev.ChainHandsOver if t.script is None else ev.ThreadletHandsOver, heir.index)
    family.ready.pop(0)
    t.armed, t.role = False, BUSY
    family.busy.append(t)
    heir.role = HEAD
    family.head = heir
    why = clauses.EXEC_2 if t.script is None else clauses.THREAD_24
    heir.begin(m.hooks.step_returns, 0, why)
    if m.variant.head_identity is _TIDS_CHANGE:
        t.tid, heir.tid = heir.tid, t.tid
    m.handovers += 1
    m.wake_task(t, heir)


def go_async(m: Machine, t: Task, atom: int) -> None:
    """ATOM-1: hand over without sleeping."""
    m.say(t, ev.AsyncFlag, atom, t.armed, not t.armed or bool(t.family.ready))
    if t.armed:
        hand_over(m, t)


def become_ready(m: Machine, t: Task, ahu: int, posted: bool, locked: bool) -> Next:
    """POOL-1, MOVE-5: ready, at the tail, counted, waiter woken: one section (D30), then the lock is let go (D36)."""
    if not locked:
        m.point(t, LISTS, True)
    if m.variant.finish_order is _WAKE_FIRST:
        m.once(_count_and_wake, m, t, ahu, posted)
        m.point(t, LISTS, True)
        posted = False
    m.once(_turn_ready, m, t, ahu, posted, locked)
    return NOTHING_TO_DO


def _turn_ready(m: Machine, t: Task, ahu: int, posted: bool, locked: bool) -> None:
    family = t.family
    m.touch_lists(t)
    m.say(t, ev.EndsAfterExit if family.exiting else ev.TurnsReady)
    if posted:
        _count(m, t, ahu)
    family.busy.remove(t)
    m.runnable.remove(t)
    t.asleep = True
    if family.exiting:
        t.role = DEAD
    else:
        t.role = READY
        family.ready.append(t)
    _wake_waiter(m, t, len(family.busy))
    if locked:
        m.release_lock(t)
    if not family.busy:
        m.wake(t, queue_of(EXIT_QUEUE, family.number))


def _count_and_wake(m: Machine, t: Task, ahu: int, posted: bool) -> None:
    """The first half of the section, when D30 is read as "wake first"."""
    m.touch_lists(t)
    if posted:
        _count(m, t, ahu)
    _wake_waiter(m, t, len(t.family.busy) - 1)


def _count(m: Machine, t: Task, ahu: int) -> None:
    """RING-5, D14: one event more."""
    t.family.events += 1
    t.family.ring_events[ahu] = t.family.ring_events.get(ahu, 0) + 1


def counted(m: Machine, t: Task, ahu: int) -> int:
    """Events counted so far, of the family or of one ring (D14)."""
    return t.family.events if m.variant.wait_scope is _ALL_RINGS else t.family.ring_events.get(ahu, 0)


def _wake_waiter(m: Machine, t: Task, busy: int) -> None:
    """WAIT-7, WAIT-8: enough events, or nothing busy any more."""
    waiting = t.family.waiting
    if waiting is not None and (not busy or counted(m, t, waiting[0]) >= waiting[1]):
        m.wake_task(t, t.family.head)
