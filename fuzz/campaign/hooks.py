# SPDX-License-Identifier: Apache-2.0
"""The two things libFuzzer must be told in the right order: our mutator, and the shared coverage map.

libFuzzer looks its custom mutator up when its library is loaded. Loaded too early, it silently never calls ours;
so this module must be the first to touch atheris, and the campaign counts the calls.
"""

import ctypes
import os
import sys
from types import ModuleType
from typing import Any

_kept_alive: list[Any] = []


def load() -> ModuleType:
    """Import atheris so that its hooks are visible to libFuzzer before that is loaded."""
    flags = sys.getdlopenflags()
    sys.setdlopenflags(flags | os.RTLD_GLOBAL)
    try:
        from atheris import custom_crossover, custom_mutator  # noqa: F401
    finally:
        sys.setdlopenflags(flags)
    import atheris

    loaded: ModuleType = atheris
    return loaded


def register_map(start: int, size: int) -> None:
    """Give libFuzzer the map as 8-bit counters: it clears it before each input and reads it afterwards."""
    from atheris import native

    if native.libfuzzer_is_loaded():
        library = ctypes.CDLL(None)
    else:
        from atheris import core_with_libfuzzer

        library = ctypes.CDLL(core_with_libfuzzer.__file__)
    table = (ctypes.c_uint64 * (2 * size))()
    table_start = ctypes.addressof(table)
    pointer = ctypes.c_void_p
    library.__sanitizer_cov_8bit_counters_init(pointer(start), pointer(start + size))
    library.__sanitizer_cov_pcs_init(pointer(table_start), pointer(table_start + ctypes.sizeof(table)))
    _kept_alive.append(table)
