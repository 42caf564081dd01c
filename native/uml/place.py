# SPDX-License-Identifier: GPL-2.0
"""What User Mode Linux needs of the machine, and how to say what is missing."""

import mmap
import os
import platform
import shutil
import subprocess
import tempfile
from functools import cache
from typing import Final

from native.target import TargetUnavailable

_CANDIDATES: Final = ("/dev/shm", "/tmp")  # noqa: S108 (looked at, not written to by name)


def _takes_code(folder: str) -> bool:
    """Whether a file there can be mapped for execution: a kernel's memory is one."""
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.truncate(mmap.PAGESIZE)
            mmap.mmap(file.fileno(), mmap.PAGESIZE, prot=mmap.PROT_READ | mmap.PROT_EXEC).close()
    except OSError:
        return False
    return True


@cache
def memory_folder() -> str:
    """A folder for the file that is the kernel's memory. Raises TargetUnavailable."""
    own = os.environ.get("TMPDIR")
    for folder in [own, *_CANDIDATES] if own else _CANDIDATES:
        if _takes_code(folder):
            return folder
    raise TargetUnavailable(
        "User Mode Linux needs a folder for its memory whose files can be mapped for execution; "
        f"{', '.join(filter(None, [own, *_CANDIDATES]))} cannot (mounted noexec, or full). "
        "Set $TMPDIR to one that can"
    )


@cache
def without_randomization() -> tuple[str, ...]:
    """The command in front of a kernel: addresses are fixed, and it ends with us. Raises TargetUnavailable."""
    if platform.machine() != "x86_64":
        raise TargetUnavailable(f"the kernel is built for x86_64, this machine is {platform.machine()}")
    tools = [shutil.which(x) for x in ("setpriv", "setarch")]
    if None in tools:
        raise TargetUnavailable("setpriv or setarch is missing; both come with util-linux")
    # A kernel in virtual time never rests, so it must not outlive who asked for it.
    command = (str(tools[0]), "--pdeathsig", "KILL", str(tools[1]), "x86_64", "-R")
    done = subprocess.run([*command, "true"], capture_output=True, text=True, check=False)
    if done.returncode:
        raise TargetUnavailable(
            f"address randomization cannot be switched off here ({done.stderr.strip()}): "
            "personality(2) is refused, as in a container with the default seccomp profile. "
            "Run it with a profile that allows it (docker run --security-opt seccomp=unconfined), or on the "
            "machine itself"
        )
    return command
