# SPDX-License-Identifier: Apache-2.0
"""The objects that Linux compiles of the files that our patches change."""

from typing import Final

from native.targets import patch
from native.targets.uml import source

COMPILED_IN: Final = {
    "arch/x86/um/user-offsets.c": "init/main.o",
    "kernel/sched/rt.c": "kernel/sched/build_policy.o",
    "kernel/sched/wait.c": "kernel/sched/build_utility.o",
}
"""Files without an object of their own: another file includes them, or any build begins with them."""


def objects() -> list[str]:
    """Sorted, of all series."""
    names = (x.path for path in source.patches() for x in patch.parse(path.name, path.read_text()).changes)
    return sorted({COMPILED_IN.get(x, f"{x[:-2]}.o") for x in names if x.endswith(".c")})
