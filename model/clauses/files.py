# SPDX-License-Identifier: Apache-2.0
"""Descriptors and what they lead to: FILE, FD, PIPE, EVENTFD."""

from typing import Final

from model.clauses.registry import Confidence, clause

_W: Final = Confidence.WORLD

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
    "An unknown flag of `dup3`, `eventfd2` or `pipe2` gives -EINVAL, before all else; `dup3` of a number onto itself does, "
    "too, and `dup2` gives the number if it is open.",
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
