# SPDX-License-Identifier: Apache-2.0
"""Builds the package: setuptools, and mypyc, which compiles the model where that can be done.

A wheel is compiled, unless `SYSLET_PURE=1` is set or there is no C compiler; then it holds the sources alone, and so it
does when compiling fails. An editable install is never compiled: edits of compiled modules would not be seen. The
sources are in every wheel. What was done, and why, is written to `fuzz/built.json`, which `syslet --version` reads.
"""

import json
import os
import shlex
import shutil
import sysconfig
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from setuptools import Extension, build_meta
from setuptools.build_meta import (
    build_editable,
    build_sdist,
    get_requires_for_build_editable,
    get_requires_for_build_sdist,
    prepare_metadata_for_build_editable,
    prepare_metadata_for_build_wheel,
)
from setuptools.command.build_py import build_py

__all__ = [
    "build_editable", "build_sdist", "build_wheel", "get_requires_for_build_editable", "get_requires_for_build_sdist",
    "get_requires_for_build_wheel", "prepare_metadata_for_build_editable", "prepare_metadata_for_build_wheel",
]  # fmt: skip

COMPILED: Final = ("model/**/*.py", "fuzz/generate/*.py", "fuzz/schedule/*.py", "native/targets/wire.py")
"""What is compiled, in one unit: calls from one of these modules to another are calls in C."""
INTERPRETED: Final = (
    "**/__init__.py",
    "model/_sources.py",  # decides what is imported
    "model/clauses/*.py",  # tables
    "model/calls.py",  # tables
    "model/opaque.py",  # tables
    "model/variant.py",  # tables
    # attrs classes are compared: mypyc takes them for classes without `__eq__` and compares their identity
    "model/program.py",
    "model/trace.py",
    "model/verdict.py",
    "model/spec/events.py",
    "fuzz/generate/strategies.py",  # Hypothesis, for tests alone
    "fuzz/generate/page.py",  # makes a page of the documentation
)
"""What is not, though it is named above."""
REQUIRED: Final = ("mypy[mypyc]>=2", "attrs>=24.1")
"""What a compiling build needs: the compiler, and the packages whose types the compiled modules use."""
PURE: Final = "SYSLET_PURE"
BUILT: Final = "fuzz/built.json"

_ROOT: Final = Path(__file__).resolve().parent
_outcome: dict[str, str] = {}
"""Of the wheel that is being built: what `BUILT` will say."""
_folder: str = ""
"""Where a wheel is built: a new place each time, since what an earlier build left would get into the wheel."""

Settings = dict[str, Any] | None


def get_requires_for_build_wheel(config_settings: Settings = None) -> list[str]:
    """Nothing but setuptools, unless the model will be compiled."""
    asked: list[str] = build_meta.get_requires_for_build_wheel(config_settings)
    return asked if obstacle() else [*asked, *REQUIRED]


def build_wheel(wheel_directory: str, config_settings: Settings = None, metadata_directory: str | None = None) -> str:
    """Compile, and if that fails go on without."""

    def build() -> str:
        return str(build_meta.build_wheel(wheel_directory, config_settings, metadata_directory))

    why = obstacle()
    if not why:
        try:
            return _with(build, {"model": "compiled", "by": f"mypyc {_mypyc_version()}"})
        except (Exception, SystemExit) as problem:  # noqa: BLE001  # mypyc ends the process where it finds an error
            why = f"compiling failed: {type(problem).__name__}: {problem}"
    made = _with(build, {"model": "interpreted", "why": why})
    print(f"\nTHE MODEL IS NOT COMPILED, it will run at a third of the speed: {why}\n")
    return made


def obstacle() -> str:
    """Why the model cannot, or shall not, be compiled; empty if it can."""
    if os.environ.get(PURE, "") not in ("", "0"):
        return f"{PURE} was set"
    command = shlex.split(os.environ.get("CC") or str(sysconfig.get_config_var("CC") or "cc"))[0]
    if not shutil.which(command):
        return f"there is no C compiler ({command})"
    if not Path(sysconfig.get_path("include"), "Python.h").is_file():
        return "Python.h is missing (Debian: python3-dev)"
    return ""


def _mypyc_version() -> str:
    from mypy.version import __version__

    return str(__version__)


def _with(build: Callable[[], str], outcome: dict[str, str]) -> str:
    with _build_folder():
        _outcome.clear()
        _outcome.update(outcome)
        try:
            return build()
        finally:
            _outcome.clear()


@contextmanager
def _build_folder() -> Iterator[None]:
    global _folder  # noqa: PLW0603  # setup.py, which setuptools executes, has no other way to ask
    with tempfile.TemporaryDirectory(prefix="build-", dir=_ROOT) as made:
        _folder = Path(made).name
        yield
    _folder = ""


def modules() -> list[str]:
    """Files to compile, in order."""
    left_out = {path for pattern in INTERPRETED for path in _ROOT.glob(pattern)}
    found = {path for pattern in COMPILED for path in _ROOT.glob(pattern)} - left_out
    return [str(path.relative_to(_ROOT)) for path in sorted(found)]


def arguments() -> dict[str, Any]:
    """What setup.py adds to what pyproject.toml says. By hand, without this backend, nothing is compiled."""
    if not _folder:
        return {"cmdclass": {"build_py": _BuildPy}}
    return {
        "cmdclass": {"build_py": _BuildPy},
        "options": {"build": {"build_base": f"{_folder}/build"}},
        "ext_modules": _extensions() if _outcome["model"] == "compiled" else [],
    }


def _extensions() -> list[Extension]:
    from mypyc.build import mypycify

    flags = [f"--cache-dir={_folder}/mypy", "--config-file=pyproject.toml"]
    made: list[Extension] = mypycify(
        [*flags, *modules()], opt_level="3", debug_level="0", group_name="syslets", target_dir=f"{_folder}/c"
    )
    return made


class _BuildPy(build_py):  # type: ignore[misc]  # setuptools has no types
    """Adds the corpus, which a checkout has at its top, and writes down what was done with the modules.

    A top-level package `corpus` would collide with those of other projects.
    """

    def run(self) -> None:
        """See setuptools. An editable install uses the checkout's corpus."""
        super().run()
        if not self.editable_mode:
            shutil.copytree(_ROOT / "corpus", Path(self.build_lib, "fuzz", "corpus"), dirs_exist_ok=True)
            outcome = _outcome or {"model": "interpreted", "why": "setup.py was run by hand"}
            Path(self.build_lib, BUILT).write_text(json.dumps(outcome) + "\n", encoding="utf-8")
