# SPDX-License-Identifier: Apache-2.0
"""Futexes, time, identity and cold pages: FUTEX, TIME, IDENT, YIELD, PAGE."""

from typing import Final

from model.clauses.registry import Confidence, clause

_L: Final = Confidence.LIKELY
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
TIME_1 = clause(
    "TIME-1",
    _W,
    "D50, Linux",
    "nanosleep of a bad timespec gives -EFAULT or -EINVAL.",
    why="get_timespec64 copies both words, then timespec64_valid judges them.",
)
TIME_2 = clause(
    "TIME-2",
    _W,
    "D25, D49",
    "nanosleep sleeps whole ticks, rounded up, and gives 0.",
    why="The experiment's clock ticks in milliseconds, and a sleep never ends early.",
)
TIME_3 = clause(
    "TIME-3",
    _W,
    "D49",
    "A time-out of no ticks sleeps for one.",
    "zero_sleep",
    why="hrtimer_nanosleep starts a timer and schedules, however short the time; measured on Linux 6.12.",
)
TIME_4 = clause(
    "TIME-4",
    _W,
    "D25, D55",
    "`advance` settles, and ends the timers that come due on its way in order, those of one tick in any order.",
    why="Time passes only when nothing can run, so that a program means the same however fast the machine is; the order within a tick is no promise.",
)
TIME_5 = clause(
    "TIME-5",
    _W,
    "D26, D56",
    "When the head sleeps and nothing can run, the clock goes to the next timer.",
    why="Otherwise a head that sleeps for a time would never go on: its program could not take the step that moves the clock.",
)
IDENT_1 = clause(
    "IDENT-1",
    _W,
    "D51, Linux",
    "getpid is the group's number, gettid the running task's.",
    why="Threads of one group share its number and have one of their own each.",
)
YIELD_1 = clause(
    "YIELD-1",
    _W,
    "D42",
    "sched_yield gives 0.",
    why="It cannot fail, and does not count as sleeping.",
)

# Cold pages
PAGE_1 = clause(
    "PAGE-1",
    _L,
    "3.1, 7.1",
    "An armed task that sleeps in a page fault of user mode hands over.",
    why="A page fault is a sleep like any other to the scheduler's hook: threadlets are said to cover it too.",
)
PAGE_2 = clause(
    "PAGE-2",
    _W,
    "D89",
    "Until a cold page is in, accesses of the kernel fault.",
    why="That keeps page faults out of the middle of calls, whose accesses are atomic here (D34). It is narrower than the fact sheet, whose 2.3 and F24 let a fetch or the store of a result sleep for a page, and hand over.",
)
PAGE_3 = clause(
    "PAGE-3",
    _W,
    "D89, D92",
    "The page comes in when a task that slept for it goes on; from then on it is an ordinary writable one.",
    why="It is the task that faulted that maps the page.",
)
PAGE_4 = clause(
    "PAGE-4",
    _W,
    "D89",
    "User mode that touches a cold page sleeps for one tick.",
    why="The page comes from somewhere, and that takes its time.",
)
