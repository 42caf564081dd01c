# SPDX-License-Identifier: Apache-2.0
"""The programs that are timed."""

from typing import Final

from fuzz.text import parse
from model.program import Program

_TYPICAL: Final = """\
syslet 1
pipe p0
pipe p1
eventfd e0 = 1
head h0 ring=r0 slots=4 stack=top
head h1 ring=r1 slots=4 stack=top
atom a0 = read(p0.r, pg3, 8) -> w0 [STOP_ON_NEGATIVE] next=a1
atom a1 = umem_add(w1, 5) next=a2
atom a2 = write(p1.w, pg3, 8)
atom a3 = getpid() -> w2 next=a4
atom a4 = read(e0, pg4, 8) -> w3
atom a5 = umem_add(w4, 1) -> w5 [STOP_ON_NON_POSITIVE SKIP_TO_NEXT_ON_STOP] next=a6
atom a6 = read(p1.r, pg4, 8) next=a7
atom a7 = sched_yield() [ASYNC]

async_exec(a0, h0)
refill h0
async_exec(a3, h1)
async_exec(a5, h1)
refill h1
write(p0.w, pg3, 8)
settle
reap h0
reap h1
async_wait(1, 0, h0)
getpid()
settle
"""

PIPES: Final = 8


def typical() -> Program:
    """About 12 steps, 8 atoms, 2 rings and 3 objects."""
    return parse(_TYPICAL, "typical").program


def in_flight(count: int) -> Program:
    """`count` syslets, all asleep in reads of pipes, then woken by one write per pipe and completed.

    Each chain first puts a stack back, so the head needs no step for that.
    """
    used = min(count, PIPES)
    lines = ["syslet 1", *(f"pipe p{i}" for i in range(used)), "head h0 ring=r0 slots=128 stack=top"]
    for i in range(used):
        lines.append(f"atom a{2 * i} = umem_add(h0.stack, top) next=a{2 * i + 1}")
        lines.append(f"atom a{2 * i + 1} = read(p{i}.r, pg3, 1)")
    lines += [f"async_exec(a{2 * (i % used)}, h0)" for i in range(count)]
    lines += ["settle"]
    for i in range(used):
        readers = len(range(i, count, used))
        lines += [f"write(p{i}.w, pg3, {readers})"]
    lines += ["settle"]
    return parse("\n".join(lines) + "\n", f"{count} in flight").program
