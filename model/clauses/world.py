# SPDX-License-Identifier: Apache-2.0
"""Futexes: FUTEX."""

from typing import Final

from model.clauses.registry import Confidence, clause

_W: Final = Confidence.WORLD

FUTEX_1 = clause(
    "FUTEX-1",
    _W,
    "D48, D70, Linux",
    "A bad time-out, operation or address gives -EFAULT, -EINVAL or -ENOSYS, in the order of D48.",
    why="The system call reads its time-out first, do_futex then decodes the operation, and get_futex_key tests the address.",
)
FUTEX_2 = clause(
    "FUTEX-2",
    _W,
    "D43, D48, Linux",
    "WAIT on a word that differs gives -EAGAIN.",
    why="futex_wait compares under the bucket's lock, so that no wake-up falls between test and sleep.",
)
FUTEX_3 = clause(
    "FUTEX-3",
    _W,
    "D48, D73, Linux",
    "WAIT sleeps until it is woken, and gives 0.",
    why="Whom a waker took off the queue returns 0.",
)
FUTEX_4 = clause(
    "FUTEX-4",
    _W,
    "D48, Linux",
    "WAIT gives -ETIMEDOUT when its time is over.",
    why="Who is still queued when the timer ran out was not woken.",
)
FUTEX_5 = clause(
    "FUTEX-5",
    _W,
    "D48, D60, Linux",
    "WAKE wakes `val` waiters, at least one if there is any, and returns how many; which ones is free.",
    why="futex_wake counts after it wakes, so a count of 0 still wakes one; the order of its queue is no promise.",
)
FUTEX_6 = clause(
    "FUTEX-6",
    _W,
    "D136, Linux",
    "WAIT_BITSET waits with a set of bits, and WAKE_BITSET wakes only those whose set has a bit of its own; "
    "an empty set gives -EINVAL.",
    why="futex_wake passes over each waiter whose set has none of its bits; a plain WAIT or WAKE has all bits.",
)
FUTEX_7 = clause(
    "FUTEX-7",
    _W,
    "D60, D136, Linux",
    "REQUEUE wakes `val` waiters, lets up to `timeout` others wait on `addr2`, and returns how many these are in all; "
    "a negative number gives -EINVAL.",
    why="futex_requeue counts before it wakes, so a count of 0 wakes none; whom it moves keeps its time-out.",
)
FUTEX_8 = clause(
    "FUTEX-8",
    _W,
    "D136, Linux",
    "CMP_REQUEUE does so if the word at `addr` is `val3`; else it gives -EAGAIN.",
    why="The word is compared under the locks of both lines, so that no waiter comes between the test and the move.",
)
FUTEX_9 = clause(
    "FUTEX-9",
    _W,
    "D158, Linux",
    "WAIT_BITSET gives -ETIMEDOUT at a moment; a bad one is refused before all else.",
    why="futex_init_timeout adds the present time for WAIT alone.",
)
