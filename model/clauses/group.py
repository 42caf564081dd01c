# SPDX-License-Identifier: Apache-2.0
"""Programs of several threads: GROUP."""

from typing import Final

from model.clauses.registry import Confidence, clause

_L: Final = Confidence.LIKELY
_W: Final = Confidence.WORLD

GROUP_1 = clause(
    "GROUP-1",
    _L,
    "3.3, D131",
    "Each thread that makes calls of syslets has a family of its own.",
    why="Version 3 embeds the head in the task, and its pools are a task's own, whatever rings it uses.",
)
GROUP_2 = clause(
    "GROUP-2",
    _L,
    "4.4, D131",
    "Two families that post to one ring do not exclude each other.",
    switch="completion_lock",
    why="The lock belongs to a head, so two heads on one ring take different ones; version 7 has a lock for each group of waiters.",
)
GROUP_3 = clause(
    "GROUP-3",
    _L,
    "5, D132",
    "`async_wait` returns if nothing of its own family is busy, whatever other families do.",
    why="A wait looks at the lists and the count of its head, and at nothing of any other head.",
)
GROUP_4 = clause(
    "GROUP-4",
    _W,
    "D133",
    "Threads that settle go on together, in order of number, before time moves.",
    why="A moment of rest is the same on both sides, whichever thread asked for it first.",
)
GROUP_5 = clause(
    "GROUP-5",
    _W,
    "D133",
    "A thread behind its last step waits for the others, and no thread waits for it.",
    why="A program ends when all its steps are done; what is done holds nothing back.",
)
GROUP_6 = clause(
    "GROUP-6",
    _W,
    "D134",
    "The exit of a thread ends its own family and leaves the others.",
    why="As the exit of any thread of a process does.",
)
