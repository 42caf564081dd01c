# SPDX-License-Identifier: Apache-2.0
"""The page on the library: its lines run as they are, and print what it says."""

import subprocess
import sys
from pathlib import Path

import model
from tests.docs.pages import ROOT, blocks

PAGE = "docs/howto/use-as-a-library.md"


def test_the_lines_of_the_page_print_what_it_says() -> None:
    (code,) = [x for x in blocks(PAGE) if x.language == "python"]
    (shown,) = [x for x in blocks(PAGE) if x.language == "text"]
    done = subprocess.run(
        [sys.executable, "-W", "ignore::ResourceWarning", "-c", code.text],
        cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout == shown.text, done.stderr


def test_what_the_model_exports_is_what_it_says() -> None:
    for name in model.__all__:
        assert getattr(model, name) is not None
    assert set(model.__all__) == set(model._HOME)


def test_all_packages_are_typed() -> None:
    for package in ("model", "native", "fuzz"):
        assert (Path(ROOT) / package / "py.typed").exists()
