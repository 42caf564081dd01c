# SPDX-License-Identifier: Apache-2.0
"""The kernel's own style checker on everything that goes into its tree."""

import subprocess
from pathlib import Path

import pytest

from native.targets.uml import source

pytestmark = pytest.mark.kernel

_ALLOWED = "ENOSYS"
"""Only for unknown system calls, it says; the specification wants it for refused ones as well (D4, D17)."""


def complaints(tree: Path, *arguments: str) -> list[str]:
    command = ["perl", "scripts/checkpatch.pl", "--no-tree", "-q", "--terse", "--no-signoff", "--ignore", _ALLOWED]
    done = subprocess.run([*command, *arguments], cwd=tree, capture_output=True, text=True, check=False)
    return [line for line in done.stdout.splitlines() if not line.startswith("total:")]


@pytest.fixture(scope="module")
def tree() -> Path:
    return source.patched_tree(source.obtain(print), print)


def test_patches(tree: Path) -> None:
    assert [x for patch in source.patches() for x in complaints(tree, str(patch))] == []


def test_files(tree: Path) -> None:
    files = [x for x in source.overlay().values() if x.suffix in (".c", ".h")]
    assert [x for path in files for x in complaints(tree, "-f", str(path))] == []
