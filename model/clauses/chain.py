# SPDX-License-Identifier: Apache-2.0
"""A chain from its first fetch to what the call returns: FETCH, ATOM, STOP, NEXT, EXEC."""

from typing import Final

from model.clauses.registry import Confidence, clause

_C: Final = Confidence.CERTAIN
_B: Final = Confidence.CERTAIN_BY_CLIENT
_L: Final = Confidence.LIKELY
_O: Final = Confidence.OPEN
_W: Final = Confidence.WORLD

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
    "Arguments end at the first NULL pointer; what lies behind it is never read.",
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
    why="The chain ends before the code that completes it, and its caller has long returned: there is no one to tell.",
)
FETCH_5 = clause(
    "FETCH-5",
    _L,
    "2.3",
    "What was fetched is a snapshot: later changes of the atom count at its next fetch only.",
    why="The kernel works on a copy in its own memory; an atom is ordinary user memory, which anybody may rewrite meanwhile.",
)
FETCH_6 = clause(
    "FETCH-6",
    _L,
    "2.3",
    "Arguments that were not fetched are 0.",
    why="The remembered code clears its slots before it fills them.",
)

# Executing an atom
ATOM_1 = clause(
    "ATOM-1",
    _L,
    "2.5, D66",
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
    "2.4",
    "A refused call gives -ENOSYS, stored like any result.",
    why="To a chain it is a call like any other that fails.",
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
    "An empty entry of the table is a call like any other: its result is -ENOSYS.",
    why="Linux gives its table a function that returns -ENOSYS where a call is missing.",
)
ATOM_10 = clause(
    "ATOM-10",
    _O,
    "2.4, D17, D110",
    "The refused calls are those of D17 and D110.",
    "refused_calls",
    why="They need the frame or the per-task state of the real caller, which a hand-over would lose or copy wrongly. That there are such calls is certain, which of them v3 listed is not; part of the table is this project's own.",
)

# Stop conditions and the successor
STOP_1 = clause(
    "STOP-1",
    _L,
    "2.6",
    "STOP_ON_NONZERO stops exactly on results other than 0.",
    why="The flag's name says so, and the header's comments agree with the remembered code.",
)
STOP_2 = clause(
    "STOP-2",
    _L,
    "2.6",
    "STOP_ON_ZERO stops exactly on 0.",
    why="The flag's name says so, and the header's comments agree with the remembered code; with `umem_add` it is how loops end.",
)
STOP_3 = clause(
    "STOP-3",
    _L,
    "2.6",
    "STOP_ON_NEGATIVE stops exactly on results below 0, as a signed word.",
    why="The flag's name says so, and the header's comments agree with the remembered code; results are longs, so the test is of all 64 bits.",
)
STOP_4 = clause(
    "STOP-4",
    _L,
    "2.6",
    "STOP_ON_NON_POSITIVE stops exactly on results of 0 or below.",
    why="The flag's name says so, and the header's comments agree with the remembered code; a read that gives 0 or an error is its purpose.",
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
    _L,
    "2.6",
    "A true stop condition ends the chain.",
    why="A flag that is called a stop condition stops; the remembered code leaves its loop there.",
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
    "1.1, 1.3",
    "Without a true stop condition the chain goes on at `next`, whatever SKIP says.",
    why="The header: `next` is the successor in normal flow, and SKIP modifies a true condition.",
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
    "1.3, 1.5",
    "A chain that went async returns NULL.",
    why="All versions of fio take NULL for going asynchronous.",
)
EXEC_3 = clause(
    "EXEC-3",
    _C,
    "4.1",
    "A synchronous chain posts no event.",
    why="The header says so: the caller already has the answer.",
)
EXEC_4 = clause(
    "EXEC-4",
    _L,
    "2.8, 3.2",
    "When a chain goes async it is the new head that returns, behind the same call.",
    why="The context that returns is the spare's, which got the registers of the task that went async.",
)
