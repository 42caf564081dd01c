# SPDX-License-Identifier: Apache-2.0
"""A chain from its submission to what the call returns: ENTRY, FETCH, ATOM, STOP, NEXT, EXEC."""

from typing import Final

from model.clauses.registry import Confidence, clause

_C: Final = Confidence.CERTAIN
_B: Final = Confidence.CERTAIN_BY_CLIENT
_L: Final = Confidence.LIKELY
_O: Final = Confidence.OPEN
_W: Final = Confidence.WORLD

# Entering the kernel
ENTRY_1 = clause(
    "ENTRY-1",
    _L,
    "2.1, D35",
    "The first `async_exec` of a task reads `head_stack` and `head_ip`; a fault gives -EFAULT.",
    "entry_reads",
    why="The original task may itself become a busy one and needs a place to go then; v2 added the pair for that, and the first moment it can be read is the first call.",
)
ENTRY_2 = clause(
    "ENTRY-2",
    _L,
    "2.1, 3.3",
    "With a spare on the ready list, entry touches neither `new_thread_stack` nor `new_thread_ip`.",
    why="Threads are made on demand, one at a time and only when the ready list is empty; v7, whose source is known, does the same.",
)
ENTRY_3 = clause(
    "ENTRY-3",
    _O,
    "2.1, 3.4, D5",
    "No spare and `new_thread_stack` 0: -EINVAL, nothing is executed.",
    "refill_failure",
    why="Zach Brown had to set a stack before fio's probe atom, or the probe failed: so a missing stack was an error then, not a silent fallback.",
)
ENTRY_4 = clause(
    "ENTRY-4",
    _L,
    "3.4, D35",
    "A new spare consumes `new_thread_stack`: the word becomes 0, whether or not the chain goes async.",
    why="The header tells users to watch the word become NULL and refill it; it belongs to the thread that is made, so it is used up even if the chain never sleeps.",
)
ENTRY_5 = clause(
    "ENTRY-5",
    _L,
    "D35",
    "A fault while reading the new thread's stack or ip gives -EFAULT and creates nothing.",
    why="A thread that was made before its words were known to be readable would be one that nobody can use.",
)
ENTRY_6 = clause(
    "ENTRY-6",
    _L,
    "3.4",
    "A fault while clearing `new_thread_stack` is ignored; the spare stays.",
    why="By then the thread exists, and it cannot be unmade for want of a note to user space; v3 is remembered to warn at most.",
)
ENTRY_7 = clause(
    "ENTRY-7",
    _O,
    "2.1, D4",
    "`async_exec`, `async_wait`, `async_thread` inside a syslet or threadlet give the recursion error.",
    "recursion_errno",
    why="v2 announced protection against entering `async_exec` again; one task cannot lend its context twice. The error number is not known.",
)

# Fetching an atom
FETCH_1 = clause(
    "FETCH-1",
    _L,
    "2.3, D33",
    "An atom is fetched word by word: nr, ret_ptr, flags, next, then each argument pointer and its word.",
    why="The order is visible only to those who change the atom meanwhile, but then it is: so one order is fixed, the remembered one.",
)
FETCH_2 = clause(
    "FETCH-2",
    _C,
    "1.1, 2.3",
    "Arguments end at the first NULL pointer; what lies behind it is never read and counts as 0.",
    why="The header says so, to let atoms overlap and be packed tightly.",
)
FETCH_3 = clause(
    "FETCH-3",
    _L,
    "2.3",
    "A fault while the head fetches ends the call with -EFAULT; effects of earlier atoms stay.",
    why="The caller is still there to be told; what earlier atoms did cannot be taken back.",
)
FETCH_4 = clause(
    "FETCH-4",
    _L,
    "2.2, 4.1",
    "A fault while a busy task fetches ends the chain without any event.",
    why="The chain ends before the code that completes it, and its caller has long returned: nobody is left to be told.",
)
FETCH_5 = clause(
    "FETCH-5",
    _L,
    "2.3",
    "What was fetched is a snapshot: later changes of the atom count at its next fetch only.",
    why="The kernel works on a copy in its own memory; an atom is ordinary user memory, which anybody may rewrite meanwhile.",
)

# Executing an atom
ATOM_1 = clause(
    "ATOM-1",
    _L,
    "2.5",
    "ASYNC hands over before the call is made, if a spare is there; otherwise it does nothing.",
    why="The flag asks for the hand-over that blocking would bring, and that needs a spare.",
)
ATOM_2 = clause(
    "ATOM-2",
    _L,
    "2.5",
    "SYNC: while this atom's call sleeps the head does not change.",
    why="The header defines SYNC as never going async during this atom; disarming the task for so long is all it takes.",
)
ATOM_3 = clause(
    "ATOM-3",
    _O,
    "2.5, D9",
    "After a SYNC atom the chain may go async again, however the atom ended.",
    "sync_restore",
    why="SYNC is a property of one atom; that an early exit keeps the rest synchronous was an accident of the code, and whether v3 had it is unknown.",
)
ATOM_4 = clause(
    "ATOM-4",
    _L,
    "2.4, D8",
    "A number out of the table: the result is -ENOSYS, `ret_ptr` is not written, the chain goes on by its stop bits.",
    "bad_nr_stores",
    why="The remembered code leaves before the store; conditions act on the result, wherever it is kept.",
)
ATOM_5 = clause(
    "ATOM-5",
    _L,
    "2.4, D17",
    "A refused call gives -ENOSYS, stored like any result.",
    "refused",
    why="These calls need the frame or the per-task state of the real caller, which a hand-over would lose or copy wrongly.",
)
ATOM_6 = clause(
    "ATOM-6",
    _L,
    "2.5",
    "The result is stored through `ret_ptr` before anything else is decided.",
    why="The next atom may use the result as its argument, and a consumer that sees the event must find the result there.",
)
ATOM_7 = clause(
    "ATOM-7",
    _L,
    "2.5",
    "If the store faults the atom's result becomes -EFAULT; the chain goes on by its stop bits.",
    why="There is no other channel for the fault than the result; a chain that must not go on says so with a stop bit.",
)
ATOM_8 = clause(
    "ATOM-8",
    _B,
    "2.5",
    "A NULL `ret_ptr` stores nothing.",
    why="fio's probe atom passes NULL and works.",
)
ATOM_9 = clause(
    "ATOM-9",
    _W,
    "D42",
    "An empty entry of the table gives -ENOSYS, stored like any result.",
    why="Linux gives its table a function that returns -ENOSYS where a call is missing: to the chain it is a call like any other.",
)

# Stop conditions and the successor
STOP_1 = clause(
    "STOP-1",
    _C,
    "2.6",
    "STOP_ON_NONZERO stops exactly on results other than 0.",
    why="The header defines the flag so.",
)
STOP_2 = clause(
    "STOP-2",
    _C,
    "2.6",
    "STOP_ON_ZERO stops exactly on 0.",
    why="The header defines the flag so; with `umem_add` it is how loops end.",
)
STOP_3 = clause(
    "STOP-3",
    _C,
    "2.6",
    "STOP_ON_NEGATIVE stops exactly on results below 0, as a signed word.",
    why="The header defines the flag so; results are longs, so the test is of all 64 bits.",
)
STOP_4 = clause(
    "STOP-4",
    _C,
    "2.6",
    "STOP_ON_NON_POSITIVE stops exactly on results of 0 or below.",
    why="The header defines the flag so; a read that gives 0 or an error is its purpose.",
)
STOP_5 = clause(
    "STOP-5",
    _O,
    "2.6, D6",
    "Two or more stop bits never stop.",
    "several_stop_bits",
    why="The remembered code switches on the masked bits, and a combination matches no case; the header is silent.",
)
STOP_6 = clause(
    "STOP-6",
    _O,
    "2.7, D7",
    "A pending reschedule does not truncate a chain.",
    "resched_truncates",
    why="fio's batches of v4 assert that the atom given back is the end of its chain, under load; so a busy CPU cannot have cut chains.",
)
NEXT_1 = clause(
    "NEXT-1",
    _C,
    "2.6",
    "A true stop condition ends the chain.",
    why="The header: the chain stops on the condition.",
)
NEXT_2 = clause(
    "NEXT-2",
    _C,
    "2.6",
    "With SKIP_TO_NEXT_ON_STOP a true stop condition goes on at this atom plus one atom size.",
    why="The header calls it the linear successor, always one full atom away, which is why such atoms cannot be packed.",
)
NEXT_3 = clause(
    "NEXT-3",
    _C,
    "2.6",
    "Without a true stop condition the chain goes on at `next`, whatever SKIP says.",
    why="SKIP only says what a true condition does.",
)
NEXT_4 = clause(
    "NEXT-4",
    _C,
    "1.1",
    "A NULL `next` ends the chain.",
    why="The header: NULL ends the syslet.",
)

# What async_exec returns
EXEC_1 = clause(
    "EXEC-1",
    _B,
    "2.8, D10",
    "A chain that stayed synchronous returns the address of the last atom executed.",
    "returned_atom",
    why="fio walks from the first atom up to and including the one that came back, so that one is the last executed.",
)
EXEC_2 = clause(
    "EXEC-2",
    _B,
    "2.8, 3.2",
    "When the chain went async, the new head returns NULL from the same call.",
    why="All versions of fio take NULL for going asynchronous; the context that returns is the spare's.",
)
EXEC_3 = clause(
    "EXEC-3",
    _C,
    "4.1",
    "A synchronous chain posts no event.",
    why="The header says so: the caller already has the answer.",
)
