# SPDX-License-Identifier: Apache-2.0
"""With `SYSLET_PURE=1` in the environment the sources are imported, also where compiled modules lie beside them.

No part of the specification, but of how it is run: a wheel holds the sources and what mypyc made of them, by the same
names, and Python prefers the latter. Planted faults, line coverage and instrumentation need the sources.
"""

import os
import sys
from importlib.machinery import SOURCE_SUFFIXES, FileFinder, SourceFileLoader
from pathlib import Path
from typing import Final

_OURS: Final = tuple(Path(__file__).parents[1] / package for package in ("model", "native", "fuzz"))


def _is_ours(folder: str) -> bool:
    return any(Path(folder).is_relative_to(ours) for ours in _OURS)


def _sources_only(folder: str) -> FileFinder:
    """A path hook (`sys.path_hooks`) that knows only source files in the folders of our packages."""
    if _is_ours(folder):
        return FileFinder(folder, (SourceFileLoader, SOURCE_SUFFIXES))
    raise ImportError(folder)


if os.environ.get("SYSLET_PURE", "") not in ("", "0"):
    sys.path_hooks.insert(0, _sources_only)
    for looked_into in filter(_is_ours, list(sys.path_importer_cache)):  # this module was found without the hook
        del sys.path_importer_cache[looked_into]
