# SPDX-License-Identifier: Apache-2.0
"""Trees of Linux with the series that can be posted on them, and how they are configured and built."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

from native.targets import patch
from native.targets.uml import export, source

OPTIONS: Final = (
    "64BIT EXPERT PREEMPT HIGH_RES_TIMERS PRINTK BUG MULTIUSER SYSLETS UML_TIME_TRAVEL_SUPPORT BINFMT_ELF FUTEX EPOLL "
    "EVENTFD POSIX_TIMERS SHMEM NET SECCOMP HOSTFS PROC_FS SYSFS TMPFS DEVTMPFS TTY UNIX98_PTYS SSL NULL_CHAN FTRACE "
    "ENABLE_DEFAULT_TRACERS"
)
"""What a kernel needs that runs the selftests, and has tracepoints."""
OURS: Final = ("kernel/syslet/", "arch/um/kernel/syslet.o")
"""What make is asked for to compile the files of the feature."""


def run(command: list[str], folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    return done.stdout


def said(folder: Path, command: list[str]) -> tuple[int, str]:
    """The status of a command, and all that it said."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def of(series: list[Path], name: str) -> list[Path]:
    """The patches of one series, without its cover letter."""
    return [x for x in series if x.parent.name.endswith(f"-{name}")][1:]


def put_on(tree: Path, patches: list[Path]) -> None:
    for path in patches:
        run(["patch", "-p1", "--fuzz=0", "--no-backup-if-mismatch", "-s", "-i", str(path)], tree)


def pristine_tree(found: source.Source, tree: Path) -> Path:
    """Linux as its authors made it. Most files are links to those in the cache, which patch(1) replaces."""
    pristine = tree.with_name(f"{tree.name}.pristine")
    pristine.mkdir()
    run(["cp", "-al", str(source.patched_tree(found, print)), str(tree)], tree.parent)
    patches = [path for name in export.ORDER for path in export.patches(name).values()]
    changed = {x.path for path in patches for x in patch.parse(path.name, path.read_text()).changes}
    changed = {"MAINTAINERS", *changed} - export.new_files(export.FEATURE).keys()
    source.unpack(found.path, pristine, changed)
    for name in changed:
        (tree / name).unlink()
        shutil.copy(pristine / name, tree / name)
    for name in (tree / ".syslet-overlay").read_text().splitlines() if (tree / ".syslet-overlay").exists() else []:
        (tree / name).unlink(missing_ok=True)
    return tree


def make_command(work: Path, architecture: str = "um") -> list[str]:
    return ["make", "-s", f"ARCH={architecture}", f"O={work}", f"-j{os.cpu_count() or 1}"]


def configure(tree: Path, work: Path, options: str) -> str:
    """The smallest configuration with these options, as far as the tree has them; returns it."""
    work.mkdir(exist_ok=True)
    run([*make_command(work), "tinyconfig"], tree)
    wanted = "".join(f"CONFIG_{x}=y\n" for x in options.split())
    (work / "wanted").write_text(f"{wanted}# CONFIG_MCONSOLE is not set\n")
    run(["scripts/kconfig/merge_config.sh", "-m", "-O", str(work), str(work / ".config"), str(work / "wanted")], tree)
    run([*make_command(work), "olddefconfig"], tree)
    return (work / ".config").read_text()
