# SPDX-License-Identifier: GPL-2.0
"""Lines of the kernel files that the host target executes, counted by gcov.

The executor is built with --coverage; it writes its counters when it ends, to a folder of our own, and gcov reads
them beside the notes that the compiler left in the cache.
"""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

from native.targets import build
from native.targets.host import HostTarget

_SECONDS_TO_WRITE: Final = 10.0


class NoGcov(Exception):
    """gcov is missing, or does not fit to the compiler; the message says what to do."""


def tool() -> list[str]:
    """The gcov of the compiler in use. Raises NoGcov, and NoCompiler without one."""
    folder, _, name = build.compiler()[0].rpartition("/")
    if "clang" in name:
        wanted = ["llvm-cov", "gcov"]
    elif "gcc" in name:
        wanted = [f"{folder}{'/' * bool(folder)}{name.replace('gcc', 'gcov')}"]
    else:
        wanted = ["gcov"]
    if not shutil.which(wanted[0]):
        raise NoGcov(f"{wanted[0]} is not installed; it comes with the compiler (gcov with gcc, llvm-cov with clang)")
    return wanted


class GcovTarget(HostTarget):
    """The host target, built to count lines; its counters are in `folder` when it has been closed.

    Raises TargetUnavailable when there is no compiler.
    """

    patience = _SECONDS_TO_WRITE

    def __init__(self, folder: Path) -> None:
        where = ("env", f"GCOV_PREFIX={folder}", "GCOV_PREFIX_STRIP=99")
        super().__init__(build.Flavour.GCOV, within=where)


def counts(folder: Path) -> dict[str, dict[int, int]]:
    """How often each line of each kernel file was executed: `kernel/syslet_chain.c` to line to count.

    Raises NoGcov, also when no counters were written.
    """
    command = tool()
    for notes in build.executor(build.Flavour.GCOV).parent.glob("*.gcno"):
        shutil.copy(notes, folder)
    found: dict[str, dict[int, int]] = {}
    for counters in sorted(folder.glob("*.gcda")):
        for name, lines in _read([*command, "--json-format", "--stdout", counters.name], folder).items():
            merged = found.setdefault(name, {})
            for line, count in lines.items():
                merged[line] = merged.get(line, 0) + count
    if not found:
        raise NoGcov("the executor wrote no counters")
    return found


def _read(command: list[str], folder: Path) -> dict[str, dict[int, int]]:
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
        answer: Any = json.loads(done.stdout)
        files = answer["files"]
        return {
            str(Path(file["file"])): {line["line_number"]: line["count"] for line in file["lines"]}
            for file in files
            if file["file"].endswith(".c")
        }
    except (OSError, subprocess.CalledProcessError, ValueError, KeyError) as problem:
        raise NoGcov(
            f"{command[0]} cannot read the counters of {build.compiler()[0]}: {build.in_words(problem)}"
        ) from None
