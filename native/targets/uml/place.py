# SPDX-License-Identifier: GPL-2.0
"""What User Mode Linux needs of the machine, and how to say what is missing."""

import mmap
import os
import platform
import shutil
import subprocess
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Final

from native.targets.host import TargetUnavailable

_MEMORY: Final = 512 << 20
"""Bytes. A kernel that finds less room in the folder of its memory dies when it gets there."""
_CANDIDATES: Final = ("/dev/shm", "/tmp")  # noqa: S108 (looked at, not written to by name)


def command(linux: Path) -> list[str]:
    """The beginning of a kernel's command line. Raises TargetUnavailable when it cannot run here."""
    prefix = without_randomization()
    if not os.access(linux, os.X_OK):
        raise TargetUnavailable(
            f"{linux} cannot be executed: its file system is mounted noexec, or its mode does not allow it. "
            "Set $SYSLET_CACHE to a folder that programs can be executed from, and run `syslet kernel` again"
        )
    memory = memory_folder()
    return [*prefix, "env", f"TMPDIR={memory}", str(linux), f"mem={_MEMORY >> 20}M", f"uml_dir={_running(memory)}"]


def _running(memory: str) -> Path:
    """Where kernels that run leave their process numbers: not in a home directory, which need not be there."""
    folder = Path(memory) / f"syslet-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    for record in folder.glob("*/pid"):
        with suppress(OSError, ValueError):
            if not Path(f"/proc/{int(record.read_text())}").exists():
                shutil.rmtree(record.parent, ignore_errors=True)  # of one that was killed
    return folder


def _takes_code(folder: str) -> bool:
    """Whether a file there can be mapped for execution, and may grow: a kernel's memory is one."""
    try:
        room = os.statvfs(folder)
        if room.f_bavail * room.f_frsize < _MEMORY:
            return False
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
        f"{', '.join(filter(None, [own, *_CANDIDATES]))} cannot (mounted noexec, or less than "
        f"{_MEMORY >> 20} MB are free). Set $TMPDIR to one that can"
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
