# SPDX-License-Identifier: Apache-2.0
"""Threads and threadlets, and the end of a head: THREAD, EXIT."""

from typing import Final

from model.clauses.registry import Confidence, clause

_C: Final = Confidence.CERTAIN
_L: Final = Confidence.LIKELY
_O: Final = Confidence.OPEN
_W: Final = Confidence.WORLD

# async_thread
THREAD_1 = clause(
    "THREAD-1",
    _O,
    "3.6, D39",
    "`async_thread` by the head, or by a task without a context, gives -EINVAL.",
    "async_thread_errno",
    why="The call parks a thread that belongs to the pool; the head is no such thread, and the error number is not known.",
)

# Threadlets
THREAD_2 = clause(
    "THREAD-2",
    _L,
    "7.1, D18, D80",
    "`threadlet_on` makes sure of a spare as `async_exec` does, arms, and returns 0.",
    why="A threadlet that may block needs its heir before it starts, just as a chain does.",
)
THREAD_3 = clause(
    "THREAD-3",
    _O,
    "2.1, D4, D82",
    "`threadlet_on` inside a threadlet, or by a busy task, gives the recursion error.",
    why="A task has one restore pair, and only the head has one to give away.",
)
THREAD_4 = clause(
    "THREAD-4",
    _L,
    "3.2, 7.1, D81",
    "When a threadlet sleeps the heir takes up the restore pair: it goes on in the caller, behind `threadlet_exec`.",
    why="The caller's stack is given away, and another task goes on there.",
)
THREAD_5 = clause(
    "THREAD-5",
    _L,
    "3.2, 3.5, D81",
    "The task that slept keeps its own frame: busy now, it goes on with its script behind the call it slept in.",
    why="Its registers and its stack are what the function needs; a copy of them would be two of one threadlet.",
)
THREAD_6 = clause(
    "THREAD-6",
    _L,
    "3.2",
    "A threadlet that went async is not armed any more: it may sleep again, and nothing changes about the head.",
    why="It gave the head away already.",
)
THREAD_7 = clause(
    "THREAD-7",
    _L,
    "7.1, D18",
    "`threadlet_off` of the head gives 1 and disarms: what the head sleeps in later hands nothing over.",
    why="Outside of a threadlet the caller never agreed that its frame may be taken up elsewhere.",
)
THREAD_8 = clause(
    "THREAD-8",
    _L,
    "7.1, D18",
    "`threadlet_off` of a threadlet that went async gives 0.",
    why="So its own end knows that there is no caller to return to.",
)
THREAD_9 = clause(
    "THREAD-9",
    _O,
    "D83, D99",
    "`threadlet_off` outside of a threadlet gives -EINVAL.",
    "threadlet_off_errno",
    why="A call that ends nothing is a mistake of its caller, which a 1 would hide.",
)
THREAD_10 = clause(
    "THREAD-10",
    _C,
    "7.3, D19",
    "A threadlet that went async posts no event.",
    "threadlet_event",
    why="The announcement leaves completion to the user's own means; its test used a futex.",
)
THREAD_11 = clause(
    "THREAD-11",
    _L,
    "3.3, 3.6, 7.2, D84",
    "`async_thread` of a busy task parks it: ready, at the tail; when nothing is busy any more the waiter wakes.",
    why="A context that has finished is as good a spare as a new one.",
)
THREAD_12 = clause(
    "THREAD-12",
    _O,
    "3.8, D20, D84",
    "A threadlet whose head has exited finishes its script; then it ends instead of turning ready.",
    why="No task is left to become its heir, or to use it as a spare.",
)
THREAD_13 = clause(
    "THREAD-13",
    _C,
    "7.2",
    "A threadlet that ran to its end in its caller gives a result other than 0, and its stack is free.",
    why="The announcement: such a result is the promise that the function is over.",
)
THREAD_14 = clause(
    "THREAD-14",
    _O,
    "D85",
    "A stack that a threadlet has not given back is -EBUSY; nothing enters the kernel.",
    why="Two functions on one stack destroy each other; the announcement forbids it, here it is found out.",
)
THREAD_15 = clause(
    "THREAD-15",
    _O,
    "D85, D91",
    "A stack is taken when `threadlet_exec` begins, and free again when `threadlet_off` has returned 0, or when `threadlet_exec` fails.",
    why="From then on its threadlet only parks itself, and comes back on another frame or not at all.",
)
THREAD_16 = clause(
    "THREAD-16",
    _O,
    "D85",
    "An error of `threadlet_on` is the result of `threadlet_exec`; nothing of the script has run.",
    why="A function that might block without an heir was not asked for.",
)
THREAD_17 = clause(
    "THREAD-17",
    _L,
    "2.4, 7.4, D17, D82, D110",
    "Until `threadlet_off` returns, in whichever task, the refused calls give -ENOSYS.",
    why="They work on the frame or on per-task state, which a hand-over divides between two tasks.",
)
THREAD_18 = clause(
    "THREAD-18",
    _W,
    "D42, D87, D93, D99",
    "By number, `threadlet_on` is an empty entry of a program, and `threadlet_off` is one of its chains and scripts; "
    "empty entries and numbers out of the table give -ENOSYS.",
    why="A bare `threadlet_on` would need a frame of its own to come back to.",
)
THREAD_19 = clause(
    "THREAD-19",
    _O,
    "D86",
    "The cached way with a spare is the real one without its calls: same results, same hand-over.",
    why="The announcement wants the cached threadlet to cost no kernel entry, not to mean something else.",
)
THREAD_20 = clause(
    "THREAD-20",
    _O,
    "D86, D94",
    "The cached way without a spare and without a stack for one runs unarmed: nothing hands over, the result is 2.",
    why="Staying synchronous is cheap, and the result says so, so that the caller may refill.",
)
THREAD_21 = clause(
    "THREAD-21",
    _O,
    "D86",
    "The cached way without a spare but with a stack makes the real call; a fault of the look is -EFAULT.",
    why="Only the kernel can make a spare.",
)
THREAD_22 = clause(
    "THREAD-22",
    _W,
    "D88",
    "The operations of a script are made one after another; each is seen with its result and the task that ran it.",
    why="Which context ran a call is what threadlets are about.",
)
THREAD_23 = clause(
    "THREAD-23",
    _L,
    "5, 7.3, D84",
    "The end of a threadlet that went async counts as no event.",
    why="What is waited for is events in the ring, and it posts none.",
)
THREAD_24 = clause(
    "THREAD-24",
    _C,
    "7.2",
    "The caller of a threadlet that went async gets 0.",
    why="The announcement: by the 0 it learns that the stack is still in use.",
)
THREAD_25 = clause(
    "THREAD-25",
    _L,
    "7.1, 7.2, D18",
    "The result of a threadlet that was armed and ran to its end in its caller is that of `threadlet_off`: 1.",
    why="`threadlet_complete` makes the call, and what the function returns with is its result.",
)

# Exit
EXIT_1 = clause(
    "EXIT-1",
    _O,
    "3.8, D20, D58",
    "The exiting head waits for its busy tasks, which finish as always and then end.",
    "head_exit",
    why="v7's parent waits until its list is empty; whether v3's waited for busy tasks is not known.",
)
EXIT_2 = clause(
    "EXIT-2",
    _O,
    "3.8, D20",
    "With the last task the group is gone.",
    why="Spares and busy tasks are threads of one group, which ends with its last member.",
)
