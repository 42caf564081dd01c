# SPDX-License-Identifier: Apache-2.0
"""The named switches for what the sources leave open (sheet section 13, docs/spec/decisions.md).

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
    EINVAL = "EINVAL"


class RefillFailure(Enum):
    """D5: no spare and no stack for a new one."""

    EINVAL = "EINVAL"
    RUN_SYNC = "run_sync"


class SeveralStopBits(Enum):
    """D6: two or more stop bits on one atom."""

    NEVER = "never"
    LOGICAL_OR = "or"


class ReschedTruncates(Enum):
    """D7: whether a pending reschedule may end a chain after an atom."""

    NO = "no"
    YES = "yes"


class BadNrStores(Enum):
    """D8: whether -ENOSYS of a number out of the table reaches `ret_ptr`."""

    NO = "no"
    YES = "yes"


class SyncRestore(Enum):
    """D9: being allowed to go async after a SYNC atom."""

    ALWAYS = "always"
    LOST_ON_EARLY_EXIT = "lost_on_early_exit"


class ReturnedAtom(Enum):
    """D10: what a synchronous `async_exec` returns."""

    LAST = "last"
    SUBMITTED = "submitted"


class RingFull(Enum):
    """D11: the slot still holds an event."""

    LOSE = "lose"
    OVERWRITE = "overwrite"


class RingValidation(Enum):
    """D12: sizes and indices that user space has spoilt."""

    LOSE = "lose"
    NONE = "none"


class WaitArithmetic(Enum):
    """D13: events already in the ring."""

    MODULO = "modulo"
    PLAIN = "plain"


class WaitScope(Enum):
    """D14: whose events a wait counts."""

    HEAD = "head"
    RING = "ring"


class WaitIdle(Enum):
    """D15: `async_wait` of a task that never submitted anything."""

    ZERO = "0"
    EINVAL = "EINVAL"


class HeadExit(Enum):
    """D20: what an exiting head does about busy tasks."""

    WAIT = "wait"
    ABANDON = "abandon"


class HeadIdentity(Enum):
    """D24: who keeps the thread number at a hand-over."""

    BLOCKED_TASK = "blocked_task"
    HEAD = "head"


class FinishOrder(Enum):
    """D30: becoming ready and waking the waiter."""

    ONE_SECTION = "one_section"
    WAKE_FIRST = "wake_first"


class RingEqualIndices(Enum):
    """D31: equal indices over an occupied slot."""

    FULL = "full"
    EMPTY = "empty"


class EntryReads(Enum):
    """D35: whether the first `async_exec` of a task reads the head's own stack and ip."""

    CHECKED = "checked"
    HEAD_PAIR_IGNORED = "head_pair_ignored"


class WaitBadRing(Enum):
    """D37: `async_wait` on a ring with a bad size or kernel index."""

    EINVAL = "EINVAL"
    LENIENT = "lenient"


class HalfPosted(Enum):
    """D38: the slot was written, the index cannot be."""

    KEEP = "keep"
    UNDO = "undo"


class AsyncThreadErrno(Enum):
    """D39: `async_thread` by a task that is not a spare."""

    EINVAL = "EINVAL"
    ENOSYS = "ENOSYS"


class ThreadletEvent(Enum):
    """D19, D84: what the completion of an async threadlet puts into the ring."""

    NONE = "none"
    POSTED = "posted"


class ThreadletOffErrno(Enum):
    """D83: `threadlet_off` outside of a threadlet."""

    EINVAL = "EINVAL"
    ONE = "one"


class ZeroSleep(Enum):
    """D49: a time-out of no ticks."""

    IMMEDIATE = "immediate"
    NEXT_TICK = "next_tick"


@attrs.frozen
class Variant:
    """One reading of v3. The default is the pinned one.

    `refused` replaces the set of refused call numbers (D17); None means the table of `model.abi`.
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
    refused: frozenset[int] | None = None
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

    def others(self) -> Iterator[tuple[str, str, "Variant"]]:
        """Every reading that differs in one switch: (switch, value, reading)."""
        for field in attrs.fields(Variant):
            if field.name == "refused":
                yield field.name, "none", attrs.evolve(self, refused=frozenset())
                continue
            mine: Any = getattr(self, field.name)
            for value in type(mine):
                if value is not mine:
                    yield field.name, value.value, attrs.evolve(self, **{field.name: value})


PINNED = Variant()
