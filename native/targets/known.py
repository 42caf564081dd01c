# SPDX-License-Identifier: GPL-2.0
"""Targets by name, as on the command line."""

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from native.targets import faults
from native.targets.build import Flavour
from native.targets.host import ExecutorTarget, HostTarget, TargetUnavailable, executor_command
from native.targets.uml import kernel
from native.targets.uml.target import UmlTarget

NAMES: Final = ("host", "uml", "uml-debug")
POINTS: Final = "points"
DEEP: Final = "deep"
PREEMPT: Final = (POINTS, DEEP)
"""Where tasks may be preempted: at the schedule points of syslets, or inside the code of objects as well (D77)."""


def is_program(name: str) -> bool:
    """Whether the name is that of a user's own executor: a path with a slash in it."""
    return "/" in name


def known(name: str) -> bool:
    """Whether there is, or may be, a target of that name."""
    return name in NAMES or is_program(name)


def without_deep(names: Iterable[str]) -> list[str]:
    """Those of the targets that cannot preempt inside objects."""
    return [name for name in names if not name.startswith("uml")]


def makes_opaque(name: str) -> bool:
    """Whether the target makes opaque calls (D155)."""
    return name.startswith("uml")


def _own_program(name: str, fault: str | None, cpu: int | None) -> ExecutorTarget:
    """Any program that speaks the executor protocol; it is named by its content."""
    if fault is not None:
        raise TargetUnavailable(f"faults are planted in our own kernel file; {name} is not built from it")
    path = Path(name).absolute()
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()[:16]
    except OSError as problem:
        raise TargetUnavailable(f"{name} cannot be read: {problem.strerror}") from None
    if not os.access(path, os.X_OK):
        raise TargetUnavailable(f"{name} is no program: it may not be executed (chmod +x)")
    return ExecutorTarget(executor_command(str(path)), f"{path.name}-{digest}", cpu=cpu)


def open_target(
    name: str, *, build: str = "fast", fault: str | None = None, cpu: int | None = None, preempt: str = POINTS
) -> ExecutorTarget:
    """The target of that name or path; `build` matters to the host only. Raises TargetUnavailable, ValueError."""
    deep = preempt == DEEP
    if deep and without_deep([name]):
        raise ValueError(f"{name} cannot preempt inside objects")
    if is_program(name):
        return _own_program(name, fault, cpu)
    if name == "host":
        if fault is not None and fault in faults.load() and fault not in faults.on_host():
            raise TargetUnavailable(f"only the real kernel can show {fault}; add --target uml")
        return HostTarget(Flavour(build), fault=fault, cpu=cpu)
    if name == "uml":
        return UmlTarget(kernel.Flavour.FAST, fault=fault, cpu=cpu, deep=deep)
    if name == "uml-debug":
        return UmlTarget(kernel.Flavour.DEBUG, fault=fault, cpu=cpu, deep=deep)
    raise ValueError(f"no target is called {name}; there are {', '.join(NAMES)}")
