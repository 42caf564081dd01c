# SPDX-License-Identifier: GPL-2.0
"""Targets by name, as on the command line."""

from typing import Final

from native.build import FAULTS, Flavour
from native.target import ExecutorTarget, HostTarget, TargetUnavailable
from native.uml import kernel
from native.uml.target import UmlTarget

NAMES: Final = ("host", "uml", "uml-debug")


def open_target(name: str, *, build: str = "fast", fault: str | None = None, cpu: int | None = None) -> ExecutorTarget:
    """The target of that name; `build` matters to the host only. Raises TargetUnavailable, ValueError."""
    if name == "host":
        if fault is not None and fault not in FAULTS:
            raise TargetUnavailable(f"only the real kernel can show {fault}; add --target uml")
        return HostTarget(Flavour(build), fault=fault, cpu=cpu)
    if name == "uml":
        return UmlTarget(kernel.Flavour.FAST, fault=fault, cpu=cpu)
    if name == "uml-debug":
        return UmlTarget(kernel.Flavour.DEBUG, fault=fault, cpu=cpu)
    raise ValueError(f"no target is called {name}; there are {', '.join(NAMES)}")
