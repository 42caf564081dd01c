# SPDX-License-Identifier: GPL-2.0
"""The programs that a build of Linux needs: looked for, and installed where that is possible."""

import os
import shutil
import subprocess
from collections.abc import Callable
from typing import Final

from native.targets.uml.source import KernelUnavailable

_TOOLS: Final = {
    "gcc": "gcc libc6-dev", "make": "make", "flex": "flex", "bison": "bison", "bc": "bc", "xz": "xz-utils",
    "patch": "patch", "perl": "perl",
}  # fmt: skip


def missing() -> list[str]:
    """Names of the tools that are not there."""
    return [name for name in _TOOLS if shutil.which(name) is None]


def ensure(say: Callable[[str], None]) -> None:
    """Install what is missing when root on Debian; otherwise say how. Raises KernelUnavailable."""
    wanted = missing()
    if not wanted:
        return
    packages = " ".join(_TOOLS[name] for name in wanted)
    if shutil.which("apt-get") and os.geteuid() == 0:
        say(f"installing {packages}")
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", *packages.split()]):
            subprocess.run(command, env=environment, capture_output=True, check=False)
        wanted = missing()
    if wanted:
        raise KernelUnavailable(
            f"a build of Linux needs {', '.join(wanted)}. Debian: apt-get install {packages}; "
            f"Fedora: dnf install {' '.join(wanted)}"
        )
