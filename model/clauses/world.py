# SPDX-License-Identifier: Apache-2.0
"""The objects that calls work on: FILE, PIPE, EVENTFD, FUTEX."""

from typing import Final

from model.clauses.registry import Confidence, clause

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
PIPE_1 = clause(
    "PIPE-1",
    _W,
    "D45, Linux",
    "A read takes what the one buffer holds, at most what was asked.",
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
FUTEX_9 = clause(
    "FUTEX-9",
    _W,
    "D158, Linux",
    "WAIT_BITSET gives -ETIMEDOUT at a moment; a bad one is refused before all else.",
    why="futex_init_timeout adds the present time for WAIT alone.",
)
