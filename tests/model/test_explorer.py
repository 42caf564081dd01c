# SPDX-License-Identifier: Apache-2.0
"""The search splits runs only where two tasks meet, brute force everywhere. Both must see the same behaviours."""

import pytest

from fuzz.text import parse
from model.check.explore import Explorer
from tests.model.outcomes import EverySplit, outcomes

TWO_ADDERS = """syslet 1
eventfd e0 = 0
head h0 ring=r0 slots=4 stack=top
atom a0 = read(e0, pg3, 8) [] next=a1
atom a1 = umem_add(w0, 1) -> w1
atom a2 = read(e0, pg4, 8) [] next=a3
atom a3 = umem_add(w0, 2) -> w2
init w5 = 9

async_exec(a0, h0)
refill h0
async_exec(a2, h0)
{middle}
settle
"""

CASES = {
    "two-counters-lose-updates": TWO_ADDERS.replace("e0 = 0", "e0 = 0 semaphore").replace(
        "{middle}", "store pg6 = 2\nwrite(e0, pg6, 8)"
    ),
    "one-of-two-readers": TWO_ADDERS.replace("{middle}", "store pg6 = 2\nwrite(e0, pg6, 8)"),
    "a-chain-rewrites-another": """syslet 1
eventfd e0 = 0 semaphore
head h0 ring=r0 slots=4 stack=top
atom a0 = read(e0, pg3, 8) next=a1
atom a1 = umem_add(a3.nr, 147)
atom a2 = read(e0, pg4, 8) next=a3
atom a3 = getpid() -> w2

async_exec(a0, h0)
refill h0
async_exec(a2, h0)
store pg6 = 2
write(e0, pg6, 8)
settle
""",
    "the-head-waits-while-two-finish": """syslet 1
eventfd e0 = 0 semaphore
head h0 ring=r0 slots=1 stack=top
head h1 ring=r1 slots=2 stack=top
atom a0 = read(e0, pg3, 8)
atom a1 = read(e0, pg4, 8) [NO_COMPLETE]
atom a2 = getpid() -> w0

async_exec(a0, h0)
async_exec(a1, h1)
store pg6 = 2
write(e0, pg6, 8)
async_wait(1, 0, h0)
async_exec(a2, h1)
reap h0
settle
""",
    "which-waiter-a-futex-wakes": """syslet 1
head h0 ring=r0 slots=4 stack=top
atom a0 = futex(w0, 128, 0, 0) next=a2
atom a1 = futex(w0, 128, 0, 0) next=a3
atom a2 = umem_add(w1, 1)
atom a3 = umem_add(w1, 1) -> w2

async_exec(a0, h0)
refill h0
async_exec(a1, h0)
futex(w0, 129, 1)
settle
futex(w0, 129, 1)
""",
}


def _program(text: str) -> str:
    return text.replace(" [] ", " ")


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_the_search_sees_what_brute_force_sees(name: str) -> None:
    program = parse(_program(CASES[name]), name).program
    everything, brute = outcomes(program, EverySplit)
    found, effort = outcomes(program, Explorer)
    assert found == everything
    assert effort < brute


def test_there_is_freedom_to_find() -> None:
    program = parse(_program(CASES["two-counters-lose-updates"]), "x").program
    found, _ = outcomes(program, Explorer)
    assert len(found) > 2
