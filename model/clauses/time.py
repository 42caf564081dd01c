# SPDX-License-Identifier: Apache-2.0
"""Time, identity, and pages that take time: TIME, IDENT, YIELD, PAGE."""

from typing import Final

from model.clauses.registry import Confidence, clause

_L: Final = Confidence.LIKELY
_W: Final = Confidence.WORLD

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
TIME_6 = clause(
    "TIME-6",
    _W,
    "D156, Linux",
    "clock_gettime of CLOCK_MONOTONIC writes how long the program runs, in whole ticks; a fault gives -EFAULT.",
    why="Only the experiment moves the clock; put_timespec64 copies both words at once.",
)
TIME_7 = clause(
    "TIME-7",
    _W,
    "D157, Linux",
    "clock_nanosleep sleeps for a time as nanosleep does, or with TIMER_ABSTIME until a moment.",
    why="Both end in hrtimer_nanosleep; a moment is a time-out that is not counted from now.",
)
TIME_8 = clause(
    "TIME-8",
    _W,
    "D157, D49",
    "A moment that is not after now is as a time of no ticks.",
    "zero_sleep",
    why="The timer is started in the past, and the task sleeps until it is told; measured on Linux 6.12.",
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
