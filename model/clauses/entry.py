# SPDX-License-Identifier: Apache-2.0
"""What `async_exec` does before it fetches: ENTRY."""

from typing import Final

from model.clauses.registry import Confidence, clause

_C: Final = Confidence.CERTAIN
_L: Final = Confidence.LIKELY
_O: Final = Confidence.OPEN

# Entering the kernel
ENTRY_1 = clause(
    "ENTRY-1",
    _L,
    "3.5, D35, D71",
    "The original task's first `async_exec` reads `head_stack` and `head_ip`; a task that was created as a spare never does.",
    "entry_reads",
    why="The original task may itself become a busy one and needs a place to go then; v2 added the pair for that, and the first moment it can be read is the first call. A spare was made with a pair of its own.",
)
ENTRY_2 = clause(
    "ENTRY-2",
    _L,
    "2.1, 3.3",
    "Entry makes a spare, before the first fetch, if none is ready; if one is, it touches neither `new_thread_stack` nor `new_thread_ip`.",
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
    _C,
    "3.4",
    "A new spare consumes `new_thread_stack`: the word becomes 0.",
    why="The header tells users to watch the word become NULL and refill it.",
)
ENTRY_5 = clause(
    "ENTRY-5",
    _O,
    "2.1, D35",
    "A fault while reading the new thread's stack or ip gives -EFAULT and creates nothing.",
    why="A thread made before its words are known to be readable could never be used.",
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
ENTRY_8 = clause(
    "ENTRY-8",
    _O,
    "D35",
    "A fault while `head_stack` or `head_ip` is read gives -EFAULT, and the pair counts as not yet read.",
    why="The call cannot go on without a place for its task; the next call tries again, since nothing was remembered.",
)
ENTRY_9 = clause(
    "ENTRY-9",
    _L,
    "3.4, D35",
    "`new_thread_stack` is used up when the spare is made, whether or not the chain goes async.",
    why="It belongs to the thread that is made, and not to the chain: so it is gone even if the chain never sleeps.",
)
