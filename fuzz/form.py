# SPDX-License-Identifier: Apache-2.0
"""In which form the model runs: compiled by mypyc or interpreted, and why (docs/howto/compile-the-model.md)."""

import os
import sys
from importlib.machinery import EXTENSION_SUFFIXES
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import msgspec

PURE: Final = "SYSLET_PURE"
"""Variable of the environment: if set, the model is not compiled at the build, and interpreted where it is."""
_BUILT: Final = Path(__file__).with_name("built.json")
"""Written when a wheel is built; a source tree and an editable install have none."""
_SAMPLE: Final = "model.spec.machine"
"""All modules are compiled, or none is."""

_is_command = False


def compiled() -> bool:
    """Whether this process runs the compiled model."""
    spec = find_spec(_SAMPLE)
    return spec is not None and (spec.origin or "").endswith(tuple(EXTENSION_SUFFIXES))


def describe() -> str:
    """`compiled, mypyc 2.4.1`; `interpreted, there is no C compiler (cc)`: the form, and its compiler or its reason."""
    built = msgspec.json.decode(_BUILT.read_bytes(), type=dict[str, str]) if _BUILT.is_file() else {}
    if compiled():
        return f"compiled, {built.get('by', 'in place')}"
    if built.get("model") == "compiled":
        asked = os.environ.get(PURE, "") not in ("", "0")
        return f"interpreted, {PURE} is set" if asked else "interpreted, it was compiled for another Python"
    return f"interpreted, {built.get('why', 'from the source tree')}"


def begin_command() -> None:
    """Note that this process is `syslet` and nothing else, so that it may be replaced (`need_interpreted`)."""
    global _is_command  # noqa: PLW0603
    _is_command = True


def need_interpreted() -> None:
    """Begin the command again with the interpreted model, where the compiled one is loaded.

    Does nothing inside of other programs: they choose by `SYSLET_PURE` before they import the model.
    """
    if _is_command and compiled():
        sys.stdout.flush()
        os.environ[PURE] = "1"
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606  # ourselves, with the same arguments
