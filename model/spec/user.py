# SPDX-License-Identifier: Apache-2.0
"""User mode: words that a step or a script reads and writes itself, checked (D53), and pages that are cold (D89)."""

from model import abi
from model.image import BASE, PAGE, PAGES
from model.program import PageKind
from model.spec import events as ev
from model.spec.machine import Machine
from model.spec.names import PRIVATE, arrival
from model.spec.task import Task
from model.trace import FAULT


def read(m: Machine, t: Task, address: int) -> int:
    """The word at `address`. Raises Fault."""
    if m.comes_in:
        _come_in(m, t, address, write=False)
    return m.peek(t, address)


def write(m: Machine, t: Task, address: int, value: int, clause: int) -> None:
    """Write the word at `address`, because of a clause. Raises Fault."""
    if m.comes_in:
        _come_in(m, t, address, write=True)
    m.poke(t, address, value, clause)


def _come_in(m: Machine, t: Task, address: int, *, write: bool) -> None:
    """PAGE-4: sleep for each cold page of the word at `address`, in order."""
    while (page := m.once(_missing, m, t, address, write)) is not None:
        t.places = (PRIVATE,)
        m.sleep_once(t, FAULT, ticks=1)
        m.once(_arrives, m, t, page)


def _missing(m: Machine, t: Task, address: int, write: bool) -> int | None:
    """The first page that is still to come in. One that refuses for good ends the asking: the access will fault."""
    for page in range((address - BASE) // PAGE, (address + abi.WORD - 1 - BASE) // PAGE + 1):
        if page in m.cold:
            m.say(t, ev.PageCold, page, m.now + 1)
            if t.armed:
                m.say(t, ev.ArmedFault)
            m.touch(t, arrival(page), False)
            return page
        if not 0 <= page < PAGES or m.pages[page] == PageKind.ABSENT:
            break
        if write and m.pages[page] != PageKind.READ_WRITE:
            break
    return None


def _arrives(m: Machine, t: Task, page: int) -> None:
    """PAGE-3: the first to run of those that slept for the page brings it in, for all."""
    m.touch(t, arrival(page), page in m.cold)
    if page in m.cold:
        m.say(t, ev.PageIn, page)
        m.come_in(page)
