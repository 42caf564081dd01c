# SPDX-License-Identifier: Apache-2.0
"""The executable specification of Linux syslets, v3: reads from `machine` through `entry`, `chain` and `completion`.

`build` turns a program into an image, `run` runs it, `judge` says whether a trace of it is allowed. These and their
types can be imported from here; docs/howto/use-as-a-library.md shows them at work.
"""

from typing import TYPE_CHECKING, Any, Final

from model import _sources as _sources  # first of all: whether sources or compiled modules are imported

if TYPE_CHECKING:
    from model.check.check import check as judge
    from model.image import Image, build
    from model.program import Program
    from model.spec.run import run
    from model.trace import Trace
    from model.variant import Variant
    from model.verdict import Outcome, Verdict

__all__ = ["Image", "Outcome", "Program", "Trace", "Variant", "Verdict", "build", "judge", "run"]

_HOME: Final = {
    "Image": ("model.image", "Image"),
    "Outcome": ("model.verdict", "Outcome"),
    "Program": ("model.program", "Program"),
    "Trace": ("model.trace", "Trace"),
    "Variant": ("model.variant", "Variant"),
    "Verdict": ("model.verdict", "Verdict"),
    "build": ("model.image", "build"),
    "judge": ("model.check.check", "check"),
    "run": ("model.spec.run", "run"),
}


def __getattr__(name: str) -> Any:
    """Import what is asked for: a reader of programs does not wait for the checker to load."""
    if name not in _HOME:
        raise AttributeError(f"module 'model' has no attribute {name!r}")
    from importlib import import_module

    module, own = _HOME[name]
    return getattr(import_module(module), own)
