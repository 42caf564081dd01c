# SPDX-License-Identifier: Apache-2.0
"""Builds the guest's test programs and runs them inside a real kernel."""

import subprocess
import sys
from pathlib import Path

from native.targets import build

PROGRAMS = build.ROOT / "linux" / "guest" / "tests"


def guest_program(name: str, folder: Path) -> Path:
    """Compiled for this machine, in a folder that the guest sees (not below /tmp)."""
    program = folder / name
    flags = ["-Werror", "-pthread", f"-I{build.ROOT / 'kernel' / 'include'}"]
    build.compile_program(PROGRAMS / f"{name}.c", program, *flags)
    return program


def boot(*arguments: str, text: str = "", env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """`syslet boot` as a user runs it."""
    command = [sys.executable, "-m", "fuzz.cli", "boot", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, input=text, env=env, timeout=600)
