# SPDX-License-Identifier: Apache-2.0
"""The named switches for what the sources leave open (sheet section 13, model/clauses/decisions.md).

The first value of each enumeration is the pinned one, which the kernel implements. A later primary source flips
a reading here, in one place. Switches that concern only signals or credentials come with those parts.
"""

from collections.abc import Iterator
from enum import Enum
from typing import Any

import attrs


class RecursionErrno(Enum):
    """D4: what `async_exec` and its kin give inside a syslet."""

    ENOSYS = "ENOSYS"
    """As a call that is not there."""
    EINVAL = "EINVAL"
    """As a call with a bad argument."""


class RefillFailure(Enum):
    """D5: no spare and no stack for a new one."""

    EINVAL = "EINVAL"
    """The call fails, and nothing is executed."""
    RUN_SYNC = "run_sync"
    """The chain runs all the same; where it would hand over it sleeps in the caller."""


class SeveralStopBits(Enum):
    """D6: two or more stop bits on one atom."""

    NEVER = "never"
    """The combination matches no condition: the chain goes on."""
    LOGICAL_OR = "or"
    """Any one of the conditions stops the chain."""


class ReschedTruncates(Enum):
    """D7: whether a pending reschedule may end a chain after an atom."""

    NO = "no"
    """Only the chain itself says where it ends."""
    YES = "yes"
    """A chain ends after any atom at which another task could run."""


class BadNrStores(Enum):
    """D8: whether -ENOSYS of a number out of the table reaches `ret_ptr`."""

    NO = "no"
    """The word behind `ret_ptr` keeps its value."""
    YES = "yes"
    """-ENOSYS is stored there like any result."""


class SyncRestore(Enum):
    """D9: being allowed to go async after a SYNC atom."""

    ALWAYS = "always"
    """The atoms that follow may go async again."""
    LOST_ON_EARLY_EXIT = "lost_on_early_exit"
    """After a bad number or a `ret_ptr` that faults the rest of the chain stays synchronous."""


class ReturnedAtom(Enum):
    """D10: what a synchronous `async_exec` returns."""

    LAST = "last"
    """The address of the last atom that was executed."""
    SUBMITTED = "submitted"
    """The address of the atom that was submitted."""


class RingFull(Enum):
    """D11: the slot still holds an event."""

    LOSE = "lose"
    """The event is lost; slot and index stay."""
    OVERWRITE = "overwrite"
    """The event replaces the one that is there, and the index moves on."""


class RingValidation(Enum):
    """D12: sizes and indices that user space has spoilt."""

    LOSE = "lose"
    """The event is lost, and nothing is written."""
    NONE = "none"
    """Slots are the size divided by 8, rounded down; the index is used as it is."""


class WaitArithmetic(Enum):
    """D13: events already in the ring."""

    MODULO = "modulo"
    """The difference of the indices, modulo the slots."""
    PLAIN = "plain"
    """The signed difference: after a wrap it is too small, and the wait too long."""


class WaitScope(Enum):
    """D14: whose events a wait counts."""

    HEAD = "head"
    """An event on any ring of the head counts."""
    RING = "ring"
    """Only events on the ring that is waited for count."""


class WaitIdle(Enum):
    """D15: `async_wait` of a task that never submitted anything."""

    ZERO = "0"
    """It returns 0, as whenever nothing is busy."""
    EINVAL = "EINVAL"
    """It returns -EINVAL."""


class HeadExit(Enum):
    """D20: what an exiting head does about busy tasks."""

    WAIT = "wait"
    """The exit waits until they have finished."""
    ABANDON = "abandon"
    """The exit leaves them where they are; the group ends at once."""


class HeadIdentity(Enum):
    """D24: who keeps the thread number at a hand-over."""

    BLOCKED_TASK = "blocked_task"
    """The task that blocks keeps its number; the new head has another."""
    HEAD = "head"
    """The two exchange numbers, so the head's never changes."""


class FinishOrder(Enum):
    """D30: becoming ready and waking the waiter."""

    ONE_SECTION = "one_section"
    """Both are one critical section: who is woken finds the spare on the list."""
    WAKE_FIRST = "wake_first"
    """The waiter is woken first, and may run before the spare is on the list."""


class RingEqualIndices(Enum):
    """D31: equal indices over an occupied slot."""

    FULL = "full"
    """The ring counts as full."""
    EMPTY = "empty"
    """The ring counts as empty."""


class EntryReads(Enum):
    """D35: whether the first `async_exec` of a task reads the head's own stack and ip."""

    CHECKED = "checked"
    """Both words are read, and a fault ends the call."""
    HEAD_PAIR_IGNORED = "head_pair_ignored"
    """Nothing of the pair is read."""


class WaitBadRing(Enum):
    """D37: `async_wait` on a ring with a bad size or kernel index."""

    EINVAL = "EINVAL"
    """It returns -EINVAL."""
    LENIENT = "lenient"
    """Such a ring counts as holding no event."""


class HalfPosted(Enum):
    """D38: the slot was written, the index cannot be."""

    KEEP = "keep"
    """The slot keeps the event."""
    UNDO = "undo"
    """The slot is set back to NULL."""


class AsyncThreadErrno(Enum):
    """D39: `async_thread` by a task that is not a spare."""

    EINVAL = "EINVAL"
    """It returns -EINVAL."""
    ENOSYS = "ENOSYS"
    """It returns -ENOSYS."""


class ThreadletEvent(Enum):
    """D19, D84: what the completion of an async threadlet puts into the ring."""

    NONE = "none"
    """Nothing: completion is the user's own affair."""
    POSTED = "posted"
    """An event, as for a chain: the top of the threadlet's stack."""


class ThreadletOffErrno(Enum):
    """D83: `threadlet_off` outside of a threadlet."""

    EINVAL = "EINVAL"
    """It returns -EINVAL."""
    ONE = "one"
    """It returns 1, as if there were nothing to end."""


class CompletionLock(Enum):
    """D131: what two families that post to one ring have in common."""

    FAMILY = "family"
    """Each family has a lock of its own, and two of them may post to one ring at the same time."""
    SHARED = "shared"
    """There is one lock for all families."""


class ZeroSleep(Enum):
    """D49: a time-out of no ticks."""

    IMMEDIATE = "immediate"
    """It does not sleep: 0 (-ETIMEDOUT) at once."""
    NEXT_TICK = "next_tick"
    """It sleeps for one tick."""


@attrs.frozen
class Variant:
    """One reading of v3. The default is the pinned one.

    `refused_calls` replaces the set of refused call numbers (D17); None means the table of `model.abi`.
    """

    recursion_errno: RecursionErrno = RecursionErrno.ENOSYS
    refill_failure: RefillFailure = RefillFailure.EINVAL
    several_stop_bits: SeveralStopBits = SeveralStopBits.NEVER
    resched_truncates: ReschedTruncates = ReschedTruncates.NO
    bad_nr_stores: BadNrStores = BadNrStores.NO
    sync_restore: SyncRestore = SyncRestore.ALWAYS
    returned_atom: ReturnedAtom = ReturnedAtom.LAST
    ring_full: RingFull = RingFull.LOSE
    ring_validation: RingValidation = RingValidation.LOSE
    wait_arithmetic: WaitArithmetic = WaitArithmetic.MODULO
    wait_scope: WaitScope = WaitScope.HEAD
    wait_idle: WaitIdle = WaitIdle.ZERO
    refused_calls: frozenset[int] | None = None
    head_exit: HeadExit = HeadExit.WAIT
    head_identity: HeadIdentity = HeadIdentity.BLOCKED_TASK
    finish_order: FinishOrder = FinishOrder.ONE_SECTION
    ring_equal_indices: RingEqualIndices = RingEqualIndices.FULL
    entry_reads: EntryReads = EntryReads.CHECKED
    wait_bad_ring: WaitBadRing = WaitBadRing.EINVAL
    half_posted: HalfPosted = HalfPosted.KEEP
    async_thread_errno: AsyncThreadErrno = AsyncThreadErrno.EINVAL
    zero_sleep: ZeroSleep = ZeroSleep.NEXT_TICK
    threadlet_event: ThreadletEvent = ThreadletEvent.NONE
    threadlet_off_errno: ThreadletOffErrno = ThreadletOffErrno.EINVAL
    completion_lock: CompletionLock = CompletionLock.FAMILY

    def others(self) -> Iterator[tuple[str, str, "Variant"]]:
        """Every reading that differs in one switch: (switch, value, reading)."""
        for field in attrs.fields(Variant):
            if field.name == "refused_calls":
                yield field.name, "none", attrs.evolve(self, refused_calls=frozenset())
                continue
            mine: Any = getattr(self, field.name)
            for value in type(mine):
                if value is not mine:
                    yield field.name, value.value, attrs.evolve(self, **{field.name: value})


PINNED = Variant()
