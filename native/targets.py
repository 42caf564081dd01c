# SPDX-License-Identifier: GPL-2.0
"""Targets by name, as on the command line."""

from collections.abc import Iterable
from typing import Final

from native.build import FAULTS, Flavour
from native.target import ExecutorTarget, HostTarget, TargetUnavailable
from native.uml import kernel
from native.uml.target import UmlTarget

NAMES: Final = ("host", "uml", "uml-debug")
POINTS: Final = "points"
DEEP: Final = "deep"
PREEMPT: Final = (POINTS, DEEP)
"""Where tasks may be preempted: at the schedule points of syslets, or inside the code of objects as well (D77)."""


def without_deep(names: Iterable[str]) -> list[str]:
    """Those of the targets that cannot preempt inside objects."""
    return [name for name in names if name == "host"]


def open_target(
    name: str, *, build: str = "fast", fault: str | None = None, cpu: int | None = None, preempt: str = POINTS
) -> ExecutorTarget:
    """The target of that name; `build` matters to the host only. Raises TargetUnavailable, ValueError."""
    deep = preempt == DEEP
    if deep and without_deep([name]):
        raise ValueError(f"{name} cannot preempt inside objects")
    if name == "host":
        if fault is not None and fault not in FAULTS:
            raise TargetUnavailable(f"only the real kernel can show {fault}; add --target uml")
        return HostTarget(Flavour(build), fault=fault, cpu=cpu)
    if name == "uml":
        return UmlTarget(kernel.Flavour.FAST, fault=fault, cpu=cpu, deep=deep)
    if name == "uml-debug":
        return UmlTarget(kernel.Flavour.DEBUG, fault=fault, cpu=cpu, deep=deep)
    raise ValueError(f"no target is called {name}; there are {', '.join(NAMES)}")
