# SPDX-License-Identifier: Apache-2.0
"""Programs, and where their tasks may be preempted: STEP, OBJECT."""

from typing import Final

from model.clauses.registry import Confidence, clause

_C: Final = Confidence.CERTAIN
_W: Final = Confidence.WORLD

# Programs
STEP_1 = clause(
    "STEP-1",
    _W,
    "D53",
    "`store` writes one word, or gives -EFAULT.",
    why="The head's own stores in user mode, kept from crashing the program.",
)
STEP_2 = clause(
    "STEP-2",
    _C,
    "4.3, D53",
    "`reap` takes the event at the user index, if there is one, and moves the index on.",
    why="fio's consumer in all versions: take what is not NULL, clear it, go on with a wrap.",
)
STEP_3 = clause(
    "STEP-3",
    _W,
    "D25, D54",
    "After `settle` nothing else can run.",
    why="A moment at which no task moves can be compared, whatever led to it.",
)
STEP_4 = clause(
    "STEP-4",
    _W,
    "D26, D56",
    "A program whose head sleeps for ever is stuck.",
    why="A program that hangs is an outcome like any other; the observer says so from outside.",
)
STEP_5 = clause(
    "STEP-5",
    _W,
    "D57",
    "A program ends when its fuel is spent.",
    why="Chains may loop for ever by design, experiments may not.",
)
STEP_6 = clause(
    "STEP-6",
    _W,
    "D42",
    "A number out of the table, or an empty entry, gives the head -ENOSYS.",
    why="The kernel's entry code answers so, for what it does not know as for empty entries.",
)
STEP_7 = clause(
    "STEP-7",
    _W,
    "D26, D55, D69",
    "A program whose steps are done settles once more and ends.",
    why="What the others still do is part of the outcome.",
)

# Preemption inside objects
OBJECT_1 = clause(
    "OBJECT-1",
    _W,
    "D77, Linux",
    "A call on a pipe sleeps while another task is inside with the pipe's lock.",
    only="--preempt deep",
    why="The lock of a pipe is a mutex, held while a page is copied; a sleep for it is a sleep like any other to the scheduler's hook.",
)
OBJECT_2 = clause(
    "OBJECT-2",
    _W,
    "D77, D34, Linux",
    "A call that would sleep does not, if what it waits for comes before it has fallen asleep.",
    only="--preempt deep",
    why="A waiter gets in line first and then looks once more, so a waker in between makes its sleep none; a task that was woken is never handed over.",
)
