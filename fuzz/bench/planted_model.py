# SPDX-License-Identifier: Apache-2.0
"""Faults of the model: the same commands with rules that have one, in processes of their own.

The model is interpreted there, from a copy of its sources; the target is as it should be.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import fuzz
import model
import native
from native.targets import faults

FOLDER: Final = Path(model.__file__ or "").parent / "faults"
"""The faults of the rules, a patch each."""
_GRACE: Final = 120
"""Seconds that a command may take beyond the time that it was given."""
_DIVERGED: Final = 1


def names() -> tuple[str, ...]:
    """Those that campaigns or `replay` can show. The others show in a search, which tests hold against brute force."""
    return tuple([name for name, fault in faults.load(FOLDER).items() if "model" in fault.targets])


@contextmanager
def _planted(name: str) -> Iterator[Mapping[str, str]]:
    """The environment of a Python whose model has the fault."""
    with tempfile.TemporaryDirectory(prefix="syslet-model-") as made:
        folder = Path(made)
        for package in (fuzz, native):
            whole = Path(package.__file__ or "").parent
            (folder / whole.name).symlink_to(whole, target_is_directory=True)
        rules = folder / "model"
        shutil.copytree(FOLDER.parent, rules, ignore=shutil.ignore_patterns("*.so", "__pycache__", "faults"))
        files = {f"model/{path.relative_to(rules)}": path for path in sorted(rules.rglob("*.py"))}
        texts = {where: path.read_text(encoding="utf-8") for where, path in files.items()}
        for where, text in faults.load(FOLDER)[name].changed(texts).items():
            files[where].write_text(text, encoding="utf-8")
        yield {**os.environ, "SYSLET_PURE": "1", "PYTHONPATH": made}


def _status(name: str, arguments: list[str], seconds: int) -> int:
    """Of a command of ours with the fault. Raises KeyboardInterrupt if it was interrupted."""
    with _planted(name) as environment:
        command = [sys.executable, "-P", "-m", "fuzz.cli", *arguments]
        try:
            done = subprocess.run(
                command, env=environment, capture_output=True, stdin=subprocess.DEVNULL, check=False, timeout=seconds
            )
        except subprocess.TimeoutExpired:
            return 0
    return done.returncode


def replay_notices(name: str, folder: Path) -> bool:
    """Whether `replay` fails for a file of the corpus."""
    return _status(name, ["replay", str(folder)], 10 * _GRACE) == _DIVERGED


def campaign(name: str, seed: int, seconds: int) -> float | None:
    """Seconds until a campaign's first finding was there, minimized; None if there was none."""
    with tempfile.TemporaryDirectory() as findings:
        started = time.perf_counter()
        arguments = ["fuzz", "--strict", "--seed", str(seed), "--time", str(seconds), "--findings", findings]
        found = _status(name, arguments, seconds + _GRACE) == _DIVERGED
        return time.perf_counter() - started if found else None
