# SPDX-License-Identifier: Apache-2.0
"""Keeping what was observed with the machine, so that it branches, and is forgotten, with it."""

from model.spec.machine import Machine, Task
from model.spec.observer import observe, view_done
from model.trace import Blocked, End, Ended, Event, Observation, Result, Settled


class Kept:
    """What a machine has so that a `Keeper` can keep."""

    events_seen: tuple[Event, ...] = ()
    seen: bytes = b""
    """The memory as it was last observed."""


class Keeper:
    """An observer of machines that are `Kept` as well."""

    def result(self, machine: Machine, value: int) -> None:
        """See `Observer`."""
        self.keep(machine, Result(machine.step, value))

    def done(self, machine: Machine, task: Task, value: int) -> None:
        """See `Observer`."""
        self.keep(machine, view_done(task, value))

    def settled(self, machine: Machine) -> None:
        """See `Observer`."""
        self.keep(machine, Settled(machine.step, _look(machine)))

    def blocked(self, machine: Machine) -> None:
        """See `Observer`."""
        self.keep(machine, Blocked(machine.step, _look(machine)))

    def ended(self, machine: Machine, end: End) -> None:
        """See `Observer`."""
        self.keep(machine, Ended(machine.step, end, None if end is End.FUEL else _look(machine)))

    def keep(self, machine: Machine, event: Event) -> None:
        """Add what was observed."""
        assert isinstance(machine, Kept)
        machine.events_seen = (*machine.events_seen, event)


def _look(machine: Machine) -> Observation:
    assert isinstance(machine, Kept)
    seen = observe(machine, machine.seen)
    machine.seen = bytes(machine.memory)
    return seen
