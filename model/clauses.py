# SPDX-License-Identifier: Apache-2.0
"""The registry of clauses: each numbered sentence of the specification, with its confidence and source.

Code cites a clause by its constant, which is also its index in the coverage counters of a run.
"""

from enum import Enum

import attrs


class Confidence(Enum):
    """How well the sources support a clause (sheet section 0.1)."""

    CERTAIN = "certain"
    CERTAIN_BY_CLIENT = "certain by client"
    LIKELY = "likely"
    OPEN = "open"
    WORLD = "world"
    """Not about v3: the objects and the conduct of an experiment, pinned by this project or by real Linux."""


@attrs.frozen
class Clause:
    """One sentence: `number` is its coverage counter; `source` names sheet sections and decisions; `why` is a reason."""

    id: str
    number: int
    text: str
    confidence: Confidence
    source: str
    switch: str | None = None
    only: str | None = None
    """Set if the clause can apply under another reading only, `switch=value`, or in another mode."""
    why: str = ""


CLAUSES: dict[str, Clause] = {}


def _clause(
    name: str,
    confidence: Confidence,
    source: str,
    text: str,
    switch: str | None = None,
    only: str | None = None,
    why: str = "",
) -> int:
    assert name not in CLAUSES, name
    CLAUSES[name] = Clause(name, len(CLAUSES), text, confidence, source, switch, only, why)
    return CLAUSES[name].number


_C, _B, _L, _O, _W = Confidence

# Entering the kernel
ENTRY_1 = _clause(
    "ENTRY-1",
    _L,
    "2.1, D35",
    "The first `async_exec` of a task reads `head_stack` and `head_ip`; a fault gives -EFAULT.",
    "entry_reads",
)
ENTRY_2 = _clause("ENTRY-2", _L, "2.1, 3.3", "With a spare on the ready list, entry touches no stack word.")
ENTRY_3 = _clause(
    "ENTRY-3",
    _O,
    "2.1, 3.4, D5",
    "No spare and `new_thread_stack` 0: -EINVAL, nothing is executed.",
    "refill_failure",
)
ENTRY_4 = _clause(
    "ENTRY-4",
    _L,
    "3.4, D35",
    "A new spare consumes `new_thread_stack`: the word becomes 0, whether or not the chain goes async.",
)
ENTRY_5 = _clause(
    "ENTRY-5",
    _L,
    "D35",
    "A fault while reading the new thread's stack or ip gives -EFAULT and creates nothing.",
)
ENTRY_6 = _clause("ENTRY-6", _L, "3.4", "A fault while clearing `new_thread_stack` is ignored; the spare stays.")
ENTRY_7 = _clause(
    "ENTRY-7",
    _O,
    "2.1, D4",
    "`async_exec`, `async_wait`, `async_thread` inside a syslet or threadlet give the recursion error.",
    "recursion_errno",
)

# Fetching an atom
FETCH_1 = _clause(
    "FETCH-1",
    _L,
    "2.3, D33",
    "An atom is fetched word by word: nr, ret_ptr, flags, next, then each argument pointer and its word.",
)
FETCH_2 = _clause(
    "FETCH-2",
    _C,
    "1.1, 2.3",
    "Arguments end at the first NULL pointer; what lies behind it is never read and counts as 0.",
)
FETCH_3 = _clause(
    "FETCH-3",
    _L,
    "2.3",
    "A fault while the head fetches ends the call with -EFAULT; effects of earlier atoms stay.",
)
FETCH_4 = _clause("FETCH-4", _L, "2.2, 4.1", "A fault while a busy task fetches ends the chain without any event.")
FETCH_5 = _clause(
    "FETCH-5",
    _L,
    "2.3",
    "What was fetched is a snapshot: later changes of the atom count at its next fetch only.",
)

# Executing an atom
ATOM_1 = _clause(
    "ATOM-1",
    _L,
    "2.5",
    "ASYNC hands over before the call is made, if a spare is there; otherwise it does nothing.",
)
ATOM_2 = _clause("ATOM-2", _L, "2.5", "SYNC: while this atom's call sleeps the head does not change.")
ATOM_3 = _clause(
    "ATOM-3",
    _O,
    "2.5, D9",
    "After a SYNC atom the chain may go async again, however the atom ended.",
    "sync_restore",
)
ATOM_4 = _clause(
    "ATOM-4",
    _L,
    "2.4, D8",
    "A number out of the table: the result is -ENOSYS, `ret_ptr` is not written, the chain goes on by its stop bits.",
    "bad_nr_stores",
)
ATOM_5 = _clause("ATOM-5", _L, "2.4, D17", "A refused call gives -ENOSYS, stored like any result.", "refused")
ATOM_6 = _clause("ATOM-6", _L, "2.5", "The result is stored through `ret_ptr` before anything else is decided.")
ATOM_7 = _clause(
    "ATOM-7",
    _L,
    "2.5",
    "If the store faults the atom's result becomes -EFAULT; the chain goes on by its stop bits.",
)
ATOM_8 = _clause("ATOM-8", _B, "2.5", "A NULL `ret_ptr` stores nothing.")
ATOM_9 = _clause("ATOM-9", _W, "D42", "An empty entry of the table gives -ENOSYS, stored like any result.")

# Stop conditions and the successor
STOP_1 = _clause("STOP-1", _C, "2.6", "STOP_ON_NONZERO stops exactly on results other than 0.")
STOP_2 = _clause("STOP-2", _C, "2.6", "STOP_ON_ZERO stops exactly on 0.")
STOP_3 = _clause("STOP-3", _C, "2.6", "STOP_ON_NEGATIVE stops exactly on results below 0, as a signed word.")
STOP_4 = _clause("STOP-4", _C, "2.6", "STOP_ON_NON_POSITIVE stops exactly on results of 0 or below.")
STOP_5 = _clause("STOP-5", _O, "2.6, D6", "Two or more stop bits never stop.", "several_stop_bits")
STOP_6 = _clause("STOP-6", _O, "2.7, D7", "A pending reschedule does not truncate a chain.", "resched_truncates")
NEXT_1 = _clause("NEXT-1", _C, "2.6", "A true stop condition ends the chain.")
NEXT_2 = _clause(
    "NEXT-2",
    _C,
    "2.6",
    "With SKIP_TO_NEXT_ON_STOP a true stop condition goes on at this atom plus one atom size.",
)
NEXT_3 = _clause("NEXT-3", _C, "2.6", "Without a true stop condition the chain goes on at `next`, whatever SKIP says.")
NEXT_4 = _clause("NEXT-4", _C, "1.1", "A NULL `next` ends the chain.")

# What async_exec returns
EXEC_1 = _clause(
    "EXEC-1",
    _B,
    "2.8, D10",
    "A chain that stayed synchronous returns the address of the last atom executed.",
    "returned_atom",
)
EXEC_2 = _clause("EXEC-2", _B, "2.8, 3.2", "When the chain went async, the new head returns NULL from the same call.")
EXEC_3 = _clause("EXEC-3", _C, "4.1", "A synchronous chain posts no event.")

# The hand-over
MOVE_1 = _clause(
    "MOVE-1",
    _L,
    "3.1, 3.2",
    "A chain or threadlet that sleeps while it may go async hands the head over to the first ready task.",
)
MOVE_2 = _clause(
    "MOVE-2",
    _L,
    "3.2",
    "Without a ready task the sleep is synchronous and the head stays.",
    only="refill_failure=run_sync",
)
MOVE_3 = _clause("MOVE-3", _L, "3.2", "A busy task that sleeps again changes nothing about the head.")
MOVE_4 = _clause(
    "MOVE-4",
    _L,
    "3.2, D24",
    "The task that slept keeps its thread number; the new head has another one.",
    "head_identity",
)
MOVE_5 = _clause(
    "MOVE-5",
    _L,
    "3.3",
    "Ready tasks are taken from the front and come back at the tail; they are never trimmed.",
)

# Completion
RING_1 = _clause(
    "RING-1",
    _C,
    "4.1",
    "A chain that finished in a busy task posts one event: the address of the last atom executed.",
)
RING_2 = _clause("RING-2", _C, "4.1", "NO_COMPLETE on the last executed atom: no event.")
RING_3 = _clause(
    "RING-3", _L, "4.2, D11", "A slot that is not NULL: the event is lost, slot and index stay.", "ring_full"
)
RING_4 = _clause(
    "RING-4",
    _O,
    "4.2, D12",
    "A size of 0 or not a multiple of 8, or an index beyond the slots: the event is lost, nothing is written.",
    "ring_validation",
)
RING_5 = _clause(
    "RING-5",
    _L,
    "4.2",
    "The event goes to slot[kernel_ring_idx]; then the index moves on by one, to 0 at the end.",
)
RING_6 = _clause("RING-6", _C, "4.2", "All ring state is read from user memory at the time of the completion.")
RING_7 = _clause("RING-7", _L, "4.2", "A fault on a ring word before the slot store: the event is lost.")
RING_8 = _clause(
    "RING-8",
    _O,
    "4.2, D38",
    "A fault on the index store: the slot keeps the event, the index stays.",
    "half_posted",
)
RING_9 = _clause("RING-9", _L, "4.2, D36", "Posting is serialized by the head's completion lock.")
POOL_1 = _clause(
    "POOL-1",
    _L,
    "3.6, D30",
    "After slot and index, in one step: the task turns ready, the event is counted, the waiter is woken.",
    "finish_order",
)

# async_wait
WAIT_1 = _clause(
    "WAIT-1",
    _O,
    "5, D15, D37",
    "An unreadable `async_head_user` (or slot, if it must be looked at) gives -EFAULT first.",
)
WAIT_2 = _clause("WAIT-2", _O, "D13, D37", "A bad size, or an index beyond the slots, gives -EINVAL.", "wait_bad_ring")
WAIT_3 = _clause("WAIT-3", _O, "5, D15", "`min_wait_events` 0 returns 0 at once.")
WAIT_4 = _clause("WAIT-4", _O, "5, D15", "Nothing busy: 0 at once.", "wait_idle")
WAIT_5 = _clause(
    "WAIT-5",
    _O,
    "5, D13",
    "Events already in the ring: kernel index minus user index, modulo the slots.",
    "wait_arithmetic",
)
WAIT_6 = _clause(
    "WAIT-6",
    _O,
    "D31",
    "Equal indices over a slot that is not NULL: the ring is full, not empty.",
    "ring_equal_indices",
)
WAIT_7 = _clause(
    "WAIT-7",
    _L,
    "5, D14",
    "It sleeps until enough events were posted on any ring of the head, and returns 0.",
    "wait_scope",
)
WAIT_8 = _clause("WAIT-8", _L, "5, D31", "It returns 0 when nothing is busy any more, however many events came.")
WAIT_9 = _clause("WAIT-9", _L, "D31", "Lost and suppressed completions are no events.")

# umem_add and async_thread
UMEM_1 = _clause("UMEM-1", _L, "6", "The word is read; a fault gives -EFAULT.")
UMEM_2 = _clause("UMEM-2", _L, "6", "An increment of 0 writes nothing and returns the value read.")
UMEM_3 = _clause("UMEM-3", _L, "6", "The sum, modulo the word, is stored (a fault gives -EFAULT) and returned.")
UMEM_4 = _clause("UMEM-4", _L, "6, D21", "Reading and storing are two accesses; others may come between.")
THREAD_1 = _clause(
    "THREAD-1",
    _O,
    "3.6, D39",
    "`async_thread` by the head, or by a task without a context, gives -EINVAL.",
    "async_thread_errno",
)

# Threadlets
THREAD_2 = _clause(
    "THREAD-2",
    _L,
    "7.1, D18, D80",
    "`threadlet_on` makes sure of a spare as `async_exec` does, with its errors, arms, and returns 0.",
    why="A threadlet that may block needs its heir before it starts, just as a chain does.",
)
THREAD_3 = _clause(
    "THREAD-3",
    _O,
    "2.1, D4, D82",
    "`threadlet_on` inside a threadlet, or by a busy task, gives the recursion error.",
    why="A task has one restore pair, and only the head has one to give away.",
)
THREAD_4 = _clause(
    "THREAD-4",
    _L,
    "3.2, 7.1, D81",
    "When a threadlet sleeps the heir takes up the restore pair: it returns 0 from `threadlet_exec`.",
    why="The caller learns from the 0 that its stack is given away and that somebody else goes on there.",
)
THREAD_5 = _clause(
    "THREAD-5",
    _L,
    "3.2, 3.5, D81",
    "The task that slept keeps its own frame: busy now, it goes on with its script behind the call it slept in.",
    why="Its registers and its stack are what the function needs; a copy of them would be two of one threadlet.",
)
THREAD_6 = _clause(
    "THREAD-6",
    _L,
    "3.2, 7.1",
    "A threadlet that went async is not armed any more: it may sleep again, and nothing changes about the head.",
    why="It gave the head away already.",
)
THREAD_7 = _clause(
    "THREAD-7",
    _L,
    "7.1, D18",
    "`threadlet_off` of the head gives 1 and disarms: what the head sleeps in later hands nothing over.",
    why="Outside of a threadlet nobody has promised that the caller's frame may be taken up elsewhere.",
)
THREAD_8 = _clause(
    "THREAD-8",
    _L,
    "7.1, D18",
    "`threadlet_off` of a threadlet that went async gives 0.",
    why="So its own end knows that there is no caller to return to.",
)
THREAD_9 = _clause(
    "THREAD-9",
    _O,
    "D83",
    "`threadlet_off` outside of a threadlet gives -EINVAL.",
    "threadlet_off_errno",
    why="A call that ends nothing is a mistake of its caller, which a 1 would hide.",
)
THREAD_10 = _clause(
    "THREAD-10",
    _C,
    "7.3, D19, D84",
    "A threadlet that went async posts no event and counts as none.",
    "threadlet_event",
    why="The announcement leaves completion to the user's own means; its test used a futex.",
)
THREAD_11 = _clause(
    "THREAD-11",
    _L,
    "3.6, D84",
    "`async_thread` of a busy task parks it: ready, at the tail; when nothing is busy any more the waiter wakes.",
    why="A context that has finished is as good a spare as a new one.",
)
THREAD_12 = _clause(
    "THREAD-12",
    _O,
    "3.8, D20, D84",
    "A threadlet whose head has exited finishes its script; then it ends instead of turning ready.",
    why="Nobody is left who could become its heir or use it as a spare.",
)
THREAD_13 = _clause(
    "THREAD-13",
    _C,
    "7.2, D85",
    "A threadlet that never slept returns to its caller: the result is 1, and its stack is free.",
    why="A result other than 0 is the promise that the function is over.",
)
THREAD_14 = _clause(
    "THREAD-14",
    _O,
    "7.2, D85",
    "A stack that a threadlet has not given back is -EBUSY; nothing enters the kernel.",
    why="Two functions on one stack destroy each other; the announcement forbids it, here it is found out.",
)
THREAD_15 = _clause(
    "THREAD-15",
    _O,
    "7.2, D85, D91",
    "A stack is taken when `threadlet_exec` begins, and free once `threadlet_off` has returned 0, or with an error.",
    why="From then on its threadlet only parks itself, and comes back on another frame or not at all.",
)
THREAD_16 = _clause(
    "THREAD-16",
    _O,
    "7.2, D85",
    "An error of `threadlet_on` is the result of `threadlet_exec`; nothing of the script has run.",
    why="A function that might block without an heir was not asked for.",
)
THREAD_17 = _clause(
    "THREAD-17",
    _L,
    "2.4, 7.4, D17, D82",
    "Until `threadlet_off` returns, in whichever task, the refused calls give -ENOSYS.",
    why="They work on the frame or on per-task state, which a hand-over divides between two tasks.",
)
THREAD_18 = _clause(
    "THREAD-18",
    _W,
    "D42, D87",
    "By number, `threadlet_on` and `threadlet_off` are empty entries of a program; empty entries and numbers out of "
    "the table give -ENOSYS.",
    why="A bare `threadlet_on` would need a frame of its own to come back to.",
)
THREAD_19 = _clause(
    "THREAD-19",
    _L,
    "7.1, D86",
    "The cached way with a spare is the real one without its calls: same results, same hand-over.",
    why="The announcement wants the cached threadlet to cost no kernel entry, not to mean something else.",
)
THREAD_20 = _clause(
    "THREAD-20",
    _O,
    "D86",
    "The cached way without a spare and without a stack for one runs unarmed: nothing hands over, the result is 2.",
    why="Staying synchronous is cheap, and the result says so, so that the caller may refill.",
)
THREAD_21 = _clause(
    "THREAD-21",
    _O,
    "D86",
    "The cached way without a spare but with a stack makes the real call; a fault of the look is -EFAULT.",
    why="Only the kernel can make a spare.",
)
THREAD_22 = _clause(
    "THREAD-22",
    _W,
    "D88",
    "The operations of a script are made one after another; each is seen with its result and the task that ran it.",
    why="Which context ran a call is what threadlets are about.",
)

# Exit
EXIT_1 = _clause(
    "EXIT-1",
    _O,
    "3.8, D20",
    "The exiting head waits for its busy tasks, which finish as always.",
    "head_exit",
)
EXIT_2 = _clause("EXIT-2", _O, "3.8, D20", "When the last one is gone the group is gone.")

# The world: descriptors
FILE_1 = _clause("FILE-1", _W, "D44, Linux", "A bad descriptor, or one of the wrong direction, gives -EBADF.")
FILE_2 = _clause(
    "FILE-2",
    _W,
    "D44, Linux",
    "A buffer beyond the user address limit gives -EFAULT; then a count of 2^63 or more gives -EINVAL.",
)
FILE_3 = _clause("FILE-3", _W, "D46, Linux", "`close` frees the descriptor; a call in progress keeps its end open.")
PIPE_1 = _clause("PIPE-1", _W, "D45, Linux", "A read takes what the one buffer holds, at most what was asked.")
PIPE_2 = _clause("PIPE-2", _W, "D45, Linux", "A read of an empty pipe sleeps while a writer is left.")
PIPE_3 = _clause("PIPE-3", _W, "D45, Linux", "A read of an empty pipe without writers gives 0.")
PIPE_4 = _clause(
    "PIPE-4",
    _W,
    "D45, Linux",
    "A read whose buffer faults takes nothing and gives -EFAULT; bytes before the fault were written.",
)
PIPE_5 = _clause(
    "PIPE-5", _W, "D45, Linux", "A write merges its odd part into the buffer once, at its start, if it fits."
)
PIPE_6 = _clause(
    "PIPE-6", _W, "D45, Linux", "A write fills a whole free buffer at a time, and sleeps while there is none."
)
PIPE_7 = _clause("PIPE-7", _W, "D45, Linux", "A write without readers gives the count so far, or -EPIPE.")
PIPE_8 = _clause(
    "PIPE-8",
    _W,
    "D45, Linux",
    "A write whose buffer faults adds nothing of that buffer: the count so far, or -EFAULT.",
)
PIPE_9 = _clause("PIPE-9", _W, "D45, Linux", "A read or write of 0 bytes gives 0.")
PIPE_10 = _clause(
    "PIPE-10",
    _W,
    "D45, Linux",
    "The new buffer of a write that faults stays, empty: it is room taken; a read drops it and goes on.",
)
EVENTFD_1 = _clause(
    "EVENTFD-1", _W, "D47, Linux", "Sizes other than 8 (reads: below 8), and the value 2^64-1, give -EINVAL."
)
EVENTFD_2 = _clause("EVENTFD-2", _W, "D47, Linux", "A read gives the counter and clears it; it sleeps at 0.")
EVENTFD_3 = _clause("EVENTFD-3", _W, "D47, Linux", "In semaphore mode a read gives 1 and takes 1.")
EVENTFD_4 = _clause("EVENTFD-4", _W, "D47, Linux", "A read whose copy faults gives -EFAULT, and the value is gone.")
EVENTFD_5 = _clause("EVENTFD-5", _W, "D47, Linux", "A write adds; it sleeps while the sum would exceed 2^64-2.")
EVENTFD_6 = _clause("EVENTFD-6", _W, "D47, Linux", "A write from a bad address gives -EFAULT.")

# The world: futexes, time, identity
FUTEX_1 = _clause(
    "FUTEX-1",
    _W,
    "D48, Linux",
    "A bad time-out, operation or address gives -EFAULT, -EINVAL or -ENOSYS, in the order of D48.",
)
FUTEX_2 = _clause("FUTEX-2", _W, "D48, Linux", "WAIT on a word that differs gives -EAGAIN.")
FUTEX_3 = _clause("FUTEX-3", _W, "D48, Linux", "WAIT sleeps until it is woken: 0.")
FUTEX_4 = _clause("FUTEX-4", _W, "D48, Linux", "WAIT gives -ETIMEDOUT when its time is over.")
FUTEX_5 = _clause(
    "FUTEX-5",
    _W,
    "D48, D60, Linux",
    "WAKE wakes that many waiters, at least one if there is any, and returns how many; which ones is free.",
)
TIME_1 = _clause("TIME-1", _W, "D50, Linux", "nanosleep of a bad timespec gives -EFAULT or -EINVAL.")
TIME_2 = _clause("TIME-2", _W, "D25, D49", "nanosleep sleeps whole ticks, rounded up, and gives 0.")
TIME_3 = _clause("TIME-3", _W, "D49", "A time-out of no ticks sleeps for one.", "zero_sleep")
TIME_4 = _clause(
    "TIME-4",
    _W,
    "D25, D55",
    "`advance` settles, and ends the timers that come due on its way in order, those of one tick in any order.",
)
TIME_5 = _clause(
    "TIME-5", _W, "D26, D56", "When the head sleeps and nothing can run, the clock goes to the next timer."
)
IDENT_1 = _clause("IDENT-1", _W, "D51, 3.2", "getpid is the group's number, gettid the running task's.")
YIELD_1 = _clause("YIELD-1", _W, "D42", "sched_yield gives 0.")

# The world: cold pages
PAGE_1 = _clause(
    "PAGE-1",
    _W,
    "D89",
    "User mode that touches a cold page sleeps for one tick, and hands over if it is armed.",
    why="A page fault is a sleep like any other: threadlets are said to cover them too.",
)
PAGE_2 = _clause(
    "PAGE-2",
    _W,
    "D89",
    "Until a cold page is in, accesses of the kernel fault.",
    why="That keeps page faults out of the middle of calls, whose accesses are atomic here (D34).",
)
PAGE_3 = _clause(
    "PAGE-3",
    _W,
    "D89, D92",
    "The page comes in when a task that slept for it goes on; from then on it is an ordinary writable one.",
    why="It is the task that faulted that maps the page.",
)

# The world: programs
STEP_1 = _clause("STEP-1", _W, "D53", "`store` writes one word, or gives -EFAULT.")
STEP_2 = _clause(
    "STEP-2",
    _C,
    "4.3, D53",
    "`reap` takes the event at the user index, if there is one, and moves the index on.",
)
STEP_3 = _clause("STEP-3", _W, "D25, D54", "After `settle` nothing can run.")
STEP_4 = _clause("STEP-4", _W, "D26, D56", "A program whose head sleeps for ever is stuck.")
STEP_5 = _clause("STEP-5", _W, "D57", "A program ends when its fuel is spent.")
STEP_6 = _clause("STEP-6", _W, "D42", "A number out of the table, or an empty entry, gives the head -ENOSYS.")
STEP_7 = _clause("STEP-7", _W, "D26, D55", "A program whose steps are done settles once more and ends.")

# The world: preemption inside objects
OBJECT_1 = _clause(
    "OBJECT-1",
    _W,
    "D77, Linux",
    "A call on a pipe sleeps, and may hand over, while another task is inside with the pipe's lock.",
    only="--preempt deep",
)
OBJECT_2 = _clause(
    "OBJECT-2",
    _W,
    "D77, D34, Linux",
    "A call that would sleep does not, if what it waits for comes before it has fallen asleep.",
    only="--preempt deep",
)

BY_NUMBER: tuple[Clause, ...] = tuple(CLAUSES.values())
TARGET = "TARGET"
"""Blamed when the target itself failed (crash, hang, report): no sentence of the specification is involved."""
