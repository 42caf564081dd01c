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
    why="The original task may itself become a busy one and needs a place to go then; v2 added the pair for that, and the first moment it can be read is the first call.",
)
ENTRY_2 = _clause(
    "ENTRY-2",
    _L,
    "2.1, 3.3",
    "With a spare on the ready list, entry touches no stack word.",
    why="Threads are made on demand, one at a time and only when the ready list is empty; v7, whose source is known, does the same.",
)
ENTRY_3 = _clause(
    "ENTRY-3",
    _O,
    "2.1, 3.4, D5",
    "No spare and `new_thread_stack` 0: -EINVAL, nothing is executed.",
    "refill_failure",
    why="Zach Brown had to set a stack before fio's probe atom, or the probe failed: so a missing stack was an error then, not a silent fallback.",
)
ENTRY_4 = _clause(
    "ENTRY-4",
    _L,
    "3.4, D35",
    "A new spare consumes `new_thread_stack`: the word becomes 0, whether or not the chain goes async.",
    why="The header tells users to watch the word become NULL and refill it; it belongs to the thread that is made, so it is used up even if the chain never sleeps.",
)
ENTRY_5 = _clause(
    "ENTRY-5",
    _L,
    "D35",
    "A fault while reading the new thread's stack or ip gives -EFAULT and creates nothing.",
    why="A thread that was made before its words were known to be readable would be one that nobody can use.",
)
ENTRY_6 = _clause(
    "ENTRY-6",
    _L,
    "3.4",
    "A fault while clearing `new_thread_stack` is ignored; the spare stays.",
    why="By then the thread exists, and it cannot be unmade for want of a note to user space; v3 is remembered to warn at most.",
)
ENTRY_7 = _clause(
    "ENTRY-7",
    _O,
    "2.1, D4",
    "`async_exec`, `async_wait`, `async_thread` inside a syslet or threadlet give the recursion error.",
    "recursion_errno",
    why="v2 announced protection against entering `async_exec` again; one task cannot lend its context twice. The error number is not known.",
)

# Fetching an atom
FETCH_1 = _clause(
    "FETCH-1",
    _L,
    "2.3, D33",
    "An atom is fetched word by word: nr, ret_ptr, flags, next, then each argument pointer and its word.",
    why="The order is visible only to those who change the atom meanwhile, but then it is: so one order is fixed, the remembered one.",
)
FETCH_2 = _clause(
    "FETCH-2",
    _C,
    "1.1, 2.3",
    "Arguments end at the first NULL pointer; what lies behind it is never read and counts as 0.",
    why="The header says so, to let atoms overlap and be packed tightly.",
)
FETCH_3 = _clause(
    "FETCH-3",
    _L,
    "2.3",
    "A fault while the head fetches ends the call with -EFAULT; effects of earlier atoms stay.",
    why="The caller is still there to be told; what earlier atoms did cannot be taken back.",
)
FETCH_4 = _clause(
    "FETCH-4",
    _L,
    "2.2, 4.1",
    "A fault while a busy task fetches ends the chain without any event.",
    why="The chain ends before the code that completes it, and its caller has long returned: nobody is left to be told.",
)
FETCH_5 = _clause(
    "FETCH-5",
    _L,
    "2.3",
    "What was fetched is a snapshot: later changes of the atom count at its next fetch only.",
    why="The kernel works on a copy in its own memory; an atom is ordinary user memory, which anybody may rewrite meanwhile.",
)

# Executing an atom
ATOM_1 = _clause(
    "ATOM-1",
    _L,
    "2.5",
    "ASYNC hands over before the call is made, if a spare is there; otherwise it does nothing.",
    why="The flag asks for the hand-over that blocking would bring, and that needs a spare.",
)
ATOM_2 = _clause(
    "ATOM-2",
    _L,
    "2.5",
    "SYNC: while this atom's call sleeps the head does not change.",
    why="The header defines SYNC as never going async during this atom; disarming the task for so long is all it takes.",
)
ATOM_3 = _clause(
    "ATOM-3",
    _O,
    "2.5, D9",
    "After a SYNC atom the chain may go async again, however the atom ended.",
    "sync_restore",
    why="SYNC is a property of one atom; that an early exit keeps the rest synchronous was an accident of the code, and whether v3 had it is unknown.",
)
ATOM_4 = _clause(
    "ATOM-4",
    _L,
    "2.4, D8",
    "A number out of the table: the result is -ENOSYS, `ret_ptr` is not written, the chain goes on by its stop bits.",
    "bad_nr_stores",
    why="The remembered code leaves before the store; conditions act on the result, wherever it is kept.",
)
ATOM_5 = _clause(
    "ATOM-5",
    _L,
    "2.4, D17",
    "A refused call gives -ENOSYS, stored like any result.",
    "refused",
    why="These calls need the frame or the per-task state of the real caller, which a hand-over would lose or copy wrongly.",
)
ATOM_6 = _clause(
    "ATOM-6",
    _L,
    "2.5",
    "The result is stored through `ret_ptr` before anything else is decided.",
    why="The next atom may use the result as its argument, and a consumer that sees the event must find the result there.",
)
ATOM_7 = _clause(
    "ATOM-7",
    _L,
    "2.5",
    "If the store faults the atom's result becomes -EFAULT; the chain goes on by its stop bits.",
    why="There is no other channel for the fault than the result; a chain that must not go on says so with a stop bit.",
)
ATOM_8 = _clause(
    "ATOM-8",
    _B,
    "2.5",
    "A NULL `ret_ptr` stores nothing.",
    why="fio's probe atom passes NULL and works.",
)
ATOM_9 = _clause(
    "ATOM-9",
    _W,
    "D42",
    "An empty entry of the table gives -ENOSYS, stored like any result.",
    why="Linux gives its table a function that returns -ENOSYS where a call is missing: to the chain it is a call like any other.",
)

# Stop conditions and the successor
STOP_1 = _clause(
    "STOP-1",
    _C,
    "2.6",
    "STOP_ON_NONZERO stops exactly on results other than 0.",
    why="The header defines the flag so.",
)
STOP_2 = _clause(
    "STOP-2",
    _C,
    "2.6",
    "STOP_ON_ZERO stops exactly on 0.",
    why="The header defines the flag so; with `umem_add` it is how loops end.",
)
STOP_3 = _clause(
    "STOP-3",
    _C,
    "2.6",
    "STOP_ON_NEGATIVE stops exactly on results below 0, as a signed word.",
    why="The header defines the flag so; results are longs, so the test is of all 64 bits.",
)
STOP_4 = _clause(
    "STOP-4",
    _C,
    "2.6",
    "STOP_ON_NON_POSITIVE stops exactly on results of 0 or below.",
    why="The header defines the flag so; a read that gives 0 or an error is its purpose.",
)
STOP_5 = _clause(
    "STOP-5",
    _O,
    "2.6, D6",
    "Two or more stop bits never stop.",
    "several_stop_bits",
    why="The remembered code switches on the masked bits, and a combination matches no case; the header is silent.",
)
STOP_6 = _clause(
    "STOP-6",
    _O,
    "2.7, D7",
    "A pending reschedule does not truncate a chain.",
    "resched_truncates",
    why="fio's batches of v4 assert that the atom given back is the end of its chain, under load; so a busy CPU cannot have cut chains.",
)
NEXT_1 = _clause(
    "NEXT-1",
    _C,
    "2.6",
    "A true stop condition ends the chain.",
    why="The header: the chain stops on the condition.",
)
NEXT_2 = _clause(
    "NEXT-2",
    _C,
    "2.6",
    "With SKIP_TO_NEXT_ON_STOP a true stop condition goes on at this atom plus one atom size.",
    why="The header calls it the linear successor, always one full atom away, which is why such atoms cannot be packed.",
)
NEXT_3 = _clause(
    "NEXT-3",
    _C,
    "2.6",
    "Without a true stop condition the chain goes on at `next`, whatever SKIP says.",
    why="SKIP only says what a true condition does.",
)
NEXT_4 = _clause(
    "NEXT-4",
    _C,
    "1.1",
    "A NULL `next` ends the chain.",
    why="The header: NULL ends the syslet.",
)

# What async_exec returns
EXEC_1 = _clause(
    "EXEC-1",
    _B,
    "2.8, D10",
    "A chain that stayed synchronous returns the address of the last atom executed.",
    "returned_atom",
    why="fio walks from the first atom up to and including the one that came back, so that one is the last executed.",
)
EXEC_2 = _clause(
    "EXEC-2",
    _B,
    "2.8, 3.2",
    "When the chain went async, the new head returns NULL from the same call.",
    why="All versions of fio take NULL for going asynchronous; the context that returns is the spare's.",
)
EXEC_3 = _clause(
    "EXEC-3",
    _C,
    "4.1",
    "A synchronous chain posts no event.",
    why="The header says so: the caller already has the answer.",
)

# The hand-over
MOVE_1 = _clause(
    "MOVE-1",
    _L,
    "3.1, 3.2",
    "A chain or threadlet that sleeps while it may go async hands the head over to the first ready task.",
    why="The hook at the top of the scheduler asks: armed, and about to sleep? v7's is known, and v3's has as many lines. First in, first out is remembered.",
)
MOVE_2 = _clause(
    "MOVE-2",
    _L,
    "3.2",
    "Without a ready task the sleep is synchronous and the head stays.",
    only="refill_failure=run_sync",
    why="The hook finds nobody on the list and lets the task sleep as any other.",
)
MOVE_3 = _clause(
    "MOVE-3",
    _L,
    "3.2",
    "A busy task that sleeps again changes nothing about the head.",
    why="The task was disarmed when it lost the head; it is an ordinary sleeper now.",
)
MOVE_4 = _clause(
    "MOVE-4",
    _L,
    "3.2, D24",
    "The task that slept keeps its thread number; the new head has another one.",
    "head_identity",
    why="The sleeping task cannot be moved, so the user context is: v7's code copies registers, not identity.",
)
MOVE_5 = _clause(
    "MOVE-5",
    _L,
    "3.3",
    "Ready tasks are taken from the front and come back at the tail; they are never trimmed.",
    why="Finished threads go to the tail and are reused until the head exits; v3 had no limit in the kernel.",
)

# Completion
RING_1 = _clause(
    "RING-1",
    _C,
    "4.1",
    "A chain that finished in a busy task posts one event: the address of the last atom executed.",
    why="The header names the value; fio finds its request by that address.",
)
RING_2 = _clause(
    "RING-2",
    _C,
    "4.1",
    "NO_COMPLETE on the last executed atom: no event.",
    why="fio's first engine put NO_COMPLETE on the first of two atoms and still got the event of the second: only the last one counts.",
)
RING_3 = _clause(
    "RING-3",
    _L,
    "4.2, D11",
    "A slot that is not NULL: the event is lost, slot and index stay.",
    "ring_full",
    why="v1 to v6 gave an error that reaches nobody; to overwrite, as v7 does, would lose an event that is already there.",
)
RING_4 = _clause(
    "RING-4",
    _O,
    "4.2, D12",
    "A size of 0 or not a multiple of 8, or an index beyond the slots: the event is lost, nothing is written.",
    "ring_validation",
    why="Size and index are user memory and may hold anything; the kernel must not write outside the ring for it.",
)
RING_5 = _clause(
    "RING-5",
    _L,
    "4.2",
    "The event goes to slot[kernel_ring_idx]; then the index moves on by one, to 0 at the end.",
    why="fio polls slots in turn from 0 with rings of any length, no power of two.",
)
RING_6 = _clause(
    "RING-6",
    _C,
    "4.2",
    "All ring state is read from user memory at the time of the completion.",
    why="The announcement of v3: all the state is in user space, nothing is pinned and no copy is kept.",
)
RING_7 = _clause(
    "RING-7",
    _L,
    "4.2",
    "A fault on a ring word before the slot store: the event is lost.",
    why="Nobody is left whom an error could be returned to.",
)
RING_8 = _clause(
    "RING-8",
    _O,
    "4.2, D38",
    "A fault on the index store: the slot keeps the event, the index stays.",
    "half_posted",
    why="Slot first, then index is remembered; undoing the slot would be one more write to memory that just failed.",
)
RING_9 = _clause(
    "RING-9",
    _L,
    "4.2, D36",
    "Posting is serialized by the head's completion lock.",
    why="Without a lock two completions could take the same slot; one for each head is what is remembered.",
)
POOL_1 = _clause(
    "POOL-1",
    _L,
    "3.6, D30",
    "After slot and index, in one step: the task turns ready, the event is counted, the waiter is woken.",
    "finish_order",
    why="Who is woken by the last event must find the spare on the list, or its next call could fail for want of one.",
)

# async_wait
WAIT_1 = _clause(
    "WAIT-1",
    _O,
    "5, D15, D37",
    "An unreadable `async_head_user` (or slot, if it must be looked at) gives -EFAULT first.",
    why="What cannot be read cannot be judged.",
)
WAIT_2 = _clause(
    "WAIT-2",
    _O,
    "D13, D37",
    "A bad size, or an index beyond the slots, gives -EINVAL.",
    "wait_bad_ring",
    why="A ring that no event can enter would be waited for in vain.",
)
WAIT_3 = _clause(
    "WAIT-3",
    _O,
    "5, D15",
    "`min_wait_events` 0 returns 0 at once.",
    why="No event is already there.",
)
WAIT_4 = _clause(
    "WAIT-4",
    _O,
    "5, D15",
    "Nothing busy: 0 at once.",
    "wait_idle",
    why="With nothing in flight no event will ever come; registration, whose absence was v1's error, is gone in v3.",
)
WAIT_5 = _clause(
    "WAIT-5",
    _O,
    "5, D13",
    "Events already in the ring: kernel index minus user index, modulo the slots.",
    "wait_arithmetic",
    why="The index argument is new in v3 and lets the kernel count what came since user space last looked; indices wrap, so the difference does.",
)
WAIT_6 = _clause(
    "WAIT-6",
    _O,
    "D31",
    "Equal indices over a slot that is not NULL: the ring is full, not empty.",
    "ring_equal_indices",
    why="Equal indices alone cannot tell full from empty; the slot can, since a consumer clears what it takes.",
)
WAIT_7 = _clause(
    "WAIT-7",
    _L,
    "5, D14",
    "It sleeps until enough events were posted on any ring of the head, and returns 0.",
    "wait_scope",
    why="v3 passes the ring with each call but keeps one list of busy tasks and one counter for each head.",
)
WAIT_8 = _clause(
    "WAIT-8",
    _L,
    "5, D31",
    "It returns 0 when nothing is busy any more, however many events came.",
    why="No more events can come; fio's loop takes an early return.",
)
WAIT_9 = _clause(
    "WAIT-9",
    _L,
    "D31",
    "Lost and suppressed completions are no events.",
    why="The counter moves with the index: what is not in the ring would be waited for, and not found.",
)

# umem_add and async_thread
UMEM_1 = _clause(
    "UMEM-1",
    _L,
    "6",
    "The word is read; a fault gives -EFAULT.",
    why="It is an ordinary access to user memory.",
)
UMEM_2 = _clause(
    "UMEM-2",
    _L,
    "6",
    "An increment of 0 writes nothing and returns the value read.",
    why="So that memory which is only readable can be looked at.",
)
UMEM_3 = _clause(
    "UMEM-3",
    _L,
    "6",
    "The sum, modulo the word, is stored (a fault gives -EFAULT) and returned.",
    why="v1 ignored a fault of the store; v2's announcement says that it is returned since.",
)
UMEM_4 = _clause(
    "UMEM-4",
    _L,
    "6, D21",
    "Reading and storing are two accesses; others may come between.",
    why="The generic version is two plain accesses in C, documented as not atomic.",
)
THREAD_1 = _clause(
    "THREAD-1",
    _O,
    "3.6, D39",
    "`async_thread` by the head, or by a task without a context, gives -EINVAL.",
    "async_thread_errno",
    why="The call parks a thread that belongs to the pool; the head is no such thread, and the error number is not known.",
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
    "D83, D99",
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
    "D42, D87, D99",
    "By number, `threadlet_on` is an empty entry of a program, and `threadlet_off` is one of its chains and scripts; "
    "empty entries and numbers out of the table give -ENOSYS.",
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
    why="v7's parent waits until its list is empty; whether v3's waited for busy tasks is not known.",
)
EXIT_2 = _clause(
    "EXIT-2",
    _O,
    "3.8, D20",
    "When the last one is gone the group is gone.",
    why="Spares and busy tasks are threads of one group, which ends with its last member.",
)

# The world: descriptors
FILE_1 = _clause(
    "FILE-1",
    _W,
    "D44, Linux",
    "A bad descriptor, or one of the wrong direction, gives -EBADF.",
    why="fs/read_write.c looks up the file and its mode before anything else.",
)
FILE_2 = _clause(
    "FILE-2",
    _W,
    "D44, Linux",
    "A buffer beyond the user address limit gives -EFAULT; then a count of 2^63 or more gives -EINVAL.",
    why="vfs_read tests the address range, then rw_verify_area the sign of the count.",
)
FILE_3 = _clause(
    "FILE-3",
    _W,
    "D46, Linux",
    "`close` frees the descriptor; a call in progress keeps its end open.",
    why="fdget takes a reference that lasts until the call returns.",
)
PIPE_1 = _clause(
    "PIPE-1",
    _W,
    "D45, Linux",
    "A read takes what the one buffer holds, at most what was asked.",
    why="pipe_read copies from the buffer at the tail; a pipe of one buffer has no more.",
)
PIPE_2 = _clause(
    "PIPE-2",
    _W,
    "D45, Linux",
    "A read of an empty pipe sleeps while a writer is left.",
    why="pipe_read waits for a buffer or for the last writer's end.",
)
PIPE_3 = _clause(
    "PIPE-3",
    _W,
    "D45, Linux",
    "A read of an empty pipe without writers gives 0.",
    why="End of file: nobody can write any more.",
)
PIPE_4 = _clause(
    "PIPE-4",
    _W,
    "D45, Linux",
    "A read whose buffer faults takes nothing and gives -EFAULT; bytes before the fault were written.",
    why="pipe_read moves the buffer on only by what was copied whole; copying stops at the page that faults.",
)
PIPE_5 = _clause(
    "PIPE-5",
    _W,
    "D45, Linux",
    "A write merges its odd part into the buffer once, at its start, if it fits.",
    why="pipe_write tries to append what does not fill a page to the last buffer, once, before it takes new ones.",
)
PIPE_6 = _clause(
    "PIPE-6",
    _W,
    "D45, Linux",
    "A write fills a whole free buffer at a time, and sleeps while there is none.",
    why="pipe_write fills one page after another and waits for room in between; here the pipe has room for one.",
)
PIPE_7 = _clause(
    "PIPE-7",
    _W,
    "D45, Linux",
    "A write without readers gives the count so far, or -EPIPE.",
    why="pipe_write looks for readers before each page; what was written before counts.",
)
PIPE_8 = _clause(
    "PIPE-8",
    _W,
    "D45, Linux",
    "A write whose buffer faults adds nothing of that buffer: the count so far, or -EFAULT.",
    why="copy_page_from_iter fails for the page as a whole; pages written before count.",
)
PIPE_9 = _clause(
    "PIPE-9",
    _W,
    "D45, Linux",
    "A read or write of 0 bytes gives 0.",
    why="Both calls test for it first, before readers, writers and room.",
)
PIPE_10 = _clause(
    "PIPE-10",
    _W,
    "D45, Linux",
    "The new buffer of a write that faults stays, empty: it is room taken; a read drops it and goes on.",
    why="pipe_write puts its new page in place before it copies, and leaves it there when copying fails.",
)
EVENTFD_1 = _clause(
    "EVENTFD-1",
    _W,
    "D47, Linux",
    "Sizes other than 8 (reads: below 8), and the value 2^64-1, give -EINVAL.",
    why="eventfd_read and eventfd_write carry one counter of 64 bits, whose greatest value stands for overflow.",
)
EVENTFD_2 = _clause(
    "EVENTFD-2",
    _W,
    "D47, Linux",
    "A read gives the counter and clears it; it sleeps at 0.",
    why="eventfd_read waits for a count and takes all of it.",
)
EVENTFD_3 = _clause(
    "EVENTFD-3",
    _W,
    "D47, Linux",
    "In semaphore mode a read gives 1 and takes 1.",
    why="EFD_SEMAPHORE makes eventfd_ctx_do_read take one.",
)
EVENTFD_4 = _clause(
    "EVENTFD-4",
    _W,
    "D47, Linux",
    "A read whose copy faults gives -EFAULT, and the value is gone.",
    why="The count is taken under the lock before the copy to user space, which may fail.",
)
EVENTFD_5 = _clause(
    "EVENTFD-5",
    _W,
    "D47, Linux",
    "A write adds; it sleeps while the sum would exceed 2^64-2.",
    why="eventfd_write waits until the sum fits below the overflow value.",
)
EVENTFD_6 = _clause(
    "EVENTFD-6",
    _W,
    "D47, Linux",
    "A write from a bad address gives -EFAULT.",
    why="eventfd_write copies the value in before it looks at the counter.",
)

# The world: futexes, time, identity
FUTEX_1 = _clause(
    "FUTEX-1",
    _W,
    "D48, Linux",
    "A bad time-out, operation or address gives -EFAULT, -EINVAL or -ENOSYS, in the order of D48.",
    why="The system call reads its time-out first, do_futex then decodes the operation, and get_futex_key tests the address.",
)
FUTEX_2 = _clause(
    "FUTEX-2",
    _W,
    "D48, Linux",
    "WAIT on a word that differs gives -EAGAIN.",
    why="futex_wait compares under the bucket's lock, so that no wake-up falls between test and sleep.",
)
FUTEX_3 = _clause(
    "FUTEX-3",
    _W,
    "D48, Linux",
    "WAIT sleeps until it is woken: 0.",
    why="Whom a waker took off the queue returns 0.",
)
FUTEX_4 = _clause(
    "FUTEX-4",
    _W,
    "D48, Linux",
    "WAIT gives -ETIMEDOUT when its time is over.",
    why="Who is still queued when the timer ran out was not woken.",
)
FUTEX_5 = _clause(
    "FUTEX-5",
    _W,
    "D48, D60, Linux",
    "WAKE wakes that many waiters, at least one if there is any, and returns how many; which ones is free.",
    why="futex_wake counts after it wakes, so a count of 0 still wakes one; the order of its queue is no promise.",
)
TIME_1 = _clause(
    "TIME-1",
    _W,
    "D50, Linux",
    "nanosleep of a bad timespec gives -EFAULT or -EINVAL.",
    why="get_timespec64 copies both words, then timespec64_valid judges them.",
)
TIME_2 = _clause(
    "TIME-2",
    _W,
    "D25, D49",
    "nanosleep sleeps whole ticks, rounded up, and gives 0.",
    why="The experiment's clock ticks in milliseconds, and a sleep never ends early.",
)
TIME_3 = _clause(
    "TIME-3",
    _W,
    "D49",
    "A time-out of no ticks sleeps for one.",
    "zero_sleep",
    why="hrtimer_nanosleep starts a timer and schedules, however short the time; measured on Linux 6.12.",
)
TIME_4 = _clause(
    "TIME-4",
    _W,
    "D25, D55",
    "`advance` settles, and ends the timers that come due on its way in order, those of one tick in any order.",
    why="Time passes only when nothing can run, so that a program means the same however fast the machine is; the order within a tick is no promise.",
)
TIME_5 = _clause(
    "TIME-5",
    _W,
    "D26, D56",
    "When the head sleeps and nothing can run, the clock goes to the next timer.",
    why="Otherwise a head that sleeps for a time would never go on: its program could not take the step that moves the clock.",
)
IDENT_1 = _clause(
    "IDENT-1",
    _W,
    "D51, 3.2",
    "getpid is the group's number, gettid the running task's.",
    why="Spares are made as threads of the caller's group, and the task that blocks keeps its own number.",
)
YIELD_1 = _clause(
    "YIELD-1",
    _W,
    "D42",
    "sched_yield gives 0.",
    why="It cannot fail, and does not count as sleeping.",
)

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
STEP_1 = _clause(
    "STEP-1",
    _W,
    "D53",
    "`store` writes one word, or gives -EFAULT.",
    why="The head's own stores in user mode, kept from crashing the program.",
)
STEP_2 = _clause(
    "STEP-2",
    _C,
    "4.3, D53",
    "`reap` takes the event at the user index, if there is one, and moves the index on.",
    why="fio's consumer in all versions: take what is not NULL, clear it, go on with a wrap.",
)
STEP_3 = _clause(
    "STEP-3",
    _W,
    "D25, D54",
    "After `settle` nothing can run.",
    why="A moment at which nobody moves can be compared, whatever happened on the way to it.",
)
STEP_4 = _clause(
    "STEP-4",
    _W,
    "D26, D56",
    "A program whose head sleeps for ever is stuck.",
    why="A program that hangs is an outcome like any other; the observer says so from outside.",
)
STEP_5 = _clause(
    "STEP-5",
    _W,
    "D57",
    "A program ends when its fuel is spent.",
    why="Chains may loop for ever by design, experiments may not.",
)
STEP_6 = _clause(
    "STEP-6",
    _W,
    "D42",
    "A number out of the table, or an empty entry, gives the head -ENOSYS.",
    why="The kernel's entry code answers so, for what it does not know as for empty entries.",
)
STEP_7 = _clause(
    "STEP-7",
    _W,
    "D26, D55",
    "A program whose steps are done settles once more and ends.",
    why="What the others still do is part of the outcome.",
)

# The world: preemption inside objects
OBJECT_1 = _clause(
    "OBJECT-1",
    _W,
    "D77, Linux",
    "A call on a pipe sleeps, and may hand over, while another task is inside with the pipe's lock.",
    only="--preempt deep",
    why="The lock of a pipe is a mutex, held while a page is copied; a sleep for it is a sleep like any other to the scheduler's hook.",
)
OBJECT_2 = _clause(
    "OBJECT-2",
    _W,
    "D77, D34, Linux",
    "A call that would sleep does not, if what it waits for comes before it has fallen asleep.",
    only="--preempt deep",
    why="A waiter gets in line first and then looks once more, so a waker in between makes its sleep none; a task that was woken is never handed over.",
)

BY_NUMBER: tuple[Clause, ...] = tuple(CLAUSES.values())
TARGET = "TARGET"
"""Blamed when the target itself failed (crash, hang, report): no sentence of the specification is involved."""
