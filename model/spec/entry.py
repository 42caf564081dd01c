# SPDX-License-Identifier: Apache-2.0
"""The calls that enter: `async_exec` up to its first fetch, and `threadlet_on` (sheet 2.1, 3.3 to 3.5, 7.1; D35)."""

from typing import Final

from model import abi
from model.spec import events as ev
from model.spec.calls import recursion_error
from model.spec.chain import next_atom
from model.spec.family import begin_family, refill
from model.spec.machine import Fault, Given, Machine
from model.spec.task import HEAD, Chain, Task
from model.variant import EntryReads

_PAIR_IGNORED: Final = EntryReads.HEAD_PAIR_IGNORED


def async_exec(m: Machine, t: Task, args: tuple[int, ...]) -> Given | None:
    """ENTRY-1: a task that has no pair of its own yet reads it, once. Then a spare, then the chain."""
    first, ahu = args[:2]
    begin_family(m, t)
    has_pair = m.again() if m.left else m.keep(t.has_pair)
    if not has_pair and m.variant.entry_reads is not _PAIR_IGNORED:
        try:
            m.read(t, ahu + abi.AHU_HEAD_STACK)
            m.read(t, ahu + abi.AHU_HEAD_IP)
        except Fault as fault:
            return m.gives(t, -abi.EFAULT, ev.OwnPairFaults, fault.address)
        t.has_pair = True
        m.say(t, ev.OwnPairRead)
    error = refill(m, t, ahu)
    if error is not None:
        return error
    m.enter(t, True, ev.ChainBegins, first, ahu)
    t.rule, t.given = next_atom(m, t, Chain(t.family.thread.step, first, ahu), first)
    return None


def threadlet_on(m: Machine, t: Task, args: tuple[int, ...]) -> Given:
    """THREAD-3: the guard; then a spare, as for a chain. The head's own pair is left alone (D80)."""
    refused = m.again() if m.left else m.keep(t.inside or t.role is not HEAD)
    if refused:
        return m.gives(t, recursion_error(m), ev.NestedRefused)
    begin_family(m, t)
    error = refill(m, t, args[2])
    if error is not None:
        return error
    m.enter(t, True, ev.Armed)
    return 0, ev.Armed.clause
