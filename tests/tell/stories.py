# SPDX-License-Identifier: Apache-2.0
"""Programs and stories that the tests draw."""

from typing import Final

import attrs

from fuzz.tell.narrate import narrate
from fuzz.tell.retell import retell
from fuzz.tell.story import Story
from fuzz.text import parse
from model import image as layout
from model.check.check import check
from model.program import Program
from model.spec import run
from model.trace import Settled, Trace

THREE: Final = """\
syslet 1
getpid()
store w0 = 7
settle
"""

BLOCKS: Final = """\
syslet 1
pipe p0
head h0 ring=r0 slots=4 stack=top
atom a0 = read(p0.r, pg3, 8) -> w0 next=a1
atom a1 = getpid() -> w1

async_exec(a0, h0)
write(p0.w, pg4, 8)
settle
reap h0
"""

MANY: Final = """\
syslet 1
timespec t0 = 2ms
timespec t1 = 1ms
pipe p0
eventfd e0 = 0
head h0 ring=r0 slots=2 stack=top
atom a0 = nanosleep(t0, NULL) next=a4
atom a1 = nanosleep(t1, NULL) next=a4
atom a2 = read(p0.r, pg3, 8) next=a5
atom a3 = read(e0, w3, 8) next=a5
atom a4 = umem_add(w1, 1) -> w2 next=a6
atom a5 = umem_add(w1, 2) -> w2 [SYNC]
atom a6 = futex(w4, WAIT, 0, NULL)

async_exec(a0, h0)
refill h0
async_exec(a1, h0)
refill h0
async_exec(a2, h0)
refill h0
async_exec(a3, h0)
advance 3
write(p0.w, pg4, 8)
write(e0, w1, 8)
settle
futex(w4, WAKE, 2)
async_wait(2, 0, h0)
reap h0
reap h0
"""
"""Every kind of object, a ring that overflows, and some 60 beats."""

RACE: Final = """\
syslet 1
pipe p0
head h0 ring=r0 slots=1 stack=top
atom a0 = read(p0.r, w3, 8) -> w1
init r0[0] = 7
choose 4:1

async_exec(a0, h0)
refill h0
async_exec(a0, h0)
write(p0.w, pg4, 8)
settle
"""
"""Two readers and one piece of data: one is interrupted, one sleeps again, and the event finds its slot taken."""


THREADLET: Final = """\
syslet 1
pipe p0
head h0 ring=r0 slots=4 stack=top
f0: store w0 = 1
f0: read(p0.r, pg6, 8)
f0: threadlet_exec(f1, s1, h0)
f1: getpid()

threadlet_exec(f1, s0, h0)
threadlet_exec(f0, s0, h0)
threadlet_exec(f1, s0, h0)
write(p0.w, pg3, 8)
settle
threadlet_exec(f1, s0, h0) cached
"""
"""All results of a threadlet, its stack taken and given back, a nested one, and the cached way."""

COLD: Final = """\
syslet 1
page pg5 cold
page pg6 cold
head h0 ring=r0 slots=4 stack=top
f0: store pg6 = 5
f0: store w1 = 6
f1: store pg5 = 7

threadlet_exec(f0, s0, h0)
threadlet_exec(f1, s1, h0)
threadlet_exec(f1, s1, h0) cached
store pg5+8 = 8
"""
"""A page fault that hands over, a threadlet that is refused for want of a spare, and one that sleeps unarmed."""


OVERTAKEN: Final = """\
syslet 1
page pg5 rw
pipe p0
head h0 ring=r0 slots=4 stack=top
atom a0 = read(p0.r, pg5, 0x1000) -> w0
atom a1 = write(p0.w, pg3, 0x2000) -> w1
choose 1:1

async_exec(a0, h0)
refill h0
async_exec(a1, h0)
settle
"""
"""Preempted inside objects, a reader makes room before the writer that woke it falls asleep."""

THREADS: Final = """\
syslet 1
pipe p0
head h0 ring=r0 slots=4 stack=top
head h1 ring=r1 slots=4 stack=top
atom a0 = read(p0.r, pg3, 8)
atom a1 = getpid() [ASYNC]

async_exec(a0, h0)
settle
write(p0.w, pg4, 8)
settle

u1: async_exec(a1, h1)
u1: settle
u1: async_wait(1, 0, h1)
u1: exit 3
"""
"""Two threads with a family each, which settle together; one exits."""


def program(text: str) -> Program:
    return parse(text).program


def on_model(text: str, *, deep: bool = False) -> Story:
    return Story("on the model", narrate(program(text), deep=deep))


def lie(trace: Trace) -> Trace:
    """The trace, except that the first slot of ring r0 shows a0."""
    events = list(trace.events)
    for i, event in enumerate(events):
        if isinstance(event, Settled):
            word = layout.BASE.to_bytes(8, "little")
            changes = tuple((at, word if at == layout.RINGS_AT else data) for at, data in event.seen.changes)
            events[i] = Settled(event.step, attrs.evolve(event.seen, changes=changes))
    return attrs.evolve(trace, events=tuple(events))


def divergence(text: str = BLOCKS) -> Story:
    """A target that posts the first atom instead of the last."""
    made = program(text)
    image = layout.build(made)
    trace = lie(run.run(image))
    return retell(made, trace, "host", check(image, trace))
