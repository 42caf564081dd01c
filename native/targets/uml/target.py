# SPDX-License-Identifier: GPL-2.0
"""The real kernel as a target: Linux with syslets, as a process that runs one program after another."""

import os
from pathlib import Path
from typing import Final

from model.image import Image
from model.trace import End, Ended, Trace
from model.verdict import Kind
from native.targets.host import Command, ExecutorTarget, Failure, TargetUnavailable
from native.targets.uml import kernel, place, report

_TIMEOUT: Final = {kernel.Flavour.FAST: 5.0, kernel.Flavour.DEBUG: 20.0}
"""Seconds of real time after which a program spins. Virtual time is no measure: it stands still."""


def _command(start: list[str], root: Path) -> Command:
    """A kernel that does nothing but observe programs. No network, and its root is read-only."""

    def make(shm: int, bell: int, answer: int) -> list[str]:
        return [
            *start, "rootfstype=hostfs", f"rootflags={root}", "ro", "init=/init",
            "con=null", "con0=null,fd:1", "ssl=null", "panic=-1", "loglevel=5",
            "time-travel=inf-cpu", "time-travel-start=1",
            f"iomem=syslet,/proc/self/fd/{shm}", f"syslet_observer={bell},{answer}",
        ]  # fmt: skip

    return make


class UmlTarget(ExecutorTarget):
    """Linux as User Mode Linux.

    Args:
        flavour: fast, or with the kernel's own checkers.
        fault: name of a planted fault, or None.
        cpu, deep: as for `ExecutorTarget`.
        timeout: seconds after which a program counts as spinning; by default more for the slower kernel.
        build: build the kernel when it is not there (minutes); otherwise that is an error.

    Raises TargetUnavailable when there is no kernel, or it cannot run here.
    """

    opaque = True

    def __init__(
        self,
        flavour: kernel.Flavour = kernel.Flavour.FAST,
        *,
        fault: str | None = None,
        cpu: int | None = None,
        timeout: float | None = None,
        build: bool = False,
        deep: bool = False,
    ) -> None:
        place.without_randomization()
        try:
            folder = kernel.kernel(flavour, fault) if build else kernel.built(flavour, fault)
        except kernel.KernelUnavailable as problem:
            raise TargetUnavailable(str(problem)) from None
        if folder is None:
            planted = f" --fault {fault}" if fault else ""
            raise TargetUnavailable(
                f"the {flavour.value} kernel is not built; build it (some minutes, once): "
                f"syslet kernel {flavour.value}{planted}"
            )
        super().__init__(
            _command(place.command(folder / "linux"), folder / "root"),
            kernel.kernel_id(flavour, fault),
            cpu=cpu,
            timeout=_TIMEOUT[flavour] if timeout is None else timeout,
            deep=deep,
        )
        self._heard = 0

    def run(self, image: Image) -> Trace | Failure:
        """Run one program; what the kernel says about itself meanwhile is a failure of the kind `kernel report`."""
        if self._process is None:
            self.ping()  # boots: its messages are not the program's
            self._heard = os.fstat(self._errors.fileno()).st_size
        answer = super().run(image)
        if isinstance(answer, Failure):
            said = report.find(answer.text)
            return answer if said is None else Failure(Kind.REPORT, f"{said}\n({answer.text.splitlines()[0]})")
        if os.fstat(self._errors.fileno()).st_size != self._heard:
            said = report.find(self._said(self._heard))
            self._heard = os.fstat(self._errors.fileno()).st_size
            if said is not None:
                self._end()  # it reports some things only once
                return Failure(Kind.REPORT, said)
        last = answer.events[-1]
        if isinstance(last, Ended) and last.end is End.REPORT:
            self._end()  # something of the program may still be there
        return answer
