# SPDX-License-Identifier: Apache-2.0
"""Configurations that nobody runs: what our patches touch compiles in them, and misses nothing of ours when linked."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

from native.targets.build import locked
from native.targets.uml import kernel, source
from tests.native import touched

pytestmark = [pytest.mark.kernel, pytest.mark.slow]

OPTIONAL: Final = {
    "kernel/seccomp.o": "SECCOMP",
    "arch/um/drivers/ubd_kern.o": "BLK_DEV_UBD",
    "arch/um/kernel/syslet_observer.o": "SYSLET_OBSERVER",
}
"""Objects of an option."""
TABLE: Final = ("arch/x86/um/sys_call_table_64.o", "kernel/sys_ni.o")
CONFIGS: Final = {
    "SYSLETS": ["--disable", "SYSLETS"],
    "SECCOMP": ["--disable", "SECCOMP"],
    "SYSLET_OBSERVER": ["--enable", "KCOV"],
    "KCOV": ["--disable", "SYSLET_OBSERVER"],
    "BLOCK": ["--disable", "BLOCK", "--enable", "AUDIT"],
}
"""An option that is off then, and how to get there."""


def objects(compiled: bool) -> list[str]:
    """Of all that our patches change, and of the folder of syslets if that is `compiled`."""
    ours = [x for x in source.overlay() if x.startswith("arch/um/kernel/")] if compiled else []
    return sorted({*touched.objects(), *(f"{x[:-2]}.o" for x in ours if x.endswith(".c")), *TABLE})


def symbols(folder: Path, *flags: str) -> set[str]:
    found = [str(x) for x in folder.rglob("*.o") if not {"scripts", "tools"} & {*x.relative_to(folder).parts}]
    done = subprocess.run(["nm", *flags, *found], capture_output=True, text=True, check=False)
    return {x.split()[-1] for x in done.stdout.splitlines() if x and not x.endswith(":")}


@pytest.mark.parametrize("off", CONFIGS)
def test_it_compiles_without(off: str, tmp_path: Path) -> None:
    built = kernel.kernel(kernel.Flavour.FAST)
    tree = source.patched_tree(source.obtain(print), print)
    shutil.copy(built / "config", tmp_path / ".config")
    script = str(tree / "scripts/config")
    subprocess.run([script, "--file", str(tmp_path / ".config"), *CONFIGS[off]], check=True)
    with locked(tree.with_suffix(".lock")):
        source.lay_over(tree, kernel._overlay(None))
        kernel._run_make(tree, tmp_path, ["olddefconfig"])
        config = (tmp_path / ".config").read_text()
        assert not re.search(rf"^CONFIG_{off}=", config, re.MULTILINE), "it cannot be switched off"
        compiled = "CONFIG_SYSLETS=y" in config
        goals = [x for x in objects(compiled) if x not in OPTIONAL or f"CONFIG_{OPTIONAL[x]}=y" in config]
        kernel._run_make(tree, tmp_path, [*goals, *(["kernel/syslet/"] if compiled else [])])
    ours = re.compile(r"syslet|sys_(async_(exec|wait|thread)|umem_add|threadlet_o(n|ff))$|sanitizer_cov")
    missing = {x for x in symbols(tmp_path, "--undefined-only") - symbols(tmp_path, "--defined-only") if ours.search(x)}
    if "CONFIG_KCOV=y" in config:  # the one of Linux
        missing.discard("__sanitizer_cov_trace_pc")
    assert not missing
