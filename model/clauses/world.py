# SPDX-License-Identifier: Apache-2.0
"""The objects that calls work on, time and identity: FILE, FD, PIPE, EVENTFD, FUTEX, TIME, IDENT, YIELD, PAGE."""

from typing import Final

from model.clauses.registry import Confidence, clause

_L: Final = Confidence.LIKELY
_W: Final = Confidence.WORLD

# Descriptors
FILE_1 = clause(
    "FILE-1",
    _W,
    "D43, D44, Linux",
    "A bad descriptor, or one of the wrong direction, gives -EBADF.",
    why="fs/read_write.c looks up the file and its mode before anything else.",
)
FILE_2 = clause(
    "FILE-2",
    _W,
    "D44, Linux",
    "A buffer that would reach beyond the user address limit gives -EFAULT; a count of 2^63 or more always would.",
    why="vfs_read tests the address range before rw_verify_area tests the sign of the count, which therefore never shows.",
)
FILE_3 = clause(
    "FILE-3",
    _W,
    "D46, Linux",
    "`close` frees the descriptor; a call in progress keeps its end open.",
    why="fdget takes a reference that lasts until the call returns.",
)
FD_1 = clause(
    "FD-1",
    _W,
    "D160, Linux",
    "A new descriptor is the lowest number that is free, from 100 on; if none is, the call gives -EMFILE.",
    why="alloc_fd takes the first bit that is clear, below RLIMIT_NOFILE; the numbers below 100 are taken and have no file.",
)
FD_2 = clause(
    "FD-2",
    _W,
    "D161, Linux",
    "`dup` gives an open file one more descriptor: what it leads to, and its flags, are the same for all of them.",
    why="Both numbers point to one struct file, which has one more reference.",
)
FD_3 = clause(
    "FD-3",
    _W,
    "D161, Linux",
    "`dup2` and `dup3` do so with a certain number; a number beyond the limit gives -EBADF, one below 100 -EBUSY.",
    why="ksys_dup3 compares with RLIMIT_NOFILE first; do_dup2 refuses a number that is taken and has no file yet.",
)
FD_4 = clause(
    "FD-4",
    _W,
    "D46, D161, Linux",
    "A number that is closed or replaced may be used again at once; a call in progress keeps the file that it began with.",
    why="The call looked the file up when it began, and has a reference; the table knows nothing of that.",
)
FD_5 = clause(
    "FD-5",
    _W,
    "D161 to D165, Linux",
    "An unknown flag gives -EINVAL, before all else; `dup3` of a number onto itself does, too, and `dup2` gives the number.",
    why="dup3 was made without the special case of dup2; flags are tested first so that new ones can be told from none.",
)
FD_6 = clause(
    "FD-6",
    _W,
    "D162, Linux",
    "`eventfd2` makes an eventfd with a counter of 32 bits; a flag makes it a semaphore, another one sets O_NONBLOCK.",
    why="The system call takes an unsigned int; the counter has 64 bits.",
)
FD_7 = clause(
    "FD-7",
    _W,
    "D163, Linux",
    "`pipe2` makes a pipe of 16 buffers, and writes the numbers of its two ends; if they cannot be written it gives "
    "-EFAULT, and the numbers are free again.",
    why="do_pipe2 installs the files only after it has copied both numbers.",
)
FD_8 = clause(
    "FD-8",
    _W,
    "D165, Linux",
    "`fcntl` tells the flags of an open file, and sets O_NONBLOCK and O_APPEND, for all its descriptors.",
    why="F_GETFL and F_SETFL work on f_flags of the struct file, where the access mode is, too, which never changes.",
)
PIPE_1 = clause(
    "PIPE-1",
    _W,
    "D45, Linux",
    "A read takes what the first buffer holds, at most what was asked.",
    why="pipe_read copies from the buffer at the tail; a pipe of one buffer has no more.",
)
PIPE_2 = clause(
    "PIPE-2",
    _W,
    "D45, Linux",
    "A read of an empty pipe sleeps while a writer is left.",
    why="pipe_read waits for a buffer or for the last writer's end.",
)
PIPE_3 = clause(
    "PIPE-3",
    _W,
    "D45, Linux",
    "A read of an empty pipe without writers gives 0.",
    why="End of file: no task can write any more.",
)
PIPE_4 = clause(
    "PIPE-4",
    _W,
    "D45, Linux",
    "A read whose buffer faults takes nothing and gives -EFAULT; bytes before the fault were written.",
    why="pipe_read moves the buffer on only by what was copied whole; copying stops at the page that faults.",
)
PIPE_5 = clause(
    "PIPE-5",
    _W,
    "D45, Linux",
    "A write merges its odd part into the buffer once, at its start, if it fits.",
    why="pipe_write tries to append what does not fill a page to the last buffer, once, before it takes new ones.",
)
PIPE_6 = clause(
    "PIPE-6",
    _W,
    "D45, Linux",
    "A write fills a whole free buffer at a time, and sleeps while there is none.",
    why="pipe_write fills one page after another and waits for room in between; here the pipe has room for one.",
)
PIPE_7 = clause(
    "PIPE-7",
    _W,
    "D45, Linux",
    "A write without readers gives the count so far, or -EPIPE.",
    why="pipe_write looks for readers before each page; what was written before counts.",
)
PIPE_8 = clause(
    "PIPE-8",
    _W,
    "D45, D70, Linux",
    "A write whose buffer faults adds nothing of that buffer: the count so far, or -EFAULT.",
    why="copy_page_from_iter fails for the page as a whole; pages written before count.",
)
PIPE_9 = clause(
    "PIPE-9",
    _W,
    "D45, Linux",
    "A read or write of 0 bytes gives 0.",
    why="Both calls test for it first, before readers, writers and room.",
)
PIPE_10 = clause(
    "PIPE-10",
    _W,
    "D45, Linux",
    "The new buffer of a write that faults stays, empty: it is room taken; a read drops it and goes on.",
    why="pipe_write puts its new page in place before it copies, and leaves it there when copying fails.",
)
PIPE_11 = clause(
    "PIPE-11",
    _W,
    "D164, Linux",
    "With O_NONBLOCK a call that would sleep gives -EAGAIN, or what it has written so far.",
    why="pipe_read and pipe_write test f_flags where they would go to sleep, after all else.",
)
PIPE_12 = clause(
    "PIPE-12",
    _W,
    "D164, Linux",
    "One that sleeps does not notice O_NONBLOCK, until it is awake and would sleep again.",
    why="The wait looks at the pipe alone; the loop around it comes to the test again.",
)
PIPE_13 = clause(
    "PIPE-13",
    _W,
    "D163, Linux",
    "A read goes on with the next buffer while more is asked for; a fault ends it with what the buffers before gave.",
    why="pipe_read loops over the buffers, and counts one that it has copied whole.",
)
EVENTFD_1 = clause(
    "EVENTFD-1",
    _W,
    "D47, Linux",
    "A write of other than 8 bytes, a read of fewer than 8, and the value 2^64-1 give -EINVAL.",
    why="eventfd_read and eventfd_write carry one counter of 64 bits, whose greatest value stands for overflow.",
)
EVENTFD_2 = clause(
    "EVENTFD-2",
    _W,
    "D47, Linux",
    "A read gives the counter and clears it; it sleeps at 0.",
    why="eventfd_read waits for a count and takes all of it.",
)
EVENTFD_3 = clause(
    "EVENTFD-3",
    _W,
    "D47, Linux",
    "In semaphore mode a read gives 1 and takes 1.",
    why="EFD_SEMAPHORE makes eventfd_ctx_do_read take one.",
)
EVENTFD_4 = clause(
    "EVENTFD-4",
    _W,
    "D47, Linux",
    "A read whose copy faults gives -EFAULT, and the value is gone.",
    why="The count is taken under the lock before the copy to user space, which may fail.",
)
EVENTFD_5 = clause(
    "EVENTFD-5",
    _W,
    "D47, Linux",
    "A write adds; it sleeps while the sum would exceed 2^64-2.",
    why="eventfd_write waits until the sum fits below the overflow value.",
)
EVENTFD_6 = clause(
    "EVENTFD-6",
    _W,
    "D47, Linux",
    "A write from a bad address gives -EFAULT.",
    why="eventfd_write copies the value in before it looks at the counter.",
)
EVENTFD_7 = clause(
    "EVENTFD-7",
    _W,
    "D164, Linux",
    "With O_NONBLOCK a call that would sleep gives -EAGAIN; one that sleeps already never notices it.",
    why="eventfd_read and eventfd_write test f_flags once, before they wait.",
)

# Futexes, time, identity
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
