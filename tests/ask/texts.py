# SPDX-License-Identifier: Apache-2.0
"""Programs that several tests ask about."""

ONE_SLOT = """\
syslet 1
pipe p0
pipe p1
head h0 ring=r0 slots=1 stack=top
atom a0 = read(p0.r, pg3, 8)
atom a1 = read(p1.r, pg4, 8)

async_exec(a0, h0)
refill h0
async_exec(a1, h0)
settle
write(p0.w, pg3, 8)
write(p1.w, pg3, 8)
settle
reap h0
"""
