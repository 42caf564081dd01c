# SPDX-License-Identifier: Apache-2.0
"""User mode: words that a step or a script reads and writes itself, checked (D53), and pages that are cold (D89)."""

from model import clauses
from model.image import BASE, PAGE, PAGES
from model.program import PageKind
from model.spec.machine import ARRIVALS, PRIVATE, Machine, Phase, Task
from model.trace import FAULT


def fetches(m: Machine, t: Task, address: int, write: bool) -> bool:
    """PAGE-4: whether the task has to sleep first for a page of the word at `address`; its phase comes back then.

    The pages are asked in order of address; one that refuses for good ends the asking, and the access will fault.
    """
    first = (address - BASE) // PAGE
    for page in range(first, (address + 7 - BASE) // PAGE + 1):
        if page in m.cold:
            return _sleep_for(m, t, page)
        if not 0 <= page < PAGES or m.pages[page] == PageKind.ABSENT:
            return False
        if write and m.pages[page] != PageKind.READ_WRITE:
            return False
    return False


def _sleep_for(m: Machine, t: Task, page: int) -> bool:
    m.hit[clauses.PAGE_4] = 1
    if t.armed:
        m.hit[clauses.PAGE_1] = 1
    m.touch_thing(ARRIVALS - page, False)
    t.key = page
    t.back = t.phase
    t.place = PRIVATE
    t.phase = _arrives
    m.add_timer(t, m.now + 1)
    m.sleep(t, FAULT)
    return True


def _arrives(m: Machine, t: Task) -> bool:
    """PAGE-3: whoever slept for the page and runs first brings it in, for everybody."""
    page = t.key
    m.touch_thing(ARRIVALS - page, page in m.cold)
    if page in m.cold:
        m.hit[clauses.PAGE_3] = 1
        m.cold = m.cold - {page}
        m.pages = m.pages[:page] + bytes((PageKind.READ_WRITE,)) + m.pages[page + 1 :]
    t.phase = t.back
    return True


def read(m: Machine, t: Task, address: int, into: str, then: Phase, fault: Phase) -> bool:
    """Read the word at `address` into the task's attribute `into`, and go on with `then`; at a bad one with `fault`."""
    if m.cold and fetches(m, t, address, False):
        return False
    m.touch(address, 8, False)
    value = m.load(address)
    if value is None:
        t.phase = fault
    else:
        setattr(t, into, value)
        t.phase = then
    return True


def write(m: Machine, t: Task, address: int, value: int, clause: int, then: Phase, fault: Phase) -> bool:
    """Write the word at `address`, and go on with `then`; at a bad address with `fault`."""
    if m.cold and fetches(m, t, address, True):
        return False
    m.touch(address, 8, True)
    t.phase = then if m.store(address, value, clause) else fault
    return True
