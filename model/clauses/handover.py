# SPDX-License-Identifier: Apache-2.0
"""Hand-over, completion and waiting: MOVE, RING, POOL, WAIT, UMEM."""

from typing import Final

from model.clauses.registry import Confidence, clause

_C: Final = Confidence.CERTAIN
_B: Final = Confidence.CERTAIN_BY_CLIENT
_L: Final = Confidence.LIKELY
_O: Final = Confidence.OPEN

# The hand-over
MOVE_1 = clause(
    "MOVE-1",
    _L,
    "3.1, 3.2",
    "A chain or threadlet that sleeps while it may go async hands the head over to the first ready task.",
    why="The hook at the top of the scheduler asks: armed, and about to sleep? v7's is known, and v3's has as many lines. First in, first out is remembered.",
)
MOVE_2 = clause(
    "MOVE-2",
    _L,
    "3.2",
    "Without a ready task the sleep is synchronous and the head stays.",
    only="refill_failure=run_sync",
    why="The hook finds the list empty, and the task sleeps as any other does.",
)
MOVE_3 = clause(
    "MOVE-3",
    _L,
    "3.2",
    "A busy task that sleeps again changes nothing about the head.",
    why="The task was disarmed when it lost the head; it is an ordinary sleeper now.",
)
MOVE_4 = clause(
    "MOVE-4",
    _L,
    "3.2, 9, D24",
    "The task that slept keeps its thread number; the new head has another one of the same group.",
    "head_identity",
    why="The sleeping task cannot be moved, so the user context is: v7's code copies registers, not identity.",
)
MOVE_5 = clause(
    "MOVE-5",
    _L,
    "3.2, 3.3",
    "Ready tasks are taken from the front and come back at the tail; they are never trimmed.",
    why="Finished threads go to the tail and are reused until the head exits; v3 had no limit in the kernel.",
)

# Completion
RING_1 = clause(
    "RING-1",
    _C,
    "4.1",
    "A chain that finished in a busy task posts one event: the address of the last atom executed.",
    why="The header names the value; fio finds its request by that address.",
)
RING_2 = clause(
    "RING-2",
    _B,
    "1.3, 4.1, D65",
    "NO_COMPLETE on the last executed atom: no event.",
    why="fio's first engine put NO_COMPLETE on the first of two atoms and still got the event of the second: only the last one counts.",
)
RING_3 = clause(
    "RING-3",
    _L,
    "4.2, D11",
    "A slot that is not NULL: the event is lost, slot and index stay.",
    "ring_full",
    why="v1 to v6 returned an error that no caller receives; to overwrite, as v7 does, would lose an event that is already there.",
)
RING_4 = clause(
    "RING-4",
    _O,
    "4.2, D12",
    "A size of 0 or not a multiple of 8, or an index that is not below the number of slots: the event is lost, nothing is written.",
    "ring_validation",
    why="Size and index are user memory and may hold anything; the kernel must not write outside the ring for it.",
)
RING_5 = clause(
    "RING-5",
    _L,
    "4.2",
    "The event goes to slot[kernel_ring_idx]; then the index moves on by one, to 0 at the end.",
    why="fio polls slots in turn from 0 with rings of any length, no power of two.",
)
RING_6 = clause(
    "RING-6",
    _C,
    "4.2",
    "`kernel_ring_idx` is read from user memory at the time of the completion; the kernel keeps no copy.",
    why="The announcement of v3: all the state is in user space.",
)
RING_7 = clause(
    "RING-7",
    _L,
    "4.2",
    "A fault on a ring word before the slot store: the event is lost.",
    why="There is no caller left to return an error to.",
)
RING_8 = clause(
    "RING-8",
    _O,
    "4.2, D38",
    "A fault on the index store: the slot keeps the event, the index stays.",
    "half_posted",
    why="Slot first, then index is remembered; undoing the slot would be one more write to memory that just failed.",
)
RING_9 = clause(
    "RING-9",
    _L,
    "4.2, D36",
    "Posting is serialized by the head's completion lock.",
    why="Without a lock two completions could take the same slot; one for each head is what is remembered.",
)
RING_10 = clause(
    "RING-10",
    _O,
    "4.2, 9, D36",
    "`completion_ring` and `ring_size_bytes` are read at the time of the completion: a ring that was exchanged or resized in flight counts as it is by then.",
    why="Nothing is pinned, and v3 passes the ring with each call; but what a change in flight does, no source says (F6).",
)
POOL_1 = clause(
    "POOL-1",
    _L,
    "3.6, 4.2, 5, D30",
    "After slot and index the task turns ready, the event is counted, and the waiter is woken.",
    why="The thread has finished its work and is as good as a new one; a waiter waits for that event, or for nothing to be busy.",
)
POOL_2 = clause(
    "POOL-2",
    _O,
    "D30",
    "Turning ready, counting and waking are one step: the task that is woken finds the spare on the list.",
    "finish_order",
    why="Otherwise the next call of the waiter could fail for want of a spare that is about to be there.",
)

# async_wait
WAIT_1 = clause(
    "WAIT-1",
    _O,
    "5, D15, D37",
    "An unreadable `async_head_user` (or slot, if it must be looked at) gives -EFAULT first.",
    why="What cannot be read cannot be judged.",
)
WAIT_2 = clause(
    "WAIT-2",
    _O,
    "4.2, D13, D37",
    "A bad size, or an index that is not below the number of slots, gives -EINVAL.",
    "wait_bad_ring",
    why="A ring that no event can enter would be waited for in vain.",
)
WAIT_3 = clause(
    "WAIT-3",
    _O,
    "5, D15",
    "`min_wait_events` 0 returns 0 at once.",
    why="No event is already there.",
)
WAIT_4 = clause(
    "WAIT-4",
    _O,
    "5, D15",
    "Nothing busy: 0 at once.",
    "wait_idle",
    why="With nothing in flight no event will ever come; registration, whose absence was v1's error, is gone in v3.",
)
WAIT_5 = clause(
    "WAIT-5",
    _O,
    "5, D13",
    "The difference of kernel index and user index is taken modulo the slots.",
    "wait_arithmetic",
    why="Indices wrap, so the difference does.",
)
WAIT_6 = clause(
    "WAIT-6",
    _O,
    "D31",
    "Equal indices over a slot that is not NULL: the ring is full, not empty.",
    "ring_equal_indices",
    why="Equal indices alone cannot tell full from empty; the slot can, since a consumer clears what it takes.",
)
WAIT_7 = clause(
    "WAIT-7",
    _L,
    "5, D14",
    "It sleeps until enough events were posted on any ring of the head, and returns 0.",
    "wait_scope",
    why="v3 passes the ring with each call but keeps one list of busy tasks and one counter for each head.",
)
WAIT_8 = clause(
    "WAIT-8",
    _L,
    "5, D31",
    "It returns 0 when nothing is busy any more, however many events came.",
    why="No more events can come; fio's loop takes an early return.",
)
WAIT_9 = clause(
    "WAIT-9",
    _L,
    "1.3, 4.2, 5, D31",
    "Lost and suppressed completions are no events.",
    why="The counter moves with the index: what is not in the ring would be waited for, and not found.",
)
WAIT_10 = clause(
    "WAIT-10",
    _L,
    "5, D37",
    "Events that were in the ring before the call count: as many as the kernel index is beyond the user index that was passed.",
    why="The index argument is new in v3 and lets the kernel count what came since user space last looked.",
)

# umem_add
UMEM_1 = clause(
    "UMEM-1",
    _L,
    "6",
    "The word is read; a fault gives -EFAULT.",
    why="It is an ordinary access to user memory.",
)
UMEM_2 = clause(
    "UMEM-2",
    _L,
    "6",
    "An increment of 0 writes nothing and returns the value read.",
    why="So that memory which is only readable can be looked at.",
)
UMEM_3 = clause(
    "UMEM-3",
    _L,
    "6",
    "The sum, modulo the word, is stored and returned.",
    why="A loop tests what it has just counted.",
)
UMEM_4 = clause(
    "UMEM-4",
    _L,
    "6, D21",
    "Reading and storing are two accesses; others may come between.",
    why="The generic version is two plain accesses in C, documented as not atomic.",
)
UMEM_5 = clause(
    "UMEM-5",
    _C,
    "6",
    "A fault while the sum is stored gives -EFAULT.",
    why="v1 ignored it; v2's announcement says that it is returned since.",
)
