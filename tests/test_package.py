# SPDX-License-Identifier: Apache-2.0
"""What an installed `syslet` needs is installed: sources of the kernel, patches, pages, the corpus."""

import tomllib
from fnmatch import fnmatch
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_every_file_of_a_package_goes_into_the_wheel() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    patterns = project["tool"]["setuptools"]["package-data"]["*"]
    for package in ("model", "native", "fuzz", "corpus", "docs/spec"):
        names = {x.name for x in (ROOT / package).rglob("*") if x.is_file() and "__pycache__" not in x.parts}
        assert not {name for name in names if not any(fnmatch(name, pattern) for pattern in (*patterns, "*.py"))}
