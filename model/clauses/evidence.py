# SPDX-License-Identifier: Apache-2.0
"""What the sources say for each clause about syslets: the words of the fact sheet that its sentence rests on.

Each line is a section and words that stand there (without `**`; `…` leaves something out). A decision stands for what
no words of the sheet say. A clause is as certain as the weakest of its lines; tests/model/test_evidence.py reads the
marks in the sheet and compares.
"""

from typing import Final

EVIDENCE: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    "ENTRY-1": (
        ("3.5", "Read when the task first acts as head in `async_exec` (L)"),
        ("3.5", "A task created as cachemiss thread uses its `new_thread_*` pair for the same purpose"),
    ),
    "ENTRY-2": (
        ("2.1", "if the head's *ready* list is empty, create one new cachemiss thread (§3.3). L."),
        ("3.3", "when no ready thread exists, one at a time, creator waits for the new thread to report in (L"),
    ),
    "ENTRY-3": (("2.1", "failure of refill: O."), ("3.4", "NULL at creation: O")),
    "ENTRY-4": (("3.4", "user code must watch for `new_thread_stack` becoming NULL and refill (C header)"),),
    "ENTRY-5": (("2.1", "failure of refill: O."),),
    "ENTRY-6": (("3.4", "Write-back fault: warning only (L)."),),
    "ENTRY-7": (("2.1", "Guarded calls return an error. Errno: O"),),
    "ENTRY-8": (("D35", 'a fault gives -EFAULT and counts as "not yet read"'),),
    "ENTRY-9": (
        ("3.4", "in the new thread, at creation time, before it first sleeps (L)"),
        ("3.4", "even if the syslet then completes synchronously"),
    ),
    "FETCH-1": (
        ("2.3", "individual reads of `nr`, `ret_ptr`, `flags`, `next` (order L"),
        ("2.3", "otherwise read the word it points to as argument i."),
    ),
    "FETCH-2": (
        ("1.1", "the kernel does not touch `arg_ptr[i+1..5]` nor `private` once `arg_ptr[i]` is NULL"),
        ("2.3", "Up to the first NULL: C (header)."),
    ),
    "FETCH-3": (("2.3", "Any failing read (atom word or argument word) → `-EFAULT` for the whole syslet (L)."),),
    "FETCH-4": (
        ("2.2", "On any fault → whole call returns `-EFAULT`, *no* ring event, even if already async."),
        ("4.1", "fetch fault mid-chain (L)"),
    ),
    "FETCH-5": (("2.3", "The copy is a snapshot"), ("2.3", "takes effect at the next fetch only. (L;")),
    "FETCH-6": (("2.3", "Unfetched arguments are 0 (L)."),),
    "ATOM-1": (("2.5", "If `SYSLET_ASYNC`: attempt the head switch immediately … or not head any more → no-op."),),
    "ATOM-2": (("2.5", "If `SYSLET_SYNC`: save and clear `async_ready` for the duration of this atom."),),
    "ATOM-3": (("2.5", "whether v3 still had it is O."),),
    "ATOM-4": (("2.4", "(L) the function returns *before* the `ret_ptr` store, so `ret_ptr` is not written."),),
    "ATOM-5": (("2.4", "Result value of such an atom: `-ENOSYS` (L), written to `ret_ptr` like any result."),),
    "ATOM-6": (("2.5", "If `ret_ptr` non-NULL: store `ret`."),),
    "ATOM-7": (("2.5", "Store faults → the atom's result *becomes* `-EFAULT`"),),
    "ATOM-8": (("2.5", "NULL `ret_ptr` is legal (C*"),),
    "ATOM-10": (("2.4", "Exact 12 calls and errno: O"),),
    "STOP-1": (("2.6", "NONZERO | ret ≠ 0"),),
    "STOP-2": (("2.6", "ZERO | ret = 0"),),
    "STOP-3": (("2.6", "NEGATIVE | ret < 0"),),
    "STOP-4": (("2.6", "NON_POSITIVE | ret ≤ 0"),),
    "STOP-5": (("2.6", "two or more bits | O"),),
    "STOP-6": (("2.7", "For v3: O."),),
    "NEXT-1": (("2.6", "Stop without SKIP bit → end."),),
    "NEXT-2": (("2.6", "Stop with `SKIP_TO_NEXT_ON_STOP` → `u + 1` … (C, header: linear next)"),),
    "NEXT-3": (("1.1", "successor in normal flow"), ("1.3", "modifier of a true stop condition")),
    "NEXT-4": (("1.1", "NULL ends the syslet"),),
    "EXEC-1": (("2.8", "Still head: pointer to the last executed atom (C*"),),
    "EXEC-2": (
        ("1.3", "the async indication is NULL (C*, all fio versions)"),
        ("1.5", "NULL = went asynchronous … (C*: fio compares"),
    ),
    "EXEC-3": (("4.1", "Not posted for: synchronous completion (C)"),),
    "EXEC-4": (
        ("2.8", "the *new head* returns NULL from this same call site."),
        ("3.2", "it resumes right after the `async_exec` call."),
    ),
    "MOVE-1": (
        ("3.1", "L identical with `async_ready` in place of `syslet_ready`"),
        ("3.2", "take the first thread of the ready list"),
    ),
    "MOVE-2": (("3.2", "None → nothing happens, the task blocks synchronously, stays head."),),
    "MOVE-3": (("3.2", "clear `async_ready` of the blocking task."),),
    "MOVE-4": (
        ("3.2", "The thread that *blocked* keeps its tid and keeps doing the work"),
        ("9", "tid of the head changes at each cachemiss … L for v3"),
    ),
    "MOVE-5": (
        ("3.2", "FIFO: threads are appended at the tail, picked at the front"),
        ("3.3", "never trimmed until head exit (L)"),
    ),
    "RING-1": (("4.1", "The event value is the user address of that last executed atom (C header"),),
    "RING-2": (
        ("1.3", "no ring event"),
        ("4.1", "(C header; C* fio v1: the first atom of its two-atom chain carried NO_COMPLETE"),
    ),
    "RING-3": (("4.2", "Non-NULL → ring full: event is not written"),),
    "RING-4": (("4.2", "Zero or non-multiple sizes: error (O whether checked"), ("4.2", "idx ≥ max: error (O")),
    "RING-5": (
        ("4.2", "write the atom pointer to the slot; idx+1, wrapping to 0 at max; write `kernel_ring_idx` back."),
    ),
    "RING-6": (("4.2", "read `kernel_ring_idx` from user memory (v3 keeps no kernel copy: … C, SEED)"),),
    "RING-7": (("4.2", "A fault on either write → error, lost or half-posted event."),),
    "RING-8": (
        ("4.2", "A fault on either write → error, lost or half-posted event."),
        ("D38", "the slot keeps the event, the index stays"),
    ),
    "RING-9": (("4.2", "take the per-head completion lock (sleeping lock … lock type L)"),),
    "RING-10": (
        ("4.2", "read `completion_ring`, `ring_size_bytes`"),
        ("9", "changing ring/size while work is in flight | O"),
    ),
    "POOL-1": (
        ("3.6", "finish the remaining atoms in the cachemiss context, post the completion, move from busy to ready"),
        ("3.6", "waiters in `async_wait` are woken (L)."),
        ("4.2", "waiter accounting (§5), unlock."),
        ("5", "wait until `min_wait_events` completions are available"),
    ),
    "POOL-2": (("D30", "in one critical section: busy → ready (at the tail), count, wake the waiters"),),
    "WAIT-1": (("5", "Called with no head/no async work ever: O … `-EFAULT` if `ahu` unreadable."),),
    "WAIT-2": (("4.2", "Zero or non-multiple sizes: error (O whether checked"), ("4.2", "idx ≥ max: error (O")),
    "WAIT-3": (("5", "`min_wait_events == 0`: pin: returns at once (O)."),),
    "WAIT-4": (("5", "Called with no head/no async work ever: O … Pin: 0 if nothing is busy"),),
    "WAIT-5": (("5", "Wrap-around of that difference: O."),),
    "WAIT-6": (("D31", "slot[user] ≠ NULL counts as a full ring, not an empty one"),),
    "WAIT-7": (
        ("5", "wait until `min_wait_events` completions are available"),
        ("5", "only that head's `busy` list and counter matter, whatever ring is passed (L)"),
        ("5", "Return on success: 0 (L)"),
    ),
    "WAIT-8": (("5", "until no async work is busy any more, whichever first. (L;"),),
    "WAIT-9": (
        ("1.3", "no ring event"),
        ("4.2", "The syslet's completion is lost; nothing is queued"),
        ("5", "wait until `min_wait_events` completions are available relative to `user_ring_idx`"),
    ),
    "WAIT-10": (("5", "events already in the ring = `kernel_ring_idx - user_ring_idx` (L)."),),
    "UMEM-1": (("6", "read `*uptr`; fault → `-EFAULT`."),),
    "UMEM-2": (("6", "`inc == 0` → return the value read, no write."),),
    "UMEM-3": (("6", "else store value+inc (wraps modulo word), … return the new value."),),
    "UMEM-4": (("6", "Plain read-modify-write, not atomic"),),
    "UMEM-5": (("6", "v1 ignored a store fault, v2+ returns `-EFAULT` (C, V2-ANN)."),),
    "THREAD-1": (("3.6", "from a thread with no associated head: error, O which"),),
    "THREAD-2": (
        ("7.1", "ensure head and one ready thread; remember restore pair in the head; arm `async_ready`; return 0 | L"),
    ),
    "THREAD-3": (("2.1", "Guarded calls return an error. Errno: O"),),
    "THREAD-4": (
        ("3.2", "new task gets stack := `restore_stack`, ip := `restore_eip`, result 0"),
        ("7.1", 'any sleep in any syscall or page fault, until off, triggers §3.2 "threadlet"'),
    ),
    "THREAD-5": (
        ("3.2", "the blocking task keeps its frame and continues the threadlet function when its syscall finishes."),
        ("3.5", "it keeps running on the threadlet stack."),
    ),
    "THREAD-6": (("3.2", "clear `async_ready` of the blocking task."),),
    "THREAD-7": (("7.1", "if still head: disarm, return 1"),),
    "THREAD-8": (("7.1", "if it went async: return 0"),),
    "THREAD-9": (("D83", "gives -EINVAL and changes nothing"),),
    "THREAD-10": (("7.3", "v3 posts no ring event for a threadlet: completion notification is entirely user-defined"),),
    "THREAD-11": (
        ("3.3", "A finished cachemiss thread goes to the tail of the ready list and is reused"),
        ("3.6", "waiters in `async_wait` are woken (L)."),
        ("7.2", "the context parks itself in `sys_async_thread()` (L)."),
    ),
    "THREAD-12": (("3.8", "O whether v3 waits for busy or abandons them"),),
    "THREAD-13": (("7.2", 'result non-zero ("done") → ran to completion synchronously, `new_stack` is free again'),),
    "THREAD-14": (("D85", "a stack that a threadlet has not given back is -EBUSY"),),
    "THREAD-15": (("D91", "takes its stack before anything else, and gives it back with every error"),),
    "THREAD-16": (("D85", "an error of it is the result, and nothing has run"),),
    "THREAD-17": (
        ("2.4", "Result value of such an atom: `-ENOSYS` (L)"),
        ("7.4", "fail inside one while still head (L)."),
        ("7.4", "between switch and off it still counts as a cachemiss thread (L)."),
    ),
    "THREAD-19": (("D86", "Apart from schedule points both ways are the same whenever a spare is there"),),
    "THREAD-20": (("D86", "what would be 1 in the end is 2"),),
    "THREAD-21": (("D86", "the real call is made"),),
    "THREAD-23": (
        ("5", "wait until `min_wait_events` completions are available relative to `user_ring_idx`"),
        ("7.3", "v3 posts no ring event for a threadlet"),
    ),
    "THREAD-24": (("7.2", "result 0 → now running asynchronously on `new_stack`"),),
    "THREAD-25": (
        ("7.1", "if still head: disarm, return 1"),
        ("7.2", "Sync: performs `threadlet_off` and returns non-zero."),
    ),
    "EXIT-1": (("3.8", "O whether v3 waits for busy or abandons them"),),
    "EXIT-2": (
        ("D20", "when the last user context exits, the group exits with its code"),
        ("3.8", "(O whether v3 waits"),
    ),
    "PAGE-1": (
        ("3.1", "any voluntary sleep counts — disk I/O, page fault, mutex/semaphore contention"),
        ("7.1", 'any sleep in any syscall or page fault, until off, triggers §3.2 "threadlet" | concept C (SEED)'),
    ),
    "STEP-2": (("4.3", "NULL → empty; else take it, store NULL, advance index with wrap at ring length."),),
    "GROUP-1": (("3.3", "v3 pools are per head task, shared by all rings passed by that task (L)."),),
    "GROUP-2": (("4.4", "Two *different heads* (threads) using one ring take different locks → unsynchronised (L)."),),
    "GROUP-3": (("5", "only that head's `busy` list and counter matter, whatever ring is passed (L)"),),
}
"""By clause; those about the world have none."""
